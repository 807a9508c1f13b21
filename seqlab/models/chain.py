"""Embedding, recurrent layers, dense layer: the usual language model, as the arithmetic of one character.

Between an embedding and a recurrent layer stands nothing but a product. So `E @ W` can be taken once for the
whole vocabulary, and a character's share in the first pre-activation is looked up, not computed.
"""

from typing import NamedTuple, TypeAlias

import keras
import tensorflow as tf

from seqlab.layers import equations
from seqlab.layers.arithmetic import Sideways, Tensors, add

# from so many units on, one row is multiplied faster by a matrix that lies on its side (1024 units: by a fifth)
_SIDEWAYS_FROM = 512

CELLS = (keras.layers.SimpleRNN, keras.layers.LSTM, keras.layers.GRU)


class LayerWeights(NamedTuple):
    """A recurrent layer's, as a step takes them. Of the first layer W is the table E W + b_x, a row for each id."""

    W: tf.Tensor  # (D, n·H), or (V, n·H)
    b_x: tf.Tensor | None  # (n·H,): of the bias what adds to x W
    U: tf.Tensor | Sideways  # (H, n·H)
    b_h: tf.Tensor | None  # (H,): of the bias what does not


# of the recurrent layers, and W (H, V) and b (V,) of the dense one
Weights: TypeAlias = tuple[list[LayerWeights], tf.Tensor, tf.Tensor | None]
States: TypeAlias = list[Tensors]  # (B, H) each, a tuple for each recurrent layer


class Chain:
    """One step of a model that is a chain of Embedding, one or more recurrent layers, and Dense.

    Use `Chain.of(model)`, which is None for any other model.
    """

    def __init__(
        self, embedding: keras.layers.Embedding, recurrent: list[keras.layers.RNN], dense: keras.layers.Dense
    ) -> None:
        self.embedding, self.recurrent, self.dense = embedding, recurrent, dense
        self.cells = [equations.of(layer) for layer in recurrent]
        self.units, self.vocabulary_size = max(cell.H for cell in self.cells), int(dense.units)

    @classmethod
    def of(cls, model: keras.Model) -> "Chain | None":
        """The chain that a `keras.Sequential` or a `LanguageModel` is, if it is one that this step can follow.

        Any other kind of model says that it calls its layers one after the other by a true `layers_in_a_row`.
        """
        if not (isinstance(model, keras.Sequential) or getattr(model, "layers_in_a_row", False)):
            return None
        layers = [layer for layer in model.layers if not isinstance(layer, keras.layers.Dropout)]
        if len(layers) < 3 or type(layers[0]) is not keras.layers.Embedding or layers[0].mask_zero:
            return None
        dense, recurrent = layers[-1], layers[1:-1]
        if type(dense) is not keras.layers.Dense or dense.activation is not keras.activations.linear:
            return None
        plain = all(
            isinstance(layer, CELLS)
            and layer.return_sequences
            and not (layer.go_backwards or layer.stateful or layer.return_state)
            for layer in recurrent
        )
        float32 = all(v.dtype == "float32" for v in model.weights)
        return cls(layers[0], recurrent, dense) if plain and float32 else None

    def weights(self, batch: int) -> Weights:
        """What `step` needs for so many rows, from the layers as they are now."""
        out = []
        for k, (layer, cell) in enumerate(zip(self.recurrent, self.cells, strict=True)):
            W, U = (tf.convert_to_tensor(w) for w in (layer.cell.kernel, layer.cell.recurrent_kernel))
            b_x, b_h = cell.biases(tf.convert_to_tensor(layer.cell.bias) if layer.use_bias else None)
            if k == 0:
                W, b_x = add(tf.convert_to_tensor(self.embedding.embeddings) @ W, b_x), None
            if batch == 1 and cell.H >= _SIDEWAYS_FROM and not isinstance(cell, equations.GRUResetBefore):
                U = Sideways(tf.transpose(U))
            out.append(LayerWeights(W, b_x, U, b_h))
        b = tf.convert_to_tensor(self.dense.bias) if self.dense.use_bias else None
        return out, tf.convert_to_tensor(self.dense.kernel), b

    def start(self, batch: int) -> States:
        """The states before the first character: zeros."""
        return [tuple(tf.zeros((batch, cell.H)) for _ in range(cell.states)) for cell in self.cells]

    def step(self, weights: Weights, ids: tf.Tensor, states: States) -> tuple[tf.Tensor, States]:
        """ids (B,), states -> logits (B, V), states."""
        layers, W_y, b_y = weights
        after: States = []
        h = None
        for cell, (W, b_x, U, b_h), before in zip(self.cells, layers, states, strict=True):
            z_x = tf.gather(W, ids) if h is None else add(h @ W, b_x)  # (B, n·H)
            _, new = cell.step(U, b_h, z_x, *before)
            after.append(new)
            h = new[0]
        return add(h @ W_y, b_y), after
