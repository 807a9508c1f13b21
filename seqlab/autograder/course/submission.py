"""A submission: one file that a student, or a group, has handed in, with what is known of who and when.

A notebook, or a *hand-in*, which is the small file that `lab.submit()` writes (`handin.py`). What stands in the file
is its `Contents` (`contents.py`).
"""

import datetime as dt
import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import PurePath


@dataclass(frozen=True)
class Student:
    """Who handed something in, as far as it is known. Each number is of the system that its name says."""

    id: str = ""  # the one that people use: the roster's, else the platform's
    name: str = ""
    email: str = ""
    sis_id: str = ""
    login: str = ""
    canvas_id: str = ""
    participant: str = ""  # Moodle's number, of its "Participant 123"
    section: str = ""
    group: str = ""

    def known(self) -> dict[str, str]:
        """What is known, by name."""
        return {key: value for key, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Submission:
    """One file, or what stands for it: where it is, whose, and when it came. `read()` gives its bytes."""

    label: str  # a path, with the member of a zip behind an exclamation mark
    read: Callable[[], bytes]  # OSError or zipfile.BadZipFile if it cannot be read
    source: str = ""  # the label with the whole path: the same wherever the command is given
    students: tuple[Student, ...] = (Student(),)  # all the members of a group
    guessed: bool = False  # by the name of a file or folder: nobody who knows has said so
    known: bool = True  # False if there is a roster or gradebook, and the student is not on it
    submitted_at: dt.datetime | None = None  # the platform's time
    late: str = ""  # the platform calls it late, and does not say how late
    lab: str = ""
    problem: str = ""  # why it cannot be graded
    conflict: str = ""  # why an instructor has to decide what counts
    flags: tuple[str, ...] = ()  # what an instructor should look at
    why: str = ""  # why this one counts, where there was a choice
    whose: tuple[str, ...] = ()  # equal for the same owner, and for nobody else
    keys: tuple[str, ...] = ()  # equal for the same student, one for each; none where that is a guess

    @property
    def student(self) -> Student:
        """The student, of a group the first."""
        return self.students[0]

    @property
    def key(self) -> str:
        """A name for the files of this submission, the same in every run."""
        name = self.student.name or PurePath(self.label.replace("!", "/")).stem
        readable = re.sub(r"[^\w.-]+", "-", name)[:40].strip("-.")
        return f"{readable or 'submission'}-{hashlib.sha256(os.fsencode(self.label)).hexdigest()[:20]}"
