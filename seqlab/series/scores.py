"""Errors of forecasts as the fields count them, and skill against a baseline, with an interval that is honest about series.

Forecasts and truths are (M, n_out, D): windows, steps ahead, features.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError
from seqlab.series import sphere


def rmse(pred: ArrayLike, true: ArrayLike) -> float:
    """Root of the mean square error over everything, in the units of the data.

    >>> rmse([[[3.0], [0.0]]], [[[0.0], [4.0]]])
    3.5355339059327378
    """
    pred, true = _alike(pred, true)
    return float(np.sqrt(np.mean((pred - true) ** 2)))


def mase(pred: ArrayLike, true: ArrayLike, train: ArrayLike, period: int = 1) -> float:
    """Mean absolute error, divided by that of the seasonal naive forecast one period ahead within the training series.

    Below 1 it is better than that (Hyndman and Koehler 2006). train: (N, D), the series up to the end of training.
    """
    pred, true = _alike(pred, true)
    train = np.asarray(train, float)
    return float(np.mean(np.abs(pred - true)) / np.mean(np.abs(train[period:] - train[:-period])))


def ade_fde(pred: ArrayLike, true: ArrayLike) -> tuple[float, float]:
    """Average and final displacement error of points in a plane, in its units."""
    pred, true = _alike(pred, true)
    d = np.linalg.norm(pred - true, axis=-1)
    return float(d.mean()), float(d[:, -1].mean())


def kilometres(pred: ArrayLike, true: ArrayLike) -> np.ndarray:
    """Great-circle errors in km of places in degrees, (M, n_out): of each window and step ahead."""
    return sphere.distance_km(*_alike(pred, true))


def best_of(errors: ArrayLike) -> np.ndarray:
    """The error of the best of K forecasts of each window, (K, M) -> (M,): what "best of 20" in a paper counts.

    Whoever forecasts does not know which one will be the best. It falls with K for any forecasts, random ones too.
    """
    return np.asarray(np.min(np.asarray(errors, float), axis=0))


@dataclass(frozen=True)
class Skill:
    """How much smaller a model's errors are than a baseline's: 1 - model / baseline, with a 95 % interval.

    Above 0 it is better; if the interval holds 0, nobody knows.
    """

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:+.0%} ({self.low:+.0%} … {self.high:+.0%})"


def skill(model: ArrayLike, baseline: ArrayLike, series: ArrayLike, *, draws: int = 1000, seed: int = 0) -> Skill:
    """Skill of mean errors, with a bootstrap interval that draws whole series (storms, walkers, years), not windows.

    Windows of one series overlap, and go wrong together: drawn one by one, they would make the interval far too small.

    Args:
        model, baseline: errors (M,) of the same windows. series: (M,) whose window it is.

    >>> skill([1.0, 1.0, 2.0], [2.0, 2.0, 4.0], [0, 0, 1]).value
    0.5
    """
    model, baseline, series = (np.asarray(a) for a in (model, baseline, series))
    if not model.shape == baseline.shape == series.shape or model.ndim != 1 or not len(model):
        raise SeqlabError("errors and series are (M,) each", got=f"{model.shape}, {baseline.shape}, {series.shape}")
    _, number = np.unique(series, return_inverse=True)
    sums = np.stack([np.bincount(number, a) for a in (model.astype(float), baseline.astype(float))], 1)  # (series, 2)
    drawn = np.random.default_rng(seed).integers(len(sums), size=(draws, len(sums)))
    a, b = np.moveaxis(sums[drawn].sum(1), -1, 0)
    low, high = np.quantile(1 - a / b, [0.025, 0.975])
    return Skill(float(1 - model.sum() / baseline.sum()), float(low), float(high))


def _alike(pred: ArrayLike, true: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    pred, true = np.asarray(pred, float), np.asarray(true, float)
    if pred.shape != true.shape:
        raise SeqlabError("forecast and truth have one shape", got=f"{pred.shape} and {true.shape}")
    return pred, true
