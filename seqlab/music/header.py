"""The header of a tune: its fields up to the first ``K:``, and what they say of voices, staff and accidentals."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from seqlab.music.staff import Staff, parse_staff

_FIELD = re.compile(r"[ \t]*([A-Za-z+])[ \t]*:(.*)")
_RUNS_ON = "NHTIZBCDFGOSWRPQ"  # fields whose text some files carry on over the next line
_PROPAGATION = re.compile(r"\s*propagate-accidentals[\s=]+(not|octave|pitch)\b")


def propagation(instruction: str) -> str:
    """What ``propagate-accidentals`` is set to by a line after ``%%`` or ``I:``; ``""`` where it sets it not."""
    found = _PROPAGATION.match(instruction)
    return found[1] if found else ""


@dataclass
class Header:
    """What stands above the music.

    Attributes:
        fields: the value of each letter; of several titles the first, of several meters the last.
        voices: the staff of each voice that a ``V:`` describes.
        staff: what ``K:`` says of the staff of all voices.
        propagate: how far an accidental reaches: ``pitch``, ``octave`` or ``not`` (section 11.3).
        line: where it ends, with ``K:``; while it is read, where that stands. From 1.
    """

    fields: dict[str, str] = field(default_factory=dict)
    voices: dict[str, Staff] = field(default_factory=dict)
    staff: Staff = field(default_factory=Staff)
    propagate: str = "pitch"
    line: int = 1

    def read(self, lines: Sequence[str]) -> None:
        """Read the lines of a tune up to ``K:``; ValueError and SeqlabError say what is wrong, ``line`` where."""
        name = kept = ""
        for self.line, line in enumerate(lines, 1):
            if line.startswith("%%"):
                self.propagate = propagation(line[2:]) or self.propagate
            if line.startswith("%") or not line.strip():
                continue
            found = _FIELD.match(line)
            if not found:
                if name and name in _RUNS_ON:
                    continue
                raise ValueError(f"the header has no K: field before the music {line.strip()[:30]!r}")
            value = re.sub(r"(?<!\\)%.*", "", found[2]).strip()
            if found[1] == "+":  # goes on with the field above (section 3.3)
                if kept:
                    self.fields[kept] += f" {value}"
                continue
            name, kept = found[1], ""
            if name in "MLQK" or name not in self.fields:  # the first title names the tune; the last meter counts
                self.fields[name], kept = value, name
            if name == "K":
                self.staff = parse_staff(value)
                return
            if name == "I":
                self.propagate = propagation(value) or self.propagate
            if name == "V":
                voice, *properties = value.split(maxsplit=1) or [""]
                self.voices[voice] = parse_staff("".join(properties))
        raise ValueError("the header has no K: field, which says the key and ends the header")
