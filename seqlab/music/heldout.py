"""Train, validation and test sets that share no melody."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

from seqlab.errors import SeqlabError
from seqlab.music.clusters import SHARED, melody, similar_pairs
from seqlab.music.tune import Tune


class Split(NamedTuple):
    """Three sets of tunes; no cluster of near-duplicates has tunes in two of them."""

    train: list[Tune]
    validation: list[Tune]
    test: list[Tune]


def split(tunes: Sequence[Tune], *, validation: float = 0.1, test: float = 0.1, seed: int | str = "seqlab") -> Split:
    """Split by cluster of near-duplicates, never at random.

    A hash of the cluster's name decides, so a tune lands in the same set whichever other collections are
    loaded beside it: a model trained on O'Neill's training tunes has not met Ryan's test tunes. The shares
    hold on average.

    Args:
        tunes: each with its ``cluster``; a tune without one is a cluster of its own.
        validation, test: shares of the clusters, 0 to 1, together less than 1.
        seed: another seed draws another split.

    Raises:
        SeqlabError: no tunes, or shares that leave nothing to train on.
    """
    if not tunes:
        raise SeqlabError("at least one tune to split", got="none", fix="load tunes with load_tunes()")
    if validation < 0 or test < 0 or validation + test >= 1:
        raise SeqlabError("shares for validation and test that together stay below 1", got=f"{validation} and {test}")
    sets = Split([], [], [])
    for tune in tunes:
        place = _place(f"{seed}/{tune.cluster or tune.id or tune.body}")
        sets[2 if place < test else 1 if place < test + validation else 0].append(tune)
    return sets


def _place(name: str) -> float:
    """A number from 0 to 1 that depends on the name alone."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") / 2**64


def leakage(train: Sequence[Tune], held_out: Sequence[Tune], threshold: float = SHARED) -> float:
    """Share of ``held_out`` tunes that have a near-duplicate in ``train``, 0 to 1.

    Args:
        train, held_out: any tunes.
        threshold: the share of the shorter tune's runs of intervals that makes two tunes near-duplicates.
    """
    melodies = [melody(tune.abc) for tune in (*train, *held_out)]
    first, second, share = similar_pairs(melodies)
    n = len(train)
    leaks = (share >= threshold) & (first < n) & (second >= n)
    return len(set(second[leaks].tolist())) / max(len(held_out), 1)
