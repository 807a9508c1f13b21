"""The gate raster and the gradient flow draw what they are given, and refuse what does not fit."""

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest

from seqlab import plots
from seqlab.errors import SeqlabError
from seqlab.layers import GRU, LSTM


def lstm_steps(mask=None):
    x = np.random.default_rng(0).normal(size=(2, 5, 3))
    return LSTM(4).inside(x, mask=mask)


def test_a_panel_a_gate_a_row_a_unit_a_column_a_step():
    steps = lstm_steps()
    figure = plots.gate_raster(steps, list("a b$c"), example=1)
    panels = [ax for ax in figure.axes if ax.get_title(loc="left")]
    assert [ax.get_title(loc="left").split()[0] for ax in panels] == [
        "input",
        "forget",
        "candidate",
        "output",
        "cell",
        "hidden",
    ]
    np.testing.assert_allclose(panels[1].images[0].get_array(), steps.f[1].T)
    assert [t.get_text() for t in panels[-1].get_xticklabels()] == ["a", "␣", "b", r"\$", "c"]
    assert panels[1].images[0].get_clim() == (0, 1)


def test_masked_steps_are_left_out_and_panels_can_be_chosen():
    steps = lstm_steps(mask=np.array([[1, 1, 1, 0, 0]] * 2, bool))
    figure = plots.gate_raster(steps, show=["f", "h"])
    f, h = (ax.images[0].get_array() for ax in figure.axes if ax.get_title(loc="left"))
    assert f[:, 3:].mask.all()
    assert not np.ma.getmaskarray(f[:, :3]).any()
    assert not np.ma.getmaskarray(h).any()
    assert len(plots.gate_raster(GRU(1).inside(np.ones((1, 2, 3)))).axes) == 8  # four panels, four scales


def test_flow_draws_the_geometric_mean_and_stops_at_zero():
    norms = {"LSTM": np.array([[0.1, 1, 1], [0.001, 1, 1]]), "RNN": np.array([0, 1e-9, 1])}
    ax = plots.gradient_flow(norms, ["dog", "barks"]).axes[0]
    unit, lstm, rnn = ax.lines
    assert set(unit.get_ydata()) == {1}
    np.testing.assert_allclose(lstm.get_ydata(), [0.01, 1, 1])
    np.testing.assert_allclose(rnn.get_ydata(), [np.nan, 1e-9, 1])
    assert ax.get_yscale() == "log"
    assert {t.get_text() for t in ax.texts} == {"LSTM", "RNN"}
    assert [t.get_text() for t in ax.get_xticklabels()] == ["$h_0$", "dog", "barks"]


def test_flow_of_nothing_but_zeros_is_an_empty_line():
    assert np.isnan(plots.gradient_flow({"dead": np.zeros(4)}).axes[0].lines[1].get_ydata()).all()


def test_what_does_not_fit_is_named():
    steps = lstm_steps()
    with pytest.raises(SeqlabError, match="each of the 5 steps; got 2 labels"):
        plots.gate_raster(steps, ["a", "b"])
    with pytest.raises(SeqlabError, match=r"panels of this layer are i, f.*\['z'\]"):
        plots.gate_raster(steps, show=["z"])
    with pytest.raises(SeqlabError, match="examples 0 to 1; got 2"):
        plots.gate_raster(steps, example=2)
    with pytest.raises(SeqlabError, match="all of one T"):
        plots.gradient_flow({"a": np.ones(3), "b": np.ones(4)})
    with pytest.raises(SeqlabError, match="each of the 2 steps"):
        plots.gradient_flow({"a": np.ones(3)}, ["a"])
