"""How a tune is played: its tempo, its bars in playing order (see `seqlab.music.passes`), its notes in seconds."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from seqlab.music.notes import Bar, Notated, flatten
from seqlab.music.passes import playing_order

# bars a minute at a moderate session tempo
_BARS_A_MINUTE = {
    "air": 30,
    "fling": 40,
    "hornpipe": 40,
    "clog": 40,
    "jig": 56,
    "march": 48,
    "polka": 60,
    "reel": 50,
    "slide": 32,
    "slip jig": 40,
    "strathspey": 34,
    "walkaround": 48,
    "waltz": 48,
}
_OTHER_QUARTERS = {True: 168, False: 120}  # quarter notes a minute, by compound meter
_GRACE = Fraction(1, 8)  # quarter notes a grace note takes
_SLOWEST, _FASTEST = 20.0, 400.0  # quarter notes a minute


class Played(NamedTuple):
    """A pitch that sounds from ``start`` to ``end``, in quarter notes; ``stressed`` opens its bar."""

    pitch: int
    start: Fraction
    end: Fraction
    stressed: bool


class Sounding(NamedTuple):
    """A pitch that sounds from ``start`` to ``end``, in seconds."""

    pitch: int
    start: float
    end: float


def tempo(tune: Notated) -> float:
    """Quarter notes a minute: as the source says, within 20 to 400, else by the rhythm, else by the meter."""
    if tune.tempo:
        return _within_reach(tune.tempo)
    bar = tune.bars[0].meter
    if tune.rhythm in _BARS_A_MINUTE and bar.bar:
        return float(_BARS_A_MINUTE[tune.rhythm] * bar.bar)
    return float(_OTHER_QUARTERS[bar.compound])


def _within_reach(quarters: float) -> float:
    return min(max(quarters, _SLOWEST), _FASTEST)


def tempos(tune: Notated, order: Iterable[int]) -> list[tuple[Fraction, float]]:
    """Where each tempo begins to hold, in quarter notes from the start, and its quarter notes a minute.

    A ``Q:`` within the tune holds from where it is written: who goes back to the bars before it takes up theirs.
    """
    now, at_bar = tempo(tune), []
    for bar in tune.bars:
        at_bar.append(now)
        now = next((_within_reach(e.tempo.quarters) for e in reversed(bar.events) if e.tempo), now)
    found = [(Fraction(0), tempo(tune))]
    onset = Fraction(0)
    for index in order:
        changes, within = [(onset, at_bar[index])], onset
        for event in tune.bars[index].events:
            if event.tempo:
                changes.append((within, _within_reach(event.tempo.quarters)))
            within += event.duration
        for place, quarters in changes:
            if quarters != found[-1][1]:
                found.append((place, quarters))
        onset += tune.bars[index].duration
    return found


class _Clock:
    """From quarter notes to seconds."""

    def __init__(self, tune: Notated, order: Sequence[int]) -> None:
        self.onsets: list[Fraction] = []
        self.stretches: list[tuple[float, float]] = []  # seconds at that onset, and a quarter note's seconds after it
        for onset, quarters in tempos(tune, order):
            self.stretches.append((self.seconds(onset) if self.onsets else 0.0, 60.0 / quarters))
            self.onsets.append(onset)

    def seconds(self, quarters: Fraction) -> float:
        """Seconds from the start."""
        place = bisect_right(self.onsets, quarters) - 1
        start, each = self.stretches[place]
        return start + float(quarters - self.onsets[place]) * each


def played(bars: Sequence[Bar], order: Iterable[int]) -> list[Played]:
    """The pitches of ``bars`` in playing order; ties joined, grace notes taken from the note before.

    Args:
        bars: of one tune, in written order.
        order: indices of them, as `playing_order` gives them.
    """
    notes: list[Played] = []
    held: dict[int, int] = {}  # pitch under a tie -> its place in notes
    graces: list[int] = []
    bar = -1
    for note in flatten([bars[i] for i in order]):
        start, end, pitch = note.onset, note.onset + note.duration, note.pitch
        if note.grace and pitch is not None:
            graces.append(pitch)
            continue
        if graces:
            _put_before(notes, graces, start)
            graces = []
        if pitch is None:
            held = {}
        elif pitch in held and notes[held[pitch]].end == start:
            place = held.pop(pitch)
            notes[place] = notes[place]._replace(end=end)
        else:
            place = len(notes)
            notes.append(Played(pitch, start, end, note.bar != bar))
        bar = note.bar
        if pitch is not None and note.tie:
            held[pitch] = place
    return notes


def _put_before(notes: list[Played], graces: list[int], beat: Fraction) -> None:
    """Grace notes sound before the beat, in time that the note before gives up, at most half of it."""
    if not notes:
        return
    last = notes[-1]
    room = min(_GRACE * len(graces), (last.end - last.start) / 2 if last.end == beat else _GRACE)
    first, each = beat - room, room / len(graces)
    for place in range(len(notes) - 1, -1, -1):  # of a chord every note gives way
        if notes[place].end <= first:
            break
        notes[place] = notes[place]._replace(end=first)
    for i, pitch in enumerate(graces):
        notes.append(Played(pitch, first + i * each, first + (i + 1) * each, False))


def sounding(tune: Notated, repeats: bool = False) -> list[Sounding]:
    """The pitches of ``tune`` in playing order, with their start and end in seconds; ties joined."""
    order = playing_order(tune.bars, repeats)
    clock = _Clock(tune, order)
    notes = played(tune.bars, order)
    return [Sounding(note.pitch, clock.seconds(note.start), clock.seconds(note.end)) for note in notes]


def length(tune: Notated, repeats: bool = False) -> float:
    """Seconds from the first note to the end of the last note or rest."""
    order = playing_order(tune.bars, repeats)
    return _Clock(tune, order).seconds(sum((tune.bars[i].duration for i in order), Fraction(0)))
