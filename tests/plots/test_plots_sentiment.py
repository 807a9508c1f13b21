"""Pictures of models that judge sentences: what is drawn is what was given."""

import numpy as np

from seqlab import plots
from seqlab.models.classify import evaluate


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


def test_what_is_no_sentence_yet_lies_in_grey():
    bare, grey = (plots.word_trace(["not", "bad"], {"rnn": [0.5, 0.2, 0.9]}, unfinished=n).axes[0] for n in (0, 2))
    assert not bare.patches
    left, right = grey.patches[0].get_extents().transformed(grey.transData.inverted()).intervalx
    assert left < 1 < right < 2  # start and "not", and not "bad"


def test_count_vectors_of_the_same_words_are_the_same():
    figure = plots.count_vectors(["Not bad, not good.", "Not good, not bad."])
    ax = figure.axes[0]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["bad", "good", "not", ",", "."]
    assert texts_of(ax) == ["1", "1", "2", "1", "1"] * 2
    assert "“Not good, not bad.”: 1 1 2 1 1" in figure.get_label()


def test_seeds_are_dots_around_their_mean_with_the_standard_error_of_the_test_set():
    figure = plots.seeds_and_error({"bag": (74.0, 76.0), "linear": (81.0,)}, n=1000)
    bar, dots = figure.axes[0].lines[:2]
    error = 100 * (0.75 * 0.25 / 1000) ** 0.5
    np.testing.assert_allclose(bar.get_xdata(), [75 - error, 75 + error])
    assert list(dots.get_xdata()) == [74.0, 76.0]
    assert "linear 81.0" in figure.get_label()
