"""What labs share to write checks with: references, tables of slips, tables to fill in, layers and models."""

import numpy as np
import pytest
from mutants import TwinRuntime, in_notebook

from seqlab.autograder.judging.failed import Failed
from seqlab.autograder.judging.judge import judge
from seqlab.checks import cross_entropy, exercise, log_softmax, sigmoid, softmax, tensor
from seqlab.checks.models import ModelCheck
from seqlab.checks.mutants import Weight
from seqlab.checks.networks import LayerCheck, numeric_gradients
from seqlab.checks.slips import also, changed, loss_slips, mask_slips, time_major
from seqlab.checks.steps import served_step
from seqlab.checks.tables import check_table

RNG = np.random.default_rng(5)


def test_references_are_safe_for_large_numbers():
    z = np.array([[1000.0, -1000.0, 999.0]])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert np.allclose(softmax(z), [[1 / (1 + np.exp(-1)), 0, 1 / (1 + np.exp(1))]], atol=1e-12)
        assert np.allclose(log_softmax(z)[0, 1], -2000 - np.log(1 + np.exp(-1)))
        assert np.allclose(cross_entropy(np.array([0]), z), np.log(1 + np.exp(-1)))
        assert np.allclose(sigmoid(np.array([-1000.0, 0.0, 1000.0])), [0, 0.5, 1])
    assert np.allclose(softmax(RNG.standard_normal((2, 3)), axis=0).sum(0), 1)


def test_a_table_of_slips_is_joined_and_changed():
    def run(x):
        return x + 1

    both = also({"one": run}, "it is time-major", time_major)
    assert list(both) == ["one. And it is time-major"]
    x = RNG.standard_normal((2, 3))
    assert np.array_equal(both["one. And it is time-major"](x), (x + 1).T)
    assert changed(lambda: (1, 2), lambda two: two[::-1])() == (2, 1)


def test_losses_and_masks_have_their_slips():
    y, logits = np.array([[0, 1]]), np.array([[[2.0, 1.0], [0.5, 3.0]]])
    right = cross_entropy(y, logits).mean()
    slips = loss_slips(np.mean)
    wrong = {words: f(y, logits) for words, f in slips.items() if callable(f)}
    assert wrong["these are bits: use the natural logarithm"] == pytest.approx(right / np.log(2))
    assert wrong["the sign is wrong: the loss is minus the log-probability"] == -right
    assert len({round(float(v), 6) for v in (right, *wrong.values())}) == len(wrong) + 1

    def masked_sum(x, mask):
        return (x * mask).sum(-1)

    x, mask = np.array([[1, 2, 4], [8, 16, 32]]), np.array([[1, 1, 0], [0, 0, 1]])
    came = [f(x, mask).tolist() for f in mask_slips(masked_sum, 1).values()]
    assert came == [[4, 24], [6, 8], [4, 24]]


@pytest.mark.parametrize(
    ("x", "h", "said"),
    [
        (np.ones(2), np.ones((1, 3)), "fwd(x, h) was called with x of shape (2,) instead of (b, D)"),
        (np.ones((1, 3)), np.ones((1, 2)), "fwd(x, h) was called with x of shape (1, 3) instead of (b, D)"),
        (np.ones((4, 2)), np.ones((4, 2)), "fwd(x, h) was called with h of shape (4, 2) instead of (b, H)"),
        (np.ones((4, 2)), np.ones((1, 3)), "fwd(x, h) was called with another number of rows of x than of h"),
    ],
)
def test_a_step_refuses_what_is_none(x, h, said):
    fwd = served_step("fwd", 2, 3, lambda x, h: h + x.sum(-1, keepdims=True))
    assert np.array_equal(fwd(np.ones((4, 2)), np.zeros((4, 3))), np.full((4, 3), 2.0))
    assert repr(fwd) == "fwd"
    with pytest.raises(Failed) as failed:
        fwd(x, h)
    assert failed.value.message == said


