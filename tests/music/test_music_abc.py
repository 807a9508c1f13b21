"""Reading ABC: what sounds, how long, and what is refused."""

from fractions import Fraction as F

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.music import ABCError, is_complete, parse
from seqlab.music.abc import read
from seqlab.music.keys import parse_key


def tune(body, key="C", meter="4/4", unit="1/8"):
    return parse(f"X:1\nM:{meter}\nL:{unit}\nK:{key}\n{body}\n")


def names(body, **fields):
    return [note.name or "z" for note in tune(body, **fields).notes]


def durations(body, **fields):
    return [note.duration for note in tune(body, **fields).notes]


def test_octaves_and_lengths():
    assert names("C,Cc c'z") == ["C3", "C4", "C5", "C6", "z"]
    assert [n.pitch for n in tune("C,Cc c'z").notes] == [48, 60, 72, 84, None]
    assert durations("A A2 A/ A// A3/2 A/4 A3/") == [F(1, 2), 1, F(1, 4), F(1, 8), F(3, 4), F(1, 8), F(3, 4)]


@pytest.mark.parametrize(
    ("key", "sharp_or_flat"),
    [
        ("G", {"F": 1}),
        ("Em", {"F": 1}),
        ("E Minor", {"F": 1}),
        ("Ador", {"F": 1}),
        ("A Mixolydian", {"F": 1, "C": 1}),
        ("Bb", {"B": -1, "E": -1}),
        ("F#m", {"F": 1, "C": 1, "G": 1}),
        ("Dphr", {"B": -1, "E": -1}),
        ("Flyd", {}),
        ("Bloc", {}),
        ("HP", {"F": 1, "C": 1}),
        ("none", {}),
        ("D =c ^g", {"F": 1, "C": 0, "G": 1}),
        ("Dmix=c", {"F": 1, "C": 0}),
        ("D exp _b ^g", {"F": 0, "C": 0, "B": -1, "G": 1}),
        ("Em clef=bass", {"F": 1}),
        ("Cb", dict.fromkeys("BEADGCF", -1)),
    ],
)
def test_signatures(key, sharp_or_flat):
    reading = read(f"X:1\nK:{key}\nA")
    assert reading.key.signature == sharp_or_flat
    assert parse_key(str(reading.key)) == reading.key


def test_accidentals_last_the_bar_in_every_octave_and_no_longer():
    assert names("^FFf|F", key="C") == ["F#4", "F#4", "F#5", "F4"]
    assert names("=FF|F", key="G") == ["F4", "F4", "F#4"]
    assert names("^F-|F F", key="C") == ["F#4", "F#4", "F4"]  # a tie carries the sharp, once


def test_accidentals_by_octave_where_the_file_says_so():
    text = "X:1\nL:1/8\nK:C\n%%propagate-accidentals octave\n^Ff|"
    assert [note.name for note in parse(text).notes] == ["F#4", "F5"]


def test_broken_rhythm():
    assert durations("A>B c<d") == [F(3, 4), F(1, 4), F(1, 4), F(3, 4)]
    assert durations("A>>B A2 > B2") == [F(7, 8), F(1, 8), F(3, 2), F(1, 2)]


def test_tuplets_take_their_time_from_the_meter():
    assert durations("(3ABc d2") == [F(1, 3)] * 3 + [1]
    assert durations("(3:2:4ABcd") == [F(1, 3)] * 4
    assert durations("(5ABcde", meter="6/8") == [F(3, 10)] * 5
    assert durations("(5ABcde", meter="4/4") == [F(1, 5)] * 5
    assert durations("(2AB", meter="6/8") == [F(3, 4)] * 2


def test_default_unit_follows_the_meter():
    assert parse("X:1\nM:2/4\nK:C\nA").notes[0].duration == F(1, 4)
    assert parse("X:1\nM:6/8\nK:C\nA").notes[0].duration == F(1, 2)


def test_graces_chords_ties_and_what_does_not_sound():
    notes = tune('!trill!"Am"{gf}A2- .~A ("^up"[CEG]4) y vB % end\n').notes
    assert [note.name for note in notes] == ["G5", "F5", "A4", "A4", "C4", "E4", "G4", "B4"]
    assert [note.grace for note in notes] == [True, True] + [False] * 6
    assert [note.onset for note in notes] == [0, 0, 0, 1, F(3, 2), F(3, 2), F(3, 2), F(7, 2)]
    assert notes[2].tie
    assert not notes[3].tie


def test_bars_repeats_and_endings():
    bars = tune("|:A8|1 B8:|2 c8||d8::e8|]").bars
    assert [bar.left for bar in bars] == ["|:", "", "", "", "|:"]
    assert [bar.right for bar in bars] == ["|", ":|", "||", ":|", "|]"]
    assert [bar.ending for bar in bars] == ["", "1", "2", "", ""]


