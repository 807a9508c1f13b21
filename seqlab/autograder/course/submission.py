"""A submission: one file that a student has handed in, with what is known of the student and the time.

A notebook, or a *hand-in*, which is the small file that `lab.submit()` writes (`handin.py`). What stands in the file
is its `Contents` (`contents.py`).
"""

import datetime as dt
import hashlib
import os
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

MAX_FILE = 100 * 2**20


@dataclass(frozen=True)
class Student:
    """Who handed something in, as far as it is known."""

    id: str = ""
    name: str = ""
    email: str = ""
    sis_id: str = ""


@dataclass(frozen=True)
class Submission:
    """One file of a student's: where it is, whose, and when it came. `data()` reads it."""

    label: str  # a path, with the member of a zip behind an exclamation mark
    source: Path
    member: str | None = None
    student: Student = field(default_factory=Student)
    submitted_at: dt.datetime | None = None
    known: bool = True  # could the student be told?
    note: str = ""

    def data(self) -> bytes:
        """The bytes of the file; OSError or zipfile.BadZipFile if it cannot be read."""
        if self.member is None:
            with open(self.source, "rb") as file:
                return file.read(MAX_FILE + 1)
        try:
            with zipfile.ZipFile(self.source) as archive, archive.open(self.member) as file:
                return file.read(MAX_FILE + 1)  # a zip bomb is cut here
        except OSError:
            raise
        except Exception as error:  # damaged streams, passwords, unknown methods: each library has errors of its own
            raise zipfile.BadZipFile(str(error)) from None

    @property
    def key(self) -> str:
        """A name for the files of this submission, the same in every run."""
        readable = re.sub(r"[^\w.-]+", "-", self.student.name or Path(self.member or self.source).stem)[:40].strip("-.")
        return f"{readable or 'submission'}-{hashlib.sha256(os.fsencode(self.label)).hexdigest()[:20]}"
