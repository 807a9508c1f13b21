"""Notes moved by spelling: every one the same number of letters and of semitones.

A note keeps its distance from the key signature: the raised seventh of A minor (G sharp) becomes the raised
seventh of B minor (A sharp). So accidentals move with their notes, those that last the bar still do, and
moving back gives the very same text.
"""

import re
from dataclasses import replace

from seqlab.errors import SeqlabError
from seqlab.music.keys import ACCIDENTAL, Key, alteration, parse_key

_LETTERS = "CDEFGAB"
_SEMITONES = (0, 2, 4, 5, 7, 9, 11)
_SIGNED_NOTE = re.compile(r"""\[K:([^\]]*)\]|\[[MQ]:[^\]]*\]|"([^"]*)"|(\^\^|\^|__|_|=)?([A-Ga-g])([,']*)""")
_ROOT = re.compile(r"(^|/)([A-Ga-g])([#b]?)")
_MOST_SHARPS = 7


def moved(key: Key, body: str, semitones: int) -> tuple[Key, str]:
    """Key and normalised music ``semitones`` higher, in the key with the fewest sharps or flats.

    Raises:
        SeqlabError: no key, or a note that leaves MIDI's range or needs a triple accidental.
    """
    if not key.tonic:
        raise SeqlabError("a tune with a key to transpose", got="K:none")
    if not semitones:
        return key, body
    for steps in _steps(key, semitones):
        try:
            return _move_key(key, steps, semitones), _Mover(key, steps, semitones).move(body)
        except SeqlabError as error:
            refusal = error
    raise refusal


def _steps(key: Key, semitones: int) -> list[int]:
    """Letters to move by, first those that give the key with the fewest sharps or flats."""
    about = round(semitones * 7 / 12)
    near = [_try_key(key, steps, semitones) for steps in (about - 1, about, about + 1)]
    return [steps for _, steps in sorted((abs(moved.sharps), steps) for steps, moved in near if moved)]


def _try_key(key: Key, steps: int, semitones: int) -> tuple[int, Key | None]:
    try:
        return steps, _move_key(key, steps, semitones)
    except SeqlabError:
        return steps, None


def _move_key(key: Key, steps: int, semitones: int) -> Key:
    letter, alter, _ = _moved(key.tonic[0], {"": 0, "#": 1, "b": -1}[key.tonic[1:]], steps, semitones)
    if abs(alter) > 1:
        raise SeqlabError("a key of at most one accidental", got=f"{key} moved by {semitones} semitones")
    moved = Key(letter + {0: "", 1: "#", -1: "b"}[alter], key.mode)
    if abs(moved.sharps) > _MOST_SHARPS:
        raise SeqlabError("a key of at most seven sharps or flats", got=str(moved))
    explicit = []
    for sign_letter, sign_alter in key.explicit:
        new_letter, new_alter, _ = _moved(sign_letter, sign_alter, steps, semitones)
        explicit.append((new_letter, new_alter))
    return replace(moved, explicit=tuple(explicit))


def _moved(letter: str, alter: int, steps: int, semitones: int) -> tuple[str, int, int]:
    """(letter, alteration, octaves up) of a note moved by ``steps`` letters and ``semitones``."""
    octaves, place = divmod(_LETTERS.index(letter) + steps, 7)
    sounding = _SEMITONES[_LETTERS.index(letter)] + alter + semitones
    return _LETTERS[place], sounding - _SEMITONES[place] - 12 * octaves, octaves


class _Mover:
    """Moves the notes of a normalised body one by one, keeping track of the key in force."""

    def __init__(self, key: Key, steps: int, semitones: int) -> None:
        self.key, self.steps, self.semitones = key, steps, semitones
        self.new_key = _move_key(key, steps, semitones)

    def move(self, body: str) -> str:
        return _SIGNED_NOTE.sub(self._one, body)

    def _one(self, match: re.Match[str]) -> str:
        key, symbol, sign, letter, marks = match.groups()
        if key is not None:
            self.key = parse_key(key)
            if not self.key.tonic:
                raise SeqlabError("a tune with a key throughout to transpose", got="K:none within")
            self.new_key = _move_key(self.key, self.steps, self.semitones)
            return f"[K:{self.new_key}]"
        if symbol is not None:
            return f'"{_ROOT.sub(self._root, symbol)}"'
        if letter is None:  # [M:...] or [Q:...]
            return match[0]
        octave = (1 if letter.islower() else 0) + marks.count("'") - marks.count(",")
        name = letter.upper()
        alter = alteration(sign) if sign else self.key.signature.get(name, 0)
        new, new_alter, octaves = _moved(name, alter, self.steps, self.semitones)
        if sign and abs(new_alter) > 2:
            raise SeqlabError("notes of at most a double accidental", got=f"{match[0]} in {self.new_key}")
        octave += octaves
        if not -4 <= octave <= 4:
            raise SeqlabError("notes within reach of MIDI", got=f"{match[0]} moved by {self.semitones} semitones")
        text = new.lower() + "'" * (octave - 1) if octave >= 1 else new + "," * -octave
        return (ACCIDENTAL[new_alter] if sign else "") + text

    def _root(self, match: re.Match[str]) -> str:
        """The root or the bass of a chord symbol."""
        before, letter, sign = match.groups()
        new, alter, _ = _moved(letter.upper(), {"": 0, "#": 1, "b": -1}[sign], self.steps, self.semitones)
        if abs(alter) > 1:
            raise SeqlabError("chords of at most one accidental", got=f"{match[0]} in {self.new_key}")
        return before + (new.lower() if letter.islower() else new) + {0: "", 1: "#", -1: "b"}[alter]
