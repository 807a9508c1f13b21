"""SimpleRNN, LSTM and GRU: Keras's own layers, faster on a CPU, which can also be looked into.

Each is a subclass of the Keras layer of its name: same arguments, weights, names and files, so that one
can stand in for the other anywhere.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

import keras
import numpy as np
import tensorflow as tf

from seqlab.layers import equations
from seqlab.layers import flow as _flow
from seqlab.layers import inside as _inside
from seqlab.layers.arithmetic import Activation, TensorLike
from seqlab.layers.fast import FastPath
from seqlab.layers.inside import GRUInside, LSTMInside, SimpleRNNInside

Shown = TypeVar("Shown", SimpleRNNInside, LSTMInside, GRUInside)


class Inside(Generic[Shown]):
    """What each of the layers below can be asked about a sequence. Arrays are NumPy's; dropout is off.

    Arguments, for all: x `(B, T, D)`; initial_state `(B, H)`, for an LSTM `[h, c]`, by default zeros, or what a
    stateful layer holds; mask `(B, T)` bool. Steps are in the order in which the layer takes them: with
    `go_backwards` the first is the last of x.

    All raise SeqlabError where x is not `(B, T, D)`, of one step or more, and where the layer has no state `of` that
    name.
    """

    def inside(self, x: TensorLike, initial_state: TensorLike | None = None, mask: TensorLike | None = None) -> Shown:
        """The states and gate activations of every step, each `(B, T, H)`, by name.

        Returns:
            a `SimpleRNNInside` (h), `LSTMInside` (i, f, candidate, o, c, h) or `GRUInside` (z, r, candidate, h).
            At a masked step the states stay, and the gates are NaN: none acts.
        """
        return _inside.every_step(self, x, initial_state, mask)

    def state_jacobian_norms(
        self, x: TensorLike, initial_state: TensorLike | None = None, mask: TensorLike | None = None, of: str = "h"
    ) -> np.ndarray:
        """`‖∂h_T/∂h_t‖` for t = 0 … T, the largest singular value: how far a change of h_t reaches, `(B, T+1)`.

        Args:
            of: "h", or for an LSTM "c": `‖∂c_T/∂c_t‖`, along the highway of cell states. The other state of
                step t is held fixed.
        """
        return _flow.state_jacobian_norms(self, x, initial_state, mask, of)

    def state_jacobian_bounds(
        self, x: TensorLike, initial_state: TensorLike | None = None, mask: TensorLike | None = None
    ) -> np.ndarray:
        """What `‖∂h_T/∂h_t‖` cannot exceed: the product of the norms of the single steps, `(B, T+1)`."""
        return _flow.state_jacobian_bounds(self, x, initial_state, mask)

    def gradient_norms(
        self,
        x: TensorLike,
        loss: Callable[[tf.Tensor], tf.Tensor],
        initial_state: TensorLike | None = None,
        mask: TensorLike | None = None,
        of: str = "h",
    ) -> np.ndarray:
        """`‖∂L/∂h_t‖` for t = 0 … T: the gradient that reaches every state, `(B, T+1)`.

        Args:
            loss: function of the hidden states h_1 … h_T, a tensor `(B, T, H)` float64, to a scalar. In a model:
                `lambda h: cross_entropy(y, dense(h))`.
            of: "h", or for an LSTM "c".
        """
        return _flow.gradient_norms(self, x, loss, initial_state, mask, of)


@keras.saving.register_keras_serializable(package="seqlab")
class SimpleRNN(FastPath, Inside[SimpleRNNInside], keras.layers.SimpleRNN):
    """`keras.layers.SimpleRNN`: h_t = tanh(x_t W + h_{t-1} U + b).

    All arguments, and what a call returns, are those of `keras.layers.SimpleRNN`.

    >>> import numpy as np
    >>> layer = SimpleRNN(4)
    >>> layer.inside(np.ones((2, 5, 3))).h.shape
    (2, 5, 4)
    """

    def _not_fast(self) -> dict[str, bool]:
        return {f"activation={_name(self.activation)!r}": not equations.of(self).by_hand}


@keras.saving.register_keras_serializable(package="seqlab")
class LSTM(FastPath, Inside[LSTMInside], keras.layers.LSTM):
    """`keras.layers.LSTM` (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).

        i, f, o = σ(x_t W + h_{t-1} U + b)      c̃ = tanh(x_t W + h_{t-1} U + b)
        c_t = f⊙c_{t-1} + i⊙c̃                  h_t = o⊙tanh(c_t)

    All arguments, and what a call returns, are those of `keras.layers.LSTM`; gates are packed as i, f, c̃, o.

    >>> import numpy as np
    >>> steps = LSTM(4).inside(np.ones((2, 5, 3)))
    >>> steps.f.shape, steps._fields
    ((2, 5, 4), ('i', 'f', 'candidate', 'o', 'c', 'h'))
    """

    def _not_fast(self) -> dict[str, bool]:
        return _other_activations(self)


@keras.saving.register_keras_serializable(package="seqlab")
class GRU(FastPath, Inside[GRUInside], keras.layers.GRU):
    """`keras.layers.GRU` (Cho et al. 2014).

        z, r = σ(x_t W + h_{t-1} U + b)         h_t = z⊙h_{t-1} + (1−z)⊙h̃
        h̃ = tanh(x_t W + r⊙(h_{t-1} U + b'))    reset_after=True, Keras's default
        h̃ = tanh(x_t W + (r⊙h_{t-1}) U)         reset_after=False, the first paper's

    All arguments, and what a call returns, are those of `keras.layers.GRU`; gates are packed as z, r, h̃.

    >>> import numpy as np
    >>> GRU(4).inside(np.ones((2, 5, 3)))._fields
    ('z', 'r', 'candidate', 'h')
    """

    def _not_fast(self) -> dict[str, bool]:
        return _other_activations(self)


def _name(activation: Activation) -> str:
    """The name of one of Keras's own activations; a function of the same name by someone else is not it."""
    name = getattr(activation, "__name__", "")
    return name if activation is getattr(keras.activations, name, None) else repr(activation)


def _other_activations(layer: keras.layers.RNN) -> dict[str, bool]:
    φ, σ = _name(layer.activation), _name(layer.recurrent_activation)
    return {f"activation={φ!r}": φ != "tanh", f"recurrent_activation={σ!r}": σ != "sigmoid"}
