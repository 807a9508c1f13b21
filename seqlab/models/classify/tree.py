"""A recursive network: a phrase's vector is made of those of its two halves, by the same weights everywhere.

Socher et al. 2013 follow the parse of a sentence; where none is at hand, a balanced tree over its words does.
"""

import keras
import tensorflow as tf

from seqlab.errors import SeqlabError
from seqlab.models.classify.networks import Network

Tree = str | tuple  # a word, or the two halves of a phrase


def balanced(words: list[str]) -> Tree:
    """The tree in which neighbours are joined in pairs, level by level; one left over waits for the next level.

    >>> balanced(["the", "food", "was", "good", "."])
    ((('the', 'food'), ('was', 'good')), '.')
    """
    if not words:
        raise SeqlabError("a tree of one word or more", got="none")
    level: list = list(words)
    while len(level) > 1:
        level = [(*level[i : i + 2],) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
    return level[0]


class TreeNetwork(Network):
    """p = tanh([left; right] W + b) at every node; the root's vector is read by the last layer."""

    def __init__(self, kind, vocab_size, classes, settings):
        super().__init__(kind, vocab_size, classes, settings)
        E = settings["embedding_dim"]
        self.compose = keras.layers.Dense(E, activation="tanh", kernel_initializer=_halves(E))

    def read(self, x, mask, training):
        def one_level(x, mask):
            odd = tf.shape(x)[1] % 2
            x, mask = tf.pad(x, [[0, 0], [0, odd], [0, 0]]), tf.pad(mask, [[0, 0], [0, odd]])
            left, right, there = x[:, ::2], x[:, 1::2], mask[:, 1::2, None]
            joined = self.compose(tf.concat([left, right], -1))
            return tf.where(there, joined, left), mask[:, ::2]  # one without a neighbour moves up as it is

        root, _ = tf.while_loop(
            lambda x, mask: tf.shape(x)[1] > 1,
            one_level,
            (x, mask),
            shape_invariants=(tf.TensorShape((None, None, x.shape[-1])), tf.TensorShape((None, None))),
        )
        return root[:, 0]

    def nodes(self, tree: Tree, encode) -> list[tuple[list[str], tf.Tensor]]:
        """The words and logits (C,) of every node of a parse, its halves first and the root last.

        Args:
            tree: nested pairs of words, such as ``(("not", "good"), "at all")``, any binary tree.
            encode: a word's id, such as ``lambda word: vocabulary.encode([word])[0]``.
        """
        found = []

        def walk(node):
            if isinstance(node, str):
                words, x = [node], self.embedding(tf.constant([encode(node)]))  # (1, E)
            elif isinstance(node, tuple) and len(node) == 2:
                (left, x_left), (right, x_right) = walk(node[0]), walk(node[1])
                words, x = left + right, self.compose(tf.concat([x_left, x_right], -1))
            else:
                raise SeqlabError("a tree is a word or a pair of trees", got=repr(node)[:60])
            found.append((words, self.logits(x)[0]))
            return words, x

        walk(tree)
        return found


def _halves(E: int):
    """At first a phrase is about the mean of its halves, so that a deep tree passes something on."""

    def initialise(shape, dtype=None):
        mean = tf.concat([tf.eye(E), tf.eye(E)], 0) / tf.sqrt(2.0)
        return mean + tf.random.normal(shape, stddev=0.05, dtype=mean.dtype, seed=1)

    return initialise
