"""Pictures of a model that reads and writes characters."""

from collections.abc import Iterable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from seqlab.plots.axes import Numbers

# Okabe and Ito's colours, and pale ones for paper
_BLUE, _SKY, _ORANGE, _PALE_BLUE, _PALE_ORANGE = "#0072B2", "#56B4E9", "#D55E00", "#CDE6F5", "#F5D5C0"
_INK = "#222222"


def visible(characters: Iterable[object]) -> list[str]:
    """Characters as they can be shown: a line break as \\n, a space as an open box.

    >>> visible("a\\n ")
    ['a', '\\\\n', '␣']
    """
    return [{"\n": "\\n", " ": "␣"}.get(str(c), str(c)) for c in characters]


_A_LINE = 24  # characters


def shifted_window(x: str, y: str) -> Figure:
    """A training window: the characters of x, and under each the one of y that must be predicted there.

    Args:
        x, y: of one length, y one character later.

    Returns:
        the matplotlib Figure.
    """
    lines = -(-len(x) // _A_LINE)  # as many as fit a page
    wide = -(-len(x) // lines)
    figure, ax = plt.subplots(figsize=(1 + 0.36 * wide, 0.2 + 1.3 * lines), layout="constrained")
    for line in range(lines):
        for row, name, text, colour in ((1, "x", x, _PALE_BLUE), (0, "y", y, _PALE_ORANGE)):
            height = row + 2.5 * (lines - 1 - line)
            ax.text(-0.9, height + 0.42, name, fontsize=14, ha="center", va="center", family="monospace", color=_INK)
            for k, character in enumerate(visible(text[line * wide : (line + 1) * wide])):
                ax.add_patch(Rectangle((k, height), 0.94, 0.84, color=colour))
                ax.text(k + 0.47, height + 0.42, character, ha="center", va="center", family="monospace", color=_INK)
    ax.set(xlim=(-1.5, wide), ylim=(-0.05, 2.5 * lines - 0.6))
    ax.axis("off")
    return figure


def causality_map(moved: ArrayLike, text: str) -> Figure:
    """How much every output moves when one input is changed; white where it does not move at all.

    Args:
        moved: (T, T) float, 0 or more; row s, column t: the change of the output at step t when the input at
            step s is changed.
        text: the T characters that were read.

    Returns:
        the matplotlib Figure.
    """
    change = np.asarray(moved, float)
    figure, ax = plt.subplots(figsize=(5.6, 4.7), layout="constrained")
    image = ax.imshow(np.where(change > 0, change, np.nan), cmap="viridis", norm="log")
    for ticks in (ax.set_xticks, ax.set_yticks):
        ticks(range(len(text)), visible(text), fontsize=8, family="monospace")
    ax.set(xlabel="output at step t", ylabel="input changed at step s")
    figure.colorbar(image, label="mean change of the logits")
    return figure


def temperature_bars(
    logits: ArrayLike, characters: Sequence[str], draws: Mapping[float, Sequence[int]], *, top: int = 14
) -> Figure:
    """The distribution of the next character at several temperatures, and what a sampler really drew.

    Args:
        logits: (V,) float. characters: V of them, in the order of the ids.
        draws: temperature (above 0) -> ids that were drawn at it.
        top: show so many characters, the likeliest.

    Returns:
        the matplotlib Figure.
    """
    z = np.asarray(logits, float)
    shown = np.argsort(-z)[:top]
    names = visible(characters[i] for i in shown)
    figure, axes = plt.subplots(
        1, len(draws), figsize=(3.4 * len(draws), 2.9), sharey=True, layout="constrained", squeeze=False
    )
    for ax, (temperature, ids) in zip(axes[0], draws.items(), strict=True):
        p = np.exp((z - z.max()) / temperature)
        share = np.bincount(np.asarray(ids), minlength=len(z)) / len(ids)
        ax.bar(names, (p / p.sum())[shown], color=_SKY, label="softmax(z / τ)")
        ax.plot(names, share[shown], "o", color=_ORANGE, markersize=4, label=f"{len(ids):,} draws")
        ax.set_title(f"τ = {temperature:g}", loc="left")
        ax.tick_params(axis="x", labelsize=9)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0, 0].set_ylabel("probability")
    axes[0, -1].legend(frameon=False)
    return figure


def shares(names: Sequence[str], groups: Mapping[str, Numbers], ylabel: str) -> Figure:
    """Shares between 0 and 1 as bars side by side, a group for each name.

    Args:
        names: N, along the axis. groups: label -> (N,) shares, at most three groups. ylabel: what they are shares of.

    Returns:
        the matplotlib Figure.
    """
    figure, ax = plt.subplots(figsize=(7, 2.7), layout="constrained")
    at, width = np.arange(len(names)), 0.8 / len(groups)
    styles = ((_SKY, ""), (_ORANGE, "//"), (_BLUE, ".."))
    for k, ((label, values), (colour, hatch)) in enumerate(zip(groups.items(), styles, strict=False)):
        left = at + (k - (len(groups) - 1) / 2) * width
        ax.bar(left, values, 0.92 * width, color=colour, hatch=hatch, edgecolor="white", label=label)
    ax.set_xticks(at, names)
    ax.set(ylim=(0, 1.05), ylabel=ylabel)
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, bbox_to_anchor=(1, 1))
    return figure


def dots(groups: Mapping[str, Numbers], xlabel: str) -> Figure:
    """One dot a value, one row a group, and a bar at the median of each row that has values.

    Args:
        groups: label -> its values, 0 or more. xlabel: what the values are, with their unit.

    Returns:
        the matplotlib Figure.
    """
    figure, ax = plt.subplots(figsize=(7, 0.9 + 0.42 * len(groups)), layout="constrained")
    for row, values in enumerate(groups.values()):
        ax.plot(values, np.full(len(values), row), "o", color=_BLUE, alpha=0.45)
        if len(values):
            ax.plot(np.median(values), row, "|", color=_ORANGE, markersize=20, markeredgewidth=3)
    ax.set_yticks(range(len(groups)), list(groups))
    ax.set(xlabel=xlabel, xlim=(0, None), ylim=(len(groups) - 0.4, -0.6))  # the first on top
    ax.spines[["top", "right"]].set_visible(False)
    return figure
