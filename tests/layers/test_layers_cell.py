"""MyRNNCell against a NumPy reference, against Keras's SimpleRNN, and in every way it can be called."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.errors import SeqlabError
from seqlab.layers import MyRNNCell

sizes = st.integers(1, 5)


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def reference(cell, x, h):
    """The lecture's equations for one example, column vectors and all."""
    W_xh, W_hh, W_hy = (np.asarray(w, "float64") for w in (cell.W_xh, cell.W_hh, cell.W_hy))
    h = np.stack([np.tanh(W_hh @ h_b + W_xh @ x_b) for x_b, h_b in zip(x, h, strict=True)])
    return np.stack([W_hy @ h_b for h_b in h]), h


def same(actual, expected, atol=1e-5):
    np.testing.assert_allclose(np.asarray(actual), np.asarray(expected), rtol=1e-5, atol=atol)


@settings(max_examples=25, deadline=None)
@given(B=sizes, D=sizes, U=sizes, n_out=sizes, seed=st.integers(0, 99))
def test_one_step_is_the_lecture_s(B, D, U, n_out, seed):
    cell = MyRNNCell(U, D, n_out)
    assert [tuple(w.shape) for w in cell.trainable_weights] == [(U, D), (U, U), (n_out, U)]
    x, h = numbers(B, D, seed=seed), numbers(B, U, seed=seed + 1)
    expected = reference(cell, x, h)
    for given_x, given_h in ((x, h), (tf.constant(x), tf.constant(h)), (x.tolist(), h.tolist())):
        for actual, wanted in zip(cell(given_x, given_h), expected, strict=True):
            same(actual, wanted)


def test_worked_by_hand():
    cell = MyRNNCell(2, 1, 1)
    cell.set_weights([np.array(w, "float32") for w in ([[1], [0]], [[0, 1], [0, 0]], [[1, 2]])])
    y, h = cell([[0.5]], [[0.1, 0.2]])
    same(y, [[0.604368]])
    same(h, [[0.604368, 0]])


def test_the_lecture_s_loop_runs_to_the_letter():
    words = dict(zip(["I", "love", "recurrent", "neural"], np.eye(4, dtype=int), strict=True))
    my_rnn = MyRNNCell(4, 4, 7)
    sentence = [words[w] for w in ["I", "love", "recurrent", "neural"]]

    hidden_state = [0, 0, 0, 0]
    for word in sentence:
        prediction, hidden_state = my_rnn(word, hidden_state)
    next_word_prediction = prediction

    h = np.zeros((1, 4))
    for word in sentence:
        y, h = reference(my_rnn, word[None], h)
    assert next_word_prediction.shape == (7,)
    same(next_word_prediction, y[0])
    same(hidden_state, h[0])


def test_batch_axes():
    cell = MyRNNCell(3, 2, 5)
    x, h = numbers(4, 2), numbers(4, 3, seed=1)
    y_shared, h_shared = cell(x, [0.1, 0.2, 0.3])
    y_rows, h_rows = cell(x, np.tile([0.1, 0.2, 0.3], (4, 1)))
    same(y_shared, y_rows)
    same(h_shared, h_rows)
    y, new = cell(x[0], h[0])
    assert (y.shape, new.shape) == ((5,), (3,))
    same(y, cell(x, h)[0][0])
    assert cell(x[0], h)[0].shape == (4, 5)
    assert cell(x[:1], h[0])[0].shape == (1, 5)
    assert MyRNNCell(1, 1, 1)([2], [0])[0].shape == (1,)


def test_passing_the_state_keeps_none():
    cell = MyRNNCell(3, 2, 2)
    x, h = numbers(4, 2), numbers(4, 3)
    x_before, h_before = x.copy(), h.copy()
    first, again = cell(x, h), cell(x, h)
    same(first[0], again[0], 0)
    np.testing.assert_array_equal(x, x_before)
    np.testing.assert_array_equal(h, h_before)
    same(cell.h, np.zeros((1, 3)), 0)
    assert len(cell.trainable_weights) == len(cell.weights) == 3


