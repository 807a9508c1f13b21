"""Does a model learn? Its gradients are those of its own outputs, and a few steps with them lower the loss.

Where only a function is right that is made of the model's weights, an object that remembers or looks up is found out.
"""

from collections.abc import Iterator

import numpy as np

from seqlab.autograder.judging.things import Thing
from seqlab.autograder.wire.values import tensor
from seqlab.checks.models import ModelCheck, near
from seqlab.checks.references import cross_entropy

TENSORS = "stay with Keras layers and TensorFlow operations on the model's own weights, from the ids to the logits"
Weights = list[tuple[str, np.ndarray]]  # with their paths
STEP = 2e-3  # along a direction: short enough for curved functions, long enough for float32


def is_made_of_its_weights(models: ModelCheck, model: Thing, other: Thing, ids: np.ndarray, logits: np.ndarray) -> None:
    """Another model of the same sizes gives the same logits for ids once it has the same weights."""
    models.logits(other, ids[:, :1], (len(ids), *logits.shape[1:]) if logits.ndim == 2 else logits[:, :1].shape)
    other.set_weights([value for _, value in model.weights()])
    same = near(models.logits(other, ids, logits.shape), logits)
    models.t.require(same, "two models with the same weights give other logits for the same ids", slip=TENSORS)


def slopes_are_its_own(models: ModelCheck, model: Thing, ids: np.ndarray, y: np.ndarray) -> None:
    """The gradient of Σ y · logits, for all weights together, is the slope of the model's own logits.

    In two drawn directions out of four at most, as a slope is off where a ReLU bends.
    """
    right = 0
    for off in errors_of_slopes(models, model, ids, y, directions=4):
        right += off < 0.05
        if right == 2:
            return
    models.t.require(False, "the gradients are not the slopes of the model's own outputs", slip=TENSORS)


def errors_of_slopes(
    models: ModelCheck, model: Thing, ids: np.ndarray, y: np.ndarray, directions: int
) -> Iterator[float]:
    """How far the slope in a drawn direction is from the gradient's, as a part of the whole gradient."""
    weights, trained = model.weights(), model.weights(trainable_only=True)
    gradients = models.gradients(model, ids, y)
    whole = np.sqrt(sum(np.sum(np.float64(g) ** 2) for g in gradients))
    places = [place for place in _places(trained, weights) if place is not None]
    models.t.require(len(places) == len(trained), "a trainable weight is none of the model's weights", slip=TENSORS)

    def total(step: float, ways: list[np.ndarray]) -> float:
        values = [value for _, value in weights]
        for place, way in zip(places, ways, strict=True):
            values[place] = values[place] + step * way
        model.set_weights(values)
        return float(np.sum(y * models.logits(model, ids, y.shape)))

    for _ in range(directions):
        ways = [models.t.rng.standard_normal(value.shape) for _, value in trained]
        slope = (total(STEP, ways) - total(-STEP, ways)) / (2 * STEP)
        expected = sum(float(np.sum(g * way)) for g, way in zip(gradients, ways, strict=True))
        model.set_weights([value for _, value in weights])
        yield abs(slope - expected) / (whole + 1e-9)


def _places(some: Weights, weights: Weights) -> list[int | None]:
    """Where each of some weights stands among all: paths may be double."""
    places: list[int | None] = []
    for path, value in some:
        alike = (i for i, (p, w) in enumerate(weights) if p == path and np.array_equal(w, value))
        places.append(next((i for i in alike if i not in places), None))
    return places


def learns(models: ModelCheck, model: Thing, ids: np.ndarray, y: np.ndarray, classes: int) -> None:
    """Three small steps of Adam lower the cross-entropy of the classes y."""
    t, shape = models.t, (*y.shape, classes)
    loss = cross_entropy(y, models.logits(model, ids, shape)).mean()
    t.make("trainer", learning_rate=0.001, steps=3)(model, tensor(ids, "int64"), tensor(y, "int64"))
    fell = cross_entropy(y, models.logits(model, ids, shape)).mean() < loss
    t.require(fell, "three steps of training do not lower the loss", slip=TENSORS)
