"""Networks that read a text and judge it, put together from a student's own parts.

    mean = SentenceModel(V, masked_mean)
    gru = SentenceModel(V, lambda hs, mask: last_state(hs, lengths(mask)), reader=GRU(48, return_sequences=True))
    train_on_texts(gru, sentiment_loss, ids, labels, steps=400)
    positive(gru, new_ids)

Small, and made to be looked into; the classifiers that one would use are in `seqlab.models.classify`.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqlab.layers.arithmetic import TensorLike
from seqlab.models.tracing import Loss
from seqlab.models.training import History, train
from seqlab.models.unrolled import gradient_passes

__all__ = ["SentenceModel", "lengths", "positive", "train_on_texts", "trainable"]

_ROWS = 64  # texts in a batch
_AT_ONCE = 256  # texts that are judged in one call


def lengths(mask: tf.Tensor) -> tf.Tensor:
    """How many words each text has, (B,) int64, at least 1, from a mask (B, T) of 0 and 1.

    >>> lengths(tf.constant([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])).numpy().tolist()
    [2, 1]
    """
    return tf.maximum(tf.reduce_sum(tf.cast(mask, tf.int64), axis=1), 1)


class SentenceModel(keras.Model):
    """Embedding, perhaps a recurrent layer, one vector for the text, logits: ids (B, T) -> (B, C). Id 0 is padding.

    Args:
        V: vocabulary. summary: `summary(x (B, T, D), mask (B, T) float) -> (B, D)`, the vector of a text.
        reader: a layer `(B, T, E) -> (B, T, D)` between words and summary, if any.
        E: embedding size; None for a number a class and no layer of logits above: a bag, if `summary` adds up.
        C: classes. dropout: of the words' vectors, and of what goes into the logits.
    """

    def __init__(
        self,
        V: int,
        summary: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
        *,
        reader: keras.layers.Layer | None = None,
        E: int | None = 64,
        C: int = 2,
        dropout: float = 0.4,
    ) -> None:
        super().__init__()
        self.embedding, self.reader, self.summary_of = keras.layers.Embedding(V, E or C), reader, summary
        self.dropout = keras.layers.Dropout(dropout)
        self.logits = keras.layers.Dense(C) if E else keras.layers.Identity()

    def states(self, ids: TensorLike, training: bool = False) -> tf.Tensor:
        """What the summary is made of, (B, T, D): the reader's state after each word."""
        x = self.dropout(self.embedding(ids), training=training)
        return x if self.reader is None else self.reader(x)

    def call(self, ids: TensorLike, training: bool = False) -> tf.Tensor:
        """Logits (B, C) of ids (B, T)."""
        mask = tf.cast(tf.convert_to_tensor(ids) > 0, tf.float32)
        h = self.summary_of(self.states(ids, training), mask)
        return self.logits(self.dropout(h, training=training) if self.reader else h)


def trainable(answer: Callable[..., Any], reference: Callable[..., Any], *example: Any) -> Callable[..., Any]:
    """The answer if TensorFlow can make a graph of it and pass a gradient through, else the reference, which is said.

    Args:
        answer: a function of tensors. reference: one that is known to work.
        example: arguments to try it with; the gradient is that of the first float among them.

    >>> trainable(lambda x: x.numpy() ** 2, tf.square, np.ones(3, "float32")) is tf.square  # doctest: +ELLIPSIS
    <lambda> may be right, but TensorFlow cannot train through it ...
    True
    """
    tensors = [tf.convert_to_tensor(a) for a in example]
    place = next(i for i, a in enumerate(tensors) if a.dtype.is_floating)
    graph = tf.function(answer, autograph=False)
    if gradient_passes(lambda x: graph(*tensors[:place], x, *tensors[place + 1 :]), tensors[place]):
        return answer
    name = getattr(answer, "__name__", "the answer")
    print(f"{name} may be right, but TensorFlow cannot train through it (NumPy, float(), or Python's if, len")
    print("or for over a tensor stop the gradient): training goes on with the reference answer.")
    return reference


def train_on_texts(
    model: keras.Model,
    loss: Loss,
    ids: TensorLike,
    labels: TensorLike,
    *,
    steps: int,
    rate: float = 2e-3,
    seed: int = 0,
    progress: bool = True,
) -> History:
    """Train with Adam on batches of 64 texts drawn at random, dropout switched on, the gradient clipped to norm 1.

    Args:
        model: ids (B, T) -> logits; it is changed. loss: `loss(y, logits)`, a scalar in nats.
        ids: (N, T). labels: N of them, of any shape that the loss knows. steps, rate: how often, Adam's rate.
        seed: of the batches.

    Returns:
        the history of the run.
    """
    ids, labels = np.asarray(ids), np.asarray(labels)

    def batches(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        rows = rng.integers(0, len(ids), _ROWS)
        return ids[rows], labels[rows]

    return train(
        _step, model, keras.optimizers.Adam(rate), loss, batches, steps, clip=1.0, seed=seed, progress=progress
    )


def _step(
    model: keras.Model, optimizer: keras.Optimizer, loss_fn: Loss, x: TensorLike, y: TensorLike, clip: float
) -> tf.Tensor:
    """`train_step`, with dropout switched on."""
    with tf.GradientTape() as tape:
        loss = loss_fn(y, model(x, training=True))
    gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, model.trainable_variables), clip)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    return loss


def positive(model: keras.Model, ids: TensorLike) -> np.ndarray:
    """The probability of class 1 for each of N texts, (N,), from ids (N, T)."""
    ids = np.asarray(ids)
    logits = [
        model(tf.constant(ids[i : i + _AT_ONCE])) for i in range(0, len(ids), _AT_ONCE)
    ]  # a graph a call would warn
    return np.asarray(tf.nn.softmax(np.concatenate(logits)))[:, 1]
