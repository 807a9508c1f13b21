"""What a graded report says of a hidden case is closed, whatever the student's process sends.

Each exercise of each lab is judged again and again against a process that is honest for a while (it plays back what the lab's own
answer gave) and then sends anything that fits the protocol: other keys, counts, shapes, types, names, exceptions, lines. Its
words carry a mark. In the notebook's words the mark is there, so the blow lands; in a report's words it is not.
"""

import ast
import copy
import functools
import heapq
import random
import re
from pathlib import Path

import numpy as np
import pytest
from kit import ROOT

from seqlab.authoring.source import reference_code
from seqlab.autograder.child.runtime import Runtime
from seqlab.autograder.course.row import ExerciseResult
from seqlab.autograder.judging import expected
from seqlab.autograder.judging.closed import ANOTHER_CASE, THE_RESULT, Closed, Told
from seqlab.autograder.judging.failed import Failed
from seqlab.autograder.judging.judge import judge
from seqlab.autograder.judging.redaction import RedactedRuntime
from seqlab.autograder.judging.trial import Trial
from seqlab.autograder.judging.vocabulary import Vocabulary
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.channel import Gone, OutOfTime
from seqlab.autograder.wire.values import Ref, Served
from seqlab.exercises import all_labs, find_lab
from seqlab.prelude import namespace

SEED = 271828
MARK = "7381"  # stands for a hidden number; in no source
ROUNDS = 24
HIDDEN = 10  # operations of hidden cases that are played back
LABS = {lab.id: lab for lab in all_labs(ROOT / "labs")}
EXERCISES = [(lab, name) for lab, found in LABS.items() for name in found.exercises]


class _Enough(Exception):
    pass


class _Recorder:
    """Takes down what the lab's own answer gives, up to some operations of hidden cases."""

    def __init__(self, runtime):
        self.runtime, self.trial, self.log, self.hidden = runtime, None, [], 0

    def perform(self, operation, *args):
        self.hidden += not self.trial.visible
        if self.hidden > HIDDEN:
            raise _Enough
        result = self.runtime.perform(operation, *args)
        calls = [list(served.calls) for served in _served(args)]
        self.log.append((self.trial.visible, copy.deepcopy(result), calls))
        return result


def _served(value):
    if isinstance(value, Served):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return [served for part in parts for served in _served(part)]


@functools.cache
def recorded(lab, name):
    """The exercise, its answer as it crosses over, and what the answer gave, operation by operation."""
    found = LABS[lab]
    exercise, runtime = found.exercises[name], Runtime(namespace())
    exec(reference_code(found.path, name), runtime.namespace)
    recorder, answer = _Recorder(runtime), runtime.perform("find", name)
    recorder.trial = Trial(exercise, recorder, answer, SEED)
    try:
        exercise.check(recorder.trial)
    except _Enough:
        pass
    assert recorder.trial.failed is None
    return exercise, answer, recorder.log


