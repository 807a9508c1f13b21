"""Pictures of what is read in an order of its own: a sentence's tree, an image's glimpses, the map of the whole course."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from seqlab.plots.axes import axes_for

_INK, _BLUE = "#222222", "#0072B2"


def sentiment_tree(tree: Any, value: Callable[[Any], float], *, title: str = "", ax: Axes | None = None) -> Figure:
    """A tree over words, every word and phrase with what a model says of it.

    Args:
        tree: nested pairs of words. value: of a word or phrase, the probability of positive, 0 to 1: 0 is drawn red, 1 blue.
    """
    figure, ax = axes_for(ax, 7, 3.6)
    colours = plt.get_cmap("RdYlBu")
    words = 0
    deepest = 0

    def draw(node: Any) -> tuple[float, float]:
        nonlocal words, deepest
        if isinstance(node, str):
            x, y = float(words), 0.0
            words += 1
            ax.text(x, y - 0.42, node, ha="center", va="top", fontsize=10, color=_INK)
        else:
            ends = [draw(half) for half in node]
            x, y = (ends[0][0] + ends[1][0]) / 2, max(e[1] for e in ends) + 1
            for end in ends:
                ax.plot([x, end[0]], [y, end[1]], color="#999999", linewidth=1, zorder=1)
        p = float(value(node))
        deepest = max(deepest, int(y))
        shade = colours(0.08 + 0.84 * p)
        ax.scatter([x], [y], s=520, color=[shade], edgecolors=_INK, linewidths=0.6, zorder=2)
        ax.text(x, y, f"{p:.2f}".lstrip("0") if p < 0.995 else "1", ha="center", va="center", fontsize=8, zorder=3)
        return x, y

    draw(tree)
    ax.set(xlim=(-0.7, words - 0.3), ylim=(-1.0, deepest + 0.6))
    ax.axis("off")
    ax.set_title(title, loc="left", fontsize=10)
    return figure


def glimpse_beliefs(
    image: ArrayLike, squares: Sequence[int], side: int, beliefs: ArrayLike, *, after: Sequence[int], title: str = ""
) -> Figure:
    """A digit as far as it was read, and what the reader believes then.

    Args:
        image: (H, H). squares: in which order they are read, by their numbers in reading order. side: g.
        beliefs: (K, 10), after each glimpse. after: the numbers of glimpses after which a column is drawn.
    """
    image, beliefs = np.asarray(image, float), np.asarray(beliefs, float)
    k = image.shape[1] // side
    figure, axes = plt.subplots(2, len(after), figsize=(1.5 * len(after), 3.3), layout="constrained", squeeze=False)
    for (above, below), n in zip(axes.T, after, strict=True):
        seen = np.full_like(image, np.nan)
        for square in squares[:n]:
            r, c = divmod(square, k)
            part = slice(r * side, (r + 1) * side), slice(c * side, (c + 1) * side)
            seen[part] = image[part]
        above.set_facecolor("#dfe6ec")
        above.imshow(seen, cmap="Greys", vmin=-0.1, vmax=1.1)
        above.set(xticks=[], yticks=[])
        above.set_title(f"{n} of {k * k}", fontsize=9)
        below.bar(
            range(10), beliefs[n - 1], color=[_BLUE if p == beliefs[n - 1].max() else "#b0b7bd" for p in beliefs[n - 1]]
        )
        below.set(ylim=(0, 1), xticks=range(10), yticks=[0, 0.5, 1] if n == after[0] else [])
        below.tick_params(labelsize=7)
        below.spines[["top", "right"]].set_visible(False)
    axes[1][0].set_ylabel("belief", fontsize=9)
    figure.suptitle(title, fontsize=10)
    return figure


def concept_map(where: Mapping[str, Mapping[str, str]], labs: Sequence[str]) -> Figure:
    """Every concept of the course, and the labs in which it ran.

    Args:
        where: concept -> lab -> what ran there, a short text: an exercise's name is set in bold colour, "section" pale.
        labs: the columns, in order.
    """
    figure, ax = plt.subplots(figsize=(1.45 * len(labs) + 3.4, 0.27 * len(where) + 0.9), layout="constrained")
    for row, (concept, found) in enumerate(where.items()):
        ax.axhline(row + 0.5, color="#eeeeee", linewidth=0.7)
        ax.text(-0.65, row, concept, ha="right", va="center", fontsize=9, color=_INK)
        for column, lab in enumerate(labs):
            if lab in found:
                exercise = found[lab] != "section"
                ax.text(
                    column,
                    row,
                    found[lab] if exercise else "•",
                    ha="center",
                    va="center",
                    fontsize=7.5 if exercise else 11,
                    color=_BLUE if exercise else "#999999",
                )
    ax.set(xlim=(-0.6, len(labs) - 0.4), ylim=(len(where) - 0.4, -0.6), xticks=range(len(labs)), yticks=[])
    ax.set_xticklabels(labs)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return figure
