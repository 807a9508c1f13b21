"""Are a check's worked examples in the text that the student reads?

The reference answer is judged, and what a visible case hands over and gets back is recorded: `rnn_step` is called
with .5, -.2, 1, 2 and .1, and gives 0.197375. These numbers must stand above the answer's cell, in order, where the
text shows them by hand. What another seed draws otherwise is not asked for, only its shape. A check shows its worked
examples first: at the first hidden case, which may be long, the recording ends.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seqlab.authoring.source import Source, read_source, reference_code
from seqlab.authoring.vetting.edges import text_before
from seqlab.autograder.child.runtime import Runtime
from seqlab.autograder.judging.trial import Trial
from seqlab.autograder.wire.values import Tensor
from seqlab.errors import SeqlabError
from seqlab.exercises import Exercise, LabFolder
from seqlab.prelude import namespace

_SEEDS = (1, 2)
_CLOSE = 0.005  # a text may round: 0.0035 for 0.0034918
_NUMBER = re.compile(r"(?<![\w.])-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class _Seen:
    """A value that a visible case showed the answer, or had from it."""

    case: str
    what: str  # "x" or "the result"
    value: Any
    given: bool = False  # an argument of a call, of which the text says the shape where it is drawn


def examples_not_in_text(folder: Path) -> list[str]:
    """A sentence for each worked example of a check whose numbers are not in the text; runs the reference answers."""
    source, found = read_source(folder), []
    for exercise in LabFolder(folder).exercises.values():
        if exercise.name not in source.exercises:
            continue
        text = _numbers_before(source, exercise.name)
        missing: dict[str, list[str]] = {}
        for seen in _same_with_every_seed(folder, exercise):
            if not _is_said(seen.value, text):
                missing.setdefault(seen.case, []).append(f"{seen.what} {_shown(seen.value)}")
        for case, parts in missing.items():
            found.append(
                f'{exercise.name}: of the case "{case}" the text does not say {"; ".join(dict.fromkeys(parts))}'
            )
    return found


# -- what the check shows ----------------------------------------------------------------------------------
class _Recorded(Exception):
    """All visible cases are seen."""


class _Recorder:
    """A runtime that takes down what visible cases ask and are told."""

    trial: Trial  # set before the check is run, which alone asks

    def __init__(self, runtime: Runtime, exercise: Exercise) -> None:
        self.runtime, self.exercise = runtime, exercise
        self.answer: Any = None
        self.seen: list[_Seen] = []

    def perform(self, operation: str, *args: Any) -> Any:
        if not self.trial.visible:
            raise _Recorded
        result = self.runtime.perform(operation, *args)
        for seen in self._data(operation, args, result):
            self.seen.append(_Seen(self.trial.label, *seen))
        return result

    def _data(self, operation: str, args: tuple[Any, ...], result: Any) -> Iterator[tuple[Any, ...]]:
        match operation, args:
            case ("call" | "construct", (ref, given)):
                names = self.exercise.arguments if ref == self.answer else []
                for i, value in enumerate(given):
                    yield (names[i] if i < len(names) else f"argument {i + 1}"), value, True
                if operation == "call":
                    yield "the result", result[0]
            case "assign", (_, name, value):
                yield name, value
            case "make", (thing, settings):
                for name, value in settings.items():
                    if not isinstance(value, str):  # which optimizer it is, words say
                        yield f"{name} of the {thing}", value
            case "weights", _:
                yield "the weights", [value for _, value in result]


class _Read(dict[Any, Any]):
    """A dict answer that takes down which of its entries a visible case looks at."""

    recorder: _Recorder

    def __getitem__(self, key: Any) -> Any:
        value = super().__getitem__(key)
        if self.recorder.trial.visible:
            self.recorder.seen += [_Seen(self.recorder.trial.label, "the entry", part) for part in (key, value)]
        return value


def _record(folder: Path, exercise: Exercise, seed: int) -> list[_Seen]:
    runtime = Runtime(namespace())
    exec(reference_code(folder, exercise.name), runtime.namespace)
    recorder = _Recorder(runtime, exercise)
    answer = recorder.answer = runtime.perform("find", exercise.name)
    if isinstance(answer, dict):
        answer = _Read(answer)
        answer.recorder = recorder
    trial = recorder.trial = Trial(exercise, recorder, answer, seed)
    wrong: Exception | None = None
    try:
        exercise.check(trial)
    except _Recorded:
        pass
    except Exception as error:  # the check refuses the reference, or breaks
        wrong = error
    if trial.failed:
        wrong = trial.settled()
    if wrong:
        raise SeqlabError(
            f"the reference answer of {exercise.name} passes its check",
            got=f"{type(wrong).__name__} in the case {trial.label!r}: {wrong}",
            fix="mend the one or the other",
        ) from wrong
    return recorder.seen


def _same_with_every_seed(folder: Path, exercise: Exercise) -> Iterator[_Seen]:
    """The pieces of what was shown: numbers, arrays and texts; what is drawn, as a tuple of its sizes."""
    first, second = (_record(folder, exercise, seed) for seed in _SEEDS)
    for one, other in zip(first, second, strict=True):
        for a, b in zip(_pieces(one.value), _pieces(other.value), strict=False):
            if isinstance(a, str) or np.array_equal(a, b):
                yield _Seen(one.case, one.what, a)
            elif np.ndim(a) and one.given:
                yield _Seen(one.case, f"the shape of {one.what}", np.array(np.shape(a)))


def _pieces(value: Any) -> Iterator[Any]:
    """The arrays, numbers and texts in a value; functions and objects are for words to describe."""
    if isinstance(value, Tensor):
        value = value.array
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _pieces(key)
            yield from _pieces(item)
    elif isinstance(value, np.ndarray | list | tuple):
        array = None if isinstance(value, tuple) else _as_numbers(value)  # a tuple holds several results
        if array is not None:
            yield array
        else:
            for item in value:
                yield from _pieces(item)


def _as_numbers(value: Any) -> np.ndarray | None:
    try:
        array = np.asarray(value)
    except ValueError:
        return None
    return array if array.dtype.kind in "iuf" and array.size else None


# -- what the text says ------------------------------------------------------------------------------------
def _numbers_before(source: Source, exercise: str) -> str:
    text = text_before(source, exercise)
    return re.sub(r"(?<=\d),(?=\d{3}\b)", "", text.replace("−", "-").replace("\\,", ""))  # 20,000


def _is_said(value: Any, text: str) -> bool:
    if isinstance(value, str):
        return any(form in text for form in (value, repr(value)[1:-1]))
    said = np.array([float(n) for n in _NUMBER.findall(text)])
    return any(_has_run(said, np.ravel(form)) for form in _forms(np.asarray(value, float), text))


def _forms(array: np.ndarray, text: str) -> Iterator[np.ndarray]:
    """The ways in which a text may write an array: as it is, one number for all, ln(…), the place of each 1."""
    yield array
    if len(set(array.flat)) == 1:
        yield array.flat[:1]
        if array.flat[0] in (0, 1) and re.search(r"\bzeros\b" if array.flat[0] == 0 else r"\bones\b", text):
            yield array.flat[:0]
    if re.search(r"\bln\b", text):
        yield np.exp(array)
    if array.ndim > 1 and np.all(np.sort(array)[..., :-1] == 0) and np.all(array.max(-1) == 1):
        yield array.argmax(-1)


def _has_run(said: np.ndarray, numbers: np.ndarray) -> bool:
    """Do the numbers stand one after the other?"""
    runs = range(len(said) - len(numbers) + 1)
    return any(np.allclose(said[i : i + len(numbers)], numbers, rtol=_CLOSE, atol=1e-6) for i in runs)


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else np.array2string(np.asarray(value), separator=", ", precision=6)
    return re.sub(r"\s+", " ", text)
