"""Backpropagation through time as a layer runs it: the loops of `scan`, and everything else outside them.

Forward, the inputs of all steps are projected by one matrix product, and the loop keeps the gates. Backward, the
loop does only what one step owes the next, and the weights' gradients are one matrix product each over all steps.
What is here is what stands around the loops, and the gradient's registration with TensorFlow.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import tensorflow as tf

from seqlab.errors import SeqlabError
from seqlab.layers.arithmetic import Tensors, add, product_over_steps
from seqlab.layers.compiling import compiled
from seqlab.layers.equations import Recurrence
from seqlab.layers.scan import backward, forward

Kept: TypeAlias = tuple[tf.Tensor | None, Tensors]  # what `forward` returns


def run(
    cell: Recurrence,
    x: tf.Tensor,
    W: tf.Tensor,
    U: tf.Tensor,
    b: tf.Tensor | None,
    start: Tensors,
    mask: tf.Tensor | None = None,
) -> tuple[tf.Tensor, Tensors]:
    """Run a cell of `equations` over a batch of sequences, with backpropagation through time as its gradient.

    Args:
        cell: an instance of a class of `seqlab.layers.equations`, whose activations it differentiates `by_hand`.
        x: `(T, B, D)` float32 or float64; time comes first.
        W: `(D, n·H)`, U: `(H, n·H)`, b: `(n·H,)`, for GRU `(2, n·H)`, or None: the weights as Keras packs them.
        start: tuple of `(B, H)`, the states before the first step.
        mask: `(T, B, 1)` bool; where it is False the states stay as they are. None for no mask.

    Returns:
        hs `(T, B, H)`, the hidden state after every step, and the tuple of the last states, `(B, H)` each.

    Raises:
        SeqlabError: for derivatives in forward mode, or beyond the first where no tape records.
    """
    recurrence = _Recurrence(cell, mask, biased=b is not None)
    operands = (x, W, U, *(() if b is None else (b,)), *start)
    hs, *last = tf.custom_gradient(recurrence.value)(*operands)
    return hs, tuple(last)


class _Recurrence:
    """A cell and a mask as a function of `operands`: x, W, U, b if there is one, and the states at the start.

    `value` is differentiated by `gradient`, which is differentiated by `curvature`.
    """

    def __init__(self, cell: Recurrence, mask: tf.Tensor | None, biased: bool) -> None:
        self.cell, self.mask, self.biased = cell, mask, biased

    def named(self, operands: Sequence[tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor | None, Tensors]:
        """x, W, U, b or None, and the tuple of the states."""
        x, W, U, *rest = operands
        return x, W, U, (rest[0] if self.biased else None), tuple(rest[self.biased :])

    def states(
        self,
        operands: Sequence[tf.Tensor],
        how: Callable[[Callable[..., Kept], Recurrence, tf.Tensor], Callable[..., Kept]],
    ) -> Kept:
        """What the cell keeps, `(T, B, kept)`, and the states after every step, `(T, B, H)` each."""
        x, W, U, b, start = self.named(operands)
        b_x, b_h = self.cell.biases(b)
        z_x = add(tf.reshape(_rows(x) @ W, (*_lead(x), W.shape[-1])), b_x)
        return how(forward, self.cell, z_x)(z_x, U, b_h, self.mask, *start)

    def value(self, *operands: tf.Tensor) -> tuple[Tensors, Callable[..., Tensors]]:
        # the tape is not to follow the loop itself
        kept, after = self.states(_fixed(operands), compiled)
        return _results(after), lambda *upstream: self.gradient(kept, after, operands, upstream)

    def gradient(self, kept: tf.Tensor | None, after: Tensors, operands: Tensors, upstream: Tensors) -> Tensors:
        """The gradients of the operands, from what reaches the results."""
        n = len(operands)

        @tf.custom_gradient
        def through_time(*given: tf.Tensor) -> tuple[Tensors, Callable[..., list[tf.Tensor]]]:
            fixed = _fixed(given)
            gradients = self._backpropagated(kept, after, fixed[:n], fixed[n:])
            return gradients, lambda *dd: self.curvature(given[:n], given[n:], dd)

        return through_time(*operands, *upstream)

    def _backpropagated(
        self, kept: tf.Tensor | None, after: Tensors, operands: Sequence[tf.Tensor], upstream: Sequence[tf.Tensor]
    ) -> Tensors:
        x, W, U, _, start = self.named(operands)
        before = tuple(tf.concat([s0[None], s[:-1]], axis=0) for s0, s in zip(start, after, strict=True))
        d, dstart = compiled(backward, self.cell, x)(U, self.mask, kept, before, after, *upstream)
        dz_x, dU, db = self.cell.weights(kept, before, d)
        dW = product_over_steps(x, dz_x)
        dx = tf.reshape(tf.matmul(_rows(dz_x), W, transpose_b=True), tf.shape(x))
        return (dx, dW, dU, *((db,) if self.biased else ()), *dstart)

    def curvature(self, operands: Tensors, upstream: Tensors, dd: Tensors) -> list[tf.Tensor]:
        """Beyond the first derivative TensorFlow differentiates the plain loop, which is slower, and right."""
        with tf.GradientTape() as outer:
            outer.watch((operands, upstream))
            with tf.GradientTape() as inner:
                inner.watch(operands)
                results = _results(self.states(operands, _plainly)[1])
            gradients = inner.gradient(results, operands, upstream)
            if gradients[0] is None:  # within tf.autodiff.ForwardAccumulator no tape records
                fix = "set layer.fast = False, for Keras's loop"
                raise SeqlabError("derivatives through this loop are taken in reverse mode, by a tape", fix=fix)
        return outer.gradient(gradients, (*operands, *upstream), dd, unconnected_gradients="zero")


def _results(after: Tensors) -> Tensors:
    """Every hidden state, and the last of each state."""
    return (after[0], *(s[-1] for s in after))


def _fixed(values: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    return [tf.stop_gradient(v) for v in values]


def _plainly(function: Callable[..., Kept], cell: Recurrence, _: tf.Tensor) -> Callable[..., Kept]:
    return partial(function, cell, differentiable=True)


def _rows(x: tf.Tensor) -> tf.Tensor:
    return tf.reshape(x, (-1, x.shape[-1]))


def _lead(x: tf.Tensor) -> tuple[int | tf.Tensor, int | tf.Tensor]:
    """T and B, as numbers where they are known, so that static shapes survive a reshape."""
    T, B = x.shape[:2]
    if T is None or B is None:
        dynamic = tf.shape(x)
        return dynamic[0] if T is None else T, dynamic[1] if B is None else B
    return T, B
