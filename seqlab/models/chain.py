"""Embedding, recurrent layers, dense layer: the usual language model, as the arithmetic of one character.

Between an embedding and a recurrent layer stands nothing but a product. So `E @ W` can be taken once for the
whole vocabulary, and a character's share in the first pre-activation is looked up, not computed.
"""

from typing import NamedTuple

import keras
import tensorflow as tf

# from so many units on, one row is multiplied faster by a matrix that lies on its side (1024 units: by a fifth)
_SIDEWAYS_FROM = 512

CELLS = (keras.layers.SimpleRNN, keras.layers.LSTM, keras.layers.GRU)


class Chain:
    """One step of a model that is a chain of Embedding, one or more recurrent layers, and Dense.

    Use `Chain.of(model)`, which is None for any other model.
    """

    def __init__(self, embedding, recurrent, dense):
        self.embedding, self.recurrent, self.dense = embedding, recurrent, dense
        self.units = max(layer.units for layer in recurrent)

    @classmethod
    def of(cls, model) -> "Chain | None":
        """The chain that a `LanguageModel` or `keras.Sequential` is, if it is one that this step can follow."""
        from seqlab.models.language_model import LanguageModel

        if not isinstance(model, LanguageModel | keras.Sequential):
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

    def weights(self, batch: int):
        """What `step` needs, from the layers as they are now: per layer W, b_x, U, b_h; then the dense layer's.

        Of the first layer W is the table E W + b_x, a row for each id.
        """
        out = []
        for k, layer in enumerate(self.recurrent):
            cell = layer.cell
            W, U = (tf.convert_to_tensor(w) for w in (cell.kernel, cell.recurrent_kernel))
            b_x, b_h = _biases(layer)
            if k == 0:
                W, b_x = tf.convert_to_tensor(self.embedding.embeddings) @ W + b_x, tf.zeros_like(b_x)
            if batch == 1 and layer.units >= _SIDEWAYS_FROM and getattr(layer, "reset_after", True):
                U = Sideways(tf.transpose(U))
            out.append((W, b_x, U, b_h))
        b = self.dense.bias if self.dense.use_bias else tf.zeros(self.dense.units)
        return out, tf.convert_to_tensor(self.dense.kernel), tf.convert_to_tensor(b)

    def start(self, batch: int):
        """The states before the first character, a tuple of zeros (B, H) for each layer."""
        count = {keras.layers.LSTM: 2}
        return [
            tuple(
                tf.zeros((batch, layer.units))
                for _ in range(next((n for kind, n in count.items() if isinstance(layer, kind)), 1))
            )
            for layer in self.recurrent
        ]

    def step(self, weights, ids, states):
        """ids (B,), states -> logits (B, V), states."""
        layers, W_y, b_y = weights
        after, h = [], None
        for layer, (W, b_x, U, b_h), before in zip(self.recurrent, layers, states, strict=True):
            z_x = tf.gather(W, ids) if h is None else h @ W + b_x  # (B, n·H)
            after.append(_STEPS[_kind(layer)](layer, z_x, U, b_h, *before))
            h = after[-1][0]
        return h @ W_y + b_y, after


class Sideways(NamedTuple):
    """A matrix (H, n) kept as (n, H): each number of a product is then one run through the memory."""

    rows: tf.Tensor


def product(h, U):
    """h U, for h (B, H), or (1, H) if U lies on its side."""
    return tf.linalg.matvec(U.rows, h[0])[None] if isinstance(U, Sideways) else h @ U


def simple_rnn_step(layer, z_x, U, b_h, h):
    """h = φ(x W + h U + b)."""
    return (layer.activation(z_x + product(h, U)),)


def lstm_step(layer, z_x, U, b_h, h, c):
    """i, f, o = σ(z); c = f⊙c + i⊙φ(z_c); h = o⊙φ(c)."""
    σ, φ = layer.recurrent_activation, layer.activation
    i, f, z_c, o = tf.split(z_x + product(h, U), 4, axis=-1)
    c = σ(f) * c + σ(i) * φ(z_c)
    return σ(o) * φ(c), c


def gru_step(layer, z_x, U, b_h, h):
    """z, r = σ(...); h̃ = φ(x W + r⊙(h U + b')) or φ(x W + (r⊙h) U); h = z⊙h + (1−z)⊙h̃."""
    σ, φ, H = layer.recurrent_activation, layer.activation, layer.units
    if layer.reset_after:
        z_h = product(h, U)
        z, r = tf.split(σ(z_x[:, : 2 * H] + z_h[:, : 2 * H]), 2, axis=-1)
        # the bias of the candidate alone stands here: added to all of h U, it made XLA's product half as fast
        candidate = φ(z_x[:, 2 * H :] + r * (z_h[:, 2 * H :] + b_h))
    else:
        z, r = tf.split(σ(z_x[:, : 2 * H] + h @ U[:, : 2 * H]), 2, axis=-1)
        candidate = φ(z_x[:, 2 * H :] + (r * h) @ U[:, 2 * H :])
    return (z * h + (1 - z) * candidate,)


_STEPS = {keras.layers.SimpleRNN: simple_rnn_step, keras.layers.LSTM: lstm_step, keras.layers.GRU: gru_step}


def _kind(layer):
    return next(kind for kind in CELLS if isinstance(layer, kind))


def _biases(layer):
    """The bias that adds to x W, and GRU's other one, of which only the candidate's part must wait for r."""
    H, cell = layer.units, layer.cell
    if not layer.use_bias:
        return tf.zeros(cell.kernel.shape[-1]), tf.zeros(H)
    b = tf.convert_to_tensor(cell.bias)
    if len(b.shape) == 1:
        return b, tf.zeros(H)
    early = tf.concat([b[1, : 2 * H], tf.zeros(H)], axis=0)
    return b[0] + early, b[1, 2 * H :]
