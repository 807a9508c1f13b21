"""Words and ids: any text of any script, and back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.errors import SeqlabError
from seqlab.text import Vocabulary, bag_of_words, big_window, fixed_window, one_hot, words


def test_words_of_the_lecture_have_the_same_bag():
    a, b = "The food was good, not bad at all.", "The food was bad, not good at all."
    assert words(a) != words(b)
    assert sorted(words(a)) == sorted(words(b))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \n\t", []),
        ("DON’T", ["don't"]),
        ("self-made", ["self", "-", "made"]),
        ("Очень хороший фильм!", ["очень", "хороший", "фильм", "!"]),
        ("很好看", ["很", "好", "看"]),
        ("😀 ok", ["😀", "ok"]),
        ("a_b", ["a", "b"]),
        ("\udcff good", ["?", "good"]),
    ],
)
def test_words_of_any_script(text, expected):
    assert words(text) == expected


def test_words_wants_a_text():
    with pytest.raises(SeqlabError, match="a text; got a NoneType"):
        words(None)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60))
def test_encoding_never_fails_and_never_gives_padding(text):
    vocabulary = Vocabulary.from_texts(["good fun", "good grief"], min_count=1)
    ids = vocabulary.encode(text)
    assert len(ids) == len(words(text))
    assert all(1 <= i < len(vocabulary) for i in ids)


def test_ids_are_by_frequency_then_alphabet_and_unknown_is_one():
    vocabulary = Vocabulary.from_texts(["b a", "b c", "b c zz"], min_count=2)
    assert vocabulary.words == ("", "[UNK]", "b", "c")
    assert vocabulary.encode("c zz b") == [3, 1, 2]
    assert vocabulary.encode(["", "b"]) == [1, 2]
    assert "b" in vocabulary
    assert "" not in vocabulary
    assert vocabulary.decode([2, 0, 3, 0]) == ["b", "c"]


def test_the_size_counts_padding_and_unknown():
    assert len(Vocabulary.from_texts(["a a b b c"], size=4, min_count=1)) == 4
    with pytest.raises(SeqlabError, match="size of 2 or more"):
        Vocabulary.from_texts(["a"], size=1)
    with pytest.raises(SeqlabError, match="each word once"):
        Vocabulary(["a", "a"])


def test_the_four_ways_to_show_a_text():
    assert one_hot([1], 3).tolist() == [[0, 1, 0]]
    assert bag_of_words([1, 1, 2], 4).tolist() == [0, 2, 1, 0]
    assert fixed_window([1, 2, 3], 2).tolist() == [2, 3]
    assert big_window([1, 2], 3, 3).tolist() == [0, 1, 0, 0, 0, 1, 0, 0, 0]
    assert big_window([2, 1], 1, 3).tolist() == [0, 0, 1]
    assert bag_of_words([], 2).tolist() == [0, 0]
    with pytest.raises(SeqlabError, match="ids from 0 to 2; got 3"):
        one_hot([0, 3], 3)
    with pytest.raises(SeqlabError, match="ids from 0 to 2; got -1"):
        bag_of_words([-1], 3)
    with pytest.raises(SeqlabError, match="window of one id"):
        fixed_window([1], 0)
