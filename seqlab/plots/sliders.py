"""Pictures that share a slider, in a notebook's output itself: plain HTML, no script of its own, no widget.

It moves by mouse, finger and arrow keys in JupyterLab, in Colab (where an output is a page of its own) and in a notebook
that was exported to HTML. Where a page lets nothing move (GitHub's preview), the first picture and the table remain.
"""

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from seqlab.errors import SeqlabError
from seqlab.plots.alt_text import alt_text

__all__ = ["Slider", "slider"]

# Shows what has the slider's number, hides the rest, and tells a screen reader the stop's name instead of its number.
# An attribute of the slider, for scripts inside of an output do not run everywhere.
_MOVE = """
const all = this.closest('.seqlab-slider'), at = `[data-k="${this.value}"]`;
all.querySelectorAll('[data-k]').forEach(e => e.style.visibility = e.matches(at) ? 'visible' : 'hidden');
this.setAttribute('aria-valuetext', all.querySelector('label ' + at).textContent)
"""
# JupyterLab takes the arrow keys for its cells, unless the focused element itself (not one around it) has this attribute.
KEYS = 'data-lm-suppress-shortcuts="true"'
# All cards of a stack lie in one place, which is as large as the largest of them, and no wider than the page.
_STACK, _CARD = "display:grid;grid-template-columns:minmax(0,1fr)", "grid-area:1/1"
_NO_WIDER = "width:0;min-width:100%"  # as wide as the pictures: long words make nothing wider


@dataclass(frozen=True)
class Slider:
    """Pictures that share a slider: in a notebook, it is shown as `html`; `title` says what it is."""

    title: str
    html: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"<{self.title}: a picture with a slider, to be seen in a notebook>"


def slider(
    frames: Sequence[str | Figure],
    labels: Sequence[object],
    words: Sequence[str],
    *,
    title: str,
    knob: str = "step",
    start: int = 0,
    ground: str = "",
) -> Slider:
    """One picture at a time, chosen by a slider; below it stands what is to be seen, and in a table that of all stops.

    Args:
        frames: the N pictures: matplotlib figures (they are closed), or SVG or other markup, which says by itself what it
            is (`role="img" aria-label="..."`). All of one size.
        labels: N names of the stops, shown beside the slider: rates, steps, words.
        words: N sentences, plain text, each what its frame shows: the caption, and all that is left without eyes.
        title: what stands above.
        knob: what the slider changes, as "learning rate".
        start: number of the frame that is shown first.
        ground: markup behind every frame, where all have something in common: it is sent once.

    Returns:
        a `Slider`; a notebook shows it when it is a cell's last line.

    Raises:
        SeqlabError: no frame, labels or words of another number than frames, a `start` beyond them.

    >>> slider(["<svg .../>", "<svg .../>"], [0.1, 0.5], ["it creeps", "it runs"], title="A walk", knob="rate")
    <A walk: a picture with a slider, to be seen in a notebook>
    """
    if not frames or not len(frames) == len(labels) == len(words) or not 0 <= start < len(frames):
        expected = "there are one or more frames, a label and a sentence for each, and `start` is the number of one"
        raise SeqlabError(expected, got=f"{len(frames)} frames, {len(labels)} labels, {len(words)} sentences, {start=}")
    name, changed = html.escape(title), html.escape(knob)
    stops = [html.escape(str(label)) for label in labels]
    said = [html.escape(text) for text in words]
    below = f'<div style="{_CARD}" aria-hidden="true">{ground}</div>' if ground else ""
    pictures = "".join(_card(k, k == start, _markup(frame)) for k, frame in enumerate(frames))
    captions = "".join(_card(k, k == start, text, "span") for k, text in enumerate(said))
    beside = "".join(_card(k, k == start, stop, "span") for k, stop in enumerate(stops))
    rows = "".join(f"<tr><td>{stop}</td><td>{text}</td></tr>" for stop, text in zip(stops, said, strict=True))
    return Slider(
        title,
        f'<div class="seqlab-slider" style="max-width:fit-content"><strong>{name}</strong>'
        f'<div style="{_STACK}">{below}{pictures}</div>'
        f'<label style="display:flex;gap:0.6em;align-items:center">{changed} '
        f'<input type="range" min="0" max="{len(frames) - 1}" value="{start}" step="1" style="flex:1;min-width:4em" '
        f'aria-label="{changed} of {name}" aria-valuetext="{stops[start]}" {KEYS} oninput="{html.escape(_MOVE)}"/>'
        f'<span style="{_STACK}">{beside}</span></label>'
        f'<div aria-live="polite" style="{_STACK};{_NO_WIDER}">{captions}</div>'
        f'<details style="{_NO_WIDER}"><summary>All stops as a table</summary><table><thead>'
        f'<tr><th scope="col">{changed}</th><th scope="col">what is to be seen</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></details></div>",
    )


def _card(k: int, shown: bool, content: str, tag: str = "div") -> str:
    """What is to be seen at stop k alone; it keeps its room when it is hidden, so that nothing below jumps."""
    return f'<{tag} data-k="{k}" style="{_CARD};visibility:{"visible" if shown else "hidden"}">{content}</{tag}>'


def _markup(frame: str | Figure) -> str:
    """A figure becomes an image with its description in words."""
    if isinstance(frame, str):
        return frame
    image = io.BytesIO()
    frame.savefig(image, format="png", dpi=100)
    plt.close(frame)  # else the notebook shows it once more, below the slider
    data = base64.b64encode(image.getvalue()).decode()
    alt, looks = html.escape(alt_text(frame)), "max-width:100%;height:auto"
    return f'<img alt="{alt}" style="{looks}" src="data:image/png;base64,{data}"/>'
