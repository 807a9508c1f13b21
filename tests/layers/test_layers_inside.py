"""SimpleRNN, LSTM and GRU stand in for Keras's, and what they show inside is what Keras computes."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab import layers
from seqlab.errors import SeqlabError

NAMES = ["SimpleRNN", "LSTM", "GRU"]
sizes = st.integers(1, 5)


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def same(actual, expected, atol=1e-5):
    np.testing.assert_allclose(np.asarray(actual), np.asarray(expected), rtol=1e-5, atol=atol)


def twins(kind, units, shape, **options):
    """A layer of this package and Keras's, with the same random weights, biases too."""
    ours, keras_s = getattr(layers, kind)(units, **options), getattr(keras.layers, kind)(units, **options)
    keras_s.build(shape)
    keras_s.set_weights([numbers(*w.shape, seed=i) for i, w in enumerate(keras_s.get_weights())])
    ours.build(shape)
    ours.set_weights(keras_s.get_weights())
    return ours, keras_s


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=12, deadline=None)
@given(B=sizes, T=sizes, D=sizes, U=sizes, backwards=st.booleans(), bias=st.booleans(), data=st.data())
def test_states_are_keras_s(name, B, T, D, U, backwards, bias, data):
    options = {"use_bias": bias, "go_backwards": backwards, "return_sequences": True, "return_state": True}
    if name == "GRU":
        options["reset_after"] = data.draw(st.booleans())
    ours, keras_s = twins(name, U, (B, T, D), **options)
    x = numbers(B, T, D)
    start = [numbers(B, U, seed=i) for i in range(2 if name == "LSTM" else 1)]
    ys, *states = keras_s(x, initial_state=start)
    steps = ours.inside(x, initial_state=start if name == "LSTM" else start[0])
    assert all(field.shape == (B, T, U) for field in steps)
    same(steps.h, ys)
    for field, last in zip(("h", "c"), states, strict=False):
        same(getattr(steps, field)[:, -1], last)


def test_lstm_gates_follow_the_equations():
    ours, _ = twins("LSTM", 3, (2, 6, 4))
    x = numbers(2, 6, 4)
    s = ours.inside(x)
    W, U, b = (w.astype("float64") for w in ours.get_weights())
    h = np.concatenate([np.zeros((2, 1, 3)), s.h[:, :-1]], axis=1)  # h_{t-1}
    c = np.concatenate([np.zeros((2, 1, 3)), s.c[:, :-1]], axis=1)
    z_i, z_f, z_c, z_o = np.split(x @ W + h @ U + b, 4, axis=-1)
    for gate, z in ((s.i, z_i), (s.f, z_f), (s.o, z_o)):
        same(gate, 1 / (1 + np.exp(-z)))
    same(s.candidate, np.tanh(z_c))
    same(s.c, s.f * c + s.i * s.candidate)
    same(s.h, s.o * np.tanh(s.c))


@pytest.mark.parametrize("reset_after", [True, False])
def test_gru_gates_follow_the_equations(reset_after):
    ours, _ = twins("GRU", 3, (2, 6, 4), reset_after=reset_after)
    x = numbers(2, 6, 4)
    s = ours.inside(x)
    W, U, b = (w.astype("float64") for w in ours.get_weights())
    b_x, b_h = b if reset_after else (b, 0 * b)
    h = np.concatenate([np.zeros((2, 1, 3)), s.h[:, :-1]], axis=1)  # h_{t-1}
    x_z, x_r, x_c = np.split(x @ W + b_x, 3, axis=-1)
    h_z, h_r, h_c = np.split(h @ U + b_h, 3, axis=-1)
    same(s.z, 1 / (1 + np.exp(-x_z - h_z)))
    same(s.r, 1 / (1 + np.exp(-x_r - h_r)))
    same(s.candidate, np.tanh(x_c + (s.r * h_c if reset_after else (s.r * h) @ U[:, 6:])))
    same(s.h, s.z * h + (1 - s.z) * s.candidate)


@pytest.mark.parametrize("name", NAMES)
def test_masked_steps_keep_the_state_and_have_no_gates(name):
    ours, keras_s = twins(name, 3, (4, 5, 2), return_state=True)
    x = numbers(4, 5, 2)
    mask = np.array([[1, 1, 1, 0, 0], [0, 0, 1, 1, 1], [1, 0, 1, 0, 1], [0, 0, 0, 0, 0]], bool)
    _, *states = keras_s(x, mask=mask)
    s = ours.inside(x, mask=mask)
    for field, last in zip(("h", "c"), states, strict=False):
        same(getattr(s, field)[:, -1], last)
        same(getattr(s, field)[0, 3:], np.stack([getattr(s, field)[0, 2]] * 2))
    for field in set(s._fields) - {"h", "c"}:
        np.testing.assert_array_equal(np.isnan(getattr(s, field)), np.repeat(~mask[:, :, None], 3, axis=2))


def test_stateful_layer_starts_where_it_stopped():
    ours, _ = twins("LSTM", 3, (2, 4, 2), stateful=True)
    x = numbers(2, 4, 2)
    ours(x[:, :2])
    before = [s.numpy().copy() for s in ours.states]
    same(ours.inside(x[:, 2:]).h[:, -1], ours.inside(x, initial_state=[np.zeros((2, 3))] * 2).h[:, -1])
    for now, then in zip(ours.states, before, strict=True):
        same(now, then, 0)


def test_other_activations_frozen_and_mixed_precision():
    ours, keras_s = twins("LSTM", 3, (2, 4, 2), activation="relu", recurrent_activation="hard_sigmoid", trainable=False)
    x = numbers(2, 4, 2)
    same(ours.inside(x).h[:, -1], keras_s(x))
    ours, keras_s = twins("GRU", 3, (2, 4, 2), dtype="mixed_bfloat16")
    np.testing.assert_allclose(ours.inside(x).h[:, -1].astype("float32"), tf.cast(keras_s(x), "float32"), atol=0.03)


def test_looking_inside_needs_sequences():
    with pytest.raises(SeqlabError, match=r"\(B, T, D\).*the shape \(5, 2\)"):
        layers.LSTM(3).inside(np.zeros((5, 2)))


@pytest.mark.parametrize("name", NAMES)
def test_drop_in(name, tmp_path):
    ours, keras_s = twins(name, 3, (2, 4, 2), dropout=0.2, return_sequences=True, name="same")
    assert ours.get_config() == keras_s.get_config()
    assert [w.path for w in ours.weights] == [w.path for w in keras_s.weights]
    assert [w.trainable for w in ours.weights] == [w.trainable for w in keras_s.weights]
    x = numbers(2, 4, 2)
    same(ours(x), keras_s(x))

    def model(layer):
        return keras.Sequential([keras.Input((None, 2)), keras.layers.Bidirectional(layer), keras.layers.Dense(1)])

    ours, keras_s = model(ours), model(keras_s)
    keras_s.save_weights(tmp_path / "keras.weights.h5")
    ours.load_weights(tmp_path / "keras.weights.h5")  # a weights file of Keras's layers fits
    same(ours(x), keras_s(x))
    ours.save(tmp_path / "ours.keras")
    loaded = keras.saving.load_model(tmp_path / "ours.keras")
    assert type(loaded.layers[0].forward_layer) is getattr(layers, name)
    same(loaded(x), ours(x), 0)
