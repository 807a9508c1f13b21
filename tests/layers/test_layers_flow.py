"""How far gradients reach: against the formula of lab 3, against automatic differentiation, and in trained layers."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqlab import layers
from seqlab.errors import SeqlabError

KINDS = {"SimpleRNN": {}, "LSTM": {}, "GRU": {}, "GRU reset before": {"reset_after": False}}
kinds = pytest.mark.parametrize("kind", KINDS)


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def built(kind, units, D, **options):
    layer = getattr(layers, kind.split()[0])(units, dtype="float64", **KINDS[kind] | options)
    layer.build((None, None, D))
    layer.set_weights([0.7 * numbers(*w.shape, seed=i) for i, w in enumerate(layer.get_weights())])
    return layer


def test_simple_rnn_is_the_product_of_lab_3():
    layer, x = built("SimpleRNN", 3, 2), numbers(2, 5, 2)
    U, h = layer.get_weights()[1], layer.inside(x).h
    norms = layer.state_jacobian_norms(x)
    assert norms.shape == (2, 6)
    for b in range(2):
        product = np.eye(3)  # ∂h_T/∂h_t, as columns of changes
        assert norms[b, 5] == 1
        for t in range(4, -1, -1):
            product = product @ (np.diag(1 - h[b, t] ** 2) @ U.T)
            np.testing.assert_allclose(norms[b, t], np.linalg.norm(product, 2))


@kinds
@pytest.mark.parametrize("options", [{}, {"go_backwards": True}])
def test_the_first_entry_is_the_derivative_by_the_initial_state(kind, options):
    """∂h_T/∂h_0 and ∂L/∂h_0 once more, through the layer itself."""
    layer = built(kind, 3, 2, return_sequences=True, return_state=True, **options)
    x, mask = numbers(2, 6, 2), np.array([[1, 1, 0, 1, 0, 1], [0, 1, 1, 1, 0, 0]], bool)
    start = [tf.constant(numbers(2, 3, seed=5 + i)) for i in range(2 if kind == "LSTM" else 1)]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(start)
        hs, *last = layer(x, initial_state=start, mask=mask)
        loss = tf.reduce_sum(hs[:, -1] ** 2)
    for i, state in enumerate("hc"[: len(start)]):
        jacobian = tape.batch_jacobian(last[i], start[i], experimental_use_pfor=False)
        norms = layer.state_jacobian_norms(x, initial_state=start, mask=mask, of=state)
        np.testing.assert_allclose(norms[:, 0], np.linalg.norm(jacobian, 2, axis=(1, 2)))
        of_loss = layer.gradient_norms(x, lambda h: tf.reduce_sum(h[:, -1] ** 2), start, mask, of=state)
        np.testing.assert_allclose(of_loss[:, 0], np.linalg.norm(tape.gradient(loss, start[i]), axis=-1))


@kinds
def test_the_gradient_at_a_step_is_that_of_the_rest_of_the_sequence(kind):
    """∂L/∂h_t by running the layer on x_{t+1} … x_T from h_t."""
    layer = built(kind, 3, 2, return_sequences=True)
    x, weight = numbers(2, 5, 2), numbers(2, 5, 3, seed=3)
    norms = layer.gradient_norms(x, lambda h: tf.reduce_sum(h * weight))
    steps = layer.inside(x)
    for t in (1, 3):
        states = [tf.constant(getattr(steps, s)[:, t - 1]) for s in ("h", "c") if hasattr(steps, s)]
        with tf.GradientTape() as tape:
            tape.watch(states)
            rest = layer(x[:, t:], initial_state=states)
            loss = tf.reduce_sum(states[0] * weight[:, t - 1]) + tf.reduce_sum(rest * weight[:, t:])
        np.testing.assert_allclose(norms[:, t], np.linalg.norm(tape.gradient(loss, states[0]), axis=-1))
    np.testing.assert_allclose(norms[:, 5], np.linalg.norm(weight[:, 4], axis=-1))


def test_an_open_forget_gate_keeps_the_gradient_that_a_simple_rnn_loses():
    x = numbers(1, 40, 2)
    rnn = layers.SimpleRNN(8, recurrent_initializer=keras.initializers.Orthogonal(0.5))
    lstm = layers.LSTM(8, bias_initializer="zeros")
    lstm.build(x.shape)
    W, U, b = lstm.get_weights()
    b[8:16] = 6.0  # f ≈ 1
    lstm.set_weights([0.1 * W, 0.1 * U, b])
    assert rnn.state_jacobian_norms(x)[0, 0] < 1e-6
    assert lstm.state_jacobian_norms(x, of="c")[0, 0] > 0.5


def test_wrong_questions_are_named():
    layer = layers.GRU(3)
    with pytest.raises(SeqlabError, match="states of this layer are h; got 'c'"):
        layer.state_jacobian_norms(numbers(1, 3, 2), of="c")
    with pytest.raises(SeqlabError, match="to a scalar"):
        layer.gradient_norms(numbers(1, 3, 2), lambda h: h)
    with pytest.raises(SeqlabError, match=r"is \(B, T, D\)"):
        layer.state_jacobian_norms(numbers(3, 2))


@kinds
def test_the_bound_is_the_product_of_the_norms_of_single_steps(kind):
    layer, x = built(kind, 3, 2, return_state=True), numbers(2, 5, 2)
    mask = np.array([[1, 1, 0, 1, 1], [1, 1, 1, 1, 1]], bool)
    bounds = layer.state_jacobian_bounds(x, mask=mask)
    assert bounds.shape == (2, 6)
    assert (bounds[:, 5] == 1).all()
    assert bounds[0, 2] == bounds[0, 3]  # a masked step hands on what it gets
    for of in ("h", "c") if kind == "LSTM" else ("h",):
        assert (layer.state_jacobian_norms(x, mask=mask, of=of) <= bounds * (1 + 1e-9)).all()
    states = [tf.constant(numbers(1, 3, seed=7 + i)) for i in range(2 if kind == "LSTM" else 1)]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(states)
        _, *after = layer(x[:1, :1], initial_state=states)
    rows = [[tape.batch_jacobian(a, s, experimental_use_pfor=False)[0] for s in states] for a in after]
    one = layer.state_jacobian_bounds(x[:1, :1], initial_state=states)
    np.testing.assert_allclose(one[0, 0], np.linalg.norm(np.block(rows), 2))
