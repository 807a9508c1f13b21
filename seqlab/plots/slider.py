"""Pictures under one slider, in the output itself: plain HTML, no external script, no widget."""

import base64
import html
import io
from collections.abc import Mapping

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from seqlab.errors import SeqlabError
from seqlab.plots.descent import MOVE, Slider


def picture_slider(
    pictures: Mapping[str, Figure], said: Mapping[str, str], *, title: str, label: str, start: str = "", dpi: int = 80
) -> Slider:
    """Matplotlib figures, one of which is shown; a slider, by mouse or arrow keys, chooses which. The figures are closed.

    Args:
        pictures: what the slider says -> the figure. said: the same keys -> a sentence under it, which also stands in a
            table for those who do not see the picture.
        title: what the pictures show. label: what the slider chooses. start: which is shown first; the first one.

    Raises:
        SeqlabError: no picture, a picture without its sentence, or a `start` that has none.
    """
    keys = list(pictures)
    first = start or (keys[0] if keys else "")
    if not keys or set(keys) != set(said) or first not in keys:
        raise SeqlabError("a sentence for each of one picture or more", got=f"{keys} and {list(said)}, start {first!r}")
    shown, words, rows = [], [], []
    for k, key in enumerate(keys):
        look = "" if key == first else ' style="display:none"'
        text = html.escape(f"{key}: {said[key]}")
        source = f'src="data:image/png;base64,{_png(pictures[key], dpi)}"'
        shown.append(f'<div data-k="{k}"{look}><img {source} alt="{text}" style="max-width:100%;height:auto"/></div>')
        words.append(f'<span data-k="{k}"{look}>{text}</span>')
        rows.append(f"<tr><td>{html.escape(key)}</td><td>{html.escape(said[key])}</td></tr>")
    name, what = html.escape(title), html.escape(label)
    return Slider(
        title,
        f'<div class="seqlab-slider" style="max-width:720px"><strong>{name}</strong>{"".join(shown)}'
        f'<label>{what} <input type="range" min="0" max="{len(keys) - 1}" value="{keys.index(first)}" step="1" '
        f'style="width:60%;vertical-align:middle" aria-label="{what}" oninput="{MOVE}"/></label>'
        f'<div aria-live="polite">{"".join(words)}</div>'
        f"<details><summary>All of them as a table</summary><table><tbody>{''.join(rows)}</tbody></table></details></div>",
    )


def _png(figure: Figure, dpi: int) -> str:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dpi, facecolor="white")
    plt.close(figure)
    return base64.b64encode(file.getvalue()).decode()
