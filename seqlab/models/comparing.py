"""A recurrent forecaster beside the forecasts that need no network, measured on the last part of a series."""

from dataclasses import dataclass

import numpy as np

from seqlab import series
from seqlab.models.forecast import Forecaster

__all__ = ["Comparison", "compare_forecasts"]


@dataclass(frozen=True)
class Comparison:
    """What was said of the test windows, and by whom.

    Attributes:
        test: the windows. said: name -> (M, n_out, D), the network last. network: the trained one. linear: the fitted one.
        train: (N, D), the values up to the end of training. period: that of the season, if there is one.
    """

    test: series.Windows
    said: dict[str, np.ndarray]
    network: Forecaster
    linear: series.LinearAR
    train: np.ndarray
    period: int | None

    def baselines(self, history: np.ndarray) -> dict[str, np.ndarray]:
        """What the others say of histories (B, n_in, D)."""
        n_out, found = self.network.n_out, {"persistence": series.persistence(history, self.network.n_out)}
        if self.period and self.period <= history.shape[1]:
            found["seasonal naive"] = series.seasonal_naive(history, n_out, self.period)
        if self.period and 2 * self.period <= history.shape[1]:
            found["seasonal and drift"] = series.seasonal_drift(history, n_out, self.period)
        return found | {"linear autoregression": self.linear(history, n_out)}

    def errors(self) -> dict[str, tuple[float, float]]:
        """name -> RMSE in the units of the data, and MASE against the season's (or the last value's) own error."""
        of = self.period or 1
        return {
            name: (series.rmse(p, self.test.Y), series.mase(p, self.test.Y, self.train, of))
            for name, p in self.said.items()
        }


def compare_forecasts(
    values: np.ndarray,
    n_in: int,
    n_out: int,
    *,
    train_end: int,
    test_from: int,
    period: int | None = None,
    kind: str = "gru",
    units: int = 32,
    steps: int = 400,
    seed: int = 1,
) -> Comparison:
    """Train on a series (N, D) up to `train_end`, measure on what follows `test_from`; both are numbers of steps.

    Raises:
        SeqlabError: a part has no window.
    """
    parts = series.split_windows(values, n_in, n_out, train_end=train_end, validation_end=test_from)
    D = values.shape[1]
    network = Forecaster(n_in, n_out, features=D, kind=kind, units=units, quantiles=(0.1, 0.5, 0.9), seed=seed)
    network.learn(parts.train.X, parts.train.Y, steps=steps)
    linear = series.LinearAR.fit(parts.train.X, parts.train.Y)
    found = Comparison(parts.test, {}, network, linear, values[:train_end], period)
    found.said.update(found.baselines(parts.test.X) | {kind.upper(): network.predict_steps(parts.test.X)})
    return found
