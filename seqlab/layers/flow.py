"""How gradients flow back through a recurrent layer, step by step.

One step back takes the gradient of the states at t to that of the states at t−1; the product of such steps is
∂h_T/∂h_t. Each step is differentiated by TensorFlow, so that this is also a check on the derivations in
`equations`. All in float64: a gradient that vanishes does so long before it would be lost.
"""

from collections.abc import Callable, Iterable, Iterator

import keras
import numpy as np
import tensorflow as tf

from seqlab.errors import SeqlabError
from seqlab.layers.arithmetic import TensorLike, Tensors
from seqlab.layers.inside import Sequences, prepare

_AT_ONCE = 2**21  # numbers of the steps' derivatives that are computed together: 16 MB


def state_jacobian_norms(
    layer: keras.layers.RNN,
    x: TensorLike,
    initial_state: TensorLike | None = None,
    mask: TensorLike | None = None,
    of: str = "h",
) -> np.ndarray:
    """`‖∂s_T/∂s_t‖`, t = 0 … T, of a layer's state s, `(B, T+1)`. The arguments are those of the layer's method.

    Every unit of s_T is followed back on its own: H gradients an example, `O(T·H³)` multiplications.

    Raises:
        SeqlabError: where x is not `(B, T, D)`, or the layer has no state of the name `of`.
    """
    given = prepare(layer, x, initial_state, mask, "float64")
    which = _which(of, given.start)
    B, H = given.start[0].shape
    own = slice(which * H, (which + 1) * H)
    rows = np.tile(np.eye(H * len(given.start))[own], (B, 1, 1))  # ∂s_T/∂s_T, a row for each unit
    every = [rows[..., own]]
    for J in _step_jacobians(given):
        rows = rows @ J
        every.append(rows[..., own])
    return np.linalg.norm(np.stack(every[::-1], axis=1), ord=2, axis=(-2, -1))


def state_jacobian_bounds(
    layer: keras.layers.RNN, x: TensorLike, initial_state: TensorLike | None = None, mask: TensorLike | None = None
) -> np.ndarray:
    """A bound of `‖∂h_T/∂h_t‖`, t = 0 … T: the product of the steps' norms, `(B, T+1)`. The arguments are the method's.

    A product of matrices is no longer than its factors allow; how much shorter, the exact norms say. The norm of a step is
    that of all its states together, so for an LSTM this bounds `∂c_T/∂c_t` too.

    Raises:
        SeqlabError: where x is not `(B, T, D)`.
    """
    given = prepare(layer, x, initial_state, mask, "float64")
    norms = [np.linalg.norm(J, ord=2, axis=(-2, -1)) for J in _step_jacobians(given)]
    bounds = np.cumprod([np.ones(len(given.start[0])), *norms], axis=0)
    return np.moveaxis(bounds[::-1], 0, 1)


def gradient_norms(
    layer: keras.layers.RNN,
    x: TensorLike,
    loss: Callable[[tf.Tensor], tf.Tensor],
    initial_state: TensorLike | None = None,
    mask: TensorLike | None = None,
    of: str = "h",
) -> np.ndarray:
    """`‖∂L/∂s_t‖`, t = 0 … T, of a layer's state s, `(B, T+1)`. The arguments are those of the layer's method.

    Raises:
        SeqlabError: where x is not `(B, T, D)`, the layer has no state of the name `of`, or the loss is no scalar
            function of the hidden states.
    """
    given = prepare(layer, x, initial_state, mask, "float64")
    which = _which(of, given.start)
    hs = tf.stack([states[0] for states in _forwards(given)[1:]], axis=1)
    with tf.GradientTape() as tape:
        tape.watch(hs)
        value = loss(hs)
    direct = tape.gradient(value, hs)
    if direct is None or value.shape.rank != 0:
        shape = tuple(value.shape)
        raise SeqlabError("a loss takes the hidden states (B, T, H) to a scalar", got=f"{value.dtype.name} {shape}")
    nothing = [tf.zeros_like(s) for s in given.start]
    every = [d[which] for d in _backwards(given, nothing, direct)]
    return np.linalg.norm(np.stack(every, axis=1), axis=-1)


def _forwards(given: Sequences) -> list[Tensors]:
    """The states before the first step and after every one."""
    every = [given.start]
    for t in range(given.z_x.shape[1]):
        _, new = given.step(given.z_x[:, t], *every[-1])
        if given.mask is not None:
            new = tuple(tf.where(given.mask[:, t], n, s) for n, s in zip(new, every[-1], strict=True))
        every.append(new)
    return every


def _step_jacobians(given: Sequences) -> Iterator[np.ndarray]:
    """The derivative of all states after a step by all before it, `(B, S, S)`; the last step's first, S units in all.

    No step's depends on another's, once the states are known, so many are taken at once.
    """
    B, H = given.start[0].shape
    S, T = H * len(given.start), given.z_x.shape[1]
    before = [tf.stack(states, axis=1) for states in zip(*_forwards(given)[:-1], strict=True)]  # (B, T, H) each
    at_once = max(1, _AT_ONCE // (B * S * S))
    for end in range(T, 0, -at_once):
        steps = slice(max(end - at_once, 0), end)
        n = end - steps.start
        units = tf.split(tf.tile(tf.eye(S, dtype=tf.float64), (B * n, 1)), len(before), axis=-1)
        mask = None if given.mask is None else tf.reshape(given.mask[:, steps], (B * n, 1))
        states = [tf.reshape(s[:, steps], (B * n, H)) for s in before]
        z_x = tf.reshape(given.z_x[:, steps], (B * n, -1))
        J = np.reshape(np.concatenate(_step_back(given, z_x, mask, states, units, copies=S), axis=-1), (B, n, S, S))
        yield from np.moveaxis(J, 1, 0)[::-1]


def _backwards(given: Sequences, last: Iterable[tf.Tensor], direct: tf.Tensor) -> list[list[tf.Tensor]]:
    """The gradients of the states at t = 0 … T, from those at T and what reaches each h directly."""
    every, d = [], list(last)
    for t, states in reversed(list(enumerate(_forwards(given)[:-1]))):
        d = [d[0] + direct[:, t], *d[1:]]
        every.append(d)
        d = _step_back(given, given.z_x[:, t], None if given.mask is None else given.mask[:, t], states, d)
    return [*reversed([*every, d])]


def _step_back(
    given: Sequences,
    z_x: tf.Tensor,
    mask: tf.Tensor | None,
    states: Iterable[tf.Tensor],
    d: list[tf.Tensor],
    copies: int = 1,
) -> list[tf.Tensor]:
    """The gradients of the states before a step, from those after it, of which there are so many copies an example."""

    def spread(value: tf.Tensor) -> tf.Tensor:
        return tf.repeat(value, copies, axis=0)

    before = [spread(s) for s in states]
    with tf.GradientTape() as tape:
        tape.watch(before)
        _, after = given.step(spread(z_x), *before)
    back: list[tf.Tensor] = tape.gradient(after, before, d, unconnected_gradients="zero")
    if mask is None:
        return back
    # a masked step passes on what reaches it
    return [tf.where(spread(mask), b, same) for b, same in zip(back, d, strict=True)]


def _which(of: str, states: Tensors) -> int:
    names = ("h", "c")[: len(states)]
    if of not in names:
        raise SeqlabError(f"the states of this layer are {' and '.join(names)}", got=repr(of))
    return names.index(of)
