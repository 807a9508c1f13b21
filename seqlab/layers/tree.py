"""A recursive layer: a phrase's vector is made of those of its two halves, by the same weights everywhere.

Socher et al. 2013 follow the parse of a sentence; where none is at hand, a balanced tree over its words does.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from seqlab.errors import SeqlabError

Tree: TypeAlias = str | tuple["Tree", "Tree"]  # a word, or the two halves of a phrase


def balanced(words: Sequence[str]) -> Tree:
    """The tree in which neighbours are joined in pairs, level by level; one left over waits for the next level.

    Raises:
        SeqlabError: no words.

    >>> balanced(["the", "food", "was", "good", "."])
    ((('the', 'food'), ('was', 'good')), '.')
    """
    if not words:
        raise SeqlabError("a tree of one word or more", got="none")
    level: list[Tree] = list(words)
    while len(level) > 1:
        level = [(level[i], level[i + 1]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
    return level[0]


def right_branching(words: Sequence[str]) -> Tree:
    """The tree in which every phrase is a word and the rest of the sentence: a chain, read from its end.

    Raises:
        SeqlabError: no words.

    >>> right_branching(["the", "food", "was", "good"])
    ('the', ('food', ('was', 'good')))
    """
    if not words:
        raise SeqlabError("a tree of one word or more", got="none")
    tree: Tree = words[-1]
    for word in words[-2::-1]:
        tree = (word, tree)
    return tree


class TreeArrays(NamedTuple):
    """Trees of different shapes as arrays, so that a batch of them goes through a network at once.

    words: (B, L) ids of the leaves, from left to right, 0 behind the last. left, right: (B, M) places of the halves of
    each phrase, below L for a leaf, L + m for phrase number m; halves come before their phrase. root: (B,) the place of the
    root; what stands behind it is padding.
    """

    words: np.ndarray
    left: np.ndarray
    right: np.ndarray
    root: np.ndarray


def tree_arrays(trees: Sequence[Tree], encode: Callable[[str], int]) -> TreeArrays:
    """Trees over words as arrays; `encode` gives a word's id.

    >>> tree_arrays([("not", ("so", "bad")), "good"], len).words.tolist()
    [[3, 2, 3], [4, 0, 0]]
    """
    rows = [_row(tree) for tree in trees]
    L, M = max(len(words) for words, _ in rows), max(1, max(len(phrases) for _, phrases in rows))
    N = len(rows)
    halves = np.zeros((2, N, M), int)
    found = TreeArrays(np.zeros((N, L), int), halves[0], halves[1], np.zeros(N, int))
    for i, (words, phrases) in enumerate(rows):
        place = [k if k < len(words) else L + k - len(words) for k in range(len(words) + len(phrases))]
        found.words[i, : len(words)] = [encode(word) for word in words]
        for m, (left, right) in enumerate(phrases):
            found.left[i, m], found.right[i, m] = place[left], place[right]
        found.root[i] = place[-1]
    return found


def _row(tree: Tree) -> tuple[list[str], list[tuple[int, int]]]:
    """The words of a tree, and its phrases as pairs of places: words first, then the phrases before it."""
    words: list[str] = []
    phrases: list[tuple[int, int]] = []

    def walk(node: Tree) -> int:
        if isinstance(node, str):
            words.append(node)
            return len(words) - 1
        left, right = walk(node[0]), walk(node[1])
        phrases.append((left, right))
        return -len(phrases)

    walk(tree)
    at = [(a if a >= 0 else len(words) - a - 1, b if b >= 0 else len(words) - b - 1) for a, b in phrases]
    return words, at


@keras.saving.register_keras_serializable(package="seqlab")
class TreeRNN(keras.layers.Layer):
    """p = tanh([left; right] W + b) at every node of a binary tree over a sequence of vectors.

    Called with x `(B, T, E)` float, T at least 1, and mask `(B, T)` bool, True for the real ones of a row, which
    come first, it returns the vector `(B, E)` of the root of the balanced tree over them. A row without any gets
    whatever its first vector is.

    Args:
        units: E, the size of every vector.
        **kwargs: Keras's own (`name`, `dtype`, `trainable`).

    Attributes:
        compose: the dense layer of W `(2E, E)` and b `(E,)`. At first a phrase is about the mean of its halves, so
            that a deep tree passes something on.

    >>> layer = TreeRNN(3)
    >>> layer(tf.ones((2, 5, 3)), mask=tf.constant([[True] * 5, [True] * 2 + [False] * 3])).shape
    TensorShape([2, 3])
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units, self.supports_masking = units, True
        self.compose = keras.layers.Dense(units, activation="tanh", kernel_initializer=_halves(units))

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Make the weights, of `(B, T, E)`."""
        self.compose.build((None, 2 * self.units))

    def join(self, left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
        """The vectors of phrases, `(B, …, E)`, from those of their halves, `(B, …, E)` each."""
        return self.compose(tf.concat([left, right], -1))

    def call(self, x: tf.Tensor, mask: tf.Tensor | None = None) -> tf.Tensor:
        """The root's vectors; see the class."""
        mask = tf.ones(tf.shape(x)[:2], bool) if mask is None else mask

        def one_level(x: tf.Tensor, mask: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            odd = tf.shape(x)[1] % 2
            x, mask = tf.pad(x, [[0, 0], [0, odd], [0, 0]]), tf.pad(mask, [[0, 0], [0, odd]])
            left, right, there = x[:, ::2], x[:, 1::2], mask[:, 1::2, None]
            return tf.where(there, self.join(left, right), left), mask[:, ::2]  # without a neighbour: up as it is

        root, _ = tf.while_loop(
            lambda x, mask: tf.shape(x)[1] > 1,
            one_level,
            (x, mask),
            shape_invariants=(tf.TensorShape((None, None, x.shape[-1])), tf.TensorShape((None, None))),
        )
        return root[:, 0]

    def compute_mask(self, inputs: tf.Tensor, mask: tf.Tensor | None = None) -> None:
        """The root has no steps that could be masked."""

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, int]:
        """`(B, T, E)` -> `(B, E)`."""
        return input_shape[0], self.units

    def every_node(self, x: tf.Tensor, left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
        """The vectors of all words and phrases of a batch of trees of any shape, (B, L + M, E).

        Backpropagation through structure comes by itself: W stands at every phrase, so its gradient is the sum over them.

        Args:
            x: (B, L, E), the words' vectors. left, right: (B, M), see `TreeArrays`.
        """
        for m in range(left.shape[1]):
            halves = (tf.gather(x, place[:, m], axis=1, batch_dims=1) for place in (left, right))
            x = tf.concat([x, self.join(*halves)[:, None]], 1)
        return x

    def nodes(self, tree: Tree, vector_of: Callable[[str], tf.Tensor]) -> list[tuple[list[str], tf.Tensor]]:
        """The words and the vector of every node of a parse, its halves first and the root last.

        Args:
            tree: nested pairs of words, such as ``(("not", "good"), "at all")``, any binary tree.
            vector_of: a word's vector, `(1, E)`; those of the nodes are of the same shape.

        Raises:
            SeqlabError: the tree is something else.
        """
        found: list[tuple[list[str], tf.Tensor]] = []

        def walk(node: Tree) -> tuple[list[str], tf.Tensor]:
            if isinstance(node, str):
                words, x = [node], vector_of(node)
            elif isinstance(node, tuple) and len(node) == 2:
                (left, x_left), (right, x_right) = walk(node[0]), walk(node[1])
                words, x = left + right, self.join(x_left, x_right)
            else:
                raise SeqlabError("a tree is a word or a pair of trees", got=repr(node)[:60])
            found.append((words, x))
            return words, x

        walk(tree)
        return found

    def get_config(self) -> dict[str, Any]:
        """The arguments that make a layer like this one."""
        return {**super().get_config(), "units": self.units}


def _halves(E: int) -> Callable[..., tf.Tensor]:
    def initialise(shape: Sequence[int], dtype: str | tf.DType | None = None) -> tf.Tensor:
        mean = tf.concat([tf.eye(E), tf.eye(E)], 0) / tf.sqrt(2.0)
        return mean + tf.random.normal(shape, stddev=0.05, dtype=mean.dtype, seed=1)

    return initialise
