"""Printed digits, made from the fonts that come with matplotlib: small images, for where nothing may be downloaded.

They are turned, leaned, stretched and moved at random, with a little noise. Parts are split by font, so that what is
measured are shapes that no network has seen.
"""

import functools
from typing import Any

import numpy as np

__all__ = ["FONTS", "printed_digits"]

#: family and style; the last ones are kept for tests
FONTS = (
    ("DejaVu Sans", "normal", "normal"),
    ("DejaVu Sans", "normal", "bold"),
    ("DejaVu Sans Mono", "normal", "normal"),
    ("DejaVu Sans Mono", "oblique", "normal"),
    ("DejaVu Serif", "normal", "normal"),
    ("DejaVu Serif", "italic", "bold"),
    ("STIXGeneral", "normal", "bold"),
    ("STIXGeneral", "italic", "normal"),
    ("cmr10", "normal", "normal"),
    ("cmss10", "normal", "normal"),
    ("cmtt10", "normal", "normal"),
)
_FINE = 2  # samples along each side of a pixel


def printed_digits(
    N: int, rng: np.random.Generator, *, side: int = 16, fonts: tuple[tuple[str, str, str], ...] = FONTS[:8]
) -> tuple[np.ndarray, np.ndarray]:
    """N images (N, side, side) float32 between 0 (paper) and about 1 (ink), and the digits (N,) that they show.

    >>> images, digits = printed_digits(3, np.random.default_rng(0))
    >>> images.shape, images.dtype, digits.shape
    ((3, 16, 16), dtype('float32'), (3,))
    """
    from matplotlib.path import Path

    place = (np.arange(side * _FINE) + 0.5) / (side * _FINE) * 2 - 1
    grid = np.stack(np.meshgrid(place, -place), -1).reshape(-1, 2)  # (x, y), y upwards
    digits, which = rng.integers(10, size=N), rng.integers(len(fonts), size=N)
    images = np.empty((N, side, side), "float32")
    for n in range(N):
        turn, lean, grow = rng.normal(0, 0.12), rng.normal(0, 0.15), rng.uniform(0.6, 0.85, 2)
        rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        matrix = rotate @ np.array([[grow[0], lean], [0, grow[1]]])
        moved = rng.normal(0, 0.06, 2)
        inside = np.zeros(len(grid), bool)
        for line in _outline(int(digits[n]), fonts[which[n]]):  # what lies within two lines is a hole
            inside ^= Path(line @ matrix.T + moved).contains_points(grid)
        images[n] = inside.reshape(side, _FINE, side, _FINE).mean((1, 3))
    return images + 0.08 * rng.standard_normal(images.shape).astype("float32"), digits


@functools.cache
def _outline(digit: int, font: tuple[str, Any, str]) -> list[np.ndarray]:
    """The closed lines (K, 2) that bound a digit's ink, centred, its height from -1 to 1."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    family, style, weight = font
    prop = FontProperties(family=family, weight=weight)
    prop.set_style(style)
    text = TextPath((0, 0), str(digit), size=10, prop=prop)
    low, high = text.vertices.min(0), text.vertices.max(0)
    return [(np.asarray(line) - (low + high) / 2) / ((high - low)[1] / 2) for line in text.to_polygons()]
