"""The graph of a traced function: its operations, and which feeds which, are those that TensorFlow recorded."""

import matplotlib

matplotlib.use("Agg")

import pytest
import tensorflow as tf

from seqlab import plots
from seqlab.errors import SeqlabError


def traced(f, *arguments):
    return tf.function(f).get_concrete_function(*arguments)


def test_every_line_of_a_function_is_a_node_and_every_use_an_arrow():
    figure = plots.function_graph(
        traced(lambda x, W: tf.reduce_mean(tf.tanh(x @ W + 1.0)), tf.ones((2, 3)), tf.ones((3, 4)))
    )
    (ax,) = figure.axes
    names = {t.get_text(): t.get_position() for t in ax.texts if t.get_text()}
    assert set(names) == {"x", "W", "1", "@", "+", "tanh", "mean"}
    assert [names[n][0] for n in ("@", "+", "tanh", "mean")] == [1, 2, 3, 4]
    assert names["x"][0] == names["W"][0] == 0
    assert names["1"][0] == 1  # just before its use
    arrows = {(a.xyann, a.xy) for a in ax.texts if getattr(a, "arrow_patch", None)}
    edges = (("x", "@"), ("W", "@"), ("@", "+"), ("1", "+"), ("+", "tanh"), ("tanh", "mean"))
    assert arrows == {(names[a], names[b]) for a, b in edges}
    assert figure.get_label().endswith("@, +, tanh, mean")


def test_a_variable_is_an_input_and_the_way_to_it_is_not_drawn():
    w = tf.Variable(2.0)
    (ax,) = plots.function_graph(traced(lambda x: w * x, tf.constant(3.0))).axes
    assert sum(t.get_text() == "∗" for t in ax.texts) == 1
    assert len(ax.lines) == 3  # two inputs, one product


@pytest.mark.parametrize("f", [lambda x: x, lambda x: sum(tf.tanh(x + n) for n in range(30))])
def test_a_graph_of_nothing_or_of_too_much_is_refused(f):
    with pytest.raises(SeqlabError, match="one to 40 nodes"):
        plots.function_graph(traced(f, tf.constant(1.0)))
