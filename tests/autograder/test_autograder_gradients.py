"""Gradients of any layer or model, as a check asks for them: against differences of the function itself."""

import numpy as np
import pytest

from seqlab.autograder.child.runtime import Runtime
from seqlab.autograder.wire.values import tensor


def sum_of_squares(results) -> float:
    results = results if isinstance(results, list | tuple) else [results]
    return sum(float(np.sum(np.asarray(r, "f8") ** 2)) for r in results)


def by_differences(layer, scalar) -> list[np.ndarray]:
    """The gradient of `scalar()` for each weight, from its values a little to the left and to the right."""
    found = []
    for weight in layer.trainable_weights:
        value, gradient = weight.numpy().copy(), np.zeros(weight.shape)
        for place in np.ndindex(*value.shape):
            sides = []
            for step in (1e-2, -1e-2):
                moved = value.copy()
                moved[place] += step
                weight.assign(moved)
                sides.append(scalar())
            gradient[place] = (sides[0] - sides[1]) / 2e-2
        weight.assign(value)
        found.append(gradient)
    return found


def check(layer, *inputs, loss=None, y=None):
    runtime = Runtime()
    ref, given = runtime.keep(layer), [tensor(x, x.dtype) for x in inputs]
    made = runtime.perform("make", "loss", {"name": loss}) if loss else None
    got = runtime.perform("gradients", ref, given, *((made, tensor(y, "int64")) if loss else ()))
    if loss:
        expect = by_differences(layer, lambda: float(runtime.objects[made.id](y, layer(*inputs))))
    else:
        expect = by_differences(layer, lambda: sum_of_squares(layer(*inputs)))
    assert len(got) == len(expect) > 0
    for g, e in zip(got, expect, strict=True):
        assert g.shape == e.shape
        np.testing.assert_allclose(g, e, rtol=2e-2, atol=2e-2)
    assert any(np.abs(g).max() > 0.1 for g in got)


@pytest.fixture
def x():
    return np.random.default_rng(4).normal(size=(3, 4, 2)).astype("float32")


def test_of_a_dense_layer(x):
    import keras

    check(keras.layers.Dense(3), x[:, 0])


def test_of_a_dense_layer_by_the_formula(x):
    import keras

    layer, x = keras.layers.Dense(3), x[:, 0]
    y = np.asarray(layer(x))
    runtime = Runtime()
    dW, db = runtime.perform("gradients", runtime.keep(layer), [tensor(x)])
    np.testing.assert_allclose(dW, 2 * x.T @ y, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(db, 2 * y.sum(0), rtol=1e-4, atol=1e-5)


def test_of_a_gru_that_returns_outputs_and_state(x):
    import keras

    check(keras.layers.GRU(2, return_sequences=True, return_state=True), x)


def test_of_a_layer_with_two_inputs_that_makes_its_weights_when_it_is_called(x):
    import keras

    class Mixed(keras.layers.Layer):
        def build(self, shape, *_):
            self.W = self.add_weight(shape=(shape[-1], 3))
            self.scale = self.add_weight(shape=(), initializer="ones", trainable=False)

        def call(self, x, h):
            return self.scale * (x @ self.W + h)

    check(Mixed(), x[:, 0], np.ones((3, 3), "float32"))


def test_a_weight_that_is_not_used_has_none(x):
    import keras

    class Half(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.used, self.idle = self.add_weight(shape=(2, 2)), self.add_weight(shape=(5,))

        def call(self, x):
            return x @ self.used

    runtime = Runtime()
    used, idle = runtime.perform("gradients", runtime.keep(Half()), [tensor(x[:, 0])])
    assert used.shape == (2, 2)
    assert idle is None


def test_of_a_model_with_a_loss():
    import keras

    ids, y = np.array([[1, 2, 0], [3, 3, 1]]), np.array([2, 0])
    model = keras.Sequential([keras.layers.Embedding(4, 3), keras.layers.LSTM(2), keras.layers.Dense(3)])
    check(model, ids, loss="cross_entropy", y=y)


def test_in_a_sandboxed_child_and_through_a_check(warm, x):
    """`Thing.gradients` of an answer that is far away; and what makes no gradient is an error in the student's words."""
    from seqlab.autograder.judging.grade import Answers
    from seqlab.checks import exercise

    seen = []

    @exercise(points=1, title="A layer", kind="class", takes="units")
    def Scaled(t):
        layer = t.construct(2)
        y = np.asarray(layer(tensor(x[:, 0])))
        (W,) = layer.gradients(tensor(x[:, 0]))
        (M,) = layer.gradients(tensor(x[:, 0]), loss=t.make("loss", name="mean_squared_error"), y=tensor(0 * y))
        seen.append((y, W, M))

    code = (
        "class Scaled(keras.layers.Layer):\n"
        "    def __init__(self, units):\n        super().__init__()\n        self.W = self.add_weight(shape=(2, units))\n"
        "    def call(self, x):\n        return x @ self.W\n"
    )
    [verdict] = Answers([code], {"Scaled": Scaled}, warm.spawn).judge_all(1)
    assert verdict.passed, verdict.sentence()
    [(y, W, M)] = seen
    np.testing.assert_allclose(W, 2 * x[:, 0].T @ y, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(M, W / y.size, rtol=1e-4, atol=1e-5)


def test_what_is_no_layer_is_said():
    from seqlab.autograder.wire.answer_error import AnswerError

    runtime = Runtime()
    with pytest.raises(AnswerError, match="trainable_weights"):
        runtime.perform("gradients", runtime.keep(lambda x: x), [tensor(np.ones((2, 2)))])
