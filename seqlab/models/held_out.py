"""The loss of a model on what it was not trained on."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from seqlab.sequences.windows import end_to_end


def held_out_loss(
    model: Callable[[Any], Any],
    ids: Sequence[int] | np.ndarray,
    *,
    length: int = 64,
    batch: int = 64,
    loss_fn: Callable[[Any, Any], Any] | None = None,
) -> Callable[[], float]:
    """The loss of a model on a text or series that it was not trained on, ready to be taken again and again.

    The text is cut into windows end to end, each read from a fresh state as in training, so that every
    character but the first is predicted exactly once.

    Args:
        model: ids (B, T) -> logits (B, T, V); for a series (B, T, D) -> predictions of the next step.
        ids: (M,) int, M > 1, or a series (M, D) float.
        length: T, characters in a window.
        batch: windows at a time.
        loss_fn: `(y, logits) -> nats`, a mean or one number a character; by default softmax cross-entropy.

    Returns:
        `measure() -> float`, the mean loss in nats per character, or in the unit of `loss_fn` per step.

    Raises:
        SeqlabError: the text is too short, or neither ids nor a series.
    """
    import tensorflow as tf

    measured = loss_fn or tf.nn.sparse_softmax_cross_entropy_with_logits
    pieces = end_to_end(ids, length, batch)
    steps = sum(y.shape[0] * y.shape[1] for _, y in pieces)

    @tf.function  # a graph for each of at most three sizes: with an open size TimeDistributed gives nonsense
    def total(x: Any, y: Any) -> Any:
        return tf.reduce_mean(measured(y, model(x))) * tf.cast(tf.reduce_prod(tf.shape(y)[:2]), tf.float32)

    def measure() -> float:
        return float(sum(total(tf.constant(x), tf.constant(y)) for x, y in pieces)) / steps

    return measure
