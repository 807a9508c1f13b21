"""The gradient microscope: how much of a gradient is left after every step back, with knobs in the output itself."""

import html
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from seqlab.errors import SeqlabError
from seqlab.plots.knobs import knob_picture
from seqlab.plots.sliders import Slider

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 360, 62, 14, 34, 46
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")  # Okabe and Ito's
_DASHES = ("", "7 4", "2 3", "9 3 2 3")
_SMALLEST, _LARGEST = 1e-16, 1e16  # what is beyond is drawn at the edge

Setting = object  # a number or a word; of several knobs a tuple of them


def gradient_microscope(
    norms: Mapping[Setting, Mapping[str, ArrayLike]],
    knobs: Sequence[str],
    *,
    labels: Sequence[str] | None = None,
    title: str = "The gradient microscope",
    of: str = "size of ∂h_T/∂h_t",
    start: Setting | None = None,
) -> Slider:
    """Lines on a logarithmic axis, t = 0 … T, for every setting of the knobs: one setting is seen at a time.

    Any layer of `seqlab.layers` on any sequence of one's own, turned however one likes:

        norms = {}
        for units in (4, 16, 64):
            layer = seqlab.layers.LSTM(units)
            norms[units] = {"exact": layer.state_jacobian_norms(x)[0], "bound": layer.state_jacobian_bounds(x)[0]}
        plots.gradient_microscope(norms, ["units"])

    Args:
        norms: setting -> name of a line -> its numbers `(T+1,)`, at least 0. A setting is a position of the one knob, or a
            tuple with a position of each. Every combination must be there, and all have the same lines and the same T.
        knobs: the knobs' names.
        labels: T words or characters, one a step, written below steps 1 to T.
        title: of the picture. of: what the numbers are, for the axis.
        start: the setting that is shown first; by default the first one.

    Returns:
        a `Slider`; a notebook shows it when it is a cell's last line. A table below it has the numbers at t = 0.

    Raises:
        SeqlabError: settings that are not a position of each knob, a combination that is missing, lines or lengths that
            differ from one setting to another, labels that are not T.
    """
    curves = {_as_tuple(s): {n: np.asarray(v, float) for n, v in lines.items()} for s, lines in norms.items()}
    shapes = {tuple((n, v.shape) for n, v in lines.items()) for lines in curves.values()}
    one = next(iter(shapes), ())
    if len(shapes) != 1 or not one or len({s for _, s in one}) != 1 or len(one[0][1]) != 1 or one[0][1][0] < 2:
        expected = "each setting has the same lines, each of numbers (T+1,)"
        raise SeqlabError(expected, got="; ".join(str(dict(s)) for s in list(shapes)[:2]) or "none")
    if any(len(s) != len(knobs) for s in curves):
        raise SeqlabError(f"a setting is a position of each of the {len(knobs)} knobs", got=str(next(iter(curves))))
    T, names = one[0][1][0] - 1, [n for n, _ in one]
    if labels is not None and len(labels) != T:
        raise SeqlabError(f"there is a label for each of the {T} steps", got=f"{len(labels)} labels")
    positions = {name: list(dict.fromkeys(s[i] for s in curves)) for i, name in enumerate(knobs)}
    axes = _Axes(T, np.concatenate([v for lines in curves.values() for v in lines.values()]))
    said, rows = {}, []
    for setting, lines in curves.items():
        where = ", ".join(f"{k} {_text(v)}" for k, v in zip(knobs, setting, strict=True))
        ends = [
            f"{name}: {_size(v[0])} is left at t = 0, {_size(_each(v))} times as much with each step back"
            for name, v in lines.items()
        ]
        said[setting] = f"{where}. {'; '.join(ends)}."
        rows.append([*map(_text, setting), *(_size(number) for v in lines.values() for number in (v[0], _each(v)))])
    head = [*knobs, *(f"{name}{what}" for name in names for what in (" at t = 0", ", times each step"))]
    return knob_picture(
        title,
        positions,
        {setting: axes.lines(list(lines.values())) for setting, lines in curves.items()},
        said,
        frame=axes.frame(names, labels, of),
        size=(_WIDTH, _HEIGHT),
        table=(head, rows),
        start=next(iter(curves)) if start is None else _as_tuple(start),
    )


