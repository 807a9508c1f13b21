"""Blocks of numbers, drawn: which axis is which, where a number went, and which numbers meet."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError
from seqlab.plots.axes import axes_for

# Okabe and Ito's colours, pale enough for black numbers on them
_FILLS = ("#A6CEEB", "#F5C08A", "#9AD9C1", "#EBC3DA", "#F6EE9C", "#C9C9C9")
_INK, _GREY = "#222222", "#777777"
_OPERATIONS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "@": np.matmul,
}


def number_blocks(
    arrays: Mapping[str, ArrayLike],
    axes: Mapping[str, Sequence[str]] | None = None,
    *,
    group: Callable[[float], int] | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Arrays side by side, each number in a cell: a card for each entry of the first of three axes.

    A number keeps its colour from block to block, so that an eye sees where it went.

    Args:
        arrays: title -> array of one to three axes. On a card the last axis runs across and the one before downwards.
        axes: title -> the names of its axes, such as "BTD"; they are written beside the block. None: no names.
        group: number -> which colour it has (0, 1, ...); by default all have one colour.
        ax: where to draw; by default a figure of its own.

    Returns:
        the matplotlib Figure.

    Raises:
        SeqlabError: no array, one of no or more than three axes or without a number, or names that do not fit.
    """
    blocks = {title: np.asarray(array) for title, array in arrays.items()}
    named = {title: list((axes or {}).get(title, "")) for title in blocks}
    for title, block in blocks.items():
        if not 1 <= block.ndim <= 3 or not block.size or len(named[title]) not in (0, block.ndim):
            expected = "blocks have one to three axes and a number or more, and a name for each axis, or none"
            raise SeqlabError(expected, got=f"{title!r} of shape {block.shape}, names {named[title]}")
    if not blocks:
        raise SeqlabError("there is a block or more to draw", got="none")
    cards = {title: block.reshape((1,) * (3 - block.ndim) + block.shape) for title, block in blocks.items()}
    width = sum(c.shape[2] + 2.2 for c in cards.values())
    height = max(len(c) * (c.shape[1] + 0.9) for c in cards.values()) + 1.2
    figure, ax = axes_for(ax, 0.52 * width, 0.4 * height)
    left = 0.0
    for title, block in blocks.items():
        names, pile = named[title], cards[title]
        middle = left + pile.shape[2] / 2
        ax.text(middle, 1.35, f"{title}\n{block.shape}", ha="center", va="bottom", fontsize=10, color=_INK)
        top = 0.0
        for i, card in enumerate(pile):
            if len(names) == 3:
                ax.text(left, top + 0.12, f"{names[0]} = {i}", fontsize=8, color=_GREY, va="bottom")
            for row, column, value in _entries(card):
                fill = _FILLS[(group(value) if group else 0) % len(_FILLS)]
                _cell(ax, left + column, top - row, value, fill)
            if len(names) > 1:
                ax.text(left - 0.15, top - card.shape[0] / 2, f"{names[-2]} ↓", ha="right", va="center", color=_GREY)
            top -= card.shape[0] + 0.9
        if names:
            ax.text(middle, top + 0.75, f"{names[-1]} →", ha="center", va="top", color=_GREY)
        left += pile.shape[2] + 2.2
    _frame(ax, -1.2, left - 1.2, -height + 0.9, 2.4)
    figure.set_label("Figure: blocks of numbers, " + "; ".join(f"{t} = {b.tolist()}" for t, b in blocks.items()))
    return figure


def which_meet(
    a: ArrayLike, b: ArrayLike, operation: str, *, cell: tuple[int, int] | None = None, ax: Axes | None = None
) -> Figure:
    """Two arrays, an operation and its result: what broadcasting repeats is pale, what makes one result is framed.

    Args:
        a, b: arrays of one or two axes; a vector lies as a row, as NumPy takes it.
        operation: "+", "-" or "*" number by number, or "@", the matrix product (of two matrices).
        cell: row and column of the result whose ingredients are framed; by default its last one.
        ax: where to draw; by default a figure of its own.

    Returns:
        the matplotlib Figure.

    Raises:
        SeqlabError: another operation, arrays that do not meet, a cell outside the result.
    """
    left, right = np.asarray(a), np.asarray(b)
    axes = {left.ndim, right.ndim}
    expected = "two arrays of one or two axes that meet, and one of + - * @"
    got = f"{left.shape} {operation} {right.shape}"
    if operation not in _OPERATIONS or not axes <= {1, 2} or (operation == "@" and axes != {2}):
        raise SeqlabError(expected, got=got)
    try:
        result = np.atleast_2d(_OPERATIONS[operation](left, right))
    except ValueError:
        raise SeqlabError(expected, got=got) from None
    row, column = cell or (len(result) - 1, result.shape[1] - 1)
    if not (0 <= row < len(result) and 0 <= column < result.shape[1]):
        raise SeqlabError(f"the result has shape {result.shape}", got=f"cell {cell}")
    operands = [np.atleast_2d(left), np.atleast_2d(right)]
    shown = operands if operation == "@" else [np.broadcast_to(o, result.shape) for o in operands]
    framed = ((row, None), (None, column), (row, column)) if operation == "@" else ((row, column),) * 3
    tall = max(len(s) for s in (*shown, result))
    figure, ax = axes_for(ax, 0.55 * (sum(s.shape[1] for s in (*shown, result)) + 4.5), 0.42 * (tall + 1.8))
    x = 0.0
    parts = ((shown[0], operands[0], left.shape), (shown[1], operands[1], right.shape), (result, result, result.shape))
    for (block, own, shape), (r, c), fill, sign in zip(
        parts, framed, _FILLS, (operation.replace("*", "∗"), "=", ""), strict=False
    ):
        top = (len(block) - tall) / 2
        for i, j, value in _entries(block):
            repeated = i >= len(own) or j >= own.shape[1]
            _cell(ax, x + j, top - i, value, "#FFFFFF" if repeated else fill, pale=repeated)
        first_row, rows = (0, len(block)) if r is None else (r, 1)
        first_column, columns = (0, block.shape[1]) if c is None else (c, 1)
        corner = x + first_column, top - first_row - rows
        ax.add_patch(Rectangle(corner, columns, rows, fill=False, edgecolor="#D55E00", linewidth=2.5, zorder=3))
        ax.text(x + block.shape[1] / 2, 0.2, f"{shape}", ha="center", va="bottom", fontsize=9, color=_GREY)
        ax.text(x + block.shape[1] + 0.75, -tall / 2, sign, ha="center", va="center", fontsize=16, color=_INK)
        x += block.shape[1] + 1.5
    _frame(ax, -0.3, x - 1.2, -tall - 0.2, 1)
    figure.set_label(f"Figure: {left.tolist()} {operation} {right.tolist()} = {result.tolist()}")
    return figure


def _entries(card: np.ndarray) -> Iterator[tuple[int, int, float]]:
    for (row, column), value in np.ndenumerate(card):
        yield row, column, value


def _cell(ax: Axes, x: float, top: float, value: float, fill: str, pale: bool = False) -> None:
    edge, ink = ("#CCCCCC", "#999999") if pale else ("#FFFFFF", _INK)
    line = (0, (2, 2)) if pale else "solid"
    ax.add_patch(Rectangle((x, top - 1), 1, 1, facecolor=fill, edgecolor=edge, linestyle=line, linewidth=1.2))
    ax.text(x + 0.5, top - 0.5, f"{value:g}", ha="center", va="center", fontsize=9, color=ink)


def _frame(ax: Axes, left: float, right: float, bottom: float, top: float) -> None:
    ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    ax.set_axis_off()
