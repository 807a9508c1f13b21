"""Pictures of forecasts, trees and glimpses: what is drawn is what was given."""

import numpy as np
import pytest

from seqlab import plots
from seqlab.errors import SeqlabError


def test_a_fan_holds_what_came_and_every_baseline():
    figure = plots.forecast_fan(
        np.arange(8), np.arange(8.0), 5, np.array([[1, 2, 3]] * 3), {"last": [5, 5, 5]}, unit="°C"
    )
    ax = figure.axes[0]
    drawn = {line.get_label(): line.get_ydata().tolist() for line in ax.lines}
    assert drawn["what came"] == [5, 6, 7]
    assert drawn["last"] == [5, 5, 5]
    assert drawn["network"] == [2, 2, 2]
    assert ax.get_ylabel() == "°C"
    with pytest.raises(SeqlabError, match="known steps"):
        plots.forecast_fan(np.arange(8), np.arange(8.0), 6, np.zeros((3, 3)), {}, unit="m")


def test_reliability_puts_a_perfect_forecast_on_the_diagonal():
    p = np.repeat([0.1, 0.6], 50)
    came = np.concatenate([np.arange(50) < 5, np.arange(50) < 30])
    ax = plots.reliability({"it": p}, came, bins=2).axes[0]
    line = next(line for line in ax.lines if line.get_label() == "it")
    np.testing.assert_allclose(line.get_xdata(), line.get_ydata())


def test_a_tree_shows_every_node_and_a_map_every_exercise():
    figure = plots.sentiment_tree((("not", "good"), "x"), lambda node: 0.25)
    texts = [t.get_text() for t in figure.axes[0].texts]
    assert texts.count(".25") == 5
    assert {"not", "good", "x"} <= set(texts)
    figure = plots.concept_map({"a": {"lab1": "f"}, "b": {"lab2": "section"}}, ["lab1", "lab2"])
    assert {"a", "b", "f", "•"} <= {t.get_text() for t in figure.axes[0].texts}


def test_errors_tracks_and_beliefs_are_drawn():
    figure = plots.error_by_step({"a": [1, 2], "b": [1, 1]}, unit="km", step=6)
    assert figure.axes[0].lines[1].get_xdata().tolist() == [6, 12]
    track = np.array([[20.0, -60], [21, -61]])
    figure = plots.storm_map([track], track, track + 2, {"straight": track + 2, "net": track + 3}, [0.5, 1])
    assert len(figure.axes[0].patches) == 2
    figure = plots.glimpse_beliefs(np.zeros((4, 4)), [0, 1, 2, 3], 2, np.full((4, 10), 0.1), after=(2, 4))
    assert len(figure.axes) == 4
