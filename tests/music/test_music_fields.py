"""What the fields of a tune say, in the header and between the notes; what is no note is passed over or refused."""

from string import ascii_letters

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.errors import SeqlabError
from seqlab.music import ABCError, Note, parse, tokens
from seqlab.music.keys import parse_key
from seqlab.music.plain_text import plain_text
from seqlab.music.tokeniser import join


def tune(body, key="C", header=""):
    return parse(f"X:1\nM:4/4\nL:1/4\n{header}K:{key}\n{body}\n")


def pitches(body, key="C", header=""):
    once = tune(body, key, header)
    assert parse(once.abc).notes == once.notes
    assert parse(join(tokens(once))).notes == once.notes
    return [note.pitch for note in once.notes]


# --- keys ---------------------------------------------------------------------------------------------------
MODES = {
    "Amix": ("A mixolidian", "A MIX", "Amixolydian", "A Mixo", "a mix", "Amixm"),
    "Ddor": ("D dorien", "D Dorian mode", "DDORIC"),
    "Em": ("E aeolean", "Emin", "E MINOR", "Em", "E m", "Eaeo"),
    "G": ("G ionic", "G major", "GMaj", "GM", "G (Em)", 'G "folk"', "G Major or so"),
    "Flyd": ("F lydien",),
    "Ephr": ("E Phrygisch", "Ephrygian"),
    "Bloc": ("B locrean",),
    "Bbm": ("Bb minore", "B♭ min"),
}


@pytest.mark.parametrize(("key", "written"), [(key, written) for key, ways in MODES.items() for written in ways])
def test_a_mode_counts_by_three_letters_whatever_follows(key, written):
    assert tune("C", written).key == key


@pytest.mark.parametrize(
    "key", ["A pentatonic", "F sharp minor", "Bflat", "G/Em", "Gx", "D do", "A-minor", "Q", "?", "C12"]
)
def test_a_key_that_cannot_be_understood_is_refused(key):
    with pytest.raises(ABCError, match="a key such as G, Em") as error:
        tune("C", key)
    assert error.value.line == 4
    with pytest.raises(ABCError, match="a key such as G, Em") as error:
        tune(f"C|\nK:{key}\nC|")
    assert error.value.line == 6


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["", "#", "b"]), st.sampled_from(["", " "]), st.text(ascii_letters, min_size=2, max_size=12))
def test_no_word_becomes_a_major_key_in_silence(alter, space, word):
    known = {"maj", "min", "ion", "aeo", "dor", "mix", "lyd", "phr", "loc", "exp"}
    try:
        mode = parse_key(f"D{alter}{space}{word}").mode
    except SeqlabError:
        return
    assert word[:3].lower() in known or word[:4].lower() in {"b" + name for name in known}
    assert (mode == "major") == (word.lower().removeprefix("b")[:3] in ("maj", "ion", "exp"))


def test_a_field_before_the_music_is_the_headers():
    one = tune("T:of another name\nK:G\nM:3/4\nFGA|[K:D]FGA|")
    assert (one.key, one.meter, one.title) == ("G", "3/4", "")
    assert one.body == "F G A|[K:D]F G A|\n"


# --- what a staff says --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("key", "header", "body"),
    [
        ("C treble-8", "", "CDEF|"),
        ("C clef=treble-8", "", "CDEF|"),
        ('C clef="bass-8" name="a name"', "", "CDEF|"),
        ("C clef=G2-8 octave=0", "", "CDEF|"),
        ("C octave=-1", "", "CDEF|"),
        ("C transpose=-12", "", "CDEF|"),
        ("C treble+8 octave=-2", "", "CDEF|"),
        ("C", "V:1 clef=treble-8\n", "CDEF|"),
        ("C", 'V:T name="Tenor+8" octave=-1\nV:B clef=bass\n', "V:T\nCDEF|\nV:B\nCCCC|"),
        ("C", "V:T\nV:B\n", "V:T treble-8\nCDEF|\nV:B\nCCCC|"),
        ("C", "", "[V:T octave=-1]CDEF|"),
        ("C", "", "K:treble-8\nCDEF|"),
        ("C octave=1", "V:1 octave=-1\n", "CDEF|"),  # of a voice before that of all
        ("D transpose=-14", "", "DEF=G|"),
    ],
)
def test_a_staff_that_sounds_lower(key, header, body):
    assert pitches(body, key, header) == [48, 50, 52, 53]


def test_a_clef_without_octaves_changes_nothing():
    assert pitches("CDEF|", 'Am clef=bass middle=d name="low-8"') == [60, 62, 64, 65]
    assert pitches("CD|[K:C treble-8]EF|") == [60, 62, 52, 53]


def test_transpose_takes_the_key_along():
    one = tune("A^GAB|^FGFG|", "Am transpose=-3", "%%propagate-accidentals not\n")
    assert (one.key, one.mode) == ("F#m", "minor")
    assert [note.name for note in one.notes] == ["F#4", "E#4", "F#4", "G#4", "D#4", "E4", "D4", "E4"]
    for key, body, word in [("none transpose=1", "C", "K:none"), ("C", "C|[K:C transpose=2]D", "within the tune")]:
        with pytest.raises(ABCError, match=word):
            tune(body, key)
    with pytest.raises(ABCError, match=r"octave= with a whole number") as error:
        tune("C", "C octave=up")
    assert error.value.line == 4


