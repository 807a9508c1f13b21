"""Pictures of what a window is worth: the ladder of models by what they see, and what one place teaches another."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError

# Okabe and Ito's colours, told apart by colour-blind readers
_STYLES = (("#0072B2", "o-"), ("#D55E00", "s--"), ("#009E73", "^:"))
_GREY, _INK = "#888888", "#222222"


def ladder(
    curves: Mapping[str, Mapping[int, float]], levels: Mapping[str, float], *, xlabel: str = "characters that are seen"
) -> Figure:
    """Held-out loss against how much a model sees, in nats and in bits.

    Args:
        curves: name -> {window length: nats}, at most three; the lowest point of each is marked with its value.
        levels: name -> nats, horizontal lines: chance, or a model that is still to come.
        xlabel: what the axis across says.

    Returns:
        the matplotlib Figure.

    Raises:
        SeqlabError: no curve, one without points, or more than three.
    """
    if not curves or len(curves) > len(_STYLES) or not all(curves.values()):
        raise SeqlabError("one to three curves, each with a point or more", got=f"{len(curves)} curves")
    figure, ax = plt.subplots(figsize=(8.6, 4.4), layout="constrained")
    right = max(max(curve) for curve in curves.values())
    for (name, curve), (colour, style) in zip(curves.items(), _STYLES, strict=False):
        at = sorted(curve)
        ax.plot(at, [curve[k] for k in at], style, color=colour, label=name)
        best = min(at, key=lambda k: curve[k])
        others = [other for other in curves.values() if other is not curve and min(other) <= best <= max(other)]
        down = all(_between(other, best) >= curve[best] for other in others)  # out of the way of other curves
        ax.annotate(
            f"{curve[best]:.3f}",
            (best, curve[best]),
            xytext=(0, -14 if down else 9),
            textcoords="offset points",
            ha="center",
            color=colour,
        )
    for name, nats in levels.items():
        ax.axhline(nats, color=_GREY, linestyle=(0, (4, 3)), linewidth=1)
        ax.text(-0.2, nats, f"{name}  {nats:.3f}", va="bottom", ha="left", fontsize=9, color=_INK)
    ax.set(xlabel=xlabel, ylabel="held-out loss (nats a character)", xlim=(-0.3, right + 0.3))
    lowest = min([*levels.values(), *(v for curve in curves.values() for v in curve.values())])
    ax.set_ylim(bottom=lowest - 0.25)
    bits = ax.secondary_yaxis("right", functions=(lambda nats: nats / np.log(2), lambda bits: bits * np.log(2)))
    bits.set_ylabel("bits a character")
    ax.spines["top"].set_visible(False)
    ax.legend(frameon=False, loc="upper right", bbox_to_anchor=(0.98, 0.9))
    return figure


def _between(curve: Mapping[int, float], k: int) -> float:
    """The height of a drawn curve at window length k."""
    at = sorted(curve)
    return float(np.interp(k, at, [curve[i] for i in at]))


def transfer_maps(maps: Mapping[str, ArrayLike], *, chance: float) -> Figure:
    """Trained at one place, asked at another: a square for each model, bright where it is right.

    Args:
        maps: name -> (P, P) shares between 0 and 1; row p, column q: trained at place p, asked at place q.
        chance: the share that guessing gets; the colours say it.

    Returns:
        the matplotlib Figure.

    Raises:
        SeqlabError: no map, or one that is not square.
    """
    squares = {name: np.asarray(given, float) for name, given in maps.items()}
    if not squares or any(m.ndim != 2 or m.shape[0] != m.shape[1] for m in squares.values()):
        raise SeqlabError(
            "maps are square, (P, P), and there is one at least", got=str([m.shape for m in squares.values()])
        )
    figure, axes = plt.subplots(
        1, len(squares), figsize=(3.5 * len(squares) + 0.6, 3.6), layout="constrained", squeeze=False
    )
    for (name, square), ax in zip(squares.items(), axes[0], strict=True):
        image = ax.imshow(square, cmap="viridis", vmin=0, vmax=1)
        size = len(square)
        ax.set(xlabel="asked at place q", xticks=range(size), yticks=range(size))
        ax.set_title(name, loc="left", fontsize=10)
        if size <= 4:
            for (p, q), share in np.ndenumerate(square):
                ax.text(q, p, f"{share:.2f}", ha="center", va="center", color="white" if share < 0.6 else "black")
    axes[0, 0].set_ylabel("trained at place p")
    bar = figure.colorbar(image, ax=list(axes[0]), label="share that is right")
    bar.ax.axhline(chance, color="white", linewidth=1.5)
    bar.ax.text(1.6, chance, "chance", transform=bar.ax.get_yaxis_transform(), va="center", fontsize=8, color=_INK)
    return figure
