"""A recursive network that says of a sentence, as a tree, whether it is positive; and of every phrase in it.

Taught at the roots alone: the read-out works at every node, since the same weights made them all.
"""

from collections.abc import Mapping, Sequence

import keras
import numpy as np
import tensorflow as tf

from seqlab.errors import SeqlabError
from seqlab.layers import TreeRNN, tree_arrays
from seqlab.layers.tree import Tree
from seqlab.models.on_rows import learn_on_rows
from seqlab.models.training import History

__all__ = ["TreeReader"]


class TreeReader:
    """Trees over words -> the probability of positive.

    Args:
        number: word -> its id, from 0 on. units: the size of every vector. seed: of the first weights and the batches.
    """

    def __init__(self, number: Mapping[str, int], *, units: int = 16, seed: int = 1) -> None:
        self.number, self.seed = dict(number), seed
        uniform = keras.initializers.RandomUniform(-0.5, 0.5, seed=seed)
        self.model = TreeReaderNetwork(len(self.number), units, uniform, seed)

    def learn(
        self, trees: Sequence[Tree], positive: Sequence[bool], *, steps: int = 400, rate: float = 1e-2
    ) -> History:
        """Learn from trees and whether each is positive; SeqlabError if these are not equally many."""
        if len(trees) != len(positive) or not len(trees):
            raise SeqlabError("a truth for each tree", got=f"{len(trees)} trees and {len(positive)}")
        x, y = self._read(trees), np.asarray(positive, "float32")
        return learn_on_rows(self.model, _loss, x, y, steps=steps, rate=rate, seed=self.seed)

    def positive(self, trees: Sequence[Tree]) -> np.ndarray:
        """The probabilities (N,) of trees, or phrases, or single words."""
        return np.asarray(tf.sigmoid(self.model(tf.constant(self._read(trees)))))

    def _read(self, trees: Sequence[Tree]) -> np.ndarray:
        """Root, words, left and right halves of each tree side by side, (N, 1 + (M + 1) + M + M): one array to draw from."""
        arrays = tree_arrays(trees, self._known)
        spare = arrays.left.shape[1] + 1 - arrays.words.shape[1]  # single words alone have no phrase
        words = np.pad(arrays.words, ((0, 0), (0, spare)))
        return np.concatenate([arrays.root[:, None], words, arrays.left, arrays.right], 1).astype("int32")

    def _known(self, word: str) -> int:
        if word not in self.number:
            raise SeqlabError(f"a word is one of the {len(self.number)} that were numbered", got=repr(word))
        return self.number[word]


class TreeReaderNetwork(keras.Model):
    """The words' table, the tree, and one logit of the root; see `TreeReader._read` for what it reads."""

    def __init__(self, words: int, units: int, initial: keras.initializers.Initializer, seed: int) -> None:
        super().__init__()
        self.units = units
        self.table = keras.layers.Embedding(words, units, embeddings_initializer=initial)
        self.tree = TreeRNN(units)
        self.say = keras.layers.Dense(1, kernel_initializer=keras.initializers.GlorotUniform(seed=seed))

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights."""
        self.table.build((None, None))
        self.tree.build((None, None, self.units))
        self.say.build((None, None, self.units))

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """(B, 3 M + 2) ids and places -> logits (B,)."""
        M = (x.shape[1] - 2) // 3
        root, words, left, right = tf.split(x, [1, M + 1, M, M], axis=1)
        nodes = self.tree.every_node(self.table(words), left, right)
        return self.say(tf.gather(nodes, root[:, 0], axis=1, batch_dims=1))[:, 0]


def _loss(y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(y, logits))
