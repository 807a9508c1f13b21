"""What runs in Gradescope's container: one submission in, results.json out, whatever the submission is.

    python -m seqlab.autograder.exports.container /autograder

Reads source/seqlab.json, source/seed, submission/ and submission_metadata.json below the given folder and
writes results/results.json, to https://gradescope-autograders.readthedocs.io/en/latest/specs/. What goes to
standard output is for the instructor alone.
"""

import concurrent.futures as cf
import json
import os
import secrets
import sys
import time
from pathlib import Path
from typing import Any

from seqlab.autograder.course.choice import Candidate, choose, settle
from seqlab.autograder.course.entries import list_entries
from seqlab.autograder.course.names import is_handin_name, is_notebook
from seqlab.autograder.course.row import NOT_JUDGED, ExerciseResult, Row
from seqlab.autograder.course.sorting import sort_out
from seqlab.autograder.reports.rows import clean
from seqlab.exercises import find_lab
from seqlab.whole import write_whole

NO_MARK = 3  # the exit status for it


class _NoMark(Exception):
    """A check is at fault: no mark of this submission would be the student's."""


def grade_in_container(root: Path) -> dict[str, Any]:
    """Grade what lies in root/submission and return what results.json is to hold. It never raises."""
    start = time.monotonic()
    settings: dict[str, Any] = {}
    try:
        settings = json.loads((root / "source" / "seqlab.json").read_text(encoding="utf-8"))
        rows, notes = _within(settings["seconds"], _rows, root, settings["lab"])
    except _NoMark as error:  # without scores Gradescope shows that the autograder has failed, and no mark of 0
        print(f"seqlab: {error}")
        return {"output": "Nothing is graded, for the check is at fault and not your answer. Tell your instructor."}
    except TimeoutError:
        rows, notes = [], [f"The grading took longer than {settings['seconds']:g} seconds and was stopped."]
    except Exception as error:  # a defect of ours or of the container: the instructor sees which
        print(f"seqlab: {type(error).__name__}: {error}")
        rows, notes = [], ["The autograder failed, so nothing is graded. Please tell your instructor."]
    visibility = settings.get("visibility", "visible")
    return clean(results(settings.get("lab", ""), rows, notes, visibility, time.monotonic() - start))


def results(lab: str, rows: list[Row], notes: list[str], visibility: str, seconds: float) -> dict[str, Any]:
    """The object of results.json: the best row's exercises as tests; without a row every exercise at 0.

    The score is the sum of the tests' scores, which Gradescope would otherwise form itself. There is no leaderboard:
    marks are no race.
    """
    best = max(rows, key=lambda row: row.points, default=None)
    exercises = best.exercises if best else _nothing(lab)
    tests: list[dict[str, Any]] = [
        {
            "score": e.points,
            "max_score": e.max_points,
            "status": "passed" if e.status == "passed" else "failed",  # the only two that Gradescope knows
            "name": f"{e.exercise} · {e.title}" if e.title else e.exercise,
            "number": str(number),
            "output": e.message or "All cases passed.",
            "output_format": "text",
            "tags": [lab, e.exercise, e.status],
            "visibility": visibility,
        }
        for number, e in enumerate(exercises, 1)
    ]
    if best and len(rows) > 1:
        notes = [f"{len(rows)} notebooks were handed in; the best one counts: {best.notebook}.", *notes]
    sandbox = [best.sandbox] if best and best.sandbox else []
    return {
        "score": round(sum(t["score"] for t in tests), 2),
        "execution_time": round(seconds, 2),
        "output": "\n".join([*notes, *sandbox]),
        "output_format": "text",
        "visibility": visibility,
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def _nothing(lab: str) -> list[ExerciseResult]:
    """The lab's exercises, each with 0 points; where not even the lab is known, one line that says so."""
    try:
        exercises = find_lab(lab).exercises.values()
    except Exception:
        return [ExerciseResult("autograder", 0, 0, "missing", "Not graded.")]
    return [ExerciseResult(e.name, 0, e.points, "missing", "Not graded.", title=e.title) for e in exercises]


def _rows(root: Path, lab: str) -> tuple[list[Row], list[str]]:
    """A row for each notebook that can be graded, and a sentence for each file that cannot."""
    from seqlab.autograder.course.unit import Grader

    seed, folder = _take_seed(root / "source" / "seed"), root / "submission"
    sorted_out = {entry: sort_out(entry, lab) for entry in list_entries([folder])}
    names = {entry.path: "/".join(entry.outer[1:] + entry.inner) for entry in sorted_out}
    files = [
        Candidate(entry.path, entry.outer[1:] + entry.inner, answers=what.answers)
        for entry, what in sorted_out.items()
        if what.lab
    ]
    notes = [
        f"{names[entry.path]}: {what.problem}"
        for entry, what in sorted_out.items()
        if what.problem and (not files or is_notebook(entry.name) or is_handin_name(entry.name))
    ]
    if not any(is_notebook(entry.name) or is_handin_name(entry.name) for entry in sorted_out if not entry.passed):
        notes.insert(0, f"No notebook was handed in: the lab is one file {lab}….ipynb, or the .json of lab.submit().")
    choice = choose(files)
    notes += [choice.why.strip()] if choice.why else []
    counting = {candidate.label for candidate in choice.counting}
    rows = []
    grader = Grader()
    try:
        for entry in sorted_out:
            if entry.path in counting:
                row = grader.grade(entry.read(), names[entry.path], seed, lab)
                if row.status == NOT_JUDGED:
                    raise _NoMark(f"{row.notebook}: {row.message}\n{row.fault or ''}")
                rows += [row] if row.exercises else []
                notes += [] if row.exercises else [f"{row.notebook}: {row.message}"]
    finally:
        grader.close()
    for stay, _, _ in settle(rows, key=lambda row: row.lab, row=lambda row: row, time=lambda row: None):
        rows = stay
    _tell_instructor(root / "submission_metadata.json", rows)
    return rows, notes


def _take_seed(path: Path) -> int:
    """The seed, taken away: where the sandbox is reduced, students' code could read the file."""
    try:
        seed = int(path.read_text())
        path.unlink()
        return seed
    except (OSError, ValueError):
        print("seqlab: no readable seed in the autograder, so this run drew its own.")
        return secrets.randbits(62)


def _tell_instructor(metadata: Path, rows: list[Row]) -> None:
    """On standard output: whose it is and what it got, and where the assignment is worth something else."""
    try:
        said = json.loads(metadata.read_text(encoding="utf-8"))
        names = ", ".join(str(user.get("name")) for user in said.get("users", []))
        worth = float(said["assignment"]["total_points"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        names, worth = "", None
    for row in rows:
        print(f"{names or 'submission'}: {row.notebook}: {row.points:g} of {row.max_points:g}, {row.seconds} s")
        if worth is not None and worth < row.max_points:
            print(f"The lab has {row.max_points:g} points, the assignment {worth:g}: set its autograder points.")


def _within(seconds: float, work: Any, *args: Any) -> Any:
    """Do the work within a time, else TimeoutError: then the thread, and its children, end with this process."""
    pool = cf.ThreadPoolExecutor(1)
    try:
        return pool.submit(work, *args).result(timeout=seconds)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def main(root: Path) -> None:
    """Grade, write, and leave at once: a submission that still runs must not keep the container."""
    outcome = grade_in_container(root)
    write_whole(root / "results" / "results.json", json.dumps(outcome, ensure_ascii=False, indent=1) + "\n")
    sys.stdout.flush()
    os._exit(0 if "score" in outcome else NO_MARK)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
