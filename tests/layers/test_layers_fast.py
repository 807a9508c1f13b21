"""The fast path against Keras: outputs, states and every gradient, whatever the arguments."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab import layers
from seqlab.errors import SeqlabError
from seqlab.layers import compiling, equations, scan

KINDS = {
    "SimpleRNN": {},
    "SimpleRNN relu": {"activation": "relu"},
    "LSTM": {},
    "GRU": {},
    "GRU reset before": {"reset_after": False},
}
TOLERANCE = {"float32": 1e-4, "float64": 1e-9}
sizes = st.integers(1, 5)
kinds = pytest.mark.parametrize("kind", KINDS)


def numbers(*shape, seed=0, dtype="float32"):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def twins(kind, units, D, **options):
    """A layer of this package and Keras's, with the same random weights, biases too."""
    name, options = kind.split()[0], KINDS[kind] | options
    ours, keras_s = getattr(layers, name)(units, **options), getattr(keras.layers, name)(units, **options)
    for layer in (keras_s, ours):
        layer.build((2, None, D))
    keras_s.set_weights([0.7 * numbers(*w.shape, seed=i) for i, w in enumerate(keras_s.get_weights())])
    ours.set_weights(keras_s.get_weights())
    return ours, keras_s


def outcome(layer, x, start=None, mask=None, training=False):
    """Outputs, states, and the gradients of a function of them: of x, of the first states, of the weights."""
    x = tf.convert_to_tensor(x)
    start = None if start is None else [tf.constant(s) for s in start]
    wrt = [x, *(start or []), *(w.value for w in layer.trainable_variables)]
    with tf.GradientTape() as tape:
        tape.watch(wrt)
        out = layer(x, initial_state=start, mask=mask, training=training)
        out = out if isinstance(out, (list, tuple)) else [out]
        loss = sum((i + 1) * tf.reduce_sum(o**2 + o) for i, o in enumerate(out))
    return [*out, *tape.gradient(loss, wrt, unconnected_gradients="zero")]


def same(actual, expected, atol=1e-4):
    assert len(actual) == len(expected)
    for a, b in zip(actual, expected, strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=atol, atol=atol)


def masks(kind, B, T, seed):
    """right and left padding with a row that is masked as a whole, or holes anywhere."""
    rng = np.random.default_rng(seed)
    if kind == "holes":
        return rng.random((B, T)) < 0.6
    right = np.arange(T) < rng.integers(0, T + 1, B)[:, None]
    return {"none": None, "right": right, "left": right[:, ::-1], "all": np.zeros((B, T), bool)}[kind]


@kinds
@settings(max_examples=15, deadline=None)
@given(B=sizes, T=sizes, D=sizes, U=sizes, seed=st.integers(0, 99), data=st.data())
def test_equals_keras(kind, B, T, D, U, seed, data):
    dtype = data.draw(st.sampled_from(["float32", "float64"]))
    options = {
        name: data.draw(st.booleans())
        for name in ("use_bias", "go_backwards", "return_sequences", "return_state", "zero_output_for_mask")
    }
    ours, keras_s = twins(kind, U, D, dtype=dtype, **options)
    assert ours.path().fast
    n_states = 2 if kind == "LSTM" else 1
    start = [numbers(B, U, seed=seed + i, dtype=dtype) for i in range(n_states)]
    given = {
        "x": numbers(B, T, D, seed=seed, dtype=dtype),
        "start": data.draw(st.sampled_from([None, start])),
        "mask": masks(data.draw(st.sampled_from(["none", "right", "left", "holes", "all"])), B, T, seed),
    }
    same(outcome(ours, **given), outcome(keras_s, **given), TOLERANCE[dtype])


