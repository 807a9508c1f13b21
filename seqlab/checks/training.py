"""Checks that answers which train a model share: a step of theirs beside the same step of NumPy twins.

A twin is made by `Trial.make` (see `judging/twins.py`); its gradients are central differences.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from seqlab.autograder.judging.exercise import Fixed
from seqlab.autograder.wire.values import tensor
from seqlab.checks.networks import numeric_gradients
from seqlab.checks.references import cross_entropy

Grads = list[np.ndarray]
BY_HAND = "the weights are moved by hand: let the optimizer that is handed over do it"
UNCLIPPED = "the gradients are not clipped: scale them by min(1, clip / global norm)"
LATE = "this is the loss after the update: return the one the gradients were taken of"


def gradients(model: Any, loss_fn: Callable[..., Any], x: Any, y: Any, variables: Sequence[Any]) -> Grads:
    """∂ loss_fn(y, model(x)) / ∂ w for each variable w."""
    named = {str(n): w for n, w in enumerate(variables)}
    before = {n: w.value for n, w in named.items()}

    def loss(**values: np.ndarray) -> float:
        for n, w in named.items():
            w.assign(values[n])
        return loss_fn(y, model(x))

    found = numeric_gradients(loss, before)
    loss(**before)
    return [found[n] for n in named]


def norm(grads: Iterable[Any]) -> float:
    """The global norm: the root of the sum of all squares."""
    return float(np.sqrt(sum(np.sum(np.square(g)) for g in grads)))


def flat(arrays: Iterable[Any]) -> np.ndarray:
    """All numbers of all arrays, in one vector."""
    return np.concatenate([np.ravel(a) for a in arrays])


def takes_steps(
    t: Any,
    kernels: Grads,
    biases: Grads,
    x: np.ndarray,
    y: np.ndarray,
    *,
    lr: float = 0.05,
    clip: float | None = None,
    share: float = 1.0,
    loss: str = "mean_squared_error",
    scale: float = 1.0,
    frozen: Sequence[int] = (),
    decay: float | None = None,
    steps: int = 1,
) -> None:
    """The answer takes steps of a stack of linear layers, as the exercise's reference does.

    Both are called with (model, optimizer, loss_fn, x, y, clip) and give the loss. clip: the longest norm of the
    gradient, by default a `share` of its norm before the first step. scale: what the loss is multiplied by.
    """
    model = t.make("dense_model", kernels=kernels, biases=biases, frozen=list(frozen))
    optimizer = t.make("optimizer", name="sgd", learning_rate=lr, weight_decay=decay)
    loss_fn, twin, whole = t.make("loss", name=loss, scale=scale), model.twin(), y.dtype.kind == "i"
    if clip is None:
        clip = share * norm(gradients(twin, loss_fn.twin(), x, y, twin.trainable_weights))
    args = model, optimizer, loss_fn, tensor(x), tensor(y, "int64" if whole else "float32"), clip
    trained = t.exercise.reference
    for count in range(1, steps + 1):
        got = t.call(*args)
        again = {"reference": lambda *args: [trained(*args) for _ in range(steps)][-1]} if count > 1 else {}
        names = ("the vector of all weights after the step",)
        t.matches(got, *args, names=("the loss",), **again)  # first: of a wrong loss nothing else can be right
        t.matches(flat(w for _, w in model.weights()), *args, then=_all_weights, names=names, **again)
        one_update(t, optimizer, count)


def keeps_direction(t: Any) -> None:
    """Clipping keeps the direction of the unclipped step and cuts its length, whatever the model."""
    x, y, lr, weights, whole = t.normal(3, 5, 4), t.integers(6, 3, 5), 0.1, None, None
    for share in (1.0, 0.3):
        model = t.make("recurrent_model", input_dim=4, units=5, output_dim=6, weights=weights)
        weights = [w for _, w in model.weights()]
        before = cross_entropy(y, model(tensor(x))).mean()
        clip = 1e4 if whole is None else float(share * norm([whole]) / lr)
        optimizer = t.make("optimizer", name="sgd", learning_rate=lr)
        got = t.call(model, optimizer, t.make("loss", name="cross_entropy"), tensor(x), tensor(y, "int64"), clip)
        after = cross_entropy(y, model(tensor(x))).mean()
        step = [w - old for (_, w), old in zip(model.weights(), weights, strict=True)]
        whole = flat(step) if whole is None else whole
        moved = all(np.any(s != 0) for s in step)
        t.require(moved, "a weight of the model is left as it was", slip="use all of model.trainable_variables")
        slip = "is the loss that of this batch?"
        t.require(after < before, "the step does not make the loss smaller", slip=slip)
        t.matches(flat(step), gives=share * whole, names=("the step",), slips={UNCLIPPED: Fixed(whole)})
        one_update(t, optimizer, 1)
        t.matches(got, gives=before, names=("the loss",), slips={LATE: Fixed(after)})


def one_update(t: Any, optimizer: Any, steps: int) -> None:
    """After so many steps of training the optimizer has made one update in each."""
    made = int(np.asarray(optimizer.get("iterations")))
    slip = "call optimizer.apply_gradients once in each training step" if made else BY_HAND
    message = "the optimizer counts another number of updates than one for each step"
    t.require(made == steps, message, expected=steps, got=made, slip=slip)


def _all_weights(_: Any, model: Any, *rest: Any) -> np.ndarray:
    return flat(w.value for w in model.weights)
