"""Grade the answers of one notebook: its cells go into a child, the tester asks and judges, verdicts always come out."""

import re
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import replace

from seqlab.autograder.judging.children import Child, ParentGone
from seqlab.autograder.judging.definitions import LATER, Definitions, without_points
from seqlab.autograder.judging.exercise import Exercise
from seqlab.autograder.judging.judge import Shown, judge, judge_shown
from seqlab.autograder.judging.redaction import KNOWN_NAMES, RedactedRuntime, without_paths
from seqlab.autograder.judging.remote import Endless
from seqlab.autograder.judging.verdict import Verdict
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.channel import Gone, OutOfTime
from seqlab.autograder.wire.codec import BadMessage

DEFINE_SECONDS = 20.0  # for one top-level statement, such as an import or a table
CELL_SECONDS = 30.0  # that the statements of one cell may hang, all together
HANGING_SECONDS = 90.0  # and those of all cells: what comes after them has to be judged too
BRIEF_SECONDS = 1.0  # what a statement still gets where so much has been waited for in vain
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
    """The answers of one notebook in a child; a child that hangs or dies costs one exercise and is replaced.

    The worked examples of all exercises come first (`show`): what fails there is told in open words, which were made
    before any hidden number was there to be told. Then come the hidden cases (`begin_hidden`, `judge`).

    python: the version that the notebook was run with, if it says one. references: gives the cells of the lab's own
    answers, on which a check that breaks is tried.

    Attributes:
        faults: exercises whose check is at fault, with the traceback: their verdicts are no marks.
        odd: exercises whose answer broke a check that is in order, with the traceback.
    """

    def __init__(
        self,
        cells: list[str],
        exercises: dict[str, Exercise],
        spawn: Callable[[], Child],
        python: str = "",
        references: Callable[[], list[str]] | None = None,
    ):
        self.cells, self.exercises, self.spawn, self.references = cells, exercises, spawn, references
        self.python, self.own_python = python, ""
        self.faults: dict[str, str] = {}
        self.odd: dict[str, str] = {}
        self.until = time.monotonic() + TOTAL_SECONDS
        self.broken: dict[int, AnswerError] = {}  # statements that raised, hung or killed the child
        self.skipped: set[int] = set()  # those that hung or killed it
        self.killed: set[int] = set()  # statements in which a child was
        self.hung: dict[int, float] = {}  # cell -> seconds that were waited for its statements in vain
        self.plan: list[tuple[int, list[str], list[str]]] = []
        self.unread = ""  # why the cells could not be looked at
        self.child: Child | None = None
        self.has_hidden = False  # may any child have been given hidden numbers?
        self.shown: dict[str, Shown] = {}
        self.spent: dict[str, float] = {}  # seconds, on its worked examples
        self.judged: set[str] = set()  # by the child that is there now
        self.alone: set[str] = set()
        self.names = set(re.findall(r"\w+", "\n".join(cells))) | KNOWN_NAMES

    def judge_all(self, seed: int) -> list[Verdict]:
        """A verdict for every exercise of the lab."""
        try:
            for exercise in self.exercises.values():
                self.show(exercise, seed)
            self.begin_hidden()
            return [self.judge(e, seed) for e in self.exercises.values()]
        finally:
            self.end()

    def show(self, exercise: Exercise, seed: int) -> Verdict | None:
        """Judge the worked examples of one exercise; the verdict, if there is one already."""
        self.shown[exercise.name] = self._judge(exercise, seed)
        return self.shown[exercise.name].verdict

    def begin_hidden(self) -> None:
        """From now on children are given hidden numbers."""
        self.has_hidden, self.alone = True, set()

    def settled(self, name: str) -> bool:
        """Did an exercise's worked examples tell all?"""
        return name in self.shown and self.shown[name].verdict is not None and not self.shown[name].open

    def judge(self, exercise: Exercise, seed: int) -> Verdict:
        """Judge one exercise, within what its worked examples left of its deadline."""
        shown = self.shown.get(exercise.name, Shown(None))
        if shown.verdict is not None and not shown.open:
            return shown.verdict
        whole = self._judge(exercise, seed).verdict
        assert whole is not None
        return shown.with_slip_of(whole) or whole

    def _judge(self, exercise: Exercise, seed: int) -> Shown:
        """Judge it, and if it seems to suffer from what the same child did before, again in a child of its own."""
        verdict, suspect, fatal = self._judge_once(exercise, seed)
        again = fatal == "killed" or ((fatal or suspect) and self.judged != {exercise.name})
        if again and exercise.name not in self.alone:
            self.alone.add(exercise.name)  # killed perhaps by somebody else: once more, even if it was alone
            self.end()
            verdict, _, _ = self._judge_once(exercise, seed)
        return verdict

    def _judge_once(self, exercise: Exercise, seed: int) -> tuple[Shown, bool, str]:
        """What came of it, whether others might have had a part in it, and how the child ended if it did."""
        if self.unread:
            return Shown(without_points(exercise, "timeout", self.unread)), False, ""
        try:
            child = self._ready()
            start, spent = time.monotonic(), self.spent.get(exercise.name, 0.0) if self.has_hidden else 0.0
            runtime = child.within(self._seconds(exercise.deadline - spent))
            self.judged.add(exercise.name)
            try:
                answer = runtime.perform("find", exercise.name)
            except AnswerError:
                was_there = any(exercise.name in binds for _, binds, _ in self.plan)
                return Shown(self.defined().absent(exercise)), was_there, ""
            asked = RedactedRuntime(runtime, self.cells, self.names)
            if self.has_hidden:
                shown = Shown(judge(exercise, asked, answer, seed, has_hidden=True))
            else:
                shown = judge_shown(exercise, asked, answer, seed)
                self.spent[exercise.name] = time.monotonic() - start
            if asked.broken_off:
                self.end()
            if shown.verdict is None:
                return shown, False, ""
            suspect = self._fails_what_is_shown(shown.verdict)
            blamed = self.defined().blame(exercise, answer, shown.verdict, asked.raised)
            return replace(shown, verdict=blamed), suspect, ""
        except OutOfTime:
            self.end()
            what = f"no answer within its {exercise.deadline:g} seconds: is there a loop that never ends?"
            return Shown(without_points(exercise, "timeout", self.unread or what)), not self.unread, ""
        except Endless as error:
            self.end()
            return Shown(without_points(exercise, "timeout", f"{error}: is there a loop that never ends?")), True, ""
        except (Gone, BadMessage) as error:
            reason = self._why(error)
            return Shown(without_points(exercise, "error", reason)), False, "killed" if "killed" in reason else "ended"
        except ParentGone:
            raise
        except Exception as error:
            self.end()
            return Shown(self._broken_check(exercise, error, seed)), False, ""

    def _fails_what_is_shown(self, verdict: Verdict) -> bool:
        """Does it fail at a worked example? If that passed before, another exercise may have changed something since."""
        if verdict.passed or verdict.status == "missing":
            return False
        shown = self.shown.get(verdict.exercise)
        return not self.has_hidden or shown is None or verdict.case in ("", *shown.cases)

    def _broken_check(self, exercise: Exercise, error: Exception, seed: int) -> Verdict:
        """A check raised what it should not: whose fault is it?

        The author's, if no value of a child's can bring such an error about (a name that is not there, a module), or if
        the check breaks on the lab's own answer with the same numbers too: then there is no mark. Else something that
        came from the child broke a check which works. That is 0 points, or an answer that breaks checks would be better
        off than a wrong one, and it is flagged, for the answer may be right in a way that the author did not foresee.
        """
        trace = "".join(traceback.format_exception(error))
        if isinstance(error, MemoryError):  # the judge's own limit, see `bench`; the reference takes a thousandth
            self.odd[exercise.name] = trace
            what = f"what {exercise.name} gave back costs the check more memory than it may use (2 GB)"
            return without_points(exercise, "error", f"{what}: give back only what is asked for")
        if _of_the_author(error) or not self._works_on_reference(exercise, seed):
            self.faults[exercise.name] = trace
            what = (
                f"{exercise.name} could not be judged: its check is at fault, not the answer ({type(error).__name__})"
            )
        else:
            self.odd[exercise.name] = trace
            what = f"what {exercise.name} gave could not be judged"  # by which error is the log's: the answer chose it
        return without_points(exercise, "error", what)

    def _works_on_reference(self, exercise: Exercise, seed: int) -> bool:
        if self.references is None:
            return True
        try:
            lab_s_own = Answers(self.references(), {exercise.name: exercise}, self.spawn)
        except Exception:  # the lab's source cannot be read: the doubt is the author's
            return False
        lab_s_own.judge_all(seed)
        return not lab_s_own.odd and not lab_s_own.faults

    def end(self, gone: bool = False) -> int:
        """End the child, and with it everything that its code started; `gone` where its connection is."""
        child, self.child = self.child, None
        return child.end(gone) if child else 0

    def _ready(self) -> Child:
        """A child in which the answers are defined, whatever some of the statements do."""
        while self.child is None:
            self.child, self.judged = self.spawn(), set()
            self.own_python = self.child.python
            seconds = self._seconds(DEFINE_SECONDS)
            try:
                self.plan = self.child.within(seconds).perform("plan", self.cells, list(self.exercises))
            except AnswerError:  # cells that cannot even be looked at: then nothing is defined
                self.plan = []
            except OutOfTime:
                if seconds == DEFINE_SECONDS:  # and not what was left of the whole submission's time
                    self.unread = f"the notebook's cells could not be read within {seconds:g} seconds"
                raise
            self._run_statements(self.child)
        return self.child

    def _run_statements(self, child: Child) -> None:
        for index in range(len(self.plan)):
            if index in self.skipped:
                continue
            seconds = self._seconds(self._patience(index))
            try:
                child.within(seconds).perform("run", index)
            except AnswerError as error:
                error.message = without_paths(error.message)
                self._note(index, error)
            except OutOfTime:
                cell = self.plan[index][0]
                self.hung[cell] = self.hung.get(cell, 0.0) + seconds
                self._note(index, AnswerError("Timeout", f"it takes longer than {_told_seconds(seconds)}"))
                self.end()
                return
            except (Gone, BadMessage) as error:
                why = self._why(error)
                if "killed" not in why or index in self.killed:  # else perhaps by somebody else: once more
                    self._note(index, AnswerError("Killed", why))
                self.killed.add(index)
                return

    def _patience(self, index: int) -> float:
        """The seconds of a statement: fewer where its cell, or all of them, have hung for so long already."""
        left = min(CELL_SECONDS - self.hung.get(self.plan[index][0], 0.0), HANGING_SECONDS - sum(self.hung.values()))
        return min(DEFINE_SECONDS, max(BRIEF_SECONDS, left))

    def _note(self, index: int, error: AnswerError) -> None:
        """A statement did not get through. What it says about itself counts only as long as nothing hidden was asked.

        A child that replaces another runs the statements anew. Should the first have found a way to pass a number on (by
        which pages of a file are in memory, say), a statement could tell it, or which one fails: so it has the words of the
        first time, or ours, which do not say which statement it is.
        """
        stopped = error.type in ("Timeout", "Killed")
        if stopped:
            self.skipped.add(index)
        if self.has_hidden:
            self.broken.setdefault(index, AnswerError("Exception", LATER))
        elif stopped or index not in self.broken:
            self.broken[index] = error

    def defined(self) -> Definitions:
        """What came of the cells."""
        return Definitions(self.cells, self.plan, self.broken, (self.own_python, self.python))

    def _seconds(self, wanted: float) -> float:
        """What an exercise may use of the time that the whole submission has left."""
        return max(0.0, min(wanted, self.until - time.monotonic()))

    def _why(self, error: Exception) -> str:
        status = self.end(gone=isinstance(error, Gone))
        if isinstance(error, BadMessage):
            return f"the code was stopped: {error}"
        if status < 0:
            return f"killed: {SIGNALS.get(-status, 'by a signal')}"  # which of all, the answer may have chosen
        return "the code ended its own process"


def _of_the_author(error: Exception) -> bool:
    """Errors that stand in the check's own text. A local name that no path has bound may depend on what came."""
    return isinstance(error, NameError | ImportError | SyntaxError) and not isinstance(error, UnboundLocalError)


def _told_seconds(seconds: float) -> str:
    return "1 second" if seconds == 1 else f"{seconds:.3g} seconds"