class TestOneArgument:
    def test_state_waits_between_calls_and_resets(self):
        cell, xs = MyRNNCell(3, 2, 2), numbers(4, 5, 2)
        h = np.zeros((4, 3))
        for t in range(5):
            expected, h = reference(cell, xs[:, t], h)
            y, h_slide = cell(xs[:, t])
            same(y, expected)
            same(h_slide, h)
            same(cell.h, h)
        cell.reset_state()
        y, h = cell(xs[0, 0])  # another batch size, and none at all
        assert (y.shape, h.shape, cell.h.numpy().shape) == ((2,), (3,), (1, 3))
        same(y, reference(cell, xs[:1, 0], np.zeros((1, 3)))[0][0])
        assert len(cell.trainable_weights) == len(cell.weights) == 3

    def test_no_tensor_leaks_out_of_a_graph(self):
        cell, x = MyRNNCell(3, 2, 2), numbers(4, 2)
        step = tf.function(cell)
        y1, h1 = step(x)
        y2, h2 = cell(x)  # eager, from the state that the graph left
        same(h2, reference(cell, x, np.asarray(h1))[1])
        same(step(x)[1], reference(cell, x, np.asarray(h2))[1])
        cell.reset_state()
        same(step(x)[0], y1)
        assert not np.allclose(y1, y2)

    def test_another_batch_size_without_reset_is_refused(self):
        cell = MyRNNCell(3, 2, 2)
        cell(numbers(4, 2))
        with pytest.raises(SeqlabError, match=r"same number of rows; got 4 and 6 rows.*reset_state"):
            cell(numbers(6, 2))
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"same number of rows|Incompatible shapes"):
            tf.function(cell)(numbers(6, 2))
        with pytest.raises(tf.errors.InvalidArgumentError, match="same number of rows"):
            tf.function(cell)(numbers(1, 2))  # would broadcast to 4 rows
        assert cell.h.numpy().shape == (4, 3)


@settings(max_examples=10, deadline=None)
@given(B=sizes, T=sizes, D=sizes, U=sizes)
def test_states_and_gradients_are_simple_rnn_s(B, T, D, U):
    cell = MyRNNCell(U, D, U)
    cell.W_hy.assign(np.eye(U))  # the prediction is the state, as SimpleRNN's output is
    keras_rnn = keras.layers.SimpleRNN(U, use_bias=False, return_sequences=True)
    keras_rnn.build((B, T, D))
    keras_rnn.set_weights([np.transpose(cell.W_xh), np.transpose(cell.W_hh)])
    xs, weight = tf.constant(numbers(B, T, D)), numbers(B, T, U, seed=1)
    through_keras = keras.layers.RNN(cell, return_sequences=True)

    def by_hand(xs):
        h, ys = tf.zeros((B, U)), []
        for t in range(T):
            y, h = cell(xs[:, t], h)
            ys.append(y)
        return tf.stack(ys, axis=1)

    def outcome(run, variables):
        with tf.GradientTape() as tape:
            tape.watch(xs)
            ys = run(xs)
            loss = tf.reduce_sum(ys * weight)
        return ys, tape.gradient(loss, [xs, *variables])

    ys, (dx, dW, dU) = outcome(keras_rnn, [w.value for w in keras_rnn.trainable_weights])
    for run in (by_hand, through_keras):
        actual, (dxs, dW_xh, dW_hh) = outcome(run, [cell.W_xh.value, cell.W_hh.value])
        same(actual, ys)
        for a, b in ((dxs, dx), (tf.transpose(dW_xh), dW), (tf.transpose(dW_hh), dU)):
            same(a, b, 1e-4)


def test_graph_equals_eager_and_every_weight_learns():
    cell, x, h = MyRNNCell(3, 2, 4), numbers(5, 2), numbers(5, 3)
    for actual, expected in zip(tf.function(cell)(x, h), cell(x, h), strict=True):
        same(actual, expected)
    with tf.GradientTape() as tape:
        _, h1 = cell(x, tf.zeros((5, 3)))
        y, _ = cell(x, h1)
        loss = tf.reduce_sum(y**2)
    assert all(np.abs(g).max() > 0 for g in tape.gradient(loss, [w.value for w in cell.trainable_weights]))


def test_training_as_a_keras_cell_reduces_the_loss():
    keras.utils.set_random_seed(1)
    x = numbers(32, 6, 2)
    y = np.cumsum(x, axis=1)[:, :, :1] * 0.3
    model = keras.Sequential([keras.layers.RNN(MyRNNCell(8, 2, 1), return_sequences=True)])
    model.compile(keras.optimizers.Adam(0.02), "mse")
    loss = model.fit(x, y, epochs=30, batch_size=32, verbose=0).history["loss"]
    assert loss[-1] < 0.2 * loss[0]