class Liar:
    """A process that is honest for so many operations, and then sends what it likes."""

    def __init__(self, log, honest, rng):
        self.log, self.honest, self.rng, self.at = log, honest, rng, 0

    def perform(self, operation, *args):
        at, self.at = self.at, self.at + 1
        right = self.log[at][1] if at < len(self.log) else None
        if at < self.honest:
            for served, calls in zip(_served(args), self.log[at][2], strict=True):
                for given in calls:
                    served(*given)
            return copy.deepcopy(right)
        if self.rng.random() < 0.15:
            kind = self.rng.choice(["ValueError", "AttributeError", "KeyError", f"Error{MARK}", "NameError"])
            raise AnswerError(kind, f"{MARK} has no attribute {MARK}", 0, self.rng.randrange(1, 3))
        if self.rng.random() < 0.03:
            raise self.rng.choice([Gone, OutOfTime])(MARK)
        return getattr(self, f"_{operation}", self._anything)(right, *args)

    def _anything(self, right, *_):
        return self.rng.choice([self._other, self._nearly])(right)

    def _call(self, right, ref, args):
        result, after = right if right is not None else (None, tuple(args))
        if self.rng.random() < 0.1 and any(isinstance(a, np.ndarray) for a in after):
            after = tuple(a + 1 if isinstance(a, np.ndarray) and a.dtype.kind in "if" else a for a in after)
        return self._anything(result), after

    def _construct(self, right, *_):
        return right if right and self.rng.random() < 0.5 else Ref(1, f"Kind{MARK}")

    def _make(self, right, *_):
        return right or Ref(1, "Model")

    def _traced(self, right, *_):
        return right or Ref(1, "function")

    def _weights(self, right, *_):
        n = self.rng.choice([0, 1, 3, 37, len(right or ())])
        return [(f"w{MARK}/{i}", np.ones(self.rng.choice([(3, 81), (7381,), (7, 381)]))) for i in range(n)]

    def _generators(self, *_):
        return [f"{MARK}{self.rng.random()}" for _ in range(3)]

    def _gradients(self, right, *_):
        return [None if self.rng.random() < 0.3 else np.ones((73, 81)) for _ in range(self.rng.choice([0, 1, 3, 5]))]

    _rnn_gradients = _gradients

    def _set_weights(self, *_):
        return None

    _assign = _set_weights

    def _other(self, right):
        """Something else altogether."""
        return self.rng.choice(
            [
                None,
                f"text {MARK}",
                int(MARK),
                np.zeros((73, 81)),
                np.zeros((381, 7, 1)),
                np.array([7381, 0]),
                [[7381], [73, 81]],
                [f"X:{MARK}"] * 37,
                {f"x{MARK}": 1.0},
                {n: n for n in range(73)},
                (1.0,) * 81,
                Ref(1, f"Kind{MARK}"),
                Ref(1, "list"),
            ]
        )

    def _nearly(self, right):
        """What is right, changed in some places."""
        if isinstance(right, np.ndarray) and right.size:
            if self.rng.random() < 0.3:
                return self.rng.choice(
                    [right[..., None], right.T, right.astype("f8") * np.nan, right.ravel()[:-1], right + 1]
                )
            new = right.astype("f8")
            for _ in range(self.rng.randrange(1, 8)):
                new[tuple(self.rng.randrange(n) for n in new.shape)] += 73.81
            return new
        if isinstance(right, tuple | list) and right:
            new = list(right)
            at = self.rng.randrange(len(new))
            new[at] = self._nearly(new[at])
            new = new if self.rng.random() < 0.8 else new + new[: self.rng.randrange(1, 3)]
            return type(right)(new)
        if isinstance(right, dict) and right:
            key = self.rng.choice(list(right))
            return {**right, key: self._nearly(right[key])} if self.rng.random() < 0.5 else {**right, f"k{MARK}": 1}
        if isinstance(right, str):
            return right + MARK
        return right + 73.81 if isinstance(right, int | float) else self._other(right)


