"""The pictures of a memory: what is drawn is what was given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from seqlab import plots
from seqlab.errors import SeqlabError
from seqlab.plots.alt_text import alt_text

plt.switch_backend("Agg")
WORDS = ["dog barking", "white shirt", "apple pie"]


def _texts(ax):
    return [text.get_text() for text in ax.texts]


def test_a_dynamical_system_has_states_and_the_driven_one_inputs_too():
    alone, driven = plots.dynamical_system().axes
    assert {"$s_{t-1}$", "$s_{t}$", "$s_{t+1}$"} <= set(_texts(alone))
    assert {"$h_{t}$", "$x_{t-1}$", "$x_{t}$", "$x_{t+1}$"} <= set(_texts(driven))
    assert not [text for text in _texts(alone) if "x" in text]


def test_a_step_of_a_memory_shows_what_is_forgotten_heard_and_summed():
    figure = plots.memory_update(WORDS, [0.4, 0.2, 0], [0, 0, 0.5], kept=0.5, heard=[1, 1, 0.8])
    bars = [[bar.get_width() for bar in ax.patches] for ax in figure.axes]
    expected = [[0.4, 0.2, 0], [0.2, 0.1, 0], [0, 0, 0.5], [0, 0, 0.4], np.tanh([0.2, 0.1, 0.4])]
    np.testing.assert_allclose(bars, expected)
    assert "0.38" in alt_text(figure)  # tanh(0.4)


def test_a_memory_has_a_number_for_each_place():
    with pytest.raises(SeqlabError, match="for each place"):
        plots.memory_update(WORDS, [0.4, 0.2], [0, 0, 0.5], kept=0.5, heard=[1, 1, 1])


def test_lists_hold_what_is_above_the_threshold_and_nothing_that_is_still_to_come():
    table = [[0.6, 0, 0], [0.5, 0.1, 0], [0.4, 0.05, 0.3]]
    figure = plots.memory_lists(WORDS, {"B": table, "C": table}, forgotten=0.2, answer="here")
    for ax, output in zip(figure.axes, (0, 1), strict=True):
        texts = _texts(ax)
        assert [t for t in texts if "0." in t] == [f"dog barking {v}" for v in ("0.60", "0.50", "0.40")] + [
            "apple pie 0.30"
        ]
        assert texts.count("– – –") == 2  # the white shirt, at two steps
        assert texts.count("output: here") == output
    assert "at the end dog barking, apple pie are there" in alt_text(figure)
