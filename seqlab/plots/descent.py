"""A walk down a landscape, with a slider in the output itself: plain HTML and SVG, no external script, no widget."""

import html
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from contourpy import contour_generator
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError
from seqlab.plots.slider import MOVE, Slider

_WIDTH, _HEIGHT, _LEVELS, _GRID = 460, 320, 14, 81


def descent_slider(
    f: Callable[[np.ndarray], ArrayLike],
    paths: Mapping[float, ArrayLike],
    view: tuple[float, float, float, float],
    *,
    title: str = "descent",
    start: float | None = None,
) -> Slider:
    """The same landscape for every learning rate, with the path that was walked there; a slider chooses the rate.

    For those who do not see it, and where a slider cannot move, a table below says for each rate how it began and ended.

    Args:
        f: points (..., 2) -> heights (...), for the contour lines.
        paths: rate -> the points (steps + 1, 2) from first to last; a path may leave the picture, or all numbers.
        view: left, right, bottom, top of what is shown.
        title: what the landscape is called.
        start: the rate that is shown first; by default the first one.

    Returns:
        a `Slider`; a notebook shows it when it is a cell's last line.

    Raises:
        SeqlabError: no path, points of another shape, a `start` that has no path, an empty view.
    """
    walks = {float(rate): np.asarray(path, float) for rate, path in paths.items()}
    left, right, bottom, top = view
    if not walks or any(w.ndim != 2 or w.shape[1] != 2 or not len(w) for w in walks.values()):
        expected = "there is a path or more, each of points (steps + 1, 2)"
        raise SeqlabError(expected, got=str({rate: w.shape for rate, w in walks.items()}))
    first = next(iter(walks)) if start is None else float(start)
    if first not in walks or left >= right or bottom >= top:
        expected = f"view is left < right, bottom < top, and start one of {list(walks)}"
        raise SeqlabError(expected, got=f"{view} and {start}")

    def to_picture(points: np.ndarray) -> np.ndarray:
        x = (points[:, 0] - left) / (right - left) * _WIDTH
        y = (top - points[:, 1]) / (top - bottom) * _HEIGHT
        return np.clip(np.stack([x, y], 1), -1e4, 1e4)  # far outside is outside

    lines = "".join(
        f'<polyline points="{_points(to_picture(line))}" fill="none" stroke="{shade}" stroke-width="1"/>'
        for line, shade in _contours(f, view)
    )
    chosen = list(walks).index(first)
    drawn, said, rows = [], [], []
    for k, (rate, walk) in enumerate(walks.items()):
        look = "" if k == chosen else ' style="display:none"'
        finite = walk[: len(walk) if np.isfinite(walk).all() else int(np.argmin(np.isfinite(walk).all(1)))]
        drawn.append(f'<g data-k="{k}"{look}>{_path(to_picture(finite))}</g>')
        begin, end = _height(f, walk[0]), _height(f, walk[-1])
        steps, shown = len(walk) - 1, f"{rate:g}"
        text = f"rate {shown}: f is {begin} at the start and {end} after {steps} steps"
        said.append(f'<span data-k="{k}"{look}>{text}</span>')
        rows.append(f"<tr><td>{shown}</td><td>{steps}</td><td>{begin}</td><td>{end}</td></tr>")
    name = html.escape(title)
    clip = f'style="max-width:100%;height:auto;background:#fff;display:block" width="{_WIDTH}" height="{_HEIGHT}"'
    return Slider(
        title,
        f'<div class="seqlab-slider" style="max-width:{_WIDTH}px"><strong>{name}</strong>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" {clip} role="img" aria-label="Contour lines of {name}, and the path '
        f'walked at the chosen rate; the table below has the numbers">{lines}{"".join(drawn)}</svg>'
        f'<label>learning rate <input type="range" min="0" max="{len(walks) - 1}" value="{chosen}" step="1" '
        f'style="width:60%;vertical-align:middle" aria-label="learning rate of {name}" oninput="{MOVE}"/></label>'
        f'<div aria-live="polite">{"".join(said)}</div>'
        "<details><summary>All rates as a table</summary><table><thead><tr><th>rate</th><th>steps</th>"
        f"<th>f at the start</th><th>f at the end</th></tr></thead><tbody>{''.join(rows)}</tbody></table></details></div>",
    )


def _height(f: Callable[[np.ndarray], ArrayLike], point: np.ndarray) -> str:
    if not np.isfinite(point).all():
        return "beyond all numbers"
    with np.errstate(all="ignore"):
        value = float(np.asarray(f(point.astype("float32"))))
    return f"{value:.3g}" if np.isfinite(value) else "beyond all numbers"


def _contours(
    f: Callable[[np.ndarray], ArrayLike], view: tuple[float, float, float, float]
) -> Iterator[tuple[np.ndarray, str]]:
    """Lines of equal height, as many between the low ones as between the high ones, dark below and pale above."""
    x, y = np.linspace(*view[:2], _GRID), np.linspace(*view[2:], _GRID)
    grid = np.stack(np.meshgrid(x, y), -1).astype("float32")
    height: Any = np.asarray(f(grid), float)
    made = contour_generator(x, y, height)
    levels = np.unique(np.quantile(height[np.isfinite(height)], (np.arange(_LEVELS) + 0.5) / _LEVELS))
    for n, level in enumerate(levels):
        grey = 90 + round(125 * n / len(levels))
        for line in made.lines(float(level)):
            yield np.asarray(line), f"rgb({grey},{grey},{min(255, grey + 25)})"


def _path(points: np.ndarray) -> str:
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{3.4 if n else 5.5}" fill="{"#D55E00" if n else "#0072B2"}"/>'
        for n, (x, y) in enumerate(points)
    )
    return f'<polyline points="{_points(points)}" fill="none" stroke="#D55E00" stroke-width="1.6"/>{dots}'


def _points(line: np.ndarray) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in line)