class _Axes:
    """Where a number stands in the picture: t to the right, its logarithm upwards."""

    def __init__(self, T: int, numbers: np.ndarray) -> None:
        self.T = T
        seen = np.clip(numbers[numbers > 0], _SMALLEST, _LARGEST)
        self.low = min(-1, int(np.floor(np.log10(seen.min(initial=1.0)))))
        self.high = max(1, int(np.ceil(np.log10(seen.max(initial=1.0)))))

    def x(self, t: float) -> float:
        return _LEFT + t / self.T * (_WIDTH - _LEFT - _RIGHT)

    def y(self, exponent: float) -> float:
        return _TOP + (self.high - exponent) / (self.high - self.low) * (_HEIGHT - _TOP - _BOTTOM)

    def lines(self, curves: Sequence[np.ndarray]) -> str:
        """Each curve; it begins where its number is no longer 0."""
        drawn = []
        for values, colour, dash in zip(curves, _COLOURS * len(curves), _DASHES * len(curves), strict=False):
            points = " ".join(
                f"{self.x(t):.1f},{self.y(np.clip(np.log10(v), self.low, self.high)):.1f}"
                for t, v in enumerate(values)
                if v > 0
            )
            drawn.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.6" stroke-dasharray="{dash}"/>'
            )
        return "".join(drawn)

    def frame(self, names: Sequence[str], labels: Sequence[str] | None, of: str) -> str:
        """What stays: axes, the line of 1, and what each line is."""
        parts, every = [], max(1, round((self.high - self.low) / 6))
        for exponent in range(self.low, self.high + 1):
            if exponent % every == 0:
                y = self.y(exponent)
                strong = exponent == 0
                look = f'stroke="{"#666" if strong else "#ddd"}" stroke-dasharray="{"6 4" if strong else ""}"'
                parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" {look}/>')
                number = "1" if strong else f'10<tspan dy="-5" font-size="9">{exponent}</tspan>'
                parts.append(_words(_LEFT - 8, y + 4, number, "end", escape=False))
        step = max(1, round(self.T / 8))
        ticks = range(0, self.T + 1, step) if labels is None else range(self.T + 1)
        for t in ticks:
            text = str(t) if labels is None else ("h₀", *labels)[t]
            if labels is None:
                parts.append(_words(self.x(t), _HEIGHT - _BOTTOM + 16, text, "middle"))
            else:
                x, y = self.x(t), _HEIGHT - _BOTTOM + 12
                turned = f'<g transform="translate({x:.1f},{y}) rotate(-35)">{_words(0, 0, text, "end")}</g>'
                parts.append(turned)
        if labels is None:
            middle = (_LEFT + _WIDTH - _RIGHT) / 2
            parts.append(_words(middle, _HEIGHT - 8, "step t (the gradient travels from right to left)", "middle"))
        parts.append(_words(_LEFT, 18, of, "start"))
        x = float(_WIDTH - _RIGHT)
        for name, colour, dash in reversed(list(zip(names, _COLOURS * len(names), _DASHES * len(names), strict=False))):
            x -= 7.2 * len(name) + 46
            line = f'stroke="{colour}" stroke-width="2.6" stroke-dasharray="{dash}"'
            parts.append(f'<line x1="{x:.0f}" x2="{x + 28:.0f}" y1="14" y2="14" {line}/>')
            parts.append(_words(x + 34, 18, name, "start"))
        return "".join(parts)


def _words(x: float, y: float, text: str, anchor: str, escape: bool = True) -> str:
    inside = html.escape(text) if escape else text
    font = 'font-family="sans-serif" font-size="12" fill="#222"'
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {font}>{inside}</text>'


def _as_tuple(setting: Setting) -> tuple[object, ...]:
    return setting if isinstance(setting, tuple) else (setting,)


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _each(values: np.ndarray) -> float:
    """The factor that, taken T times, leads from 1 at t = T to what is left at t = 0."""
    return float(values[0]) ** (1 / (len(values) - 1))


def _size(value: float) -> str:
    return f"{value:.2g}" if 1e-3 < value < 1e4 or value == 0 else f"{value:.0e}"
