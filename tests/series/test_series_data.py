"""Where series come from: what is there, how it is cut into parts, and that nothing of the future reaches training."""

import os
from pathlib import Path

import numpy as np
import pytest

from seqlab import series
from seqlab.errors import SeqlabError
from seqlab.models import Forecaster

MARKER = 1e6
COPIES = Path(os.environ.get("SEQLAB_DATA", "/nowhere"))


def test_the_monthly_series_are_whole_and_know_their_season():
    for name, steps, unit in (("co2", 526, "ppm"), ("el_nino", 732, "°C")):
        found = series.load_series(name)
        assert len(found) == steps
        assert found.values.shape == (steps, 1)
        assert found.units == (unit,)
        assert found.period == 12
        assert np.isfinite(found.values).all()
    assert series.load_series("co2").filled == 5
    assert "5 gaps filled with the value before" in repr(series.load_series("co2"))


def test_no_statistic_of_a_later_part_reaches_training():
    values = series.load_series("el_nino").values
    cut = {"train_end": 480, "validation_end": 576}
    marked = values.copy()
    marked[480:] = MARKER
    clean, dirty = (series.split_windows(v, 36, 12, **cut).train for v in (values, marked))
    np.testing.assert_array_equal(clean.X, dirty.X)
    np.testing.assert_array_equal(clean.Y, dirty.Y)
    learnt = []
    for windows in (clean, dirty):
        model = Forecaster(36, 12, units=3)
        model.learn(windows.X, windows.Y, steps=3)
        learnt.append([np.asarray(w) for w in model.weights])
    for a, b in zip(*learnt, strict=True):  # scales and trained weights
        np.testing.assert_array_equal(a, b)


def test_every_window_belongs_to_the_part_that_it_asks_for():
    parts = series.split_windows(np.arange(60.0)[:, None], 5, 3, train_end=30, validation_end=45)
    assert parts.train.Y.max() == 29
    assert parts.validation.Y.min() == 30
    assert parts.validation.Y.max() == 44
    assert parts.test.Y.min() == 45
    assert parts.test.Y.max() == 59
    for part in (parts.train, parts.validation, parts.test):
        np.testing.assert_array_equal(part.X[:, -1, 0] + 1, part.Y[:, 0, 0])
        np.testing.assert_array_equal(part.start, part.Y[:, 0, 0])
        np.testing.assert_array_equal(np.diff(part.start), 1)
    with pytest.raises(SeqlabError, match="validation"):
        series.split_windows(np.zeros((60, 1)), 5, 3, train_end=44, validation_end=45)


def test_storms_are_split_by_year_and_no_storm_is_in_two_parts():
    parts = series.load_storms()
    names = [{t.name for t in part} for part in (parts.train, parts.validation, parts.test)]
    assert len(names[0] | names[1] | names[2]) == sum(map(len, names))
    assert sum(map(len, names)) > 650
    assert {t.year for t in parts.validation} == {2013, 2014, 2015, 2016, 2017}
    for track in parts.train:  # six hours by six hours: nothing moves as fast as 1000 km in that time
        assert (series.distance_km(track.points[1:], track.points[:-1]) < 1000).all()
    X, Y, whose = series.track_windows(parts.test, 4, 4)
    assert X.shape == (len(Y), 4, 3)
    assert Y.shape == (len(whose), 4, 2)
    km = series.kilometres(series.great_circle(X[..., :2], 4), Y)[:, -1].mean()
    assert km == pytest.approx(235, abs=3)  # the 24 h error of constant velocity
    assert series.kilometres(series.persistence(X[..., :2], 4), Y)[:, -1].mean() == pytest.approx(515, abs=5)


@pytest.mark.beside
@pytest.mark.skipif(not (COPIES / "ucy").is_dir(), reason="SEQLAB_DATA holds no ucy")
def test_pedestrians_are_split_by_place():
    parts = series.load_pedestrians("zara01")
    places = [{t.name.split()[0] for t in part} for part in (parts.train, parts.validation, parts.test)]
    assert places == [{"zara02", "students03"}, {"zara02", "students03"}, {"zara01"}]
    assert not {t.name for t in parts.train} & {t.name for t in parts.validation}
    X, Y, _ = series.track_windows(parts.test, 8, 12)
    assert series.ade_fde(series.constant_velocity(X, 12), Y) == pytest.approx((0.449, 0.999), abs=1e-3)
    with pytest.raises(SeqlabError, match="zara02"):
        series.load_pedestrians("eth")


@pytest.mark.beside
@pytest.mark.skipif(not (COPIES / "beijing_pm25").is_dir(), reason="SEQLAB_DATA holds no beijing_pm25")
def test_beijing_begins_where_everything_was_measured():
    found = series.load_series("beijing", columns=("pm2.5", "TEMP"))
    assert found.values.shape == (43_800, 2)
    assert found.units == ("µg/m³", "°C")
    assert found.period == 24


def test_a_table_of_the_users(tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text("who,day,sold,price\na,2024-01-01,,2\nb,2024-01-02,3,2\nc,2024-01-03,,2\nd,2024-01-04,5,1\n")
    found = series.load_series(str(path))
    assert found.columns == ("sold", "price")
    assert found.values.tolist() == [[3, 2], [3, 2], [5, 1]]  # from the first whole row on; a gap is the value before
    assert found.filled == 1
    assert found.period == 7
    assert series.load_series(str(path), columns=("price",), time="day").values.ravel().tolist() == [2, 2, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n3,4\n", "a column of times"),
        ("day,a\n2024-01-02,1\n2024-01-01,2\n", "rise"),
        ("day,a\n2024-01-01,x\n2024-01-02,y\n", "column of numbers"),
        ("day,a\n2024-01-01,\n2024-01-02,\n", "a number in every column"),
        ("day,a\n2024-01-01,1\n2024-01-02,2,3\n", "as many cells in each line"),
        ("", "as many cells in each line"),
        ("day,a\n\0", "a file of text"),
    ],
)
def test_a_table_that_is_no_series_is_refused_in_words(tmp_path, text, message):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(SeqlabError, match=message):
        series.load_series(str(path))


def test_names_that_are_none():
    with pytest.raises(SeqlabError, match="el_nino"):
        series.load_series("weather")
    with pytest.raises(SeqlabError, match="ppm"):
        series.load_series("co2", columns=("ppb",))


def test_a_ball_in_a_box_keeps_its_speed_until_it_meets_a_wall():
    track = series.ball_in_a_box(300, np.random.default_rng(3))
    steps = np.linalg.norm(np.diff(track, axis=0), axis=1)
    assert steps.max() == pytest.approx(0.08)
    assert np.isclose(steps, 0.08).mean() > 0.7  # the others meet a wall on their way
    assert track.min() >= 0.05
    assert track.max() <= 0.95
