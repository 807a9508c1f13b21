"""Which token may come next? A tune in musical tokens, followed from state to state.

Sampling that only offers what still fits the bar writes tunes that read and whose bars are complete. The state
also says how far the bar is filled, which a model may be given as a further input.

Strictly, a part's last bar leaves just the room that its upbeat took; what is written in books is less exact, and
can be followed with ``strict=False``.

Left out, although ABC has them: chords, grace notes, chord symbols, changes of key or meter within a tune,
uneven lengths within a tuplet or a dotted pair. They are rare in the dance books.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import lru_cache, partial

import numpy as np

from seqlab.errors import SeqlabError
from seqlab.music.state import State, kind, step
from seqlab.music.tokeniser import END, tokens
from seqlab.music.tune import Tune
from seqlab.sequences import Vocabulary


class Grammar:
    """Follows tunes in the tokens of ``vocabulary``, its symbols in the order of their ids.

    ``allowed(state)`` is (V,) bool, read-only: the symbols that may come next. ``strict``: a part's last bar
    leaves just the room that its upbeat took.

    >>> from seqlab.music import Vocabulary
    >>> grammar = Grammar(Vocabulary(["M:2/4\\n", "L:1/8\\n", "K:D\\n", "A", "2", "/", "|", "|]", "\\n\\n"]))
    >>> state = grammar.after(["M:2/4\\n", "L:1/8\\n", "K:D\\n", "A", "2", "A", "2", "|", "A", "2", "A"])
    >>> [token for token, ok in zip(grammar.vocabulary.symbols, grammar.allowed(state)) if ok]
    ['A', '2', '/']
    """

    def __init__(self, vocabulary: Vocabulary, strict: bool = True) -> None:
        self.vocabulary = vocabulary
        self.allowed = lru_cache(maxsize=100_000)(self._allowed)
        self._step = lru_cache(maxsize=400_000)(partial(step, strict=strict))
        # all pitches stand in the same places, so that one of them is tried for all
        kinds = [kind(symbol) for symbol in vocabulary.symbols]
        self._kinds = sorted(set(kinds))
        self._kind_of = np.array([self._kinds.index(own) for own in kinds])

    def step(self, state: State, token: str) -> State | None:
        """The state after one more token; None if it cannot stand there."""
        return self._step(state, kind(token))

    def after(self, sequence: Iterable[str]) -> State:
        """The state after some tokens from the start of a tune.

        Raises:
            SeqlabError: names the first token that cannot stand where it does.
        """
        state = State()
        for number, token in enumerate(sequence):
            following = self.step(state, token)
            if following is None:
                raise SeqlabError("tokens that fit the bar", got=f"{token!r} at position {number}")
            state = following
        return state

    def accepts(self, sequence: Sequence[str]) -> bool:
        """Does the grammar follow these tokens, from the start of a tune, to the end of a part?"""
        state = State()
        for token in sequence:
            following = self.step(state, token)
            if following is None:
                return False
            state = following
        return state.closed or state.stage == "end"

    def places(self, sequence: Iterable[str]) -> list[Fraction]:
        """For each token, how much of the bar is filled before it, as a share of the bar: 0 to 1, exact.

        Tokens that the grammar does not know, such as chords, take no time.
        """
        state, found = State(), []
        for token in sequence:
            found.append(state.place / state.full if state.full else Fraction(0))
            following = self.step(state, token)
            if following is None and "|" in token:  # a bar that the grammar cannot follow ends all the same
                following = State("body", state.full, state.compound, opens=False)
            state = following or state
        return found

    def _allowed(self, state: State) -> np.ndarray:
        """(V,) bool: the symbols of the vocabulary that may come next."""
        mask = np.array([self._step(state, token) is not None for token in self._kinds])[self._kind_of]
        mask.flags.writeable = False
        return mask


def grammatical(tunes: Iterable[Tune], vocabulary: Vocabulary | None = None) -> list[Tune]:
    """The tunes that the grammar, not strictly, can follow from start to end, in their order.

    Args:
        tunes: of any kind; those with chords, changes of key, ... are left out.
        vocabulary: of the grammar that is used; it makes no difference to which tunes are kept.
    """
    tunes = list(tunes)
    grammar = Grammar(vocabulary or Vocabulary([END]), strict=False)
    return [tune for tune in tunes if grammar.accepts(tokens(tune))]
