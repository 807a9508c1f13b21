"""What a player knows at every place of a tune: how full the bar is, which bar of the part it is, meter and key,
and what came at this place two, four and eight bars ago.

A recurrent network could count and remember this for itself. Given it as a further input, it can spend its units
on music. Everything here is known from the tokens so far; nothing looks ahead.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from seqlab.music.grammar import Grammar
from seqlab.music.state import State
from seqlab.music.tokeniser import END
from seqlab.sequences import Vocabulary

#: the columns of a row of features, each an id; `token` first
FEATURES = ("token", "place", "bar", "part", "rhythm", "meter", "key", "echo2", "echo4", "echo8")
ECHOES = (2, 4, 8)  # bars ago: phrases come back after two, four or eight
PLACES = 64  # quarters of the unit L:, of which the longest bars of dances have 48
_FIELDS = {"R": "rhythm", "M": "meter", "K": "key"}
BARS = 16  # a part of a dance has eight bars, or twice eight
PARTS = 4  # and a dance two or three of them; the last number stands for all that follow
_NONE = 0  # the id of what is not there: a header field not read yet, a bar before the first

Spot = tuple[float, int]  # how full a bar is, and how many tokens have left it that full
_EMPTY: Mapping[Spot, int] = MappingProxyType({})


class Where(NamedTuple):
    """A place in a tune."""

    state: int = 0  # the grammar's, by its number
    bar: int = 0  # since the part began, an upbeat not counted
    part: int = 0
    rhythm: int = _NONE
    meter: int = _NONE
    key: int = _NONE
    still: int = 0  # tokens since the bar last became fuller
    now: Mapping[Spot, int] = _EMPTY  # of this bar: what came at each spot
    past: tuple[Mapping[Spot, int], ...] = ()  # of the whole bars before it, the last one last


class Follower:
    """Follows tunes in musical tokens and says, at each, what a player would know.

    Args:
        vocabulary: of musical tokens, with the end of a tune among them.
        strict: whether the grammar demands that the last bar of a part makes up for its upbeat; tunes from
            books are followed with False.

    Raises:
        KeyError: a token that the vocabulary does not have, or a vocabulary without the end.

    >>> from seqlab.music import parse, tokens
    >>> tune = tokens(parse("X:1\\nM:2/4\\nL:1/8\\nK:D\\nAB d2|A4|]"))
    >>> follower = Follower(Vocabulary.from_texts([tune, [END]]))
    >>> [place for _, place, *_ in follower.features(tune)][3:]
    [4, 8, 12, 16, 0, 4, 16, 0]
    """

    def __init__(self, vocabulary: Vocabulary, strict: bool = False) -> None:
        self.vocabulary = vocabulary
        self.grammar = Grammar(vocabulary, strict=strict)
        self.end = vocabulary.char2idx[END]
        # the grammar's states are full of fractions, slow to compare: each is met once, and then goes by its number
        self._states, self._places = [State()], [0.0]
        self._numbers: dict[State, int] = {State(): 0}
        self._moves: dict[tuple[int, str], int] = {}

    def state(self, where: Where) -> State:
        """The grammar's state at a place."""
        return self._states[where.state]

    def _move(self, number: int, token: str) -> int:
        """The state after a token. One that cannot stand there changes nothing, but a bar line ends the bar."""
        if (number, token) not in self._moves:
            state = self._states[number]
            following = self.grammar.step(state, token)
            if following is None:
                ended = State("body", state.full, state.compound, opens=False, bars=1)
                following = ended if "|" in token else state
            if following not in self._numbers:
                self._numbers[following] = len(self._states)
                self._states.append(following)
                self._places.append(float(following.place))
            self._moves[number, token] = self._numbers[following]
        return self._moves[number, token]

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many ids each feature has."""
        V = len(self.vocabulary)
        return V, PLACES, BARS, PARTS, *[V + 1] * 6

    def after(self, where: Where, token: str) -> Where:
        """The place after one more token. A token that the grammar cannot follow takes no time."""
        if token == END:
            return Where()
        following = self._move(where.state, token)
        if "|" in token:
            return self._next_bar(where, following, token)
        number = self.vocabulary.char2idx[token] + 1
        if token[1:2] == ":":
            known: dict[str, Any] = {_FIELDS[token[0]]: number} if token[0] in _FIELDS else {}
            return where._replace(state=following, **known)
        place = self._places[where.state]
        still = where.still + 1 if self._places[following] == place else 0
        now = {**where.now, (place, where.still): number}
        return Where(following, where.bar, where.part, where.rhythm, where.meter, where.key, still, now, where.past)

    def _next_bar(self, where: Where, following: int, token: str) -> Where:
        """The place after a bar line. An upbeat is no bar of its own, so that bars of parts stand below each other."""
        before = self._states[where.state]
        upbeat = before.opens and before.place < before.full and token == "|"
        bar, part, past = where.bar, where.part, where.past
        if before.place and not upbeat:
            bar, past = bar + 1, (*past, where.now)[-max(ECHOES) :]
        if self._states[following].closed:
            bar, part = 0, min(part + 1, PARTS - 1)
        return where._replace(state=following, bar=bar, part=part, still=0, now=_EMPTY, past=past)

    def row(self, token: str, where: Where) -> tuple[int, ...]:
        """The features of the last token, at the place after it."""
        full = self._places[where.state]
        spot, past = (full, where.still), where.past
        echoes = [past[-k].get(spot, _NONE) if len(past) >= k else _NONE for k in ECHOES]
        number, place = self.vocabulary.char2idx[token], min(int(4 * full), PLACES - 1)
        header = where.rhythm, where.meter, where.key
        return number, place, where.bar % BARS, where.part, *header, *echoes

    def start(self) -> tuple[int, ...]:
        """The row before the first token of a tune: the last one ended."""
        return self.row(END, Where())

    def features(self, sequence: Iterable[str]) -> list[tuple[int, ...]]:
        """A row for each token."""
        where, rows = Where(), []
        for token in sequence:
            where = self.after(where, token)
            rows.append(self.row(token, where))
        return rows

    def stream(self, sequences: Sequence[Sequence[str]], progress: bool = False) -> np.ndarray:
        """Tunes one after another, each closed by END, after one END at the start: (N, 10) int32."""
        from tqdm import tqdm

        rows = [self.start()]
        for sequence in tqdm(sequences, "reading", disable=not progress, delay=1, leave=False):
            rows += self.features(sequence)
            rows.append(self.start())
        return np.array(rows, np.int32)
