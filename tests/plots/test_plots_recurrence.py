"""The recurrence pictures: what is drawn is what was given."""

import subprocess
import sys

import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
import tensorflow as tf

from seqlab import plots
from seqlab.errors import SeqlabError
from seqlab.layers import MyRNNCell

plt.switch_backend("Agg")
WORDS = ["dog barking", "white shirt", "apple pie"]


def _texts(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def test_unrolled_graph_names_every_input_and_only_the_given_outputs():
    texts = _texts(plots.unrolled_graph(["I", "love", "RNNs"], ["", "", "networks!"], losses=True))
    assert {"I", "love", "RNNs", "networks!", "$h_{3}$", "$L = L_{3}$"} <= set(texts)
    assert "$L_{1}$" not in texts
    assert texts.count("$W_{xh}$") == 4  # the loop and three steps


def test_unrolled_graph_adds_up_all_losses():
    assert "$L = L_{1} + L_{2}$" in _texts(plots.unrolled_graph("ab", losses=True))


@pytest.mark.parametrize(("inputs", "outputs"), [("", ""), ("ab", "c")])
def test_unrolled_graph_refuses_lengths_that_differ(inputs, outputs):
    with pytest.raises(SeqlabError, match="as many"):
        plots.unrolled_graph(inputs, outputs)


def test_parameter_growth_draws_both_lines():
    (ax,) = plots.parameter_growth([1, 2, 3], [36, 36, 36], [6, 12, 18]).axes
    window, rnn = (line.get_ydata() for line in ax.lines)
    np.testing.assert_array_equal(window, [6, 12, 18])
    np.testing.assert_array_equal(rnn, [36, 36, 36])


def test_influence_bars_has_a_panel_for_each_recurrence_on_one_scale():
    figure = plots.influence_bars(WORDS, {"A": [0.1, 0.2, 0.6], "B": [0.3, 0.1, 0.9]}, {"B": [0.3, 0.2, 0.8]})
    heights = [[bar.get_height() for bar in ax.patches] for ax in figure.axes]
    assert heights == [[0.1, 0.2, 0.6], [0.3, 0.1, 0.9]]
    assert [len(ax.lines) for ax in figure.axes] == [0, 1]
    np.testing.assert_array_equal(figure.axes[1].lines[0].get_ydata(), [0.3, 0.2, 0.8])
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()


def test_softmax_columns_puts_each_step_in_a_column_and_frames_its_target():
    P = [[0.7, 0.2, 0.1], [0.0, 0.4, 0.6]]
    (ax,) = plots.softmax_columns(P, "ab", "xyz", "yz").axes
    np.testing.assert_array_equal(ax.images[0].get_array(), np.transpose(P))
    centres = [(p.get_x() + p.get_width() / 2, p.get_y() + p.get_height() / 2) for p in ax.patches]
    np.testing.assert_allclose(centres, [(0, 1), (1, 2)])


def test_softmax_columns_refuses_a_table_that_lies_on_its_side():
    with pytest.raises(SeqlabError, match=r"\(2, 3\)"):
        plots.softmax_columns(np.ones((3, 2)) / 3, "ab", "xyz")


@pytest.mark.parametrize("T", [1, 3])
def test_traced_graph_finds_three_products_and_a_tanh_at_each_step(T):
    keras.utils.set_random_seed(0)
    cell = MyRNNCell(4, 3, 2)

    def walk(xs):
        h, ys = tf.zeros((1, 4)), []
        for t in range(T):
            y, h = cell(xs[:, t], h)
            ys.append(y)
        return tf.stack(ys, 1)

    recorded = tf.function(walk, autograph=False).get_concrete_function(tf.zeros((1, T, 3)))
    figure = plots.traced_graph(recorded, {"W_xh": cell.W_xh, "W_hh": cell.W_hh, "W_hy": cell.W_hy})
    texts = _texts(figure)
    assert [texts.count(t) for t in ("$W_{xh}$", "$W_{hh}$", "$W_{hy}$", "tanh")] == [T] * 4
    tanhs = sorted(text.get_position() for ax in figure.axes for text in ax.texts if text.get_text() == "tanh")
    assert tanhs == [(step, 2) for step in range(1, T + 1)]


def test_traced_graph_refuses_a_graph_without_a_recurrence():
    recorded = tf.function(lambda x: x + 1).get_concrete_function(tf.zeros(2))
    with pytest.raises(SeqlabError, match="tanh at every step"):
        plots.traced_graph(recorded, {})


def test_the_room_imports_nothing_heavy():
    code = "import sys, seqlab.plots; sys.exit('matplotlib' in sys.modules or 'tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
