"""Pictures of a gated cell: a story told by its gates, its module beside a plain one, and one step in four panels."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError

# of the gates and states, in all pictures here: Okabe and Ito's colours
SHADES = {"f": "#D55E00", "i": "#009E73", "candidate": "#56B4E9", "c": "#0072B2", "o": "#CC79A7", "h": "#222222"}
_LETTERS = {"f": "f", "i": "i", "candidate": r"\tilde c", "o": "o"}
_INK, _GREY = "#222222", "#777777"


def gate_story(events: Sequence[str], gates: Mapping[str, ArrayLike], c: ArrayLike, h: ArrayLike) -> Figure:
    """A story of T events as a cell with one unit lives it: its gates, the cell state as a bar, what it says aloud.

    Args:
        events: T sentences. gates: "f", "i", "candidate", "o" -> T numbers. c, h: T numbers each.

    Returns:
        the matplotlib Figure, a column for each event.

    Raises:
        SeqlabError: not T numbers each, a gate that is missing.
    """
    T = len(events)
    rows = {name: np.asarray(gates[name], float) for name in _LETTERS if name in gates}
    c, h = np.asarray(c, float), np.asarray(h, float)
    if len(rows) < len(_LETTERS) or any(row.shape != (T,) for row in (*rows.values(), c, h)):
        raise SeqlabError(f"f, i, candidate, o, c and h have {T} numbers each", got=str(list(gates)))
    figure, ax = plt.subplots(figsize=(11, 4.6), layout="constrained")
    places = dict(zip(rows, (4.2, 3.4, 2.6, 0.1), strict=True))
    for y, text in (
        (places["f"], "forget gate"),
        (places["i"], "input gate"),
        (places["candidate"], "candidate"),
        (places["o"], "output gate"),
    ):
        ax.text(-0.62, y, text, ha="right", va="center", fontsize=10, color=_INK)
    ax.text(-0.62, 1.35, "cell state c\nthe long memory", ha="right", va="center", fontsize=10, color=SHADES["c"])
    ax.text(-0.62, -0.75, "h, said aloud", ha="right", va="center", fontsize=10, color=_INK)
    for t, event in enumerate(events):
        ax.text(t, 5.25, _broken(event), ha="center", va="center", fontsize=9.5, color=_INK)
        for name, row in rows.items():
            open_ = min(1.0, abs(row[t]))
            box = {
                "boxstyle": "round,pad=0.3",
                "facecolor": (*_rgb(SHADES[name]), 0.12 + 0.5 * open_),
                "edgecolor": "none",
            }
            text = f"${_LETTERS[name]}$ = {row[t]:.2g}"
            ax.text(t, places[name], text, ha="center", va="center", fontsize=10, color=_INK, bbox=box)
        ax.bar(t, 0.6 * c[t], bottom=1.35, width=0.55, color=SHADES["c"])
        ax.text(t + 0.31, 1.35, f"{c[t]:.2g}", va="center", ha="left", fontsize=9.5, color=SHADES["c"])
        said = "–" if abs(h[t]) < 0.05 else f"{'yes' if h[t] > 0 else 'no'} ({h[t]:.2f})"
        box = {"boxstyle": "round,pad=0.3", "facecolor": "white", "edgecolor": _GREY if said == "–" else _INK}
        ax.text(t, -0.75, said, ha="center", va="center", fontsize=10, color=_INK, bbox=box)
    ax.axhline(1.35, color=SHADES["c"], linewidth=0.8, alpha=0.5)
    ax.set(xlim=(-1.7, T - 0.4), ylim=(-1.2, 5.8))
    ax.set_axis_off()
    told = "; ".join(f"{event} c = {c[t]:.2g}, h = {h[t]:.2g}" for t, event in enumerate(events))
    figure.set_label(f"Figure: a column for each event, with gates, cell state and what is said. {told}")
    return figure


def repeating_modules() -> Figure:
    """The module of a vanilla RNN, one node, beside that of an LSTM, four blocks around a straight road of cell states."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 3.6), width_ratios=[1, 1.9], layout="constrained")
    for ax, title, width in (
        (left, "vanilla RNN: a simple computation node", 4),
        (right, "LSTM: computational blocks around a road", 8),
    ):
        ax.set(xlim=(-1, width + 1), ylim=(-0.9, 4.4))
        ax.set_title(title, loc="left", fontsize=11)
        ax.set_axis_off()
        ax.add_patch(FancyBboxPatch((0, 0), width, 3.6, boxstyle="round,pad=0.1", facecolor="#F4F4F4", edgecolor=_GREY))
    _arrow(left, (-1, 0.7), (1.5, 0.7))
    _arrow(left, (0.6, -0.9), (0.6, 0.6))
    _box(left, 2, 0.7, "tanh", SHADES["h"])
    _arrow(left, (2.5, 0.7), (5, 0.7))
    for x, y, name in ((-0.95, 0.85, "$h_{t-1}$"), (4.45, 0.85, "$h_t$"), (0.7, -0.8, "$x_t$")):
        left.text(x, y, name)
    _arrow(right, (-1, 3), (9, 3), SHADES["c"], 3)
    _arrow(right, (-1, 0.4), (9, 0.4), _GREY, 1)
    _arrow(right, (0.4, -0.9), (0.4, 0.35))
    for x, y, name in ((-0.95, 0.55, "$h_{t-1}$"), (8.35, 0.55, "$h_t$"), (0.5, -0.8, "$x_t$"), (7.25, 2.45, "tanh")):
        right.text(x, y, name)
    for x, name in ((-0.95, "$c_{t-1}$"), (8.35, "$c_t$")):
        right.text(x, 3.2, name, color=SHADES["c"])
    for x, name, squash in ((1.2, "f", "σ"), (2.8, "i", "σ"), (4.2, "candidate", "tanh"), (5.9, "o", "σ")):
        _arrow(right, (x, 0.4), (x, 0.95))
        _box(right, x, 1.25, f"{squash}\n${_LETTERS[name]}$", SHADES[name])
    roads = (
        ((1.2, 1.6), (1.2, 2.85)),
        ((2.8, 1.6), (3.4, 2.1)),
        ((4.2, 1.6), (3.6, 2.1)),
        ((3.5, 2.35), (3.5, 2.85)),
        ((7, 2.9), (7, 2.3)),
        ((6.1, 1.5), (6.85, 2.05)),
        ((7, 2), (7, 0.45)),
    )
    for start, end in roads:
        _arrow(right, start, end)
    for x, y, sign in ((1.2, 3, "×"), (3.5, 2.2, "×"), (3.5, 3, "+"), (7, 2.15, "×")):
        _dot(right, x, y, sign)
    figure.set_label(
        "Figure: on the left a box with one tanh between h and h. On the right a box with a straight road from c to c on "
        "top; below it the blocks f, i, candidate and o, fed by x and h. f multiplies what is on the road, i times the "
        "candidate is added to it, and o times tanh of the road is the new h"
    )
    return figure


