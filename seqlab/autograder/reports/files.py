"""The file that a student handed in, where a page of the run's folder can link to it."""

import io
import os
import re
import zipfile
from pathlib import Path
from urllib.parse import quote

from seqlab.autograder.course.row import Row
from seqlab.autograder.course.submission import MAX_FILE
from seqlab.whole import write_whole

_DEPTH = 4  # zips within zips


def notebook_link(row: Row, out: Path, page: str) -> str:
    """The address of what was handed in, from a student's page; nothing where it cannot be had.

    A file is linked where it lies. One inside a zip, which no browser opens, is copied to OUT/handed-in first.
    """
    target = Path(row.notebook)
    if not target.is_file():
        data = _inside(row.notebook)
        if data is None:
            return ""
        suffix = re.sub(r"[^.a-z0-9]", "", Path(row.notebook).suffix.lower()) or ".ipynb"
        target = out / "handed-in" / f"{Path(page).stem}{suffix}"
        write_whole(target, data)
    try:
        return quote(Path(os.path.relpath(target, out / "students")).as_posix())
    except ValueError:  # on another drive of Windows
        return ""


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
