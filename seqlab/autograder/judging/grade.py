"""Grade the answers of one notebook: its cells go into a child, the tester asks and judges, verdicts always come out."""

import re
import signal
import time
from collections.abc import Callable
from typing import Any

from seqlab.autograder.judging.children import Child, ParentGone
from seqlab.autograder.judging.exercise import Exercise
from seqlab.autograder.judging.judge import judge
from seqlab.autograder.judging.redaction import KNOWN_NAMES, RedactedRuntime, line_of
from seqlab.autograder.judging.verdict import Verdict
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.channel import Gone, OutOfTime
from seqlab.autograder.wire.codec import BadMessage
from seqlab.autograder.wire.values import Ref

DEFINE_SECONDS = 20.0  # for one top-level statement, such as an import or a table
TOTAL_SECONDS = 600.0  # for a whole submission, whatever its cells do
SIGNALS: dict[int, str] = {
    signal.SIGKILL: "memory, or a stop from outside",
    signal.SIGABRT: "TensorFlow gave up, perhaps for want of memory (an answer may use 2 GB)",
    signal.SIGSEGV: "a crash (too deep a recursion, or memory that is not there)",
    signal.SIGBUS: "a crash (memory that is not there)",
    signal.SIGXCPU: "processor time",
    signal.SIGSYS: "a system call that is not allowed",
}


def overall(verdicts: list[Verdict]) -> str:
    """The status of a submission from those of its exercises."""
    if all(v.passed for v in verdicts):
        return "passed"
    if any(v.points > 0 for v in verdicts):
        return "partial"
    statuses = {v.status for v in verdicts}
    return next((s for s in ("error", "timeout", "failed") if s in statuses), "missing")


