"""Tables of sentences are read strictly: what cannot be meant is an error with its line, what could be two things is asked."""

import contextlib
import csv
import gzip
import io
import json

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.cli import main
from seqlab.errors import SeqlabError
from seqlab.text import load_sentences, read_labelled
from seqlab.text.files import read_files

TEN = "".join(f"a {'good' if i % 2 else 'bad'} film, no. {i};{'pos' if i % 2 else 'neg'}\n" for i in range(10))


@pytest.fixture
def read(tmp_path):
    def reader(content, name="a.csv", **how):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_files(path, **how)

    return reader


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("text,label\nbad,0\nit was good, very good,1\n", "2 cells in each line, as in the first; got 3 in line 3"),
        ("label,text\nneg,bad\npos,good, really\n", "got 3 in line 3"),
        ("label\ttext\nneg\tbad\npos\tgood\treally\n", "got 3 in line 3"),
        ('text,label\nbad,0\n"very nice,1\nbad,0\nnice,1\n', "opens in line 3"),
        ('text,label\nbad,0\n"very nice,1\nbad,0\n"quite bad,0\n', "opens in line 3"),
        ('text|label\nbad|0\n"|0\ngood|1\n', "opens in line 3"),
        ('text,label\nbad,0\nwell,1\n"very nice,1\nnot,0\nnice",1\n', "opens in line 4 of .* has the rows below it inside"),
        ("text,label\nbad,0\ngood,nan\n", "a label for every sentence; got 'nan' in line 3"),
        ("title,review,rating,text\nA,good,1,id0\n", "one column of sentences in .*; got text and review"),
        ("text,rating,score\nA,1,9\n", "one column of labels in .*; got score and rating"),
        ("text,text,label\nA,B,1\n", "one column 'text' in .*; got 2 of that name"),
        ("texte,note\nbien,oui\nmal,non\n", "could be either.*--text and --label"),
        ('{"text": "good", "label": 1}\n{"text": "bad", "lab\n', "a JSON object in each line; got none in line 2"),
        ('{"text": "good", "label": 1}\n[1]\n', "a JSON object in each line; got a list in line 2"),
        ('[{"text": 1, 2', "a list of JSON objects"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_or_could_be_two_things_is_told_with_its_line(read, content, words):
    with pytest.raises(SeqlabError, match=words):
        read(content)


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        ("texte;note\n" + TEN, "a.csv", "columns texte and note"),
        ("sep=;\ntext;label\n" + TEN, "a.csv", "columns text and label"),
        (TEN, "a.csv", "two columns without names"),
        ("text;label\n" + TEN[:50] + TEN[50:].replace("pos\n", "pos\ntext;label\n", 1), "a.csv", "left out: 1 (the names of the columns again: line"),
        ("text;label\n;neg\nnan;pos\n" + TEN, "a.csv", "left out: 2 (no sentence: lines 2, 3)"),
        ("text;label;;\n" + TEN.replace("\n", ";;\n"), "a.csv", "columns text and label"),
        ("text;label\n" + TEN.replace("neg", "0").replace("pos", "1", 1).replace("pos", "1.0"), "a.csv", "5 negative, 5 positive"),
        (gzip.compress(("text;label\n" + TEN).encode(), mtime=0), "a.csv.gz", "columns text and label"),
        ("".join(json.dumps({"id": i, "review": r[0], "label": r[1]}) + "\n" for i, r in enumerate(line.split(";") for line in TEN.splitlines())), "a.jsonl", "columns review and label"),
        (json.dumps([dict(zip(("text", "label"), line.split(";"), strict=True)) for line in TEN.splitlines()]), "a.json", "columns text and label"),
    ],
)  # fmt: skip
def test_what_was_read_is_said(read, content, name, told):
    found = read(content, name)
    assert found.classes == ("negative", "positive")
    assert list(found.parts[""].labels) == [0, 1] * 5
    assert found.parts[""].texts[3] == "a good film, no. 3"
    assert told in found.told
    assert found.told.startswith("10 sentences read from")


def test_a_cell_of_several_lines_is_one_sentence(read):
    content = 'text,label\n"roses, red\nviolets, blue\n""so"" sweet",1\nbad,0\n'
    assert read(content).parts[""].texts == ('roses, red\nviolets, blue\n"so" sweet', "bad")
    with pytest.raises(SeqlabError, match="got none in line 6"):  # where a row begins is told, not where it ends
        read(content + "bad,\n")


def test_one_broken_byte_does_not_cost_the_other_accents(read):
    lines = [f"film raté numéro {i},{i % 2}\n".encode() for i in range(20)]
    lines[6] = lines[6].replace("é".encode(), b"\xc3", 1)
    found = read(b"text,label\n" + b"".join(lines))
    assert found.parts[""].texts[7] == "film raté numéro 7"
    assert "bytes that are no UTF-8 became � (line 8)" in found.told


def test_a_folder_of_parts_is_no_folder_of_classes(tmp_path):
    for part, kind, text in (
        ("train", "pos", "good one"), ("train", "pos", "so good"), ("train", "neg", "bad one"), ("train", "unsup", "who knows"),
        ("test", "pos", "fine"), ("test", "neg", "Bad one!"),
    ):  # fmt: skip
        (tmp_path / "set" / "inner" / part / kind).mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / "inner" / part / kind / f"{text}.txt").write_text(text)
    found = read_files(tmp_path / "set")
    assert sorted(found.parts) == ["test", "train"]
    assert found.classes == ("negative", "positive")
    assert "the folder unsup (no labels)" in found.told
    sentences = load_sentences(str(tmp_path / "set"))
    assert set(sentences.test) == {("fine", 1), ("Bad one!", 0)}
    assert {*sentences.train, *sentences.validation} == {
        ("good one", 1),
        ("so good", 1),
    }  # and no copy of the test part
    assert "1 copies are left out" in sentences.told
    assert len(read_labelled(tmp_path / "set")[0]) == 5


def test_the_command_says_what_it_read_before_it_trains(tmp_path):
    (tmp_path / "mine.csv").write_text("text,label\n" + "".join(f"sentence {i} of mine,{i % 2}\n" for i in range(40)))
    how = ["sentiment", "train", "--data", str(tmp_path / "mine.csv"), "--kind", "bag", "--epochs", "1"]
    result = CliRunner().invoke(main, [*how, "--out", str(tmp_path / "m.npz")])
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[0].startswith("40 sentences read from")


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).map(lambda t: " ".join(t.split())).filter(
    lambda t: t and t.lower() not in ("nan", "null", "<na>", "#n/a")
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXT, st.sampled_from(["pos", "neg"])), min_size=1), st.sampled_from(",;|"))
def test_whatever_a_table_was_written_with_comes_back(tmp_path_factory, rows, separator):
    path = tmp_path_factory.mktemp("t") / "a.csv"
    content = io.StringIO()
    csv.writer(content, delimiter=separator, quoting=csv.QUOTE_ALL).writerows([("text", "label"), *rows])
    path.write_text(content.getvalue(), encoding="utf-8", newline="")
    found, _ = read_labelled(path)
    assert list(found) == [(text.strip(), int(label == "pos")) for text, label in rows]


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=300) | st.text('a,;"\n\t|sep={}[]:1', max_size=80).map(str.encode),
    st.sampled_from([".csv", ".tsv", ".jsonl", ".gz"]),
)
def test_a_strangers_file_is_read_or_refused_in_words(tmp_path_factory, data, ending):
    path = tmp_path_factory.mktemp("t") / f"a{ending}"
    path.write_bytes(data)
    with contextlib.suppress(SeqlabError):
        read_files(path)
