"""Pairs: cut and joined again, read from files, split so that nothing leaks, in sets of the promised sizes."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab import data
from seqlab.errors import SeqlabError
from seqlab.text import cut, joined, load_pairs, read_pairs, source_leakage, split_at_random, split_by_source

COPIES = Path(os.environ.get("SEQLAB_DATA", "/nowhere"))


def beside(folder):
    skipped = pytest.mark.skipif(not (COPIES / folder).is_dir(), reason=f"SEQLAB_DATA holds no {folder}")
    return lambda test: pytest.mark.beside(skipped(test))


# -- cutting -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sentence", "tokens"),
    [
        ("L&apos;élève n’est pas là\u202f!", ["l'", "élève", "n'", "est", "pas", "là", "!"]),
        ("¿Dónde está el &quot;niño&quot;?", ["¿", "dónde", "está", "el", '"', "niño", '"', "?"]),
        ("We'd've gone, they're the dog's.", ["we", "'d", "'ve", "gone", ",", "they", "'re", "the", "dog", "'s", "."]),
        ("Qu'aujourd'hui", ["qu'", "aujourd'", "hui"]),
        ("Größe: 3,5 m", ["größe", ":", "3", ",", "5", "m"]),
        ("猫がいる。", ["猫", "が", "い", "る", "。"]),
        ("", []),
    ],
)
def test_a_sentence_is_cut_and_keeps_its_accents(sentence, tokens):
    assert cut(sentence) == tokens


@pytest.mark.parametrize(
    "sentence",
    ["l'élève n'est pas là!", "¿dónde está?", "they're the dog's t-shirts, at 8:30.", "猫がいる。", "(go!)", ""],
)
def test_what_was_cut_is_joined_again(sentence):
    assert joined(cut(sentence)) == sentence


@settings(max_examples=50, deadline=None)
@given(st.text())
def test_any_text_can_be_cut_and_joined(text):
    tokens = cut(text)
    assert all(tokens)
    assert "".join(cut(joined(tokens))).replace(" ", "") == "".join(tokens).replace(" ", "") or "&" in text


def test_something_else_than_a_text_is_told():
    with pytest.raises(SeqlabError, match="a text; got a int"):
        cut(3)


# -- reading -----------------------------------------------------------------------------------------------------------
def test_a_file_of_one_s_own(tmp_path):
    path = tmp_path / "own.tsv"
    path.write_text("Go.\tVa !\tCC-BY someone\r\n\nGo.\tVa !\r\nRun!\tCours !\n", encoding="utf-8")
    assert read_pairs(path) == [("Go.", "Va !"), ("Run!", "Cours !")]
    pairs = load_pairs(str(path))
    assert pairs.name == "own"
    assert sorted([*pairs.train, *pairs.validation, *pairs.test]) == read_pairs(path)
    turned = load_pairs(str(path), reverse=True)
    assert sorted([*turned.train, *turned.validation, *turned.test]) == [("Cours !", "Run!"), ("Va !", "Go.")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Go.\tVa !\nRun! Cours !\n", "a sentence, a tab and its translation in every line; got no tab in line 2 of "),
        ("Go.\tVa !\nRun!\t \n", "a sentence and its translation in every line; got no translation in line 2 of "),
        ("\tVa !\n", "a sentence and its translation in every line; got no sentence in line 1 of "),
        ("\n  \n", "a pair or more; got none in "),
    ],
)
def test_a_line_that_is_no_pair_is_named(tmp_path, text, words):
    path = tmp_path / "own.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SeqlabError) as caught:
        read_pairs(path)
    assert str(caught.value) == f"{words}{path}"


def test_a_set_or_file_that_there_is_not():
    with pytest.raises(SeqlabError, match=r"a set of pairs is one of spa-eng, .* or a file of yours; got 'klingon'"):
        load_pairs("klingon")
    with pytest.raises(SeqlabError, match="a file of pairs; got nothing at"):
        read_pairs("/no/such.tsv")


# -- splitting ---------------------------------------------------------------------------------------------------------
def test_all_translations_of_a_sentence_stay_together():
    pairs = [(f"sentence {n}{mark}", f"{n} {mark}") for n in range(300) for mark in (".", "!")]
    train, validation, test = split_by_source(pairs)
    assert sorted(train + validation + test) == sorted(pairs)
    assert 20 < len(test) < 100 > len(validation) > 20
    assert source_leakage(train, test) == source_leakage(train + test, validation) == 0
    assert split_by_source(pairs[::-1])[2] == test[::-1]
    by_chance = split_at_random(pairs)
    assert sorted(pair for part in by_chance for pair in part) == sorted(pairs)
    assert source_leakage(by_chance[0], by_chance[2]) > 0.5


@pytest.mark.parametrize(("name", "language"), [("small", "French"), ("small-it", "Italian")])
def test_the_small_sets_are_inside_and_leak_nothing(name, language):
    pairs = load_pairs(name)
    everything = [*pairs.train, *pairs.validation, *pairs.test]
    assert (len(everything), len(set(everything)), pairs.languages) == (420, 420, ("English", language))
    assert min(len(pairs.validation), len(pairs.test)) >= 40
    assert source_leakage(pairs.train, [*pairs.validation, *pairs.test]) == 0
    assert repr(pairs) == f"<{name}, English to {language}: 335 train, 40 validation, 45 test pairs>"
    black_dog = {"French": "Le chien noir a sauté par-dessus le chat.", "Italian": "Il cane nero saltò sopra il gatto."}
    assert ("The black dog jumped over the cat.", black_dog[language]) in everything
    assert load_pairs(name, reverse=True).languages == (language, "English")
    assert source_leakage(load_pairs(name, reverse=True).train, load_pairs(name, reverse=True).test) == 0


def test_both_small_sets_have_the_same_sentences():
    french, italian = (read_pairs(data.small_set("pairs") / f"{name}.tsv") for name in ("small", "small-it"))
    assert [a for a, _ in french] == [a for a, _ in italian]
    assert ("The dog eats.", "Le chien mange.") in french


def test_a_choice_of_short_pairs_keeps_translations_together():
    pairs = load_pairs("small", reverse=True).short(6, train=50, held_out=10)
    assert 45 <= len(pairs.train) <= 50
    assert max(len(cut(side)) for pair in (*pairs.train, *pairs.test) for side in pair) <= 6
    assert len(pairs.test) <= 10
    assert set(pairs.train) <= set(load_pairs("small", reverse=True).train)
    assert load_pairs("small", reverse=True).short(6, train=50, seed=1).train != pairs.train


@beside("tatoeba_spa_eng")
def test_a_random_split_of_tatoeba_leaks_and_ours_does_not():
    pairs = load_pairs("spa-eng")
    assert [len(part) for part in (pairs.train, pairs.validation, pairs.test)] == [94801, 12086, 12077]
    assert source_leakage(pairs.train, pairs.test) == source_leakage(pairs.train, pairs.validation) == 0
    train, validation, test = split_at_random([*pairs.train, *pairs.validation, *pairs.test])
    assert 0.21 < source_leakage(train + validation, test) < 0.24
    assert "CC BY" in pairs.terms


@beside("multi30k")
def test_multi30k_keeps_its_own_parts():
    pairs = load_pairs("multi30k-de", reverse=True)
    assert [len(part) for part in (pairs.train, pairs.validation, pairs.test)] == [29000, 1014, 1000]
    assert pairs.languages == ("German", "English")
    assert pairs.test[0] == (
        "Ein Mann mit einem orangefarbenen Hut, der etwas anstarrt.", "A man in an orange hat starring at something.",
    )  # fmt: skip
    assert source_leakage(pairs.train, pairs.test) < 0.01
