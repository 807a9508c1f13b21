"""Where gradients go: the shares of the steps in a shared weight, a cliff in the loss, a gradient made shorter."""

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError
from seqlab.plots.axes import axes_for

_INK, _GREY, _WEIGHT, _AGAINST = "#222222", "#888888", "#D55E00", "#0072B2"
_LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")


def gradient_roads(
    per_step: Sequence[ArrayLike], losses: Sequence[int] | None = None, *, weight: str = "$W_h$", ax: Axes | None = None
) -> Figure:
    """The way back through the unrolled network, and from every step a road to the one weight that all use: its share.

    A share is how far the step's gradient goes along the sum of all, as a part of that sum's length: the shares add up to
    100 %. Width is size; a road in blue pulls the other way. Thin arrows are the gradient's way, from the losses to h_1.

    Args:
        per_step: T arrays of one shape: the gradient of the weight as used at each step.
        losses: the steps, from 1, that have a loss; by default the last.
        weight: the weight's name. ax: where to draw; by default a figure of its own.

    Returns:
        the matplotlib Figure.

    Raises:
        SeqlabError: no step, or gradients of different shapes, or that add up to zero.
    """
    arrays = [np.asarray(g, float) for g in per_step]
    if not arrays or len({g.shape for g in arrays}) != 1 or not np.any(total := np.sum(arrays, axis=0)):
        expected = "gradients of one shape, one a step, that do not add up to zero"
        raise SeqlabError(expected, got=str([g.shape for g in arrays]))
    shares = [float(np.sum(g * total) / np.sum(total**2)) for g in arrays]
    T, most = len(shares), max(map(abs, shares))
    losses = [T] if losses is None else losses
    figure, ax = axes_for(ax, max(5.0, 1.25 * T), 4)
    ax.set(xlim=(0.2, T + 0.8), ylim=(-1.35, 3.2))
    ax.set_axis_off()
    middle = (T + 1) / 2
    for t, share in enumerate(shares, 1):
        _ball(ax, t, 1.8, f"$h_{{{t}}}$")
        if t < T:
            ax.annotate(
                "", (t + 0.26, 1.8), (t + 0.74, 1.8), arrowprops={"arrowstyle": "->", "color": _GREY, "lw": 1.4}
            )
        if t in losses:
            ax.annotate("", (t, 2.1), (t, 2.62), arrowprops={"arrowstyle": "->", "color": _GREY, "lw": 1.4})
            ax.text(t, 2.75, f"$L_{{{t}}}$", ha="center", va="bottom", color=_INK)
        colour, width = _WEIGHT if share >= 0 else _AGAINST, 0.4 + 7 * abs(share) / most
        end = middle + 0.28 * (t - middle)
        ax.plot([t, end], [1.48, -0.62], color=colour, linewidth=width, solid_capstyle="round", alpha=0.75, zorder=1)
        percent = 100 * share
        text = "0" if percent == 0 else f"{percent:.0f} %" if abs(percent) >= 1 else f"{percent:.1g} %"
        at = 0.35
        ax.text(
            t + (end - t) * at, 1.48 - 2.1 * at, text, ha="center", va="center", fontsize=9, color=_INK, zorder=3,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2, "alpha": 0.85},
        )  # fmt: skip
    ax.text(
        middle, -0.95, f"{weight}: one matrix, the sum of all shares", ha="center", va="center", color="white", zorder=4,
        bbox={"facecolor": _WEIGHT, "edgecolor": "none", "boxstyle": "round,pad=0.5"},
    )  # fmt: skip
    return figure


def _ball(ax: Axes, x: float, y: float, text: str) -> None:
    look = {"facecolor": "#F4F4F4", "edgecolor": _GREY, "boxstyle": "circle,pad=0.35"}
    ax.text(x, y, text, ha="center", va="center", color=_INK, bbox=look, zorder=3)


