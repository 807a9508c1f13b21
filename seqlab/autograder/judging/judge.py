"""From an answer to its verdict: run the exercise's check, and say in words what came of it."""

from dataclasses import dataclass, replace
from typing import Any

from seqlab.autograder.child.patience import TakesTooLong
from seqlab.autograder.judging.closed import Closed
from seqlab.autograder.judging.compare import describe
from seqlab.autograder.judging.exercise import Exercise
from seqlab.autograder.judging.failed import Failed, Missing
from seqlab.autograder.judging.trial import AtHidden, Trial
from seqlab.autograder.judging.verdict import Verdict
from seqlab.autograder.judging.vocabulary import Vocabulary
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.values import Ref


@dataclass(frozen=True)
class Shown:
    """What came of the worked examples that stand before all hidden cases.

    verdict: None if they passed and there are hidden cases. cases: that passed. open: is the likely slip still to be
    told by hidden cases?
    """

    verdict: Verdict | None
    cases: tuple[str, ...] = ()
    open: bool = False

    def with_slip_of(self, whole: Verdict) -> Verdict | None:
        """The verdict with the slip that all cases together tell, in closed words; what was said before stays."""
        if self.verdict is None or whole.hidden is None or whole.case != self.verdict.case:
            return self.verdict
        return replace(self.verdict, slip=whole.hidden.slip)


def judge(exercise: Exercise, runtime: Any, answer: Any, seed: int, has_hidden: bool = False) -> Verdict:
    """Run an exercise's check on an answer (data, or a Ref of the runtime's) and give the verdict.

    has_hidden: see `Trial`. A runtime that dies or runs out of time raises through here, unless the answer has failed
    before: the caller knows why.
    """
    return _judged(Trial(exercise, runtime, answer, seed, has_hidden=has_hidden))


def judge_shown(exercise: Exercise, runtime: Any, answer: Any, seed: int) -> Shown:
    """Run a check up to its first hidden case."""
    trial = Trial(exercise, runtime, answer, seed, shown_only=True)
    try:
        verdict = _judged(trial)
    except AtHidden:
        return Shown(None, tuple(trial.passed_cases))
    return Shown(verdict, tuple(trial.passed_cases), open=trial.stopped)


def _judged(trial: Trial) -> Verdict:
    exercise, answer = trial.exercise, trial.answer
    status: str = "passed"
    failure: Failed | Missing | None = None
    told: dict[str, Any] = {}
    try:
        _right_kind(exercise, answer)
        exercise.check(trial)
    except (Failed, Missing) as error:
        status, failure = "failed", error
    except AnswerError as error:
        status, failure = "error", trial.raised(error)
    except (Exception, TakesTooLong, AtHidden):  # nothing that comes after a failure changes it
        if not trial.failed:
            raise
    if trial.failed:  # whatever came after it
        status, failure = "failed", trial.settled()
    if isinstance(failure, Missing):
        status, failure = "missing", Failed(str(failure))
    points, hidden = exercise.points, None
    if failure is not None:
        points = round(exercise.points * trial.earned, 2)
        status = "partial" if points else status
        told = {name: getattr(failure, name) for name in ("message", "expected", "got", "slip")}
        told |= {"case": trial.label, "asked": "" if status == "missing" else trial.asked}
        # decided here and nowhere else: whoever shows the verdict of a hidden case outside of the notebook has these words
        hidden = None if trial.visible else Vocabulary(exercise).told(failure, trial.label, trial.kind)
    return Verdict(
        exercise.name,
        points,
        exercise.points,
        status,
        visible=trial.visible,
        title=exercise.title,
        cases=tuple(trial.passed_cases),
        hidden=hidden,
        **told,
    )


def _right_kind(exercise: Exercise, answer: Any) -> None:
    article = f"a {exercise.kind}"
    came = answer.kind if isinstance(answer, Ref) else "dict" if isinstance(answer, dict) else None
    if came == exercise.kind or (exercise.kind == "function" and isinstance(answer, Ref)):
        return  # whatever can be called is as good as a function; what cannot will say so
    if answer is None:
        raise Failed(f"{exercise.name} should be {article} but is None")
    slip = "hand over the class itself, not an object made from it" if exercise.kind == "class" else ""
    what = f"{exercise.name} should be {article} but is {describe(answer)}"
    raise Failed(what, slip=slip, closed=Closed.TYPE, subject=exercise.name)
