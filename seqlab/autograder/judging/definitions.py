"""What came of the statements that define the answers, and which of them is behind a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from seqlab.autograder.judging.causes import Plan, broken_need, first_cause, missing_name, older_value, told
from seqlab.autograder.judging.exercise import Exercise
from seqlab.autograder.judging.verdict import Verdict
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.values import Ref

LATER = "a statement that got through at first did not at a later time"
_IMPORTS = ("ModuleNotFoundError", "ImportError")


@dataclass(frozen=True)
class Definitions:
    """The cells, their statements, what these raised (or hung, or killed the child), and Python's version here and there."""

    cells: list[str]
    plan: Plan
    broken: Mapping[int, AnswerError]
    versions: tuple[str, str]

    def absent(self, exercise: Exercise) -> Verdict:
        """The name is not there: never written, or the statement that defines it did not get through."""
        for index, (_, binds, _) in enumerate(self.plan):
            if exercise.name in binds and index in self.broken:
                return self._from_definition(exercise, self.broken[index])
        return without_points(exercise, "missing", f"{exercise.name} is not defined in the notebook")

    def _from_definition(self, exercise: Exercise, error: AnswerError) -> Verdict:
        cause = first_cause(error, self.plan, self.broken)
        if cause.message == LATER:
            return without_points(exercise, "error", LATER)
        status = {"Timeout": "timeout", "NotImplementedError": "missing"}.get(cause.type, "error")
        text = f"the cell that defines {exercise.name} did not get through: {self._told(error)}"
        if cause is not error:
            text += f". {missing_name(error)} is missing because of an earlier statement: {self._told(cause)}"
        return without_points(exercise, status, text)

    def _told(self, error: AnswerError) -> str:
        return told(error, self.cells, self.versions)

    def blame(self, exercise: Exercise, answer: Any, verdict: Verdict, raised: AnswerError | None) -> Verdict:
        """Where a statement of the notebook's that did not get through is behind a failure, say that.

        It would have defined a name that the answer uses, or filled in a dict. Which name, the answer's own words say
        only where no hidden number can be in them.
        """
        if verdict.passed:
            return verdict
        behind = None
        if raised is not None and raised.type == "NameError":
            if not verdict.visible:
                behind = broken_need(exercise.name, self.plan, self.broken)
            elif (cause := first_cause(raised, self.plan, self.broken)) is not raised:
                behind = missing_name(raised), cause
        if behind:
            name, cause = behind
            if cause.message == LATER:
                text = f"{verdict.message}. {LATER}"
                return replace(
                    verdict, message=text, hidden=verdict.hidden and verdict.hidden.because(f". {LATER}", "")
                )
            text = f"{verdict.message}. {name} is missing because a statement did not get through: {self._told(cause)}"
            slip = "grading has the packages that the lab needs, and no others" if cause.type in _IMPORTS else ""
            status = "timeout" if cause.type == "Timeout" else verdict.status
            status = status if not verdict.points else verdict.status
            hidden = verdict.hidden and verdict.hidden.because(text.removeprefix(verdict.message), slip)
            return replace(verdict, status=status, message=text, slip=slip, hidden=hidden)
        if not isinstance(answer, Ref):
            for index, (_, binds, _) in enumerate(self.plan):
                if exercise.name in binds and index in self.broken:
                    return self._from_definition(exercise, self.broken[index])
        if older := older_value(exercise.name, self.plan, self.broken):
            name, cause = older
            text = (
                f". {name} has an older value, for a statement that binds it did not get through: {self._told(cause)}"
            )
            text = f". {LATER}" if cause.message == LATER else text
            hidden = verdict.hidden and verdict.hidden.because(text, verdict.hidden.slip)
            return replace(verdict, message=verdict.message + text, hidden=hidden)
        return verdict


def without_points(exercise: Exercise, status: str, message: str) -> Verdict:
    return Verdict(exercise.name, 0, exercise.points, status, message, title=exercise.title)