def loss_cliff(
    f: Callable[[np.ndarray], ArrayLike],
    view: tuple[float, float, float, float],
    paths: Mapping[str, ArrayLike],
    *,
    axes: tuple[str, str] = ("w", "b"),
) -> Figure:
    """A loss over two weights, as a landscape and as a map with the paths that were walked on it.

    Colours and heights are logarithmic: a cliff has flat land above and below. A step that leaves the picture is drawn
    to its edge.

    Args:
        f: points (..., 2) -> losses (...), above 0.
        view: left, right, bottom, top of what is shown.
        paths: name -> points (N, 2), from the first on.
        axes: names of the two weights.

    Returns:
        the matplotlib Figure.

    Raises:
        SeqlabError: points of another shape, an empty view.
    """
    walks = {name: np.asarray(path, float) for name, path in paths.items()}
    left, right, bottom, top = view
    if left >= right or bottom >= top or any(w.ndim != 2 or w.shape[1] != 2 for w in walks.values()):
        expected = "view is left < right, bottom < top, and a path is points (N, 2)"
        raise SeqlabError(expected, got=f"{view} and {[w.shape for w in walks.values()]}")
    x, y = np.meshgrid(np.linspace(left, right, 161), np.linspace(bottom, top, 161))
    height = np.log10(np.maximum(np.asarray(f(np.stack([x, y], -1)), float), 1e-9))
    low = float(np.quantile(height, 0.02))
    height = np.maximum(height, low)  # a valley of nothing is no deeper than what is around it

    figure = plt.figure(figsize=(11, 4.4), layout="constrained")
    land, flat = figure.add_subplot(1, 2, 1, projection="3d"), figure.add_subplot(1, 2, 2)
    land.plot_surface(x, y, height, cmap="cividis", rcount=161, ccount=161, linewidth=0, antialiased=False)
    land.view_init(elev=38, azim=-125)
    land.set(xlabel=axes[0], ylabel=axes[1], title="the loss, as a landscape")
    land.set_zticks([])
    image = flat.pcolormesh(x, y, height, cmap="cividis", shading="gouraud", rasterized=True)
    bar = figure.colorbar(image, ax=flat, pad=0.02)
    bar.set_label("loss (logarithmic)")
    levels = [v for v in range(-9, 20) if low <= v <= height.max()]
    bar.set_ticks(levels, labels=[f"$10^{{{v}}}$" for v in levels])
    for (name, walk), colour, style in zip(
        walks.items(), ("#D55E00", "#FFFFFF", "#56B4E9"), ("-", "-", "--"), strict=False
    ):
        flat.plot(*walk.T, style, color=colour, linewidth=1.8, marker="o", markersize=3, label=name, clip_on=True)
        flat.plot(*walk[0], "o", color="#009E73", markersize=8)
    flat.set(
        xlim=(left, right),
        ylim=(bottom, top),
        xlabel=axes[0],
        ylabel=axes[1],
        title="the same from above, and the walks",
    )
    flat.legend(loc="upper left", fontsize=9, facecolor="#555555", labelcolor="white", framealpha=0.9)
    return figure


def clipped_arrows(
    before: Sequence[ArrayLike], after: Mapping[str, Sequence[ArrayLike]], *, ax: Axes | None = None
) -> Figure:
    """A gradient of many tensors, and what ways to clip it make of it: how long it is then, and where it points.

    To the right lies the direction of the gradient itself, upwards all that is perpendicular to it: the angle in the
    picture is the true one, however many weights there are.

    Args:
        before: the gradient, a list of arrays.
        after: name -> the clipped gradient, a list of arrays of the same shapes.
        ax: where to draw; by default a figure of its own.

    Returns:
        the matplotlib Figure.

    Raises:
        SeqlabError: a gradient of zeros, or clipped ones of another size.
    """
    g = _flat(before)
    others = {name: _flat(parts) for name, parts in after.items()}
    if not np.any(g) or any(v.size != g.size for v in others.values()):
        expected = f"a gradient that is not zero, and clipped ones of the same {g.size} numbers"
        raise SeqlabError(expected, got=str({name: v.size for name, v in others.items()}))
    figure, ax = axes_for(ax, 7.5, 3.4)
    unit, longest, highest = g / np.linalg.norm(g), 0.0, 0.0
    for (name, v), colour in zip(others.items(), _LINES * len(others), strict=False):
        along = float(v @ unit)
        aside = float(np.linalg.norm(v - along * unit))
        aside = aside if aside > 1e-5 * np.linalg.norm(v) else 0.0  # of float32, nothing
        longest, highest = max(longest, along, aside), max(highest, aside)
        angle = np.degrees(np.arctan2(aside, along))
        ax.annotate("", (along, aside), (0, 0), arrowprops={"arrowstyle": "-|>", "color": colour, "lw": 2.2})
        text = f"{name}: {angle:.0f}° off, length {np.hypot(along, aside):.2g}"
        ax.annotate(
            text,
            (along, aside),
            xytext=(6, 5 if aside else -13),
            textcoords="offset points",
            color=colour,
            fontweight="bold",
        )
    ax.axhline(0, color=_GREY, linewidth=1, linestyle=(0, (4, 3)))
    own = f"to the gradient itself, of length {np.linalg.norm(g):.3g}"
    ax.text(longest * 1.5, 0.015 * longest, own, color=_GREY, ha="right", va="bottom")
    ax.set(xlim=(-0.05 * longest, 1.52 * longest), xlabel="along the gradient", ylabel="perpendicular to it")
    ax.set_ylim(-0.12 * longest, max(1.25 * highest, 0.35 * longest))
    ax.set_aspect("equal")
    ax.spines[["top", "right"]].set_visible(False)
    return figure


def _flat(parts: Sequence[ArrayLike]) -> np.ndarray:
    return np.concatenate([np.ravel(np.asarray(p, float)) for p in parts])
