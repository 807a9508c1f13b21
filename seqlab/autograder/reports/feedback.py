"""The students' pages as zips that go back: named as the platform has named what was handed in.

Canvas, "Upload Submissions" of an assignment: it reads a student's number and the file's from a name such as
`doejane_1001_50001_lab2.ipynb` (`infer_comment_context_from_filename`), and shows the page as a comment. Moodle,
"Upload multiple feedback files in a zip": it reads the participant's number from a folder such as
`Jane Doe_201_assignsubmission_file` (`assignfeedback_file_zip_importer`).
"""

import io
import re
import zipfile
from pathlib import PurePosixPath

from seqlab.autograder.course.row import Row
from seqlab.autograder.reports.pages import student_page
from seqlab.autograder.reports.people import CANVAS_FILE, MOODLE_NAME, identity, platform_name
from seqlab.autograder.reports.rows import conflict, file_name


def canvas_feedback(rows: list[Row]) -> bytes | None:
    """The zip for Canvas; None where nothing was handed in there. Whose page it is has to be certain."""
    pages = {}
    for row in rows:
        name = platform_name(row, CANVAS_FILE, identity(row).get("canvas_id") or "?")
        if name and not conflict(row):
            stem = PurePosixPath(name).stem
            # Canvas takes what ends in "_link…" for an address that was handed in, and passes it over
            stem = re.sub(r"_(link[^_]*)$", r"_page-\1", stem)
            pages[f"{stem}.html"] = student_page(row)
    return _zip(pages)


def moodle_feedback(rows: list[Row]) -> bytes | None:
    """The zip for Moodle; None where nothing was handed in there. Whose page it is has to be certain."""
    pages = {}
    for row in rows:
        name = platform_name(row, MOODLE_NAME, identity(row).get("participant") or "?")
        if name and not conflict(row):
            stem = PurePosixPath(file_name(row)).stem
            # a folder for each student, or, as Moodle is set, only names that say as much
            is_folder = name != file_name(row)
            pages[f"{name}/{stem}.html" if is_folder else f"{PurePosixPath(name).stem}.html"] = student_page(row)
    return _zip(pages)


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
