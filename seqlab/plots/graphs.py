"""The graph of a `tf.function`, as TensorFlow recorded it: any function, any operations.

(`recurrence.traced_graph` draws the special case of a recurrent network, a column a step.)
"""

from collections import Counter
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from seqlab.errors import SeqlabError
from seqlab.plots.axes import axes_for

if TYPE_CHECKING:
    import tensorflow as tf

# how TensorFlow calls an operation -> how a formula writes it
_SIGNS = {
    "MatMul": "@",
    "BatchMatMulV2": "@",
    "AddV2": "+",
    "BiasAdd": "+",
    "Sub": "−",
    "Mul": "∗",
    "RealDiv": "/",
    "Square": "²",
    "Pow": "^",
    "Sum": "Σ",
    "Mean": "mean",
    "Neg": "−1 ∗",
}
_PASSED_THROUGH = {"Identity", "ReadVariableOp", "NoOp", "StopGradient", "Cast"}
_GIVEN, _DONE, _LAST = "#0072B2", "#444444", "#D55E00"
MOST = 40  # nodes that a picture can show


def function_graph(graph: "tf.types.experimental.ConcreteFunction", *, ax: Axes | None = None) -> Figure:
    """What a traced function computes: a round node for each input, a square one for each operation, left to right.

    Numbers that are written in the code and only say how (an axis, say) are left out.

    Args:
        graph: a concrete function: `tf.function(f).get_concrete_function(*arguments)`.
        ax: where to draw; by default a figure of its own.

    Returns:
        the matplotlib Figure.

    Raises:
        SeqlabError: a graph of no operation, or of more than can be seen (40).
    """
    nodes, parents = _nodes(graph)
    if not 0 < len(parents) <= MOST or not any(parents.values()):
        raise SeqlabError(f"a graph of one to {MOST} nodes", got=f"one of {len(parents)}")
    depth: dict[Any, int] = {}
    for op in nodes:  # in the order of creation: parents come first
        depth[op] = 1 + max((depth[p] for p in parents[op]), default=-1)
    for op in reversed(nodes):  # an input stands just before its first use
        used = [depth[child] for child in nodes if op in parents[child]]
        if not parents[op] and used:
            depth[op] = min(used) - 1
    place, taken = {}, Counter[int]()
    columns = Counter(depth.values())
    for op in nodes:
        column = depth[op]
        place[op] = (float(column), taken[column] - (columns[column] - 1) / 2)
        taken[column] += 1
    tallest = max(columns.values())
    figure, ax = axes_for(ax, 1.2 + 1.35 * max(columns), 0.9 + 0.75 * tallest)
    children = {p for found in parents.values() for p in found}
    for op in nodes:
        x, y = place[op]
        for parent in parents[op]:
            style = {"arrowstyle": "-|>", "color": "#888888", "shrinkA": 17, "shrinkB": 17}
            ax.annotate("", (x, y), place[parent], arrowprops=style)
        colour = _GIVEN if not parents[op] else _DONE if op in children else _LAST
        ax.plot(x, y, "s" if parents[op] else "o", color=colour, markersize=33)
        ax.text(x, y, _label(op), color="white", ha="center", va="center", fontsize=9)
    ax.set(xlim=(-0.5, max(columns) + 0.5), ylim=(-tallest / 2 - 0.1, tallest / 2 + 0.1))
    ax.invert_yaxis()
    ax.set_axis_off()
    steps = ", ".join(_label(op) for op in nodes if parents[op])
    figure.set_label(f"Figure: a graph from left to right; its operations are {steps}")
    return figure


def _nodes(graph: Any) -> tuple[list[Any], dict[Any, list[Any]]]:
    """The operations that are drawn, in order, and of each those whose results it takes."""
    stands_for: dict[Any, list[Any]] = {}  # an operation -> the drawn ones that it passes on
    parents: dict[Any, list[Any]] = {}
    for op in graph.graph.get_operations():
        found = [parent for tensor in op.inputs for parent in stands_for[tensor.op]]
        if op.type == "Const" and _says_how(op):
            stands_for[op] = []
        elif op.type in _PASSED_THROUGH:
            stands_for[op] = found
        else:
            stands_for[op], parents[op] = [op], found
    return list(parents), parents


def _says_how(op: Any) -> bool:
    """A whole number is an axis, a shape or an index, not something that is computed with."""
    return bool(op.outputs[0].dtype.is_integer)


def _label(op: Any) -> str:
    if op.type == "Placeholder":
        return str(op.name).split("/")[-1][:6]
    if op.type == "Const":
        import tensorflow as tf

        value = tf.make_ndarray(op.get_attr("value"))
        return f"{value:g}" if value.shape == () else "const"
    return _SIGNS.get(op.type, op.type.lower()[:8])
