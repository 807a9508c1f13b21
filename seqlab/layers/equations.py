"""The recurrences of SimpleRNN, LSTM and GRU, forwards and backwards, as they are derived on paper.

Each class holds one cell's equations in five parts:

    biases    the layer's bias -> what adds to x W for all steps at once, `(n·H,)`, and the candidate's part that a
              step must add to h U by itself, `(H,)`; None for none
    step      one step forward, the only place where a recurrence is written: from U `(H, n·H)`, that bias,
              z_x = x W + b `(B, n·H)` and the states `(B, H)`, to what it keeps, `(B, kept)`, and the new states.
              It keeps the row of its gates, and what else the way back needs besides the states
    factors   the local derivatives of every step, in bulk, since none depends on another step
    back      one step back: from Uᵀ, the factors and the gradient of the states to that of the pre-activations,
              `(B, d)`, and of the states one step earlier
    weights   the gradients of x W, `(T, B, n·H)`, and of U and b, summed over all steps by one matrix product each

The layers run `step` in a loop (`scan`), look into it (`inside`) and differentiate it (`flow`); a model that writes
takes it character by character (`seqlab.models.chain`).

Letters: n gates (the candidate counted) of H units, z pre-activation, h hidden state, c cell state, `candidate` c̃ or
h̃, U recurrent weights, d… the gradient of the loss with respect to …. Arrays of one step are `(B, ·)`, of all steps
`(T, B, ·)`. φ is the activation of the candidate and the output, σ that of the gates. `step` takes any; the way back
knows a few: `by_hand` says whether these are among them.
"""

from dataclasses import dataclass
from typing import TypeAlias

import keras
import tensorflow as tf

from seqlab.layers.arithmetic import (
    SLOPES,
    Activation,
    Sideways,
    Tensors,
    add,
    product,
    product_over_steps,
    sigmoid,
    slope,
    squash,
    sum_over_steps,
)

Tensor: TypeAlias = tf.Tensor
Matrix: TypeAlias = Tensor | Sideways


@dataclass(frozen=True)
class _Cell:
    """What all have in common: H units, an activation, and a bias that is added to x W."""

    H: int
    φ: Activation = tf.tanh

    def biases(self, b: Tensor | None) -> tuple[Tensor | None, Tensor | None]:
        return b, None


@dataclass(frozen=True)
class SimpleRNN(_Cell):
    """h_t = φ(z_t), z_t = x_t W + h_{t-1} U + b (Elman 1990)."""

    states = 1
    kept = 0

    @property
    def d(self) -> int:
        return self.H

    @property
    def by_hand(self) -> bool:
        return any(self.φ is φ for φ in SLOPES)

    def step(self, U: Matrix, b_h: None, z_x: Tensor, h: Tensor) -> tuple[None, Tensors]:
        return None, (self.φ(z_x + product(h, U)),)

    def factors(self, kept: None, before: Tensors, after: Tensors) -> Tensors:
        return (SLOPES[self.φ](after[0]),)

    def back(self, UT: Tensor, factors: Tensors, dh: Tensor) -> tuple[Tensor, Tensors]:
        (slope_h,) = factors
        dz = dh * slope_h
        return dz, (dz @ UT,)

    def weights(self, kept: None, before: Tensors, dz: Tensor) -> Tensors:
        return dz, product_over_steps(before[0], dz), sum_over_steps(dz)


@dataclass(frozen=True)
class _Gated(_Cell):
    """What those with gates have in common: a second activation."""

    σ: Activation = sigmoid

    @property
    def by_hand(self) -> bool:
        return self.φ is tf.tanh and self.σ is sigmoid