def lies(lab, name):
    """Verdicts in which the process was honest up to a hidden case and then lied."""
    exercise, answer, log = recorded(lab, name)
    hidden = [at for at, (visible, _, _) in enumerate(log) if not visible]
    for number in range(ROUNDS):
        rng = random.Random(f"{name} {number}")
        given, honest = answer, rng.choice(hidden) if hidden else 0
        if isinstance(answer, dict):  # nothing is asked: the table itself is filled in otherwise
            keys = rng.sample(list(answer), len(answer) // 3)
            given = answer | dict(zip(keys, rng.choices(list(answer.values()), k=len(keys)), strict=True))
        cells = [f"def f():\n    return {MARK}"]
        liar = RedactedRuntime(Liar(log, honest, rng), cells, {f"Kind{MARK}", f"Error{MARK}", "ValueError", "list"})
        try:
            verdict = judge(exercise, liar, given, SEED)
        except Exception:  # a child that ended, or a lie that broke the check: `grade.py` has fixed words for these
            continue
        if not verdict.passed and not verdict.visible:
            yield verdict


@functools.cache
def sources(lab):
    """All texts that stand in a source, f-strings in pieces, and all names: independent of `Vocabulary`."""
    judging = ROOT / "seqlab" / "autograder" / "judging"
    paths = [LABS[lab].checks, *(ROOT / "seqlab" / "checks").glob("*.py"), *judging.glob("*.py")]
    trees = [ast.parse(Path(path).read_text(encoding="utf-8")) for path in paths]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    texts = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    texts |= {piece for text in texts for piece in re.split(r"{\w+}", text)}  # of what is filled in by `format`
    whole = texts | {c.value for c in Closed} | {THE_RESULT, ANOTHER_CASE}
    return sorted({text.rstrip(". ") for text in whole}, key=len, reverse=True)


def left_over(text, lab, exercise):
    """What of a text is neither in a source nor a declared name, longest pieces first."""
    declared = {*exercise.slips, *exercise.otherwise, *exercise.crashes.values(), *exercise.names}
    for piece in heapq.merge(
        sorted((p.rstrip(". ") for p in declared), key=len, reverse=True), sources(lab), key=lambda p: -len(p)
    ):
        if len(piece) > 2 and piece in text:
            edge = r"\d" if len(piece) > 12 else r"\w"  # a long one may be the rest of a word, `some {one}s are right`
            whole = rf"(?<!{edge}){re.escape(piece)}" if piece[0].isalnum() else re.escape(piece)
            text = re.sub(rf"{whole}(?!{edge})" if piece[-1].isalnum() else whole, " ", text)
    names = {exercise.name, *exercise.arguments, *exercise.reference_arguments, *exercise.names}
    letters = {a for axes in (*exercise.argument_axes, *exercise.result_axes) for a in axes}
    words = re.findall(r"\w+", text)
    return " ".join(w for w in words if w not in names | letters and (len(w) > 2 or (w.isdigit() and w not in "0123")))


@pytest.mark.parametrize(("lab", "name"), EXERCISES, ids=lambda value: value)
def test_nothing_that_a_process_sends_is_told_of_a_hidden_case(lab, name, monkeypatch):
    monkeypatch.setattr(expected, "LOOKED_FOR", 0.01)
    exercise, open_words, told = recorded(lab, name)[0], set(), set()
    for verdict in lies(lab, name):
        result = ExerciseResult.of(verdict)
        open_words.add(verdict.sentence())
        told.add((result.case, result.message, result.slip))
        assert result.expected == result.got == ""
    assert told, "no lie was found out"
    assert all(MARK not in text for texts in told for text in texts)
    assert {text: rest for texts in told for text in texts if (rest := left_over(text, lab, exercise))} == {}
    if exercise.kind != "dict":  # the control: in the notebook's words the mark is there
        assert any(re.search("7, ?381|73|81", text) for text in open_words), open_words


# -- by construction ---------------------------------------------------------------------------------------
def some_check(t):
    raise NotImplementedError


def told(failed, label="B=3, D=4", kind=""):
    return Vocabulary(find_lab("lab2").exercises["rnn_step"]).told(failed, label, kind)


def test_a_check_that_quotes_what_came_is_told_in_a_fixed_sentence():
    for message in (f"{MARK} keys are missing", f"step(x, h) was called with x of shape ({MARK},)", f"ids give {MARK}"):
        assert told(Failed(message, slip=message)) == Told(ANOTHER_CASE, "the result is not what it should be", "")


def test_words_of_a_source_are_told_and_so_are_declared_names():
    failed = Failed(
        "another seed gives the same ids", slip="use the argument seed: with a fixed seed every song is the same song"
    )
    assert told(failed, kind="drawn sizes") == Told("drawn sizes", failed.message, failed.slip)
    assert (
        told(Failed("your W_xh has 3 rows", closed=Closed.SHAPE, subject="W_xh")).message
        == f"W_xh {Closed.SHAPE.value}"
    )
    assert told(Failed("", closed=Closed.SHAPE, subject=f"entry {MARK}")).message == f"the result {Closed.SHAPE.value}"
    assert told(Failed("", slip="the bias is missing")).slip == "the bias is missing"


@pytest.mark.parametrize("first", [True, False])
def test_a_worked_example_after_a_hidden_case_is_told_as_a_hidden_one(first):
    exercise, _, log = recorded("lab2", "count_params")
    trial = Trial(exercise, Liar(log, 1, random.Random(1)), Ref(1, "function"), SEED)
    with trial.case("an example", visible=first):
        trial._ask("call", Ref(1, "function"), ())
    with trial.case("another", visible=True):
        assert trial.visible == first
