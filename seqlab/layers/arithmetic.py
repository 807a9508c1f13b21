"""What the equations are written with: activations with their derivatives, products, sums over the steps."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import tensorflow as tf

Tensors: TypeAlias = tuple[tf.Tensor, ...]
TensorLike: TypeAlias = tf.types.experimental.TensorLike  # a tensor, an array, lists of numbers
Activation: TypeAlias = Callable[[tf.Tensor], tf.Tensor]


def squash(z: tf.Tensor, k: float | tf.Tensor) -> tf.Tensor:
    """σ(z) where k = ½ and tanh(z) where k = 1: one function for a row of gates, as σ(z) = ½ tanh(½z) + ½."""
    return k * tf.tanh(k * z) + (1 - k)


def slope(y: tf.Tensor, k: float | tf.Tensor) -> tf.Tensor:
    """The derivative of `squash` from its value y: y(1 − y) where k = ½, 1 − y² where k = 1."""
    return k**2 - (y - (1 - k)) ** 2


def sigmoid(z: tf.Tensor) -> tf.Tensor:
    """σ(z), of any shape."""
    return squash(z, 0.5)


# φ -> its derivative from the value h = φ(z)
SLOPES: dict[Activation, Activation] = {
    tf.tanh: lambda h: 1 - h**2,
    tf.nn.relu: lambda h: tf.cast(h > 0, h.dtype),
    sigmoid: lambda h: h * (1 - h),
    tf.identity: tf.ones_like,
}


class Sideways(NamedTuple):
    """A matrix (H, n) kept as rows (n, H): each number of a product is then one run through the memory."""

    rows: tf.Tensor


def product(h: tf.Tensor, U: tf.Tensor | Sideways) -> tf.Tensor:
    """h U, for h (B, H), or (1, H) if U lies on its side."""
    return tf.linalg.matvec(U.rows, h[0])[None] if isinstance(U, Sideways) else h @ U


def add(z: tf.Tensor, b: tf.Tensor | None) -> tf.Tensor:
    """z + b; None is no bias."""
    return z if b is None else z + b


def product_over_steps(a: tf.Tensor, d: tf.Tensor) -> tf.Tensor:
    """Σ_t a_tᵀ d_t: what every step adds to the gradient of a shared weight, `(T, B, m), (T, B, n) -> (m, n)`."""
    return tf.matmul(tf.reshape(a, (-1, a.shape[-1])), tf.reshape(d, (-1, d.shape[-1])), transpose_a=True)


def sum_over_steps(d: tf.Tensor) -> tf.Tensor:
    """Σ_t Σ_b d: the same for a bias, `(T, B, n) -> (n,)`."""
    return tf.reduce_sum(d, axis=(0, 1))
