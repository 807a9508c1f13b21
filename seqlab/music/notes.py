"""What a tune is made of once it is read: events in bars, and the flat list of notes.

Durations are exact: fractions of a quarter note. An eighth in a triplet lasts Fraction(1, 3).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import NamedTuple, Protocol

from seqlab.music.keys import Key
from seqlab.music.meter import Meter
from seqlab.music.tempo import Tempo


class Pitch(NamedTuple):
    """A sounding pitch as it is spelled: F sharp above middle C is ``Pitch("F", 4, 1, 66, ...)``."""

    letter: str
    octave: int  # 4 begins at middle C
    alter: int  # semitones
    midi: int
    name: str  # "F#4"
    sign: str  # the accidental as written before the note, or ""


class Note(NamedTuple):
    """One note or rest of a tune.

    ``onset`` and ``duration`` are in quarter notes from the start, as written (repeats not played).
    A grace note has no duration of its own and shares the onset of the note it leads to; the notes of a
    chord share one onset.
    """

    pitch: int | None  # MIDI number; None is a rest
    name: str  # "F#4"; "" for a rest
    onset: Fraction
    duration: Fraction
    bar: int  # index into Tune.bars
    tie: bool = False  # sounds on into the next note of the same pitch
    tuplet: tuple[int, int] | None = None  # (3, 2): three in the time of two
    grace: bool = False


@dataclass(slots=True)
class Event:
    """One place in the melody: a note, a chord (several pitches) or a rest (none)."""

    pitches: tuple[Pitch, ...]
    duration: Fraction  # quarter notes that sound
    text: str  # normalised ABC of this event
    tie: tuple[int, ...] = ()  # MIDI numbers of those of its pitches that sound on into the next event
    tie_inside: bool = False  # that is written note by note, as in [C-E]
    tuplet: tuple[int, int] | None = None
    opens_tuplet: bool = False
    graces: tuple[tuple[Pitch, Fraction], ...] = ()
    broken: str = ""  # ">" or "<" towards the next event
    change: str = ""  # "[K:Am]", "[M:9/8]" or "[Q:1/4=80]" in line before this event
    visible: bool = True  # x is a rest that is not drawn
    symbol: str = ""  # a chord symbol such as Am7
    tempo: Tempo | None = None  # that holds from here on

    @property
    def rest(self) -> bool:
        """No pitch sounds."""
        return not self.pitches


@dataclass(slots=True)
class Bar:
    """A bar: its events and the bar lines around it (``left`` is ``|:`` or empty).

    ``again``: how often a ``:|`` at its end goes back. ``turns``: where a part begins, when that is played among
    the parts, as ``P:`` in the header says: of ``P:ABA`` the first bar of A has (1, 3).
    """

    meter: Meter
    sharps: int
    events: list[Event] = field(default_factory=list)
    left: str = ""
    right: str = ""
    ending: str = ""
    again: int = 1
    turns: tuple[int, ...] | None = None
    # what its events last, set when the bar is full: in ticks, so many to a quarter, and in quarter notes
    ticks: int = 8
    lengths: list[int] = field(default_factory=list)
    duration: Fraction = Fraction(0)


@dataclass
class Reading:
    """A tune as read: header fields, what is in force at its start, and its bars.

    ``semitones``: how much higher it sounds than its bars say, as ``transpose=`` asks for.
    """

    headers: dict[str, str]
    meter: Meter
    unit: Fraction  # unit note length in whole notes, as L: says
    key: Key
    bars: list[Bar] = field(default_factory=list)
    voices: int = 1  # how many the text has; one is read
    tempo: Tempo | None = None
    semitones: int = 0


class Barred(Protocol):
    """Anything with bars: a `Tune`, or a `Reading` of one."""

    @property
    def bars(self) -> Sequence[Bar]: ...


class Notated(Barred, Protocol):
    """What a score, a player or music21 asks of a tune; a `Tune` has it all.

    So what shows a tune stands below the tune that shows itself.
    """

    @property
    def title(self) -> str: ...
    @property
    def rhythm(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def mode(self) -> str: ...
    @property
    def tempo(self) -> float | None: ...
    @property
    def reading(self) -> Reading: ...


def in_ticks(events: Iterable[Event]) -> tuple[int, list[int]]:
    """Ticks a quarter that make every duration and every meter whole, and the durations in them.

    Adding whole numbers is ten times faster than adding fractions, and as exact.
    """
    ratios = [event.duration.as_integer_ratio() for event in events]
    ticks = lcm(8, *{below for _, below in ratios})
    return ticks, [above * (ticks // below) for above, below in ratios]


def flatten(bars: Iterable[Bar]) -> tuple[Note, ...]:
    """The notes of ``bars`` in written order, with onsets in quarter notes from the start of the first bar."""
    notes: list[Note] = []
    onset = Fraction(0)
    for index, bar in enumerate(bars):
        for event in bar.events:
            notes += [Note(pitch.midi, pitch.name, onset, Fraction(0), index, grace=True) for pitch, _ in event.graces]
            if event.rest:
                notes.append(Note(None, "", onset, event.duration, index, tuplet=event.tuplet))
            for pitch in event.pitches:
                notes.append(
                    Note(pitch.midi, pitch.name, onset, event.duration, index, pitch.midi in event.tie, event.tuplet)
                )
            onset += event.duration
    return tuple(notes)
