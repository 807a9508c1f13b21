"""Reading notebook files that came from anywhere."""

import json
import os
import time

import nbformat
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seqlab.authoring import lab_of, parse_notebook, read_notebook, write_notebook
from seqlab.authoring.notebook_file import headings, notebook_text
from seqlab.errors import SeqlabError


def code(source="x = 1", **more):
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None, **more}


def as_bytes(*cells, **more):
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **more}).encode()


def valid_or_told(data):
    """The notebook, valid; or None if a SeqlabError said in one line why it is none."""
    told = None
    try:
        notebook = parse_notebook(data)
    except SeqlabError as error:
        told = str(error)
    if told is not None:
        assert "\n" not in told
        assert len(told) < 300
        return None
    nbformat.validate(notebook)
    return notebook


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def odd(usual):
    """Mostly what is usual, else anything."""
    return st.one_of(usual, usual, json_values)


cells = st.fixed_dictionaries(
    {"cell_type": odd(st.sampled_from(["code", "markdown", "raw"]))},
    optional={
        "source": odd(st.lists(st.text(st.characters(exclude_categories=[]), max_size=9), max_size=3)),
        "id": odd(st.sampled_from(["a", "b", "cell-2", "ä", "x" * 65, ""])),
        "attachments": odd(st.dictionaries(st.text(max_size=4), st.dictionaries(st.text(max_size=4), st.text()))),
        "outputs": json_values,
        "metadata": odd(
            st.fixed_dictionaries(
                {},
                optional={
                    "id": odd(st.sampled_from(["a", "cell-1"])),
                    "tags": odd(st.lists(st.sampled_from(["t", "t", "\ud800", "a,b"]))),
                    "editable": json_values,
                    "nbgrader": odd(
                        st.fixed_dictionaries(
                            {},
                            optional={
                                "grade_id": json_values,
                                "points": json_values,
                                "solution": json_values,
                                "schema_version": json_values,
                                "checksum": json_values,
                            },
                        )
                    ),
                },
            )
        ),
    },
)
notebooks = st.fixed_dictionaries(
    {"nbformat": odd(st.just(4)), "cells": odd(st.lists(cells, max_size=5))},
    optional={"metadata": odd(st.fixed_dictionaries({"seqlab": odd(st.fixed_dictionaries({"lab": json_values}))}))},
)


@settings(max_examples=150, deadline=None)
@given(odd(notebooks))
@example({"nbformat": 4, "cells": [code("\ud800\r\nx")], "metadata": {"seqlab": {"lab": "\udfff" * 99}}})
def test_whatever_json_it_is_a_valid_notebook_or_one_sentence(content):
    data = json.dumps(content).encode()
    notebook = valid_or_told(data)
    if notebook is None:
        return
    text = notebook_text(notebook)
    text.encode()
    assert parse_notebook(text.encode()) == notebook  # reading what was written changes nothing
    lab_of(notebook), headings(notebook)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | notebooks.map(lambda n: json.dumps(n).encode()[:-3]))
def test_whatever_bytes(data):
    valid_or_told(data)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=8), min_size=1, max_size=3), st.data())
def test_a_valid_notebook_with_bytes_damaged(pieces, data):
    whole = bytearray(as_bytes(code("a = 'ä'", id="a"), code("b", id="b")))
    for piece in pieces:
        at = data.draw(st.integers(0, len(whole)))
        whole[at : at + len(piece)] = piece
    valid_or_told(bytes(whole))


def test_as_colab_saves_it():
    cells = [
        code(["a = 1\n", "b = 2"], metadata={"id": "first", "colab": {"height": 3}}),
        code("c", metadata={"id": "first", "outputId": "9"}),
        code("d", metadata={}),
    ]
    notebook = parse_notebook(as_bytes(*cells, nbformat_minor=0, metadata={"accelerator": "GPU"}))
    assert [c.id for c in notebook.cells] == ["first", "cell-2", "cell-3"]
    assert notebook.cells[0].source == "a = 1\nb = 2"
    assert notebook.nbformat_minor == 5
    assert notebook.metadata.kernelspec.name == "python3"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_encodings_and_line_ends(encoding):
    data = as_bytes(code("a\r\nb = 'ä'\rc")).decode().encode(encoding)
    assert parse_notebook(data).cells[0].source == "a\nb = 'ä'\nc"


def test_invalid_utf8_in_an_output_harms_no_code():
    data = as_bytes(code("x = 2", outputs=[{"text": "?"}])).replace(b"?", b"\xff\xfe\x80")
    assert parse_notebook(data).cells[0].source == "x = 2"


