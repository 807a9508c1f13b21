"""What happens inside a recurrent layer: the states and gate activations of every step, as arrays.

The step functions here are the equations of the lecture and nothing else; they run on the weights of a
built Keras layer, with the gates in Keras's order.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from seqlab.errors import SeqlabError


class SimpleRNNInside(NamedTuple):
    """A SimpleRNN's states. `h: (B, T, H)`."""

    h: np.ndarray


class LSTMInside(NamedTuple):
    """An LSTM's gates and states, each `(B, T, H)`, the gates in Keras's order.

    i: input gate, f: forget gate, candidate: c̃, o: output gate,
    c: cell state `f⊙c_{t-1} + i⊙c̃`, h: hidden state `o⊙tanh(c)`.
    """

    i: np.ndarray
    f: np.ndarray
    candidate: np.ndarray
    o: np.ndarray
    c: np.ndarray
    h: np.ndarray


class GRUInside(NamedTuple):
    """A GRU's gates and state, each `(B, T, H)`.

    z: update gate (z = 1 keeps the old state), r: reset gate, candidate: h̃,
    h: hidden state `z⊙h_{t-1} + (1−z)⊙h̃`.
    """

    z: np.ndarray
    r: np.ndarray
    candidate: np.ndarray
    h: np.ndarray


def simple_rnn_step(cell, weights, x_t, h):
    """h_t = φ(x_t W + h U + b)."""
    W, U, b = weights
    h = cell.activation(x_t @ W + h @ U + b)
    return SimpleRNNInside(h), (h,)


def lstm_step(cell, weights, x_t, h, c):
    """The four gates from one product, then c_t and h_t."""
    W, U, b = weights
    z_i, z_f, z_c, z_o = tf.split(x_t @ W + h @ U + b, 4, axis=-1)
    σ, φ = cell.recurrent_activation, cell.activation
    i, f, candidate, o = σ(z_i), σ(z_f), φ(z_c), σ(z_o)
    c = f * c + i * candidate
    h = o * φ(c)
    return LSTMInside(i, f, candidate, o, c, h), (h, c)


def gru_step(cell, weights, x_t, h):
    """Update and reset gate, the candidate (reset after or before its product), then h_t."""
    W, U, b = weights
    b_x, b_h = tf.unstack(b) if cell.reset_after and cell.use_bias else (b, 0)
    x_z, x_r, x_c = tf.split(x_t @ W + b_x, 3, axis=-1)
    h_z, h_r, h_c = tf.split(h @ U + b_h, 3, axis=-1)
    σ, φ = cell.recurrent_activation, cell.activation
    z, r = σ(x_z + h_z), σ(x_r + h_r)
    candidate = φ(x_c + (r * h_c if cell.reset_after else (r * h) @ U[:, 2 * cell.units :]))
    h = z * h + (1 - z) * candidate
    return GRUInside(z, r, candidate, h), (h,)


class Sequences(NamedTuple):
    """A layer's weights and a batch for it, checked, of one dtype and in the order in which the layer goes."""

    weights: list[tf.Tensor]
    x: tf.Tensor  # (B, T, D)
    start: tuple[tf.Tensor, ...]  # (B, H) each
    mask: tf.Tensor | None  # (B, T, 1) bool


def prepare(layer, x, initial_state=None, mask=None, dtype=None) -> Sequences:
    """What `layer(x, initial_state, mask)` would compute with, in `dtype` (by default the layer's own).

    Raises:
        SeqlabError: where x is not `(B, T, D)`, of one step or more.
    """
    dtype = dtype or layer.compute_dtype
    x = tf.convert_to_tensor(x)
    if x.shape.rank != 3 or x.shape[1] == 0:
        expected = "a batch of sequences is (B, T, D), with a step or more"
        raise SeqlabError(expected, got=f"the shape {tuple(x.shape)}")
    if not layer.built:
        layer.build(x.shape)
    if initial_state is None:
        initial_state = layer.states if layer.stateful else layer.get_initial_state(x.shape[0])
    if not isinstance(initial_state, (list, tuple)):
        initial_state = [initial_state]

    def cast(value):
        return tf.cast(tf.convert_to_tensor(value), dtype)

    cell, along = layer.cell, slice(None, None, -1 if layer.go_backwards else 1)
    weights = cell.kernel, cell.recurrent_kernel, cell.bias if cell.use_bias else 0.0
    keep = None if mask is None else tf.cast(mask, bool)[:, along, None]
    return Sequences([cast(w) for w in weights], cast(x)[:, along], tuple(map(cast, initial_state)), keep)


def every_step(layer, step, x, initial_state=None, mask=None):
    """Run `step` over x and keep what it returns at every step.

    Args:
        layer: a recurrent layer of this package, built here if need be.
        step: one of the step functions above, `(cell, weights, x_t, *states) -> (inside, states)`.
        x: `(B, T, D)` float.
        initial_state: `(B, H)`, for an LSTM `[h, c]`; by default zeros, or what a stateful layer holds.
        mask: `(B, T)` bool; where it is False the states stay, and no gate acts: the gates there are NaN.

    Returns:
        the named tuple of `step`, with a NumPy array `(B, T, H)` in each field. Steps are in the order in
        which the layer takes them: with `go_backwards` the first is the last of x.
    """
    weights, x, states, keep = prepare(layer, x, initial_state, mask)
    steps = []
    for t in range(x.shape[1]):
        inside, new = step(layer.cell, weights, x[:, t], *states)
        if keep is not None:
            inside = type(inside)(*(tf.where(keep[:, t], v, np.nan) for v in inside))
            new = tuple(tf.where(keep[:, t], n, s) for n, s in zip(new, states, strict=True))
            inside = inside._replace(**dict(zip(("h", "c"), new, strict=False)))
        states = new
        steps.append(inside)
    return type(inside)(*(np.stack([np.asarray(v) for v in f], axis=1) for f in zip(*steps, strict=True)))
