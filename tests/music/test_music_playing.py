"""The order of bars: every repeat, ending and part as it is written, no bar and no pass lost."""

import io
import itertools

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.errors import SeqlabError
from seqlab.music import ABCError, midi_bytes, parse, transpose
from seqlab.music.parts import order_of_parts
from seqlab.music.passes import playing_order
from seqlab.music.playback import length, played, sounding


def tune(body, header=""):
    return parse(f"X:1\nM:4/4\nL:1/1\n{header}K:C\n{body}\n")


def letters(body, header="", repeats=True):
    """The bars of a tune of one note each, by that note, in playing order."""
    bars = tune(body, header).bars
    return "".join(bars[i].events[0].pitches[0].letter for i in playing_order(bars, repeats))


@pytest.mark.parametrize(
    ("body", "order"),
    [
        ("|:A||B:|C|]", "ABABC"),  # a double bar inside |: is none
        ("A||B:|C|]", "ABBC"),
        ("|:A||B|C:|", "ABCABC"),  # back to the upbeat too
        ("|:A|[1,2 B:|[3 C|]", "ABABAC"),
        ("|:A|[1,3 B:|[2 C:|[4 D|]", "ABACABAD"),
        ("|:A|1-2 B:|3 C|]", "ABABAC"),
        ("|:A|[1 B:|[3 C|]", "ABAC"),
        ("|:A|1 B:|C|]", "ABAC"),  # the second ending without its number
        ("|:A|1 B:|C|D:|", "ABACDCD"),
        ("|:A|1 B:|", "ABAB"),
        ("|:A|1 B:|\n|:C:|", "ABABCC"),
        ("A:|2 B|C||", "AABC"),  # the first without its number
        ("|:A|1 B|2 C|]", "ABAC"),  # the sign that goes back left out
        ("A|2 B|]", "AB"),
        ("|:A[|]B:|C|", "ABABC"),  # an invisible bar line
        ("|:A|1 B[|]C:|2 D|]", "ABCAD"),
        ("A|B[|]:|C[|]|]D:|", "ABABCDD"),
        ("A:|\n:B:|", "AABB"),
        ("|::A::|B|", "AAAB"),
        ("|::A|1,2 B::|3 C|]", "ABABAC"),
        ("|:A:::|B|", "AAAAB"),
        ("|:A::B:|", "AABB"),
        ("|:A:||:B:|", "AABB"),
    ],
)
def test_each_sign_as_the_standard_says(body, order):
    assert letters(body) == order
    again = parse(tune(body).abc)
    assert playing_order(again.bars) == playing_order(tune(body).bars)


@pytest.mark.parametrize(
    ("body", "order"), [("|:A|1 B:|2 C|]D|", "ACD"), ("|:A|1 B:|C|]", "AC"), ("|:A|1 B:|", "AB"), ("|::A::|B|", "AB")]
)
def test_without_repeats_each_part_once_into_its_last_ending(body, order):
    assert letters(body, repeats=False) == order


@st.composite
def sections(draw):
    """A tune of parts as its writer means it: (ABC, its bars in playing order)."""
    bars, text, meant = itertools.count(), "", []

    def run(most):
        return [next(bars) for _ in range(draw(st.integers(1, most)))]

    def joined(own, sign="|"):
        return sign.join("C" for _ in own)

    for _ in range(draw(st.integers(1, 4))):
        common, passes = run(3), draw(st.integers(1, 4))
        inner = draw(st.sampled_from(["|", "||", "[|]", ".|"]))
        if passes == 1:
            text += joined(common) + "||\n"
            meant += common
        elif draw(st.booleans()):
            colons = ":" * (passes - 1)
            text += f"|{colons}{joined(common, inner)}{colons}|\n"
            meant += common * passes
        else:
            endings: dict[int, list[int]] = {}
            for number in range(1, passes + 1):
                endings.setdefault(draw(st.integers(0, number - 1)), []).append(number)
            text += f"|:{joined(common, inner)}|"
            played_in = {}
            for numbers in endings.values():
                own = run(2)
                played_in |= dict.fromkeys(numbers, own)
                text += f"[{','.join(map(str, numbers))} {joined(own)}:|"
            text = text.removesuffix(":|") + "|]\n"
            meant += [bar for number in range(1, passes + 1) for bar in (*common, *played_in[number])]
    return text, meant


@settings(max_examples=200, deadline=None)
@given(sections())
def test_what_was_meant_is_played(section):
    text, meant = section
    once = tune(text)
    assert playing_order(once.bars) == meant
    assert playing_order(parse(once.abc).bars) == meant


SIGNS = ["|", "||", "|]", "[|]", ":|", "|:", "::", "|1 ", ":|2 ", ":|", "[1,3 ", "[2 ", "|::", "::|", "\n"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(SIGNS), max_size=20))
def test_whatever_signs_there_are_no_bar_is_lost(signs):
    bars = tune("C" + "".join(sign + "C" for sign in signs)).bars
    order = playing_order(bars)
    assert set(order) == set(range(len(bars)))
    once = playing_order(bars, repeats=False)
    assert once == sorted(set(once))


def test_what_would_be_played_without_end_is_refused():
    bars = tune("|:" + "A|" * 3_900 + "[1-32 B:|").bars
    with pytest.raises(SeqlabError, match="100,000 bars"):
        playing_order(bars)
    with pytest.raises(ABCError, match="99"):
        tune("|:A|[1-99 B:|")