@dataclass(frozen=True)
class LSTM(_Gated):
    """i, f, o = σ(z), c̃ = φ(z); c_t = f⊙c_{t-1} + i⊙c̃; h_t = o⊙φ(c_t). Gates in the order i f c̃ o.

    Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000.
    """

    states = 2

    @property
    def kept(self) -> int:
        return 4 * self.H

    d = kept

    def ks(self, dtype: tf.DType) -> Tensor:
        return tf.repeat(tf.constant([0.5, 0.5, 1.0, 0.5], dtype), self.H)  # of i, f, c̃, o, in a row

    def gates(self, z: Tensor) -> Tensor:
        """The row of gates; of the usual ones in a single function, which is faster."""
        if self.by_hand:
            return squash(z, self.ks(z.dtype))
        z_i, z_f, z_c, z_o = tf.split(z, 4, axis=-1)
        return tf.concat([self.σ(z_i), self.σ(z_f), self.φ(z_c), self.σ(z_o)], axis=-1)

    def step(self, U: Matrix, b_h: None, z_x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensors]:
        y = self.gates(z_x + product(h, U))
        i, f, candidate, o = tf.split(y, 4, axis=-1)
        c = f * c + i * candidate
        h = o * self.φ(c)
        return y, (h, c)

    def factors(self, y: Tensor, before: Tensors, after: Tensors) -> Tensors:
        i, f, candidate, o = tf.split(y, 4, axis=-1)
        tanh_c = tf.tanh(after[1])
        dy = tf.concat([candidate, before[1], i, tanh_c], axis=-1)  # ∂c/∂i, ∂c/∂f, ∂c/∂c̃, ∂h/∂o
        dz = dy * slope(y, self.ks(y.dtype))
        return dz, o * (1 - tanh_c**2), f

    def back(self, UT: Tensor, factors: Tensors, dh: Tensor, dc: Tensor) -> tuple[Tensor, Tensors]:
        to_z, h_to_c, f = factors
        dc = dc + dh * h_to_c
        dz = tf.concat([dc, dc, dc, dh], axis=-1) * to_z
        return dz, (dz @ UT, dc * f)

    def weights(self, y: Tensor, before: Tensors, dz: Tensor) -> Tensors:
        return dz, product_over_steps(before[0], dz), sum_over_steps(dz)


@dataclass(frozen=True)
class GRU(_Gated):
    """z, r = σ(…); h̃ = φ(x W + b + r⊙(h U + b')); h_t = z⊙h_{t-1} + (1−z)⊙h̃. Gates in the order z r h̃.

    This is Keras's default, `reset_after=True`. u stands for the inner sum h U + b' of the candidate; only there must
    b' wait for r, so that the rest of it is added to x W.
    """

    states = 1

    @property
    def kept(self) -> int:
        return 4 * self.H

    d = kept

    def biases(self, b: Tensor | None) -> tuple[Tensor | None, Tensor | None]:
        if b is None:
            return None, None
        H = self.H
        return b[0] + tf.concat([b[1, : 2 * H], tf.zeros_like(b[1, 2 * H :])], axis=0), b[1, 2 * H :]

    def step(self, U: Matrix, b_h: Tensor | None, z_x: Tensor, h: Tensor) -> tuple[Tensor, Tensors]:
        H = self.H
        z_h = product(h, U)
        zr = self.σ(z_x[:, : 2 * H] + z_h[:, : 2 * H])
        z, r = tf.split(zr, 2, axis=-1)
        u = add(z_h[:, 2 * H :], b_h)
        candidate = self.φ(z_x[:, 2 * H :] + r * u)
        h = z * h + (1 - z) * candidate
        return tf.concat([zr, candidate, u], axis=-1), (h,)

    def factors(self, kept: Tensor, before: Tensors, after: Tensors) -> Tensors:
        z, r, candidate, u = tf.split(kept, 4, axis=-1)
        to_candidate = (1 - z) * (1 - candidate**2)
        to_z = (before[0] - candidate) * z * (1 - z)
        return tf.concat([to_candidate, to_z, to_candidate * u * r * (1 - r), to_candidate * r], axis=-1), z

    def back(self, UT: Tensor, factors: Tensors, dh: Tensor) -> tuple[Tensor, Tensors]:
        to_d, z = factors
        d = tf.concat([dh, dh, dh, dh], axis=-1) * to_d  # of x W of the candidate; of z, r and u
        return d, (dh * z + d[:, self.H :] @ UT,)

    def weights(self, kept: Tensor, before: Tensors, d: Tensor) -> Tensors:
        dcandidate, dz, dr, _ = tf.split(d, 4, axis=-1)
        dz_x, dz_h = tf.concat([dz, dr, dcandidate], axis=-1), d[:, :, self.H :]
        return dz_x, product_over_steps(before[0], dz_h), tf.stack([sum_over_steps(dz_x), sum_over_steps(dz_h)])


