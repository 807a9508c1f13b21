"""Pictures that share one or more knobs, in the output itself: plain HTML and SVG, no external script, no widget."""

import html
import itertools
from collections.abc import Mapping, Sequence

from seqlab.errors import SeqlabError
from seqlab.plots.sliders import KEYS, Slider

# shows what belongs to the knobs' positions and hides the rest; an attribute, so that it runs where scripts inside of
# an output do not
_TURN = (
    "const all = this.closest('.seqlab-slider');"
    "const at = [...all.querySelectorAll('[data-knob]')].map(k => k.value).join(' ');"
    "all.querySelectorAll('[data-k]').forEach(g => g.style.display = g.dataset.k === at ? '' : 'none')"
)


def knob_picture(
    title: str,
    knobs: Mapping[str, Sequence[object]],
    drawn: Mapping[tuple[object, ...], str],
    said: Mapping[tuple[object, ...], str],
    *,
    frame: str,
    size: tuple[int, int],
    table: tuple[Sequence[str], Sequence[Sequence[str]]],
    start: tuple[object, ...],
) -> Slider:
    """One picture for each setting of the knobs; numbers have a slider, words a list to choose from.

    Args:
        title: what the picture is called.
        knobs: name of a knob -> its positions, in order.
        drawn: setting, a position of each knob -> its SVG; one for every combination.
        said: setting -> the sentence that is shown below the picture, as text.
        frame: SVG that stays.
        size: width and height of the picture, in its own units.
        table: head and rows, text, for those who do not see the picture.
        start: the setting that is shown first.

    Returns:
        a `Slider`; a notebook shows it when it is a cell's last line.

    Raises:
        SeqlabError: a setting has no picture, or `start` is none.
    """
    settings = list(itertools.product(*knobs.values()))
    lacking = [s for s in settings if s not in drawn or s not in said]
    if lacking or start not in settings:
        expected = "there is a picture for each of the knobs' settings, and start is one of them"
        raise SeqlabError(expected, got=f"none for {lacking[0] if lacking else start}")
    width, height = size
    groups, sentences = [], []
    for setting in settings:
        at = " ".join(str(list(p).index(v)) for p, v in zip(knobs.values(), setting, strict=True))
        look = "" if setting == start else ' style="display:none"'
        groups.append(f'<g data-k="{at}"{look}>{drawn[setting]}</g>')
        sentences.append(f'<span data-k="{at}"{look}>{html.escape(said[setting])}</span>')
    controls = "".join(
        _control(name, positions, list(positions).index(first), title)
        for (name, positions), first in zip(knobs.items(), start, strict=True)
    )
    head = "".join(f"<th>{html.escape(c)}</th>" for c in table[0])
    rows = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in table[1])
    name = html.escape(title)
    style = "max-width:100%;height:auto;background:#fff;display:block"
    return Slider(
        title,
        f'<div class="seqlab-slider" style="max-width:{width}px"><strong>{name}</strong>'
        f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" style="{style}" role="img" '
        f'aria-label="{name}, at the chosen setting; the table below has the numbers">{frame}{"".join(groups)}</svg>'
        f'{controls}<div aria-live="polite" style="min-height:3em">{"".join(sentences)}</div>'
        "<details><summary>All settings as a table</summary>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></details></div>",
    )


def _control(name: str, positions: Sequence[object], first: int, title: str) -> str:
    chosen = ' selected="selected"'
    label, about = html.escape(name), html.escape(f"{name} of {title}")
    box = "display:flex;gap:0.6em;align-items:center;flex-wrap:wrap;margin:0.2em 0"
    if all(isinstance(p, int | float) for p in positions):
        ends = f"{positions[0]:g}", f"{positions[-1]:g}"
        knob = (
            f'{ends[0]}<input type="range" data-knob="" min="0" max="{len(positions) - 1}" value="{first}" step="1" '
            f'style="flex:1;min-width:8em" aria-label="{about}" {KEYS} oninput="{_TURN}"/>{ends[1]}'
        )
    else:
        options = "".join(
            f'<option value="{k}"{chosen if k == first else ""}>{html.escape(str(p))}</option>'
            for k, p in enumerate(positions)
        )
        knob = f'<select data-knob="" aria-label="{about}" {KEYS} onchange="{_TURN}">{options}</select>'
    return f'<label style="{box}"><span style="min-width:9em">{label}</span>{knob}</label>'
