"""How a tune is played: its tempo, its bars in playing order, its sounding notes in seconds."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from seqlab.music.notes import Bar, Notated, flatten

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
_PART_ENDS = (":|", "||", "|]")


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
        return min(max(tune.tempo, 20.0), 400.0)
    bar = tune.bars[0].meter
    if tune.rhythm in _BARS_A_MINUTE and bar.bar:
        return float(_BARS_A_MINUTE[tune.rhythm] * bar.bar)
    return float(_OTHER_QUARTERS[bar.compound])


def playing_order(bars: Sequence[Bar], repeats: bool = True) -> list[int]:
    """Indices of ``bars`` as they are played.

    ``:|`` goes back to the last ``|:``, ``:|`` or double bar, and each time through takes its own ending.
    Without ``repeats`` each part is played once, into its last ending.
    """
    order: list[int] = []
    index = part = 0  # part: the bar to which a repeat goes back
    while index < len(bars):
        bar = bars[index]
        if bar.left or (index and bars[index - 1].right in _PART_ENDS and not bar.ending):
            part = index
        if not bar.ending:
            order.append(index)
            if bar.right == ":|" and repeats:
                order += range(part, index + 1)
            index += 1
            continue
        endings, before = _endings(bars, index), range(part, index)
        if len(endings) == 1 and bar.ending[0] == "1":
            endings *= 2
        for time, ending in enumerate(endings if repeats else endings[-1:]):
            order += [*(before if time else ()), *ending]
        index = part = endings[-1].stop
    return order


def _endings(bars: Sequence[Bar], index: int) -> list[range]:
    """The bars of the ending that begins at ``index`` and of those that follow it directly."""
    found: list[range] = []
    while index < len(bars) and bars[index].ending and not (found and bars[index].ending.startswith("1")):
        stop = index
        while bars[stop].right not in _PART_ENDS and stop + 1 < len(bars) and not bars[stop + 1].ending:
            stop += 1
        found.append(range(index, stop + 1))
        index = stop + 1
    return found


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
    seconds = 60.0 / tempo(tune)
    notes = played(tune.bars, playing_order(tune.bars, repeats))
    return [Sounding(note.pitch, float(note.start) * seconds, float(note.end) * seconds) for note in notes]


def length(tune: Notated, repeats: bool = False) -> float:
    """Seconds from the first note to the end of the last note or rest."""
    quarters = sum((tune.bars[i].duration for i in playing_order(tune.bars, repeats)), Fraction(0))
    return float(quarters) * 60.0 / tempo(tune)
