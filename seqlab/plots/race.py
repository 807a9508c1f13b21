"""Several models that learn the same task, each in its own number of steps: a race on one axis."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError
from seqlab.plots.axes import axes_for

_COLOURS = ("#D55E00", "#E69F00", "#0072B2", "#009E73", "#CC79A7", "#56B4E9")


def learning_race(
    runs: Mapping[str, Sequence[ArrayLike]],
    *,
    chance: float,
    chance_name: str = "chance",
    ylabel: str = "loss",
    smooth: int = 25,
    ax: Axes | None = None,
) -> Figure:
    """The loss of each model against its share of the training, on a logarithmic axis: the middle run, and their range.

    Args:
        runs: name -> runs of one model, each the losses of equally many steps; models may differ in their steps.
        chance: the loss of who knows nothing, dashed. chance_name: what that is.
        ylabel: what the losses are. smooth: each point is the mean of so many steps, of all if there are fewer.
        ax: where to draw; by default a figure of its own.

    Returns:
        the matplotlib Figure.

    Raises:
        SeqlabError: no run, or runs of one model with other numbers of steps.
    """
    tables = {}
    for name, losses in runs.items():
        lengths = {len(np.atleast_1d(run)) for run in losses}
        if len(lengths) != 1 or not min(lengths):
            raise SeqlabError("runs of one model have equally many steps", got=f"{name}: {sorted(lengths)}")
        table = np.asarray(losses, float)
        n = min(smooth, table.shape[1])
        whole = table[:, : table.shape[1] // n * n]
        tables[name] = whole.reshape(len(table), -1, n).mean(-1)  # (runs, points)
    if not tables:
        raise SeqlabError("there is a model or more", got="none")
    figure, ax = axes_for(ax, 8, 4)
    ax.axhline(chance, color="#666666", linewidth=1, linestyle=(0, (4, 3)))
    above = {"xytext": (0, 9), "textcoords": "offset points", "ha": "right"}
    ax.annotate(chance_name, (0.99, chance), color="#666666", fontsize=9, **above)  # type: ignore[arg-type]
    ends = []
    for k, (name, table) in enumerate(tables.items()):
        share, colour = (np.arange(table.shape[1]) + 1) / table.shape[1], _COLOURS[k % len(_COLOURS)]
        middle = np.median(table, axis=0)
        ax.plot(share, middle, color=colour, linewidth=2)
        ax.fill_between(share, table.min(0), table.max(0), color=colour, alpha=0.18, linewidth=0)
        ends.append((float(middle[-1]), name, colour))
    # what a bad start costs may be out of the picture: it says nothing of where a run ends
    lowest = min(float(table.min()) for table in tables.values())
    ax.set(yscale="log", xlim=(0, 1), ylim=(lowest / 1.5, 6 * chance), xlabel="share of the training", ylabel=ylabel)
    ax.spines[["top", "right"]].set_visible(False)
    least = 0.06 * np.log10(6 * chance / (lowest / 1.5))
    height = -np.inf
    for value, name, colour in sorted(ends):
        height = max(np.log10(value), height + least)
        ax.annotate(
            f"{name} {value:.2g}",
            (1, 10**height),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontweight="bold",
            annotation_clip=False,
        )
    figure.set_label(
        f"Figure: {ylabel} upward, share of the training across; {chance_name} is {chance:.3g}. At the end: "
        + ", ".join(f"{name} {value:.2g}" for value, name, _ in ends)
    )
    return figure
