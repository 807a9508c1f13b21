"""Reading ABC 2.1: the text of one tune becomes bars of events.

What sounds is kept: notes, rests, chords, grace notes, ties, tuplets, broken rhythm, repeats, endings and the
order of parts, tempo, changes of key, meter and unit, clefs and fields that move a staff up or down. What does not is
passed over: slurs, decorations, fingering, words, remarks, layout. What cannot be understood is refused.
Of several voices one is read. ABC 2.1: https://abcnotation.com/wiki/abc:standard:v2.1
"""

import re
from collections.abc import Mapping

from seqlab.errors import SeqlabError
from seqlab.music.body import BodyReader
from seqlab.music.header import Header, propagation
from seqlab.music.keys import parse_key
from seqlab.music.meter import parse_meter, parse_unit
from seqlab.music.notes import Reading
from seqlab.music.staff import without_staff
from seqlab.music.tempo import parse_tempo

MAX_CHARACTERS = 100_000  # a tune has a few hundred; what is longer is no tune
# from web pages
_ESCAPED = {"&gt;": ">", "&lt;": "<", "&quot;": '"', "&amp;": "&"}


class ABCError(SeqlabError):
    """A tune that cannot be read: ``line`` counts from 1 at the tune's first line, ``reason`` says why."""

    def __init__(self, line: int, reason: str) -> None:
        where = f"line {line}: {reason}"
        super().__init__(f"ABC that reads as one tune; {where}")
        self.expected, self.got, self.line, self.reason = "ABC that reads as one tune", where, line, reason


def read(
    text: str, *, defaults: Mapping[str, str] | None = None, voice: str | None = None, line_ends_are_bars: bool = False
) -> Reading:
    """Read the text of one tune.

    Args:
        text: header fields and music, lines ended by any of ``\\n``, ``\\r\\n``, ``\\r``.
        defaults: header fields of the file, for a tune that does not have its own.
        voice: the ``V:`` to read; the first that sounds if None.
        line_ends_are_bars: the Essen files leave the bar line out where a line ends.

    Raises:
        ABCError: with the line and the reason.

    >>> reading = read("X:1\\nM:6/8\\nL:1/8\\nK:D\\nABc d2f|")
    >>> [event.pitches[0].name for event in reading.bars[0].events], reading.bars[0].duration
    (['A4', 'B4', 'C#5', 'D5', 'F#5'], Fraction(3, 1))
    """
    if not isinstance(text, str):
        raise ABCError(1, f"a text is needed, not {type(text).__name__}")
    if len(text) > MAX_CHARACTERS:
        raise ABCError(1, f"{len(text):,} characters are no tune; the limit is {MAX_CHARACTERS:,}")
    lines = _without_blocks(text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    header = Header(propagate=propagation((defaults or {}).get("I", "")) or "pitch")
    try:
        header.read(lines)
        header.fields = fields = {**(defaults or {}), **header.fields}
        meter = parse_meter(fields.get("M", ""))
        unit = parse_unit(fields["L"]) if fields.get("L") else meter.default_unit
        reading = Reading(fields, meter, unit, parse_key(without_staff(fields["K"])))
        reading.tempo = parse_tempo(fields.get("Q", ""), unit)
        body = BodyReader(reading, header, voice, line_ends_are_bars)
    except (ValueError, SeqlabError) as error:
        raise ABCError(header.line, str(error)) from None
    music = re.sub("&(?:gt|lt|quot|amp);", lambda found: _ESCAPED[found[0]], "\n".join(lines[header.line :]))
    try:
        body.read(music)
    except (ValueError, SeqlabError) as error:
        raise ABCError(header.line + body.line, str(error)) from None
    return reading


def _without_blocks(text: str) -> str:
    """Blank out what stands between ``%%begintext`` and ``%%endtext`` (or ps, svg...): it is not music."""
    start = text.find("\n%%begin")
    while start >= 0:
        end = text.find("\n%%end", start)
        if end < 0:
            break
        text = text[:start] + "\n%" * text.count("\n", start, end) + text[end:]
        start = text.find("\n%%begin", end - start)
    return text
