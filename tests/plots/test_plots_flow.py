"""Roads, cliff and arrows draw what they are given, and refuse what does not fit."""

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest

from seqlab import plots
from seqlab.errors import SeqlabError


def texts(figure):
    return [t.get_text() for ax in figure.axes for t in ax.texts]


def test_the_shares_of_the_steps_add_up_and_one_may_pull_the_other_way():
    figure = plots.gradient_roads([np.array([0.0, 0.0]), np.array([-1.0, 5.0]), np.array([5.0, -1.0])], losses=[2, 3])
    assert [t for t in texts(figure) if "%" in t or t == "0"] == ["0", "50 %", "50 %"]
    figure = plots.gradient_roads([[-1.0], [4.0], [1.0]])
    assert [t for t in texts(figure) if "%" in t] == ["-25 %", "100 %", "25 %"]
    roads = figure.axes[0].lines
    assert roads[0].get_color() != roads[1].get_color() == roads[2].get_color()
    assert roads[1].get_linewidth() > 3 * roads[2].get_linewidth()


def test_the_cliff_shows_the_paths():
    figure = plots.loss_cliff(
        lambda p: p[..., 0] ** 2 + 1, (-1, 1, -1, 1), {"one": [[0.5, 0.5], [9, 9]], "two": [[0, 0]]}
    )
    flat = next(ax for ax in figure.axes if ax.get_legend())
    assert [t.get_text() for t in flat.get_legend().get_texts()] == ["one", "two"]
    np.testing.assert_array_equal(flat.lines[0].get_xydata(), [[0.5, 0.5], [9, 9]])
    assert flat.get_xlim() == (-1, 1)


def test_an_arrow_has_the_true_angle_whatever_the_tensors_are():
    gradient = [np.array([[3.0, 0.0]]), np.array([4.0])]
    words = texts(
        plots.clipped_arrows(gradient, {"same": [g / 5 for g in gradient], "turned": [np.array([4.0, 0]), [-3.0]]})
    )
    assert "same: 0° off, length 1" in words
    assert "turned: 90° off, length 5" in words


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.gradient_roads([]),
        lambda: plots.gradient_roads([[1.0], [-1.0]]),
        lambda: plots.gradient_roads([[1.0], [1.0, 2.0]]),
        lambda: plots.loss_cliff(np.sum, (1, 0, 0, 1), {}),
        lambda: plots.loss_cliff(np.sum, (0, 1, 0, 1), {"a": [1, 2]}),
        lambda: plots.clipped_arrows([[0.0]], {}),
        lambda: plots.clipped_arrows([[1.0]], {"a": [[1.0, 2.0]]}),
    ],
)
def test_what_does_not_fit_is_refused(draw):
    with pytest.raises(SeqlabError):
        draw()
