"""What a run leaves in its folder: results.json, marks, gradebooks, the pages of the students and the class."""

from pathlib import Path

from seqlab.autograder import reports
from seqlab.autograder.course.row import Row
from seqlab.whole import write_whole

FORMATS = ("json", "csv", "html", "canvas", "moodle")


def publish(
    rows: list[Row],
    out: Path,
    formats: tuple[str, ...] = FORMATS,
    gradebook: str | None = None,
    assignment: str | None = None,
) -> list[Path]:
    """Write what is asked for, each file whole or not at all; results.json is always written.

    Gradebooks hold one lab: for several labs there is a file each. `gradebook` is the text of what Canvas (its
    gradebook) or Moodle (its grading worksheet) exports; the marks are then entered into that,
    under the title `assignment`.
    """
    worksheet = gradebook if gradebook and "Identifier" in gradebook.partition("\n")[0] else None
    book = gradebook if gradebook and not worksheet else None
    texts = {"results.json": reports.results_json(rows)}
    if "csv" in formats:
        texts["marks.csv"] = reports.marks_csv(rows)
    labs = sorted({row.lab for row in rows if row.lab})
    for lab in labs:
        own, suffix = [row for row in rows if row.lab == lab], f"-{lab}" if len(labs) > 1 else ""
        if "canvas" in formats:
            texts[f"canvas{suffix}.csv"] = reports.canvas_csv(own, book, assignment)
        if "moodle" in formats:
            texts[f"moodle{suffix}.csv"] = reports.moodle_csv(own, worksheet, assignment)
    if "html" in formats:
        texts["report.html"] = reports.class_page(rows)
        texts |= {f"students/{reports.page_name(row)}": reports.student_page(row) for row in rows}
    for name, text in texts.items():
        write_whole(out / name, text)
    return [out / name for name in texts if not name.startswith("students/")]
