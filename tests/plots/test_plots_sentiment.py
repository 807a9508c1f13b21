"""Pictures of models that judge sentences: what is drawn is what was given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from seqlab import plots
from seqlab.models.classify import evaluate


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def texts_of(ax):
    return [t.get_text() for t in ax.texts]


def test_verdicts_have_a_panel_a_text_and_a_dot_a_model():
    figure = plots.verdicts(["good, not bad", "bad, not good"], {"bag": [0.5, 0.5], "rnn": [0.98, 0.02]})
    left, right = figure.axes
    assert texts_of(left) == ["0.50", "0.98"]
    assert texts_of(right) == ["0.50", "0.02"]
    assert [line.get_xdata()[0] for line in right.lines[1:]] == [0.5, 0.02]
    assert [label.get_text() for label in left.get_yticklabels()] == ["bag", "rnn"]


def test_a_trace_starts_before_the_first_word():
    ax = plots.word_trace(["not", "bad"], {"rnn": [0.5, 0.2, 0.9]}).axes[0]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["(start)", "not", "bad"]
    assert list(ax.lines[1].get_ydata()) == [0.5, 0.2, 0.9]


def test_influence_shows_both_directions_and_marks_the_word():
    ax = plots.two_way_influence(["a", "he", "b"], 1, [0.3, 1.0, 0.0], [0.0, 1.0, 0.4]).axes[0]
    assert texts_of(ax) == ["0.30", "1.00", "0", "0", "1.00", "0.40"]
    assert ax.patches[0].get_x() == 0.5


def test_similarities_are_cosines():
    figure = plots.similarities(["a", "b"], {"one-hot": np.eye(2), "learnt": [[1, 0], [-2, 0]]})
    first, second = (figure.axes[k].images[0].get_array() for k in (0, 1))
    np.testing.assert_allclose(first, np.eye(2))
    np.testing.assert_allclose(second, [[1, -1], [-1, 1]])


def test_two_accuracies_are_written_at_their_bars():
    left, right = plots.two_accuracies({"bag": (0.8, 0.5), "rnn": (0.7, 1.0)}).axes
    assert texts_of(left) == ["80.0%", "70.0%"]
    assert texts_of(right) == ["50.0%", "100.0%"]
    assert [p.get_width() for p in right.patches] == [0.5, 1.0]


def test_an_evaluation_shows_its_counts():
    p = np.array([[0.9, 0.1], [0.3, 0.7], [0.6, 0.4]])
    left, right = plots.evaluation_picture(evaluate(p, np.array([0, 1, 1]))).axes
    assert texts_of(left) == ["1", "0", "1", "1"]
    assert left.get_title(loc="left").startswith("accuracy 66.7%")
    assert len(right.collections[0].get_offsets()) == 3
