"""Languages for a search to be tried on, `step(prefix) -> (V,) log-probabilities`, and what a search may find in them.

Which hypotheses a beam holds on to is a matter of taste: one that has ended may leave its place to another, keep it, or
narrow the beam. `searches` are these ways, all of them right; a search is judged by what they have in common.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from seqlab.autograder.judging.compare import as_numbers
from seqlab.checks.references import log_softmax

Step = Callable[[Sequence[int]], np.ndarray]  # a prefix that begins with BOS -> log-probabilities (V,) of the next id
Found = tuple[list[int], float]  # ids without BOS and EOS, and their natural log-probability
NEVER = -60.0  # the log-probability of what must not be predicted


def random_language(t: Any, V: int, bos: int, eos: int, ends: float = 0.0, scale: float = 1.5) -> Step:
    """Random probabilities of the next of V ids after each prefix; BOS is never predicted.

    ends: how much likelier EOS is than its share, in nats. scale: how far the likely are from the unlikely.
    """
    salt = int(t.integers(2**31))

    @functools.cache
    def step(prefix: tuple[int, ...]) -> np.ndarray:
        logits = scale * np.random.default_rng([salt, *prefix]).standard_normal(V)
        logits[eos] += ends
        logits[bos] = NEVER
        return log_softmax(logits)

    return lambda prefix: step(tuple(int(i) for i in prefix)).copy()


def log_probability(step: Step, bos: int, eos: int, ids: Sequence[int], max_len: int) -> float:
    """log P of a hypothesis: with EOS at its end, unless it has max_len ids and is cut."""
    whole = [*ids, eos][:max_len]
    return float(sum(step((bos, *whole[:n]))[i] for n, i in enumerate(whole)))


def searches(step: Step, bos: int, eos: int, k: int, max_len: int) -> list[Found]:
    """What a beam of width k finds, in each of the ways to treat a hypothesis that has ended."""
    return [_search(step, bos, eos, k, max_len, ended) for ended in ("leaves", "is replaced", "stays", "narrows")]


def _search(step: Step, bos: int, eos: int, k: int, max_len: int, ended: str) -> Found:
    beams: list[Found] = [([], 0.0)]
    done: list[Found] = []
    width = k
    for _ in range(max_len):
        longer = [
            ([*ids, i], score + log_p) for ids, score in beams for i, log_p in enumerate(step((bos, *ids)).tolist())
        ]
        rivals = [(ids, score, True) for ids, score in done] if ended == "stays" else []
        ranked = sorted(rivals + [(ids, score, False) for ids, score in longer], key=lambda h: -h[1])
        best, rest = ranked[:width], ranked[width:]
        new = [(ids[:-1], score) for ids, score, old in best if not old and ids[-1] == eos]
        done = [(ids, score) for ids, score, old in best if old] + new if ended == "stays" else done + new
        beams = [(ids, score) for ids, score, old in best if not old and ids[-1] != eos]
        if ended == "is replaced":
            beams += [(ids, score) for ids, score, _ in rest if ids[-1] != eos][: width - len(beams)]
        if ended == "narrows":
            width -= len(new)
    return max(done + beams, key=lambda h: h[1])


class WatchedPrefixes:
    """A step that counts its calls; it is the tester's, so it never trusts what comes.

    ValueError where it is called with what is no prefix, and after `enough` calls.
    """

    def __init__(self, step: Step, V: int, bos: int, enough: int):
        self.step, self.V, self.bos, self.enough, self.calls = step, V, bos, enough, 0
        self.__name__ = "step"

    def __call__(self, prefix: Any) -> np.ndarray:
        ids = as_numbers(prefix)
        if ids is None or ids.ndim != 1 or not ids.size or ids.dtype.kind not in "iu":
            raise ValueError("step was called with something else than a tuple or list of ids, the first of them BOS")
        if ids[0] != self.bos:
            raise ValueError("step was called with a prefix that does not begin with BOS")
        if ids.min() < 0 or ids.max() >= self.V:
            raise ValueError("step was called with a prefix that holds no id of the vocabulary")
        self.calls += 1
        if self.calls > self.enough:
            raise ValueError("step is called far too often")
        return self.step(tuple(ids.tolist()))
