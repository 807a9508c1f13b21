"""A tune as a MIDI file, from its notes."""

import io
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from seqlab.music.notes import Bar, Notated
from seqlab.music.passes import playing_order
from seqlab.music.playback import played, tempos

if TYPE_CHECKING:
    from mido import Message, MetaMessage

TICKS = 5040  # a quarter note: halves, thirds, fifths, sevenths and ninths of it are whole numbers
_VELOCITY, _STRESSED = 80, 96
_VIOLIN = 40  # General MIDI program, counted from 0
# major keys from seven flats to seven sharps
_KEYS = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")


def midi_bytes(tune: Notated, repeats: bool = True) -> bytes:
    """A standard MIDI file of ``tune``: title, tempo, meter and key, then its notes.

    Args:
        tune: a Tune.
        repeats: play repeated parts twice.

    Tempo as in `seqlab.music.playback.tempo`; a quarter note has 5,040 ticks, so that every duration is exact.
    """
    import mido

    bars = tune.bars
    order = playing_order(bars, repeats)
    track = mido.MidiTrack()
    file = mido.MidiFile(type=0, ticks_per_beat=TICKS)
    file.tracks.append(track)
    events: list[tuple[int, int, Message | MetaMessage]] = []  # (tick, rank, message)
    title = (tune.title or "Untitled").encode("latin-1", "replace").decode("latin-1")
    events.append((0, 0, mido.MetaMessage("track_name", name=title)))
    for onset, quarters in tempos(tune, order):
        events.append((_ticks(onset), 0, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(quarters))))
    events.append((0, 0, mido.Message("program_change", program=_VIOLIN)))
    events += _signatures(bars, order)
    for note in played(bars, order):
        velocity = _STRESSED if note.stressed else _VELOCITY
        events.append((_ticks(note.start), 2, mido.Message("note_on", note=note.pitch, velocity=velocity)))
        events.append((_ticks(note.end), 1, mido.Message("note_off", note=note.pitch, velocity=0)))
    now = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    length = _ticks(sum((bars[i].duration for i in order), Fraction(0)))
    track.append(mido.MetaMessage("end_of_track", time=max(length - now, 0)))
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def _ticks(quarters: Fraction) -> int:
    return round(quarters * TICKS)


def _signatures(bars: Sequence[Bar], order: Iterable[int]) -> "Iterator[tuple[int, int, MetaMessage]]":
    """Meter and key where they begin to hold."""
    import mido

    onset, before = Fraction(0), None
    for index in order:
        meter, sharps = bars[index].meter, bars[index].sharps
        if meter.bar and (before is None or meter != before.meter):
            change = mido.MetaMessage("time_signature", numerator=meter.beats, denominator=meter.unit)
            yield _ticks(onset), 0, change
        if before is None or sharps != before.sharps:
            yield _ticks(onset), 0, mido.MetaMessage("key_signature", key=_KEYS[sharps + 7])
        before = bars[index]
        onset += bars[index].duration
