"""Backpropagation through time as a layer runs it: two loops, and everything else outside them.

Forward, the inputs of all steps are projected by one matrix product, and the loop keeps the gates. Backward, the
local derivatives of all steps are computed at once, the loop does only what one step owes the next, and the
weights' gradients are one matrix product each over all steps. `equations` has the arithmetic; what is here is the
loop, the gradient's registration, and the choice of how TensorFlow compiles them.
"""

import platform
from functools import lru_cache, partial

import tensorflow as tf

from seqlab.errors import SeqlabError


def scan(step, states, inputs, widths, *, reverse=False, differentiable=False):
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
    T = tf.shape(inputs[0])[0] if T is None else T
    read = [tf.TensorArray(x.dtype, size=T, element_shape=x.shape[1:]).unstack(x) for x in inputs]
    write = [tf.TensorArray(states[0].dtype, size=T, element_shape=(B, n)) for n in widths]

    def body(s, states, write):
        t = T - 1 - s if reverse else s
        states, outs = step(states, *(x.read(t) for x in read))
        return s + 1, states, tuple(w.write(t, out) for w, out in zip(write, outs, strict=True))

    loop_vars = (0, tuple(states), tuple(write))
    bound = T if differentiable else None
    _, states, write = tf.while_loop(lambda s, *_: s < T, body, loop_vars, maximum_iterations=bound)
    return states, tuple(w.stack() for w in write)


def forward(cell, z_x, U, b_h, mask, *start, differentiable=False):
    """Run a cell over `z_x: (T, B, ·)`. Returns what it kept, and its states after every step, `(T, B, H)` each."""

    def step(states, z_x, *m):
        kept, new = cell.step(U, b_h, z_x, *states)
        if m:
            new = tuple(tf.where(m[0], n, s) for n, s in zip(new, states, strict=True))
        return new, (*((kept,) if cell.kept else ()), *new)

    widths = (*((cell.kept,) if cell.kept else ()), *[cell.H] * cell.states)
    inputs = (z_x,) if mask is None else (z_x, mask)
    _, outs = scan(step, start, inputs, widths, differentiable=differentiable)
    return (outs[0] if cell.kept else None), outs[-cell.states :]


def backward(cell, U, mask, kept, before, after, dhs, *dlast):
    """The way back. dhs `(T, B, H)` reaches each h_t from outside, dlast `(B, H)` the last states.

    Returns the gradient of the pre-activations of every step, `(T, B, ·)`, and of the states at the start.
    """
    UT = tf.transpose(U)  # once: a product with a transposed matrix costs twice as much in every step

    def step(dstates, dh_outside, *inputs):
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


def run(cell, x, W, U, b, start, mask=None):
    """Run a cell of `equations` over a batch of sequences, with backpropagation through time as its gradient.

    Args:
        cell: an instance of a class of `seqlab.layers.equations`.
        x: `(T, B, D)` float32 or float64; time comes first.
        W: `(D, n·H)`, U: `(H, n·H)`, b: `(n·H,)`, for GRU `(2, n·H)`, or None: the weights as Keras packs them.
        start: tuple of `(B, H)`, the states before the first step.
        mask: `(T, B, 1)` bool; where it is False the states stay as they are. None for no mask.

    Returns:
        hs `(T, B, H)`, the hidden state after every step, and the tuple of the last states, `(B, H)` each.
    """
    biased = b is not None
    operands = (x, W, U, *((b,) if biased else ()), *start)

    def unpack(operands):
        x, W, U, *rest = operands
        return x, W, U, (rest[0] if biased else None), tuple(rest[1:] if biased else rest)

    def states_of(operands, how):
        x, W, U, b, start = unpack(operands)
        b_x, b_h = (b[0], b[1]) if biased and len(b.shape) == 2 else (b, None)
        z_x = tf.reshape(tf.reshape(x, (-1, x.shape[-1])) @ W, (*_lead(x), W.shape[-1]))
        z_x = z_x + b_x if biased else z_x
        return how(forward, cell, z_x)(z_x, U, b_h, mask, *start)

    def results(after):
        return (after[0], *(s[-1] for s in after))

    @tf.custom_gradient
    def recur(*operands):
        fixed = [tf.stop_gradient(v) for v in operands]  # the tape is not to follow the loop itself
        kept, after = states_of(fixed, compiled)

        def gradient(*upstream):
            return first_order(kept, after, *operands, *upstream)

        return results(after), gradient

    def first_order(kept, after, *given):
        n = len(operands)

        @tf.custom_gradient
        def once(*given):
            fixed = [tf.stop_gradient(v) for v in given]
            x, W, U, _, start = unpack(fixed[:n])
            before = tuple(tf.concat([s0[None], s[:-1]], axis=0) for s0, s in zip(start, after, strict=True))
            d, dstart = compiled(backward, cell, x)(U, mask, kept, before, after, *fixed[n:])
            dz_x, dU, db = cell.weights(kept, before, d)
            dW = tf.matmul(_rows(x), _rows(dz_x), transpose_a=True)
            dx = tf.reshape(tf.matmul(_rows(dz_x), W, transpose_b=True), tf.shape(x))
            return (dx, dW, dU, *((db,) if biased else ()), *dstart), lambda *dd: second_order(given, dd)

        return once(*given)

    def second_order(given, dd):
        """Beyond the first derivative TensorFlow differentiates the plain loop, which is slower, and right."""
        n = len(operands)
        with tf.GradientTape() as outer:
            outer.watch(given)
            with tf.GradientTape() as inner:
                inner.watch(given[:n])
                out = results(states_of(given[:n], _plainly)[1])
            grads = inner.gradient(out, given[:n], given[n:])
            if grads[0] is None:  # within tf.autodiff.ForwardAccumulator no tape records
                fix = "set layer.fast = False, for Keras's loop"
                raise SeqlabError("derivatives through this loop are taken in reverse mode, by a tape", fix=fix)
        return outer.gradient(grads, given, dd, unconnected_gradients="zero")

    hs, *last = recur(*operands)
    return hs, tuple(last)


def compiled(function, cell, x):
    """`function(cell, …)` as it runs fastest for `x: (T, B, ·)`.

    A graph whose length T is known is compiled by XLA, which fuses what a step does between its matrix products
    (benchmarks/layers.py). It compiles again for every new shape, so that lengths which change from batch to batch
    are left to TensorFlow's own loop. Eager code calls that loop as a graph.
    """
    if tf.executing_eagerly():
        return _as_graph(function, cell)
    return _by_xla(function, cell) if _XLA and x.shape[0] is not None else partial(function, cell)


# TensorFlow's wheel for Windows comes without XLA.
_XLA = platform.system() != "Windows"


def _plainly(function, cell, _):
    return partial(function, cell, differentiable=True)


# Kept by the value of `cell`: tf.function would trace again for every object that it has not met.
@lru_cache(maxsize=256)
def _by_xla(function, cell):
    return tf.function(partial(function, cell), jit_compile=True, autograph=False)


@lru_cache(maxsize=256)
def _as_graph(function, cell):
    return tf.function(partial(function, cell), reduce_retracing=True, autograph=False)


def _rows(x):
    return tf.reshape(x, (-1, x.shape[-1]))


def _lead(x):
    """T and B, as numbers where they are known, so that static shapes survive a reshape."""
    T, B = x.shape[:2]
    if T is None or B is None:
        dynamic = tf.shape(x)
        return dynamic[0] if T is None else T, dynamic[1] if B is None else B
    return T, B