@kinds
@pytest.mark.parametrize("mode", ["function", "any shape", "jit"])
def test_equals_keras_when_compiled(kind, mode):
    shape = (None, None, 3) if mode == "any shape" else (4, 6, 3)
    ours, keras_s = twins(kind, 5, 3, return_sequences=True, return_state=True)
    x = numbers(4, 6, 3)
    for mask in (None, masks("holes", 4, 6, 1)):
        run = tf.function(
            lambda x, mask=mask: outcome(ours, x, mask=mask),
            jit_compile=mode == "jit" or None,
            input_signature=[tf.TensorSpec(shape)],
        )
        same(run(x), outcome(keras_s, x, mask=mask))


@kinds
def test_gradients_are_the_numeric_ones(kind):
    layer, _ = twins(kind, 3, 2, dtype="float64", return_sequences=True)
    x, mask = numbers(2, 4, 2, dtype="float64"), masks("right", 2, 4, 3)
    _, dx, *dweights = outcome(layer, x, mask=mask)
    weights = layer.get_weights()

    def loss(*values):
        layer.set_weights(values[1:])
        y = layer(values[0], mask=mask)
        return float(tf.reduce_sum(y**2 + y))

    values = [x, *weights]
    for value, gradient in zip(values, [dx, *dweights], strict=True):
        for index in np.ndindex(value.shape):
            kept = value[index]
            value[index] = kept + 1e-5
            above = loss(*values)
            value[index] = kept - 1e-5
            below = loss(*values)
            value[index] = kept
            np.testing.assert_allclose(np.asarray(gradient)[index], (above - below) / 2e-5, atol=1e-8)


@kinds
def test_second_derivatives(kind):
    ours, keras_s = twins(kind, 3, 2, dtype="float64", return_sequences=True)
    x = tf.constant(numbers(2, 4, 2, dtype="float64"))

    def curvature(layer):
        weights = [w.value for w in layer.trainable_variables]
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                loss = tf.reduce_sum(layer(x) ** 3)
            gradients = inner.gradient(loss, [x, *weights])
            length = sum(tf.reduce_sum(g**2) for g in gradients)
        return outer.gradient(length, [x, *weights])

    expected = curvature(keras_s)
    same(curvature(ours), expected, 1e-9)
    if kind == "LSTM":
        same(tf.function(curvature)(ours), expected, 1e-9)


@kinds
def test_dropout_draws_keras_s_masks(kind):
    options = {"dropout": 0.4, "seed": 7, "return_sequences": True}
    ours, keras_s = twins(kind, 4, 3, **options)
    x = numbers(5, 6, 3)
    for _ in range(2):  # a new mask every call
        same(outcome(ours, x, training=True), outcome(keras_s, x, training=True))
    same(outcome(ours, x), outcome(keras_s, x))


@kinds
def test_stateful(kind):
    name, options = kind.split()[0], KINDS[kind]
    x = numbers(2, 6, 3)
    ours = getattr(layers, name)(4, stateful=True, **options)
    whole = getattr(keras.layers, name)(4, **options)
    whole(x)
    ours(x)
    ours.reset_state()
    ours.set_weights(whole.get_weights())
    ours(x[:, :2])
    same([ours(x[:, 2:])], [whole(x)])
    ours.reset_state()
    same([ours(x)], [whole(x)])


# of 20 the last batch is a smaller one, which is traced anew
@pytest.mark.parametrize(("cell", "jit", "n"), [("LSTM", False, 16), ("GRU", False, 20), ("SimpleRNN", True, 16)])
def test_fit_follows_keras(cell, jit, n):
    """Embedding with a mask, a stack, both directions, dropout: the losses of a few epochs are Keras's."""
    ids = np.random.default_rng(0).integers(1, 9, (n, 7)) * (np.arange(7) < np.arange(n)[:, None] % 7 + 1)
    target = (ids > 4).sum(axis=1)[:, None].astype("float32")

    def history(room):
        keras.utils.set_random_seed(3)
        layer = getattr(room, cell)
        model = keras.Sequential(
            [
                keras.layers.Embedding(9, 4, mask_zero=True),
                keras.layers.Bidirectional(layer(5, return_sequences=True, dropout=0.1, seed=1)),
                layer(4),
                keras.layers.Dense(1),
            ]
        )
        model.compile(keras.optimizers.Adam(0.02), "mse", jit_compile=jit)
        return model.fit(ids, target, epochs=3, batch_size=8, shuffle=False, verbose=0).history["loss"]

    expected = history(keras.layers)
    np.testing.assert_allclose(history(layers), expected, rtol=1e-4)
    assert expected[-1] < expected[0]


