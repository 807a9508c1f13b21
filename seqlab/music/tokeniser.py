"""Musical tokens: a tune cut where its meaning is cut.

A header field is one token, and so are a pitch with its accidental and octave, a length, a tie, ``>``, the
opening of a tuplet, a bar line with its ending. Spaces and line ends follow from the notes, so no token
stands for them and a model need not learn them. Joined again and normalised, the tokens of a tune give
the tune: nothing is lost.
"""

import re
from collections.abc import Iterable
from typing import Any

from seqlab.errors import SeqlabError
from seqlab.music.tune import Tune, parse

END = "\n\n"  # what separates tunes in a file separates them in a sequence

_HEADER = re.compile(r"(?:[XRMLK]:[^\n]*\n)*")
_TOKEN = re.compile(
    r"""(?:\^\^|\^|__|_|=)?[A-Ga-g][,']*   # a pitch
      | \d+/?\d* | /\d*                    # a length
      | \(\d+:\d+:\d+ | \(\d                 # the opening of a tuplet
      | \|[1-9][\d,-]*\ | \[[1-9][\d,-]*\  | :{1,8}\|[1-9][\d,-]*\   # an ending
      | \|\| | \|\] | \|: | :{1,8}\| | \|  # a bar line
      | \[[KMQ]:[^\]\n]*\]                 # a change of key, meter or tempo
      | "[^"\n]*"                          # a chord symbol
      | >{1,3} | <{1,3} | [-zx\[\]{}]      # broken rhythm, tie, rest, chord, grace notes
      """,
    re.VERBOSE,
)
_LAYOUT = re.compile(r"[ \n]+")


def tokens(tune: Tune | str) -> list[str]:
    """The musical tokens of a tune or of its normalised text.

    Raises:
        SeqlabError: the text is not in the normalised form.

    >>> tokens("X:1\\nM:6/8\\nL:1/8\\nK:D\\nA2^c d>ef|")
    ['M:6/8\\n', 'L:1/8\\n', 'K:D\\n', 'A', '2', '^c', 'd', '>', 'e', 'f', '|']
    """
    text = tune.abc if isinstance(tune, Tune) else tune
    top = _HEADER.match(text)  # of no line, if need be
    header = top[0] if top else ""
    found = [line for line in header.splitlines(keepends=True) if not line.startswith("X:")]
    position = len(header)
    while position < len(text):
        token = _TOKEN.match(text, position) or _LAYOUT.match(text, position)
        if token is None:
            raise SeqlabError(
                "a tune in normalised ABC",
                got=repr(text[position : position + 20]),
                fix="read it first: tokens(parse(text))",
            )
        if token.re is _TOKEN:
            found.append(token[0])
        position = token.end()
    return found


def from_tokens(sequence: Iterable[str], **fields: Any) -> Tune:
    """The tune that musical tokens spell; ``fields`` go to ``parse``.

    Raises:
        ABCError: they spell no tune, with the reason.
    """
    return parse(join(sequence), **fields)


def join(sequence: Iterable[str]) -> str:
    """The ABC text of musical tokens, without layout; it need not be a complete tune."""
    parts, after_bar = ["X:1\n"], False
    for token in sequence:
        bar = token.rstrip()[-1:] in ("|", ":") or token == "|]"
        if bar and after_bar:
            parts.append("\n")  # two bar lines, not one of a third kind
        parts.append(token)
        after_bar = bar
    return "".join(parts).removesuffix(END)
