"""Score, piano roll and sound say what the notes say."""

import io
import re
import wave
from fractions import Fraction as F
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

from seqlab.errors import SeqlabError
from seqlab.music import load_tunes, parse, piano_roll, score_svg, sound, wav_bytes
from seqlab.music.audio import waveform
from seqlab.music.mei import mei
from seqlab.music.passes import playing_order
from seqlab.music.playback import length, sounding, tempo
from seqlab.music.pluck import frequency, pluck
from seqlab.music.score import score_svgs

matplotlib.use("Agg")
MEI = "{http://www.music-encoding.org/ns/mei}"
JIG = parse(
    "X:1\nT:A jig\nR:jig\nM:6/8\nL:1/8\nK:D\nA|def gfe|^c3- c2B|{g}A>Bc (3dcB A|[DFA]6:|\n|:B|=cde f2z|1 d3z2:|2 d6|]\n"
)


def every(text, tag):
    return list(ElementTree.fromstring(text.encode()).iter(MEI + tag))


def test_mei_holds_every_note_with_its_value():
    text = mei(JIG)
    heads = [note for note in every(text, "note") if "grace" not in note.attrib]
    pitched = [note for note in JIG.notes if note.pitch is not None and not note.grace]
    assert [h.get("pname") + h.get("oct") for h in heads] == [n.name[0].lower() + n.name[-1] for n in pitched]
    assert len(every(text, "measure")) == len(JIG.bars)
    assert len(every(text, "tuplet")) == 1
    assert len(every(text, "chord")) == 1
    assert len(every(text, "ending")) == 2
    assert [m.get("right") for m in every(text, "measure")].count("rptboth") == 1


def test_mei_draws_an_accidental_only_where_the_staff_needs_it():
    drawn = [note.get("accid") for note in every(mei(parse("X:1\nM:4/4\nL:1/8\nK:G\nf^g g=f|f2 ^f2 g4|")), "note")]
    assert drawn == [None, "s", None, "n", None, "s", None]


def test_mei_places_chord_symbols_by_the_beat():
    symbols = every(mei(parse('X:1\nM:4/4\nL:1/8\nK:G\n"G"G2 "Am7/e"AB "bass"d4|')), "harm")
    assert [(harm.text, harm.get("tstamp")) for harm in symbols] == [("G", "1"), ("Am7/e", "2")]


def test_mei_splits_a_length_that_no_single_note_has():
    heads = every(mei(parse("X:1\nM:4/4\nL:1/8\nK:C\nA5 B3|")), "note")
    assert [(h.get("dur"), h.get("dots"), h.get("tie")) for h in heads] == [
        ("2", None, "i"),
        ("8", None, "t"),
        ("4", "1", None),
    ]


def test_score_is_an_image_of_the_notes():
    image = score_svg(JIG)
    ElementTree.fromstring(image)
    heads = len(re.findall(r'class="note"', image))
    assert heads == sum(note.pitch is not None for note in JIG.notes)
    assert image.startswith('<svg role="img" aria-label="Score of A jig,')


def test_many_scores_in_one_run():
    assert len(set(score_svgs([JIG, parse("X:1\nK:C\nAB|")]))) == 2


def test_a_note_too_short_to_draw_is_refused():
    with pytest.raises(SeqlabError, match="256th"):
        score_svg(parse("X:1\nL:1/64\nK:C\nA///|"))


@pytest.mark.parametrize(
    ("body", "twice", "once"),
    [
        ("A|B:|c|d:|", [0, 1, 0, 1, 2, 3, 2, 3], [0, 1, 2, 3]),
        ("|:A|1 B:|2 c|]d|", [0, 1, 0, 2, 3], [0, 2, 3]),
        ("A|B|", [0, 1], [0, 1]),
        ("A|:B:|c|", [0, 1, 1, 2], [0, 1, 2]),
        ("A||B|c:|", [0, 1, 2, 1, 2], [0, 1, 2]),
        ("|:A|1 B:|2 c:|3 d||e|", [0, 1, 0, 2, 0, 3, 4], [0, 3, 4]),
        ("A:|2 B||", [0, 0, 1], [0, 1]),
    ],
)
def test_playing_order(body, twice, once):
    bars = parse(f"X:1\nK:C\n{body}").bars
    assert playing_order(bars) == twice
    assert playing_order(bars, repeats=False) == once


