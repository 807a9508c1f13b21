"""What happens inside a recurrent layer, drawn: its gates unit by unit, and the gradient on its way back."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterMathtext
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError
from seqlab.plots.axes import axes_for

# Okabe and Ito's colours, told apart by colour-blind readers
_LINES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_GREY = "#888888"

# field of `layer.inside(x)` -> its title, and whether it runs from −1 to 1 (else from 0 to 1)
_PANELS = {
    "i": ("input gate i", False),
    "f": ("forget gate f", False),
    "z": ("update gate z", False),
    "r": ("reset gate r", False),
    "candidate": ("candidate", True),
    "o": ("output gate o", False),
    "c": ("cell state c", True),
    "h": ("hidden state h", True),
}


class Steps(Protocol):
    """What `layer.inside(x)` returns: a named tuple of arrays `(B, T, H)`, of which one is `h`."""

    _fields: ClassVar[tuple[str, ...]]

    @property
    def h(self) -> np.ndarray: ...


def gate_raster(
    steps: Steps, labels: Sequence[str] | None = None, *, example: int = 0, show: Sequence[str] | None = None
) -> Figure:
    """Every unit of every gate at every step: a row a unit, a column a step, one panel a gate.

    A gate is dark where it is shut (0) and bright where it is open (1). States and candidates are blue below
    zero and red above; a cell state has a scale of its own. A masked step, where no gate acts, stays grey.

    Args:
        steps: what `layer.inside(x)` returns: a named tuple of arrays `(B, T, H)`.
        labels: T words or characters, one a step, written below.
        example: the row of the batch that is drawn.
        show: names of the panels, in order; by default all that `steps` has.

    Returns:
        the matplotlib Figure.

    Raises:
        SeqlabError: an unknown panel, labels that are not T, an example outside the batch.
    """
    names = list(steps._fields) if show is None else list(show)
    if not names or not set(names) <= set(steps._fields):
        raise SeqlabError(f"the panels of this layer are {', '.join(steps._fields)}", got=repr(show))
    B, T, H = steps.h.shape
    if labels is not None and len(labels) != T:
        raise SeqlabError(f"there is a label for each of the {T} steps", got=f"{len(labels)} labels")
    if not -B <= example < B:
        raise SeqlabError(f"the batch has examples 0 to {B - 1}", got=repr(example))

    height = min(1.8, 0.45 + 0.07 * H)
    size = (min(14, 3.2 + 0.24 * T), 0.7 + (height + 0.3) * len(names))
    figure, axes = plt.subplots(len(names), 1, figsize=size, sharex=True, squeeze=False, layout="constrained")
    for ax, name in zip(axes[:, 0], names, strict=True):
        title, signed = _PANELS[name]
        colours = plt.get_cmap("RdBu_r" if signed else "cividis").with_extremes(bad="#DDDDDD")
        values = np.ma.masked_invalid(np.asarray(getattr(steps, name)[example], float).T)  # (H, T)
        high = max(1.0, np.abs(values).max()) if name in ("c", "h") else 1
        low = -high if signed else 0
        image = ax.imshow(values, aspect="auto", cmap=colours, interpolation="nearest", vmin=low, vmax=high)
        ax.set_title(title, loc="left", fontsize=10)
        ax.set_ylabel("unit", fontsize=9)
        ax.set_yticks([0, H - 1] if H > 1 else [0])
        figure.colorbar(
            image, ax=ax, ticks=[low, 0, high] if signed else [0, 1], format="%.3g", pad=0.01, fraction=0.02
        )
    if labels is not None:
        axes[-1, 0].set_xticks(range(T), [_visible(label) for label in labels])
        if max(len(str(label)) for label in labels) > 2:
            axes[-1, 0].tick_params(axis="x", rotation=60)
    axes[-1, 0].set_xlabel("step")
    return figure


def gradient_flow(
    norms: Mapping[str, ArrayLike],
    labels: Sequence[str] | None = None,
    *,
    of: str = r"$\|\partial h_T / \partial h_t\|$",
    ax: Axes | None = None,
) -> Figure:
    """How much of a gradient is left after every step back, on a logarithmic axis, one line a layer.

    The dashed line is 1: what neither vanishes nor explodes. A gradient that is exactly 0 ends its line.

    Args:
        norms: name -> `(T+1,)` or `(B, T+1)`, as `state_jacobian_norms` and `gradient_norms` of a layer give
            them; of a batch the geometric mean is drawn, and the range over its examples shaded.
        labels: T words or characters, one a step, written below steps 1 to T; else the steps are numbered.
        of: what the norms are, for the axis.
        ax: where to draw; by default a figure of its own.

    Returns:
        the matplotlib Figure.

    Raises:
        SeqlabError: norms of other shapes or of different T, labels that are not T.
    """
    curves = {name: np.atleast_2d(np.asarray(v, float)) for name, v in norms.items()}
    lengths = {v.shape[-1] for v in curves.values()}
    if len(lengths) != 1 or min(lengths) < 2 or any(v.ndim != 2 for v in curves.values()):
        expected = "norms are arrays (T+1,) or (B, T+1), all of one T, by name"
        raise SeqlabError(expected, got=str({name: np.shape(v) for name, v in norms.items()}))
    T = lengths.pop() - 1
    if labels is not None and len(labels) != T:
        raise SeqlabError(f"there is a label for each of the {T} steps", got=f"{len(labels)} labels")
    figure, ax = axes_for(ax, 8, 4.2)

    steps = np.arange(T + 1)
    ax.axhline(1, color=_GREY, linewidth=1, linestyle=(0, (4, 3)))
    ends = []
    for k, (name, values) in enumerate(curves.items()):
        colour = _LINES[k % len(_LINES)]
        logs = np.log10(np.where(values > 0, values, np.nan))  # nan: a line that is not drawn
        mean = 10 ** logs.mean(axis=0)
        ax.plot(steps, mean, color=colour, linewidth=2)
        if len(values) > 1:
            ax.fill_between(steps, 10 ** logs.min(axis=0), 10 ** logs.max(axis=0), color=colour, alpha=0.15, lw=0)
        drawn = np.flatnonzero(np.isfinite(mean))
        if len(drawn):
            ends.append((drawn[0], mean[drawn[0]], name, colour))
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(LogFormatterMathtext())
    ax.set(xlim=(0, T), ylabel=of)
    ax.spines[["top", "right"]].set_visible(False)
    _name_lines(ax, ends)
    if labels is None:
        ax.set_xlabel("step t (the gradient travels from right to left)")
    else:
        ax.set_xticks(range(T + 1), ["$h_0$", *map(_visible, labels)])
        if max(len(str(label)) for label in labels) > 2:
            ax.tick_params(axis="x", rotation=60)
    return figure


def _visible(label: object) -> str:
    """A label that can be seen, and that matplotlib does not take for mathematics."""
    return {" ": "␣", "\n": "↵", "\t": "⇥"}.get(str(label), str(label).replace("$", r"\$"))


def _name_lines(ax: Axes, ends: Sequence[tuple[int, float, str, str]]) -> None:
    """Each line's name at its left end, a line's height apart."""
    bottom, top = np.log10(ax.get_ylim())
    gap: float = 0.06 * (top - bottom)
    heights: list[float] = []
    for _, y, name, colour in sorted(ends, key=lambda end: end[1]):
        heights.append(max(np.log10(y), heights[-1] + gap if heights else bottom))
        ax.annotate(
            name,
            (0, 10 ** heights[-1]),
            xycoords=("axes fraction", "data"),
            xytext=(6, 7),
            textcoords="offset points",
            color=colour,
            fontweight="bold",
            bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1},
        )
