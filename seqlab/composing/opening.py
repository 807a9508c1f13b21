"""Names of notes, as people say them, to musical tokens: "E F# G C" in the key of D is E F G =c."""

import re
from collections.abc import Sequence

from seqlab.errors import SeqlabError
from seqlab.music.keys import parse_key

_NAME = re.compile(r"([A-Ga-g])(##|#|bb|b|♯|♭|n|♮)?$")
_ALTER = {None: 0, "": 0, "n": 0, "♮": 0, "#": 1, "♯": 1, "##": 2, "b": -1, "♭": -1, "bb": -2}
_SIGNS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
_SEMITONES = dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))
_MIDDLE_C = 60
_RANGE = range(57, 84)  # A below middle C to the b two octaves up: where dances lie


def opening_tokens(names: str | Sequence[str], key: str = "C") -> list[str]:
    """The tokens of notes that are given by name.

    The first note stands between middle C and the B above it; each further one where it is nearest to the note
    before, within the two octaves of most dances. An accidental is written where the key signature does not say
    it, and again wherever an earlier one might still last: so it does not matter where the bar lines will fall.

    Args:
        names: letters with # or b, such as "E F# G C".
        key: of the tune, such as "D", "Em", "Ador".

    Raises:
        SeqlabError: names the first that is no note.

    >>> opening_tokens("E F# G C", "D")
    ['E', 'F', 'G', '=c']
    >>> opening_tokens("E F# G C", "C")
    ['E', '^F', 'G', 'c']
    """
    signature = parse_key(key).signature
    tokens: list[str] = []
    altered: set[str] = set()
    before: int | None = None
    for name in names.split() if isinstance(names, str) else names:
        found = _NAME.match(name.strip())
        if found is None:
            raise SeqlabError("notes such as E F# G Bb", got=repr(name), fix="separate them by spaces")
        letter, alter = found[1].upper(), _ALTER[found[2]]
        pitch = _MIDDLE_C + _SEMITONES[letter] + alter
        if before is not None:
            last, octaves = before, (pitch + 12 * k for k in (-1, 0, 1))
            pitch = min((p for p in octaves if p in _RANGE), key=lambda p: abs(p - last))
        before = pitch
        octave = (pitch - alter - _MIDDLE_C) // 12
        written = letter + "," * -octave if octave <= 0 else letter.lower() + "'" * (octave - 1)
        if alter != signature.get(letter, 0):
            altered.add(letter)
        sign = _SIGNS[alter] if letter in altered else ""
        tokens.append(sign + written)
    return tokens
