"""The landscape that an answer is handed, and its twin: the same heights, and the slopes that the tape finds."""

import numpy as np
import pytest
import tensorflow as tf

from seqlab.autograder.child import workbench
from seqlab.autograder.judging.failed import Failed
from seqlab.autograder.judging.twins import TWINS
from seqlab.checks.networks import LayerCheck

RNG = np.random.default_rng(2)


@pytest.mark.parametrize("shape", [(4,), (2, 3), (2, 1, 3)])
@pytest.mark.parametrize("kind", ["bowl", "waves", "valley", "constant"])
def test_twin_and_landscape_agree_in_heights_and_slopes(kind, shape):
    settings = {"kind": kind, "a": RNG.uniform(0.5, 1, shape), "c": RNG.standard_normal(shape)}
    f, twin = workbench.landscape(**settings), TWINS["landscape"](**settings)
    x = RNG.standard_normal(shape).astype("float32")
    t = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = f(t)
    slope = tape.gradient(y, t)
    assert y.shape == ()
    np.testing.assert_allclose(y, twin(x), rtol=1e-4, atol=1e-5)
    assert (slope is None) == (kind == "constant")
    np.testing.assert_allclose(twin.slope(x), np.zeros(shape) if slope is None else slope, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(tf.function(f)(x), twin(x), rtol=1e-4, atol=1e-5)
    for wrong in (f, twin):
        with pytest.raises(ValueError, match="shape"):
            wrong(np.ravel(x)[None])


class _Layer:
    """Weights as a check asks for them, and an output that is right."""

    def __init__(self, **weights):
        self.held = weights

    def __call__(self, x):
        return None

    def get(self, name):
        return self.held.get(name, True)

    def weights(self, trainable_only=False):
        return list(self.held.items())


class _Trial:
    def require(self, condition, message, **_):
        if not condition:
            raise Failed(message)

    def matches(self, *_):
        return None


@pytest.mark.parametrize(
    ("W", "b", "told"), [(1, 0, ""), (0, 0, "W starts as all zeros"), (1, 1, "b does not start at zero")]
)
def test_a_bias_starts_at_zero_where_that_is_asked_and_a_matrix_never(W, b, told):
    trial = _Trial()
    trial.exercise = type("E", (), {"name": "OurDense"})
    check, layer = LayerCheck(trial, "layer"), _Layer(W=np.full((2, 1), W), b=np.full(1, b))
    shapes, x = {"W": (2, 1), "b": (1,)}, np.ones((1, 2), "f4")
    if told:
        with pytest.raises(Failed, match=told):
            check.as_made(layer, shapes, x, zeros=("b",))
    else:
        check.as_made(layer, shapes, x, zeros=("b",))
        with pytest.raises(Failed, match="b starts as all zeros"):
            check.as_made(layer, shapes, x)
