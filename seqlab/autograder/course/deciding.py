"""From submissions to rows: a row for each student and lab, with what is known of student and time, and what to decide."""

from dataclasses import replace

from seqlab.autograder.course.choice import few, settle
from seqlab.autograder.course.intake import Line
from seqlab.autograder.course.late import LatePolicy, apply
from seqlab.autograder.course.names import file_name
from seqlab.autograder.course.roster import letters
from seqlab.autograder.course.row import Row
from seqlab.autograder.course.submission import Submission

_Thing = tuple[Submission, int, Row]  # with the number of the student, in a group


def decided(
    submissions: list[Submission], done: dict[str, Row], lines: list[Line], policy: LatePolicy | None
) -> list[tuple[Submission, Row]]:
    """A row for each student and lab, in the order of the submissions; more than one only with a conflict."""
    things = [
        (submission, number, _with_student(done[submission.key], submission, number, policy))
        for submission in submissions
        for number in range(len(submission.students))
    ]
    namesakes = _namesakes(things)
    shown: dict[tuple[str, int], Row] = {}
    told: dict[str, str] = {}
    for stay, gone, why in settle(
        things,
        key=lambda t: (t[0].keys[t[1]] if t[0].keys else t[0].whose, t[2].lab),
        row=lambda t: t[2],
        time=lambda t: t[0].submitted_at,
    ):
        for submission, _, _ in gone:
            told.setdefault(submission.source, f"superseded by {stay[0][2].notebook}: {why}")
        for submission, number, row in stay:
            conflict = submission.conflict or ("" if gone else why) or namesakes.get((submission.key, number), "")
            if gone:
                others = few([file_name(other.notebook) for _, _, other in gone])
                row = replace(row, message=f"{row.message} {others} came too: {why}.".strip())
            shown[submission.key, number] = _asking(row, conflict) if conflict else row
    for submission, number, _ in things:  # what counts for one of a group is not superseded
        if (submission.key, number) in shown:
            why = shown[submission.key, number].conflict or ""
            told[submission.source] = why and f"graded, and to be decided: {why}"
    for submission in submissions:
        if not done[submission.key].exercises:
            told[submission.source] = "" if submission.problem else f"not graded because {done[submission.key].message}"
    for line in lines:
        line.outcome = told.get(line.source) or line.outcome
    return [(s, shown[s.key, number]) for s, number, _ in things if (s.key, number) in shown]


def _namesakes(things: list[_Thing]) -> dict[tuple[str, int], str]:
    """Of guessed students whose names are the same, for one lab, that nobody knows whether they are one."""
    called: dict[tuple[str, str], list[_Thing]] = {}
    for thing in things:
        if thing[0].guessed:
            called.setdefault((letters(thing[0].student.name), thing[2].lab), []).append(thing)
    return {
        (submission.key, number): f"{submission.student.name!r} is a guess, and stands for several: whose is it?"
        for same in called.values()
        if len({submission.whose for submission, _, _ in same}) > 1
        for submission, number, _ in same
    }


def _asking(row: Row, conflict: str) -> Row:
    flags = list(row.flags or ())
    return replace(row, conflict=conflict, flags=flags if conflict in flags else [*flags, conflict])


def _with_student(row: Row, submission: Submission, number: int, policy: LatePolicy | None) -> Row:
    """The row with what is known of student, time and lateness; found anew in each run, so never stale."""
    when, flags, told = submission.submitted_at, list(submission.flags), [row.message, submission.why]
    if policy and row.exercises and when is None:
        if submission.late:
            flags.append("how late is not known here, so nothing is deducted: give the times with --times")
        else:
            told.append("When it was handed in is not known here, so nothing is deducted for lateness.")
    row = replace(
        row,
        student=submission.students[number].known(),
        guessed=True if submission.guessed else None,
        submitted_at=when.isoformat(timespec="seconds") if when else None,
        flags=[*(row.flags or ()), *flags] if flags else row.flags,
        message=" ".join(filter(None, told)),
        answers=row.answers if number == 0 else None,  # a group's members are not compared with each other
    )
    return apply(policy, row, when) if policy else row
