"""Lengths and pitches between their ABC spelling and their value."""

import re
from fractions import Fraction
from functools import lru_cache

from seqlab.music.keys import midi_number, pitch_name
from seqlab.music.notes import Pitch


@lru_cache(maxsize=4096)
def length_of(written: str) -> Fraction:
    """The multiple of the unit that ``3/2``, ``/`` or ``//`` asks for.

    Raises:
        ValueError: it is 0, or has more than three digits.

    >>> length_of("3/2"), length_of("//"), length_of("")
    (Fraction(3, 2), Fraction(1, 4), Fraction(1, 1))
    """
    found = re.fullmatch(r"(\d*)(/*)(\d*)", written)
    if found is None:
        raise ValueError(f"{written[:20]} is no length")
    number, slashes, under = found.groups()
    if len(number) > 3 or len(under) > 3 or len(slashes) > 5:
        raise ValueError(f"a length of {written[:20]} is out of reach")
    top, bottom = int(number or 1), int(under) if under else 2 ** len(slashes)
    if not top or not bottom:
        raise ValueError(f"a note cannot have the length {written}")
    return Fraction(top, bottom)


@lru_cache(maxsize=4096)
def length_text(multiple: Fraction) -> str:
    """The shortest ABC for a multiple of the unit: ``""``, ``2``, ``/``, ``3/``, ``/4``."""
    number = "" if multiple.numerator == 1 else str(multiple.numerator)
    if multiple.denominator == 1:
        return number
    return f"{number}/" if multiple.denominator == 2 else f"{number}/{multiple.denominator}"


@lru_cache(maxsize=4096)
def pitch_of(letter: str, marks: str, alter: int, sign: str, octaves: int = 0) -> Pitch:
    """The pitch of a letter ``A`` ... ``g`` with its octave marks, altered by so many semitones, octaves higher.

    Raises:
        ValueError: it lies outside the 128 pitches of MIDI.
    """
    octave = (5 if letter.islower() else 4) + marks.count("'") - marks.count(",") + octaves
    name = letter.upper()
    midi = midi_number(name, octave, alter)
    if not 0 <= midi <= 127:
        raise ValueError(f"{sign}{letter}{marks} lies outside the 128 pitches of MIDI")
    return Pitch(name, octave, alter, midi, pitch_name(name, octave, alter), sign)


@lru_cache(maxsize=4096)
def pitch_text(pitch: Pitch) -> str:
    """Normalised ABC of a pitch with its written accidental: ``^f'``."""
    if pitch.octave >= 5:
        return pitch.sign + pitch.letter.lower() + "'" * (pitch.octave - 5)
    return pitch.sign + pitch.letter + "," * (4 - pitch.octave)
