"""Sentences of the user's own: tables and folders in the shapes that they come in."""

import pytest

from seqlab.errors import SeqlabError
from seqlab.text import load_sentences, read_labelled


def read(tmp_path, name, content, **how):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found, classes = read_labelled(path, **how)
    return list(found), classes


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", 'text,label\n"good, really",1\nbad,0\n'),
        ("a.csv", 'id,review,stars,sentiment\n1,"good, really",5,pos\n2,bad,1,neg\n'),
        ("a.csv", "label;text\npositive;good, really\nnegative;bad\n"),
        ("a.csv", '1,"good, really"\n0,bad\n'),
        ("a.csv", '"good, really",1\r\nbad,0\r\n\r\n'),
        ("a.tsv", "sentence\tscore\ngood, really\t1\nbad\t0"),
        ("a.txt", "good, really\t1\nbad\t-1\n"),
        ("a.csv", '\ufefftext,label\n"good, really",Positive\nbad,NEGATIVE\n'),
        ("a.csv", 'text,label\n"good, really",1\nbad,0\n'.encode("utf-16")),
    ],
)
def test_tables_of_all_kinds(tmp_path, name, content):
    assert read(tmp_path, name, content) == ([("good, really", 1), ("bad", 0)], ("negative", "positive"))


def test_quotes_in_a_table_with_tabs_are_part_of_the_sentence(tmp_path):
    found, _ = read(tmp_path, "a.tsv", 'He said "no.\t0\nI "like" it\t1\n')
    assert found == [('He said "no.', 0), ('I "like" it', 1)]


def test_windows_1252_is_read(tmp_path):
    found, _ = read(tmp_path, "a.csv", "text,label\ncafé, no\n".replace(", no", ",0").encode("cp1252") + b"ok,1\n")
    assert found[0] == ("café", 0)


def test_other_classes_are_numbered_in_order_and_a_models_classes_are_kept(tmp_path):
    content = "text,label\nja,fr\nno,en\noui,fr\n"
    assert read(tmp_path, "a.csv", content) == ([("ja", 1), ("no", 0), ("oui", 1)], ("en", "fr"))
    _, classes = read(tmp_path, "a.csv", content, classes=("fr", "en", "de"))
    assert classes == ("fr", "en", "de")
    with pytest.raises(SeqlabError, match=r"labels de or en; got 'fr' in line 2 of"):
        read(tmp_path, "a.csv", content, classes=("de", "en"))


def test_columns_can_be_named(tmp_path):
    found, _ = read(tmp_path, "a.csv", "q,x,y\n1,good,1\n2,bad,0\n", text="x", label="y")
    assert found == [("good", 1), ("bad", 0)]
    with pytest.raises(SeqlabError, match="a column 'z'"):
        read(tmp_path, "a.csv", "q,x,y\n1,good,1\n", text="z", label="y")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("text,label\ngood,1\nbad,\n", "a label for every sentence; got none in line 3"),
        ("text,label\ngood,1\nbad\n", "a label for every sentence; got none in line 3"),
        ("a,b,c\n1,2,3\n", "a line of column names"),
        ("", "one sentence or more"),
        ("text,label\n", "one sentence or more"),
        (b"\x00\x01\x02,1\n", "a file of text"),
    ],
)
def test_bad_tables_are_refused_with_their_line(tmp_path, content, words):
    with pytest.raises(SeqlabError, match=words):
        read(tmp_path, "a.csv", content)


def test_unknown_labels_of_a_two_class_model_are_named(tmp_path):
    with pytest.raises(SeqlabError, match="labels negative or positive; got 'meh' in line 3"):
        read(tmp_path, "a.csv", "text,label\ngood,1\nso so,meh\n", classes=("negative", "positive"))


def test_a_folder_of_classes(tmp_path):
    for kind, texts in (("neg", ["bad", "so\nbad"]), ("pos", ["good"])):
        (tmp_path / "set" / kind).mkdir(parents=True)
        for i, text in enumerate(texts):
            (tmp_path / "set" / kind / f"{i}.txt").write_text(text)
    found, classes = read_labelled(tmp_path / "set")
    assert (list(found), classes) == ([("bad", 0), ("so bad", 0), ("good", 1)], ("negative", "positive"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(SeqlabError, match="a folder for each class"):
        read_labelled(tmp_path / "empty")
    with pytest.raises(SeqlabError, match="nothing at"):
        read_labelled(tmp_path / "no.csv")


def test_a_users_file_becomes_a_set(tmp_path):
    lines = "".join(f"sentence {i},{i % 2}\n" for i in range(200))
    (tmp_path / "mine.csv").write_text("text,label\n" + lines)
    sentences = load_sentences(str(tmp_path / "mine.csv"))
    assert sentences.name == "mine"
    assert len(sentences.train) + len(sentences.validation) + len(sentences.test) == 200
