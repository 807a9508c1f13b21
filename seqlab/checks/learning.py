"""Does a model learn? Its gradients are those of its own outputs, and a few steps with them lower the loss.

Where only a function is right that is made of the model's weights, an object that remembers or looks up is found out.
"""

import numpy as np

from seqlab.autograder.judging.things import Thing
from seqlab.autograder.wire.values import tensor
from seqlab.checks.models import ModelCheck, near
from seqlab.checks.references import cross_entropy

TENSORS = "stay with Keras layers and TensorFlow operations on the model's own weights, from the ids to the logits"


def is_made_of_its_weights(models: ModelCheck, model: Thing, other: Thing, ids: np.ndarray, logits: np.ndarray) -> None:
    """Another model of the same sizes gives the same logits for ids once it has the same weights."""
    models.logits(other, ids, logits.shape)
    other.set_weights([value for _, value in model.weights()])
    same = near(models.logits(other, ids, logits.shape), logits)
    models.t.require(same, "two models with the same weights give other logits for the same ids", slip=TENSORS)


def slopes_are_its_own(models: ModelCheck, model: Thing, ids: np.ndarray, y: np.ndarray) -> None:
    """The gradient of Σ y · logits, for all weights together, is the slope of the model's own logits.

    In three drawn directions; the one in the middle counts, as a slope is off where a ReLU bends.
    """
    t, rng = models.t, models.t.rng
    weights, trained = model.weights(), model.weights(trainable_only=True)
    gradients = models.gradients(model, ids, y)
    whole, off = np.sqrt(sum(np.sum(g**2) for g in gradients)), []

    def total(step: float, ways: list[np.ndarray]) -> float:
        moved = iter([value + step * way for (_, value), way in zip(trained, ways, strict=True)])
        paths = [path for path, _ in trained]
        model.set_weights([next(moved) if path in paths else value for path, value in weights])
        return float(np.sum(y * models.logits(model, ids, y.shape)))

    for _ in range(3):
        ways = [rng.standard_normal(value.shape) for _, value in trained]
        slope = (total(2e-3, ways) - total(-2e-3, ways)) / 4e-3
        expected = sum(float(np.sum(g * way)) for g, way in zip(gradients, ways, strict=True))
        off.append(abs(slope - expected) / (whole + 1e-9))
    model.set_weights([value for _, value in weights])
    right = np.median(off) < 0.05
    t.require(right, "the gradients are not the slopes of the model's own outputs", slip=TENSORS)


def learns(models: ModelCheck, model: Thing, ids: np.ndarray, y: np.ndarray, classes: int) -> None:
    """Two steps of Adam lower the cross-entropy of the classes y and move each trainable weight."""
    t, shape = models.t, (*y.shape, classes)
    before, loss = model.weights(trainable_only=True), cross_entropy(y, models.logits(model, ids, shape)).mean()
    t.make("trainer", learning_rate=0.01, steps=2)(model, tensor(ids, "int64"), tensor(y, "int64"))
    after = model.weights(trainable_only=True)
    moved = len(after) == len(before) and all(np.any(b != a) for (_, b), (_, a) in zip(before, after, strict=True))
    t.require(moved, "a trainable weight does not move in training", slip=TENSORS)
    fell = cross_entropy(y, models.logits(model, ids, shape)).mean() < loss
    t.require(fell, "two steps of training do not lower the loss", slip=TENSORS)
