"""One vocabulary for characters, musical tokens and words: ids, and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab import models, music, text
from seqlab.errors import SeqlabError
from seqlab.sequences import PAD, SPECIAL, UNK, Vocabulary, words

WORDS = st.lists(st.sampled_from(["good", "bad", "film", "the", "!"]), min_size=1, max_size=12)


@settings(deadline=None, max_examples=60)
@given(st.text(min_size=1, max_size=40))
def test_characters_come_back_as_they_were(letters):
    vocabulary = Vocabulary.from_texts(letters)
    ids = vocabulary.encode(letters)
    assert ids.dtype == np.int64
    assert vocabulary.decode(ids) == letters
    assert vocabulary.tokens(ids) == list(letters)
    assert list(vocabulary.symbols) == sorted(set(letters))


@settings(deadline=None, max_examples=60)
@given(WORDS)
def test_words_come_back_with_a_space_between_them(sentence):
    vocabulary = Vocabulary.of_words([sentence], min_count=1)
    ids = vocabulary.encode(" ".join(sentence).upper())
    assert ids.tolist() == vocabulary.encode(sentence).tolist()
    assert ids.min() > UNK
    assert vocabulary.tokens(ids) == sentence
    assert vocabulary.decode([PAD, *ids, PAD, PAD]) == " ".join(sentence)


@pytest.mark.parametrize(
    "vocabulary",
    [
        Vocabulary.from_texts("abc"),
        Vocabulary.from_texts([["K:D\n", "^f"], ["|"]]),
        Vocabulary.of_words(["a good film", "a bad film"]),
        Vocabulary.of_words([]),
    ],
)
def test_the_symbols_are_all_that_must_be_kept(vocabulary):
    again = Vocabulary(list(vocabulary.symbols))
    assert again == vocabulary
    assert hash(again) == hash(vocabulary)
    assert (again.has_words, repr(again)) == (vocabulary.has_words, repr(vocabulary))


def test_a_word_that_is_not_known_is_one_and_a_character_is_an_error():
    english = Vocabulary.of_words(["a good film", "a bad film"])
    assert english.symbols == (*SPECIAL, "a", "film")
    assert english.encode("a dull film").tolist() == [2, UNK, 3]
    assert english.encode(["", "[UNK]"]).tolist() == [UNK, UNK]
    assert english.encode("").shape == (0,)
    assert english.decode(english.encode("a dull film")) == "a [UNK] film"
    with pytest.raises(SeqlabError, match="'d' at position 2"):
        Vocabulary.from_texts("abc").encode("abd")
    with pytest.raises(SeqlabError, match="'dull' at position 1"):
        Vocabulary.from_texts([["a", "film"]]).encode(["a", "dull", "film"])


def test_padding_and_unknown_are_no_words():
    english = Vocabulary.of_words(["film film"])
    assert "film" in english
    assert not any(symbol in english for symbol in ("dull", *SPECIAL))
    letters = Vocabulary.from_texts("ab")
    assert "a" in letters
    assert "c" not in letters


@pytest.mark.parametrize(
    ("symbols", "says"),
    [
        ([], "at least one symbol"),
        (["a", ""], "none empty"),
        (["a", 3], "none empty"),
        ([["a"]], "none empty"),
        (["a", "a"], "each symbol once"),
        ([*SPECIAL, "a", "a"], "each word once"),
        ([*SPECIAL, "[UNK]"], "each word once"),
        ([*SPECIAL, 3], "each word once"),
        (["", "a"], "none empty"),
    ],
)
def test_symbols_that_are_no_vocabulary(symbols, says):
    with pytest.raises(SeqlabError, match=says):
        Vocabulary(symbols)


@pytest.mark.parametrize("vocabulary", [Vocabulary.from_texts("ab"), Vocabulary.of_words(["a a"])])
@pytest.mark.parametrize("wrong", [[-1], [0, 99], [0.5]])
def test_ids_that_there_are_not(vocabulary, wrong):
    with pytest.raises(SeqlabError, match="whole numbers from 0 to"):
        vocabulary.decode(wrong)


def test_the_names_of_before_are_the_same_things():
    assert music.Vocabulary is Vocabulary
    letters = Vocabulary.from_texts("abc")
    assert letters.char2idx is letters.index
    assert letters.idx2char.tolist() == list("abc")
    assert text.words is words
    assert models.random_windows.__module__ == "seqlab.sequences.windows"


def test_the_words_of_lab_6_are_a_vocabulary_that_gives_lists():
    sentences = ["a good film", "a bad film"]
    old, new = text.Vocabulary.from_texts(sentences), Vocabulary.of_words(sentences)
    assert isinstance(old, Vocabulary)
    assert (old, old.words, repr(old)) == (new, new.symbols, repr(new))
    assert old.encode("a dull film") == [2, 1, 3] == new.encode("a dull film").tolist()
    assert old.decode([2, 0, 1]) == ["a", "[UNK]"]
    assert text.Vocabulary.of_words(sentences) == new
