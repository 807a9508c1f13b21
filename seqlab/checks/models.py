"""Checks that answers which build a Keras model share: it takes ids of any size and gives logits, and nothing is kept.

    models = ModelCheck(t, slip="the last layer is Dense(C) without an activation")
    model = models.build(20, 8, 6, 3)
    logits = models.logits(model, ids, (len(ids), 3))

What a model raises is told by the exercise's `crashes`.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from seqlab.autograder.judging.closed import Closed
from seqlab.autograder.judging.compare import as_numbers, describe, shape_text
from seqlab.autograder.judging.failed import Failed
from seqlab.autograder.judging.things import Thing
from seqlab.autograder.wire.values import tensor

CUT = "stay with TensorFlow or Keras operations: `.numpy()` cuts the gradient"
NOISE = 1e-5  # of the largest logit: rounding moves it by 1e-6


def near(a: np.ndarray, b: np.ndarray) -> bool:
    """Are these the same logits, within 1e-5 of the largest of them?"""
    return bool(np.abs(a - b).max() <= 1e-5 * (1 + np.abs(b).max()))


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
        subject = "what the model gives"
        t.require(
            one,
            f"the model should give one tensor but gives {describe(got)}",
            slip=self.one_tensor,
            closed=Closed.TYPE,
            subject=subject,
        )
        array = as_numbers(got)
        if array is None:
            raise Failed(f"the model should give logits but gives {describe(got)}", closed=Closed.TYPE, subject=subject)
        came, wanted = shape_text(array.shape), shape_text(shape)
        t.require(
            array.shape == shape,
            f"ids {shape_text(ids.shape)} give logits of shape {came} instead of {wanted}",
            slip=self.of_shape(array.shape, ids.shape),
            closed=Closed.SHAPE,
            subject=subject,
        )
        t.require(np.all(np.isfinite(array)), "the logits are not finite")
        return array.astype("f8")

    def is_repeatable(self, model: Thing, ids: np.ndarray, logits: np.ndarray, when: str, slip: str) -> None:
        """A row alone gives the logits that it gave in its batch, so the same ids do at another call (`when`)."""
        alone = self.logits(model, ids[1:2], (1, *logits.shape[1:]))
        if near(logits[1:2], alone):
            return
        again = self.logits(model, ids, logits.shape)
        self.t.require(near(logits, again), f"the same ids give other logits at a {when} call", slip=slip)
        self.t.require(
            False,
            "a row alone gives other logits than in its batch",
            slip="the rows of a batch are different texts: axis 0 is the batch, axis 1 is time",
        )

    def no_softmax(self, numbers: np.ndarray, words: str = "the outputs sum to 1") -> None:
        """These outputs are not probabilities; `words` say in the message what they would show."""
        summed = np.allclose(numbers.sum(-1), 1, atol=1e-4)
        self.t.require(not summed, f"{words}: a softmax has been taken", slip=self.slip)

    def stir(self, model: Thing, size: float = 0.5, biases: float | None = None) -> None:
        """Random weights of a fair size, so that whatever is read shows in the logits; `biases`: where those lie."""
        model.set_weights([self._drawn(path, w, size, biases) for path, w in model.weights()])

    def _drawn(self, path: str, w: np.ndarray, size: float, biases: float | None) -> np.ndarray:
        if not w.ndim or w.dtype.kind != "f":  # a count, say
            return w
        if "variance" in path or "gamma" in path:  # of a normalisation, which may not be negative
            return np.ones_like(w)
        if biases is not None and (w.ndim == 1 or "bias" in path.rpartition("/")[2]):
            return np.full_like(w, biases)
        if biases is not None and w.shape[0] == 1:  # a first state that is trained
            return np.zeros_like(w)
        return size * self.t.normal(*w.shape)

    def gradients(self, model: Thing, ids: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
        """The gradient of Σ y · logits for each trainable weight, zeros for one that is not used; a Failed where all are."""
        weighted = self.t.make("loss", name="weighted_sum")
        found = model.gradients(tensor(ids, "int64"), loss=weighted, y=tensor(y))
        self.t.require(any(g is not None for g in found), "no gradient reaches the weights", slip=CUT)
        weights = model.weights(trainable_only=True)
        return [np.zeros(w.shape) if g is None else g for g, (_, w) in zip(found, weights, strict=True)]

    def unbounded(self, model: Thing, ids: np.ndarray, shape: tuple[int, ...]) -> None:
        """Over random weights logits have both signs; 20 times larger weights take them beyond ±1, but no squashed ones."""
        least = most = 0.0
        for _ in range(5):
            self.stir(model)
            drawn = self.logits(model, ids, shape)
            least, most = min(least, drawn.min()), max(most, drawn.max())
            if least < 0 < most:
                break
        self.t.require(least < 0 < most, "all outputs have one sign, so these are not logits", slip=self.slip)
        model.set_weights([w if "variance" in path else 20 * w for path, w in model.weights()])
        large = np.abs(self.logits(model, ids, shape)).max()
        self.t.require(large > 1.001, "the outputs stay within ±1 however large the weights are", slip=self.slip)

    def moved(self, model: Thing, V: int, B: int, T: int, steps: Sequence[int]) -> np.ndarray:
        """How far logits move, beside the largest of them, when the id at each of these steps changes: (steps, T)."""
        ids = self.t.integers(V, B, T)
        batches = [ids]
        for step in steps:
            batches.append(ids.copy())
            batches[-1][:, step] = (ids[:, step] + 1 + self.t.integers(V - 1, B)) % V
        # in one call, which costs as much as one of them: a row does not know its batch
        before, *after = np.split(self.logits(model, np.concatenate(batches), (len(batches) * B, T, V)), len(batches))
        return np.abs(after - before).max((1, 3)) / (np.abs(before).max() + 1e-30)

    def causal(self, model: Thing, V: int, B: int, T: int, steps: Sequence[int]) -> np.ndarray:
        """Logits (B, T, V) do not depend on later ids; what `moved` gives comes back."""
        moved = self.moved(model, V, B, T, steps)
        early = max(by[:step].max(initial=0) for step, by in zip(steps, moved, strict=True))
        slip = "the model sees the answer: no Bidirectional, go_backwards or pooling over time"
        self.t.require(early < NOISE, "a later id changes an earlier output", slip=slip)
        return moved

    def reads_forwards(self, model: Thing, V: int, B: int, T: int, steps: Sequence[int]) -> None:
        """They do not, but depend on the id at their step and on those of the steps before it."""
        for step, by in zip(steps, self.causal(model, V, B, T, steps), strict=True):
            slip = "the logits at step t are read from the state that has seen x_t"
            self.t.require(by[step] > NOISE, "an id does not change the output at its own step", slip=slip)
            later = next((s - step for s in range(step + 1, T) if by[s] < NOISE), 0)
            slip = "there is no memory: a recurrent layer (RNN, GRU, LSTM) carries a state along time"
            self.t.require(not later, "an id leaves later outputs as they are", got=f"{later} steps later", slip=slip)

    def padding_changes_nothing(self, model: Thing, ids: np.ndarray, C: int, slip: str) -> np.ndarray:
        """Logits (B, C) stay as they are, within 1e-4, whether zeros follow a row's ids (B, T) or not; they are returned."""
        (B, T), t = ids.shape, self.t
        lengths = t.integers(T + 1, B, low=1)
        lengths[0], lengths[1:2] = T, max(1, T // 2)
        ids = np.where(np.arange(T) < lengths[:, None], ids, 0)
        before = self.logits(model, ids, (B, C))
        moved = np.abs(self.logits(model, np.pad(ids, [(0, 0), (0, 20)]), (B, C)) - before).max()
        t.require(
            moved <= 1e-4 * (1 + np.abs(before).max()),
            "20 zeros appended to the ids change the logits",
            slip=slip,
            expected="the same logits",
            got=f"logits that differ by up to {moved:.3g}",
        )
        short = self.logits(model, ids[1:2, : lengths[1]], (1, C))
        same = np.abs(short - before[1]).max() <= 1e-4 * (1 + np.abs(before).max())
        t.require(same, "a text gives other logits with padding than without", slip=slip)
        return before