@pytest.mark.parametrize(
    ("kind", "options", "training", "said"),
    [
        ("LSTM", {"recurrent_dropout": 0.3, "seed": 1}, True, "recurrent_dropout"),
        ("GRU", {"unroll": True}, False, "unroll"),
        ("SimpleRNN", {"activation": "gelu"}, False, "activation='gelu'"),
        ("LSTM", {"recurrent_activation": "hard_sigmoid"}, False, "recurrent_activation='hard_sigmoid'"),
        ("GRU", {"activation": "relu"}, False, "activation='relu'"),
        ("LSTM", {"dtype": "mixed_bfloat16"}, False, "bfloat16"),
        ("LSTM", {"implementation": 1, "recurrent_dropout": 0.3, "seed": 1}, True, "recurrent_dropout"),
    ],
)
def test_what_is_not_fast_is_keras_s(kind, options, training, said):
    ours, keras_s = twins(kind, 4, 3, **options)
    path = ours.path(training)
    assert not path.fast
    assert said in path.reason
    x = numbers(5, 6, 3)
    for a, b in zip(outcome(ours, x, training=training), outcome(keras_s, x, training=training), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_path_can_be_asked_and_chosen(monkeypatch):
    layer = layers.LSTM(3, recurrent_dropout=0.2)
    assert layer.path().fast
    assert "by hand" in layer.path().reason
    assert not layer.path(training=True).fast
    assert "implementation=1" in layers.GRU(3, implementation=1, dropout=0.2).path(training=True).reason
    layer.fast = False
    assert layer.path() == (False, "Keras's loop: layer.fast is off")
    other = layers.GRU(3)
    assert other.path().fast
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: ["a GPU"])
    assert "cuDNN" in other.path().reason
    monkeypatch.undo()
    with pytest.raises(ValueError, match="use_cudnn=True"):
        layers.GRU(3, use_cudnn=True)(numbers(2, 3, 2))


def test_a_function_named_tanh_is_not_keras_s_tanh():
    @keras.saving.register_keras_serializable(package="test")
    def tanh(x):
        return 0 * x

    layer = layers.SimpleRNN(3, activation=tanh)
    assert not layer.path().fast
    assert float(tf.reduce_sum(tf.abs(layer(numbers(2, 4, 3))))) == 0


def test_eager_calls_of_many_lengths_share_a_graph():
    layer = layers.LSTM(6)
    for B, T in ((1, 2), (2, 2), (2, 5)):
        layer(numbers(B, T, 2))
    graph = compiling.as_graph(scan.forward, equations.LSTM(6))
    traces = graph.experimental_get_tracing_count()
    for T in range(6, 20):
        layer(numbers(T, T, 2))
    assert traces >= 2
    assert graph.experimental_get_tracing_count() == traces


def test_a_long_sequence_of_several_layers_of_other_sizes():
    x = numbers(2, 300, 3)
    for units in (4, 7):
        ours, keras_s = twins("LSTM", units, 3)
        same([ours(x)], [keras_s(x)])


def test_squash_is_sigmoid_or_tanh():
    z = tf.constant(np.linspace(-9, 9, 50))
    for k, function in ((0.5, tf.sigmoid), (1.0, tf.tanh)):
        with tf.GradientTape() as tape:
            tape.watch(z)
            y = function(z)
        np.testing.assert_allclose(equations.squash(z, k), y, atol=1e-15)
        np.testing.assert_allclose(equations.slope(y, k), tape.gradient(y, z), atol=1e-15)


