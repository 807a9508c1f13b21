"""Training a small network on the rows of two arrays: batches drawn at random, Adam, a rate that falls to near nothing."""

import keras
import numpy as np
import tensorflow as tf

from seqlab.models.tracing import Loss
from seqlab.models.training import History, train, train_step


def learn_on_rows(
    model: keras.Model,
    loss: Loss,
    x: np.ndarray,
    y: np.ndarray,
    *,
    steps: int,
    batch: int = 64,
    rate: float = 1e-2,
    lowest: float = 0.02,
    seed: int,
    progress: bool = False,
) -> History:
    """Learn from x (N, …) and y (N, …).

    Args:
        loss: `loss(y, model(x))`, a scalar. steps: how many batches of `batch` rows.
        rate: of Adam at the beginning; along a cosine it falls to the share `lowest` of it.
        seed: of the batches.
    """

    def batches(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        rows = rng.integers(len(x), size=batch)
        return x[rows], y[rows]

    adam = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps, alpha=lowest))
    return train(train_step, model, adam, loss, batches, steps, seed=seed, progress=progress)


def mean_cross_entropy(y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """The mean of -ln P(y), in nats, over whatever is asked: y (…,) ids, logits (…, V)."""
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
