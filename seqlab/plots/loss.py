"""The loss curve, with the yardsticks that give it a meaning."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError
from seqlab.plots.axes import axes_for

# Okabe and Ito's colours: told apart by colour-blind readers and in grey
_TRAIN, _HELD_OUT, _YARDSTICK = "#56B4E9", "#D55E00", "#666666"


class Losses(Protocol):
    """What is drawn of a history: losses in nats, and the steps after which the held-out ones were taken."""

    @property
    def loss(self) -> Sequence[float]: ...
    @property
    def val_steps(self) -> Sequence[int]: ...
    @property
    def val_loss(self) -> Sequence[float]: ...


def loss_curve(
    history: Losses,
    *,
    log_v: float | None = None,
    unigram: float | None = None,
    bigram: float | None = None,
    smooth: int = 25,
    ax: Axes | None = None,
) -> Figure:
    """Training and held-out loss against the step, each line named at its end, yardsticks dashed.

    Args:
        history: a `seqlab.models.History`, or anything with its `loss`, `val_steps` and `val_loss`.
        log_v, unigram, bigram: nats that cost no training (`seqlab.models.ngram_loss`); None: not drawn.
        smooth: the training loss is drawn as the mean of about so many steps, over the pale single steps.
        ax: where to draw; by default a figure of its own.

    Returns:
        the matplotlib Figure.

    Raises:
        SeqlabError: a history without a step.
    """
    loss = np.asarray(history.loss, float)
    if not len(loss):
        raise SeqlabError("a loss curve needs a history with a step or more", got="an empty one")
    figure, ax = axes_for(ax, 8, 4.2)
    steps = np.arange(1, len(loss) + 1)
    mean = _moving_mean(loss, smooth // 2)
    ax.plot(steps, loss, color=_TRAIN, alpha=0.3, linewidth=0.8)
    ax.plot(steps, mean, color=_TRAIN, linewidth=2)
    last = mean[-1 - min(smooth // 2, len(loss) // 2)]
    names = [(last, f"training {last:.2f}", "#0072B2")]
    if len(history.val_loss):
        ax.plot(history.val_steps, history.val_loss, color=_HELD_OUT, linewidth=2, marker="o", markersize=4)
        names.append((history.val_loss[-1], f"held out {history.val_loss[-1]:.2f}", _HELD_OUT))
    for value, name in ((log_v, "log V"), (unigram, "unigrams"), (bigram, "bigrams")):
        if value is not None:
            ax.axhline(value, color=_YARDSTICK, linewidth=1, linestyle=(0, (4, 3)))
            names.append((value, f"{name} {value:.2f}", _YARDSTICK))

    top = max(max(v for v, _, _ in names), loss.max())
    ax.set(xlim=(0, len(loss)), ylim=(0, 1.06 * top), xlabel="training step", ylabel="nats per character")
    ax.spines[["top", "right"]].set_visible(False)
    heights = _apart([v for v, _, _ in names], gap=0.055 * 1.06 * top)
    for (_, text, colour), height in zip(names, heights, strict=True):
        ax.annotate(
            text,
            (1, height),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            annotation_clip=False,
        )
    return figure


def _moving_mean(values: np.ndarray, radius: int) -> np.ndarray:
    """The mean of the values around each; near the ends of fewer, so that the fall at the start shows."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    at = np.arange(len(values))
    reach = np.minimum(np.minimum(at, len(values) - 1 - at), radius)
    return (total[at + reach + 1] - total[at - reach]) / (2 * reach + 1)


def _apart(values: ArrayLike, gap: float) -> np.ndarray:
    """Heights for labels near the values, at least `gap` from each other, in the same order."""
    order = np.argsort(values)
    heights = np.asarray(values, float)[order]
    for _ in range(50):  # push neighbours away from each other until none is too near
        short = gap - np.diff(heights)
        if (short <= 1e-9).all():
            break
        push = np.maximum(short, 0) / 2
        heights[:-1] -= push
        heights[1:] += push
    out = np.empty_like(heights)
    out[order] = heights
    return out
