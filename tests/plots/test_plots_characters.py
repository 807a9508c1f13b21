"""Pictures of a language model: what is drawn is what was handed over."""

from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from seqlab import plots
from seqlab.errors import SeqlabError
from seqlab.models import History


def test_loss_curve_names_every_line_and_labels_do_not_overlap():
    loss = np.linspace(4, 1, 80).tolist()
    history = History(loss=loss, val_steps=[40, 80], val_loss=[2.2, 1.05])
    figure = plots.loss_curve(history, log_v=4.09, unigram=3.2, bigram=3.15)
    figure.canvas.draw()
    (ax,) = figure.axes
    labels = {text.get_text(): text.get_window_extent() for text in ax.texts}
    assert set(labels) >= {"held out 1.05", "log V 4.09", "unigrams 3.20", "bigrams 3.15"}
    boxes = sorted(labels.values(), key=lambda box: box.y0)
    assert all(upper.y0 >= lower.y1 - 2 for lower, upper in pairwise(boxes))
    raw, smooth, held_out, *yardsticks = ax.lines
    np.testing.assert_allclose(raw.get_ydata(), loss)
    np.testing.assert_allclose(smooth.get_ydata(), loss)  # the mean of a straight line is the line
    np.testing.assert_allclose(held_out.get_ydata(), [2.2, 1.05])
    assert len(yardsticks) == 3


def test_loss_curve_of_one_step_and_of_none():
    assert plots.loss_curve(History(loss=[3.0])).axes
    with pytest.raises(SeqlabError):
        plots.loss_curve(History())


def test_temperature_bars_show_the_softmax_and_the_draws():
    logits = np.log([0.5, 0.25, 0.125, 0.125])
    figure = plots.temperature_bars(logits, "ab\n ", {1.0: [0, 0, 1, 3], 0.5: [0]}, top=3)
    one, half = figure.axes
    np.testing.assert_allclose([bar.get_height() for bar in one.patches], [0.5, 0.25, 0.125])
    np.testing.assert_allclose(one.lines[0].get_ydata(), [0.5, 0.25, 0])
    assert [tick.get_text() for tick in one.get_xticklabels()] == ["a", "b", "\\n"]
    p = np.array([0.5, 0.25, 0.125, 0.125]) ** 2
    np.testing.assert_allclose([bar.get_height() for bar in half.patches], (p / p.sum())[:3])


def test_causality_map_is_white_where_nothing_moves():
    moved = np.triu(np.full((3, 3), 0.1))
    image = plots.causality_map(moved, "ab ").axes[0].images[0].get_array()
    np.testing.assert_array_equal(np.isnan(np.ma.filled(image, np.nan)), moved == 0)


def test_dots_bars_and_windows():
    figure = plots.dots({"real": [1, 2, 9], "none": []}, xlabel="length")
    assert figure.axes[0].lines[1].get_xdata() == [2]
    figure = plots.shares(["a", "b"], {"x": [0.5, 1], "y": [0, 0.25]}, ylabel="share")
    assert [bar.get_height() for bar in figure.axes[0].patches] == [0.5, 1, 0, 0.25]
    figure = plots.shifted_window("ab", "b\n")
    assert [text.get_text() for text in figure.axes[0].texts] == ["x", "a", "b", "y", "b", "\\n"]