class Answers:
    """The answers of one notebook in a child; a child that hangs or dies costs one exercise and is replaced."""

    def __init__(self, cells: list[str], exercises: dict[str, Exercise], spawn: Callable[[], Child]):
        self.cells, self.exercises, self.spawn = cells, exercises, spawn
        self.until = time.monotonic() + TOTAL_SECONDS
        self.broken: dict[int, AnswerError] = {}  # statements that raised, hung or killed the child
        self.plan: list[tuple[int, list[str]]] = []
        self.child: Child | None = None
        self.judged: set[str] = set()  # by the child that is there now
        self.alone: set[str] = set()
        self.names = set(re.findall(r"\w+", "\n".join(cells))) | KNOWN_NAMES

    def judge_all(self, seed: int) -> list[Verdict]:
        """A verdict for every exercise of the lab."""
        try:
            return [self.judge(e, seed) for e in self.exercises.values()]
        finally:
            self.end()

    def judge(self, exercise: Exercise, seed: int) -> Verdict:
        """Judge one exercise within its deadline.

        One that seems to suffer from what the same child did before is judged again in a child of its own. So is
        one whose failure would show the child's own words: they could carry a hidden number of another exercise.
        """
        verdict, suspect, fatal = self._judge_once(exercise, seed)
        again = fatal == "killed" or ((fatal or suspect) and self.judged != {exercise.name})
        if again and exercise.name not in self.alone:
            self.alone.add(exercise.name)  # killed perhaps by somebody else: once more, even if it was alone
            self.end()
            verdict, _, _ = self._judge_once(exercise, seed)
        return verdict

    def _judge_once(self, exercise: Exercise, seed: int) -> tuple[Verdict, bool, str]:
        """The verdict, whether others might have had a part in it, and how the child ended if it did."""
        try:
            child = self._ready()
            runtime = child.within(self._seconds(exercise.deadline))
            self.judged.add(exercise.name)
            try:
                answer = runtime.perform("find", exercise.name)
            except AnswerError:
                was_there = any(exercise.name in binds for _, binds in self.plan)
                return self._absent(exercise), was_there, ""
            asked = RedactedRuntime(runtime, self.cells, self.names)
            verdict = judge(exercise, asked, answer, seed)
            if asked.broken_off:
                self.end()
            quotes = verdict.visible and not verdict.passed and verdict.status != "missing"
            return self._blame_definition(exercise, answer, verdict), quotes, ""
        except OutOfTime:
            self.end()
            what = f"no answer within its {exercise.deadline:g} seconds: is there a loop that never ends?"
            return _verdict(exercise, "timeout", what), True, ""
        except (Gone, BadMessage) as error:
            reason = self._why(error)
            return _verdict(exercise, "error", reason), False, "killed" if "killed" in reason else "ended"
        except ParentGone:
            raise
        except Exception as error:  # what came back breaks the check itself: this costs the exercise alone
            self.end()
            what = f"what {exercise.name} gave could not be judged ({type(error).__name__})"
            return _verdict(exercise, "error", what), False, ""

    def end(self) -> int:
        """End the child, and with it everything that its code started."""
        child, self.child = self.child, None
        return child.end() if child else 0

    def _ready(self) -> Child:
        """A child in which the answers are defined, whatever some of the statements do."""
        while self.child is None:
            self.child, self.judged = self.spawn(), set()
            try:
                self.plan = self.child.within(self._seconds(DEFINE_SECONDS)).perform(
                    "plan", self.cells, list(self.exercises)
                )
            except AnswerError:  # cells that cannot even be looked at: then nothing is defined
                self.plan = []
            self._run_statements(self.child)
        return self.child

    def _run_statements(self, child: Child) -> None:
        for index in range(len(self.plan)):
            if index in self.broken and self.broken[index].type in ("Timeout", "Killed"):
                continue
            try:
                child.within(self._seconds(DEFINE_SECONDS)).perform("run", index)
            except AnswerError as error:
                self.broken[index] = error
            except OutOfTime:
                self.broken[index] = AnswerError("Timeout", f"it does not end within {DEFINE_SECONDS:g} seconds")
                self.end()
                return
            except (Gone, BadMessage) as error:
                self.broken[index] = AnswerError("Killed", self._why(error))
                return

    def _seconds(self, wanted: float) -> float:
        """What an exercise may use of the time that the whole submission has left."""
        return max(0.0, min(wanted, self.until - time.monotonic()))

    def _why(self, error: Exception) -> str:
        status = self.end()
        if isinstance(error, BadMessage):
            return f"the code was stopped: {error}"
        if status < 0:
            return f"killed: {SIGNALS.get(-status, f'signal {-status}')}"
        return "the code ended its own process"

    def _absent(self, exercise: Exercise) -> Verdict:
        """The name is not there: never written, or the statement that defines it did not get through."""
        for index, (_, binds) in enumerate(self.plan):
            if exercise.name in binds and index in self.broken:
                return self._from_definition(exercise, self.broken[index])
        return _verdict(exercise, "missing", f"{exercise.name} is not defined in the notebook")

    def _from_definition(self, exercise: Exercise, error: AnswerError) -> Verdict:
        status = {"Timeout": "timeout", "NotImplementedError": "missing"}.get(error.type, "error")
        line = line_of(self.cells, error)
        where = f", at your line `{line}`" if line else ""
        text = error.message if error.type in ("Timeout", "Killed") else f"{error.type}: {error.message[:300]}"
        return _verdict(exercise, status, f"the cell that defines {exercise.name} did not get through: {text}{where}")

    def _blame_definition(self, exercise: Exercise, answer: Any, verdict: Verdict) -> Verdict:
        """A dict that is incomplete because a later statement on it raised: say that instead."""
        if verdict.passed or isinstance(answer, Ref):
            return verdict
        for index, (_, binds) in enumerate(self.plan):
            if exercise.name in binds and index in self.broken:
                return self._from_definition(exercise, self.broken[index])
        return verdict


def _verdict(exercise: Exercise, status: str, message: str) -> Verdict:
    return Verdict(exercise.name, 0, exercise.points, status, message, title=exercise.title)
