"""The forecaster: it learns a season, its quantiles mean what they say, one file holds all of it."""

import numpy as np
import pytest

from seqlab import series
from seqlab.errors import SeqlabError
from seqlab.models import Forecaster


def season(N=160, noise=0.0, seed=0):
    t = np.arange(N)
    return (10 * np.sin(2 * np.pi * t / 12) + 0.3 * t + noise * np.random.default_rng(seed).normal(size=N))[:, None]


@pytest.fixture(scope="module")
def parts():
    return series.split_windows(season(), 14, 4, train_end=110, validation_end=125)


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_it_learns_a_season_that_rises(parts, kind):
    model = Forecaster(14, 4, kind=kind, units=12)
    model.learn(parts.train.X, parts.train.Y, steps=150)
    error = series.rmse(model.predict_steps(parts.test.X), parts.test.Y)
    assert error < 0.5 * series.rmse(series.seasonal_naive(parts.test.X, 4, 12), parts.test.Y)


@pytest.mark.parametrize("way", ["rolled", "encoder-decoder"])
def test_it_feeds_its_own_forecasts_back(parts, way, tmp_path):
    model = Forecaster(14, 4, way=way, units=12)
    model.learn(parts.train.X, parts.train.Y, steps=150)
    said = model.predict_steps(parts.test.X)
    assert series.rmse(said, parts.test.Y) < 0.5 * series.rmse(series.seasonal_naive(parts.test.X, 4, 12), parts.test.Y)
    shorter = Forecaster(14, 1, way=way, units=12)  # the first of its steps does not depend on how many follow
    shorter(parts.test.X)
    for own, other in zip(shorter.weights, model.weights, strict=True):
        own.assign(other[:1] if other.name == "scale" else other)
    np.testing.assert_allclose(shorter.predict_steps(parts.test.X), said[:, :1], rtol=1e-5)


def test_it_does_not_matter_where_a_series_stands(parts):
    model = Forecaster(14, 4, units=5)
    model.learn(parts.train.X, parts.train.Y, steps=5)
    np.testing.assert_allclose(
        model.predict_steps(parts.test.X + 500) - 500, model.predict_steps(parts.test.X), atol=2e-3
    )


def test_quantiles_rise_and_hold_about_what_they_say(tmp_path):
    noisy = series.split_windows(season(900, noise=3.0), 14, 2, train_end=600, validation_end=620)
    model = Forecaster(14, 2, units=8, quantiles=(0.1, 0.5, 0.9))
    model.learn(noisy.train.X, noisy.train.Y, steps=250)
    fan = model.fan(noisy.test.X)
    assert fan.shape == (len(noisy.test), 2, 1, 3)
    assert (np.diff(fan, axis=-1) >= 0).all()
    below = (noisy.test.Y[..., None] < fan).mean((0, 1, 2))
    assert below == pytest.approx([0.1, 0.5, 0.9], abs=0.12)
    np.testing.assert_array_equal(model.predict_steps(noisy.test.X), fan[..., 1])
    model.save(tmp_path / "m.keras")
    again = Forecaster.load(tmp_path / "m.keras")
    np.testing.assert_allclose(again.fan(noisy.test.X), fan, rtol=1e-5)
    assert again.get_config() == model.get_config()


def test_columns_that_are_only_read_help():
    rng = np.random.default_rng(1)
    told = rng.normal(size=(600, 1))
    moved = np.cumsum(np.concatenate([[0.0], told[:-1, 0]]))[:, None]  # tomorrow's step stands beside today's value
    parts = series.split_windows(np.concatenate([moved, told], 1), 3, 1, train_end=400, validation_end=410)
    model = Forecaster(3, 1, features=2, targets=1, units=8)
    model.learn(parts.train.X, parts.train.Y, steps=200)
    assert model.predict_steps(parts.test.X).shape == (len(parts.test), 1, 1)
    assert series.rmse(model.predict_steps(parts.test.X), parts.test.Y[..., :1]) < 0.4


def test_the_same_seed_gives_the_same_network(parts):
    models = [Forecaster(14, 4, units=4, seed=seed) for seed in (1, 1, 2)]
    for model in models:
        model.learn(parts.train.X, parts.train.Y, steps=4)
    first, again, other = (model.predict_steps(parts.test.X) for model in models)
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "transformer"},
        {"way": "sideways"},
        {"n_in": 1},
        {"quantiles": (0.1, 0.9)},
        {"quantiles": (0.9, 0.5, 0.1)},
        {"features": 2, "targets": 1, "way": "rolled"},
    ],
)
def test_settings_that_are_none_are_refused_in_words(wrong):
    with pytest.raises(SeqlabError, match=r"kind is one of|way='direct'"):
        Forecaster(**{"n_in": 4, "n_out": 2, **wrong})


def test_windows_that_do_not_fit_are_refused(parts, tmp_path):
    model = Forecaster(14, 4, units=2)
    with pytest.raises(SeqlabError, match=r"\(B, 14, 1\)"):
        model.predict_steps(parts.test.X[:, 1:])
    with pytest.raises(SeqlabError, match=r"\(M, 4, 1\)"):
        model.learn(parts.train.X, parts.train.Y[:, :2])
    with pytest.raises(SeqlabError, match="no file"):
        Forecaster.load(tmp_path / "none.keras")
