"""What a player knows at every place of a tune: how full the bar is, which bar of the part it is, meter and key.

A recurrent network could count this for itself. Given it as a further input, it can spend its units on music.
Everything here is known from the tokens so far; nothing looks ahead.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from seqlab.music.grammar import Grammar
from seqlab.music.progress import State
from seqlab.music.tokeniser import END
from seqlab.music.vocabulary import Vocabulary

#: the columns of a row of features, each an id; `token` first
FEATURES = ("token", "place", "bar", "rhythm", "meter", "key")
PLACES = 64  # quarters of the unit L:, of which the longest bars of dances have 48
BARS = 8  # a part of a dance has eight bars, or twice eight
_NONE = 0  # the id of a header field that has not been read yet


class Where(NamedTuple):
    """A place in a tune."""

    state: State = State()
    bar: int = 0  # since the part began, an upbeat not counted
    rhythm: int = _NONE
    meter: int = _NONE
    key: int = _NONE


class Follower:
    """Follows tunes in musical tokens and says, at each, what a player would know.

    Args:
        vocabulary: of musical tokens, with the end of a tune among them.
        strict: whether the grammar demands that the last bar of a part makes up for its upbeat; tunes from
            books are followed with False.

    >>> from seqlab.music import parse, tokens
    >>> tune = tokens(parse("X:1\\nM:2/4\\nL:1/8\\nK:D\\nAB d2|A4|]"))
    >>> follower = Follower(Vocabulary.from_texts([tune, [END]]))
    >>> [place for _, place, *_ in follower.features(tune)][3:]
    [4, 8, 12, 16, 0, 4, 16, 0]
    """

    def __init__(self, vocabulary: Vocabulary, strict: bool = False):
        self.vocabulary = vocabulary
        self.grammar = Grammar(vocabulary, strict=strict)
        self.end = vocabulary.char2idx[END]

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many ids each feature has."""
        V = len(self.vocabulary)
        return V, PLACES, BARS, V + 1, V + 1, V + 1

    def after(self, where: Where, token: str) -> Where:
        """The place after one more token. A token that the grammar cannot follow takes no time."""
        if token == END:
            return Where()
        state, bar = where.state, where.bar
        following = self.grammar.step(state, token)
        if "|" in token:
            whole = state.bars > 0 or state.place >= state.full
            bar = bar + 1 if whole else bar
            if following is None:  # a bar line ends the bar, whatever was in it
                following = State("body", state.full, state.compound, opens=False, bars=1)
            if following.closed or token == "|:":
                bar = 0
        fields = {"R": "rhythm", "M": "meter", "K": "key"}
        changed = {}
        if token[1:2] == ":" and token[0] in fields:
            changed[fields[token[0]]] = self.vocabulary.char2idx[token] + 1
        return where._replace(state=following or state, bar=bar, **changed)

    def row(self, token: str, where: Where) -> tuple[int, ...]:
        """The features of the last token, at the place after it."""
        place = min(int(4 * where.state.place), PLACES - 1)
        return (
            self.vocabulary.char2idx[token], place, where.bar % BARS, where.rhythm, where.meter, where.key
        )  # fmt: skip

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
        """Tunes one after another, each closed by END, after one END at the start: (N, 6) int32."""
        from tqdm import tqdm

        rows = [self.start()]
        for sequence in tqdm(sequences, "reading", disable=not progress, delay=1, leave=False):
            rows += self.features(sequence)
            rows.append(self.start())
        return np.array(rows, np.int32)
