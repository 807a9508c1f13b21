"""The recursive layer: against its equation by hand, whatever the length of a row and the shape of a tree."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqlab.errors import SeqlabError
from seqlab.layers import TreeRNN, balanced

E = 3


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


@pytest.fixture
def layer():
    made = TreeRNN(E)
    made.build((None, None, E))
    made.set_weights([numbers(2 * E, E, seed=1), numbers(E, seed=2)])
    return made


def by_hand(layer, tree):
    """p = tanh([left; right] W + b), over nested pairs of vectors."""
    if not isinstance(tree, tuple):
        return tree
    W, b = layer.get_weights()
    return np.tanh(np.concatenate([by_hand(layer, half) for half in tree]) @ W + b)


@pytest.mark.parametrize("T", [1, 2, 3, 5, 8, 13])
def test_the_root_of_a_balanced_tree(layer, T):
    x = numbers(2, T, E)
    names = [str(t) for t in range(T)]

    def vectors(tree, row):
        return tuple(vectors(half, row) for half in tree) if isinstance(tree, tuple) else x[row, int(tree)]

    expected = [by_hand(layer, vectors(balanced(names), row)) for row in range(2)]
    np.testing.assert_allclose(layer(x), expected, atol=1e-5)
    np.testing.assert_allclose(tf.function(layer)(x), expected, atol=1e-5)
    root = layer.nodes(balanced(names), lambda name: tf.constant(x[:1, int(name)]))[-1]
    assert root[0] == names
    np.testing.assert_allclose(root[1], expected[:1], atol=1e-5)


@pytest.mark.parametrize("real", [1, 2, 3, 5, 6])
def test_padding_does_not_matter(layer, real):
    x = numbers(1, 7, E)
    mask = np.arange(7)[None] < real
    alone = layer(x[:, :real])
    for garbage in (0.0, 1e3):
        np.testing.assert_allclose(layer(np.where(mask[..., None], x, garbage), mask=mask), alone, atol=1e-6)


def test_an_unbalanced_tree(layer):
    x = dict(zip("abcd", numbers(4, E), strict=True))
    found = layer.nodes(((("a", "b"), "c"), "d"), lambda name: tf.constant(x[name][None]))
    assert ["".join(words) for words, _ in found] == ["a", "b", "ab", "c", "abc", "d", "abcd"]
    np.testing.assert_allclose(found[-1][1][0], by_hand(layer, (((x["a"], x["b"]), x["c"]), x["d"])), atol=1e-5)


@pytest.mark.parametrize("tree", [(), ("a",), ("a", "b", "c"), ["a", "b"], ("a", 1)])
def test_what_is_no_tree_is_said(layer, tree):
    with pytest.raises(SeqlabError, match="a tree is a word or a pair of trees"):
        layer.nodes(tree, lambda word: tf.zeros((1, E)))
    with pytest.raises(SeqlabError, match="one word or more"):
        balanced([])


def test_the_gradient_reaches_every_word_and_weight(layer):
    x = tf.constant(numbers(2, 6, E))
    mask = tf.constant(np.arange(6) < np.array([[6], [3]]))
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(layer(x, mask=mask) ** 2)
    dx, *dweights = tape.gradient(loss, [x, *layer.trainable_variables])
    np.testing.assert_array_equal(np.abs(dx).sum(-1) > 0, mask)
    assert all(float(tf.reduce_max(tf.abs(d))) > 0 for d in dweights)


def test_it_is_saved_and_loaded_in_a_model(tmp_path):
    inputs = keras.Input((None,), dtype="int32")
    embedded = keras.layers.Embedding(9, E, mask_zero=True)(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2)(TreeRNN(E)(embedded)))
    ids = np.array([[3, 4, 5, 0, 0], [1, 2, 3, 4, 5]])
    model.save(tmp_path / "tree.keras")
    loaded = keras.saving.load_model(tmp_path / "tree.keras")
    np.testing.assert_array_equal(loaded(ids), model(ids))
    np.testing.assert_allclose(model(ids)[:1], model(ids[:1, :3]), atol=1e-6)


def test_the_classifiers_names_of_before_still_lead_here():
    from seqlab.models import classify

    assert classify.balanced is balanced
    assert issubclass(classify.TreeNetwork, keras.Model)
