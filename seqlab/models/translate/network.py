"""The network: a bidirectional encoder, a decoder that begins where it ended, and attention between them.

    h→_s, h←_s   the encoder's states, read forwards and backwards; memory m_s = [h→_s ; h←_s]
    d_0          tanh(W [h→_S ; h←_1] + b): each direction's last state
    d_t          GRU(y_{t-1}, d_{t-1})
    c_t          attention(d_t, keys, m), the keys being K m_s, of the decoder's size
    o_t          tanh(W_o [d_t ; c_t])           logits = E o_t + b            (Luong et al. 2015)

The attention comes after the cell, so that under teacher forcing all steps of the decoder are one run of a fast layer,
and all look-ups are one product. Without attention o_t = tanh(W_o d_t). The embedding E of the target's tokens is also
what the logits are made with (Press and Wolf 2017): half of the work is there, and it learns twice as much from a pair.
Letters: B sentences, S source and T target steps, H units of the decoder, D the size of an embedding, V target tokens.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import keras
import tensorflow as tf

from seqlab import layers
from seqlab.layers import equations
from seqlab.layers.arithmetic import Tensors, add

States: TypeAlias = Tensors  # (B, H) each: one of a GRU, h and c of an LSTM


class Memory(NamedTuple):
    """What the decoder looks back at; a row a sentence."""

    keys: tf.Tensor  # (B, S, ·), prepared by the attention
    values: tf.Tensor  # (B, S, 2·He)
    mask: tf.Tensor  # (B, S) bool


class StepWeights(NamedTuple):
    """The decoder's weights as one step takes them."""

    table: tf.Tensor  # (V, n·H): E W + b_x, a row for each token
    U: tf.Tensor  # (H, n·H)
    b_h: tf.Tensor | None  # (H,)


