"""What a run leaves in its folder: results.json, marks, gradebooks, the pages of the students and the class."""

import re
from pathlib import Path

from seqlab.autograder import reports
from seqlab.autograder.course.intake import Line
from seqlab.autograder.course.row import Row
from seqlab.autograder.course.submission import Student
from seqlab.whole import write_whole

_STALE = re.compile(r"-[0-9a-f]{20}\.html$|^(?:canvas|moodle)(?:-lab\w*)?\.csv$")  # what we write, and nobody else's

FORMATS = ("json", "csv", "html", "canvas", "moodle")


def publish(
    rows: list[Row],
    out: Path,
    formats: tuple[str, ...] = FORMATS,
    gradebook: str | None = None,
    assignment: str | None = None,
    lines: list[Line] | None = None,
    missing: list[Student] | None = None,
) -> list[Path]:
    """Write what is asked for, each file whole or not at all; results.json is always written.

    Gradebooks hold one lab: for several labs there is a file each. `gradebook` is the text of what Canvas (its
    gradebook) or Moodle (its grading worksheet) exports; the marks are then entered into that,
    under the title `assignment`. `lines`, the manifest, and `missing`, who of the class has handed in nothing, are
    written to intake.csv. What an earlier run has written, of these files and pages, and this one has not, is removed.
    """
    worksheet = gradebook if gradebook and "Identifier" in gradebook.partition("\n")[0] else None
    book = gradebook if gradebook and not worksheet else None
    texts = {"results.json": reports.results_json(rows)}
    if lines is not None:
        texts["intake.csv"] = reports.intake_csv(lines, missing or [])
    if "csv" in formats:
        texts["marks.csv"] = reports.marks_csv(rows)
    labs = sorted({row.lab for row in rows if row.lab})
    for lab in labs:
        own, suffix = [row for row in rows if row.lab == lab and not row.conflict], f"-{lab}" if len(labs) > 1 else ""
        if "canvas" in formats:
            texts[f"canvas{suffix}.csv"] = reports.canvas_csv(own, book, assignment)
        if "moodle" in formats:
            texts[f"moodle{suffix}.csv"] = reports.moodle_csv(own, worksheet, assignment)
    if "html" in formats:
        texts["report.html"] = reports.class_page(rows, lines=lines, missing=missing)
        texts |= {f"students/{reports.page_name(row)}": reports.student_page(row) for row in rows}
    for name, text in texts.items():
        write_whole(out / name, text)
    pages = {f"students/{reports.page_name(row)}" for row in rows}
    for path in [*out.glob("students/*.html"), *out.glob("canvas*.csv"), *out.glob("moodle*.csv")]:
        if path.relative_to(out).as_posix() not in pages | set(texts) and _STALE.search(path.name):
            path.unlink()
    return [out / name for name in texts if not name.startswith("students/")]
