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

_KEY = re.compile(
    r"""\s*(?P<tonic>[A-G])(?P<alter>[#b♯♭]?)\s*
        (?P<mode>major|maj|minor|min|aeolian|aeo|ionian|ion|dorian|dor|mixolydian|mixm|mix|lydian|lyd
                |phrygian|phry|phr|locrian|loc|m|n)?(?![a-z#])
        (?P<rest>.*)$""",
    re.VERBOSE | re.IGNORECASE,
)
_CLEF = re.compile(r"\s(?:clef|octave|transpose|middle|stafflines|treble|bass|alto|tenor|perc).*", re.DOTALL)
_EXPLICIT = re.compile(r"(\^\^|\^|__|_|=)([A-Ga-g])(?![a-z])")
_SAME_MODE = {
    "": "major",
    "maj": "major",
    "ion": "major",
    "ionian": "major",
    "major": "major",
    "m": "minor",
    "min": "minor",
    "aeo": "minor",
    "aeolian": "minor",
    "minor": "minor",
    "mixm": "mixolydian",
    "n": "minor",  # a slip of the pen in two tunes of the corpus: "Bn"
}


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

    Raises:
        SeqlabError: no key, or one of more than seven sharps or flats.

    >>> str(parse_key("E Minor")), parse_key("Ador").sharps, parse_key("F#").sharps, parse_key("Bb").signature
    ('Em', 1, 6, {'E': -1, 'B': -1})
    """
    text = text.split("%")[0].strip()
    if text in ("", "none"):
        return Key("")
    text = {"H": "B", "Es": "Eb", "As": "Ab"}.get(text, text)  # German names, as in the Essen files
    if text[:2] in ("HP", "Hp"):  # Highland pipes: always F sharp and C sharp, around A
        return Key("A", "mixolydian")
    found = _KEY.match(text)
    if not found:
        raise SeqlabError("a key such as G, Em, Bb or Ador", got=repr(text[:40]))
    tonic = found["tonic"].upper() + found["alter"].replace("♯", "#").replace("♭", "b").lower()
    word = (found["mode"] or "").lower()
    # K:AM is A major, K:Am is A minor
    mode = "major" if found["mode"] == "M" else _SAME_MODE.get(word) or _by_prefix(word)
    signs = {letter.upper(): _ALTER[sign] for sign, letter in _EXPLICIT.findall(found["rest"])}
    if re.match(r"\s*exp\b", found["rest"]):  # these accidentals and no others
        signs = {**dict.fromkeys(Key(tonic, mode).signature, 0), **signs}
    key = Key(tonic, mode, tuple(signs.items()))
    if abs(key.sharps) > 7:
        raise SeqlabError("a key of at most seven sharps or flats", got=repr(text[:40]))
    return key


def without_clef(value: str) -> str:
    """The value of a ``K:`` field without what it says of the staff: ``"D clef=bass"`` -> ``"D"``."""
    return _CLEF.sub("", f" {value}").strip()


def _by_prefix(word: str) -> str:
    return next(mode for mode in _MODES if mode.startswith(word[:3]))


def midi_number(letter: str, octave: int, alter: int) -> int:
    """MIDI number of a spelled pitch; middle C is ``midi_number("C", 4, 0) == 60``."""
    return 12 * (octave + 1) + _STEP[letter] + alter


def pitch_name(letter: str, octave: int, alter: int) -> str:
    """``F#4``, ``Bb3``, ``C5``: the spelled name of a pitch."""
    return letter + ("#" * alter if alter > 0 else "b" * -alter) + str(octave)
