"""`seqlab forecast`: a table beside the baselines, a fan, a file; and one sentence where something is wrong."""

import numpy as np
import pytest
from click.testing import CliRunner

from seqlab.commands.forecast import forecast
from seqlab.errors import SeqlabError
from seqlab.models import Forecaster


def run(*args):
    found = CliRunner().invoke(forecast, [str(a) for a in args])
    return found.output, found.exception


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Fifteen years of months with a season that rises."""
    path = tmp_path_factory.mktemp("forecast") / "sold.csv"
    t = np.arange(180)
    values = 100 + 0.5 * t + 10 * np.sin(2 * np.pi * t / 12)
    rows = [f"{2000 + k // 12}-{k % 12 + 1:02d}-01,{v:.3f},{k}" for k, v in zip(t, values, strict=True)]
    path.write_text("month,sold,other\n" + "\n".join(rows) + "\n")
    return path


def test_it_forecasts_beside_the_baselines_and_says_where_these_win(table, tmp_path):
    picture, saved = tmp_path / "fan.png", tmp_path / "net.keras"
    said, error = run(table, "--horizon", 3, "--history", 26, "--steps", 5, "--picture", picture, "--save", saved)
    assert error is None
    for name in ("persistence", "seasonal naive", "seasonal and drift", "linear autoregression", "GRU"):
        assert name in said
    assert "The simpler forecast is better here: " in said  # five steps of training are none
    assert "after 2014-12-01" in said
    assert picture.read_bytes()[:4] == b"\x89PNG"
    assert Forecaster.load(saved).n_out == 3


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("nowhere.csv",), "el_nino"),
        (("TABLE", "--column", "price"), "sold"),
        (("TABLE", "--horizon", 60), "lower --horizon"),
    ],
)
def test_what_cannot_be_forecast_is_one_sentence(table, args, message):
    _, error = run(*(table if a == "TABLE" else a for a in args))
    assert isinstance(error, SeqlabError)
    assert message in str(error)
