"""Files that are no notebooks, or bad ones, among honest ones: every one has a row, and the honest their points."""

import json
import os
import zipfile
import zlib

from seqlab.autograder.course.classroom import Settings, grade_class
from seqlab.autograder.course.handin import FORMAT
from seqlab.autograder.course.intake import collect

STEP = "def rnn_step(x, h, W_xh, W_hh, b):\n    return np.tanh(x @ W_xh + h @ W_hh + b)"


def notebook(*cells, **more):
    code = [{"cell_type": "code", "source": c} for c in cells]
    return json.dumps({"cells": code, "metadata": {"seqlab": {"lab": "lab2"}}, "nbformat": 4} | more).encode()


BAD = {
    "empty": b"",
    "text": b"hello",
    "half": notebook(STEP)[:-30],
    "null": b"null",
    "number": b"1e999",
    "list": b"[[[]]]",
    "deep": b"[" * 10**6,
    "bomb": b"[" + b"[]," * 10**7 + b"1]",
    "digits": b"[" + b"9" * 10**5 + b"]",
    "picture": b"\x89PNG" + os.urandom(999),
    "cells is text": b'{"cells": "x"}',
    "no lab": b'{"cells": [{"cell_type": "code"}]}',
    "unknown lab": notebook("x", metadata={"seqlab": {"lab": "\ud800"}}),
    "odd cells": notebook(cells=[1, None, {}, {"cell_type": "code"}, {"cell_type": "code", "source": {"a": [1]}}]),
    "surrogates": json.dumps({"format": FORMAT, "lab": "lab2", "cells": ["x = '\ud800'"]}).encode(),
    "too much code": notebook("x = 1\n" * 400_000),
}


def damaged_zip(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("damaged/lab2.ipynb", notebook(STEP * 50))
        archive.writestr("bomb/lab2.ipynb", b"[" * 300_000_000)
        archive.writestr("../../outside.ipynb", notebook(STEP))
        archive.writestr("x\u202e\n/=cmd().ipynb", notebook(STEP))
        start = archive.infolist()[0].header_offset + 80
    data = bytearray(path.read_bytes())
    data[start : start + 40] = zlib.compress(b"?")[:1] * 40
    path.write_bytes(data)


def test_every_file_has_a_row_and_the_honest_keep_their_points(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name, data in BAD.items():
        (folder / f"{name}.ipynb").write_bytes(data)
    (folder / "honest.ipynb").write_bytes(notebook(STEP))
    (folder / "link.ipynb").symlink_to("/etc/passwd")
    with open(os.fsencode(folder) + b"/bytes-\xff\xfe.ipynb", "wb") as file:
        file.write(notebook(STEP))
    (folder / "no.zip").write_bytes(b"PK\x03\x04 not a zip")
    damaged_zip(tmp_path / "all.zip")

    outcome = grade_class([folder, tmp_path / "all.zip"], Settings(tmp_path / "out", jobs=2, platform="folder"))
    rows = {r.notebook: r for r in outcome.rows}
    assert len(rows) == len(BAD) + 4 + 4
    for label, row in rows.items():
        honest = any(word in label for word in ("honest", "bytes", "outside", "cmd"))
        assert row.points == (15 if honest else 0), label
        assert row.message or row.exercises, label
    assert not outcome.complete
    assert sorted(p.name for p in tmp_path.iterdir()) == ["all.zip", "in", "out"]


def test_nobody_is_taken_for_somebody_else(tmp_path):
    """A folder or a metadata file of the student's own does not outrank the platform's."""
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        own = "Mallory_7_assignsubmission_file_/"
        archive.writestr(own + "Alice_1_assignsubmission_file_/lab2.ipynb", notebook("x = 1"))
        archive.writestr("Alice_1_assignsubmission_file_/lab2.ipynb", notebook(STEP))
        archive.writestr(
            "mallory/submission_metadata.yml", "submission_5:\n  :submitters:\n  - :name: Alice\n    :sid: '1'\n"
        )
        archive.writestr(
            "submission_metadata.yml", "submission_5:\n  :submitters:\n  - :name: Mallory\n    :sid: '7'\n"
        )
        archive.writestr("submission_5/lab2.ipynb", notebook("x = 2"))
    found = {s.label.partition("!")[2]: s.student.name for s in collect([tmp_path / "all.zip"]).submissions}
    assert found[own + "Alice_1_assignsubmission_file_/lab2.ipynb"] == "Mallory"
    assert found["submission_5/lab2.ipynb"] == "Mallory"
    folder = tmp_path / "folders"
    for who in ("bob", "mallory/bob"):
        (folder / who).mkdir(parents=True, exist_ok=True)
        (folder / who / "lab2.ipynb").write_bytes(notebook(STEP))
    assert len(collect([folder]).submissions) == 2
