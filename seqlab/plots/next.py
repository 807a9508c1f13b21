"""Pictures of the question that all sequence models answer: what comes next?"""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError
from seqlab.plots.axes import axes_for

# Okabe and Ito's colours, told apart by colour-blind readers
_BLUE, _ORANGE, _GREEN, _GREY, _INK = "#0072B2", "#D55E00", "#009E73", "#999999", "#222222"


def fan_of_futures(
    track: ArrayLike, predicted: ArrayLike | None = None, *, step: float = 1.0, title: str = "", ax: Axes | None = None
) -> Figure:
    """A ball in the frames that were seen, and where it may be in the next one.

    Args:
        track: (T, 2) positions, oldest first. With one frame all directions are drawn, none better than another.
        predicted: (2,) the next position, if somebody says one.
        step: how far the ball moves in a frame, for the fan of a single frame.
        title: above the picture. ax: where to draw; by default a figure of its own.

    Returns:
        the matplotlib Figure.

    Raises:
        SeqlabError: a track that is not (T, 2) with T of 1 or more.
    """
    seen = np.asarray(track, float)
    if seen.ndim != 2 or seen.shape[1] != 2 or not len(seen):
        raise SeqlabError("a track is (T, 2), a frame or more", got=str(seen.shape))
    figure, ax = axes_for(ax, 3.6, 3.6)
    here = seen[-1]
    if len(seen) == 1:
        for angle in np.linspace(0, 2 * np.pi, 16, endpoint=False):
            there = here + step * np.array([np.cos(angle), np.sin(angle)])
            ax.annotate("", tuple(there), tuple(here), arrowprops={"arrowstyle": "->", "color": _GREY})
            ax.plot(*there, alpha=0)  # an arrow alone does not widen the axes
    for age, point in enumerate(seen[::-1]):
        ax.plot(*point, "o", markersize=17, color=_BLUE, alpha=max(0.85 - 0.22 * age, 0.15), zorder=3)
    if predicted is not None:
        there = np.asarray(predicted, float)
        if not np.allclose(there, here):
            ax.annotate(
                "",
                tuple(there),
                tuple(here),
                arrowprops={"arrowstyle": "->", "color": _ORANGE, "linewidth": 2},
                zorder=4,
            )
        ax.plot(*there, "o", markersize=17, markerfacecolor="none", color=_ORANGE, markeredgewidth=2, zorder=5)
    ax.set_title(title, loc="left", fontsize=10)
    ax.set_aspect("equal")
    ax.margins(0.25)
    ax.set(xticks=[], yticks=[])
    return figure


def gallery(
    series: Mapping[str, tuple[ArrayLike, str]], texts: Mapping[str, Sequence[str]], *, columns: int = 2
) -> Figure:
    """Sequences side by side: each a line to the right, or a path, or the pieces of a text in boxes.

    Args:
        series: title -> its values, (N,) in the order of time or (N, 2) as a path, and the label of the axis across.
        texts: title -> its pieces, characters or words. columns: pictures beside each other.

    Returns:
        the matplotlib Figure.
    """
    count = len(series) + len(texts)
    rows = -(-count // columns)
    tall = [1.0 if row * columns < len(series) else 0.45 for row in range(rows)]  # a line of text needs less
    figure, axes = plt.subplots(
        rows, columns, figsize=(5.6 * columns, 1.9 * sum(tall)), height_ratios=tall, layout="constrained", squeeze=False
    )
    panels = iter(axes.ravel())
    for (title, (given, label)), ax in zip(series.items(), panels, strict=False):
        values = np.asarray(given, float)
        if values.ndim == 2:
            ax.plot(*values.T, color=_BLUE, linewidth=1.2)
            ax.plot(*values[-1], "o", color=_ORANGE)
            ax.set_aspect("equal")
        else:
            ax.plot(values, color=_BLUE, linewidth=0.9)
            ax.plot(len(values) - 1, values[-1], "o", color=_ORANGE)
        ax.set(xlabel=label, xticks=[], yticks=[])
        ax.set_title(title, loc="left", fontsize=10)
        ax.spines[["top", "right"]].set_visible(False)
    for ax in panels:
        ax.axis("off")
    for (title, pieces), ax in zip(texts.items(), axes.ravel()[len(series) :], strict=False):
        widths = np.array([max(len(piece), 1) + 0.7 for piece in pieces])
        places = np.cumsum(widths) - widths / 2
        for piece, at in zip(pieces, places, strict=True):
            box = {"boxstyle": "round,pad=0.15", "facecolor": "#CDE6F5", "edgecolor": "none"}
            ax.text(at, 0.5, piece, ha="center", va="center", family="monospace", fontsize=9, color=_INK, bbox=box)
        ax.text(widths.sum() + 1, 0.5, "?", ha="center", va="center", color=_ORANGE, weight="bold")
        ax.set(xlim=(-0.5, widths.sum() + 2), ylim=(0, 1))
        ax.set_title(title, loc="left", fontsize=10)
    return figure
