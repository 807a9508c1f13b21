"""A figure in a notebook, in words for those who do not see it: the `alt` of its image.

Front ends show matplotlib's figures as images without a text. Here each figure also gets an HTML form that has one:
what the author wrote with `figure.set_label(...)`, else what stands in its titles, axes and legends.
"""

import base64
import html
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["alt_text", "give_figures_alt_text"]

_BELOW = "described in the text beside it"


def alt_text(figure: "Figure") -> str:
    """A matplotlib figure in a sentence: its label if it has one, else its titles, axes and legends.

    >>> from matplotlib.figure import Figure
    >>> figure = Figure()
    >>> _ = figure.subplots().set(title="One blow", xlabel="step t", ylabel="$h_t$")
    >>> alt_text(figure)
    'Figure: One blow (step t across, h_t upward)'
    """
    if figure.get_label():
        return str(figure.get_label())
    said = [figure.get_suptitle(), *map(_axes_text, figure.axes)]
    return ("Figure: " + "; ".join(s for s in said if s) if any(said) else f"Figure, {_BELOW}").replace("$", "")


def _axes_text(axes: "Axes") -> str:
    """Title, axes and legend of one plot."""
    title = next(filter(None, (axes.get_title(loc=place) for place in ("center", "left", "right"))), "")
    along = [f"{label} {way}" for label, way in ((axes.get_xlabel(), "across"), (axes.get_ylabel(), "upward")) if label]
    legend = axes.get_legend()
    shown = [text.get_text() for text in legend.get_texts()] if legend else []
    details = "; ".join(filter(None, (", ".join(along), "shown: " + ", ".join(shown) if shown else "")))
    return f"{title} ({details})" if title and details else title or details


def give_figures_alt_text() -> None:
    """From now on the figures of this notebook have one. Outside of a notebook nothing happens."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None or not hasattr(shell, "kernel"):
        return
    shell.run_line_magic("matplotlib", "inline")  # now, for it takes away what is registered for figures
    formatters = shell.display_formatter.formatters

    def as_html(figure: "Figure") -> str | None:
        image = formatters["image/png"](figure)  # the inline backend's own, so that both forms look alike
        image = image[0] if isinstance(image, tuple) else image  # a retina image comes with its size
        if not image:
            return None
        data = base64.b64encode(image).decode() if isinstance(image, bytes) else image.replace("\n", "")
        looks = 'style="max-width:100%;height:auto"'
        return f'<img alt="{html.escape(alt_text(figure))}" {looks} src="data:image/png;base64,{data}">'

    formatters["text/html"].for_type_by_name("matplotlib.figure", "Figure", as_html)
