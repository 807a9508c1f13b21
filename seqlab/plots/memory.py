"""Pictures of a memory: what is forgotten, what comes in, what is kept; and a dynamical system, of which it is one."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError
from seqlab.plots.recurrence import COLOURS

_INK, _GREY, _PAPER = "#222222", "#888888", "#F4F4F4"


def dynamical_system(steps: int = 3) -> Figure:
    """Two chains: a state that follows from the state before alone, and one that also hears an input.

    Args:
        steps: how many states are drawn, two or more.
    """
    figure, axes = plt.subplots(1, 2, figsize=(12, 2.7), layout="constrained")
    names = ["t-1", "t", *(f"t+{k}" for k in range(1, steps - 1))]
    titles = ("without inputs: $s_t = f(s_{t-1};\\,\\theta)$", "with inputs: $h_t = f(h_{t-1},\\, x_t;\\,\\theta)$")
    for ax, letter, title in zip(axes, "sh", titles, strict=True):
        ax.set(xlim=(-0.9, steps - 0.1), ylim=(-0.45, 1.5))
        ax.set_axis_off()
        ax.set_title(title, loc="left", fontsize=11)
        for t in range(steps + 1):
            end = t - 0.24 if t < steps else t - 0.3
            ax.annotate(
                "", (end, 1), (t - 0.76, 1), arrowprops={"arrowstyle": "-|>", "color": COLOURS["W_hh"], "lw": 2}
            )
            ax.text(t - 0.5, 1.13, "f", ha="center", style="italic", color=COLOURS["W_hh"])
        for t, name in enumerate(names):
            _ball(ax, t, 1, f"${letter}_{{{name}}}$")
            if letter == "h":
                ax.text(t, 0, f"$x_{{{name}}}$", ha="center", va="center", color=_INK)
                arrow = {"arrowstyle": "-|>", "color": COLOURS["W_xh"], "lw": 2}
                ax.annotate("", (t, 0.7), (t, 0.2), arrowprops=arrow)
    figure.set_label(
        f"Figure: two chains of {steps} states. In the first, each state has an arrow f from the state before it alone; "
        "in the second, also an arrow from an input x below it"
    )
    return figure


def memory_update(places: Sequence[str], h: ArrayLike, x: ArrayLike, *, kept: float, heard: ArrayLike) -> Figure:
    """One step of a memory with a place for each word, in five rows of bars: memory, forgetting, new event, weighted, sum.

    Args:
        places: H names. h: (H,) the memory before. x: (H,) the new event, in the places.
        kept: the share of each place that is kept. heard: (H,) how well each event is heard.

    Returns:
        the matplotlib Figure: h, kept · h, x, heard · x, and tanh(kept · h + heard · x).

    Raises:
        SeqlabError: not one number for each place.
    """
    h, x, heard = (np.asarray(v, float) for v in (h, x, heard))
    if not h.shape == x.shape == heard.shape == (len(places),):
        raise SeqlabError("h, x and heard have a number for each place", got=f"{h.shape}, {x.shape} and {heard.shape}")
    panels = (
        ("memory\n$h_{t-1}$", h, _GREY, ""),
        (f"forgetting\n$h_{{t-1}}\\,W_{{hh}}$, keeps {kept:g}", kept * h, COLOURS["W_hh"], "→"),
        ("new event\n$x_t$", x, _GREY, "  "),
        ("new event, weighted\n$x_t\\,W_{xh}$", heard * x, COLOURS["W_xh"], "→"),
        ("updated memory\n$h_t = \\tanh$(their sum)", np.tanh(kept * h + heard * x), _INK, "→"),
    )
    figure, axes = plt.subplots(1, 5, figsize=(13, 2.9), sharey=True, layout="constrained")
    top = max(1e-9, *(np.abs(values).max() for _, values, _, _ in panels))
    for ax, (title, values, colour, sign) in zip(axes, panels, strict=True):
        ax.barh(range(len(places)), values, color=colour, height=0.6)
        for i, value in enumerate(values):
            if value:
                ax.text(value + 0.03 * top, i, f"{value:.2f}", va="center", fontsize=9, color=_INK)
        ax.set_title(f"{sign} {title}" if sign.strip() else title, fontsize=10, loc="left")
        ax.set(xlim=(0, 1.35 * top), xticks=[])
        ax.spines[["top", "right", "bottom"]].set_visible(False)
    axes[0].set_yticks(range(len(places)), places)
    axes[0].invert_yaxis()
    said = "; ".join(f"{title.splitlines()[0]} {np.round(values, 2).tolist()}" for title, values, _, _ in panels)
    figure.set_label(f"Figure: one step of a memory with the places {', '.join(places)}. {said}".replace("$", ""))
    return figure


def memory_lists(
    words: Sequence[str], influence: dict[str, ArrayLike], *, forgotten: float = 0.15, answer: str = ""
) -> Figure:
    """What is in memory at each step: a list above each step, a dash for what is as good as forgotten.

    Args:
        words: T words, one said at each step.
        influence: name of a recurrence -> (T, T), row t: the influence of each word on h_t; 0 for words still to come.
        forgotten: below it a word counts as forgotten.
        answer: an output that is read off at the last step of the last recurrence; "" for none.

    Returns:
        the matplotlib Figure, a panel for each recurrence.
    """
    T = len(words)
    figure, axes = plt.subplots(
        1, len(influence), figsize=(6.6 * len(influence), 3.5), layout="constrained", squeeze=False
    )
    said = []
    for ax, (name, table) in zip(axes[0], influence.items(), strict=True):
        table = np.asarray(table, float)
        for t in range(T):
            for s in range(t + 1):
                there = table[t, s] >= forgotten
                text = f"{words[s]} {table[t, s]:.2f}" if there else "– – –"
                shade = plt.get_cmap("Blues")(0.12 + 0.5 * min(1.0, table[t, s])) if there else _PAPER
                box = {"boxstyle": "round,pad=0.25", "facecolor": shade, "edgecolor": "none"}
                ax.text(t, s, text, ha="center", va="center", fontsize=7.5, color=_INK if there else _GREY, bbox=box)
            if t + 1 < T:
                arrow = {"arrowstyle": "-|>", "color": COLOURS["W_hh"], "lw": 2}
                ax.annotate("", (t + 0.72, T + 0.1), (t + 0.28, T + 0.1), arrowprops=arrow)
            ax.text(t, T + 0.1, "RNN", ha="center", va="center", fontsize=9, color=_INK)
            ax.text(
                t, T + 1.1, words[t].replace(" ", "\n"), ha="center", va="center", fontsize=9, color=COLOURS["W_xh"]
            )
        if answer and name == list(influence)[-1]:
            ax.text(T - 1, -1.0, f"output: {answer}", ha="center", va="center", fontsize=9, color=COLOURS["W_hy"])
        kept = [words[s] for s in range(T) if table[T - 1, s] >= forgotten]
        said.append(f"{name}: at the end {', '.join(kept)} are there, the others are forgotten")
        ax.set(xlim=(-0.6, T - 0.4), ylim=(T + 1.7, -1.5))
        ax.set_title(name, loc="left", fontsize=11)
        ax.set_axis_off()
    figure.set_label("Figure: above each of the five steps a list of what is in memory. " + "; ".join(said))
    return figure


def _ball(ax: Axes, x: float, y: float, text: str) -> None:
    ax.plot(x, y, "o", markersize=34, color=_PAPER, markeredgecolor=_INK)
    ax.text(x, y, text, ha="center", va="center", color=_INK, fontsize=10)
