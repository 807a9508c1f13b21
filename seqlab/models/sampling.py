"""Which character comes next: greedy, by temperature, among the k likeliest, within the nucleus."""

import numpy as np
import tensorflow as tf

from seqlab.errors import SeqlabError
from seqlab.layers.arithmetic import TensorLike


def draw(
    logits: TensorLike,
    temperature: TensorLike,
    u: TensorLike,
    *,
    top_k: int | None = None,
    top_p: TensorLike | None = None,
) -> tf.Tensor:
    """One id a row, drawn with P(i) ∝ exp(logits_i / temperature) by inverting the cumulative distribution.

    Args:
        logits: (B, V) float, finite.
        temperature: a number or one for each row, (B,); 0 is the first of the largest.
        u: (B,) float in [0, 1), the uniform numbers that decide.
        top_k: only the k largest logits of a row (and what equals the k-th) take part.
        top_p: only the nucleus takes part, the fewest ids whose probabilities add up to p or more, taken after
            the temperature and top_k (Holtzman et al., 2020).

    Returns:
        (B,) int32.

    >>> draw(np.log([[0.25, 0.5, 0.25]] * 3), 1.0, [0.1, 0.6, 0.9]).numpy().tolist()
    [0, 1, 2]
    """
    z = tf.cast(logits, tf.float32)
    τ = tf.reshape(tf.cast(temperature, tf.float32), (-1, 1))
    greedy = tf.argmax(z, axis=-1, output_type=tf.int32)
    # the largest is 0: nothing overflows, and one weight is 1
    weight = tf.exp((z - tf.reduce_max(z, axis=-1, keepdims=True)) / tf.maximum(τ, 1e-30))
    if top_k is not None and top_k < z.shape[-1]:
        weight = tf.where(z >= tf.math.top_k(z, top_k).values[:, -1:], weight, 0.0)
    if top_p is not None:
        weight = tf.where(weight >= _nucleus(weight, top_p), weight, 0.0)
    cumulative = tf.cumsum(weight, axis=-1)
    threshold = tf.cast(u, tf.float32)[:, None] * cumulative[:, -1:]
    drawn = tf.reduce_sum(tf.cast(cumulative <= threshold, tf.int32), axis=-1)
    return tf.where(τ[:, 0] > 0, drawn, greedy)


def _nucleus(weight: tf.Tensor, top_p: TensorLike) -> tf.Tensor:
    """The smallest weight in the nucleus of each row, (B, 1)."""
    falling = tf.sort(weight, axis=-1, direction="DESCENDING")
    before = tf.cumsum(falling, axis=-1, exclusive=True)
    inside = before < top_p * tf.reduce_sum(falling, axis=-1, keepdims=True)
    return tf.reduce_min(tf.where(inside, falling, np.inf), axis=-1, keepdims=True)


def uniforms(seed: int, rows: int, n: int) -> np.ndarray:
    """(n, rows) numbers in [0, 1). Column b depends on seed and b alone: no text changes with the batch."""
    streams = [np.random.Generator(np.random.Philox(key=[seed, row])) for row in range(rows)]
    # 23 bits: in float32, u times a sum is then always smaller than the sum
    return np.stack([s.integers(0, 2**23, n) for s in streams], axis=1).astype(np.float32) / 2**23


def check_sampling(temperature: TensorLike, top_k: int | None, top_p: float | None, batch: int) -> np.ndarray:
    """The temperatures of `batch` rows, (B,).

    Raises:
        SeqlabError: for what cannot be meant.
    """
    temperatures = np.asarray(temperature, np.float32)
    if not (np.all(temperatures >= 0) and np.all(np.isfinite(temperatures))):
        raise SeqlabError("a temperature is 0 or more", got=str(temperature), fix="0 takes the likeliest, always")
    if temperatures.shape not in ((), (batch,)):
        raise SeqlabError(f"a temperature, or {batch} of them", got=f"the shape {temperatures.shape}")
    if top_k is not None and top_k < 1:
        raise SeqlabError("top_k is 1 or more", got=str(top_k))
    if top_p is not None and not 0 < top_p <= 1:
        raise SeqlabError("top_p is more than 0 and at most 1", got=str(top_p))
    return np.broadcast_to(temperatures, batch)
