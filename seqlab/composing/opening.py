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


def opening_tokens(names: str | Sequence[str], key: str = "C") -> list[str]:
    """The tokens of notes that are given by name.

    The first note stands between middle C and the B above it; each further one where it is nearest to the note
    before. An accidental is written only where the key signature does not say it already.

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
    in_bar = dict(signature)  # an accidental lasts
    before = None
    for name in names.split() if isinstance(names, str) else names:
        found = _NAME.match(name.strip())
        if found is None:
            raise SeqlabError("notes such as E F# G Bb", got=repr(name), fix="separate them by spaces")
        letter, alter = found[1].upper(), _ALTER[found[2]]
        pitch = _MIDDLE_C + _SEMITONES[letter] + alter
        if before is not None:
            pitch += 12 * round((before - pitch) / 12)
        before = pitch
        octave = (pitch - alter - _MIDDLE_C) // 12
        written = letter + "," * -octave if octave <= 0 else letter.lower() + "'" * (octave - 1)
        sign = "" if in_bar.get(letter, 0) == alter else _SIGNS[alter]
        in_bar[letter] = alter
        tokens.append(sign + written)
    return tokens
