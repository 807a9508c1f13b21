"""What happens inside a recurrent layer: the states and gate activations of every step, as arrays.

A layer's own step, of `equations`, on the layer's own weights; and what it kept, by name.
"""

from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from seqlab.errors import SeqlabError
from seqlab.layers import equations
from seqlab.layers.arithmetic import TensorLike, Tensors, add
from seqlab.layers.equations import Recurrence


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


# the recurrence -> how many of what its step keeps are gates, in the order of the named tuple; the states follow
_SHOWN: dict[type, tuple[type, int]] = {
    equations.SimpleRNN: (SimpleRNNInside, 0),
    equations.LSTM: (LSTMInside, 4),
    equations.GRU: (GRUInside, 3),
    equations.GRUResetBefore: (GRUInside, 3),
}


class Sequences(NamedTuple):
    """A layer and a batch for it, checked, of one dtype and in the order in which the layer goes."""

    cell: Recurrence
    z_x: tf.Tensor  # (B, T, n·H): x W, and of the bias what adds to it
    U: tf.Tensor  # (H, n·H)
    b_h: tf.Tensor | None  # (H,): of the bias what does not
    start: Tensors  # (B, H) each
    mask: tf.Tensor | None  # (B, T, 1) bool

    def step(self, z_x: tf.Tensor, *states: tf.Tensor) -> tuple[tf.Tensor | None, Tensors]:
        """One step, without the mask: `z_x (B, n·H)` and the states, to what the cell keeps and the new states."""
        return self.cell.step(self.U, self.b_h, z_x, *states)


def prepare(
    layer: keras.layers.RNN,
    x: TensorLike,
    initial_state: TensorLike | None = None,
    mask: TensorLike | None = None,
    dtype: str | None = None,
) -> Sequences:
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

    def cast(value: TensorLike) -> tf.Tensor:
        return tf.cast(tf.convert_to_tensor(value), dtype)

    along = slice(None, None, -1 if layer.go_backwards else 1)
    keep = None if mask is None else tf.cast(mask, bool)[:, along, None]
    cell, W, U = equations.of(layer), cast(layer.cell.kernel), cast(layer.cell.recurrent_kernel)
    b_x, b_h = cell.biases(cast(layer.cell.bias) if layer.use_bias else None)
    z_x = add(cast(x)[:, along] @ W, b_x)
    return Sequences(cell, z_x, U, b_h, tuple(map(cast, initial_state)), keep)


def every_step(
    layer: keras.layers.RNN, x: TensorLike, initial_state: TensorLike | None = None, mask: TensorLike | None = None
) -> Any:
    """Run a layer over x and keep what it computes at every step.

    Args:
        layer: a SimpleRNN, LSTM or GRU, built here if need be.
        x: `(B, T, D)` float.
        initial_state: `(B, H)`, for an LSTM `[h, c]`; by default zeros, or what a stateful layer holds.
        mask: `(B, T)` bool; where it is False the states stay, and no gate acts: the gates there are NaN.

    Returns:
        the named tuple of the layer's kind, with a NumPy array `(B, T, H)` in each field. Steps are in the order in
        which the layer takes them: with `go_backwards` the first is the last of x.

    Raises:
        SeqlabError: where x is not `(B, T, D)`, of one step or more.
    """
    given = prepare(layer, x, initial_state, mask)
    shown, n = _SHOWN[type(given.cell)]
    states, steps = given.start, []
    for t in range(given.z_x.shape[1]):
        kept, new = given.step(given.z_x[:, t], *states)
        gates = tf.split(kept, given.cell.kept // given.cell.H, axis=-1)[:n] if n else []
        if given.mask is not None:
            keep = given.mask[:, t]
            gates = [tf.where(keep, gate, np.nan) for gate in gates]
            new = tuple(tf.where(keep, now, before) for now, before in zip(new, states, strict=True))
        states = new
        steps.append((*gates, *reversed(states)))
    return shown(*(np.stack([np.asarray(v) for v in field], axis=1) for field in zip(*steps, strict=True)))
