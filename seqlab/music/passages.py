"""How much of a tune stands in the tunes a model was trained on?

A melody is written as steps: the interval to the next note and how long this one lasts, in units of the
tune's L:. So a passage is found again in another key, and a reel in 2/4 is found again in 4/4.
"""

import itertools
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from seqlab.music.tune import Tune

COPY = 0.6  # a tune with so many of its notes in one passage of the training set is a copy
_SEED = 6  # steps of the shortest passage that counts
_REST = 99  # stands for an interval to or from a rest


class Passage(NamedTuple):
    """The longest passage of a tune that stands in the training set."""

    notes: int  # notes and rests it has
    share: float  # of all notes and rests of the tune
    source: str  # id of the tune it stands in, "" if there is none


class Memory:
    """The training tunes, ready to be searched for passages.

    >>> from seqlab.music import parse
    >>> memory = Memory([parse("X:1\\nM:4/4\\nL:1/8\\nK:D\\nDFAd fdAF|GBdg dBGB|", id="one")])
    >>> memory.longest(parse("X:2\\nM:4/4\\nL:1/8\\nK:G\\nGBdg bgdB|A8|"))
    Passage(notes=8, share=0.888..., source='one')
    """

    def __init__(self, tunes: Iterable[Tune]) -> None:
        self._lengths: dict[Fraction, int] = {}
        self.ids: list[str] = []
        pieces, owners = [], []
        for number, tune in enumerate(tunes):
            steps = self._steps(tune)
            self.ids.append(tune.id)
            pieces += [steps, np.array([-1])]  # no passage reaches from one tune into the next
            owners.append(np.full(len(steps) + 1, number))
        pieces.append(np.full(_SEED + 1, -1))
        owners.append(np.full(_SEED + 1, -1))
        self._all, self._owner = np.concatenate(pieces), np.concatenate(owners)
        seeds = self._seeds(self._all)
        self._order = np.argsort(seeds, kind="stable")
        self._sorted = seeds[self._order]

    def _steps(self, tune: Tune) -> np.ndarray:
        unit = 4 * tune.reading.unit
        notes = [note for note in tune.notes if not note.grace]
        steps = []
        for note, following in itertools.pairwise(notes):
            here, there = note.pitch, following.pitch
            interval = _REST if here is None or there is None else there - here
            length = self._lengths.setdefault(note.duration / unit, len(self._lengths))
            steps.append((interval + 128) * 4096 + length)
        return np.array(steps, np.int64)

    @staticmethod
    def _seeds(steps: np.ndarray) -> np.ndarray:
        """One number for each run of so many steps; different runs may share one, so matches are compared."""
        if len(steps) < _SEED:
            return np.zeros(0, np.uint64)
        factors = np.uint64(0x9E3779B97F4A7C15) ** np.arange(1, _SEED + 1, dtype=np.uint64)
        return np.lib.stride_tricks.sliding_window_view(steps.astype(np.uint64), _SEED) @ factors

    def longest(self, tune: Tune) -> Passage:
        """The longest passage of ``tune`` that stands somewhere in the training set."""
        steps = self._steps(tune)
        total = len(steps) + 1
        best, place = 0, -1
        for start, seed in enumerate(self._seeds(steps)):
            if len(steps) - start <= best:
                break
            low, high = np.searchsorted(self._sorted, seed), np.searchsorted(self._sorted, seed, "right")
            candidates = self._order[low:high]
            length = 0
            while len(candidates) and start + length < len(steps):
                going_on = candidates[self._all[candidates + length] == steps[start + length]]
                if not len(going_on):
                    break
                candidates, length = going_on, length + 1
            if length >= _SEED and length > best:
                best, place = length, int(candidates[0])
        if not best:
            return Passage(0, 0.0, "")
        return Passage(best + 1, (best + 1) / total, self.ids[self._owner[place]])
