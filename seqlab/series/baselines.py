"""Forecasts that need no network. A model that does not beat them has learnt nothing, and is not shown.

Each takes a history (B, n, D) and gives (B, n_out, D), in the same units.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError
from seqlab.series import sphere


def persistence(history: ArrayLike, n_out: int) -> np.ndarray:
    """It stays as it is: the last value, n_out times.

    >>> persistence([[[1.0], [2.0]]], 3).ravel().tolist()
    [2.0, 2.0, 2.0]
    """
    return np.repeat(_checked(history, 1)[:, -1:], n_out, axis=1)


def seasonal_naive(history: ArrayLike, n_out: int, period: int) -> np.ndarray:
    """It goes as it went a period ago: the last full period, repeated and cut.

    >>> seasonal_naive([[[1.0], [2.0], [3.0]]], 3, period=2).ravel().tolist()
    [2.0, 3.0, 2.0]
    """
    history = _checked(history, period)
    return history[:, history.shape[1] - period + np.arange(n_out) % period]


def seasonal_drift(history: ArrayLike, n_out: int, period: int) -> np.ndarray:
    """As a period ago, and as much higher or lower as this period's mean is above the one before.

    >>> seasonal_drift([[[1.0], [5.0], [2.0], [6.0]]], 3, period=2).ravel().tolist()
    [3.0, 7.0, 4.0]
    """
    history = _checked(history, 2 * period)
    rise = history[:, -period:].mean(1, keepdims=True) - history[:, -2 * period : -period].mean(1, keepdims=True)
    repeats = 1 + np.arange(n_out)[:, None] // period
    return seasonal_naive(history, n_out, period) + repeats * rise


def drift(history: ArrayLike, n_out: int) -> np.ndarray:
    """The straight line through the first and the last value, continued.

    >>> drift([[[1.0], [4.0], [3.0]]], 2).ravel().tolist()
    [4.0, 5.0]
    """
    history = _checked(history, 2)
    step = (history[:, -1:] - history[:, :1]) / (history.shape[1] - 1)
    return history[:, -1:] + step * np.arange(1, n_out + 1)[:, None]


def constant_velocity(history: ArrayLike, n_out: int) -> np.ndarray:
    """It moves on as in its last step.

    >>> constant_velocity([[[0.0, 0.0], [1.0, 2.0]]], 2).tolist()
    [[[2.0, 4.0], [3.0, 6.0]]]
    """
    history = _checked(history, 2)
    return history[:, -1:] + (history[:, -1:] - history[:, -2:-1]) * np.arange(1, n_out + 1)[:, None]


def great_circle(history: ArrayLike, n_out: int) -> np.ndarray:
    """Constant velocity on the Earth: on along the great circle of the last step; places in degrees, (B, n, 2)."""
    history = _checked(history, 2)
    return sphere.go_on(history[:, -2], history[:, -1], n_out)


@dataclass(frozen=True)
class LinearAR:
    """Linear autoregression: every step ahead is a weighted sum of the last n_in values, and a constant.

    `LinearAR.fit(X, Y)` learns from windows of training; `model(history, n_out)` forecasts. What it weighs is taken
    relative to the last value, so that a series may rise.

    Attributes:
        weights: (n_in · D + 1, n_out · D), by least squares with a small ridge.
    """

    weights: np.ndarray

    @classmethod
    def fit(cls, X: ArrayLike, Y: ArrayLike, *, ridge: float = 1e-3) -> "LinearAR":
        """From windows X (M, n_in, D), Y (M, n_out, D).

        ridge: how much large weights cost, in units of the mean square of the inputs.
        """
        X, Y = np.asarray(X, float), np.asarray(Y, float)
        A, B = cls._inputs(X), (Y - X[:, -1:]).reshape(len(Y), -1)
        cost = ridge * len(A) * np.mean(A[:, :-1] ** 2) * np.eye(A.shape[1])
        cost[-1, -1] = 1e-9  # the constant costs nothing
        return cls(np.linalg.solve(A.T @ A + cost, A.T @ B))

    @staticmethod
    def _inputs(X: np.ndarray) -> np.ndarray:
        relative = (X - X[:, -1:]).reshape(len(X), -1)
        return np.concatenate([relative, np.ones((len(X), 1))], 1)

    def __call__(self, history: ArrayLike, n_out: int) -> np.ndarray:
        """The forecast (B, n_out, D); SeqlabError if the windows are of another length than those of training."""
        history = _checked(history, 1)
        A, D = self._inputs(history), history.shape[2]
        if A.shape[1] != len(self.weights) or n_out * D > self.weights.shape[1]:
            expected = (
                f"windows that give {len(self.weights) - 1} numbers, and at most {self.weights.shape[1] // D} steps"
            )
            raise SeqlabError(expected, got=f"{A.shape[1] - 1} numbers and {n_out} steps")
        return history[:, -1:] + (A @ self.weights).reshape(len(history), -1, D)[:, :n_out]


def _checked(history: ArrayLike, at_least: int) -> np.ndarray:
    history = np.asarray(history, float)
    if history.ndim != 3 or history.shape[1] < at_least:
        raise SeqlabError(f"a history is (B, n, D), with n at least {at_least}", got=f"the shape {history.shape}")
    return history
