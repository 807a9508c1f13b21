"""Tokens and transposition: nothing is lost on the way there and back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.errors import SeqlabError
from seqlab.music import ABCError, Vocabulary, augmented, from_tokens, load_tunes, parse, tokens, transpose
from seqlab.music.keys import parse_key


@pytest.fixture(scope="module")
def tunes():
    return load_tunes(("oneill", "ryan", "aird", "miscFolk"), ornaments=True)


def test_tokens_are_lossless_on_every_tune(tunes):
    for tune in tunes[::2]:
        found = tokens(tune)
        assert from_tokens(found).abc == tune.abc, tune.id
        layout = [token for token in found if token.isspace() or ("|" in token and "\n" in token)]
        assert not layout


def test_tokens_are_few_and_meaningful(tunes):
    vocabulary = Vocabulary.from_texts(map(tokens, tunes))
    assert len(vocabulary) < 350
    assert {"M:6/8\n", "K:Em\n", "R:reel\n", "^c", "/", "(3", "|1 ", ":|", ">", "-"} <= set(vocabulary.symbols)
    found = tokens(tunes[0])
    assert vocabulary.tokens(vocabulary.encode(found)) == found


def test_endings_keep_their_bar_line():
    tune = parse("X:1\nM:4/4\nL:1/8\nK:C\n|:A8|1 B8:|2 c8|]\n")
    assert tokens(tune)[3:] == ["|:", "A", "8", "|1 ", "B", "8", ":|2 ", "c", "8", "|]"]


def test_text_that_is_not_normalised_is_refused():
    with pytest.raises(SeqlabError, match="read it first"):
        tokens('X:1\nK:C\nA!trill!B"Am"|')


def test_tokens_that_spell_no_tune_say_why():
    with pytest.raises(ABCError, match="tuplet"):
        from_tokens(["M:4/4\n", "L:1/8\n", "K:C\n", "(3", "A", "B", "|"])


def test_transposing_moves_every_note_by_as_much(tunes):
    for tune in tunes[::20]:
        for semitones in (-5, 1, 4, 6):
            moved = transpose(tune, semitones)
            assert [n.pitch and n.pitch + semitones for n in tune.notes] == [n.pitch for n in moved.notes], tune.id
            assert [n[2:] for n in tune.notes] == [n[2:] for n in moved.notes]


def test_transposing_back_gives_the_tune(tunes):
    kept = [tune for tune in tunes if abs(parse_key(tune.key).sharps) <= 5]
    assert len(kept) > 0.99 * len(tunes)
    for tune in kept[::8]:
        for semitones in (-6, -2, 3, 7, 12):
            back = transpose(transpose(tune, semitones), -semitones)
            assert (back.abc, back.key) == (tune.abc, tune.key), (tune.id, semitones)


def test_the_new_key_is_the_simple_one():
    tune = parse("X:1\nM:4/4\nL:1/8\nK:G\nG8|")
    keys = [transpose(tune, n).key for n in range(-5, 7)]
    assert keys == ["D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B", "C", "Db"]


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["C", "Em", "Ador", "Bb", "E", "Dmix =c", "F#m", "Glyd", "Bphr"]),
    st.lists(
        st.sampled_from(["A", "^c", "_B,", "=f'", "G2", "|", "[K:D]d", "{^g}a", "[Ac]", "z", '"F#m7/c#"A']), min_size=1
    ),
    st.integers(-12, 12),
)
def test_transposition_of_any_melody_is_exact(key, parts, semitones):
    tune = parse(f"X:1\nM:4/4\nL:1/8\nK:{key}\nA{''.join(parts)}|")
    moved = transpose(tune, semitones)
    assert [n.pitch for n in moved.notes] == [n.pitch if n.pitch is None else n.pitch + semitones for n in tune.notes]
    assert transpose(moved, -semitones).abc == tune.abc


def test_what_cannot_be_transposed_says_so():
    with pytest.raises(SeqlabError, match="K:none"):
        transpose(parse("X:1\nK:none\nA"), 1)
    with pytest.raises(SeqlabError, match="two octaves"):
        transpose(parse("X:1\nK:C\nA"), 25)


def test_augmentation_gives_every_key():
    tune = parse("X:1\nM:4/4\nL:1/8\nK:D\nd2fd|")
    assert len({moved.key for moved in augmented([tune])}) == 12
