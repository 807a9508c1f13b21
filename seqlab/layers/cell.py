"""The lecture's recurrent cell: three matrices, one tanh, and a state that is passed from step to step."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from seqlab.errors import SeqlabError
from seqlab.layers import bptt
from seqlab.layers.arithmetic import TensorLike
from seqlab.layers.equations import SimpleRNN


@keras.saving.register_keras_serializable(package="seqlab")
class MyRNNCell(keras.layers.Layer):
    """One step of the vanilla RNN of MIT 6.S191, lecture 2.

        h_t = tanh(W_hh h_{t-1} + W_xh x_t)        ŷ_t = W_hy h_t

    No biases; the output is linear. Rows are examples, so a batch is multiplied from the left:
    `h @ W_hhᵀ + x @ W_xhᵀ`, with the weights in the shapes of the slide.

    Three ways to use it:

    - `prediction, hidden_state = my_rnn(word, hidden_state)`: the lecture's loop. `word` is `(D,)` or
      `(B, D)`, `hidden_state` `(U,)` or `(B, U)`, as a tensor, an array or a plain list of numbers. The
      results have a batch axis if either argument has one; a state without one is shared by all rows.
    - `prediction, hidden_state = my_rnn(word)`: the slide's form. The state waits in `my_rnn.h` between the
      calls: it starts at zeros, takes the batch size of the first word and goes back to zeros with
      `my_rnn.reset_state()`. Its value is carried but not its gradient: to train through time, pass
      the state.
    - whole sequences, `xs: (B, T, D)`: `my_rnn.unroll(xs)`, or in a model `keras.layers.RNN(my_rnn)(xs)`.

    Args:
        rnn_units: U, the size of the hidden state.
        input_dim: D, the size of an input vector.
        output_dim: O, the size of a prediction.
        kernel_initializer: initialiser of W_xh and W_hy (Keras name or object).
        recurrent_initializer: initialiser of W_hh; "identity" is trick 2 against vanishing gradients.
        **kwargs: Keras's own (`name`, `dtype`, `trainable`).

    Attributes:
        W_xh: `(U, D)`, W_hh: `(U, U)`, W_hy: `(O, U)`: the three trainable weights.
        h: `(B, U)` tf.Variable, the remembered state of the one-argument form; not a weight, never saved.

    Raises:
        SeqlabError: for an argument that is not a vector or a batch of vectors of the cell's sizes.

    >>> my_rnn = MyRNNCell(rnn_units=4, input_dim=3, output_dim=2)
    >>> hidden_state = [0, 0, 0, 0]
    >>> for word in [[1, 0, 0], [0, 1, 0], [0, 0, 1]]:
    ...     prediction, hidden_state = my_rnn(word, hidden_state)
    >>> prediction.shape, hidden_state.shape
    (TensorShape([2]), TensorShape([4]))
    """

    def __init__(
        self,
        rnn_units: int,
        input_dim: int,
        output_dim: int,
        *,
        kernel_initializer: str | keras.Initializer = "glorot_uniform",
        recurrent_initializer: str | keras.Initializer = "orthogonal",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        for name, size in (("rnn_units", rnn_units), ("input_dim", input_dim), ("output_dim", output_dim)):
            if isinstance(size, bool) or not hasattr(size, "__index__") or size < 1:
                raise SeqlabError(
                    f"{name} is a positive integer", got=repr(size), fix="call MyRNNCell(units, inputs, outputs)"
                )
        self.rnn_units, self.input_dim, self.output_dim = int(rnn_units), int(input_dim), int(output_dim)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)

        self.W_xh = self.add_weight((rnn_units, input_dim), self.kernel_initializer, name="W_xh")
        self.W_hh = self.add_weight((rnn_units, rnn_units), self.recurrent_initializer, name="W_hh")
        # An initialiser draws the same numbers again when it is used again: W_hy gets one of its own.
        self.W_hy = self.add_weight((output_dim, rnn_units), keras.initializers.get(kernel_initializer), name="W_hy")
        # A plain tf.Variable, which Keras does not count among the weights; of any batch size. One row of
        # zeros broadcasts to the first batch that comes. A tensor kept here would leak out of a tf.function.
        with tf.init_scope():
            self.h = tf.Variable(tf.zeros((1, rnn_units), self.compute_dtype), shape=(None, rnn_units), trainable=False)

    def call(self, x: tf.Tensor, h: tf.Tensor | None = None) -> tuple[tf.Tensor, tf.Tensor]:
        """The two equations, on `x: (B, D)` and `h: (B, U)`; without h, from the remembered state.

        Returns:
            ŷ `(B, O)` and the new h `(B, U)`.
        """
        from_memory = h is None
        if from_memory:
            h = self._remembered(x)
        h = ops.tanh(h @ ops.transpose(self.W_hh) + x @ ops.transpose(self.W_xh))  # (B, U)
        y = h @ ops.transpose(self.W_hy)  # (B, O)
        if from_memory:
            self.h.assign(h)
        return y, h

    def __call__(self, x: TensorLike, h: Any = None, **kwargs: Any) -> tuple[tf.Tensor, Any]:
        """As `call`, for what students and Keras pass: lists, vectors without a batch axis, `[state]`."""
        as_list = isinstance(h, (list, tuple)) and len(h) == 1 and len(getattr(h[0], "shape", ())) > 0
        if as_list:  # keras.layers.RNN keeps its states in a list
            (h,) = h
        x = self._vectors(x, self.input_dim, "an input")
        given = [x]
        if h is not None:
            h = self._vectors(h, self.rnn_units, "a hidden state")
            given.append(h)
        unbatched = all(len(v.shape) == 1 for v in given)
        given = [v if len(v.shape) == 2 else ops.expand_dims(v, 0) for v in given]
        self._check_batches(given[0], given[1] if h is not None else self.h)

        y, h = super().__call__(*given, **kwargs)
        if unbatched:
            y, h = ops.squeeze(y, 0), ops.squeeze(h, 0)
        return (y, [h]) if as_list else (y, h)

    def unroll(self, xs: TensorLike, h: TensorLike | None = None) -> tuple[tf.Tensor, tf.Tensor]:
        """The loop over a batch of sequences, at once: `ys, h_T = my_rnn.unroll(xs)`.

        Its gradient is backpropagation through time as `seqlab.layers.bptt` does it.

        Args:
            xs: `(B, T, D)`.
            h: `(B, U)`, the state before the first step; zeros by default.

        Returns:
            ys `(B, T, O)`, the prediction of every step, and h_T `(B, U)`, the state after the last one.

        Raises:
            SeqlabError: where the shapes are not those.
        """
        xs = ops.cast(ops.convert_to_tensor(xs), self.compute_dtype)
        if len(xs.shape) != 3 or xs.shape[-1] != self.input_dim:
            expected = f"sequences for {self.name} are (B, T, {self.input_dim})"
            raise SeqlabError(expected, got=f"the shape {tuple(xs.shape)}")
        h = self.get_initial_state(tf.shape(xs)[0])[0] if h is None else self._vectors(h, self.rnn_units, "a state")
        h = tf.broadcast_to(h, (tf.shape(xs)[0], self.rnn_units))
        W_xh, W_hh, W_hy = (ops.cast(w, self.compute_dtype) for w in (self.W_xh, self.W_hh, self.W_hy))
        x = tf.transpose(xs, (1, 0, 2))  # (T, B, D)
        hs, (h,) = bptt.run(SimpleRNN(self.rnn_units), x, tf.transpose(W_xh), tf.transpose(W_hh), None, (h,))
        return tf.transpose(hs, (1, 0, 2)) @ tf.transpose(W_hy), h

    def reset_state(self) -> None:
        """Set the remembered state of the one-argument form back to zeros, ready for any batch size."""
        self.h.assign(tf.zeros((1, self.rnn_units), self.h.dtype))

    # What keras.layers.RNN asks of a cell.
    @property
    def state_size(self) -> int:
        """U."""
        return self.rnn_units

    @property
    def output_size(self) -> int:
        """O."""
        return self.output_dim

    def get_initial_state(self, batch_size: int | tf.Tensor | None = None) -> list[tf.Tensor]:
        """Zeros: `[h (B, U)]`."""
        return [ops.zeros((batch_size, self.rnn_units), dtype=self.compute_dtype)]

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a cell like this one."""
        return {
            **super().get_config(),
            "rnn_units": self.rnn_units,
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "recurrent_initializer": keras.initializers.serialize(self.recurrent_initializer),
        }

    def _remembered(self, x: tf.Tensor) -> tf.Tensor:
        """`self.h`, which has one row for each row of x, or a single one that all rows share."""
        h = tf.convert_to_tensor(self.h)
        rows, B = tf.shape(h)[0], tf.shape(x)[0]
        fits = tf.logical_or(rows == 1, rows == B)  # in a graph that is known only when it runs
        with tf.control_dependencies([tf.debugging.Assert(fits, [_SAME_ROWS, rows, B])]):
            return tf.identity(h)

    def _vectors(self, value: TensorLike, size: int, what: str) -> tf.Tensor:
        """value as a tensor `(size,)` or `(B, size)` of the cell's dtype."""
        expected = f"{what} of {self.name} is a vector of {size} numbers, or a batch of them (B, {size})"
        if not isinstance(value, keras.KerasTensor):
            try:
                value = ops.cast(ops.convert_to_tensor(value), self.compute_dtype)
            except (TypeError, ValueError, tf.errors.UnimplementedError):
                fix = "turn words into numbers first, one-hot or embedded"
                raise SeqlabError(expected, got=_short(value), fix=fix) from None
        if len(value.shape) not in (1, 2) or value.shape[-1] != size:
            sequence = len(value.shape) == 3
            wrap = "wrap the cell for whole sequences: keras.layers.RNN(cell)(x)" if sequence else None
            raise SeqlabError(expected, got=f"the shape {tuple(value.shape)}", fix=wrap)
        return value

    def _check_batches(self, x: tf.Tensor, h: tf.Tensor | tf.Variable) -> None:
        B, rows = x.shape[0], h.shape[0]
        if isinstance(h, tf.Variable):
            rows = int(tf.shape(h)[0]) if tf.executing_eagerly() else None
            if B is not None and rows not in (None, 1, B):
                raise SeqlabError(_SAME_ROWS, got=f"{rows} and {B} rows", fix="call reset_state() first")
        elif None not in (B, rows) and 1 not in (B, rows) and rows != B:
            raise SeqlabError("input and state have one row for each example", got=f"{B} and {rows} rows")


_SAME_ROWS = "the remembered state and the input have the same number of rows"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
