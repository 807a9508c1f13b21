"""The file that a student handed in, copied to where a page of the run's folder can link to it."""

import os
import re
from pathlib import Path
from urllib.parse import quote

from seqlab.autograder.course.archives import Archives, Way, shown
from seqlab.autograder.course.limits import MAX_FILE
from seqlab.autograder.course.row import Row
from seqlab.whole import write_whole

SHOWN = (".ipynb", ".json")
_DEPTH = 4  # archives within archives


class HandedIn:
    """The copies for one run: an archive is opened, and its members are counted, once for all of its rows."""

    def __init__(self, out: Path) -> None:
        self._out, self._archives = out, Archives()
        self._numbers: dict[Way, dict[str, int]] = {}

    def link(self, row: Row, page: str) -> str:
        """The address of what was handed in, from a student's page; nothing where it cannot be had.

        It is a copy in OUT/handed-in: a browser opens no zip, and an address elsewhere would tell students how the
        instructor's folders are called. A file that is no notebook is text there: as a page it could run a script.
        """
        data = self._read(row)
        if data is None or len(data) > MAX_FILE:
            return ""
        suffix = Path(row.notebook).suffix.lower()
        target = f"handed-in/{Path(page).stem}{suffix if suffix in SHOWN else '.txt'}"
        write_whole(self._out / target, data)
        return quote(f"../{target}")

    def _read(self, row: Row) -> bytes | None:
        path = row.notebook
        if os.path.islink(path) and not row.exercises:
            return None  # as intake does not follow it, what it leads to is not the student's
        try:
            if not os.path.isfile(path):
                return self._inside(path)
            with open(path, "rb") as file:
                return file.read(MAX_FILE + 1)
        except Exception:  # damaged streams, passwords, unknown methods: each library has errors of its own
            return None

    def _inside(self, label: str) -> bytes | None:
        """The member of an archive, or of one in it, that a label "class.zip!ann/lab2.ipynb" names."""
        for bang in re.finditer("!", label):
            if os.path.isfile(label[: bang.start()]):
                return self._member((label[: bang.start()],), label[bang.end() :])
        return None

    def _member(self, way: Way, label: str) -> bytes | None:
        if way not in self._numbers:
            members = shown(self._archives.members(way))
            self._numbers[way] = {called: number for number, _, _, called in members}
        for cut in (len(label), *(bang.start() for bang in re.finditer("!", label))):
            if (number := self._numbers[way].get(label[:cut])) is not None:
                inside, rest = (*way, number), label[cut + 1 :]
                if not rest:
                    return self._archives.read(inside)
                return self._member(inside, rest) if len(inside) <= _DEPTH else None
        return None
