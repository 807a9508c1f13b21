"""Meter: how long a bar is and where its beats fall; and the unit in which lengths are written."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

from seqlab.errors import SeqlabError

_METER = re.compile(r"(?:FREI)?\(?(\d{1,2}(?:\+\d{1,2}){0,6})\)?/(\d{1,2})\]?$")

_UNIT = re.compile(r"(\d{1,2})/(\d{1,3})")


@dataclass(frozen=True)
class Meter:
    """A time signature; ``beats`` is 0 where the meter is free (``M:none``)."""

    text: str
    beats: int
    unit: int

    @cached_property
    def bar(self) -> Fraction:
        """Length of a bar in quarter notes; 0 where the meter is free."""
        return Fraction(4 * self.beats, self.unit)

    @cached_property
    def compound(self) -> bool:
        """6/8, 9/8, 12/8: each beat falls into three."""
        return self.beats % 3 == 0 and self.beats > 3 and self.unit >= 8

    @cached_property
    def group(self) -> Fraction:
        """Length in quarter notes of the notes that belong together under one beam."""
        if self.compound:
            return Fraction(12, self.unit)
        if self.unit <= 2 or self.text == "4/4":
            return Fraction(2)  # half a bar of a reel
        return Fraction(3, 2) if self.text == "3/8" else Fraction(1)

    @cached_property
    def default_unit(self) -> Fraction:
        """Unit note length where no ``L:`` says it: 1/16 below 3/4 of a whole note, else 1/8."""
        return Fraction(1, 16) if self.beats and self.bar < 3 else Fraction(1, 8)


def parse_unit(text: str) -> Fraction:
    """Read the value of an ``L:`` field, in whole notes.

    Raises:
        SeqlabError: no unit note length, or one that is no whole, half, ... or 64th note or so many of them.

    >>> parse_unit("1/8"), parse_unit("1")
    (Fraction(1, 8), Fraction(1, 1))
    """
    found = _UNIT.match(text.split("%")[0].strip())
    if text.strip() == "1":
        return Fraction(1)
    if not found or int(found[2]) not in (1, 2, 4, 8, 16, 32, 64) or not int(found[1]):
        raise SeqlabError("a unit note length such as 1/8", got=repr(text[:20]))
    return Fraction(int(found[1]), int(found[2]))


@lru_cache(maxsize=256)
def parse_meter(text: str) -> Meter:
    """Read the value of an ``M:`` field; ``C`` is 4/4, ``C|`` is 2/2, ``none`` is free.

    Raises:
        SeqlabError: no meter, or one of more than 64 beats or of an odd unit.

    >>> parse_meter("C|").bar, parse_meter("6/8").group, parse_meter("none").bar
    (Fraction(4, 1), Fraction(3, 2), Fraction(0, 1))
    """
    text = text.split("%")[0].strip()
    if text.lower() in ("none", "free", ""):
        return Meter("none", 0, 4)
    text = {"C": "4/4", "C|": "2/2"}.get(text, text.replace(" ", ""))
    found = _METER.match(text)
    if not found:
        raise SeqlabError("a meter such as 4/4, 6/8, C or C|", got=repr(text[:40]))
    beats, unit = sum(map(int, found[1].split("+"))), int(found[2])
    if not 1 <= beats <= 64 or unit not in (1, 2, 4, 8, 16, 32):
        raise SeqlabError("a meter of 1 to 64 beats of a 1, 2, 4, 8, 16 or 32", got=repr(text[:40]))
    return Meter(f"{beats}/{unit}", beats, unit)
