"""Which way a layer runs: by this package's backpropagation through time, or as Keras does."""

from collections.abc import Sequence
from typing import NamedTuple

import keras
import tensorflow as tf

from seqlab.layers import bptt, equations


class Path(NamedTuple):
    """The way a layer takes. `fast`: by `seqlab.layers.bptt`; otherwise by Keras. `reason`: why, in words."""

    fast: bool
    reason: str


class FastPath(keras.layers.RNN):
    """Mixed into a Keras recurrent layer, before it: runs the layer's loop over time by `seqlab.layers.bptt`.

    Everything around the loop (arguments, states, dropout masks, saving) stays Keras's. A layer says with
    `_not_fast()` which of its arguments its recurrence lacks.
    Set `layer.fast = False` to have Keras's own loop always; the attribute is not saved.
    """

    fast = True

    def path(self, training: bool | None = False) -> Path:
        """Which way a call would take now, and why.

        Args:
            training: as in a call; it matters to dropout alone.
        """
        cell = self.cell
        dropout = bool(training) and cell.dropout > 0
        obstacles = {
            "layer.fast is off": not self.fast,
            "there is a GPU, where Keras's layers have cuDNN": bool(tf.config.list_logical_devices("GPU")),
            "use_cudnn=True asks for cuDNN": getattr(self, "use_cudnn", False) is True,
            "unroll=True asks for Keras's unrolled loop": self.unroll,
            f"it computes in {self.compute_dtype}": self.compute_dtype not in ("float32", "float64"),
            "recurrent_dropout draws a mask within the loop": bool(training) and cell.recurrent_dropout > 0,
            "implementation=1 draws a dropout mask for each gate": dropout and hasattr(cell, "dropout_mask_count"),
            "dropout=1 drops every input": dropout and cell.dropout >= 1,
            **self._not_fast(),
        }
        for reason, holds in obstacles.items():
            if holds:
                return Path(False, f"Keras's loop: {reason}")
        return Path(True, "seqlab's loop: inputs projected at once, backpropagation through time by hand")

    def inner_loop(
        self,
        sequences: tf.Tensor,
        initial_state: tf.Tensor | Sequence[tf.Tensor],
        mask: tf.Tensor | Sequence[tf.Tensor] | None,
        training: bool | None = False,
    ) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
        """Keras's hook for the loop over time, of `sequences: (B, T, D)`, states `(B, H)`, mask `(B, T)` bool.

        Returns:
            the last output `(B, H)`, all outputs `(B, T, H)`, the last states, `(B, H)` each.
        """
        if not self.path(training).fast:
            return super().inner_loop(sequences, initial_state, mask, training)
        cell = self.cell
        sequences = tf.cast(
            sequences, self.compute_dtype
        )  # whole numbers too, as a matrix product of Keras's casts them
        x = tf.transpose(sequences, (1, 0, 2))  # (T, B, D)
        if training and cell.dropout:
            x = x * cell.get_dropout_mask(sequences[:, 0, :])  # one mask for all steps, as in Keras
        if mask is not None:
            mask = tf.cast(mask[0] if isinstance(mask, (list, tuple)) else mask, bool)
            assert isinstance(mask, tf.Tensor)
            mask = mask[..., 0] if mask.shape.rank == 3 else mask
            mask = tf.broadcast_to(mask, (tf.shape(sequences)[0], tf.shape(mask)[1]))  # one row may stand for all
            mask = tf.transpose(mask)[:, :, None]  # (T, B, 1)
        if self.go_backwards:
            x, mask = tf.reverse(x, [0]), None if mask is None else tf.reverse(mask, [0])

        W, U = (tf.convert_to_tensor(w) for w in (cell.kernel, cell.recurrent_kernel))
        b = tf.convert_to_tensor(cell.bias) if cell.use_bias else None
        start = initial_state if isinstance(initial_state, (list, tuple)) else [initial_state]
        start = [tf.cast(state, self.compute_dtype) for state in start]
        hs, states = bptt.run(equations.of(self), x, W, U, b, tuple(start), mask)
        last = states[0]

        if mask is not None:  # Keras's outputs are zero until a row's first step, whatever its state is
            seen = mask if self.zero_output_for_mask else tf.math.cumsum(tf.cast(mask, tf.int32)) > 0
            hs = tf.where(seen, hs, tf.zeros_like(hs))
            last = tf.where(seen[-1], last, tf.zeros_like(last))
        return last, tf.transpose(hs, (1, 0, 2)), list(states)

    def _not_fast(self) -> dict[str, bool]:
        return {}
