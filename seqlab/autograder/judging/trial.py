"""What a check is given: the answer, fresh numbers, and ways to ask, compare and explain.

A check is an ordinary function of a `Trial`. It calls the answer on inputs drawn from the trial's seed and
compares what comes back with a NumPy reference. The same check judges the student's own function in a
notebook and a stand-in for it in grading: the `runtime` below is either in this process or far away.

    @exercise(points=15, title="One step of the recurrence", takes="x, h, W_xh, W_hh, b")
    def rnn_step(t):
        t.example(x, h, W_xh, W_hh, b, expect=[[0.197375]])
        for B, D, H in t.sizes("B D H"):
            args = t.normal(B, D), t.normal(B, H), ...
            t.expect(*args, expect=reference(*args), slips={"your step ignores h": wrong(*args)})
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from seqlab.autograder.judging.compare import describe, difference, show
from seqlab.autograder.judging.verdict import Verdict
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.values import Ref, Served, Tensor
from seqlab.exercises import Exercise


class Failed(Exception):
    """The answer is wrong, in words for the student."""

    def __init__(self, message: str, *, expected: str = "", got: str = "", slip: str = ""):
        super().__init__(message)
        self.message, self.expected, self.got, self.slip = message, expected, got, slip


class Missing(Exception):
    """There is no answer yet: the name is not defined, or still raises NotImplementedError."""


class Thing:
    """An object that lives beside the answer (a cell, a layer, a model) and is driven from here."""

    def __init__(self, trial: "Trial", ref: Ref):
        self.trial, self.ref = trial, ref

    def __call__(self, *args: Any) -> Any:
        """Call it; arrays and data come back."""
        return self.trial._ask("call", self.ref, _refs(args))[0]

    def get(self, name: str) -> Any:
        """An attribute, as data; a Failed that names it if it is not there."""
        try:
            return self.trial.runtime.perform("get", self.ref, name)
        except AnswerError as error:
            if error.type == "AttributeError":
                raise Failed(f"there is no attribute {name}") from None
            raise

    def assign(self, name: str, value: Any) -> None:
        """Set the variable held in an attribute."""
        self.trial._ask("assign", self.ref, name, np.asarray(value, "float32"))

    def weights(self, trainable_only: bool = False) -> list[tuple[str, np.ndarray]]:
        """Path and value of each weight."""
        return self.trial._ask("weights", self.ref, trainable_only)

    def set_weights(self, arrays: list) -> None:
        """Set all weights, in the object's own order."""
        self.trial._ask("set_weights", self.ref, list(arrays))

    def traced(self) -> "Thing":
        """The same, called inside a `tf.function`."""
        return Thing(self.trial, self.trial._ask("traced", self.ref))

    def rnn_gradients(self, xs: list, h: Any) -> list:
        """Gradient of Σ y² over the steps, for each trainable weight (None where there is none)."""
        return self.trial._ask("rnn_gradients", self.ref, xs, h)


