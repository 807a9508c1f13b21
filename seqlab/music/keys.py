"""Keys, modes and the accidentals of a signature.

A mode is a major scale begun on another step, so a key is a count of sharps (flats are negative):
D major has 2; D dorian, two fifths lower on the circle, has 0.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from seqlab.errors import SeqlabError

SHARP_ORDER = "FCGDAEB"
# places on the circle of fifths, C = 0
_FIFTHS = {letter: i - 1 for i, letter in enumerate(SHARP_ORDER)}
_MODES = {"lydian": 1, "major": 0, "mixolydian": -1, "dorian": -2, "minor": -3, "phrygian": -4, "locrian": -5}
_SHORT = {
    "major": "",
    "minor": "m",
    "lydian": "lyd",
    "mixolydian": "mix",
    "dorian": "dor",
    "phrygian": "phr",
    "locrian": "loc",
}
_ALTER = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
ACCIDENTAL = {alter: sign for sign, alter in _ALTER.items()}
_STEP = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

_TONIC = re.compile(r"(?P<tonic>[A-G])(?P<alter>[#b♯♭]?)(?P<rest>.*)$", re.IGNORECASE | re.DOTALL)
_EXPLICIT = re.compile(r"(\^\^|\^|__|_|=)([A-Ga-g])(?![a-z])")
# what may stand after the tonic besides a mode: accidentals, and remarks
_NO_MODE = re.compile(r"exp\b|[\^_=][\^_]?[A-Ga-g]|[(\"]|$")
# of a mode only these three letters count (section 3.1.14)
_BY_THREE = {name[:3]: name for name in _MODES} | {"ion": "major", "aeo": "minor"}
_ONE_LETTER = {"m": "minor", "M": "major", "n": "minor"}  # "Bn": a slip of the pen in two tunes of the corpus


def alteration(sign: str) -> int:
    """Semitones of a written accidental ``^ ^^ _ __ =``: -2 to 2. Another sign is a KeyError."""
    return _ALTER[sign]


@dataclass(frozen=True)
class Key:
    """A key: tonic, mode and the accidentals written out after them (``K:D mix ^c``).

    ``tonic`` is empty for ``K:none``: nothing is sharp or flat and no note is the home note.
    """

    tonic: str
    mode: str = "major"
    explicit: tuple[tuple[str, int], ...] = ()

    @property
    def sharps(self) -> int:
        """Sharps of the signature; flats count below zero."""
        if not self.tonic:
            return 0
        shift = {"": 0, "#": 7, "b": -7}[self.tonic[1:]]
        return _FIFTHS[self.tonic[0]] + shift + _MODES[self.mode]

    @cached_property
    def signature(self) -> dict[str, int]:
        """Letter -> semitones, for the letters that are not natural (or are explicitly so)."""
        n = self.sharps
        letters = SHARP_ORDER[:n] if n >= 0 else SHARP_ORDER[n:]
        altered = dict.fromkeys(letters, 1 if n > 0 else -1)
        altered.update(self.explicit)
        return altered

    @property
    def tonic_class(self) -> int | None:
        """Pitch class of the home note, C = 0; None where there is none."""
        if not self.tonic:
            return None
        return (_STEP[self.tonic[0]] + {"": 0, "#": 1, "b": -1}[self.tonic[1:]]) % 12

    def __str__(self) -> str:
        name = self.tonic + _SHORT[self.mode] if self.tonic else "none"
        signs = "".join(f" {ACCIDENTAL[alter]}{letter.lower()}" for letter, alter in self.explicit)
        return name + signs


@lru_cache(maxsize=1024)
def parse_key(text: str) -> Key:
    """Read the value of a ``K:`` field (ABC 2.1, section 3.1.14); ``""`` and ``"none"`` are no key.

    Of a mode three letters count, in capitals or not, whatever comes after them.

    Raises:
        SeqlabError: no key, a word after the tonic that is no mode, or more than seven sharps or flats.

    >>> str(parse_key("E Minor")), parse_key("Ador").sharps, parse_key("F#").sharps, parse_key("Bb").signature
    ('Em', 1, 6, {'E': -1, 'B': -1})
    """
    text = text.split("%")[0].strip()
    if text.lower() in ("", "none"):
        return Key("")
    text = {"H": "B", "Es": "Eb", "As": "Ab"}.get(text, text)  # German names, as in the Essen files
    if text[:2] in ("HP", "Hp"):  # Highland pipes: always F sharp and C sharp, around A
        return Key("A", "mixolydian")
    found = _TONIC.match(text)
    if not found:
        raise SeqlabError("a key such as G, Em, Bb or Ador", got=repr(text[:40]))
    tonic = found["tonic"].upper() + found["alter"].replace("♯", "#").replace("♭", "b").lower()
    mode, rest = _mode_of(found["rest"].strip(), text)
    signs = {letter.upper(): _ALTER[sign] for sign, letter in _EXPLICIT.findall(rest)}
    if re.match(r"\s*exp\b", rest, re.IGNORECASE):  # these accidentals and no others
        signs = {**dict.fromkeys(Key(tonic, mode).signature, 0), **signs}
    key = Key(tonic, mode, tuple(signs.items()))
    if abs(key.sharps) > 7:
        raise SeqlabError("a key of at most seven sharps or flats", got=repr(text[:40]))
    return key


def _mode_of(after: str, text: str) -> tuple[str, str]:
    """The mode that stands after a tonic, major where none does, and what comes after it."""
    if _NO_MODE.match(after):
        return "major", after
    found = re.match(r"[A-Za-z]+", after)
    word = found[0] if found else ""
    mode = _ONE_LETTER.get(word) or _BY_THREE.get(word[:3].lower())
    if not mode:
        raise SeqlabError(
            "a key such as G, Em, Bb or Ador, its mode one of maj, min, ion, aeo, dor, mix, lyd, phr, loc",
            got=repr(text[:40]),
        )
    return mode, after[len(word) :]


def midi_number(letter: str, octave: int, alter: int) -> int:
    """MIDI number of a spelled pitch; middle C is ``midi_number("C", 4, 0) == 60``."""
    return 12 * (octave + 1) + _STEP[letter] + alter


def pitch_name(letter: str, octave: int, alter: int) -> str:
    """``F#4``, ``Bb3``, ``C5``: the spelled name of a pitch."""
    return letter + ("#" * alter if alter > 0 else "b" * -alter) + str(octave)
