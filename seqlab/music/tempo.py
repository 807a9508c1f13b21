"""What ``Q:`` says: how fast a tune goes (ABC 2.1, sections 3.1.8 and 10.1)."""

import re
from fractions import Fraction
from typing import NamedTuple

_NOTE = r"\d{1,2}\s*/\s*\d{1,3}"
# beats, which may be several, = how many a minute
_BEATS = re.compile(rf"((?:{_NOTE}\s+){{0,7}}{_NOTE})\s*=\s*\D{{0,8}}?(\d{{1,3}})(\.\d{{1,3}})?")
_OLD_BEAT = re.compile(r"C(\d{0,2})\s*=\s*(\d{1,3})")  # C=100, C3=40: so many unit notes
_OLD_NUMBER = re.compile(r"=?\s*(\d{1,3})(?![\d/])")
_QUOTED = re.compile(r'"[^"]*"')


class Tempo(NamedTuple):
    """So many beats a minute; a beat is counted in whole notes."""

    beat: Fraction
    rate: Fraction

    @property
    def quarters(self) -> float:
        """Quarter notes a minute."""
        return float(4 * self.beat * self.rate)

    def __str__(self) -> str:
        rate = f"{float(self.rate):g}"
        return f"{self.beat.numerator}/{self.beat.denominator}={rate}"


def parse_tempo(text: str, unit: Fraction) -> Tempo | None:
    """Read the value of a ``Q:`` field; None where it gives no number, as ``"Allegro"`` alone.

    Args:
        text: ``3/8=50 "Slowly"``; several beats that together are counted, ``1/4 3/8 1/4 3/8=40``; or as in older
            files ``C=100``, ``C3=40`` and ``120``, which count unit notes.
        unit: the unit note length, in whole notes.

    >>> str(parse_tempo('"Allegro" 1/4=120', Fraction(1, 8))), parse_tempo("120", Fraction(1, 8)).quarters
    ('1/4=120', 60.0)
    """
    text = _QUOTED.sub(" ", text.split("%")[0]).strip()
    if found := _BEATS.search(text):
        tops, bottoms = zip(*(map(int, note.split("/")) for note in re.findall(_NOTE, found[1])), strict=True)
        if not all(bottoms):
            return None
        beat = sum(map(Fraction, tops, bottoms), Fraction(0))
        return _tempo(beat, Fraction(found[2] + (found[3] or "")))
    if found := _OLD_BEAT.search(text):
        return _tempo(int(found[1] or 1) * unit, Fraction(found[2]))
    found = _OLD_NUMBER.match(text)
    return _tempo(unit, Fraction(found[1])) if found else None


def _tempo(beat: Fraction, rate: Fraction) -> Tempo | None:
    return Tempo(beat, rate) if beat and rate else None