class Trial:
    """One answer on trial. `rng` draws every input; `answer` is the data of a dict exercise."""

    def __init__(self, exercise: Exercise, runtime: Any, answer: Any, seed: int):
        self.exercise, self.runtime, self.answer = exercise, runtime, answer
        # each exercise draws its own numbers, whatever was checked before it
        self.rng = np.random.default_rng([seed, *exercise.name.encode()])
        self.label, self.visible, self.asked = "", True, ""
        self.passed_cases: list[str] = []
        self.earned = 0.0  # share of the points of parts that passed, see `part`

    # -- inputs --------------------------------------------------------------------------------------------
    def normal(self, *shape: int, scale: float = 1.0, dtype: str = "float32") -> np.ndarray:
        """Standard normal numbers times `scale`."""
        return (scale * self.rng.standard_normal(shape)).astype(dtype)

    def integers(self, high: int, *shape: int, low: int = 0) -> np.ndarray:
        """Ids in low … high-1, int64."""
        return self.rng.integers(low, high, shape)

    def sizes(self, letters: str, low: int = 2, high: int = 8) -> Iterator[tuple[int, ...]]:
        """Sizes for a grid of cases, each its own: all different, all equal (square), all ones.

        Where B or T is among the letters, also a batch of one and a sequence of one step, the others different.
        """
        names = letters.split()
        high = max(high, low + len(names))

        def different(one=None):
            drawn = self.rng.permutation(np.arange(low, high))[: len(names)]
            return [1 if name == one else size for name, size in zip(names, drawn, strict=True)]

        square, single = [int(self.rng.integers(3, 6))] * len(names), [1] * len(names)
        alone = [different(one) for one in ("B", "T") if one in names and len(names) > 1]
        for sizes in (different(), square, single, *alone):
            sizes = tuple(int(n) for n in sizes)
            with self.case(", ".join(f"{n}={s}" for n, s in zip(names, sizes, strict=True))):
                yield sizes

    # -- cases ---------------------------------------------------------------------------------------------
    @contextlib.contextmanager
    def case(self, label: str, visible: bool = False) -> Iterator[None]:
        """Name what is tried; a failure inside carries the name."""
        self.label, self.visible, self.asked = label, visible, ""
        yield
        if label not in self.passed_cases:
            self.passed_cases.append(label)

    def example(self, *args: Any, expect: Any, label: str = "the worked example", **how: Any) -> None:
        """A worked example from the notebook: the student sees all of it."""
        with self.case(label, visible=True):
            self.expect(*args, expect=expect, **how)

    def part(self, share: float) -> None:
        """The part of the exercise up to here is right: its share of the points is earned."""
        self.earned += share

    # -- asking --------------------------------------------------------------------------------------------
    def call(self, *args: Any, unchanged: bool = True) -> Any:
        """Call the answer. A changed argument fails it, unless changing it is the task."""
        self.asked = self._call_text(args) if self.visible else ""
        result, after = self._ask("call", self.answer, _refs(args))
        if unchanged:
            for i, (before, now) in enumerate(zip(args, after, strict=True)):
                if not _same(before, now):
                    raise Failed(
                        f"your {self.exercise.name} changes its argument {self._argument(i)}",
                        slip="work on a copy: `a = a.copy()`, or build a new array",
                    )
        return result

    def expect(
        self,
        *args: Any,
        expect: Any,
        slips: dict[str, Any] | None = None,
        names: tuple[str, ...] = (),
        repeat: bool = True,
        unchanged: bool = True,
        crash: str = "",
        **tolerance: Any,
    ) -> Any:
        """Call the answer and compare with `expect`; `slips` maps likely slips, likeliest first, to their results.

        `crash` is the likely slip where the call raises. With `repeat` the call is made twice, and must give
        the same: an answer keeps nothing between calls.
        """
        try:
            result = self.call(*args, unchanged=unchanged)
        except AnswerError as error:
            if crash and error.type != "NotImplementedError":
                raise self.raised(error, crash) from None
            raise
        self.compare(result, expect, slips=slips, names=names, **tolerance)
        if repeat and (again := difference(self.call(*args), expect, names=names, **tolerance)):
            raise Failed(
                f"a second call with the same arguments gives something else: {again.what}",
                slip="something is kept from one call to the next",
            )
        return result

    def compare(
        self,
        got: Any,
        expect: Any,
        *,
        slips: dict[str, Any] | None = None,
        names: tuple[str, ...] = (),
        what: str = "",
        **tolerance: Any,
    ) -> None:
        """Fail unless `got` is `expect`; name the slip whose result it is."""
        expect = _numbers(expect)
        found = difference(got, expect, names=names, **tolerance)
        if found is None:
            return
        slip = _named_slip(got, slips or {}, tolerance) or _order_slip(got, expect, names, tolerance)
        raise Failed(f"{what}: {found.what}" if what else found.what, expected=found.expected, got=found.got, slip=slip)

    def require(self, condition: Any, message: str, *, slip: str = "", expected: Any = "", got: Any = "") -> None:
        """Fail with the message unless the condition holds."""
        if not condition:
            shown = (v if isinstance(v, str) else show(v) for v in (expected, got))
            raise Failed(message, **dict(zip(("expected", "got"), shown, strict=True)), slip=slip)

    def missing(self) -> Missing:
        """To be raised where an answer is still as the blank notebook has it."""
        return Missing(f"{self.exercise.name} is not written yet")

    def leaves_global_generators_alone(self, *args: Any, instead: str) -> None:
        """Call the answer; fail if it draws from, or seeds, a random generator that others share."""
        before = self._ask("generators")
        self.call(*args)
        after = self._ask("generators")
        touched = [
            name for name, a, b in zip(("np.random", "random", "tf.random"), before, after, strict=True) if a != b
        ]
        self.require(
            not touched,
            f"your {self.exercise.name} touches the global generator of {' and '.join(touched)}",
            slip=f"draw from {instead}, which nobody else shares",
        )

    def construct(self, *args: Any) -> Thing:
        """Call the answer and keep the object that it returns beside it."""
        return Thing(self, self._ask("construct", self.answer, _refs(args)))

    def keras_model(self, thing: Thing) -> Thing:
        """The thing, if it is a Keras model; a Failed that says what the answer returned instead."""
        kind = thing.ref.kind
        self.require(
            kind not in ("NoneType", "tuple", "list", "dict", "function", "class"),
            f"a Keras model is expected but the answer returned {'None' if kind == 'NoneType' else 'a ' + kind}",
            slip={"NoneType": "is a `return` missing?", "class": "return a model made from the class"}.get(kind, ""),
        )
        try:
            thing.get("summary")
        except Failed:
            raise Failed(
                f"a Keras model is expected but the answer returned a {kind}",
                slip="put the layers into keras.Sequential or keras.Model",
            ) from None
        return thing

    def make(self, thing: str, **settings: Any) -> Thing:
        """A standard thing beside the answer: a built layer, an optimizer (see `workbench.py`)."""
        return Thing(self, self._ask("make", thing, settings))

    def _ask(self, operation: str, *args: Any) -> Any:
        return self.runtime.perform(operation, *args)

    # -- words ---------------------------------------------------------------------------------------------
    def raised(self, error: AnswerError, slip: str = "") -> Failed:
        """A student's own exception, in words, with the student's own line."""
        line = f", at your line `{error.text}`" if error.text else ""
        # a message may quote an input, so a hidden case gives only the type (if it is a name, not a text)
        kind = error.type if error.type.isidentifier() and len(error.type) < 40 else "an exception"
        message = f": {error.message.rstrip('. ')}" if self.visible and error.message else ""
        return Failed(f"your {self.exercise.name} raised {kind}{message}{line}", slip=slip or _crash_slip(error))

    def _call_text(self, args: tuple) -> str:
        """The call of a worked example, with what can be shown of its arguments."""
        names = [n.strip() for n in self.exercise.takes.split(",")]
        values = [v.array if isinstance(v, Tensor) else v for v in args]
        shown = [
            show(v, 120) if isinstance(v, np.ndarray | list | tuple | dict | str | int | float) else name
            for name, v in zip(names + ["…"] * len(values), values, strict=False)
        ]
        return " ".join(f"{self.exercise.name}({', '.join(shown)})".split())

    def _argument(self, index: int) -> str:
        names = [n.strip() for n in self.exercise.takes.split(",") if n.strip()]
        return f"{index + 1} ({names[index]})" if index < len(names) else str(index + 1)


