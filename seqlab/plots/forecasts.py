"""Pictures of forecasts: a fan beside its baselines, errors by step ahead, tracks on a map, reliability."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError
from seqlab.plots.axes import axes_for

_BLUE, _ORANGE, _GREEN, _PINK, _GREY, _INK = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#888888", "#222222"
_LOOKS = ((_GREY, ":"), (_GREEN, "--"), (_PINK, "-."), ("#56B4E9", (0, (1, 1))))


def forecast_fan(
    times: ArrayLike,
    values: ArrayLike,
    known: int,
    fan: ArrayLike,
    baselines: Mapping[str, ArrayLike],
    *,
    unit: str,
    title: str = "",
    ax: Axes | None = None,
) -> Figure:
    """What was known, what came, what was said: the fan of a forecast beside its baselines.

    Args:
        times, values: (N,), the known steps and those that came. known: how many of them were known.
        fan: (n_out, Q) quantiles, rising, of the steps that came; the middle one is drawn as a line.
        baselines: name -> (n_out,). unit: of the values, on the axis.

    Raises:
        SeqlabError: the steps do not fit.
    """
    when, came, quantiles = np.asarray(times), np.asarray(values, float), np.asarray(fan, float)
    if quantiles.ndim != 2 or len(when) != len(came) or len(came) - known != len(quantiles):
        raise SeqlabError(
            "values hold the known steps and those of the fan", got=f"{len(came)}, {known}, {quantiles.shape}"
        )
    figure, ax = axes_for(ax, 9, 3.6)
    ahead = when[known:]
    ax.plot(when[: known + 1], came[: known + 1], color=_INK, linewidth=1.4, label="known")
    ax.plot(ahead, came[known:], "o", color=_INK, markersize=4, label="what came")
    for (name, line), (colour, style) in zip(baselines.items(), _LOOKS, strict=False):
        ax.plot(ahead, np.asarray(line, float), color=colour, linestyle=style, linewidth=1.6, label=name)
    middle = quantiles.shape[1] // 2
    for k in range(middle):
        ax.fill_between(ahead, quantiles[:, k], quantiles[:, -1 - k], color=_BLUE, alpha=0.18, linewidth=0)
    ax.plot(ahead, quantiles[:, middle], color=_BLUE, linewidth=2, label="network")
    ax.set(ylabel=unit)
    ax.set_title(title, loc="left", fontsize=10)
    ax.legend(frameon=False, fontsize=8, ncols=3, loc="upper left", bbox_to_anchor=(0, -0.12))
    ax.spines[["top", "right"]].set_visible(False)
    return figure


def error_by_step(
    errors: Mapping[str, ArrayLike], *, unit: str, step: float = 1.0, ahead: str = "steps ahead", ax: Axes | None = None
) -> Figure:
    """Mean error against how far ahead, a line for each forecast: name -> (n_out,); the last name is drawn strongest."""
    figure, ax = axes_for(ax, 6, 3.4)
    looks = [*_LOOKS[: len(errors) - 1], (_BLUE, "-")]
    for (name, line), (colour, style) in zip(errors.items(), looks, strict=True):
        values = np.asarray(line, float)
        x = step * np.arange(1, len(values) + 1)
        ax.plot(x, values, color=colour, linestyle=style, linewidth=2, marker="o", markersize=4, label=name)
    ax.set(xlabel=ahead, ylabel=unit, ylim=(0, None))
    ax.legend(frameon=False, fontsize=8, ncols=3, loc="lower left", bbox_to_anchor=(-0.02, 1))
    ax.spines[["top", "right"]].set_visible(False)
    return figure


def storm_map(
    around: Sequence[ArrayLike],
    past: ArrayLike,
    came: ArrayLike,
    said: Mapping[str, ArrayLike],
    radii: ArrayLike = (),
    *,
    view: tuple[float, float, float, float] = (-100, -10, 8, 55),
    title: str = "",
    ax: Axes | None = None,
) -> Figure:
    """A storm on a map without a map: the pale tracks of earlier storms show where the sea is.

    Args:
        around: tracks (T, 2) of latitude and longitude in degrees, drawn pale. past, came: (T, 2), before and after now.
        said: name -> (n_out, 2), forecasts; the last one is the network's. radii: (n_out,) degrees, circles around the last.
        view: west, east, south, north.
    """
    figure, ax = axes_for(ax, 7, 4.6)
    lines = [np.asarray(track, float)[:, ::-1] for track in around]
    ax.add_collection(LineCollection(lines, colors="#9db8cc", linewidths=0.4, alpha=0.45))
    past, came = np.asarray(past, float), np.asarray(came, float)
    looks = [*_LOOKS[: len(said) - 1], (_BLUE, "-")]
    for (name, places), (colour, style) in zip(said.items(), looks, strict=True):
        path = np.concatenate([past[-1:], np.asarray(places, float)])
        ax.plot(path[:, 1], path[:, 0], color=colour, linestyle=style, linewidth=2, marker=".", label=name)
    if said:
        for (lat, long), radius in zip(
            np.asarray(list(said.values())[-1], float), np.asarray(radii, float), strict=False
        ):
            ax.add_patch(Circle((long, lat), radius, color=_BLUE, alpha=0.12, linewidth=0))
    both = np.concatenate([past[-1:], came])
    ax.plot(both[:, 1], both[:, 0], color=_ORANGE, linewidth=1.6, marker="o", markersize=3.5, label="what came")
    ax.plot(past[:, 1], past[:, 0], color=_INK, linewidth=2.2, marker="o", markersize=3.5, label="known")
    west, east, south, north = view
    ax.set(xlim=(west, east), ylim=(south, north), xlabel="longitude (°)", ylabel="latitude (°)")
    ax.set_aspect(1 / np.cos(np.radians((south + north) / 2)))
    ax.set_title(title, loc="left", fontsize=10)
    ax.legend(frameon=False, fontsize=8, loc="upper left")
    return figure


def reliability(said: Mapping[str, ArrayLike], came: ArrayLike, *, bins: int = 8, ax: Axes | None = None) -> Figure:
    """Was a probability of 30 % right in 30 % of the cases? name -> (N,) probabilities; came: (N,) 0 or 1.

    A point for each eighth of the cases, from the least to the most likely.
    """
    figure, ax = axes_for(ax, 4.2, 4)
    truth = np.asarray(came, float)
    ax.plot([0, 1], [0, 1], color=_GREY, linewidth=1, linestyle=":")
    ax.axhline(truth.mean(), color=_GREY, linewidth=1, linestyle="--")
    ax.text(1, truth.mean(), " base rate", fontsize=8, color=_GREY, va="bottom", ha="right")
    for (name, p), colour in zip(said.items(), (_GREEN, _BLUE, _ORANGE), strict=False):
        parts = np.array_split(np.argsort(np.asarray(p, float), kind="stable"), bins)
        x, y = ([float(np.asarray(a, float)[i].mean()) for i in parts] for a in (p, truth))
        ax.plot(x, y, "o-", color=colour, markersize=5, linewidth=1.4, label=name)
    ax.set(xlabel="probability that was said", ylabel="how often it came", xlim=(0, 1), ylim=(0, 1))
    ax.set_aspect("equal")
    ax.legend(frameon=False, fontsize=8, loc="upper left")
    ax.spines[["top", "right"]].set_visible(False)
    return figure