# -- tables ------------------------------------------------------------------------------------------------
@exercise(points=10, title="Colours", kind="dict")
def colours(t):
    right = {"sky": "blue", "grass": "green", "snow": "white"}
    check_table(t, right, things="things", words="the three colours", shown=["sky"], slip="look out of the window")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sky": "blue", "grass": "green", "snow": "white"}, ""),
        ({}, "colours is not written yet"),
        ({"sky": None, "grass": None, "snow": None}, "colours is not written yet"),
        ({"sky": "blue", "grass": "green", "sea": "blue"}, "missing: snow; unknown: sea"),
        ({"sky": "blue", "grass": "green", "snow": "red"}, "snow: the value is not one of the three colours"),
        ({"sky": "blue", "grass": "green", "snow": None}, "still open: snow"),
        ({"sky": "green", "grass": "green", "snow": "white"}, "sky is another colour"),
        ({"sky": "blue", "grass": "white", "snow": "green"}, "2 of 3 are another colour: grass, snow"),
    ],
)
def test_a_table_is_filled_in(given, said):
    verdict = judge(colours, TwinRuntime(), given, 1)
    assert verdict.message == said
    assert verdict.passed == (not said)
    assert (
        verdict.visible == ("are another" not in said) or verdict.passed
    )  # the table is the student's own: its keys are no secret


def test_what_is_taken_for_what_has_words_of_its_own():
    mixed_up = {("white", "green"): "snow is not grass", ("blue", "green"): "the sky is not grass"}

    @exercise(points=10, title="Colours", kind="dict")
    def hues(t):
        right = {"sky": "blue", "grass": "green", "snow": "white"}
        check_table(t, right, things="things", words="the three colours", shown=["sky"], slip="look", mixed_up=mixed_up)

    def told(**given):
        return judge(hues, TwinRuntime(), {"sky": "blue", "grass": "green", "snow": "white"} | given, 1).slip

    assert told(sky="green") == "sky: the sky is not grass"
    assert told(grass="white", snow="green") == "snow: snow is not grass"  # the first that has words
    assert told(grass="white") == "look"


@pytest.mark.parametrize(
    ("given", "points"),
    [
        ({"sky": "blue", "grass": "green", "snow": "white"}, 10),
        ({"sky": "blue", "grass": "green", "snow": None}, 6.67),
        ({"sky": "blue", "grass": "green", "snow": "red"}, 6.67),
        ({"sky": "blue", "grass": "white", "snow": "green"}, 3.33),
        ({"sky": "green", "grass": "green", "snow": "white"}, 6.67),
        ({"sky": "green", "grass": "blue", "snow": "blue"}, 0),
        ({"sky": "blue", "grass": "green"}, 6.67),
        ({"sky": "blue", "grass": "green", "snow": "white", "sea": "blue"}, 7.5),
        ({"sky": np.array(["blue"]), "grass": ["green"], "snow": 3}, 0),
        ({"sky": np.array(["blue", "blue"]), "grass": "green", "snow": "white"}, 6.67),
        ({"sky": None, "grass": None, "snow": None}, 0),
    ],
)
def test_each_value_of_a_table_that_is_right_earns_its_part(given, points):
    verdict = judge(colours, TwinRuntime(), given, 1)
    assert verdict.points == points
    assert verdict.passed == (points == 10)
    assert (verdict.status == "partial") == (0 < points < 10)


# -- layers ------------------------------------------------------------------------------------------------
class Dense:
    """A layer in NumPy, to be spoilt."""

    built = True

    def __init__(self, D, H):
        self.W = Weight("W", RNG.standard_normal((D, H)).astype("float32"))

    @property
    def trainable_weights(self):
        return [self.W]

    def __call__(self, x):
        return x @ self.W.value


class Bare(Dense):
    def __init__(self, D, H):
        self.W = RNG.standard_normal((D, H)).astype("float32")

    @property
    def trainable_weights(self):
        return [Weight("W", self.W)]

    def __call__(self, x):
        return x @ self.W


class Zeros(Dense):
    def __init__(self, D, H):
        self.W = Weight("W", np.zeros((D, H), "float32"))


class Frozen(Dense):
    trainable_weights = ()


class TwoMore(Dense):
    @property
    def trainable_weights(self):
        return [self.W, self.W, self.W]


class Turned(Dense):
    def __init__(self, D, H):
        self.W = Weight("W", RNG.standard_normal((H, D)).astype("float32"))

    def __call__(self, x):
        return x @ self.W.value.T