def judge(exercise: Exercise, runtime: Any, answer: Any, seed: int) -> Verdict:
    """Run an exercise's check on an answer (data, or a Ref of the runtime's) and give the verdict.

    A runtime that dies or runs out of time raises through here: the caller knows why.
    """
    trial = Trial(exercise, runtime, answer, seed)
    status, failure = "passed", None
    try:
        _right_kind(exercise, answer)
        exercise.check(trial)
    except Missing as missing:
        status, failure = "missing", Failed(str(missing))
    except Failed as error:
        status, failure = "failed", error
    except AnswerError as error:
        if error.type == "NotImplementedError":
            status, failure = "missing", Failed(str(trial.missing()))
        else:
            status, failure = "error", trial.raised(error)
    points = exercise.points
    if failure is not None:
        points = round(exercise.points * trial.earned, 2)
        status = "partial" if points else status
        failure = vars(failure) | {"case": trial.label, "asked": "" if status == "missing" else trial.asked}
    return Verdict(
        exercise.name,
        points,
        exercise.points,
        status,
        visible=trial.visible,
        title=exercise.title,
        cases=tuple(trial.passed_cases),
        **(failure or {}),
    )


def _right_kind(exercise: Exercise, answer: Any) -> None:
    article = f"a {exercise.kind}"
    came = answer.kind if isinstance(answer, Ref) else "dict" if isinstance(answer, dict) else None
    if came == exercise.kind or (exercise.kind == "function" and isinstance(answer, Ref)):
        return  # whatever can be called is as good as a function; what cannot will say so
    if answer is None:
        raise Failed(f"{exercise.name} should be {article} but is None")
    slip = "hand over the class itself, not an object made from it" if exercise.kind == "class" else ""
    raise Failed(f"{exercise.name} should be {article} but is {describe(answer)}", slip=slip)


