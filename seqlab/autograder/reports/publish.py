"""What a run leaves in its folder: results.json, marks, gradebooks, pages, and the feedback that goes back.

Afterwards the folder holds what this run wrote, and no report of an earlier one beside it.
"""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from seqlab.autograder import reports
from seqlab.autograder.course.intake import Line
from seqlab.autograder.course.reading import as_written
from seqlab.autograder.course.row import Row
from seqlab.autograder.course.rubbish import grading_folder, is_ours
from seqlab.autograder.course.submission import Student
from seqlab.autograder.reports.books import platform_of
from seqlab.autograder.reports.feedback import canvas_feedback, moodle_feedback
from seqlab.autograder.reports.files import HandedIn
from seqlab.autograder.reports.gradebooks import Entered, Marks, enter
from seqlab.autograder.reports.published import equal_to_published
from seqlab.errors import SeqlabError
from seqlab.whole import write_whole

FORMATS = ("json", "csv", "html", "canvas", "moodle", "feedback")
ENTERED = "entered.json"  # the marks that seqlab has entered into gradebooks: what else stands there is somebody's
_REPORTS = (  # what we write, and hardly anybody else
    "marks.csv",
    "canvas.csv",
    "canvas-lab*.csv",
    "moodle.csv",
    "moodle-lab*.csv",
    "feedback-canvas.zip",
    "feedback-moodle.zip",
    "report.html",
    "index.html",
    f"students/*-{20 * '[0-9a-f]'}.html",
)


@dataclass
class Published:
    """What was written; what a gradebook keeps; whom it does not list; and what is wrong with it."""

    files: list[Path] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    absent: list[Row] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def publish(
    rows: list[Row],
    out: Path,
    formats: tuple[str, ...] = FORMATS,
    gradebook: str | bytes | None = None,
    assignment: str | None = None,
    *,
    lab: str | None = None,
    scale: bool = False,
    overwrite: bool = False,
    lines: list[Line] | None = None,
    missing: list[Student] | None = None,
) -> Published:
    """Write what is asked for, each file whole or not at all; results.json is always written.

    Args:
        rows: the results of the whole class.
        out: the folder.
        formats: of FORMATS.
        gradebook: the file that Canvas (its gradebook) or Moodle (its grading worksheet) exports, to enter the
            marks into. Without it there is a file for each lab, made from what is known of the students. A fault of it
            suppresses nothing: all else is written, and the fault is told in `faults`.
        assignment: the title of the gradebook's column; by default the column that is named after the lab.
        lab: the lab that was asked for, if one was.
        scale: scale marks to the maximum of the gradebook's column.
        overwrite: write over marks that were entered by hand.
        lines: the manifest, a line for everything that lay there; with
        missing: who of the class has handed in nothing, it is written to intake.csv.
    """
    done = Published()
    rows = [_flagged(row) for row in rows]
    texts: dict[str, str | bytes] = {"results.json": reports.results_json(rows)}
    if lines is not None:
        texts["intake.csv"] = reports.intake_csv(lines, missing or [])
    if "csv" in formats:
        texts["marks.csv"] = reports.marks_csv(rows)
    if "html" in formats:
        texts["report.html"] = reports.class_page(rows, index="index.html", lines=lines, missing=missing)
        texts["index.html"] = reports.index_page(rows)
        handed_in = HandedIn(out)
        for row in rows:
            page = reports.page_name(row)
            texts[f"students/{page}"] = reports.student_page(row, handed_in.link(row, page))
    if "feedback" in formats:
        zips = {"feedback-canvas.zip": canvas_feedback(rows), "feedback-moodle.zip": moodle_feedback(rows)}
        texts |= {name: content for name, content in zips.items() if content}
    for name, text in texts.items():
        write_whole(out / name, text)
    names = list(texts)
    for name, content in _gradebooks(rows, out, formats, gradebook, assignment, lab, scale, overwrite, done).items():
        write_whole(out / name, content)
        names.append(name)
    _remove_stale(out, set(names), gradebook)
    done.files = [out / name for name in names if not name.startswith("students/")]
    return done


def _gradebooks(
    rows: list[Row],
    out: Path,
    formats: tuple[str, ...],
    gradebook: str | bytes | None,
    assignment: str | None,
    lab: str | None,
    scale: bool,
    overwrite: bool,
    done: Published,
) -> dict[str, str | bytes]:
    """The gradebooks' files by name: the one that was handed over, and those that are made."""
    files: dict[str, str | bytes] = {}
    to_make = {platform for platform in ("canvas", "moodle") if platform in formats}
    if gradebook is not None:
        text, encoding = (gradebook, "utf-8") if isinstance(gradebook, str) else as_written(gradebook)
        before = _read_marks(out)
        # nothing is made up in place of a gradebook that was handed over
        to_make -= {platform_of(text).lower()} if platform_of(text) else {"canvas", "moodle"}
        try:
            entered = enter(rows, text, assignment, lab=lab, scale=scale, replace=overwrite, before=before)
            files[f"{entered.platform}.csv"] = entered.text.encode(encoding)
            files[ENTERED] = _merged(before, entered)
            done.told, done.absent, done.faults = entered.told, entered.absent, entered.faults
        except SeqlabError as fault:
            done.faults = [str(fault)]
    labs = sorted({row.lab for row in rows if row.lab})
    for one in labs:
        own, suffix = [row for row in rows if row.lab == one], f"-{one}" if len(labs) > 1 else ""
        if "canvas" in to_make:
            files[f"canvas{suffix}.csv"] = reports.canvas_csv(own, None, assignment)
        if "moodle" in to_make:
            files[f"moodle{suffix}.csv"] = reports.moodle_csv(own, None, assignment)
    return files


def _flagged(row: Row) -> Row:
    equal = equal_to_published(row)
    flag = f"{', '.join(equal)}: equal to the published solution"
    return replace(row, flags=[*(row.flags or ()), flag]) if equal and flag not in (row.flags or ()) else row


def _read_marks(out: Path) -> Marks:
    """The marks that earlier runs last wrote; none where nothing can be read, and then all that stands there is kept."""
    try:
        kept = json.loads((out / ENTERED).read_text(encoding="utf-8"))
        return {str(key): str(mark) for key, mark in kept.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _merged(before: Marks, entered: Entered) -> str:
    return json.dumps(before | entered.marks, indent=1, ensure_ascii=False) + "\n"


def _remove_stale(out: Path, written: set[str], gradebook: str | bytes | None) -> None:
    """Remove reports of earlier runs that this one did not write again; never the gradebook that was handed over.

    Nothing goes from a folder that no run has written, nor what is not named as we name it.
    """
    if not grading_folder(out):
        return
    given = gradebook.encode("utf-8") if isinstance(gradebook, str) else gradebook
    for pattern in _REPORTS:
        for path in out.glob(pattern):
            name = path.relative_to(out).as_posix()
            if name not in written and path.is_file() and (path.suffix != ".csv" or path.read_bytes() != given):
                path.unlink()
    for path in out.glob("handed-in/*"):  # copies, each beside the page of its name
        ours = path.is_file() and is_ours(("handed-in", path.name))
        if ours and f"students/{path.stem}.html" not in written:
            path.unlink()
