"""The step of a recurrence, which is written once: against Keras's cells, and taken by all that need it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqlab import layers
from seqlab.layers import arithmetic, equations
from seqlab.models.chain import Chain

B, D, H = 3, 4, 5
OTHER = {"activation": "softsign", "recurrent_activation": "hard_sigmoid"}
VARIANTS = {
    "SimpleRNN": ("SimpleRNN", {}, True),
    "SimpleRNN relu": ("SimpleRNN", {"activation": "relu"}, True),
    "SimpleRNN sigmoid": ("SimpleRNN", {"activation": "sigmoid"}, True),
    "SimpleRNN linear": ("SimpleRNN", {"activation": None}, True),
    "SimpleRNN gelu": ("SimpleRNN", {"activation": "gelu"}, False),
    "LSTM": ("LSTM", {}, True),
    "LSTM other": ("LSTM", OTHER, False),
    "LSTM other gates": ("LSTM", {"recurrent_activation": "hard_sigmoid"}, False),
    "GRU": ("GRU", {}, True),
    "GRU other": ("GRU", OTHER, False),
    "GRU reset before": ("GRU", {"reset_after": False}, True),
    "GRU reset before other": ("GRU", {"reset_after": False, **OTHER}, False),
}


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def given(name, room, bias):
    """A layer with lively weights, an input, and the states before."""
    kind, options, _ = VARIANTS[name]
    layer = getattr(room, kind)(H, dtype="float64", use_bias=bias, **options)
    layer.build((B, None, D))
    layer.set_weights([numbers(*w.shape, seed=i) for i, w in enumerate(layer.get_weights())])
    states = [tf.constant(numbers(B, H, seed=7 + i)) for i in range(2 if kind == "LSTM" else 1)]
    return layer, tf.constant(numbers(B, D, seed=9)), states


def with_gradients(function, watched):
    """What it returns, and the gradients of a sum over that."""
    with tf.GradientTape() as tape:
        tape.watch(watched)
        out = function()
        loss = sum((i + 1) * tf.reduce_sum(o**2 + o) for i, o in enumerate(out))
    return [*out, *tape.gradient(loss, watched, unconnected_gradients="zero")]


def one_step(layer, x, states):
    cell, W, U = equations.of(layer), layer.cell.kernel.value, layer.cell.recurrent_kernel.value
    b_x, b_h = cell.biases(layer.cell.bias.value if layer.use_bias else None)
    kept, new = cell.step(U, b_h, arithmetic.add(x @ W, b_x), *states)
    assert kept is None or kept.shape == (B, cell.kept)
    assert len(new) == cell.states
    return new


@pytest.mark.parametrize("room", [layers, keras.layers], ids=["seqlab", "keras"])
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
@pytest.mark.parametrize("name", VARIANTS)
def test_a_step_is_keras_s_step(name, bias, room):
    layer, x, states = given(name, room, bias)
    watched = [x, *states, *(w.value for w in layer.trainable_variables)]
    ours = with_gradients(lambda: one_step(layer, x, states), watched)
    theirs = with_gradients(lambda: layer.cell(x, states)[1], watched)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_cell_knows_whether_its_way_back_is_derived(name):
    layer, _, _ = given(name, layers, True)
    assert equations.of(layer).by_hand == VARIANTS[name][2] == layer.path().fast


@pytest.mark.parametrize("name", [name for name, (_, _, by_hand) in VARIANTS.items() if by_hand])
def test_one_step_back_is_its_derivative(name):
    """factors, back and weights of one step, against TensorFlow through `step`."""
    layer, x, states = given(name, layers, True)
    cell, W, U = equations.of(layer), layer.cell.kernel.value, layer.cell.recurrent_kernel.value
    b = layer.cell.bias.value
    reached = tuple(tf.constant(numbers(B, H, seed=20 + i)) for i, _ in enumerate(states))
    with tf.GradientTape() as tape:
        tape.watch([x, W, U, b, *states])
        b_x, b_h = cell.biases(b)
        kept, new = cell.step(U, b_h, arithmetic.add(x @ W, b_x), *states)
    dx, dW, dU, db, *dstates = tape.gradient(new, [x, W, U, b, *states], reached)

    every = None if kept is None else kept[None]
    before, after = tuple(s[None] for s in states), tuple(s[None] for s in new)
    factors = cell.factors(every, before, after)
    d, back = cell.back(tf.transpose(U), tuple(f[0] for f in factors), *reached)
    assert d.shape == (B, cell.d)
    dz_x, dU_ours, db_ours = cell.weights(every, before, d[None])
    ours = [dz_x[0] @ tf.transpose(W), tf.transpose(x) @ dz_x[0], dU_ours, db_ours, *back]
    for a, b in zip(ours, [dx, dW, dU, db, *dstates], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)


def test_a_matrix_on_its_side_is_the_same_matrix():
    h, U = tf.constant(numbers(1, H)), tf.constant(numbers(H, 8))
    np.testing.assert_allclose(arithmetic.product(h, arithmetic.Sideways(tf.transpose(U))), h @ U)


def test_an_activation_that_cannot_be_hashed_is_taken_as_it_is():
    class Halved:
        __hash__ = None

        def __call__(self, z):
            return z / 2

    half = Halved()
    cell = equations.of(keras.layers.SimpleRNN(H, activation=half))
    assert not cell.by_hand
    _, (h,) = cell.step(tf.eye(H), None, tf.ones((B, H)), tf.ones((B, H)))
    np.testing.assert_array_equal(h, np.ones((B, H)))


@pytest.mark.parametrize("kind", ["SimpleRNN", "LSTM", "GRU", "GRUResetBefore"])
def test_all_that_run_a_layer_take_this_step(kind, monkeypatch):
    """The loop of a layer, its inside, its gradients' flow and the model that writes: none has equations of its own."""
    made = getattr(equations, kind)
    step, taken = made.step, []
    monkeypatch.setattr(made, "step", lambda self, *args: taken.append(self.H) or step(self, *args))
    options = {"reset_after": False} if kind == "GRUResetBefore" else {}
    units = 13  # of no other test: a graph that is kept would not take the step again
    layer = getattr(layers, kind.removesuffix("ResetBefore"))(units, return_sequences=True, **options)
    x = numbers(2, 3, 4).astype("float32")
    model = keras.Sequential([keras.layers.Embedding(6, 4), layer, keras.layers.Dense(6)])
    model(np.zeros((2, 3), int))
    runs = {
        "the layer": lambda: tf.function(lambda: layer(x))(),
        "inside": lambda: layer.inside(x),
        "flow": lambda: layer.state_jacobian_norms(x),
        "chain": lambda: Chain.of(model).step(
            Chain.of(model).weights(2), tf.constant([1, 2]), Chain.of(model).start(2)
        ),
    }
    for name, run in runs.items():
        taken.clear()
        run()
        assert set(taken) == {units}, name
