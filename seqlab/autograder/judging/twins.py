"""The standard things of `workbench.py` once more in NumPy: what a reference is given in their place.

A twin is made of the same settings, so that a reference and its wrong variants read like an answer:
`y, h = cell(x, h)`, `rnn.set_weights([...])`.
"""

from collections.abc import Callable, Sequence
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


class LinearModel:
    """A stack of linear layers, z W + b on the last axis; `trainable_weights` leaves out those of frozen layers."""

    def __init__(self, kernels: list[Any], biases: list[Any], frozen: Sequence[int] = ()):
        pairs = zip(kernels, biases, strict=True)
        self.layers = [(Weight("kernel", np.array(W, "f8")), Weight("bias", np.array(b, "f8"))) for W, b in pairs]
        self.frozen = frozen

    @property
    def weights(self) -> list[Weight]:
        return [w for layer in self.layers for w in layer]

    @property
    def trainable_weights(self) -> list[Weight]:
        return [w for n, layer in enumerate(self.layers) if n not in self.frozen for w in layer]

    def __call__(self, x: Any) -> np.ndarray:
        z = np.asarray(x, "f8")
        for W, b in self.layers:
            z = z @ W.value + b.value
        return z


class SequenceModel(LinearModel):
    """Stands for a recurrent model on (B, T, D), as far as a training step goes: it takes the same inputs."""

    def __init__(self, input_dim: int, units: int, output_dim: int, weights: list[Any] | None = None):
        rng, sizes = np.random.default_rng(1), ((input_dim, units), (units,), (units, output_dim), (output_dim,))
        W, b, V, c = weights or [rng.standard_normal(shape) for shape in sizes]
        super().__init__([W, V], [b, c])


class Optimizer:
    """Gradient descent, w ← w - η (g + λ w)."""

    def __init__(self, name: str, learning_rate: float, weight_decay: float | None = None):
        self.name, self.learning_rate, self.weight_decay, self.iterations = name, learning_rate, weight_decay or 0.0, 0

    def apply_gradients(self, pairs: Any) -> None:
        for g, w in pairs:
            w.assign(w.value - self.learning_rate * (g + self.weight_decay * w.value))
        self.iterations += 1


class Loss:
    """`loss_fn(y_true, y_pred)`: a scaled mean squared error, or softmax cross-entropy of logits."""

    def __init__(self, name: str, scale: float = 1.0):
        self.name, self.scale = name, scale

    def __call__(self, y: Any, p: Any) -> float:
        y, p = np.asarray(y), np.asarray(p, "f8")
        if self.name == "mean_squared_error":
            return float(self.scale * np.mean((y - p) ** 2))
        z = p - p.max(-1, keepdims=True)
        chosen = np.take_along_axis(z, y[..., None], -1)[..., 0]
        return float(self.scale * np.mean(np.log(np.exp(z).sum(-1)) - chosen))


class Landscape:
    """`f(x)`, a scalar, in float64; `slope(x)` is its gradient, by hand."""

    def __init__(self, kind: str, a: Any, c: Any):
        self.kind, self.a, self.c = kind, np.asarray(a, "f8"), np.asarray(c, "f8")

    def _from_c(self, x: Any) -> np.ndarray:
        if np.shape(x) != self.c.shape:
            raise ValueError("x has another shape")
        return np.asarray(x, "f8") - self.c

    def __call__(self, x: Any) -> float:
        z, a = self._from_c(x), self.a
        if self.kind == "valley":
            return float(np.sum(a * z) ** 2)
        terms = {"bowl": a * z**2, "waves": a * np.sin(z), "constant": a}
        return float(np.sum(terms[self.kind]))

    def slope(self, x: Any) -> np.ndarray:
        z, a = self._from_c(x), self.a
        kinds = {"bowl": 2 * a * z, "waves": a * np.cos(z), "valley": 2 * a * np.sum(a * z), "constant": 0 * z}
        return kinds[self.kind]


def _weights(of_keras: bool = False, **arrays: Any) -> SimpleNamespace:
    return SimpleNamespace(**{name: np.asarray(value) for name, value in arrays.items()})


TWINS: dict[str, Callable[..., Any]] = {
    "weights": _weights,
    "recurrent_cell": RecurrentCell,
    "simple_rnn": SimpleRNN,
    "dense_model": LinearModel,
    "recurrent_model": SequenceModel,
    "optimizer": Optimizer,
    "loss": Loss,
    "landscape": Landscape,
    "rng": np.random.default_rng,
}
