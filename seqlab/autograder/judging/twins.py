"""The standard things of `workbench.py` once more in NumPy: what a reference is given in their place.

A twin is made of the same settings, so that a reference and its wrong variants read like an answer:
`y, h = cell(x, h)`, `rnn.set_weights([...])`.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np


class Weight:
    """A variable, as far as a check asks: a value that can be assigned, and a path."""

    def __init__(self, path: str, value: np.ndarray):
        self.path = self.name = path
        self.value = value

    def assign(self, value: np.ndarray) -> None:
        self.value = np.asarray(value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.value, dtype)


class RecurrentCell:
    """`cell(x, h)`: h' = f(h A + x B), y = h' C, with f = tanh or the identity."""

    def __init__(self, A: Any, B: Any, C: Any, squash: bool):
        self.A, self.B, self.C = (np.asarray(a) for a in (A, B, C))
        self.f = np.tanh if squash else lambda z: z

    def __call__(self, x: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        h = self.f(h @ self.A + x @ self.B)
        return h @ self.C, h


class SimpleRNN:
    """A built `keras.layers.SimpleRNN` that returns its sequences: h' = tanh(x W + h U + b), from zeros."""

    def __init__(self, units: int, input_dim: int, bias: Any, kernel: Any, recurrent: Any):
        parts = {"kernel": kernel, "recurrent_kernel": recurrent, "bias": bias}
        self.weights = [Weight(name, np.asarray(value)) for name, value in parts.items()]

    def get_weights(self) -> list[np.ndarray]:
        return [np.array(w) for w in self.weights]

    def set_weights(self, weights: list[Any]) -> None:
        if [np.shape(w) for w in weights] != [w.value.shape for w in self.weights]:
            raise ValueError("the weights have other shapes than the layer's")
        for variable, value in zip(self.weights, weights, strict=True):
            variable.assign(value)

    def __call__(self, xs: Any) -> np.ndarray:
        xs, (W, U, b) = getattr(xs, "array", xs), self.get_weights()
        h, states = np.zeros((len(xs), len(b))), []
        for t in range(xs.shape[1]):
            h = np.tanh(xs[:, t] @ W + h @ U + b)
            states.append(h)
        return np.stack(states, 1)


def _weights(of_keras: bool = False, **arrays: Any) -> SimpleNamespace:
    return SimpleNamespace(**{name: np.asarray(value) for name, value in arrays.items()})


TWINS: dict[str, Callable[..., Any]] = {
    "weights": _weights,
    "recurrent_cell": RecurrentCell,
    "simple_rnn": SimpleRNN,
    "rng": np.random.default_rng,
}
