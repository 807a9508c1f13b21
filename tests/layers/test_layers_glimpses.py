"""Glimpses of an image, and trees of any shape in one batch."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqlab.errors import SeqlabError
from seqlab.layers import Glimpses, TreeRNN, right_branching, tree_arrays


def test_squares_lie_in_reading_order_wherever_they_are_cut():
    images = np.random.default_rng(0).normal(size=(3, 12, 12)).astype("float32")
    for side in (1, 3, 4, 12):
        found = Glimpses(side)(images).numpy()
        k = 12 // side
        for n in range(k * k):
            r, c = divmod(n, k)
            part = images[:, r * side : (r + 1) * side, c * side : (c + 1) * side]
            np.testing.assert_array_equal(found[:, n], part.reshape(3, -1))


def test_an_order_and_places():
    images = np.random.default_rng(1).normal(size=(2, 6, 6)).astype("float32")
    plain, told = Glimpses(3)(images).numpy(), Glimpses(3, order=[3, 0, 3], where=True)
    found = told(images).numpy()
    np.testing.assert_array_equal(found[..., :9], plain[:, [3, 0, 3]])
    np.testing.assert_allclose(found[0, :, 9:], [[0.5, 0.5], [-0.5, -0.5], [0.5, 0.5]])
    again = Glimpses.from_config(told.get_config())
    np.testing.assert_array_equal(again(images), found)


@pytest.mark.parametrize(
    ("settings", "shape"), [({"side": 4}, (1, 6, 6)), ({"side": 3}, (1, 6, 9)), ({"side": 3, "order": [4]}, (1, 6, 6))]
)
def test_images_that_cannot_be_cut_so_are_refused(settings, shape):
    with pytest.raises(SeqlabError, match=r"divides H|numbers 0 to 3"):
        Glimpses(**settings)(tf.zeros(shape))


NUMBER = {word: i for i, word in enumerate("abcdefg")}
TREES = [(("a", "b"), ("c", ("d", "e"))), ("f", ("g", "a")), "b", (((("a", "a"), "b"), "c"), "d")]


def by_recursion(layer, E, tree):
    if isinstance(tree, str):
        return E[NUMBER[tree]][None]
    return layer.join(*(by_recursion(layer, E, half) for half in tree))


def test_a_batch_of_trees_is_each_of_them_and_so_are_the_gradients():
    keras.utils.set_random_seed(1)
    layer, E = TreeRNN(4), tf.random.normal((7, 4))
    layer(tf.zeros((1, 2, 4)))
    arrays = tree_arrays(TREES, NUMBER.get)
    W = layer.trainable_variables
    with tf.GradientTape(persistent=True) as tape:
        nodes = layer.every_node(tf.gather(E, arrays.words), arrays.left, arrays.right)
        together = tf.gather(nodes, arrays.root, axis=1, batch_dims=1)
        alone = tf.concat([by_recursion(layer, E, tree) for tree in TREES], 0)
        a, b = (tf.reduce_sum(v**2) for v in (together, alone))
    np.testing.assert_allclose(together, alone, atol=1e-6)
    for one, other in zip(tape.gradient(a, W), tape.gradient(b, W), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_chain_is_a_tree_too():
    assert right_branching(["a"]) == "a"
    assert right_branching(["a", "b", "c"]) == ("a", ("b", "c"))
    with pytest.raises(SeqlabError, match="one word or more"):
        right_branching([])
