"""MIDI, music21 and files on disk hold the notes that the tune holds."""

import io
import wave

import mido
import numpy as np
import pytest

from seqlab.errors import SeqlabError
from seqlab.music import from_music21, load_tunes, midi_bytes, parse, save, to_music21, wav_bytes
from seqlab.music.midi import TICKS
from seqlab.music.playback import length, sounding, tempo

TUNE = parse(
    "X:1\nT:Ó Café\nR:reel\nM:4/4\nL:1/8\nK:Gm\n"
    '|:"Gm"G-|"D7/f#"G2^F2 (3GAB {c}d>c|[GBd]4 z2 =E2:|\n|1 g8:|2 G6||\n[K:D][M:6/8]d3 f2e|\n'
)


@pytest.fixture(scope="module")
def tunes():
    return load_tunes(("oneill", "ryan", "aird", "miscFolk"), ornaments=True)[::60]


def notes_of(data):
    """(pitch, start, end) in ticks of a MIDI file's notes."""
    now, open_notes, found = 0, {}, []
    for message in mido.MidiFile(file=io.BytesIO(data)).tracks[0]:
        now += message.time
        if message.type == "note_on":
            open_notes[message.note] = now
        elif message.type == "note_off":
            found.append((message.note, open_notes.pop(message.note), now))
    assert not open_notes
    return sorted(found), now


def test_midi_plays_what_sounds_at_its_time(tunes):
    for tune in [TUNE, *tunes[:20]]:
        found, end = notes_of(midi_bytes(tune))
        seconds = 60 / tempo(tune) / TICKS
        expected = sorted(sounding(tune, repeats=True))
        assert [pitch for pitch, _, _ in found] == [note.pitch for note in expected]
        times = np.array([(start * seconds, stop * seconds) for _, start, stop in found])
        assert np.allclose(times, [(note.start, note.end) for note in expected], atol=1e-3)
        assert end * seconds == pytest.approx(length(tune, repeats=True), abs=1e-4)


def test_midi_says_tempo_meter_key_and_title():
    messages = {m.type: m for m in reversed(mido.MidiFile(file=io.BytesIO(midi_bytes(TUNE))).tracks[0])}
    assert messages["set_tempo"].tempo == mido.bpm2tempo(200)
    assert (messages["time_signature"].numerator, messages["time_signature"].denominator) == (4, 4)
    assert messages["key_signature"].key == "Bb"
    assert messages["track_name"].name == "Ó Café"


def test_there_and_back_through_music21(tunes):
    for tune in [TUNE, *tunes]:
        back = from_music21(to_music21(tune))
        assert [n[:4] + n[5:6] for n in back.notes] == [n[:4] + n[5:6] for n in tune.notes], tune.id
        assert [(b.left, b.right or "|]", b.ending) for b in back.bars][:-1] == [
            (b.left, b.right, b.ending) for b in tune.bars
        ][:-1]
        assert (back.key, back.meter) == (tune.key, tune.meter)
    assert next(event.symbol for event in from_music21(to_music21(TUNE)).bars[1].events) == "D7/F#"


def test_music21_finds_the_same_notes(tunes):
    for tune in tunes[:15]:
        found = [n for n in to_music21(tune).recurse().notes if not n.duration.isGrace]
        pitches = [pitch.nameWithOctave.replace("-", "b") for n in found for pitch in n.pitches]
        assert pitches == [n.name for n in tune.notes if n.name and not n.grace]


def test_a_stream_without_bars_or_notes():
    from music21 import note, stream

    line = stream.Stream([note.Note("F#4", quarterLength=1), note.Note("B-3", quarterLength=0.5)])
    assert [n.name for n in from_music21(line).notes][:2] == ["F#4", "Bb3"]
    with pytest.raises(SeqlabError, match="not a single note"):
        from_music21(stream.Stream())


def test_stereo_is_wider_and_twice_the_size():
    data = wav_bytes(TUNE, rate=16_000, stereo=True)
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 16_000)
        both = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert len(data) < 64_500 * length(TUNE) + 20_000
    assert np.array_equal(both[:-176, 0], both[176:, 1])


def test_save_writes_all_or_nothing(tmp_path):
    paths = save(TUNE, tmp_path / "new" / "tune-1")
    assert [path.name for path in paths] == ["tune-1.abc", "tune-1.svg", "tune-1.mid", "tune-1.wav"]
    assert sorted((tmp_path / "new").iterdir()) == sorted(paths)
    (again,) = load_tunes(paths[0], require_complete=False, ornaments=True)
    assert (again.title, again.abc) == (TUNE.title, TUNE.abc)
    assert [path.read_bytes()[:4] for path in paths[1:]] == [b"<svg", b"MThd", b"RIFF"]
    with pytest.raises(SeqlabError, match="abc, svg, mid, wav"):
        save(TUNE, tmp_path / "x", formats=["abc", "mp3"])
    with pytest.raises(SeqlabError, match="256th"):
        save(parse("X:1\nL:1/64\nK:C\nA///|"), tmp_path / "short")
    (tmp_path / "file").write_text("")
    with pytest.raises(SeqlabError, match="folder that can be written"):
        save(TUNE, tmp_path / "file" / "x", formats=["abc"])
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(("x", "short", "."))]