class Holder(Dense):
    """An object where the weight should be, as when a whole layer is put there."""

    def __init__(self, D, H):
        super().__init__(D, H)
        self.W = Dense(D, H)


class Refuses:
    """A trial that only refuses."""

    def require(self, condition, message, *, slip=""):
        if not condition:
            raise Failed(message, slip=slip)


class NoLayer(Dense):
    @property
    def built(self):
        raise AttributeError("built")


class Nameless:
    def __init__(self, D, H):
        self.kernel = Weight("kernel", np.ones((D, H)))


@exercise(
    points=10,
    title="A layer",
    kind="class",
    takes="D, H",
    returns="(B, H)",
    reference=lambda x, W: x @ W,
    slips={"a tanh too many": lambda x, W: np.tanh(x @ W)},
)
def Layer(t):
    layers = LayerCheck(t, "layer", shapes_slip="W is (D, H)", too_many="W is made once")
    for B, D, H in t.sizes("B D H"):
        layer, x = t.construct(D, H), t.normal(B, D)
        layers.weights(layer, {"W": (D, H)})
        layers.as_made(layer, {"W": (D, H)}, x)
        layers.assign(layer, {"W": t.normal(D, H)})
        W = layers.weights(layer, {"W": (D, H)})["W"]
        t.matches(layer(tensor(x)), x, W)
        gradient = np.outer(x.sum(0), np.ones(H))
        layers.gradients(layer, [gradient], {"W": W}, lambda W, x=x: np.sum(x @ W), of="Σ y")


@pytest.mark.parametrize(
    ("answer", "message", "slip"),
    [
        (Dense, "", ""),
        (Bare, "W cannot be given a new value: it is not a weight but a plain tensor or array", "self.add_weight"),
        (Zeros, "W starts as all zeros", "start from random numbers"),
        (Frozen, "the layer has another number of trainable weights than 1", "make the weights with self.add_weight"),
        (TwoMore, "the layer has another number of trainable weights than 1", "W is made once"),
        (Turned, "W has shape (", "W is (D, H)"),
        (Holder, "W is no weight, but something that holds one", "self.add_weight"),
        (NoLayer, "a layer made by Layer is no Keras layer", "super().__init__() comes first"),
        (Nameless, "there is no attribute W", "the weights are attributes of these names: W"),
        (None, "Layer should be a class but is None", ""),
    ],
)
def test_a_layer_is_asked_for_its_weights(answer, message, slip):
    verdict = in_notebook(Layer, answer, 3)
    assert verdict.message.startswith(message) if message else verdict.passed, verdict
    assert slip in verdict.slip


def test_a_gradient_that_is_cut_is_told_from_one_that_is_zero():
    check = LayerCheck(Refuses(), "layer")
    for found, words in (
        ([None, np.ones(2)], "np.tanh cut the gradient"),
        ([np.zeros(2), np.ones(2)], "through zeros"),
    ):
        with pytest.raises(Failed) as error:
            check.gradients_reach_all(found)
        assert words in error.value.slip


def test_a_wrong_layer_shows_its_slip():
    class Squashed(Dense):
        def __call__(self, x):
            return np.tanh(x @ self.W.value)

    assert in_notebook(Layer, Squashed, 3).slip == "a tanh too many"


class Remembers(Dense):
    """Its first input stays in it."""

    def __call__(self, x):
        self.x = getattr(self, "x", x)
        return self.x @ self.W.value


@exercise(points=10, title="A layer of any batch", kind="class", takes="D, H", reference=lambda x, W: x @ W)
def AnyBatch(t):
    layers, layer = LayerCheck(t, "layer"), t.construct(2, 3)
    layers.computes(layer, {"W": t.normal(2, 3)}, {"x": t.normal(4, 2)}, (t.normal(6, 2),))


def test_a_layer_that_answers_with_the_call_before():
    verdict = in_notebook(AnyBatch, Remembers, 3)
    assert verdict.message.startswith("with another batch size: the result")
    assert verdict.slip == "the state of the call before is used: take h from the argument"


