"""Networks of sentences from a student's parts."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqlab.layers import GRU
from seqlab.models import SentenceModel, lengths, positive, train_on_texts, trainable

IDS = np.array([[2, 3, 0], [3, 0, 0], [2, 2, 3], [3, 3, 3]])
LABELS = np.array([1, 0, 1, 0])  # whether there is a 2


def summed(x, mask):
    return tf.reduce_sum(x * mask[:, :, None], axis=1)


def last(hs, mask):
    return tf.gather(hs, lengths(mask) - 1, axis=1, batch_dims=1)


def loss(y, logits):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))


def test_a_sum_without_a_layer_above_is_a_linear_layer_on_counts():
    model = SentenceModel(4, summed, E=None)
    counts = np.array([[0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 2, 1], [0, 0, 0, 3]])
    logits = model(IDS)
    np.testing.assert_allclose(logits, counts @ np.asarray(model.embedding.embeddings), atol=1e-6)


@pytest.mark.parametrize("settings", [{"summary": summed}, {"summary": last, "reader": GRU(5, return_sequences=True)}])
def test_it_learns_and_padding_does_not_matter(settings):
    keras.utils.set_random_seed(1)
    model = SentenceModel(4, E=8, **settings)
    history = train_on_texts(model, loss, IDS, LABELS, steps=60, rate=0.03, progress=False)
    assert history.loss[-1] < 0.5 * history.loss[0]
    found = positive(model, IDS)
    assert ((found > 0.5) == LABELS).all()
    np.testing.assert_allclose(positive(model, np.pad(IDS, [(0, 0), (0, 4)])), found, atol=1e-5)


def test_dropout_is_on_in_training_and_off_in_a_prediction():
    model = SentenceModel(4, summed, dropout=0.5)
    np.testing.assert_array_equal(model(IDS), model(IDS))
    assert np.abs(model(IDS, training=True) - model(IDS)).max() > 0


def with_numpy(x, mask):
    return np.sum(x * np.asarray(mask)[:, :, None], axis=1)


def with_a_fault(x, mask):
    return summed(x, mask) + "?"


@pytest.mark.parametrize(("answer", "kept"), [(summed, True), (with_numpy, False), (with_a_fault, False)])
def test_an_answer_that_cannot_be_trained_through_is_replaced_and_that_is_said(answer, kept, capsys):
    example = np.ones((1, 2, 3), "float32"), np.ones((1, 2), "float32")
    assert trainable(answer, last, *example) is (answer if kept else last)
    assert (answer.__name__ in capsys.readouterr().out) is not kept


def test_the_gradient_is_that_of_the_first_float():
    example = np.array([1, 0]), np.ones((2, 3), "float32")
    assert trainable(loss, last, *example) is loss
