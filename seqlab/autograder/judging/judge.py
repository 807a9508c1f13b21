"""From an answer to its verdict: run the exercise's check, and say in words what came of it."""

from typing import Any

from seqlab.autograder.child.patience import TakesTooLong
from seqlab.autograder.judging.closed import Closed
from seqlab.autograder.judging.compare import describe
from seqlab.autograder.judging.exercise import Exercise
from seqlab.autograder.judging.failed import Failed, Missing
from seqlab.autograder.judging.trial import Trial
from seqlab.autograder.judging.verdict import Verdict
from seqlab.autograder.judging.vocabulary import Vocabulary
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.values import Ref


def judge(exercise: Exercise, runtime: Any, answer: Any, seed: int) -> Verdict:
    """Run an exercise's check on an answer (data, or a Ref of the runtime's) and give the verdict.

    A runtime that dies or runs out of time raises through here, unless the answer has failed before: the caller knows why.
    """
    trial = Trial(exercise, runtime, answer, seed)
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
    except (Exception, TakesTooLong):  # nothing that comes after a failure changes it
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
