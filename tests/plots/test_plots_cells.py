"""Pictures of gated cells say their numbers, and refuse numbers that do not belong together."""

import numpy as np
import pytest

from seqlab import plots
from seqlab.errors import SeqlabError
from seqlab.plots.alt_text import alt_text


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_a_story_says_what_is_kept_and_what_is_said():
    gates = {"f": [1, 1, 0], "i": [1, 0, 0], "candidate": [1, 0, 0], "o": [0, 1, 1]}
    figure = plots.gate_story(["a favour", "a question", "a quarrel"], gates, [1, 1, 0], [0, 0.76, 0])
    assert "yes (0.76)" in texts(figure.axes[0])
    assert "a question c = 1, h = 0.76" in alt_text(figure)
    with pytest.raises(SeqlabError, match="2 numbers each"):
        plots.gate_story(["a", "b"], gates, [1, 1], [0, 0])


def test_two_modules_are_drawn_side_by_side():
    left, right = plots.repeating_modules().axes
    assert "vanilla" in left.get_title(loc="left")
    assert {"×", "+"} < set(texts(right))


def test_a_step_in_four_panels_is_the_step():
    rng = np.random.default_rng(0)
    c, candidate, *gates = rng.uniform(-1, 1, 5), rng.uniform(-1, 1, 5), *rng.random((3, 5))
    f, i, o = gates
    figure = plots.lstm_step_panels(c, f=f, i=i, candidate=candidate, o=o)
    heights = [[bar.get_height() for bar in ax.patches[5:]] for ax in figure.axes]
    new = f * c + i * candidate
    np.testing.assert_allclose(heights, [f * c, i * candidate, new, o * np.tanh(new)])
    with pytest.raises(SeqlabError, match=r"are \(H,\)"):
        plots.lstm_step_panels(c, f=f[:2], i=i, candidate=candidate, o=o)


def test_a_race_shows_the_middle_run_of_each_and_where_it_ends():
    slow, fast = [np.full(100, v) for v in (0.2, 0.1, 0.3)], [np.full(50, 0.01)] * 2
    figure = plots.learning_race({"slow": slow, "fast": fast}, chance=1 / 6)
    assert {"slow 0.2", "fast 0.01"} < set(texts(figure.axes[0]))
    for wrong in ({}, {"none": [[]]}, {"uneven": [np.ones(50), np.ones(60)]}):
        with pytest.raises(SeqlabError):
            plots.learning_race(wrong, chance=1)