def test_gradients_by_central_differences():
    W, b = RNG.standard_normal((3, 2)), RNG.standard_normal(2)
    x = RNG.standard_normal((4, 3))
    found = numeric_gradients(lambda W, b: np.sum(np.tanh(x @ W + b)), {"W": W, "b": b})
    dz = 1 - np.tanh(x @ W + b) ** 2
    assert np.allclose(found["W"], x.T @ dz, atol=1e-8)
    assert np.allclose(found["b"], dz.sum(0), atol=1e-8)


# -- models ------------------------------------------------------------------------------------------------
class Sequential:
    """A model of ids in NumPy: a logit for each class, from the mean of the ids' vectors."""

    summary = "a model"

    def __init__(self, V, C):
        self.E = RNG.standard_normal((V, C)).astype("float32")

    @property
    def weights(self):
        return [Weight("E", self.E)]

    def set_weights(self, arrays):
        [self.E] = arrays

    def __call__(self, ids):
        return self.finish(self.E[ids].mean(1))

    def finish(self, logits):
        return logits


class Softmax(Sequential):
    def finish(self, logits):
        return softmax(logits)


class Relu(Sequential):
    def finish(self, logits):
        return np.maximum(logits, 0)


class Tanh(Sequential):
    def finish(self, logits):
        return np.tanh(logits)


class Noisy(Sequential):
    def finish(self, logits):
        return logits + 0.1 * RNG.standard_normal(logits.shape)


class OverTheBatch(Sequential):
    def finish(self, logits):
        return logits - logits.mean(0)


class Pair(Sequential):
    def finish(self, logits):
        return logits, logits


class EveryStep(Sequential):
    def __call__(self, ids):
        return self.E[ids]


@exercise(points=10, title="A model", takes="V, C")
def model(t):
    def of_shape(came, ids):
        return "only the last state" if len(came) > 2 else ""

    models = ModelCheck(t, "no activation", of_shape=of_shape)
    built, ids = models.build(20, 3), t.integers(20, 6, 5)
    logits = models.logits(built, ids, (6, 3))
    models.is_repeatable(built, ids, logits, "second", slip="no dropout")
    models.no_softmax(logits)
    models.unbounded(built, ids, (6, 3))


@pytest.mark.parametrize(
    ("answer", "message", "slip"),
    [
        (Sequential, "", ""),
        (Softmax, "the outputs sum to 1: a softmax has been taken", "no activation"),
        (Relu, "all outputs have one sign, so these are not logits", "no activation"),
        (Tanh, "the outputs stay within ±1 however large the weights are", "no activation"),
        (Noisy, "the same ids give other logits at a second call", "no dropout"),
        (OverTheBatch, "a row alone gives other logits than in its batch", "axis 0 is the batch"),
        (Pair, "the model should give one tensor but gives a tuple of 2", "return_state"),
        (EveryStep, "ids (6, 5) give logits of shape (6, 5, 3) instead of (6, 3)", "only the last state"),
        (lambda V, C: None, "a Keras model is expected but the answer returned None", "is a `return` missing?"),
        (
            lambda V, C: Weight("w", np.ones(3)),
            "a Keras model is expected but the answer returned a Weight",
            "Sequential",
        ),
    ],
)
def test_a_model_gives_logits(answer, message, slip):
    verdict = in_notebook(model, answer, 3)
    assert verdict.message == message, verdict
    assert slip in verdict.slip


class Masked(Sequential):
    """The mean is over what is no padding."""

    def __call__(self, ids):
        real = (ids != 0)[..., None]
        return (self.E[ids] * real).sum(1) / real.sum(1)


class FirstFive(Sequential):
    """What follows is cut off, also where a text is shorter."""

    def __call__(self, ids):
        return self.E[ids[:, :5]].mean(1)


@exercise(points=10, title="A model of padded ids", takes="V, C")
def padded_model(t):
    models = ModelCheck(t, "no activation")
    models.padding_changes_nothing(models.build(20, 3), t.integers(20, 6, 5, low=1), 3, "mask it")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Masked, ""),
        (Sequential, "20 zeros appended to the ids change the logits"),
        (FirstFive, "a text gives other logits with padding than without"),
    ],
)
def test_padding_changes_nothing(answer, message):
    verdict = in_notebook(padded_model, answer, 3)
    assert verdict.message == message
    assert verdict.slip == ("mask it" if message else "")