def test_surrogates_join_or_are_replaced():
    data = as_bytes(code("PAIR LONE")).replace(b"PAIR", rb"\ud83c\udfb5").replace(b"LONE", rb"\ud83c")
    assert parse_notebook(data).cells[0].source == "🎵 \ufffd"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "got an empty file"),
        (b" \n ", "got an empty file"),
        (b'{\n"cells": [\n}', "line 3, which is not JSON"),
        (b"<html>", "line 1, which is not JSON"),
        (b"[" * 1_000_000, "nested too deeply|not JSON"),
        (b'{"cells":' * 200_000, "nested too deeply|not JSON"),
        (b"[" + b"9" * 10_000 + b"]", "a number of too many digits"),
        (b"[1, 2]", "JSON without a list of cells"),
        (b'{"cells": 4, "nbformat": 4}', "JSON without a list of cells"),
        (b'{"nbformat": 3, "worksheets": []}', "the old format 3"),
        (b'{"nbformat": 5, "cells": []}', "a format other than nbformat 4"),
        (b'{"nbformat": "4", "cells": []}', "a format other than nbformat 4"),
        (as_bytes(3), "cell 1, which is no code, markdown or raw cell"),
        (as_bytes(code(), code(cell_type=["code"])), "cell 2, which is no code"),
        (as_bytes(code(source={"a": 1})), "cell 1, whose source is not text"),
        (as_bytes(code(source=["a", 1])), "cell 1, whose source is not text"),
    ],
)
def test_what_is_no_notebook_is_told(data, told):
    with pytest.raises(SeqlabError, match=f"x.ipynb should be a Jupyter notebook; .*({told})") as caught:
        parse_notebook(data, "x.ipynb")
    assert "\n" not in str(caught.value)


def test_paths_that_lead_to_no_file(tmp_path):
    with pytest.raises(SeqlabError, match="which does not exist"):
        read_notebook(tmp_path / "no.ipynb")
    with pytest.raises(SeqlabError, match="got the folder"):
        read_notebook(tmp_path)
    os.mkfifo(tmp_path / "pipe.ipynb")
    with pytest.raises(SeqlabError, match="no ordinary file"):
        read_notebook(tmp_path / "pipe.ipynb")


def test_fifty_megabytes_of_outputs_are_read_quickly_and_more_are_refused(tmp_path):
    path = tmp_path / "big.ipynb"
    path.write_bytes(as_bytes(code("kept", outputs=[{"output_type": "stream", "text": "A" * 50_000_000}])))
    begun = time.monotonic()
    notebook = read_notebook(path)
    assert time.monotonic() - begun < 20
    assert [(c.source, c.outputs) for c in notebook.cells] == [("kept", [])]
    with pytest.raises(SeqlabError, match="at most 1 MB"):
        read_notebook(path, max_bytes=2**20)


def test_ten_thousand_cells_of_one_id_are_told_apart():
    notebook = parse_notebook(as_bytes(*[code(id="cell-9999")] * 10_000))
    assert len({c.id for c in notebook.cells}) == 10_000


def test_nothing_in_it_is_executed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    attack = "open('attacked', 'w').close()"
    magic = code("!touch attacked\n%run x", metadata={"nbgrader": {"grade_id": f"{{{attack}}}"}})
    read = parse_notebook(as_bytes(code(attack), magic, metadata={"kernelspec": {"name": attack, "argv": [attack]}}))
    assert attack not in json.dumps(read.metadata)
    assert list(tmp_path.iterdir()) == []


def test_writing_is_whole_or_not_at_all(tmp_path):
    notebook = parse_notebook(as_bytes(code()))
    path = write_notebook(notebook, tmp_path / "new" / "a.ipynb")
    assert read_notebook(path) == notebook
    notebook.cells[0].source = "\ud800"
    with pytest.raises(UnicodeEncodeError):
        write_notebook(notebook, path)
    assert read_notebook(path).cells[0].source == "x = 1"
    assert [p.name for p in path.parent.iterdir()] == ["a.ipynb"]


def test_lab_and_headings():
    text = {"cell_type": "markdown", "metadata": {}, "source": "intro\n## *Step* `rnn_step` **now**"}
    notebook = parse_notebook(as_bytes(code("lab = seqlab.labs.load( 'lab2' )"), text, code()))
    assert lab_of(notebook) == "lab2"
    assert headings(notebook) == ["", "Step rnn_step now", "Step rnn_step now"]
    assert lab_of(parse_notebook(as_bytes(code("load('lab2')")))) is None
