"""What ``K:`` and ``V:`` say of a staff besides the key: by how much its notes sound higher or lower.

ABC 2.1, section 4.6: a clef with an 8 (``treble-8``), ``octave=`` and ``transpose=``. The rest of a staff, its
lines, names and stems, does not sound.
"""

import re
from typing import NamedTuple

from seqlab.errors import SeqlabError

_CLEF = r"(?:treble|alto|tenor|bass|perc|[GFC](?=[1-5+-]))[1-5]?"
_SETTINGS = (
    r"(?:clef|octave|transpose|t|middle|stafflines|staffscale|score|sound|shift|instrument|name|nm|snm|stem|cue)"
)
# where in a K: field the staff begins
_STAFF = re.compile(rf"\s(?:{_SETTINGS}\s*=|{_CLEF}(?:[+^_-](?:8|15))?(?![A-Za-z\d])).*", re.DOTALL)
_WITH_OCTAVES = re.compile(rf"(?:^|[\s=]){_CLEF}(?:([+-])(8|15))?(?![A-Za-z\d])")
_QUOTED = re.compile(r'(\bclef\s*=\s*)?"([^"]*)"')  # a name is no clef, whatever it says
_OCTAVES = {"8": 1, "15": 2}
_MOST_OCTAVES, _MOST_SEMITONES = 4, 36


class Staff(NamedTuple):
    """By how much the notes of a staff sound higher than they are written; None where it is not said."""

    clef: int | None = None  # octaves, by its 8
    octave: int | None = None  # octaves, by octave=
    transpose: int | None = None  # semitones

    def within(self, other: "Staff") -> "Staff":
        """This staff, and where it is silent what ``other`` says."""
        return Staff(*(theirs if own is None else own for own, theirs in zip(self, other, strict=True)))

    @property
    def octaves(self) -> int:
        """Octaves up, those of ``transpose`` counted in: what is left of it is within half an octave."""
        return (self.clef or 0) + (self.octave or 0) + round((self.transpose or 0) / 12)

    @property
    def semitones(self) -> int:
        """Semitones up, besides the octaves: -6 to 6."""
        semitones = self.transpose or 0
        return semitones - 12 * round(semitones / 12)


def without_staff(value: str) -> str:
    """The value of a ``K:`` field without what it says of the staff: ``"D clef=bass"`` -> ``"D"``."""
    return _STAFF.sub("", f" {value}").strip()


def parse_staff(value: str) -> Staff:
    """What a ``K:`` field, or a ``V:`` field after its name, says of its staff.

    Raises:
        SeqlabError: ``octave=`` or ``transpose=`` without a number, or out of reach.

    >>> parse_staff("C treble-8 octave=+1"), parse_staff("clef=bass transpose=-2").semitones
    (Staff(clef=-1, octave=1, transpose=None), -2)
    """
    value = _QUOTED.sub(lambda found: found[1] + found[2] if found[1] else "", value)
    clef = _WITH_OCTAVES.search(value)
    octaves = None
    if clef:
        octaves = int(f"{clef[1]}{_OCTAVES[clef[2]]}") if clef[2] else 0
    return Staff(octaves, _number(value, "octave", _MOST_OCTAVES), _number(value, "transpose|t", _MOST_SEMITONES))


def _number(value: str, names: str, most: int) -> int | None:
    found = re.search(rf"(?:^|\s)(?:{names})\s*=\s*(\S*)", value)
    if not found:
        return None
    if not re.fullmatch(r"[+-]?\d{1,2}", found[1]) or abs(int(found[1])) > most:
        raise SeqlabError(
            f"{names.partition('|')[0]}= with a whole number from -{most} to {most}", got=repr(found[0].strip()[:40])
        )
    return int(found[1])
