"""A long text as windows: drawn at random to learn from, laid end to end to be measured on."""

from collections.abc import Callable

import numpy as np

from seqlab.errors import SeqlabError


def random_windows(ids, length: int, batch: int) -> Callable:
    """Training batches out of one long text: windows that start anywhere, evenly, with replacement.

    Args:
        ids: (N,) int, N > length.
        length: T, characters in a window.
        batch: B, windows in a batch.

    Returns:
        `batches(rng) -> x, y`, both (B, T): y is x one character later.

    >>> x, y = random_windows([10, 20, 30, 40], length=3, batch=2)(np.random.default_rng(0))
    >>> x.tolist(), y.tolist()
    ([[10, 20, 30], [10, 20, 30]], [[20, 30, 40], [20, 30, 40]])
    """
    ids = _at_least(ids, length + 1)

    def batches(rng):
        starts = rng.integers(0, len(ids) - length, size=(batch, 1))
        window = ids[starts + np.arange(length + 1)]  # (B, T+1)
        return window[:, :-1], window[:, 1:]

    return batches


def held_out_loss(model, ids, *, length: int = 64, batch: int = 64, loss_fn=None) -> Callable[[], float]:
    """The loss of a model on a text that it was not trained on, ready to be taken again and again.

    The text is cut into windows end to end, each read from a fresh state as in training, so that every
    character but the first is predicted exactly once.

    Args:
        model: ids (B, T) -> logits (B, T, V).
        ids: (M,) int, M > 1.
        length: T, characters in a window.
        batch: windows at a time.
        loss_fn: `(y, logits) -> nats`, a mean or one number a character; by default softmax cross-entropy.

    Returns:
        `measure() -> float`, the mean loss in nats per character.
    """
    import tensorflow as tf

    ids = _at_least(ids, 2)
    loss_fn = loss_fn or tf.nn.sparse_softmax_cross_entropy_with_logits
    x, y = ids[:-1], ids[1:]
    whole = len(x) // length * length
    pieces = [
        (x[:whole].reshape(-1, length)[i : i + batch], y[:whole].reshape(-1, length)[i : i + batch])
        for i in range(0, whole // length, batch)
    ]
    if whole < len(x):
        pieces.append((x[None, whole:], y[None, whole:]))

    @tf.function  # a graph for each of at most three sizes: with an open size TimeDistributed gives nonsense
    def total(x, y):
        return tf.reduce_mean(loss_fn(y, model(x))) * tf.cast(tf.size(y), tf.float32)

    def measure() -> float:
        return float(sum(total(tf.constant(x), tf.constant(y)) for x, y in pieces)) / len(y)

    return measure


def _at_least(ids, n: int) -> np.ndarray:
    ids = np.asarray(ids)
    if ids.ndim != 1 or not np.issubdtype(ids.dtype, np.integer):
        raise SeqlabError("a text is a vector of integer ids", got=f"{ids.dtype} of shape {ids.shape}")
    if len(ids) < n:
        raise SeqlabError(f"windows need a text of at least {n} characters", got=str(len(ids)))
    return ids.astype(np.int32)
