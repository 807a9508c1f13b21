"""A tune: what it is called, how it is written, what it sounds like."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

from seqlab.errors import SeqlabError
from seqlab.music import normalised
from seqlab.music.abc import ABCError, read
from seqlab.music.completeness import is_complete
from seqlab.music.moving import moved
from seqlab.music.notes import Bar, Note, Reading, flatten
from seqlab.music.plain_text import plain_text

if TYPE_CHECKING:
    from music21.stream import Score, Stream

__all__ = ["ABCError", "Tune", "from_music21", "parse"]

# spellings of the collections -> the names used here
_RHYTHMS = {
    "slipjig": "slip jig",
    "hop jig": "slip jig",
    "double jig": "jig",
    "single jig": "jig",
    "highland fling": "fling",
}


@dataclass(frozen=True)
class Tune:
    """One tune in normalised ABC; it shows itself in a notebook as title, score and player.

    Attributes:
        id: ``"oneill/101"``: collection and number (or file) there.
        title, rhythm: as the collection says, ``""`` where it does not; rhythm in lower case.
        meter, unit, key: ``"6/8"``, ``"1/8"``, ``"Em"``, as in the header.
        mode: ``"major"``, ``"minor"``, ``"dorian"``...
        body: the music as normalised ABC (see seqlab.music.normalised).
        cluster: id of the group of near-duplicates it belongs to, over all collections.
        tempo: quarter notes a minute, where the source says it; else None.
        complete: every bar fills its meter.
        parts: where a part begins that ``P:`` in the header puts in order, and when it is played: (bar, turns).
    """

    id: str
    title: str
    rhythm: str
    meter: str
    unit: str
    key: str
    mode: str
    body: str = field(repr=False)
    collection: str = ""
    cluster: str = ""
    tempo: float | None = None
    complete: bool = True
    parts: tuple[tuple[int, tuple[int, ...]], ...] = ()

    @property
    def abc(self) -> str:
        """Header and music, the text that a model learns: ``X: R: M: L: K:``, then the body."""
        rhythm = f"R:{self.rhythm}\n" if self.rhythm else ""
        return f"X:1\n{rhythm}M:{self.meter}\nL:{self.unit}\nK:{self.key}\n{self.body}"

    @cached_property
    def reading(self) -> Reading:
        """The tune taken apart: headers, meter, key and bars of events."""
        reading = read(self.abc)
        for bar, turns in self.parts:
            if bar < len(reading.bars):  # a copy of the tune may have another body
                reading.bars[bar].turns = turns
        return reading

    @property
    def bars(self) -> list[Bar]:
        """Its bars in written order."""
        return self.reading.bars

    @cached_property
    def notes(self) -> tuple[Note, ...]:
        """Its notes and rests with onset and duration in quarter notes, repeats not played out."""
        return flatten(self.bars)

    def to_music21(self) -> "Score":
        """The tune as a ``music21.stream.Score``; see `seqlab.music.to_music21`."""
        from seqlab.music.interchange import to_music21

        return to_music21(self)

    @staticmethod
    def from_music21(stream: "Stream") -> "Tune":
        """The first part of a music21 stream as a Tune; see `seqlab.music.from_music21`."""
        return from_music21(stream)

    def _repr_html_(self) -> str:
        """Title, score and player. A picture or sound that cannot be made is left out, never an error."""
        from seqlab.music.audio import player_html
        from seqlab.music.score import score_svg

        parts = [f"<strong>{escape(self.title or 'Untitled')}</strong>"]
        if self.rhythm:
            parts.append(f" <em>{escape(self.rhythm)}</em>")
        for show in (score_svg, player_html):
            try:
                # white paper, in a dark notebook too
                parts.append(f'<div style="background: white; max-width: 60em">{show(self)}</div>')
            except Exception as error:  # a notebook must show the rest
                parts.append(f"<div><code>{escape(str(error))}</code></div>")
        return "".join(parts)


def parse(
    text: str,
    *,
    id: str = "",
    collection: str = "",
    rhythm: str = "",
    graces: bool = True,
    chords: bool = True,
    defaults: Mapping[str, str] | None = None,
    voice: str | None = None,
    line_ends_are_bars: bool = False,
) -> Tune:
    """Read the ABC text of one tune.

    Args:
        text: header and music of one tune, ABC 2.1 or older.
        id, collection: what the tune is called in its set.
        rhythm: used where the text has no ``R:`` field.
        graces, chords: keep grace notes; keep chord symbols such as ``"Am7"``.
        defaults: header fields of the file, for a tune that does not have its own.
        voice: the ``V:`` to read of several; the first if None.
        line_ends_are_bars: a line end closes a full bar (the Essen files).

    Raises:
        ABCError: names the line and the reason.

    >>> tune = parse("X:1\\nT:Scale\\nM:C\\nL:1/8\\nK:D\\nDEFG ABcd|")
    >>> [note.name for note in tune.notes][:3], tune.key, tune.body
    (['D4', 'E4', 'F#4'], 'D', 'DEFG ABcd|\\n')
    """
    reading = read(text, defaults=defaults, voice=voice, line_ends_are_bars=line_ends_are_bars)
    headers, key = reading.headers, reading.key
    body = normalised.body(reading.bars, graces=graces, chords=chords)
    if reading.semitones:
        try:
            key, body = moved(key, body, reading.semitones)
        except SeqlabError as error:
            raise ABCError(1, f"transpose= cannot be followed: {error}") from None
    named = re.sub(r"\s+", " ", headers.get("R", "").lower()).strip(" .,;]")
    named = re.sub(r"[^a-z0-9 '-]", "", named) or rhythm
    unit = reading.unit
    return Tune(
        id=id,
        title=re.sub(r"\s+", " ", plain_text(headers.get("T", ""))).strip(),
        rhythm=_RHYTHMS.get(named, named),
        meter=reading.meter.text,
        unit=f"{unit.numerator}/{unit.denominator}",
        key=str(key),
        mode=key.mode,
        body=body,
        collection=collection,
        tempo=reading.tempo.quarters if reading.tempo else None,
        complete=is_complete(reading),
        parts=tuple((i, bar.turns) for i, bar in enumerate(reading.bars) if bar.turns is not None),
    )


def from_music21(stream: "Stream") -> Tune:
    """The first part of a music21 stream as a Tune.

    Pitches, durations, ties, chords, grace notes, bar lines, repeats and endings come across; dynamics, words
    and other parts do not.

    Raises:
        SeqlabError: no notes, or a length that ABC cannot write.
    """
    from seqlab.music.interchange import abc_of

    return parse(abc_of(stream))
