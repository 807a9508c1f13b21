"""Slips as answers: each wrong reference of an exercise takes the exercise, beside the tester or over a socket."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from seqlab.autograder.child.answering import ChildRuntime, answer_questions
from seqlab.autograder.child.runtime import Runtime
from seqlab.autograder.judging.exercise import Exercise, Kept
from seqlab.autograder.judging.judge import judge
from seqlab.autograder.judging.remote import RemoteRuntime
from seqlab.autograder.judging.twins import TWINS
from seqlab.autograder.judging.verdict import Verdict
from seqlab.autograder.wire.channel import Channel, Gone
from seqlab.autograder.wire.values import Ref, Tensor, plain


class _Twins:
    """A runtime without TensorFlow, as far as it goes: tensors are arrays, standard things their NumPy twins."""

    def real(self, value: Any) -> Any:
        return value.array.copy() if isinstance(value, Tensor) else super().real(value)

    def make(self, thing: str, settings: dict) -> Ref:
        return self.keep(TWINS[thing](**settings)) if thing in TWINS else super().make(thing, settings)


class TwinRuntime(_Twins, Runtime):
    """The notebook's."""


class TwinChild(_Twins, ChildRuntime):
    """Grading's."""


def mutant(exercise: Exercise, wrong: Callable | Kept) -> Any:
    """An answer that is wrong where the slip applies, and right where it raises or gives None."""
    if isinstance(wrong, Kept):
        return exercise.as_answer(wrong)

    def answer(*args: Any) -> Any:
        with np.errstate(all="ignore"):
            try:
                result = wrong(*args)
            except NameError:  # a fault of the slip's own
                raise
            except Exception:
                result = None
            return exercise.reference(*args) if result is None else result

    return exercise.as_answer(answer) if exercise.as_answer else answer


def in_notebook(exercise: Exercise, answer: Any, seed: int) -> Verdict:
    runtime = TwinRuntime()
    return judge(exercise, runtime, plain(answer, runtime.keep), seed)


def in_grading(exercise: Exercise, answer: Any, seed: int) -> Verdict:
    with over_a_socket({exercise.name: answer}) as runtime:
        return judge(exercise, runtime, runtime.perform("find", exercise.name), seed).without_secrets()


@contextlib.contextmanager
def over_a_socket(namespace: dict[str, Any]) -> Iterator[RemoteRuntime]:
    """A remote runtime whose child is a thread; the answers stand in its namespace."""
    ours, theirs = map(Channel, socket.socketpair())
    child = TwinChild(theirs)
    child.namespace = namespace

    def answer_all() -> None:
        with contextlib.suppress(Gone):
            answer_questions(theirs, child)

    thread = threading.Thread(target=answer_all, daemon=True)
    thread.start()
    try:
        yield RemoteRuntime(ours)
    finally:
        ours.close()
        thread.join(10)
        theirs.close()


def is_told(exercise: Exercise, words: str, slip: str) -> bool:
    """May a slip of these words be told so? In its own words alone, or in some of its group in `alike`."""
    groups = [group for group in exercise.alike if any(map(words.startswith, group))]
    return slip == words or any(slip.startswith(other) for group in groups for other in group)