def lstm_step_panels(
    c_before: ArrayLike, *, f: ArrayLike, i: ArrayLike, candidate: ArrayLike, o: ArrayLike, title: str = ""
) -> Figure:
    """One step of an LSTM in the lecture's order, unit by unit: forget, store, update, output.

    Args:
        c_before: (H,) the cell state before. f, i, candidate, o: (H,) the gates and the candidate, activated.
        title: above all panels.

    Returns:
        the matplotlib Figure: f · c, i · c̃, their sum c', and o · tanh(c'). A gate is a pale bar from 0 to what it lets
        through of 1; what goes in is an outline, what comes out a full bar.

    Raises:
        SeqlabError: arrays that are not all (H,).
    """
    given = [np.asarray(v, float) for v in (c_before, f, i, candidate, o)]
    c_before, f, i, candidate, o = given
    if any(v.ndim != 1 or v.shape != c_before.shape for v in given):
        raise SeqlabError("c_before, f, i, candidate and o are (H,)", got=", ".join(str(v.shape) for v in given))
    kept, stored = f * c_before, i * candidate
    c = kept + stored
    panels = (
        ("1 · forget: $f \\odot c$", c_before, f, kept, SHADES["f"]),
        ("2 · store: $i \\odot \\tilde c$", candidate, i, stored, SHADES["i"]),
        ("3 · update: $c' = f \\odot c + i \\odot \\tilde c$", kept, None, c, SHADES["c"]),
        ("4 · output: $h' = o \\odot \\tanh(c')$", np.tanh(c), o, o * np.tanh(c), SHADES["o"]),
    )
    figure, axes = plt.subplots(1, 4, figsize=(12, 2.7), sharey=True, layout="constrained")
    units, top = np.arange(len(c)), max(1.05, 1.05 * max(np.abs(v).max() for v in (c_before, c)))
    for ax, (name, before, gate, after, colour) in zip(axes, panels, strict=True):
        ax.bar(units, before, width=0.75, facecolor="none", edgecolor=_GREY, linewidth=1)
        ax.bar(units, after, width=0.5, color=colour)
        if gate is not None:
            for unit, value in enumerate(gate):
                ax.text(
                    unit,
                    -1.02 * top,
                    f"{value:.2f}".removeprefix("0"),
                    ha="center",
                    va="bottom",
                    fontsize=8,
                    color=_GREY,
                )
        ax.axhline(0, color=_INK, linewidth=0.6)
        ax.set_title(name, loc="left", fontsize=10)
        ax.set(xticks=units, xlabel="unit", ylim=(-1.05 * top, top))
        ax.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    said = ", ".join(
        f"{n} {np.round(v, 2).tolist()}"
        for n, v in (("kept", kept), ("stored", stored), ("new c", c), ("h", o * np.tanh(c)))
    )
    figure.set_label(f"Figure: one step, {title or 'in four panels'}: {said}")
    return figure


def _arrow(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str = _INK, width: float = 1.4
) -> None:
    ax.annotate(
        "", end, start, arrowprops={"arrowstyle": "-|>", "color": colour, "lw": width, "shrinkA": 0, "shrinkB": 0}
    )


def _box(ax: Axes, x: float, y: float, text: str, colour: str) -> None:
    box = {"boxstyle": "square,pad=0.35", "facecolor": "white", "edgecolor": colour, "linewidth": 2}
    ax.text(x, y, text, ha="center", va="center", fontsize=10, color=_INK, bbox=box)


def _dot(ax: Axes, x: float, y: float, text: str) -> None:
    ax.plot(x, y, "o", markersize=15, color="white", markeredgecolor=_INK)
    ax.text(x, y - 0.02, text, ha="center", va="center", fontsize=11, color=_INK)


def _rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))


def _broken(sentence: str, width: int = 18) -> str:
    """A sentence in lines of about so many letters."""
    lines, line = [], ""
    for word in sentence.split():
        if line and len(line) + len(word) >= width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*lines, line])
