"""`seqlab translate`: from a file of pairs to translations, and one sentence where something is wrong."""

import pytest
from click.testing import CliRunner

from seqlab.commands.translate import translate
from seqlab.models.translate import Translator


def run(*args, text=None):
    """Exit code and output of one command, errors as they are."""
    found = CliRunner().invoke(translate, [str(a) for a in args], input=text)
    return found.exit_code, found.output, found.exception


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a file of pairs and a translator that has seen them for a moment."""
    folder = tmp_path_factory.mktemp("translate")
    numbers = {"one": "uno", "two": "dos", "three": "tres", "four": "cuatro"}
    rows = [f"{a} and {b} .\t{numbers[a]} y {numbers[b]} ." for a in numbers for b in numbers]
    (folder / "own.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    own = ["train", "--data", folder / "own.tsv", "--out", folder / "m.npz", "--epochs", 1]
    code, said, error = run(*own, "--checkpoint", folder / "run.npz")
    assert (code, error) == (0, None)
    assert "<own, source to target: " in said
    assert "of the text unknown" in said
    assert f"Written: {folder / 'm.npz'}" in said
    return folder


def test_sentences_or_lines_are_translated_one_a_line(folder):
    code, said, error = run("translate", folder / "m.npz", "One and two.", "Three and four.", "--beam", 2)
    assert (code, error) == (0, None)
    wanted = Translator.load(folder / "m.npz").translate(
        ["One and two.", "Three and four."], beam=2, length_penalty=1.0
    )
    assert said.splitlines() == wanted
    assert run("translate", folder / "m.npz", "--beam", 2, text="One and two.\nThree and four.\n")[1] == said


def test_it_draws_where_the_words_come_from(folder):
    code, said, error = run("translate", folder / "m.npz", "One and two.", "--picture", folder / "looks.png")
    assert (code, error) == (0, None)
    assert f"Written: {folder / 'looks.png'}" in said
    assert (folder / "looks.png").read_bytes().startswith(b"\x89PNG")


def test_it_is_measured_on_a_part_of_a_set(folder):
    code, said, error = run("evaluate", folder / "m.npz", "--data", folder / "own.tsv", "--part", "train", "--order", 2)
    assert (code, error) == (0, None)
    assert f"On {folder / 'own.tsv'}, train part: BLEU-2 0." in said
    assert "chrF" in said


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("train", "--data", "klingon"), "a set of pairs is one of spa-eng"),
        (("train", "--data", "{folder}/bad.tsv"), "got no tab in line 2 of"),
        (("train", "--attention", "cross"), "attention is one of none, dot, additive; got 'cross'"),
        (("train", "--cell", "MLP"), "cell is one of GRU, LSTM"),
        (("train", "--resume"), "--resume needs the file to go on from"),
        (("train", "--out", "{folder}"), "the name of a file to write"),
        (("translate", "{folder}/none.npz", "x"), "a saved translator at"),
        (("translate", "{folder}/own.tsv", "x"), "got a file of another kind"),
        (("translate", "{folder}/m.npz", "Привет мир"), "a sentence with a word that the translator knows; got 'привет мир'"),
        (("translate", "{folder}/m.npz", "one " * 500), "sentences of 1 to 60 words; got 500 in sentence 1"),
        (("translate", "{folder}/m.npz", ""), "sentences of 1 to 60 words; got 0 in sentence 1"),
        (("translate", "{folder}/m.npz"), "sentences to translate; got none"),
        (("translate", "{folder}/m.npz", "x", "--picture", "a.gif"), "the name of a picture ends in"),
        (("evaluate", "{folder}/m.npz", "--data", "{folder}/own.tsv", "--longest", "1"), "pairs in the test part; got none"),
    ],
)  # fmt: skip
def test_one_clear_sentence(folder, args, words):
    (folder / "bad.tsv").write_text("one\tuno\ntwo dos\n", encoding="utf-8")
    code, _, error = run(*(a.format(folder=folder) for a in args))
    assert code != 0
    assert words in str(error)