def test_as_a_keras_cell_with_state_mask_and_stack():
    cell, x = MyRNNCell(3, 2, 4), numbers(5, 6, 2)
    ys, h = keras.layers.RNN(cell, return_sequences=True, return_state=True)(x, initial_state=numbers(5, 3))
    assert (ys.shape, h.shape) == ((5, 6, 4), (5, 3))
    mask = np.arange(6) < 4
    _, h_masked = keras.layers.RNN(cell, return_state=True)(x, mask=np.tile(mask, (5, 1)))
    same(h_masked, keras.layers.RNN(cell, return_state=True)(x[:, :4])[1])
    stack = keras.layers.RNN([MyRNNCell(3, 2, 4), MyRNNCell(5, 4, 1)])
    assert stack(x).shape == (5, 1)
    assert keras.layers.RNN(MyRNNCell(3, 2, 4), unroll=True)(x).shape == (5, 4)


@pytest.mark.parametrize("suffix", [".keras", ".weights.h5"])
def test_saved_and_loaded(tmp_path, suffix):
    def model():
        inputs = keras.Input((None, 2))
        rnn = keras.layers.RNN(MyRNNCell(3, 2, 4, recurrent_initializer="identity", name="mine"))
        return keras.Model(inputs, rnn(inputs))

    x, original, path = numbers(5, 6, 2), model(), tmp_path / f"model{suffix}"
    if suffix == ".keras":
        original.save(path)
        loaded = keras.saving.load_model(path)
        assert loaded.layers[-1].cell.get_config() == original.layers[-1].cell.get_config()
    else:
        original.save_weights(path)
        loaded = model()
        loaded.load_weights(path)
    same(loaded(x), original(x), 0)


def test_functional_model_of_single_steps(tmp_path):
    x, h = keras.Input((2,)), keras.Input((3,))
    model = keras.Model([x, h], MyRNNCell(3, 2, 4)(x, h))
    given = [numbers(5, 2), numbers(5, 3)]
    model.save(tmp_path / "step.keras")
    for a, b in zip(keras.saving.load_model(tmp_path / "step.keras")(given), model(given), strict=True):
        same(a, b, 0)
    assert model(given)[0].shape == (5, 4)


def test_config_round_trip():
    cell = MyRNNCell(3, 2, 4, recurrent_initializer="identity", name="mine", dtype="float64")
    twin = MyRNNCell.from_config(cell.get_config())
    assert twin.get_config() == cell.get_config()
    same(twin.W_hh, np.eye(3), 0)
    assert twin(numbers(1, 2), numbers(1, 3))[0].dtype == tf.float64


def test_square_weights_differ_at_the_start():
    W_xh, _, W_hy = MyRNNCell(3, 3, 3).get_weights()
    assert not np.allclose(W_xh, W_hy)


def test_mixed_precision():
    cell = MyRNNCell(3, 2, 4, dtype="mixed_bfloat16")
    y, h = cell(numbers(5, 2), numbers(5, 3))
    assert (y.dtype, h.dtype, cell.W_xh.dtype) == (tf.bfloat16, tf.bfloat16, "float32")
    assert keras.layers.RNN(cell)(numbers(5, 6, 2)).shape == (5, 4)
    assert cell([1, 0])[1].dtype == tf.bfloat16


@pytest.mark.parametrize(
    ("x", "h", "said"),
    [
        ("I", [0, 0, 0], r"an input .* vector of 2 numbers.* got 'I'.*one-hot or embedded"),
        (["I", "love"], [0, 0, 0], r"one-hot or embedded"),
        ([1, 0], [0, 0, 0, 0], r"a hidden state .* vector of 3 numbers.* the shape \(4,\)"),
        ([1, 0, 0], [0, 0, 0], r"an input .* the shape \(3,\)"),
        (np.zeros((4, 5, 2)), np.zeros((4, 3)), r"the shape \(4, 5, 2\).*keras.layers.RNN"),
        (np.zeros((4, 2)), np.zeros((5, 3)), r"one row for each example; got 4 and 5 rows"),
        ([[1, 0], [1]], [0, 0, 0], r"vector of 2 numbers"),
        (3.0, [0, 0, 0], r"the shape \(\)"),
        (None, [0, 0, 0], r"got None"),
    ],
)
def test_wrong_arguments_are_named(x, h, said):
    with pytest.raises(SeqlabError, match=said):
        MyRNNCell(3, 2, 4)(x, h)


@pytest.mark.parametrize("sizes", [(0, 2, 3), (3, -1, 2), (3, 2, 1.5), ("3", 2, 1), (True, 2, 1)])
def test_wrong_sizes_are_named(sizes):
    with pytest.raises(SeqlabError, match="positive integer"):
        MyRNNCell(*sizes)