@dataclass(frozen=True)
class GRUResetBefore(_Gated):
    """As GRU, but h̃ = φ(x W + b + (r⊙h) U): the first paper's (Cho et al. 2014), `reset_after=False`."""

    states = 1

    @property
    def kept(self) -> int:
        return 3 * self.H

    d = kept

    def step(self, U: Tensor, b_h: None, z_x: Tensor, h: Tensor) -> tuple[Tensor, Tensors]:
        H = self.H
        zr = self.σ(z_x[:, : 2 * H] + h @ U[:, : 2 * H])
        z, r = tf.split(zr, 2, axis=-1)
        candidate = self.φ(z_x[:, 2 * H :] + (r * h) @ U[:, 2 * H :])
        h = z * h + (1 - z) * candidate
        return tf.concat([zr, candidate], axis=-1), (h,)

    def factors(self, kept: Tensor, before: Tensors, after: Tensors) -> Tensors:
        z, r, candidate = tf.split(kept, 3, axis=-1)
        (h,) = before
        return (1 - z) * (1 - candidate**2), (h - candidate) * z * (1 - z), h * r * (1 - r), r, z

    def back(self, UT: Tensor, factors: Tensors, dh: Tensor) -> tuple[Tensor, Tensors]:
        to_candidate, to_z, to_r, r, z = factors
        H = self.H
        dcandidate = dh * to_candidate
        drh = dcandidate @ UT[2 * H :]
        dzr = tf.concat([dh * to_z, drh * to_r], axis=-1)
        return tf.concat([dzr, dcandidate], axis=-1), (dh * z + drh * r + dzr @ UT[: 2 * H],)

    def weights(self, kept: Tensor, before: Tensors, dz: Tensor) -> Tensors:
        (h,) = before
        _, r, _ = tf.split(kept, 3, axis=-1)
        H = self.H
        dU = [product_over_steps(h, dz[:, :, : 2 * H]), product_over_steps(r * h, dz[:, :, 2 * H :])]
        return dz, tf.concat(dU, axis=-1), sum_over_steps(dz)


Recurrence: TypeAlias = SimpleRNN | LSTM | GRU | GRUResetBefore

# Keras's own activations, and the functions of this package that they are
_SAME = (
    (keras.activations.tanh, tf.tanh),
    (keras.activations.relu, tf.nn.relu),
    (keras.activations.sigmoid, sigmoid),
    (keras.activations.linear, tf.identity),
)


def of(layer: keras.layers.Layer) -> Recurrence:
    """The equations of a SimpleRNN, LSTM or GRU layer, Keras's or this package's, with the layer's own activations.

    >>> of(keras.layers.GRU(4, reset_after=False)) == GRUResetBefore(4)
    True
    """
    φ = _ours(layer.activation)
    if isinstance(layer, keras.layers.SimpleRNN):
        return SimpleRNN(layer.units, φ)
    σ = _ours(layer.recurrent_activation)
    if isinstance(layer, keras.layers.LSTM):
        return LSTM(layer.units, φ, σ)
    return (GRU if layer.reset_after else GRUResetBefore)(layer.units, φ, σ)


def _ours(activation: Activation) -> Activation:
    return next((ours for theirs, ours in _SAME if activation is theirs), activation)