class EncoderDecoder(keras.Model):
    """The network for vocabularies of `source_size` and `target_size` ids, where id 0 is padding.

    Args:
        settings: those of `seqlab.models.translate.settings.settings_of`.
    """

    def __init__(self, source_size: int, target_size: int, settings: Mapping[str, Any]) -> None:
        super().__init__()
        self.source_size, self.target_size = source_size, target_size
        D, He, H = settings["embedding_dim"], settings["encoder_units"], settings["units"]
        self.scale = D**0.5  # of the vectors that are read: their numbers are then about one
        make = getattr(layers, settings["cell"])
        self.source_embedding = keras.layers.Embedding(source_size, D, _normal(D))
        self.forwards = make(He, return_sequences=True, return_state=True)
        self.backwards = make(He, return_sequences=True, return_state=True, go_backwards=True)
        self.bridges = [keras.layers.Dense(H, activation="tanh") for _ in range(2 if settings["cell"] == "LSTM" else 1)]
        self.target_embedding = keras.layers.Embedding(target_size, D, _normal(D))
        self.decoder = make(H, return_sequences=True, return_state=True)
        self.looking: layers.DotAttention | layers.AdditiveAttention | None = None
        if settings["attention"] == "dot":
            self.keys, self.looking = keras.layers.Dense(H, use_bias=False), layers.DotAttention()
        elif settings["attention"] == "additive":
            self.keys, self.looking = keras.layers.Identity(), layers.AdditiveAttention(H)
        self.readout = keras.layers.Dense(D, activation="tanh")
        self.bias = self.add_weight((target_size,), "zeros", name="bias")
        self.dropout = keras.layers.Dropout(settings["dropout"])
        self((tf.ones((1, 2), tf.int32), tf.ones((1, 2), tf.int32)))

    def call(self, inputs: tuple[tf.Tensor, tf.Tensor], training: bool = False) -> tf.Tensor:
        """Source ids (B, S) and the decoder's inputs (B, T), a target without its last token -> logits (B, T, V)."""
        source, dec_in = inputs
        memory, start = self.encode(source, training)
        return self.logits(self.teacher_forced(dec_in, memory, start, training)[0])

    def encode(self, source: tf.Tensor, training: bool = False) -> tuple[Memory, States]:
        """Source ids (B, S) -> the memory, and the decoder's first states."""
        mask = source > 0
        x = self.dropout(self.scale * self.source_embedding(source), training=training)  # (B, S, D)
        hf, *last_f = self.forwards(x, mask=mask)
        hb, *last_b = self.backwards(x, mask=mask)
        values = tf.concat([hf, tf.reverse(hb, [1])], axis=-1)  # (B, S, 2·He), aligned by position
        ends = zip(self.bridges, last_f, last_b, strict=True)
        start = tuple(bridge(tf.concat([f, b], axis=-1)) for bridge, f, b in ends)
        if self.looking is None:
            return Memory(values, values, mask), start
        keys = self.keys(values)
        if not self.looking.built:
            self.looking(start[0], keys, values, mask)
        return Memory(self.looking.prepared(keys), values, mask), start

    def teacher_forced(
        self, dec_in: tf.Tensor, memory: Memory, start: States, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor | None]:
        """All steps at once, from the right tokens before each: o (B, T, D), and the weights (B, T, S)."""
        y = self.dropout(self.scale * self.target_embedding(dec_in), training=training)
        d, *_ = self.decoder(y, initial_state=list(start))
        return self.looked(d, memory, training)

    def looked(self, d: tf.Tensor, memory: Memory, training: bool = False) -> tuple[tf.Tensor, tf.Tensor | None]:
        """The decoder's state, (B, H) or (B, T, H), with what it sees of the source -> o, and the weights."""
        weights = None
        if self.looking is not None:
            context, weights = self.looking.attend(d, memory.keys, memory.values, memory.mask)
            d = tf.concat([d, context], axis=-1)
        return self.dropout(self.readout(d), training=training), weights

    def logits(self, o: tf.Tensor) -> tf.Tensor:
        """(…, D) -> (…, V): by the target's embedding."""
        return tf.matmul(o, tf.convert_to_tensor(self.target_embedding.embeddings), transpose_b=True) + self.bias

    def token_losses(self, source: tf.Tensor, target: tf.Tensor, training: bool = False) -> tf.Tensor:
        """−ln P of every real token, (N,) nats, of targets (B, T + 1) with the marks at both ends; none of padding."""
        memory, start = self.encode(source, training)
        o, _ = self.teacher_forced(target[:, :-1], memory, start, training)
        real = target[:, 1:] > 0
        logits = self.logits(tf.boolean_mask(o, real))  # padding costs nothing: most of the work is here
        return tf.nn.sparse_softmax_cross_entropy_with_logits(tf.boolean_mask(target[:, 1:], real), logits)

    def step_weights(self) -> StepWeights:
        """The decoder's weights as they are now; an embedding and a product are one row of a table."""
        cell, layer = equations.of(self.decoder), self.decoder.cell
        b_x, b_h = cell.biases(tf.convert_to_tensor(layer.bias))
        E = self.scale * tf.convert_to_tensor(self.target_embedding.embeddings)
        table = add(E @ tf.convert_to_tensor(layer.kernel), b_x)
        return StepWeights(table, tf.convert_to_tensor(layer.recurrent_kernel), b_h)

    def step(
        self, weights: StepWeights, ids: tf.Tensor, states: States, memory: Memory, K: int | None = None
    ) -> tuple[tf.Tensor, States, tf.Tensor | None]:
        """One step of the decoder, for one hypothesis a sentence or, of a beam, for K.

        Args:
            ids: (B,), or (B·K,). states: as many rows. memory: of B sentences.

        Returns:
            logits (B, V), the new states, and the weights of the attention, (B, S); for a beam (B, K, V) and (B, K, S).
        """
        _, states = equations.of(self.decoder).step(weights.U, weights.b_h, tf.gather(weights.table, ids), *states)
        d = states[0]
        if K is not None:  # K queries for the same keys
            d = tf.reshape(d, (-1, K, d.shape[-1]))
        o, looks = self.looked(d, memory)
        return self.logits(o), states, looks


def _normal(size: int) -> keras.Initializer:
    """Vectors of length one, about."""
    return keras.initializers.RandomNormal(stddev=size**-0.5)
