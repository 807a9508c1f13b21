"""The students' pages as zips that go back: named as the platform has named what was handed in.

Canvas, "Upload Submissions" of an assignment: it reads a student's number and the file's from a name such as
`doejane_1001_50001_lab2.ipynb` (`infer_comment_context_from_filename`), and shows the page as a comment. Moodle,
"Upload multiple feedback files in a zip": it reads the participant's number from a folder such as
`Jane Doe_201_assignsubmission_file` (`assignfeedback_file_zip_importer`).
"""

import io
import itertools
import re
import zipfile
from collections.abc import Callable
from pathlib import PurePosixPath

from seqlab.autograder.course.platforms import anonymous_id, canvas_number, moodle_number
from seqlab.autograder.course.row import Row
from seqlab.autograder.reports.pages import student_page
from seqlab.autograder.reports.rows import conflict, file_name, student


def canvas_feedback(rows: list[Row]) -> bytes | None:
    """The zip for Canvas; None where nothing was handed in there. Whose page it is has to be certain."""
    pages: dict[str, str] = {}
    for row in rows:
        who = student(row)
        name = _named(row, canvas_number, who.get("canvas_id"))
        if not name and not who.get("canvas_id") and who.get("name", "").startswith("anon"):
            name = _named(row, anonymous_id, who.get("id"))
        if name and not conflict(row):
            stem = PurePosixPath(name).stem
            # Canvas takes what ends in "_link…" for an address that was handed in, and passes it over
            stem = re.sub(r"_(link[^_]*)$", r"_page-\1", stem)
            pages[_free(stem, row, pages)] = student_page(row)
    return _zip(pages)


def moodle_feedback(rows: list[Row]) -> bytes | None:
    """The zip for Moodle; None where nothing was handed in there. Whose page it is has to be certain."""
    pages: dict[str, str] = {}
    for row in rows:
        name = _named(row, moodle_number, student(row).get("participant"))
        if name and not conflict(row):
            stem = PurePosixPath(file_name(row)).stem
            # a folder for each student, or, as Moodle is set, only names that say as much
            is_folder = name != file_name(row)
            pages[_free(f"{name}/{stem}" if is_folder else PurePosixPath(name).stem, row, pages)] = student_page(row)
    return _zip(pages)


def _named(row: Row, read: Callable[[str], str], number: str | None) -> str:
    """The outermost part of a row's path that a platform has named after the student with this number."""
    for part in re.split(r"[/!]", row.notebook.replace("\\", "/")):
        if number and read(part) == number:
            return part
    return ""


def _free(stem: str, row: Row, pages: dict[str, str]) -> str:
    """The name of a page: two labs may have come in one zip, or as files of one name."""
    names = itertools.chain([stem, f"{stem}-{row.lab}"], (f"{stem}-{row.lab}-{n}" for n in itertools.count(2)))
    return next(f"{name}.html" for name in names if f"{name}.html" not in pages)


def _zip(pages: dict[str, str]) -> bytes | None:
    if not pages:
        return None
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, page in sorted(pages.items()):
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the same rows, the same bytes
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, page)
    return out.getvalue()