@settings(max_examples=10, deadline=None)
@given(B=sizes, T=sizes, D=sizes, U=sizes)
def test_my_rnn_unrolled_is_the_loop(B, T, D, U):
    cell, xs, h0 = layers.MyRNNCell(U, D, 2), tf.constant(numbers(B, T, D)), tf.constant(numbers(B, U))

    def by_hand(xs, h):
        ys = []
        for t in range(T):
            y, h = cell(xs[:, t], h)
            ys.append(y)
        return tf.stack(ys, axis=1), h

    def all_of(run):
        wrt = [xs, h0, *(w.value for w in cell.trainable_variables)]
        with tf.GradientTape() as tape:
            tape.watch(wrt)
            ys, h = run(xs, h0)
            loss = tf.reduce_sum(ys * numbers(B, T, 2)) + tf.reduce_sum(h**2)
        return [ys, h, *tape.gradient(loss, wrt)]

    same(all_of(cell.unroll), all_of(by_hand))


def test_my_rnn_unrolled_from_zeros_or_a_list():
    cell, xs = layers.MyRNNCell(3, 2, 4), numbers(5, 6, 2)
    same(cell.unroll(xs), cell.unroll(xs, [0, 0, 0]))
    same(tf.function(cell.unroll)(xs), cell.unroll(xs))
    with pytest.raises(SeqlabError, match=r"are \(B, T, 2\); got the shape \(5, 2\)"):
        cell.unroll(xs[:, 0])


def test_second_derivatives_within_xla():
    layer, keras_s = twins("GRU", 3, 2, dtype="float64")
    x = tf.constant(numbers(2, 4, 2, dtype="float64"))

    def curvature(layer):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                loss = tf.reduce_sum(layer(x) ** 3)
            length = tf.reduce_sum(inner.gradient(loss, x) ** 2)
        return outer.gradient(length, x)

    same([tf.function(curvature, jit_compile=True)(layer)], [curvature(keras_s)], 1e-9)


def test_jacobians_and_forward_mode():
    layer, keras_s = twins("LSTM", 3, 2)
    x = tf.constant(numbers(2, 4, 2))

    def jacobian(layer):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
        return tape.batch_jacobian(y, x)

    same([jacobian(layer)], [jacobian(keras_s)])
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)), pytest.raises(SeqlabError, match=r"layer\.fast = False"):
        layer(x)


def test_exported_and_cloned(tmp_path):
    for T in (None, 4):
        model = keras.Sequential([keras.Input((T, 2)), layers.GRU(3), keras.layers.Dense(1)])
        x = numbers(5, 4, 2)
        model.export(tmp_path / str(T), verbose=False)
        loaded = tf.saved_model.load(str(tmp_path / str(T)))
        same([loaded.serve(x)], [model(x)])
        assert type(keras.models.clone_model(model).layers[0]) is layers.GRU


@kinds
@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "bool", "float16", "float64"])
def test_numbers_of_other_kinds_are_cast_as_keras_casts_them(kind, dtype):
    x = (np.arange(24).reshape(2, 4, 3) % 3).astype(dtype)
    found = []
    for layer in twins(kind, 3, 3, return_sequences=True):
        whole = keras.Sequential([keras.Input((4, 3), dtype=dtype), layer])
        traced = tf.function(lambda x, layer=layer: layer(x))
        found.append([layer(x), whole(x), traced(tf.constant(x)), layer(x, initial_state=[x[:, 0]] * _states(layer))])
    same(found[0], found[1])


def _states(layer):
    return 2 if isinstance(layer, keras.layers.LSTM) else 1


@kinds
def test_a_mask_of_one_row_stands_for_all(kind):
    x, mask = numbers(4, 6, 3), np.array([[True] * 4 + [False] * 2])
    ours, keras_s = twins(kind, 3, 3)
    same([ours(x, mask=mask)], [keras_s(x, mask=mask)])
    same([ours(x, mask=mask)], [ours(x, mask=np.repeat(mask, 4, axis=0))])
