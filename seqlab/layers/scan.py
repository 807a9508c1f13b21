"""The two loops over time: a cell's steps forward, and back.

All that does not have to be done step by step stands outside of them: the inputs of all steps come projected, and
the local derivatives of all steps are computed at once. `equations` has the arithmetic.
"""

from collections.abc import Callable, Sequence

import tensorflow as tf

from seqlab.layers.arithmetic import Tensors
from seqlab.layers.compiling import without_loops
from seqlab.layers.equations import Recurrence


def scan(
    step: Callable[..., tuple[Tensors, Tensors]],
    states: Tensors,
    inputs: Tensors,
    widths: Sequence[int],
    *,
    reverse: bool = False,
    differentiable: bool = False,
) -> tuple[Tensors, Tensors]:
    """`states, out_t = step(states, *inputs_t)` over the first axis of the inputs.

    Args:
        step: the function of one step.
        states: tuple of `(B, ·)`, the states before the first step.
        inputs: tuple of `(T, B, ·)`.
        widths: the last dimension of each tensor in the tuple `out_t`, whose shapes are `(B, width)`.
        reverse: run from the last step to the first; out_t still lands at index t.
        differentiable: XLA can differentiate the loop only if it is told a bound, but then it tests for both
            that and the end after every step.

    Returns:
        the states after the last step taken, and the outputs of all steps, each `(T, B, width)`.
    """
    T, B = inputs[0].shape[:2]
    if T is not None and without_loops():
        return _unrolled(step, states, inputs, range(T)[:: -1 if reverse else 1])
    T = tf.shape(inputs[0])[0] if T is None else T
    read = [tf.TensorArray(x.dtype, size=T, element_shape=x.shape[1:]).unstack(x) for x in inputs]
    write = [tf.TensorArray(states[0].dtype, size=T, element_shape=(B, n)) for n in widths]

    def body(
        s: tf.Tensor, states: Tensors, write: tuple[tf.TensorArray, ...]
    ) -> tuple[tf.Tensor, Tensors, tuple[tf.TensorArray, ...]]:
        t = T - 1 - s if reverse else s
        states, outs = step(states, *(x.read(t) for x in read))
        return s + 1, states, tuple(w.write(t, out) for w, out in zip(write, outs, strict=True))

    loop_vars = (0, tuple(states), tuple(write))
    bound = T if differentiable else None
    _, states, write = tf.while_loop(lambda s, *_: s < T, body, loop_vars, maximum_iterations=bound)
    return states, tuple(w.stack() for w in write)


def _unrolled(
    step: Callable[..., tuple[Tensors, Tensors]], states: Tensors, inputs: Tensors, steps: range
) -> tuple[Tensors, Tensors]:
    """The same, with the operations of every step in the graph."""
    outs: dict[int, Tensors] = {}
    for t in steps:
        states, outs[t] = step(states, *(x[t] for x in inputs))
    return states, tuple(tf.stack(out) for out in zip(*(outs[t] for t in sorted(outs)), strict=True))


def forward(
    cell: Recurrence,
    z_x: tf.Tensor,
    U: tf.Tensor,
    b_h: tf.Tensor | None,
    mask: tf.Tensor | None,
    *start: tf.Tensor,
    differentiable: bool = False,
) -> tuple[tf.Tensor | None, Tensors]:
    """Run a cell over `z_x: (T, B, n·H)` from its states at the start, `(B, H)` each; mask `(T, B, 1)` bool.

    Returns:
        what it kept `(T, B, kept)`, and its states after every step, `(T, B, H)` each.
    """

    def step(states: Tensors, z_x: tf.Tensor, *m: tf.Tensor) -> tuple[Tensors, Tensors]:
        kept, new = cell.step(U, b_h, z_x, *states)
        if m:
            new = tuple(tf.where(m[0], n, s) for n, s in zip(new, states, strict=True))
        return new, (*((kept,) if cell.kept else ()), *new)

    widths = (*((cell.kept,) if cell.kept else ()), *[cell.H] * cell.states)
    inputs = (z_x,) if mask is None else (z_x, mask)
    _, outs = scan(step, start, inputs, widths, differentiable=differentiable)
    return (outs[0] if cell.kept else None), outs[-cell.states :]


def backward(
    cell: Recurrence,
    U: tf.Tensor,
    mask: tf.Tensor | None,
    kept: tf.Tensor | None,
    before: Tensors,
    after: Tensors,
    dhs: tf.Tensor,
    *dlast: tf.Tensor,
) -> tuple[tf.Tensor, Tensors]:
    """The way back over what `forward` kept, from the states before and after every step, `(T, B, H)` each.

    dhs `(T, B, H)` is what reaches each h_t from outside, dlast `(B, H)` what reaches the last states.

    Returns:
        the gradient of the pre-activations of every step, `(T, B, d)`, and of the states at the start, `(B, H)` each.
    """
    UT = tf.transpose(U)  # once: a product with a transposed matrix costs twice as much in every step

    def step(dstates: Tensors, dh_outside: tf.Tensor, *inputs: tf.Tensor) -> tuple[Tensors, Tensors]:
        dstates = (dstates[0] + dh_outside, *dstates[1:])
        m, factors = (inputs[0], inputs[1:]) if mask is not None else (None, inputs)
        d, dbefore = cell.back(UT, factors, *dstates)
        if m is not None:  # a masked step passes its states on, and their gradients back
            dbefore = tuple(tf.where(m, new, old) for new, old in zip(dbefore, dstates, strict=True))
            d = tf.where(m, d, tf.zeros_like(d))
        return dbefore, (d,)

    inputs = (dhs, *(() if mask is None else (mask,)), *cell.factors(kept, before, after))
    dstart, (d,) = scan(step, dlast, inputs, [cell.d], reverse=True)
    return d, dstart
