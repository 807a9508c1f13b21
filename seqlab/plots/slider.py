"""Pictures that share a slider in the output itself: plain HTML, no external script, no widget.

It moves by mouse and by keyboard, in JupyterLab and in Colab; for those who do not see it there is a table.
"""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from seqlab.errors import SeqlabError
from seqlab.plots.alt_text import alt_text

# shows the group of the slider's number and hides the others; written as an attribute, so that it runs where
# scripts inside of an output do not
MOVE = (
    "const all = this.closest('.seqlab-slider');"
    "all.querySelectorAll('[data-k]').forEach(g => g.style.display = g.dataset.k === this.value ? '' : 'none')"
)


@dataclass(frozen=True)
class Slider:
    """Pictures that share a slider: in a notebook, it is shown as `html`; `title` says what it is."""

    title: str
    html: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"<{self.title}: a picture with a slider, to be seen in a notebook>"


def figure_slider(
    figures: Mapping[str, Figure], table: Mapping[str, Sequence[str]], *, title: str, turns: str, start: int = 0
) -> Slider:
    """Figures of which one is shown at a time; a slider chooses. They are closed, so that no notebook shows them again.

    Args:
        figures: what the knob says -> its figure; drawn to one size.
        table: heading of a column -> a text for each figure: what is to be seen, for those who do not see it.
        title: what the pictures are called. turns: what the slider turns, "forget gate".
        start: the number of the figure that is shown first.

    Returns:
        a `Slider`; a notebook shows it when it is a cell's last line.

    Raises:
        SeqlabError: no figure, a column of another length, a `start` that is none.
    """
    if not figures or any(len(column) != len(figures) for column in table.values()):
        lengths = {heading: len(column) for heading, column in table.items()}
        raise SeqlabError(
            "there is a figure or more, and a text for each in every column", got=f"{len(figures)}, {lengths}"
        )
    if not 0 <= start < len(figures):
        raise SeqlabError(f"start is 0 to {len(figures) - 1}", got=repr(start))
    shown, rows = [], []
    for k, (setting, figure) in enumerate(figures.items()):
        look = "" if k == start else ' style="display:none"'
        picture = (
            f'<img alt="{html.escape(alt_text(figure))}" style="max-width:100%;height:auto" src="{_as_data(figure)}"/>'
        )
        said = f'<div aria-live="polite">{html.escape(turns)}: <strong>{html.escape(setting)}</strong></div>'
        shown.append(f'<div data-k="{k}"{look}>{said}{picture}</div>')
        cells = (setting, *(column[k] for column in table.values()))
        rows.append("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>")
        plt.close(figure)
    name, knob = html.escape(title), html.escape(turns)
    headings = "".join(f"<th>{html.escape(heading)}</th>" for heading in (turns, *table))
    return Slider(
        title,
        f'<div class="seqlab-slider"><strong>{name}</strong><br/>'
        f'<label>{knob} <input type="range" min="0" max="{len(figures) - 1}" value="{start}" step="1" '
        f'style="width:min(320px,60%);vertical-align:middle" aria-label="{knob} of {name}" oninput="{MOVE}"/></label>'
        f"{''.join(shown)}<details><summary>All settings as a table</summary><table><thead><tr>{headings}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></details></div>",
    )


def _as_data(figure: Figure) -> str:
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=80)
    return f"data:image/png;base64,{base64.b64encode(image.getvalue()).decode()}"
