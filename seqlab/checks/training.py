"""One step of training on NumPy twins of a model, an optimizer and a loss, and ways to get it wrong.

A twin is made by `Trial.make` (see `judging/twins.py`); the gradients are central differences.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np

from seqlab.checks.networks import numeric_gradients

Grads = list[np.ndarray]


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


def clipped(grads: Grads, clip: float) -> Grads:
    """All gradients times min(1, clip / global norm)."""
    whole = norm(grads)
    return [g * min(1, clip / whole) if whole else g for g in grads]


def flat(arrays: Iterable[Any]) -> np.ndarray:
    """All numbers of all arrays, in one vector."""
    return np.concatenate([np.ravel(a) for a in arrays])


def trained(
    model: Any,
    optimizer: Any,
    loss_fn: Callable[..., Any],
    x: Any,
    y: Any,
    clip: float,
    scale: Callable[[Grads, float], Grads] = clipped,
    of: Callable[[Any], Sequence[Any]] = lambda model: model.trainable_weights,
    times: int = 1,
) -> float:
    """One step of training; the loss before it."""
    loss, variables = loss_fn(y, model(x)), of(model)
    grads = scale(gradients(model, loss_fn, x, y, variables), clip)
    for _ in range(times):
        optimizer.apply_gradients(zip(grads, variables, strict=True))
    return loss


def by(factor: Callable[[Grads, float], float]) -> Callable[..., Any]:
    """A step with all gradients times one factor(grads, clip)."""
    return partial(trained, scale=lambda grads, clip: [g * factor(grads, clip) for g in grads])


def by_each(change: Callable[[np.ndarray, float], np.ndarray]) -> Callable[..., Any]:
    """A step with each gradient changed by itself."""
    return partial(trained, scale=lambda grads, clip: [change(g, clip) for g in grads])


def only(variables: Callable[[Any], Sequence[Any]]) -> Callable[..., Any]:
    """A step of the variables(model)."""
    return partial(trained, of=variables)


def times(n: int) -> Callable[..., Any]:
    """A step whose gradients are applied n times."""
    return partial(trained, times=n)


def loss_after(model: Any, optimizer: Any, loss_fn: Callable[..., Any], x: Any, y: Any, clip: float) -> float:
    """A right step, but the loss after it."""
    trained(model, optimizer, loss_fn, x, y, clip)
    return loss_fn(y, model(x))


def other_loss(model: Any, optimizer: Any, loss_fn: Any, x: Any, y: Any, clip: float) -> float:
    """A step of a loss of the same kind, without its scale."""
    return trained(model, optimizer, type(loss_fn)(loss_fn.name), x, y, clip)


def by_hand(rate: Callable[[Any], float]) -> Callable[..., Any]:
    """A step that moves the weights without the optimizer, by the rate(optimizer)."""

    def moved(model: Any, optimizer: Any, *rest: Any) -> float:
        other = type(optimizer)(optimizer.name, rate(optimizer))
        return trained(model, other, *rest)

    return moved


def all_weights(_: Any, model: Any, *rest: Any) -> np.ndarray:
    """Of a twin, after a step: the `then` of `Trial.matches`."""
    return flat(w.value for w in model.weights)