# --- parts --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("header", "body", "order"),
    [
        ("P:ABA\n", "P:A\nC|D||\nP:B\nE|F|]", "CDEFCD"),
        ("P:A2B\n", "P:A\nC|D||\nP:B\nE|]", "CDCDE"),
        ("P:(A.B)2\n", "[P:A]C|D||[P:B]E|]", "CDECDE"),
        ("P:ABA\n", "P:A\n|:C|1 D:|2 E|]\nP:B\nF|]", "CDCEFCDCE"),
        ("P:A3B\n", "P:A\nC|[1 D:|[2 E:|[3 F|]\nP:B\nG|]", "CDCECFG"),  # each time another ending
        ("P:BA\n", "G|]\nP:A\nC|]\nP:B\nD|]", "GDC"),  # what comes before the parts is played first
        ("P:a modern tune\n", "P:A\nC|]\nP:B\nD|]", "CD"),
        ("P:AB\n", "P:A\nC|]\nP:A\nD|]\nP:B\nE|]", "CDE"),
        ("", "P:A\nC|]\nP:B\nD|]", "CD"),
    ],
)
def test_parts_are_played_in_their_order(header, body, order):
    assert letters(body, header) == order
    assert transpose(tune(body, header), 2).parts == tune(body, header).parts


def test_an_order_of_parts():
    assert order_of_parts("((AB)2.C)2 ") == "ABABCABABC"
    assert order_of_parts("A)B") == order_of_parts("(A") == order_of_parts("A-B") == ""
    with pytest.raises(ABCError, match="100 parts"):
        tune("C|", "P:((A9)9)9\n")


# --- ties ---------------------------------------------------------------------------------------------------
def lasting(body):
    bars = tune(body, "L:1/4\n").bars
    return [(note.pitch, note.end - note.start) for note in played(bars, playing_order(bars))]


@pytest.mark.parametrize(
    ("body", "notes", "normalised"),
    [
        ("[C-E]2[C-F]2|[CG]2z2|", [(60, 6), (64, 2), (65, 2), (67, 2)], "[C-E]2 [C-F]2|[CG]2 z2|\n"),
        ("[C-E]2[CE]2|", [(60, 4), (64, 2), (64, 2)], "[C-E]2 [CE]2|\n"),
        ("[C-E-]2[CE]2|", [(60, 4), (64, 4)], "[CE]2- [CE]2|\n"),
        ("[CE]2-[CF]2|", [(60, 4), (64, 2), (65, 2)], "[CE]2- [CF]2|\n"),
        ("[^F-^C]2z2|[FC]4|", [(66, 2), (61, 2), (65, 4), (60, 4)], "[^F^C]2 z2|[FC]4|\n"),
        ("[^F-^C]4|[FC]4|", [(66, 8), (61, 4), (60, 4)], "[^F-^C]4|[FC]4|\n"),
        ("C4|-C4|", [(60, 8)], "C4-|C4|\n"),  # behind the bar line
        ("C4-|D4|", [(60, 4), (62, 4)], "C4|D4|\n"),
    ],
)
def test_a_tie_belongs_to_a_note(body, notes, normalised):
    assert lasting(body) == notes
    assert tune(body, "L:1/4\n").body == normalised


def test_ties_within_chords_in_the_score_and_in_music21():
    from seqlab.music import from_music21, to_music21
    from seqlab.music.mei import mei

    one = tune("[C-E]2[C-F]2|[CG]4|", "L:1/4\n")
    assert mei(one).count(' tie="') == 3
    assert from_music21(to_music21(one)).notes == one.notes


def test_passes_in_music21():
    from seqlab.music import from_music21, to_music21

    for body in ("|:C::|D|]", "|:C|[1,3-5 D:|[2 E|]"):
        one = tune(body)
        assert playing_order(from_music21(to_music21(one)).bars) == playing_order(one.bars)


# --- tempo --------------------------------------------------------------------------------------------------
def test_the_tempo_changes_where_it_is_written_and_goes_back_with_the_repeat():
    one = tune("|:C4|[Q:1/4=120]D4:|\nQ:1/2=30\nE4|]", "L:1/4\nQ:1/4=60\n")
    assert one.tempo == 60
    starts = [(note.pitch, note.start) for note in sounding(one, repeats=True)]
    assert starts == [(60, 0), (62, 4), (60, 6), (62, 10), (64, 12)]
    assert length(one, repeats=True) == 16
    file = mido.MidiFile(file=io.BytesIO(midi_bytes(one)))
    assert file.length == pytest.approx(16)
    tempos = [message.tempo for message in file.tracks[0] if message.type == "set_tempo"]
    assert tempos == [mido.bpm2tempo(q) for q in (60, 120, 60, 120, 60)]
    assert parse(one.abc).body == one.body == "|:C4|[Q:1/4=120]D4:|\n[Q:1/2=30]E4|]\n"


@pytest.mark.parametrize(
    ("field", "quarters"),
    [
        ("120", 60),
        ("C=100", 50),
        ("C3=40", 60),
        ("3/8=40", 60),
        ("1/4 3/8 1/4 3/8=40", 200),
        ('"Allegro" 1/4=120', 120),
        ('3/8=50 "Slowly"', 75),
        ("1/4 = 92.5", 92.5),
        ('"Andante"', None),
        ("", None),
    ],
)
def test_every_way_to_write_a_tempo(field, quarters):
    assert tune("C|", f"M:6/8\nL:1/8\nQ:{field}\n").tempo == quarters
    assert parse(f"X:1\nL:1/8\nK:C\n[Q:{field}]C|").tempo == quarters  # before the music it is the header's
