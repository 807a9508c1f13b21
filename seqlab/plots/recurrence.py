"""Pictures of a recurrence: unrolled in time, counted, read out, and asked what it remembers.

A matrix has one colour in all of them, so that an eye sees at once that every step uses the same three.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError
from seqlab.plots.axes import Numbers, axes_for

if TYPE_CHECKING:
    import tensorflow as tf

# Okabe and Ito's colours, told apart by colour-blind readers
COLOURS = {"W_xh": "#0072B2", "W_hh": "#D55E00", "W_hy": "#009E73"}
_INK, _GREY, _PAPER = "#222222", "#888888", "#F4F4F4"


def unrolled_graph(
    inputs: Sequence[str], outputs: Sequence[str] | None = None, *, losses: bool = False, ax: Axes | None = None
) -> Figure:
    """The loop on the left, the same cell unrolled through time on the right.

    Args:
        inputs: T words or letters, one a step.
        outputs: T targets or predictions; "" leaves out the output of a step, None names them ŷ_1 … ŷ_T.
        losses: also draw the loss of each step, and their sum.
        ax: where to draw; by default a figure of its own.

    Returns:
        the matplotlib Figure.

    Raises:
        SeqlabError: no step, or not as many outputs as inputs.
    """
    T = len(inputs)
    if outputs is None:
        outputs = [f"$\\hat{{y}}_{{{t + 1}}}$" for t in range(T)]
    if not T or len(outputs) != T:
        raise SeqlabError("inputs are a step or more, outputs as many (or None)", got=f"{T} and {len(outputs)}")
    figure, ax = axes_for(ax, 2.6 + 1.7 * T, 4.6 if losses else 3.6)
    ax.set(xlim=(-2.75, T - 0.35), ylim=(-0.5, 3.9 if losses else 2.55))
    ax.set_axis_off()

    _box(ax, -2, 1, "RNN")  # the loop
    _arrow(ax, (-2, 0.18), (-2, 0.72), "W_xh", name=True)
    _arrow(ax, (-2, 1.28), (-2, 1.82), "W_hy", name=True)
    _arrow(ax, (-1.72, 1.12), (-1.72, 0.88), "W_hh", curve=-2.6)
    ax.text(-1.32, 1, "$W_{hh}$", fontsize=9, color=COLOURS["W_hh"], ha="center", va="center")
    ax.text(-2, 0, "$x_t$", ha="center", va="center", color=_INK)
    ax.text(-2, 2, r"$\hat{y}_t$", ha="center", va="center", color=_INK)
    ax.text(-0.93, 1, "=", ha="center", va="center", fontsize=22, color=_GREY)

    ax.text(-0.62, 1, "$h_0$", ha="center", va="center", color=_INK)
    _arrow(ax, (-0.47, 1), (-0.28, 1), "W_hh")
    for t in range(T):
        _box(ax, t, 1, f"$h_{{{t + 1}}}$")
        _arrow(ax, (t, 0.18), (t, 0.72), "W_xh", name=True)
        ax.text(t, 0, inputs[t], ha="center", va="center", color=_INK)
        if t + 1 < T:
            _arrow(ax, (t + 0.28, 1), (t + 0.72, 1), "W_hh", name=True)
        if outputs[t]:
            _arrow(ax, (t, 1.28), (t, 1.82), "W_hy", name=True)
            ax.text(t, 2, outputs[t], ha="center", va="center", color=_INK)
        if outputs[t] and losses:
            ax.annotate("", (t, 2.66), (t, 2.16), arrowprops={"arrowstyle": "-|>", "color": _GREY})
            ax.text(t, 2.8, f"$L_{{{t + 1}}}$", ha="center", va="center", color=_INK)
            ax.annotate(
                "",
                ((T - 1) / 2 + 0.12 * (t - (T - 1) / 2), 3.5),
                (t, 2.95),
                arrowprops={"arrowstyle": "-", "color": _GREY},
            )
    if losses:
        terms = " + ".join(f"L_{{{t + 1}}}" for t in range(T) if outputs[t])
        ax.text((T - 1) / 2, 3.66, f"$L = {terms}$", ha="center", va="center", color=_INK)
    return figure


def _box(ax: Axes, x: float, y: float, text: str) -> None:
    shape = FancyBboxPatch(
        (x - 0.24, y - 0.24),
        0.48,
        0.48,
        boxstyle="round,pad=0.02,rounding_size=0.1",
        facecolor=_PAPER,
        edgecolor=_INK,
        linewidth=1.2,
    )
    ax.add_patch(shape)
    ax.text(x, y, text, ha="center", va="center", color=_INK)


def _arrow(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], weight: str, name: bool = False, curve: float = 0.0
) -> None:
    style = {"arrowstyle": "-|>", "color": COLOURS[weight], "linewidth": 2, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=style | {"connectionstyle": f"arc3,rad={curve}"})
    if name:
        upright = start[0] == end[0]
        x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        ax.text(
            x + 0.06 * upright,
            y + 0.14 * (not upright),
            f"${weight[:2]}{{{weight[2:]}}}$",
            fontsize=9,
            color=COLOURS[weight],
            ha="left" if upright else "center",
            va="center",
        )


def parameter_growth(
    lengths: Sequence[int], rnn: Sequence[int], big_window: Sequence[int], *, ax: Axes | None = None
) -> Figure:
    """Parameters against the length of the sequence: a big window's grow, a recurrent network's do not.

    Args:
        lengths: the lengths T, in rising order.
        rnn, big_window: the number of parameters at each of them.
        ax: where to draw; by default a figure of its own.

    Returns:
        the matplotlib Figure.
    """
    figure, ax = axes_for(ax, 7.5, 3.6)
    for values, name, colour in ((big_window, "big window", _GREY), (rnn, "RNN", COLOURS["W_hh"])):
        ax.plot(lengths, values, color=colour, linewidth=2.5)
        ax.annotate(
            f"{name}: {values[-1]:,}",
            (lengths[-1], values[-1]),
            xytext=(6, 0),
            va="center",
            textcoords="offset points",
            color=colour,
            annotation_clip=False,
        )
    ax.set(xlabel="length T of the sequence", ylabel="parameters", xlim=(0, lengths[-1]), ylim=(0, None))
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.spines[["top", "right"]].set_visible(False)
    return figure


def influence_bars(
    words: Sequence[str], influence: Mapping[str, Numbers], slide: Mapping[str, Numbers] | None = None
) -> Figure:
    """How much each word moves the last state, one panel for each recurrence.

    Args:
        words: T words.
        influence: name of a recurrence -> (T,) the influence of each word on h_T.
        slide: name -> (T,) numbers to compare with, drawn as diamonds; names without an entry have none.

    Returns:
        the matplotlib Figure.
    """
    slide = slide or {}
    wide = 3.9 * len(influence)
    figure, axes = plt.subplots(
        1, len(influence), figsize=(wide, 3.4), sharey=True, layout="constrained", squeeze=False
    )
    for ax, (name, values) in zip(axes[0], influence.items(), strict=True):
        heights = np.asarray(values, float)
        ax.bar(range(len(words)), heights, color=COLOURS["W_xh"], width=0.62)
        for t, value in enumerate(heights):
            top = max(value, slide[name][t]) + 0.015 if name in slide else value
            ax.text(t, top + 0.015, f"{value:.2f}", ha="center", va="bottom", color=_INK, fontsize=9)
        if name in slide:
            ax.plot(
                range(len(words)),
                slide[name],
                "D",
                color=COLOURS["W_hh"],
                markersize=6,
                markeredgecolor="white",
                label="the slide's number",
            )
            ax.legend(loc="upper left", frameon=False, fontsize=9)
        ax.set_title(name, loc="left", fontsize=11)
        ax.set_xticks(range(len(words)), [w.replace(" ", "\n") for w in words])
        ax.spines[["top", "right"]].set_visible(False)
    axes[0, 0].set_ylabel("influence on $h_T$")
    axes[0, 0].set_ylim(0, 1.22 * max(np.max(v) for v in [*influence.values(), *slide.values()]))
    return figure


def softmax_columns(
    probabilities: ArrayLike,
    inputs: Sequence[str],
    vocabulary: Sequence[str],
    targets: Sequence[str] | None = None,
    *,
    ax: Axes | None = None,
) -> Figure:
    """A column of probabilities for each input letter; the letter that should come is framed.

    Args:
        probabilities: (T, V), each row the distribution of the next letter.
        inputs: T letters.
        vocabulary: V letters.
        targets: T letters that should come next, or None.
        ax: where to draw; by default a figure of its own.

    Returns:
        the matplotlib Figure.

    Raises:
        SeqlabError: probabilities of another shape.
    """
    P = np.asarray(probabilities, float)
    if P.shape != (len(inputs), len(vocabulary)):
        raise SeqlabError(f"probabilities are (T, V) = ({len(inputs)}, {len(vocabulary)})", got=f"{P.shape}")
    figure, ax = axes_for(ax, 1.6 + 0.8 * len(inputs), 1.1 + 0.6 * len(vocabulary))
    ax.imshow(P.T, cmap="Blues", vmin=0, vmax=1.15, aspect="auto")
    for t, v in np.ndindex(*P.shape):
        ax.text(t, v, f"{P[t, v]:.2f}", ha="center", va="center", color="white" if P[t, v] > 0.6 else _INK)
    for t in range(len(inputs) - 1):
        ax.axvline(t + 0.5, color="white", linewidth=6)
    for t, target in enumerate(targets or ()):
        corner = t - 0.43, list(vocabulary).index(target) - 0.44
        ax.add_patch(Rectangle(corner, 0.86, 0.88, fill=False, edgecolor=COLOURS["W_hh"], linewidth=2.5))
    ax.set_xticks(range(len(inputs)), [f"“{c}”" for c in inputs])
    ax.set_yticks(range(len(vocabulary)), [f"“{c}”" for c in vocabulary])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set(xlabel="the letter that goes in", ylabel="the letter that comes next")
    return figure


def traced_graph(
    graph: "tf.types.experimental.ConcreteFunction", weights: "Mapping[str, tf.Variable]", *, ax: Axes | None = None
) -> Figure:
    """The matrix products and tanhs that TensorFlow recorded, one column a step.

    Args:
        graph: a concrete function: `tf.function(f).get_concrete_function(*arguments)`.
        weights: name -> variable, the matrices to tell apart: `{"W_xh": cell.W_xh, ...}`.
        ax: where to draw; by default a figure of its own.

    Returns:
        the matplotlib Figure.

    Raises:
        SeqlabError: a graph without a tanh, such as one whose loop was not unrolled.
    """
    nodes = _recorded(graph, weights)
    if not any(node["kind"] == "h" for node in nodes.values()):
        raise SeqlabError("a graph with a tanh at every step", got="none", fix="unroll with a Python loop")
    last = max(node["step"] for node in nodes.values())
    figure, ax = axes_for(ax, 2 + 1.8 * last, 3.6)
    row = {"W_hy": 3, "h": 2, "W_hh": 1, "W_xh": 0}
    place = {op: (node["step"] - 0.5 * (node["kind"] == "W_hh"), row[node["kind"]]) for op, node in nodes.items()}
    for op, node in nodes.items():
        for parent in node["parents"]:
            ax.annotate(
                "",
                place[op],
                place[parent],
                arrowprops={"arrowstyle": "-|>", "color": _GREY, "shrinkA": 15, "shrinkB": 15},
            )
        x, y = place[op]
        colour = COLOURS.get(node["kind"], _INK)
        ax.plot(x, y, "o" if node["kind"] in COLOURS else "s", color=colour, markersize=30)
        ax.text(
            x,
            y,
            f"${node['kind'][:2]}{{{node['kind'][2:]}}}$" if node["kind"] in COLOURS else "tanh",
            color="white",
            fontsize=8,
            ha="center",
            va="center",
        )
    ax.set(xlim=(0, last + 0.6), ylim=(-0.6, 3.6), xlabel="step")
    ax.set_xticks(range(1, last + 1))
    ax.set_yticks([])
    ax.spines[["top", "right", "left"]].set_visible(False)
    return figure


def _recorded(graph: Any, weights: Mapping[str, Any]) -> dict[Any, dict[str, Any]]:
    """The operations that matter, each with its kind, its step and its nearest parents among them."""
    handles = {id(getattr(v, "value", v).handle): name for name, v in weights.items()}
    # of each operation: the weights it has read, its nearest kept ancestors; and those kept
    read: dict[Any, set[str]] = {}
    above: dict[Any, set[Any]] = {}
    nodes: dict[Any, dict[str, Any]] = {}
    captured = zip(graph.captured_inputs, graph.graph.internal_captures, strict=True)
    sources = {inner.op: handles.get(id(outer)) for outer, inner in captured}
    for op in graph.graph.get_operations():  # in the order of creation: parents come first
        inputs = [tensor.op for tensor in op.inputs]
        names: set[str] = set().union(*(read[i] for i in inputs if i not in nodes))
        if source := sources.get(op):
            names.add(source)
        parents: set[Any] = set().union(*({i} if i in nodes else above[i] for i in inputs))
        read[op], above[op] = names, parents
        product = op.type in ("MatMul", "BatchMatMulV2", "Einsum") and len(names) == 1
        if product or op.type == "Tanh":
            deepest = max((nodes[p]["step"] for p in parents if nodes[p]["kind"] == "h"), default=0)
            if op.type == "Tanh":  # a product that feeds this tanh belongs to its step
                step = 1 + max((nodes[p]["from"] for p in parents), default=0)
                for parent in parents:
                    nodes[parent]["step"] = step
                nodes[op] = {"kind": "h", "step": step, "from": step, "parents": parents}
            else:
                nodes[op] = {"kind": names.pop(), "step": deepest, "from": deepest, "parents": parents}
    return nodes