def test_changes_in_the_body():
    notes = tune("F8|[K:D]F8|\nM:3/4\nL:1/4\nK:Bb\nB3|[M:4/4][L:1/8]B8|").notes
    assert [note.name for note in notes] == ["F4", "F#4", "Bb4", "Bb4"]
    assert [note.duration for note in notes] == [4, 4, 3, 4]


def test_continuations_old_line_ends_and_carriage_returns():
    assert parse("X:1\rL:1/8\rK:C\rAB|\\\rcd|!\ref|\r").body == parse("X:1\nL:1/8\nK:C\nAB|cd|ef|").body


def test_rests_of_whole_bars():
    bars = tune("Z2|A8|").bars
    assert [bar.duration for bar in bars] == [4, 4, 4]


def test_text_blocks_and_field_continuations_are_no_music():
    body = "AB|\n%%begintext\nThis is no music!\n%%endtext\nw:la la\n+:la\ncd|\nW:Words?\n"
    assert tune(body).body == "AB|cd|\n"
    with pytest.raises(ABCError) as error:
        tune(body + "?")
    assert error.value.line == 13


def test_any_voice_can_be_read():
    text = "X:1\nM:4/4\nL:1/8\nK:C\nV:1\nA4 B4|\nV:low\nc4 d4|\nV:1\ne8|\n"
    assert parse(text, voice="low").body == "c4 d4|\n"
    assert parse(text).body == "A4 B4|e8|\n"


def test_first_of_several_voices():
    assert names("[V:1] A4 B4|[V:2] c4 d4|[V:1] e8|") == ["A4", "B4", "E5"]


@pytest.mark.parametrize(
    ("body", "line", "word"),
    [
        ("AB|\n(3AB|", 6, "tuplet"),
        ("A>|B", 5, ">"),
        ("[CE", 5, "'['"),
        ("A}B", 5, "}"),
        ("AB|\n?", 6, "'?'"),
        ("A999999", 5, "reach"),
        ("A0", 5, "length"),
        ("|||", 5, "note"),
        ("c''''''''''", 5, "MIDI"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(body, line, word):
    with pytest.raises(ABCError, match=f"line {line}: ") as error:
        tune(body)
    assert error.value.line == line
    assert word in error.value.reason


def test_a_text_without_key_is_no_tune():
    with pytest.raises(ABCError, match="K: field"):
        parse("X:1\nT:nothing\n")


def test_what_is_not_a_text_is_refused():
    with pytest.raises(ABCError, match="not NoneType"):
        parse(None)


def test_complete_bars():
    assert is_complete(tune("D|GABc dedB|A6 z:|"))
    assert is_complete(tune("D|GABc dedB|A4 A3:|"))  # the upbeat is made up for at the end
    assert not is_complete(tune("D|GABc ded|A8:|"))  # short in the middle
    assert not is_complete(tune("GABc dedBA|A8:|"))  # too long
    assert tune("D|GABc dedB|").complete


def test_normal_form_is_one_way_to_write_it():
    messy = "X:7\nT:A title\nM:C\nL:1/8\nN:words\nK:Gmaj\n" + (
        '"G"(GA)Bc d/2e/2 f1 !fermata!g2|a2 "^x"b2 [L:1/4] a2:: % words\n.c.d {ge}f2|]'
    )
    assert parse(messy).abc == 'X:1\nM:4/4\nL:1/8\nK:G\n"G"GABc d/e/fg2|a2b2 a4:|\n|:c2d2 {ge}f4|]\n'
    plain = parse(messy, graces=False, chords=False)
    assert plain.body == "GABc d/e/fg2|a2b2 a4:|\n|:c2d2 f4|]\n"


WORDS = st.lists(
    st.sampled_from(
        [
            "A",
            "^c",
            "_B",
            "=f",
            "D,",
            "g'",
            "z",
            "2",
            "3/2",
            "/",
            "(3",
            ">",
            "<",
            "-",
            "|",
            ":|",
            "|:",
            "::",
            "|1",
            ":|2",
            "[",
            "]",
            "[CEG]",
            "{g}",
            "{",
            "}",
            "\n",
            " ",
            '"Am"',
            "!trill!",
            "[K:D]",
            "[M:6/8]",
            "[L:1/16]",
            "Z",
            "x",
            "y",
            "&",
            "%",
            "\\",
            "V:2\n",
            "K:Ador\n",
            "é",
            "\x00",
        ]
    ),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(WORDS)
def test_any_text_is_read_or_refused_and_reading_is_stable(words):
    try:
        once = tune("".join(words))
    except ABCError:
        return
    again = parse(once.abc)
    assert again.abc == once.abc
    assert [n[:4] for n in again.notes] == [n[:4] for n in once.notes]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_rubbish_is_refused_politely(text):
    with pytest.raises(ABCError) as error:
        parse(text)
    assert error.value.line >= 1
    assert error.value.reason
