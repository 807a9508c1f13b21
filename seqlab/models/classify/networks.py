"""The networks: ids of words in, logits of classes out. Padding (id 0) never matters.

Every network is called with a dict: `ids (B, T)`, and for "informed" also `pieces (B, T, P)` and
`log_odds (B, T, W)`; it returns logits (B, C). A text without words gets the logits of the last bias.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import keras
import tensorflow as tf

from seqlab import layers
from seqlab.errors import SeqlabError
from seqlab.layers.tree import Tree, TreeRNN
from seqlab.layers.tree import balanced as balanced  # its address of before, for one release
from seqlab.models.classify.inputs import BUCKETS
from seqlab.models.classify.kinds import NETWORKS
from seqlab.sequences import UNK

CELLS = {"SimpleRNN": layers.SimpleRNN, "LSTM": layers.LSTM, "GRU": layers.GRU}
Inputs: TypeAlias = dict[str, tf.Tensor]


def build_network(kind: str, vocab_size: int, classes: int, settings: dict[str, Any]) -> keras.Model:
    """A network of a kind, not yet trained, with all its weights made.

    Args:
        kind: one of `seqlab.models.classify.kinds.NETWORKS`. vocab_size: V. classes: C.
        settings: those of `seqlab.models.classify.kinds.settings_of`.

    Raises:
        SeqlabError: no such kind, or no such cell.

    >>> from seqlab.models.classify.kinds import settings_of
    >>> network = build_network("GRU", 20, 2, settings_of("GRU", units=4, embedding_dim=3))
    >>> network({"ids": tf.constant([[5, 7, 0]])}).shape
    TensorShape([1, 2])
    """
    if kind not in NETWORKS:
        raise SeqlabError(f"a network is one of {', '.join(NETWORKS)}", got=repr(kind))
    if settings["cell"] not in CELLS:
        raise SeqlabError(f"cell is one of {', '.join(CELLS)}", got=repr(settings["cell"]))
    make: type[keras.Model] = {"bag": Bag, "mean": MeanEmbedding, "tree": TreeNetwork, "informed": Informed}.get(
        kind, Recurrent
    )
    network = make(kind, vocab_size, classes, settings)
    shown = {"ids": tf.ones((1, 2), tf.int32)}
    if kind == "informed":
        shown["pieces"] = tf.ones((1, 2, 1), tf.int32)
        shown["log_odds"] = tf.zeros((1, 2, 3 * (classes - 1)))
    network(shown)
    return network


class Network(keras.Model):
    """Embedding with dropout of words and dimensions, a body, and a dense layer of logits."""

    def __init__(self, kind: str, vocab_size: int, classes: int, settings: dict[str, Any]) -> None:
        super().__init__(name=kind)
        self.settings = settings
        self.embedding = keras.layers.Embedding(
            vocab_size, settings["embedding_dim"], embeddings_initializer=keras.initializers.RandomUniform(-0.1, 0.1)
        )
        # the same dimensions are dropped for all words of a text
        self.drop_dimensions = keras.layers.SpatialDropout1D(settings["embedding_dropout"])
        self.drop_last = keras.layers.Dropout(settings["dropout"])
        self.logits = keras.layers.Dense(classes)
        self.random = keras.random.SeedGenerator()

    def call(self, inputs: Inputs, training: bool = False) -> tf.Tensor:
        """The inputs of a batch of texts -> logits (B, C)."""
        mask = inputs["ids"] > 0  # (B, T)
        inputs = self.with_words_dropped(inputs, mask) if training else inputs
        x = self.drop_dimensions(self.vectors(inputs), training=training)  # (B, T, E)
        x = self.beside(x, inputs)
        h = self.read(x, mask, training)  # (B, H)
        has_words = tf.cast(tf.reduce_any(mask, 1, keepdims=True), h.dtype)
        return self.logits(self.drop_last(h * has_words, training=training))

    def with_words_dropped(self, inputs: Inputs, mask: tf.Tensor) -> Inputs:
        """Some words are made unknown, as they will be in new texts."""
        rate = self.settings["word_dropout"]
        dropped = mask & (keras.random.uniform(tf.shape(mask), seed=self.random) < rate)
        lost = {name: tf.where(dropped[..., None], tf.zeros_like(a), a) for name, a in inputs.items() if name != "ids"}
        return {"ids": tf.where(dropped, UNK, inputs["ids"]), **lost}

    def vectors(self, inputs: Inputs) -> tf.Tensor:
        """The vectors (B, T, E) of words."""
        return self.embedding(inputs["ids"])

    def beside(self, x: tf.Tensor, inputs: Inputs) -> tf.Tensor:
        """What is put beside the words' vectors, undropped."""
        return x

    def read(self, x: tf.Tensor, mask: tf.Tensor, training: bool) -> tf.Tensor:
        """From vectors (B, T, D) and mask (B, T) to one vector (B, H) a text."""
        raise NotImplementedError


