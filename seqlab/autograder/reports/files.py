"""The file that a student handed in, copied to where a page of the run's folder can link to it."""

import io
import os
import re
import zipfile
from pathlib import Path
from urllib.parse import quote

from seqlab.autograder.course.row import Row
from seqlab.autograder.course.submission import MAX_FILE
from seqlab.whole import write_whole

SHOWN = (".ipynb", ".json")
_DEPTH = 4  # zips within zips


def notebook_link(row: Row, out: Path, page: str) -> str:
    """The address of what was handed in, from a student's page; nothing where it cannot be had.

    It is a copy in OUT/handed-in: a browser opens no zip, and an address elsewhere would tell students how the
    instructor's folders are called. A file that is no notebook is text there: as a page it could run a script.
    """
    data = _read(row)
    if data is None:
        return ""
    suffix = Path(row.notebook).suffix.lower()
    target = f"handed-in/{Path(page).stem}{suffix if suffix in SHOWN else '.txt'}"
    write_whole(out / target, data)
    return quote(f"../{target}")


def _read(row: Row) -> bytes | None:
    path = row.notebook
    if (
        os.path.islink(path) and not row.exercises
    ):  # as intake does not follow it, what it leads to is not the student's
        return None
    if not os.path.isfile(path):
        return _inside(path)
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE + 1)
    except OSError:
        return None
    return data if len(data) <= MAX_FILE else None


def _inside(label: str) -> bytes | None:
    """The member of a zip, or of a zip in a zip, that a label "class.zip!ann/lab2.ipynb" names."""
    for bang in re.finditer("!", label):
        source = Path(label[: bang.start()])
        if source.is_file():
            try:
                with open(source, "rb") as file:
                    return _member(file, label[bang.end() :], _DEPTH)
            except Exception:  # damaged streams, passwords, unknown methods: each library has errors of its own
                return None
    return None


def _member(file: io.BufferedIOBase, name: str, depth: int) -> bytes | None:
    with zipfile.ZipFile(file) as archive:
        names = set(archive.namelist())
        cuts = [len(name), *(bang.start() for bang in re.finditer("!", name))]
        for cut in cuts:
            if name[:cut] in names:
                with archive.open(name[:cut]) as member:
                    data = member.read(MAX_FILE + 1)
                if len(data) > MAX_FILE:
                    return None
                rest = name[cut + 1 :]
                return data if not rest else _member(io.BytesIO(data), rest, depth - 1) if depth else None
    return None
