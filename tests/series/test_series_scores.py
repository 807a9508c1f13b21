"""Forecasts without learning, errors, and places on a sphere, against results that are known otherwise."""

import numpy as np
import pytest

from seqlab import series
from seqlab.errors import SeqlabError

RNG = np.random.default_rng(0)


def test_known_distances():
    pole, equator = [90.0, 0.0], [0.0, 33.0]
    assert series.distance_km(pole, equator) == pytest.approx(np.pi / 2 * 6371.0088)
    assert series.distance_km([0, 179.9], [0, -179.9]) == pytest.approx(0.2 * np.pi / 180 * 6371.0088)
    assert series.distance_km([10, 20], [10, 20]) == 0


def test_a_great_circle_goes_on_as_it_came():
    a = np.stack([RNG.uniform(-60, 60, 50), RNG.uniform(-180, 180, 50)], -1)
    b = a + RNG.uniform(-3, 3, a.shape)
    ahead = series.go_on(a, b, 4)
    step = series.distance_km(a, b)
    for k in range(4):
        np.testing.assert_allclose(series.distance_km(b, ahead[:, k]), (k + 1) * step, rtol=1e-6)
        np.testing.assert_allclose(series.distance_km(a, ahead[:, k]), (k + 2) * step, rtol=1e-6)
    np.testing.assert_allclose(series.go_on([12.0, 34.0], [12.0, 34.0], 2), [[12, 34], [12, 34]])


def test_a_plane_around_a_place_is_nearly_right_nearby():
    origin = np.array([25.0, -70.0])
    places = origin + RNG.uniform(-2, 2, (30, 2))
    flat = np.linalg.norm(series.to_plane(places, origin), axis=-1)
    np.testing.assert_allclose(flat, series.distance_km(places, origin), rtol=0.03)


def test_baselines_by_hand():
    h = np.array([[[1.0], [2.0], [4.0], [3.0]]])
    assert series.persistence(h, 2).ravel().tolist() == [3, 3]
    assert series.seasonal_naive(h, 5, 3).ravel().tolist() == [2, 4, 3, 2, 4]
    assert series.drift(h, 3).ravel() == pytest.approx([3 + 2 / 3, 3 + 4 / 3, 5])
    assert series.constant_velocity(h, 2).ravel().tolist() == [2, 1]
    assert series.seasonal_drift(h, 2, 2).ravel().tolist() == [6, 5]
    with pytest.raises(SeqlabError, match="at least 5"):
        series.seasonal_naive(h, 1, 5)


def test_linear_autoregression_finds_a_linear_rule_and_a_rise():
    s = [1.0, 3.0]
    for t in range(200):
        s.append(1.6 * s[-1] - 0.8 * s[-2] + 0.05 * t)
    s = np.array(s)[:, None]
    parts = series.split_windows(s, 4, 3, train_end=150, validation_end=170)
    model = series.LinearAR.fit(parts.train.X, parts.train.Y, ridge=1e-9)
    np.testing.assert_allclose(model(parts.test.X, 3), parts.test.Y, rtol=0.01)
    with pytest.raises(SeqlabError, match="4 numbers"):
        model(parts.test.X[:, 1:], 3)


def test_errors_by_hand():
    pred, true = np.array([[[3.0, 4], [0, 0]]]), np.array([[[0.0, 0], [0, 1]]])
    assert series.ade_fde(pred, true) == (3, 1)
    assert series.rmse(pred, true) == pytest.approx(np.sqrt(26 / 4))
    train = np.array([[0.0], [2], [1], [5]])  # a step of 2, 1, 4; a period of two of 1, 3
    assert series.mase([[[1.0]]], [[[4.0]]], train) == pytest.approx(3 / (7 / 3))
    assert series.mase([[[1.0]]], [[[4.0]]], train, period=2) == pytest.approx(3 / 2)
    with pytest.raises(SeqlabError, match="one shape"):
        series.rmse(pred, true[:, :1])


def test_the_interval_of_a_skill_is_wider_where_windows_go_wrong_together():
    noise = np.repeat(RNG.normal(0, 1, 20), 50)  # twenty storms, fifty windows each, one luck for each storm
    baseline = np.full(1000, 10.0)
    model = 9 + noise
    by_storm = series.skill(model, baseline, np.repeat(np.arange(20), 50))
    by_window = series.skill(model, baseline, np.arange(1000))
    assert by_storm.value == by_window.value == pytest.approx(0.1, abs=0.06)
    assert by_storm.low < by_storm.value < by_storm.high
    assert by_storm.high - by_storm.low > 4 * (by_window.high - by_window.low)
    assert str(series.Skill(0.16, 0.14, 0.19)) == "+16% (+14% … +19%)"
    with pytest.raises(SeqlabError, match="errors and series"):
        series.skill(model, baseline, np.arange(10))


def test_best_of_many_flatters_noise():
    errors = np.abs(RNG.normal(0, 1, (20, 4000)))
    assert series.best_of(errors).mean() < 0.1 * errors.mean()
    np.testing.assert_array_equal(series.best_of(errors[:1]), errors[0])