# --- accidentals --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("header", ["%%propagate-accidentals octave\n", "I:propagate-accidentals octave\n"])
def test_accidentals_by_octave_as_the_header_says(header):
    assert pitches("^FfFf|", header=header) == [66, 77, 66, 77]
    assert pitches("^FFfF|", header=header.replace("octave", "not")) == [66, 65, 77, 65]
    assert pitches("^FfF|[I:propagate-accidentals pitch]^Ff|", header=header) == [66, 77, 66, 66, 78]
    assert parse("X:1\nL:1/4\nK:C\n^Ff|", defaults={"I": "propagate-accidentals octave"}).notes[1].pitch == 77


# --- text ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("written", "title"),
    [
        (r"Caf\'e, \`a la \"Ubung", "Café, à la Übung"),
        (r"\cCa \AAr \ssen \/O \ae", "Ça År ßen Ø æ"),
        ("Caf&eacute; &amp; Bar", "Café & Bar"),
        (r"\u00c9ire \'{E}ire", "Éire Éire"),
        (r"up \\ down \x \'q", r"up \\ down \x \'q"),
        ("A long\n+:title\n+: of three lines", "A long title of three lines"),
        ("One\nT:Two\n+:and a half", "One"),
        (r"100\% sure % not", "100% sure"),
    ],
)
def test_titles(written, title):
    assert parse(f"X:1\nT:{written}\nK:C\nC|").title == title


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_a_text_without_mnemonics_stays_as_it_is(text):
    if "\\" not in text and "&" not in text:
        assert plain_text(text) == text
    plain_text("\\" + text)


# --- what does not sound ------------------------------------------------------------------------------------
def test_lines_and_remarks_that_do_not_sound():
    quiet = [f"{name}:A line about |: this" for name in "ABCDFGHNORSTWZdmsuw"] + ["  w:la - la", "+:la | la"]
    assert tune("CDEF|\n" + "\n".join(quiet) + "\nGABc|").body == "CD EF|GA Bc|\n"
    assert tune(f"CD[r:{'a long remark, ' * 40}]EF|").body == "CD EF|\n"
    with pytest.raises(ABCError, match="has no ] on its line"):
        tune("CD[r:a remark without its end\nEF|")


@pytest.mark.parametrize("body", ["A:|\nB:|]", "c:|2 d|", "z:|\nA|"])
def test_a_note_before_a_repeat_is_no_field(body):
    assert tune(body).body.startswith(body[0] + ":|")


@pytest.mark.parametrize(
    ("body", "durations"),
    [
        ("(10:6:4c3/2c3/2c3c3c|", [9 / 10, 9 / 10, 9 / 5, 9 / 5, 1]),
        ("(3:2:1C3(1:2:2CC|", [2, 2, 2]),
        ("(12:8CCCCCCCCCCCC|", [2 / 3] * 12),
        ("(3::CCC|", [2 / 3] * 3),
        ("(3:2CCC|", [2 / 3] * 3),
        ("(5:4:10CCCCCCCCCC|", [4 / 5] * 10),
    ],
)
def test_tuplets_in_their_long_form(body, durations):
    assert [float(note.duration) for note in tune(body).notes] == durations
    assert tune(tune(body).body).body == tune(body).body


@pytest.mark.parametrize(("body", "word"), [("(10CC", "10:8"), ("(1C", "1:8"), ("(3:0CCC", "no notes")])
def test_tuplets_that_say_too_little(body, word):
    with pytest.raises(ABCError, match=word):
        tune(body)


@pytest.mark.parametrize(
    ("body", "normalised"),
    [
        ("CE+CEG+F|", "CE [CEG]F|\n"),
        ("+C2E2+ +^Fa+2|", "[CE]2 [^Fa]2|\n"),
        ("+CEG+F+AC+G|", "[CEG]F [AC]G|\n"),
        ("+trill+C +f+D +ff+E +accent+F|", "CD EF|\n"),
        ("A&gt;B c&lt;d|", "A>B c<d|\n"),
        ("&quot;Am&quot;A&quot;up&quot;B|", '"Am"AB|\n'),
    ],
)
def test_old_chords_and_signs_from_web_pages(body, normalised):
    assert tune(body).body == normalised


# --- anything -----------------------------------------------------------------------------------------------
WORDS = [*"ABCDEFGabcdefgzxZXyKMLQVPIw0123456789[]{}()<>|:/\\'\",.-+=^_~!&%$*#; \n", "|:", ":|", "[K:", "[Q:", "P:A\n"]
WORDS += [
    "[1,2 ",
    "|::",
    "+CE+",
    "(3",
    "octave=",
    "transpose=",
    "treble-8",
    "1/4=",
    "&gt;",
    "[C-E]",
    "K:",
    "V:1 ",
    "[|]",
]
HEADERS = ["P:ABA\n", "Q:", "V:1 ", "I:propagate-accidentals ", "%%propagate-accidentals not\n", "T:", "+:", "\\'e"]


@settings(max_examples=1000, deadline=None)
@given(st.lists(st.sampled_from([*HEADERS, *WORDS]), max_size=8), st.lists(st.sampled_from(WORDS), max_size=40))
def test_whatever_stands_there_is_read_or_refused(header, body):
    try:
        once = parse(f"X:1\nM:4/4\nL:1/8\n{''.join(header)}\nK:C\nA|" + "".join(body))
    except ABCError:
        return
    again = parse(once.abc)
    assert again.abc == once.abc
    assert [*map(sounding_part, again.notes)] == [*map(sounding_part, once.notes)]
    assert "".join(tokens(once))


def sounding_part(note: Note):
    return note.pitch, note.onset, note.duration, note.tie, note.grace
