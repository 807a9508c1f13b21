"""The first hint of an exercise, for the page of a student whose answer is not right yet, and its Markdown."""

import functools
import re

from markupsafe import Markup, escape

from seqlab.errors import SeqlabError
from seqlab.exercises import find_lab


def first_hint(lab: str, exercise: str) -> Markup | None:
    """The hint as HTML, or None where the lab is not known or has none."""
    hints = _hints(lab or "").get(exercise)
    return markdown(hints[0]) if hints else None


@functools.cache
def _hints(lab: str) -> dict[str, list[str]]:
    try:
        return find_lab(lab).hints
    except SeqlabError:
        return {}


def markdown(text: str) -> Markup:
    """The little Markdown that hints are written in: paragraphs, code blocks, `code`, **bold**.

    >>> str(markdown("Use `@`, **not** *."))
    '<p>Use <code>@</code>, <strong>not</strong> *.</p>'
    """
    parts = re.split(r"^```\w*\n(.*?)^```[ \t]*$", text, flags=re.M | re.S)
    out = []
    for number, part in enumerate(parts):
        if number % 2:
            out.append(Markup("<pre><code>{}</code></pre>").format(part.rstrip("\n")))
        else:
            out += [Markup("<p>{}</p>").format(prose(p)) for p in re.split(r"\n\s*\n", part.strip()) if p.strip()]
    return Markup("\n").join(out)


def prose(text: str) -> Markup:
    """One line of such text as HTML: `code`, **bold**, *emphasis*; all else is escaped."""
    out = Markup("")
    for piece in re.split(r"(`[^`\n]+`|\*\*[^*\n]+\*\*|(?<!\w)\*\w[^*\n]*\*(?!\w))", text):
        if piece[:1] == "`" and len(piece) > 2:
            out += Markup("<code>{}</code>").format(piece[1:-1])
        elif piece[:2] == "**" and len(piece) > 4:
            out += Markup("<strong>{}</strong>").format(piece[2:-2])
        elif piece[:1] == "*" and len(piece) > 2:
            out += Markup("<em>{}</em>").format(piece[1:-1])
        else:
            out += escape(piece)
    return out
