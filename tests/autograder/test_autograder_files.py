"""A notebook in any encoding is read; what is none is told for what it is."""

import json

import pytest

from seqlab.autograder.course.contents import Unreadable, read_contents

CELL = 'labs.load("lab2")\nname = "Zoë"'
NOTEBOOK = json.dumps(
    {"cells": [{"cell_type": "code", "source": CELL.splitlines(keepends=True)}], "nbformat": 4},
    indent=1,
    ensure_ascii=False,
)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252"]
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_whole_notebook_is_read_in_any_encoding(encoding, newline):
    assert read_contents(NOTEBOOK.replace("\n", newline).encode(encoding), "x").cells == [CELL]


def test_what_a_full_disk_leaves_at_the_end_does_no_harm():
    assert read_contents(NOTEBOOK.encode() + b"\0" * 4096, "x").cells == [CELL]
    assert read_contents(b"\n\n" + NOTEBOOK.encode() + b"\n\n", "x").cells == [CELL]


def test_a_byte_that_is_damaged_costs_itself():
    data = (NOTEBOOK.replace("Zoë", "Zoë é é é é")).encode().replace("Zoë".encode(), b"Zo\xc3\xab\xff")
    assert read_contents(data, "x").cells == [CELL.replace("Zoë", "Zoë\ufffd é é é é")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("at", range(30, len(NOTEBOOK), 7))
def test_a_notebook_that_is_cut_off_is_told_as_such(at, encoding):
    with pytest.raises(Unreadable, match="the file is cut off: it ends in the middle, at line"):
        read_contents(NOTEBOOK[:at].rstrip().encode(encoding), "x")


MERGED = NOTEBOOK.replace('   "source"', '<<<<<<< HEAD\n   "source"').replace(
    "\n  }", "\n=======\n   1\n>>>>>>> main\n  }"
)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (MERGED.encode(), "a merge conflict was left in it, from line 5 on"),
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \n", "the file is empty"),
        (b"\0" * 999, "the file is empty"),
        (b"<!DOCTYPE html><html><body>", "it is a web page"),
        (b"\n<html><head>", "it is a web page"),
        (b'<html><a href="https://colab.research.google.com/drive/1abc">', "it is a link to a notebook in Colab"),
        (
            b"[InternetShortcut]\r\nURL=https://colab.research.google.com/drive/1abc",
            "it is a link to a notebook in Colab",
        ),
        (b"https://colab.research.google.com/drive/1abc?usp=sharing", "it is a link to a notebook in Colab"),
        (b"https://example.org/x.ipynb", "it is a link"),
        (b"[InternetShortcut]\r\nURL=https://example.org", "it is a link"),
        (
            b'{"url": "https://docs.google.com/open?id=1", "doc_id": "1", "email": "a@b.c"}',
            "it is a link of Google Drive",
        ),
        (b"# %%\nimport numpy as np\n# %% [markdown]\n# Hello\n", "it is a Python file"),
        (b"#!/usr/bin/env python\n# coding: utf-8\n\n# In[1]:\n\ndef f(): pass\n", "it is a Python file"),
        (b"def rnn_step(x): return x", "it is a Python file"),
        (b"%PDF-1.7\n", "it is a PDF"),
        (b"PK\x03\x04rest", "it is a zip archive or an office document"),
        (b"Rar!\x1a\x07", "it is a rar archive"),
        (b"7z\xbc\xaf\x27\x1c", "it is a 7z archive"),
        (b"\x89PNG\r\n", "it is a picture"),
        (b'{"cells": [1,], "nbformat": 4}', "line 1 is not JSON"),
        (b"hello", "line 1 is not JSON"),
    ],
)
def test_what_is_no_notebook_is_told_for_what_it_is(data, said):
    with pytest.raises(Unreadable, match=r"^not a notebook: ") as told:
        read_contents(data, "x.ipynb")
    assert said in str(told.value)


def test_markdown_and_raw_cells_are_kept_apart():
    cells = [{"cell_type": kind, "source": f"{kind} labs.load('lab2')"} for kind in ("code", "markdown", "raw")]
    found = read_contents(json.dumps({"cells": cells}).encode(), "x")
    assert [c.split()[0] for c in found.cells] == ["code"]
    assert [c.split()[0] for c in found.texts] == ["markdown", "raw"]


@pytest.mark.parametrize(
    ("said", "python"), [("3.12.1", "3.12.1"), ("3.14.0rc1", "3.14.0rc1"), ("4", ""), (3, ""), ("3.12; x", "")]
)
def test_the_version_of_python_is_read(said, python):
    metadata = {"language_info": {"version": said}, "seqlab": {"lab": "lab2"}}
    assert read_contents(json.dumps({"cells": [], "metadata": metadata}).encode(), "x").python == python
    handin = {"format": "seqlab hand-in 1", "lab": "lab2", "cells": [], "python": said}
    assert read_contents(json.dumps(handin).encode(), "x").python == python
