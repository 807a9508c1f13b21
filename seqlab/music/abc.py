"""Reading ABC 2.1: the text of one tune becomes bars of events.

What sounds is kept: notes, rests, chords, grace notes, ties, tuplets, broken rhythm, repeats and endings,
changes of key, meter and unit. What does not is passed over: slurs, decorations, fingering, words, layout.
Of several voices one is read. ABC 2.1: https://abcnotation.com/wiki/abc:standard:v2.1
"""

import re
from collections.abc import Mapping

from seqlab.errors import SeqlabError
from seqlab.music.body import BodyReader
from seqlab.music.keys import parse_key, without_clef
from seqlab.music.meter import parse_meter, parse_unit
from seqlab.music.notes import Reading

MAX_CHARACTERS = 100_000  # a tune has a few hundred; what is longer is no tune
_HEADER = re.compile(r"[ \t]*([A-Za-z+])[ \t]*:(.*)")
_RUNS_ON = "NHTIZBCDFGOSWRPQ"  # fields whose text some files carry on over the next line


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
    headers, first = _read_header(lines)
    headers = {**(defaults or {}), **headers}
    try:
        meter = parse_meter(headers.get("M", ""))
        unit = parse_unit(headers["L"]) if headers.get("L") else meter.default_unit
        reading = Reading(headers, meter, unit, parse_key(without_clef(headers["K"])))
    except SeqlabError as error:
        raise ABCError(first, str(error)) from None
    body = BodyReader(reading, voice, line_ends_are_bars)
    try:
        body.read("\n".join(lines[first:]))
    except (ValueError, SeqlabError) as error:
        raise ABCError(first + body.line, str(error)) from None
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


def _read_header(lines: list[str]) -> tuple[dict[str, str], int]:
    """Fields up to the first ``K:``, and the index of the line after it."""
    headers: dict[str, str] = {}
    name = ""
    for index, line in enumerate(lines):
        if line.startswith("%") or not line.strip():
            continue
        found = _HEADER.match(line)
        if not found:
            if name and name in _RUNS_ON:
                continue
            raise ABCError(index + 1, f"the header has no K: field before the music {line.strip()[:30]!r}")
        name, value = found[1], re.sub(r"(?<!\\)%.*", "", found[2]).strip()
        if name == "K":
            return {**headers, "K": value}, index + 1
        if name in "MLQ" or name not in headers:  # the first title names the tune; the last meter counts
            headers[name] = value
    raise ABCError(len(lines), "the header has no K: field, which says the key and ends the header")
