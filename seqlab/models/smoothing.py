"""Three ways to leave something for what was never counted: add one, back off, interpolate.

A window of k characters that never stood in the training text has no count; one that stood there once has one, which
says too much. The three differ in where the probability for the unseen comes from. `ngram_loss` interpolates; here the
three stand side by side, to be drawn on one axis.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError
from seqlab.models.ngram import _codes, _count, _ids, ngram_loss

__all__ = ["SMOOTHINGS", "smoothed_loss"]

SMOOTHINGS = ("add-one", "back-off", "interpolation")
_DISCOUNT = 0.5  # what back-off takes from each count; Ney, Essen and Kneser find about this for small corpora


def smoothed_loss(train: ArrayLike, held_out: ArrayLike, vocab_size: int, order: int, smoothing: str) -> float:
    """Cross-entropy in nats of an n-gram model with one of three smoothings.

        add-one        P(c | context) = (count(context, c) + 1) / (count(context) + V)
        back-off       (count - 1/2) / count(context) where the run was seen; else what was taken away,
                       shared out as the next shorter context says
        interpolation  every context is mixed with the next shorter one, by Witten and Bell's weights

    Args:
        train, held_out, vocab_size, order: as for `ngram_loss`; order is 1 or more.
        smoothing: one of SMOOTHINGS.

    Returns:
        the mean of -ln P over the predicted ids of `held_out`, the same ones as in `ngram_loss`.

    Raises:
        SeqlabError: another smoothing, order 0, or what `ngram_loss` refuses.

    Source: Katz, Estimation of probabilities from sparse data, 1987; Ney, Essen and Kneser, On structuring
    probabilistic dependences, 1994; Witten and Bell, The zero-frequency problem, 1991.

    >>> abab = [0, 1] * 50
    >>> [round(smoothed_loss(abab, abab, 4, 2, kind), 3) for kind in SMOOTHINGS]
    [0.058, 0.01, 0.01]
    """
    if smoothing not in SMOOTHINGS:
        raise SeqlabError(f"smoothing is one of {', '.join(SMOOTHINGS)}", got=repr(smoothing))
    if order < 1:
        raise SeqlabError("order is 1 or more: without a count there is nothing to smooth", got=str(order))
    if smoothing == "interpolation":
        return ngram_loss(train, held_out, vocab_size, order, prior="witten-bell")
    counted, predicted = (_ids(ids, vocab_size, order) for ids in (train, held_out))
    asked = _codes(predicted, order - 1, vocab_size)[max(2 - order, 0) :]  # the first id is never predicted
    if smoothing == "add-one":
        seen = _codes(counted, order - 1, vocab_size)
        p = (_count(seen, asked) + 1) / (_count(seen // vocab_size, asked // vocab_size) + vocab_size)
    else:
        p = _backed_off(_levels(counted, order, vocab_size), asked, vocab_size)
    return float(-np.log(p).mean())


@dataclass(frozen=True)
class _Level:
    """The runs of k ids and one more that were seen, sorted, and what is known of each context of k ids."""

    runs: np.ndarray
    counts: np.ndarray
    contexts: np.ndarray
    totals: np.ndarray  # how often each context was seen
    discount: np.ndarray  # what each count of a context gives away
    share: np.ndarray  # by what the shorter context's probabilities are multiplied, for what was not seen


def _levels(ids: np.ndarray, order: int, vocab_size: int) -> list[_Level]:
    """One for each length of context from 0 on, each made of the shorter ones."""
    levels: list[_Level] = []
    for k in range(order):
        runs, counts = np.unique(_codes(ids, k, vocab_size), return_counts=True)
        contexts, starts = np.unique(runs // vocab_size, return_index=True)
        totals, kinds = np.add.reduceat(counts, starts), np.diff([*starts, len(runs)])
        left = 1 - np.add.reduceat(_backed_off(levels, runs % vocab_size**k, vocab_size), starts)
        discount = np.where(left > 1e-9, _DISCOUNT, 0.0)  # where every id was seen, nobody needs a share
        share = discount * kinds / totals / np.maximum(left, 1e-9)
        levels.append(_Level(runs, counts, contexts, totals, discount, share))
    return levels


def _backed_off(levels: list[_Level], asked: np.ndarray, vocab_size: int) -> np.ndarray:
    """P of the last id of each run in `asked`, given those before it; the runs are as long as the levels are many."""
    p = np.full(len(asked), 1 / vocab_size)
    for k, level in enumerate(levels):
        run = asked % vocab_size ** (k + 1)
        at = np.minimum(np.searchsorted(level.contexts, run // vocab_size), len(level.contexts) - 1)
        known = level.contexts[at] == run // vocab_size
        place = np.minimum(np.searchsorted(level.runs, run), len(level.runs) - 1)
        count = np.where(level.runs[place] == run, level.counts[place], 0)
        backed = np.where(known, level.share[at] * p, p)
        p = np.where(count > 0, (count - level.discount[at]) / level.totals[at], backed)
    return p
