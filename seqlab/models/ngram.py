"""What counting alone achieves: the yardsticks that a language model's loss is read against.

A loss of 1.4 nats says little by itself. Beside log V (every character equally likely), the unigram loss
(how often is each character?) and the bigram loss (what follows this character?) it says what was learnt.
"""

import numpy as np
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError


def ngram_loss(
    train: ArrayLike, held_out: ArrayLike, vocab_size: int, order: int, *, prior: float | str = 1.0
) -> float:
    """Cross-entropy of an n-gram model, counted on one text and measured on another.

    Smoothed recursively: the model of order k is a Dirichlet posterior whose mean before any count is the
    model of order k-1, and whose weight is `prior` observations,

        P_k(c | context) = (count(context, c) + prior * P_{k-1}(c)) / (count(context) + prior),  P_0 = 1/V

    so that nothing that was never seen has probability zero.

    Args:
        train: (N,) int ids that are counted.
        held_out: (M,) int ids that are predicted, each but the first from those before it.
        vocab_size: V, the number of ids.
        order: 0 for log V, 1 for unigrams, 2 for bigrams, and so on.
        prior: weight of the lower order, in observations; "witten-bell" for as many observations as the context
            has had different successors, so that a context with many surprises expects another one.

    Returns:
        the mean of -ln P over the predicted characters, in nats.

    Raises:
        SeqlabError: for a text that is too short, or ids outside 0 .. V-1.

    Source: MacKay and Peto, A hierarchical Dirichlet language model, 1995; Witten and Bell, The zero-frequency
    problem, 1991.

    >>> abab = [0, 1] * 50
    >>> [round(ngram_loss(abab, abab, 4, order), 2) for order in (0, 1, 2)]
    [1.39, 0.7, 0.01]
    """
    if prior != "witten-bell" and not (isinstance(prior, int | float) and prior > 0):
        raise SeqlabError('prior is a number above 0 or "witten-bell"', got=repr(prior))
    counted, predicted = (_ids(ids, vocab_size, order) for ids in (train, held_out))
    first = max(order - 1, 1)  # every order predicts the same characters, those with a full context
    p = np.full(len(predicted) - first, 1 / vocab_size)
    for k in range(order):
        seen, asked = _codes(counted, k, vocab_size), _codes(predicted, k, vocab_size)[first - k :]
        together = _count(seen, asked)
        alone = _count(seen // vocab_size, asked // vocab_size)
        weight: np.ndarray | float
        weight = _count(np.unique(seen) // vocab_size, asked // vocab_size) if isinstance(prior, str) else prior
        p = np.divide(together + weight * p, alone + weight, out=p.copy(), where=alone + weight > 0)
    return float(-np.log(p).mean())


def ngrams_seen(ids: ArrayLike, vocab_size: int, order: int) -> int:
    """How many different runs of `order` ids a text has: the numbers that a model of this order must keep.

    vocab_size^order could stand there. SeqlabError as `ngram_loss`; order is 1 or more.

    >>> ngrams_seen([0, 1, 0, 1, 2], 3, 2)
    3
    """
    return len(np.unique(_codes(_ids(ids, vocab_size, order), max(order, 1) - 1, vocab_size)))


def _codes(ids: np.ndarray, k: int, vocab_size: int) -> np.ndarray:
    """One number for each run of k ids and the id after it; its quotient by V is the run."""
    code = np.zeros(len(ids) - k, np.int64)
    for i in range(k + 1):
        code = code * vocab_size + ids[i : len(ids) - k + i]
    return code


def _count(seen: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """How often each of `asked` is among `seen`."""
    values, counts = np.unique(seen, return_counts=True)
    at = np.minimum(np.searchsorted(values, asked), len(values) - 1)
    return np.where(values[at] == asked, counts[at], 0)


def _ids(given: ArrayLike, vocab_size: int, order: int) -> np.ndarray:
    ids = np.asarray(given).astype(np.int64).ravel()
    if order < 0 or vocab_size ** max(order, 1) >= 2**62:
        raise SeqlabError("order is 0, 1, 2, ... and small enough to count", got=f"{order}")
    if len(ids) <= max(order, 1):
        raise SeqlabError(f"a model of order {order} needs more than {max(order, 1)} characters", got=str(len(ids)))
    if ids.min() < 0 or ids.max() >= vocab_size:
        raise SeqlabError(f"ids are 0 to {vocab_size - 1}", got=f"{ids.min()} to {ids.max()}")
    return ids
