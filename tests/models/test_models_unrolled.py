"""Training a cell that a student's own loop walks."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqlab.layers import MyRNNCell
from seqlab.models import gradient_passes, train_unrolled

XS, Y = tf.one_hot([[0, 1, 2, 2]], 4), np.array([[1, 2, 2, 3]])  # hell -> ello


def unroll(cell, xs, h0):
    ys, h = [], h0
    for t in range(xs.shape[1]):
        y, h = cell(xs[:, t], h)
        ys.append(y)
    return tf.stack(ys, axis=1), h


def loss(y, logits):
    return tf.reduce_sum(tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits), axis=0))


def run_eagerly_only(y, logits):
    return loss(y, logits) + 0 * float(tf.reduce_sum(logits))


@pytest.mark.parametrize("loss_fn", [loss, run_eagerly_only])
def test_the_loss_falls_as_in_a_loop_by_hand(loss_fn):
    def new():
        keras.utils.set_random_seed(1)
        return MyRNNCell(8, 4, 4)

    cell, by_hand = new(), new()
    history = train_unrolled(cell, unroll, loss_fn, XS, Y, units=8, steps=3, rate=0.05)
    optimizer, losses = keras.optimizers.Adam(0.05), []
    for _ in range(3):
        with tf.GradientTape() as tape:
            L = loss(Y, unroll(by_hand, XS, tf.zeros((1, 8)))[0])
        losses.append(float(L))
        weights = by_hand.trainable_weights
        optimizer.apply_gradients(zip(tape.gradient(L, weights), weights, strict=True))
    np.testing.assert_allclose(history, losses, rtol=1e-4)
    assert history[2] < history[0]
    for a, b in zip(cell.trainable_weights, by_hand.trainable_weights, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_a_gradient_that_does_not_pass():
    x = tf.ones((2, 3))
    assert gradient_passes(tf.tanh, x)
    assert not gradient_passes(lambda x: tf.constant(np.tanh(x.numpy())), x)
    assert not gradient_passes(lambda x: x @ x, x)  # raises