def test_tempo_comes_from_source_rhythm_or_meter():
    assert tempo(JIG) == 56 * 3
    assert tempo(parse("X:1\nM:4/4\nQ:1/2=100\nK:C\nA")) == 200
    assert tempo(parse("X:1\nM:4/4\nK:C\nA")) == 120


def test_ties_sound_as_one_note():
    notes = sounding(parse("X:1\nM:4/4\nL:1/4\nQ:1/4=60\nK:C\nA2-A-|A2 z A|"))
    assert [(n.pitch, n.start, n.end) for n in notes] == [(69, 0, 5), (69, 6, 7)]


def test_grace_notes_take_their_time_from_the_note_before():
    notes = sounding(parse("X:1\nM:4/4\nL:1/4\nQ:1/4=60\nK:C\n{e}A2{Bc}A2|"))
    assert [(n.pitch, n.start, n.end) for n in notes] == [(69, 0, 1.75), (71, 1.75, 1.875), (72, 1.875, 2), (69, 2, 4)]


def test_sound_lasts_as_long_as_the_notes_and_does_not_clip():
    with wave.open(io.BytesIO(wav_bytes(JIG))) as file:
        seconds = file.getnframes() / file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    quarters = F(1, 2) + 3 * 3 + 3 + F(1, 2) + 3 + 3  # each part once, into its second ending
    assert seconds == pytest.approx(float(quarters) * 60 / 168 + 0.25, abs=0.001)
    assert length(JIG, repeats=True) > length(JIG)
    assert 0.85 * 32767 < np.abs(samples).max() < 32767
    assert abs(samples.mean()) < 20


def cents_off(samples, pitch, rate):
    """How far the partial nearest the expected pitch lies from it."""
    n = 1 << 17
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), n))
    expected = frequency(pitch)
    near = np.arange(int(expected * 0.94 * n / rate), int(expected * 1.06 * n / rate) + 1)
    peak = near[spectrum[near].argmax()]
    a, b, c = np.log(spectrum[peak - 1 : peak + 2])
    found = (peak + 0.5 * (a - c) / (a - 2 * b + c)) * rate / n
    return 1200 * np.log2(found / expected)


@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100])
def test_every_pitch_is_in_tune(rate):
    off = {pitch: cents_off(pluck(pitch, 0.5, rate), pitch, rate) for pitch in range(50, 94)}
    assert max(map(abs, off.values())) < 20, off


def test_each_note_of_a_tune_sounds_at_its_time():
    scale = parse("X:1\nM:4/4\nL:1/4\nQ:1/4=120\nK:D\nDEFG|ABcd|")
    samples, rate = waveform(scale), 22_050
    for note in scale.notes:
        start = int(float(note.onset) * 0.5 * rate)
        assert abs(cents_off(samples[start : start + int(0.45 * rate)], note.pitch, rate)) < 20


@pytest.mark.parametrize("id", ["oneill/101", "oneill/1299", "ryan/AcaciaReel"])
def test_each_note_of_a_real_tune_sounds_in_tune(id):
    tune = next(tune for tune in load_tunes(("oneill", "ryan")) if tune.id == id)
    samples, rate = waveform(tune), 22_050
    for note in sounding(tune):
        start, end = round(note.start * rate), round(note.end * rate)
        assert abs(cents_off(samples[start:end], note.pitch, rate)) < 20


def test_sound_refuses_what_no_one_wants_to_hear():
    with pytest.raises(SeqlabError, match="samples a second"):
        wav_bytes(JIG, rate=100)
    with pytest.raises(SeqlabError, match="ten minutes"):
        wav_bytes(parse("X:1\nM:4/4\nL:1/1\nQ:1/4=20\nK:C\n" + "A16|" * 20))


def test_a_tune_shows_itself():
    html = JIG._repr_html_()
    assert "A jig" in html
    assert "<svg" in html
    assert 'src="data:audio/wav;base64,' in html
    assert sound(JIG).data[:4] == b"RIFF"


def test_piano_roll_has_a_bar_for_every_note():
    axes = piano_roll(JIG)
    drawn = sorted((p.get_y() + p.get_height() / 2, p.get_x(), p.get_width()) for p in axes.patches)
    notes = [note for note in JIG.notes if note.pitch is not None and not note.grace]
    assert np.allclose(drawn, sorted((n.pitch, float(n.onset), float(n.duration)) for n in notes))
