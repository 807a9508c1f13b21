"""Checks that answers which build a Keras model share: it takes ids of any size and gives logits, and nothing is kept.

    models = ModelCheck(t, slip="the last layer is Dense(C) without an activation")
    model = models.build(20, 8, 6, 3)
    logits = models.logits(model, ids, (len(ids), 3))

What a model raises is told by the exercise's `crashes`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from seqlab.autograder.judging.compare import as_numbers, describe, shape_text
from seqlab.autograder.judging.failed import Failed
from seqlab.autograder.judging.things import Thing
from seqlab.autograder.wire.values import tensor

CUT = "use every weight that is trained, and stay with TensorFlow or Keras operations: `.numpy()` cuts the gradient"


def near(a: np.ndarray, b: np.ndarray) -> bool:
    """Are these the same logits, within 1e-5?"""
    return bool(np.all(np.abs(a - b) <= 1e-5 + 1e-5 * np.abs(b)))


def keras_model(t: Any, thing: Thing) -> Thing:
    """The thing, if it is a Keras model; a Failed that says what the answer returned instead."""
    kind = thing.ref.kind
    t.require(
        kind not in ("NoneType", "tuple", "list", "dict", "function", "class"),
        f"a Keras model is expected but the answer returned {'None' if kind == 'NoneType' else 'a ' + kind}",
        slip={
            "NoneType": "is a `return` missing?",
            "class": "return a model made from the class",
            "list": "put the layers into keras.Sequential",
        }.get(kind, ""),
    )
    try:
        thing.get("summary")
    except Failed:
        raise Failed(
            f"a Keras model is expected but the answer returned a {kind}",
            slip="put the layers into keras.Sequential or keras.Model",
        ) from None
    return thing


class ModelCheck:
    """Models of ids (B, T) that give logits.

    slip: how the last layer should be, for outputs that are none. one_tensor: the slip where several tensors come.
    of_shape: `of_shape(came, ids.shape)` is the likely slip in words where the logits have another shape.
    """

    def __init__(
        self,
        t: Any,
        slip: str,
        *,
        one_tensor: str = "leave out return_state=True",
        of_shape: Callable[[tuple[int, ...], tuple[int, ...]], str] = lambda came, ids: "",
    ):
        self.t, self.slip, self.one_tensor, self.of_shape = t, slip, one_tensor, of_shape

    def build(self, *sizes: int) -> Thing:
        """The model that the answer builds."""
        return keras_model(self.t, self.t.construct(*sizes))

    def is_tracked(self, model: Thing) -> None:
        """Another model that holds this one, once called, has its weights: it is no look-alike of a Keras model."""
        held = self.t.make("holder")(model)
        found = isinstance(held, list) and len(held) == len(model.weights(trainable_only=True)) > 0
        message = "a model that holds this one does not find its weights: it is no Keras model, or has none"
        self.t.require(found, message, slip="put the layers into keras.Sequential or keras.Model")

    def logits(self, model: Thing, ids: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """What the model gives for ids: finite numbers of this shape, as float64."""
        t, got = self.t, model(tensor(ids, "int64"))
        one = not isinstance(got, tuple | list)
        t.require(one, f"the model should give one tensor but gives {describe(got)}", slip=self.one_tensor)
        array = as_numbers(got)
        if array is None:
            raise Failed(f"the model should give logits but gives {describe(got)}")
        came, wanted = shape_text(array.shape), shape_text(shape)
        t.require(
            array.shape == shape,
            f"ids {shape_text(ids.shape)} give logits of shape {came} instead of {wanted}",
            slip=self.of_shape(array.shape, ids.shape),
        )
        t.require(np.all(np.isfinite(array)), "the logits are not finite")
        return array.astype("f8")

    def is_repeatable(self, model: Thing, ids: np.ndarray, logits: np.ndarray, when: str, slip: str) -> None:
        """The same ids give the same logits at another call (`when` says which), and so does a row alone."""
        again = self.logits(model, ids, logits.shape)
        self.t.require(near(logits, again), f"the same ids give other logits at a {when} call", slip=slip)
        alone = self.logits(model, ids[1:2], (1, *logits.shape[1:]))
        self.t.require(
            near(logits[1:2], alone),
            "a row alone gives other logits than in its batch",
            slip="the rows of a batch are different texts: axis 0 is the batch, axis 1 is time",
        )

    def no_softmax(self, numbers: np.ndarray, words: str = "the outputs sum to 1") -> None:
        """These outputs are not probabilities; `words` say in the message what they would show."""
        summed = np.allclose(numbers.sum(-1), 1, atol=1e-4)
        self.t.require(not summed, f"{words}: a softmax has been taken", slip=self.slip)

    def stir(self, model: Thing, size: float = 0.5, biases: float | None = None) -> None:
        """Random weights of a fair size, so that whatever is read shows in the logits."""
        sizes = {1: size if biases is None else biases}
        model.set_weights([self._drawn(path, w, sizes.get(w.ndim, size)) for path, w in model.weights()])

    def _drawn(self, path: str, w: np.ndarray, size: float) -> np.ndarray:
        if "variance" in path or "gamma" in path:  # of a normalisation, which may not be negative
            return np.ones_like(w)
        return size * self.t.normal(*w.shape) if w.ndim else w

    def gradients(self, model: Thing, ids: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
        """The gradient of Σ y · logits for each trainable weight; a Failed where there is none."""
        weighted = self.t.make("loss", name="weighted_sum")
        found = model.gradients(tensor(ids, "int64"), loss=weighted, y=tensor(y))
        self.t.require(found and all(g is not None for g in found), "no gradient reaches one of the weights", slip=CUT)
        return found

    def unbounded(self, model: Thing, ids: np.ndarray, shape: tuple[int, ...]) -> None:
        """Over random weights logits have both signs; 20 times larger weights take them beyond ±1, but no squashed ones."""
        drawn = []
        for _ in range(5):
            self.stir(model)
            drawn.append(self.logits(model, ids, shape))
        both = np.min(drawn) < 0 < np.max(drawn)
        self.t.require(both, "all outputs have one sign, so these are not logits", slip=self.slip)
        model.set_weights([w if "variance" in path else 20 * w for path, w in model.weights()])
        large = np.abs(self.logits(model, ids, shape)).max()
        self.t.require(large > 1.001, "the outputs stay within ±1 however large the weights are", slip=self.slip)

    def moved(self, model: Thing, V: int, step: int, B: int, T: int) -> tuple[np.ndarray, float]:
        """How far logits (B, T, V) move when the id at one step changes, (B, T), and how large they are."""
        ids = self.t.integers(V, B, T)
        other = ids.copy()
        other[:, step] = (ids[:, step] + 1 + self.t.integers(V - 1, B)) % V
        before, after = (self.logits(model, i, (B, T, V)) for i in (ids, other))
        return np.abs(after - before).max(-1), np.abs(before).max()

    def causal(self, model: Thing, V: int) -> None:
        """Logits (B, T, V) at a step do not depend on later ids."""
        slip = "the model sees the answer; read from left to right only: no Bidirectional, go_backwards or pooling over time"
        for step in (2, 4, 5):
            by, size = self.moved(model, V, step, 6, 6)
            self.t.require(by[:, :step].max() <= 1e-5 * (1 + size), "a later id changes an earlier output", slip=slip)

    def recurrent(self, model: Thing, V: int) -> None:
        """Logits (B, T, V) depend on the id at their step, and on those of all steps before it."""
        for step in (0, 3):
            by, _ = self.moved(model, V, step, 16, 10)
            slip = "the logits at step t are read from the state that has seen x_t"
            self.t.require(by[:, step].max() > 0, "an id does not change the output at its own step", slip=slip)
            later = next((s - step for s in range(step + 1, 10) if by[:, s].max() <= 1e-12), 0)
            slip = "there is no memory: a recurrent layer (RNN, GRU, LSTM) carries a state along time"
            self.t.require(not later, "an id leaves later outputs as they are", got=f"{later} steps later", slip=slip)

    def padding_changes_nothing(self, model: Thing, ids: np.ndarray, C: int, slip: str, zeros: int = 20) -> None:
        """Logits (B, C) stay as they are, within 1e-4, whether zeros follow a row's ids (B, T) or not."""
        (B, T), t = ids.shape, self.t
        lengths = t.integers(T + 1, B, low=1)
        lengths[0] = T
        ids = np.where(np.arange(T) < lengths[:, None], ids, 0)
        before = self.logits(model, ids, (B, C))
        moved = np.abs(self.logits(model, np.pad(ids, [(0, 0), (0, zeros)]), (B, C)) - before).max()
        t.require(
            moved <= 1e-4,
            f"{zeros} zeros appended to the ids change the logits",
            slip=slip,
            expected="the same logits",
            got=f"logits that differ by up to {moved:.3g}",
        )
        for row in range(min(2, B)):
            short = self.logits(model, ids[row : row + 1, : lengths[row]], (1, C))
            same = np.abs(short - before[row]).max() <= 1e-4
            t.require(same, "a text gives other logits with padding than without", slip=slip)
