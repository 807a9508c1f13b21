"""A row of the results: what came of one submission, as results.json and every report have it."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from seqlab.autograder.judging.verdict import Verdict

NOT_JUDGED = "could not be judged"  # the status where a check is at fault: no mark, whatever the answer


@dataclass(frozen=True)
class ExerciseResult:
    """What one exercise got, in words for its student: of a hidden case they are those of `judging/closed.py`.

    results.json, pages, feedback, Gradescope's tests and the class's overview have these and no others. What only the
    instructor gets is kept apart: `Row.flags`, and `Row.fault`, a traceback with values in it, for OUT/log.txt.
    """

    exercise: str
    points: float
    max_points: float
    status: str
    message: str = ""  # the verdict as running text
    case: str = ""
    expected: str = ""
    got: str = ""
    slip: str = ""
    title: str = ""

    @classmethod
    def of(cls, verdict: Verdict) -> "ExerciseResult":
        """A verdict without its secrets."""
        told = verdict.without_secrets()
        known = {f.name: getattr(told, f.name) for f in fields(cls)}
        return cls(**known | {"message": told.sentence()})


@dataclass(frozen=True)
class Late:
    """What lateness cost: days begun, and the points before and after."""

    days: int
    deduction: float
    points_before: float


@dataclass(frozen=True)
class Row:
    """One submission, graded. What the run does not know of it is None, and then no file mentions it."""

    notebook: str  # where it came from, as `Submission.label`
    lab: str
    points: float
    max_points: float
    status: str
    message: str = ""
    exercises: list[ExerciseResult] = field(default_factory=list)  # none where it could not be graded
    seconds: float = 0.0
    answers: dict[str, str] | None = None  # the sources, by exercise: for comparing, never for a report
    executed: str | None = None  # how the whole notebook went, where that was asked for
    executed_notebook: str | None = None  # the notebook with its outputs, until it is written to a file of its own
    fault: str | None = None  # the traceback of a check that broke, until it is written to the run's log
    flags: list[str] | None = None  # what an instructor should look at
    late: Late | None = None
    sandbox: str | None = None  # the sandbox's line
    seqlab: str | None = None  # the version, and
    worker: int | None = None  # the process, of a worker on a cluster
    student: dict[str, str] | None = None  # the fields of `Student`, as far as they are known
    guessed: bool | None = None  # True if nothing but the name of a file or folder says whose it is
    conflict: str | None = None  # what the instructor has to decide before it counts: no gradebook is filled in
    submitted_at: str | None = None  # ISO 8601, the platform's

    def as_dict(self) -> dict[str, Any]:
        """The row as JSON has it: without what is not known."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Row":
        """A row that was written; KeyError or TypeError if this is none."""
        late = content.get("late")
        parts = {
            "exercises": [ExerciseResult(**e) for e in content["exercises"]],
            "late": Late(**late) if late else None,
        }
        return cls(**content | parts)
