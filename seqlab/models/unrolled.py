"""A recurrent cell that is walked by a student's own loop, trained: what a lesson on recurrences needs around its lesson.

    losses = train_unrolled(cell, unroll, total_loss, xs, y, units=8)

is, step after step,

    with tf.GradientTape() as tape:
        logits, _ = unroll(cell, xs, tf.zeros((B, units)))
        L = total_loss(y, logits)
    optimizer.apply_gradients(zip(tape.gradient(L, cell.trainable_weights), cell.trainable_weights))

recorded as a graph where the student's code can be recorded.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import keras
import tensorflow as tf

__all__ = ["gradient_passes", "train_unrolled"]

Unroll: TypeAlias = Callable[[Any, tf.Tensor, tf.Tensor], Any]  # (cell, xs, h0) -> (logits, h_T)
Loss: TypeAlias = Callable[[Any, Any], Any]  # (y, logits) -> scalar


def gradient_passes(function: Callable[[tf.Tensor], Any], x: tf.Tensor) -> bool:
    """Does a gradient pass through a function? Not if it leaves TensorFlow, as with NumPy, or raises.

    >>> gradient_passes(lambda x: x * x, tf.ones(3)), gradient_passes(lambda x: x.numpy() ** 2, tf.ones(3))
    (True, False)
    """
    try:
        with tf.GradientTape() as tape:
            tape.watch(x)
            moved = tf.reduce_sum(function(x))
        return tape.gradient(moved, x) is not None
    except Exception:  # a student's code may raise anything
        return False


def train_unrolled(
    cell: keras.layers.Layer,
    unroll: Unroll,
    loss: Loss,
    xs: tf.Tensor,
    y: Any,
    *,
    units: int,
    steps: int = 150,
    rate: float = 0.03,
) -> list[float]:
    """Train a cell with Adam on one batch, always the whole of it, each time from a state of zeros.

    Args:
        cell: `cell(x (B, D), h (B, units)) -> (logits (B, V), h)`; it is changed.
        unroll: `unroll(cell, xs, h0) -> (logits (B, T, V), h_T)`. loss: `loss(y, logits)`, a scalar in nats.
        xs: (B, T, D) float32. y: (B, T) ids.
        steps: how often the weights are changed. rate: Adam's learning rate.

    Returns:
        the loss before each step, `steps` numbers.
    """
    optimizer, h0 = keras.optimizers.Adam(rate), tf.zeros((len(y), units))
    unroll(cell, xs, h0)  # some cells make their weights at the first call
    optimizer.build(cell.trainable_weights)

    def update() -> Any:
        with tf.GradientTape() as tape:
            logits, _ = unroll(cell, xs, h0)
            L = loss(y, logits)
        optimizer.apply_gradients(zip(tape.gradient(L, cell.trainable_weights), cell.trainable_weights, strict=True))
        return L

    once = tf.function(update, autograph=False)
    try:
        history = [float(once())]
    except Exception:  # code that cannot be recorded, `float(L)` or `.numpy()`, runs step by step
        once, history = update, []
    while len(history) < steps:
        history.append(float(once()))
    return history
