"""Where a picture is drawn: into the axes that a caller gives, or into a figure of its own."""

from collections.abc import Sequence
from typing import TypeAlias, cast

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

__all__ = ["Numbers", "axes_for"]

Numbers: TypeAlias = Sequence[float] | np.ndarray  # what is drawn: a list or an array (N,)


def axes_for(ax: Axes | None, width: float, height: float) -> tuple[Figure, Axes]:
    """The axes `ax` and their figure; a new figure of `width` times `height` inches if `ax` is None."""
    if ax is None:
        return plt.subplots(figsize=(width, height), layout="constrained")
    return cast(Figure, ax.figure), ax
