"""Checks that answers which are Keras layers share: what the object is, what its weights are, what it computes.

Each raises `Failed` with the likely slip. A `Thing` is the object, which stays beside the student's code.
"""

from typing import Any

import numpy as np

from seqlab.autograder.judging.compare import shape_text
from seqlab.autograder.judging.failed import Failed
from seqlab.autograder.judging.things import Thing
from seqlab.autograder.wire.values import tensor

Shapes = dict[str, tuple[int, ...]]
Weights = dict[str, np.ndarray]


def keras_layer(t: Any, thing: Thing, what: str = "") -> None:
    """The thing is a Keras layer; `what` says in the message how it was made."""
    try:
        thing.get("built")
    except Failed:
        name = t.exercise.name
        raise Failed(
            f"{what or f'what {name} makes'} is no Keras layer",
            slip=f"class {name}(keras.layers.Layer), and super().__init__() comes first",
        ) from None


class LayerCheck:
    """Layers with named weights, which compute what the exercise's reference(*inputs, *weights) says.

    what: a word for messages, "cell". shapes_slip, too_many: the likely slips where a shape differs, and where a
    layer has more trainable weights than the named ones.
    """

    def __init__(self, t: Any, what: str, *, shapes_slip: str = "", too_many: str = ""):
        self.t, self.what, self.shapes_slip, self.too_many = t, what, shapes_slip, too_many

    def weights(self, layer: Thing, shapes: Shapes) -> Weights:
        """The values of the named weights, which have these shapes."""
        values = {}
        for name, shape in shapes.items():
            try:
                values[name] = np.asarray(layer.get(name))
            except Failed as error:
                error.slip = f"the weights are attributes of these names: {', '.join(shapes)}"
                raise
            if values[name].dtype == object:  # a layer in the weight's place stays beside the answer
                words = f"make {name} itself, self.add_weight(shape=(…, …)): a layer keeps its matrix in another shape"
                raise Failed(f"{name} is no weight, but something that holds one", slip=words)
            came = values[name].shape
            wrong = f"{name} has shape {shape_text(came)} instead of {shape_text(shape)}"
            self.t.require(came == shape, wrong, slip=self.shapes_slip)
        return values

    def assign(self, layer: Thing, weights: Weights) -> None:
        """Give the named weights new values, of the shapes that they have."""
        self.weights(layer, {name: value.shape for name, value in weights.items()})
        for name, value in weights.items():
            layer.assign(name, value)

    def trainable(self, layer: Thing, count: int) -> list[np.ndarray]:
        """The values of exactly `count` trainable weights."""
        found = layer.weights(trainable_only=True)
        slip = "make the weights with self.add_weight(shape=..., trainable=True)"
        slip = self.too_many if len(found) > count else f"all are trainable: {slip}" if found else slip
        other = f"the {self.what} has another number of trainable weights than {count}"
        self.t.require(len(found) == count, other, expected=count, got=len(found), slip=slip)
        return [value for _, value in found]

    def as_made(self, layer: Thing, shapes: Shapes, *inputs: np.ndarray, zeros: tuple[str, ...] = ()) -> None:
        """At its first call: a layer with these weights and no others, that computes what it should.

        None is all zeros; those in `zeros` are just that.
        """
        got = layer(*map(tensor, inputs))
        keras_layer(self.t, layer, f"a {self.what} made by {self.t.exercise.name}")
        weights = self.weights(layer, shapes)
        self.trainable(layer, len(shapes))
        for name in zeros:
            slip = f"say how it starts: self.add_weight(shape=..., initializer='zeros') for {name}"
            self.t.require(np.all(weights[name] == 0), f"{name} does not start at zero", slip=slip)
        for name, value in ((n, w) for n, w in weights.items() if n not in zeros):
            slip = (
                "no gradient ever reaches another weight through zeros: start from random numbers, add_weight's "
                "initializer does it"
            )
            self.t.require(np.any(value != 0), f"{name} starts as all zeros", slip=slip)
        self.t.matches(got, *inputs, *weights.values())

    def computes(self, layer: Thing, weights: Weights, inputs: dict[str, np.ndarray], others: tuple[Any, ...]) -> None:
        """With the weights set to these: twice, for another batch size (`others`), and inside `tf.function`."""
        self.assign(layer, weights)
        given, values = list(inputs.values()), list(weights.values())
        for what in ("after setting the weights", f"at a second call with the same {' and '.join(inputs)}"):
            self.t.matches(layer(*map(tensor, given)), *given, *values, what=what)
        of_before = {
            "the state of the call before is used: take h from the argument": lambda *_: self.t.exercise.reference(
                *given, *values
            )
        }
        got = layer(*map(tensor, others))
        self.t.matches(got, *others, *values, what="with another batch size", else_slips=of_before)
        for asked, what in ((layer.traced(), "inside tf.function"), (layer, "called again after tf.function")):
            self.t.matches(asked(*map(tensor, given)), *given, *values, what=what)
        self.trainable(layer, len(weights))

    def is_tracked(self, layer: Thing, count: int) -> None:
        """A model that holds the layer finds its weights, as it does with Keras layers alone."""
        held = self.t.make("holder")(layer)
        self.t.require(
            isinstance(held, list) and len(held) == count,
            f"a model that holds the {self.what} does not find its weights: the {self.what} is no Keras layer",
            slip=f"class {self.t.exercise.name}(keras.layers.Layer), and super().__init__() comes first",
        )

    def gradients_reach_all(self, found: list[Any], where: str = "") -> None:
        """No gradient of a new layer is None or zero; `where` says in the message of what."""
        cut = "stay with TensorFlow or Keras operations: `.numpy()` or np.tanh cut the gradient"
        zero = "start from small random numbers, as add_weight's initializer does: through zeros no gradient passes"
        self.t.require(
            all(g is not None and np.any(np.asarray(g) != 0) for g in found),
            f"no gradient reaches one of the weights{where}",
            slip=cut if any(g is None for g in found) else zero,
        )

    def gradients(self, layer: Thing, found: list[Any], weights: Weights, loss: Any, of: str, where: str = "") -> None:
        """The gradients `found`, in the layer's own order, are those of `loss(**weights)`, which messages call `of`."""
        values = self.trainable(layer, len(weights))
        self.t.require(len(found) == len(values), "there is not one gradient for each weight", got=len(found))
        expected = numeric_gradients(loss, weights)
        for value, g in zip(values, found, strict=True):
            alike = (n for n, w in weights.items() if np.shape(value) == w.shape and np.allclose(value, w, atol=1e-5))
            name = next(alike, "a weight")
            self.t.require(
                name in weights and g is not None and np.any(np.asarray(g) != 0),
                f"no gradient reaches {name}{where}",
                slip="stay with TensorFlow or Keras operations: `.numpy()` or np.tanh cut the gradient",
            )
            what = f"the gradient of {of} with respect to {name}"
            self.t.matches(g, gives=expected[name], what=what, atol=1e-3, rtol=1e-3)


def numeric_gradients(loss: Any, weights: Weights, eps: float = 1e-5) -> Weights:
    """Central differences of `loss(**weights)`, a scalar, in float64: within about 1e-8 for smooth losses."""
    at = {name: np.array(value, "f8") for name, value in weights.items()}
    grads = {name: np.zeros(value.shape) for name, value in at.items()}
    for name, value in at.items():
        for i in np.ndindex(value.shape):
            middle = value[i]
            value[i] = middle + eps
            above = loss(**at)
            value[i] = middle - eps
            grads[name][i] = (above - loss(**at)) / (2 * eps)
            value[i] = middle
    return grads