class Bag(keras.Model):
    """One weight for each word and class; a text's logits are the sum over its words. Order cannot matter."""

    def __init__(self, kind: str, vocab_size: int, classes: int, settings: dict[str, Any]) -> None:
        super().__init__(name=kind)
        self.embedding = keras.layers.Embedding(vocab_size, classes, embeddings_initializer="zeros")
        self.bias = self.add_weight(shape=(classes,), initializer="zeros", name="bias")

    def call(self, inputs: Inputs, training: bool = False) -> tf.Tensor:
        """The inputs of a batch of texts -> logits (B, C)."""
        mask = tf.cast(inputs["ids"] > 0, tf.float32)[..., None]
        return tf.reduce_sum(self.vectors(inputs) * mask, 1) + self.bias

    def vectors(self, inputs: Inputs) -> tf.Tensor:
        """The weights (B, T, C) of words."""
        return self.embedding(inputs["ids"])


class MeanEmbedding(Network):
    """The mean of the words' vectors, and a linear layer. Order cannot matter."""

    def read(self, x: tf.Tensor, mask: tf.Tensor, training: bool) -> tf.Tensor:
        return masked_mean(x, mask)


class Recurrent(Network):
    """One recurrent layer (its last state), or one or two bidirectional ones (mean and maximum of the states)."""

    def __init__(self, kind: str, vocab_size: int, classes: int, settings: dict[str, Any]) -> None:
        super().__init__(kind, vocab_size, classes, settings)
        self.both_ways = kind not in CELLS
        cell = CELLS[settings["cell"] if self.both_ways else kind]
        self.recurrent = [
            keras.layers.Bidirectional(cell(settings["units"], return_sequences=True))
            if self.both_ways
            else cell(settings["units"])
            for _ in range(2 if kind == "deep" else 1)
        ]

    def read(self, x: tf.Tensor, mask: tf.Tensor, training: bool) -> tf.Tensor:
        for layer in self.recurrent:
            x = layer(x, mask=mask, training=training)
        return tf.concat([masked_mean(x, mask), masked_max(x, mask)], -1) if self.both_ways else x


class Informed(Recurrent):
    """Bidirectional; a word's vector is its own plus those of its pieces, and its log-odds stand beside it."""

    def __init__(self, kind: str, vocab_size: int, classes: int, settings: dict[str, Any]) -> None:
        super().__init__(kind, vocab_size, classes, settings)
        self.piece_embedding = keras.layers.Embedding(
            BUCKETS + 1, settings["embedding_dim"], embeddings_initializer=keras.initializers.RandomUniform(-0.05, 0.05)
        )

    def vectors(self, inputs: Inputs) -> tf.Tensor:
        pieces = inputs["pieces"]
        there = tf.cast(pieces > 0, tf.float32)[..., None]  # (B, T, P, 1)
        total = tf.reduce_sum(self.piece_embedding(pieces) * there, 2)
        return self.embedding(inputs["ids"]) + total / tf.sqrt(tf.maximum(tf.reduce_sum(there, 2), 1))

    def beside(self, x: tf.Tensor, inputs: Inputs) -> tf.Tensor:
        return tf.concat([x, inputs["log_odds"]], -1)


class TreeNetwork(Network):
    """A recursive network (Socher et al. 2013) over a balanced tree: the root's vector is read by the last layer."""

    def __init__(self, kind: str, vocab_size: int, classes: int, settings: dict[str, Any]) -> None:
        super().__init__(kind, vocab_size, classes, settings)
        self.tree = TreeRNN(settings["embedding_dim"])

    def read(self, x: tf.Tensor, mask: tf.Tensor, training: bool) -> tf.Tensor:
        return self.tree(x, mask=mask)

    def nodes(self, tree: Tree, encode: Callable[[str], int]) -> list[tuple[list[str], tf.Tensor]]:
        """The words and logits (C,) of every node of a parse, its halves first and the root last.

        Args:
            tree: nested pairs of words, such as ``(("not", "good"), "at all")``, any binary tree.
            encode: a word's id, such as ``lambda word: vocabulary.encode([word])[0]``.

        Raises:
            SeqlabError: the tree is something else.
        """
        found = self.tree.nodes(tree, lambda word: self.embedding(tf.constant([encode(word)])))  # (1, E)
        return [(words, self.logits(x)[0]) for words, x in found]


def masked_mean(x: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """The mean (B, D) over the real words of x (B, T, D); 0 where there is none."""
    mask = tf.cast(mask, x.dtype)[..., None]
    return tf.reduce_sum(x * mask, 1) / tf.maximum(tf.reduce_sum(mask, 1), 1)


def masked_max(x: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """The maximum (B, D) over the real words of x (B, T, D)."""
    return tf.reduce_max(tf.where(mask[..., None], x, x.dtype.min), 1)