def _refs(args: tuple) -> tuple:
    """Things go over as the references they stand for."""
    return tuple(a.ref if isinstance(a, Thing) else a for a in args)


def _same(before: Any, after: Any) -> bool:
    """Is an argument what it was? Functions and objects are not looked at; order and type of data count."""
    if isinstance(before, Tensor | Ref | Thing | Served) or before is None or callable(before):
        return True
    if isinstance(before, np.ndarray):
        return isinstance(after, np.ndarray) and np.array_equal(before, after, equal_nan=True)
    if isinstance(before, list | tuple):
        return len(before) == len(after) and all(map(_same, before, after))
    if isinstance(before, dict):
        return list(before) == list(after) and all(_same(v, after[k]) for k, v in before.items())
    return not isinstance(before, int | float | str) or before == after


def _numbers(value: Any) -> Any:
    """A list of numbers as an array; a list of text stays as it is."""
    return value if not isinstance(value, list) or all(isinstance(v, str) for v in value) else np.asarray(value)


def _named_slip(got: Any, slips: dict[str, Any], tolerance: dict) -> str:
    """The slip whose result came: the first, as `slips` are in the order of their likelihood."""
    for words, wrong in slips.items():
        try:
            value = wrong() if isinstance(wrong, Callable) else wrong
            if difference(got, _numbers(value), **tolerance) is None:
                return words
        except Exception:  # a slip that cannot even be computed at these sizes is not this one
            continue
    return ""


def _order_slip(got: Any, expect: Any, names: tuple[str, ...], tolerance: dict) -> str:
    """Two results in the wrong order, or a result with its axes the wrong way round."""
    if isinstance(expect, tuple) and isinstance(got, tuple | list) and len(got) == len(expect) == 2:
        if difference(tuple(got[::-1]), expect, **tolerance) is None:
            return f"the two results are swapped: return ({', '.join(names) or 'first, second'}) in this order"
    elif isinstance(expect, np.ndarray) and isinstance(got, np.ndarray) and got.ndim == expect.ndim > 1:
        if difference(np.swapaxes(got, 0, 1), expect, **tolerance) is None:
            return "the first two axes are the wrong way round"
    return ""


def _crash_slip(error: AnswerError) -> str:
    text = error.message
    if "MemoryError" in error.type or error.type == "ResourceExhaustedError":
        return "an answer may use 2 GB of memory, and none here needs more than a little"
    if error.type == "TypeError" and "positional argument" in text:
        return "the function takes its arguments by position: keep the number and the order of the TODO cell"
    if error.type == "TypeError" and "() takes no arguments" in text:
        return "this is a class, called like a function: write `def`"
    if error.type == "NameError":
        return "a name is used that this cell does not define: put helpers and imports into the answer's cell"
    if "Incompatible shapes" in text or "could not be broadcast" in text or "Dimensions must be equal" in text:
        return "the shapes do not fit: is there an elementwise `*` where `@` belongs, or a missing transpose?"
    return ""
