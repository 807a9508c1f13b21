"""A submission in a child: each exercise has its own deadline, and every one gets a verdict."""

import numpy as np
import pytest

from seqlab.autograder.judging.definitions import LATER
from seqlab.autograder.judging.grade import Answers
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.channel import Gone, OutOfTime
from seqlab.autograder.wire.values import Ref
from seqlab.exercises import find_lab

COUNT = "def count_params(U, D, O, T):\n    return U*D + U*U + O*U, T*D*O"
STEP = "def rnn_step(x, h, W_xh, W_hh, b):\n    return np.tanh(x @ W_xh + h @ W_hh + b)"
BOTH = ("rnn_step", "count_params")


def test_what_is_right_passes_and_what_is_not_there_is_missing(grade_cells):
    verdicts = grade_cells("lab2", [STEP, COUNT])
    assert verdicts["rnn_step"].passed
    assert verdicts["count_params"].points == 10
    assert {v.status for n, v in verdicts.items() if n not in BOTH} == {"missing"}


@pytest.mark.parametrize(
    ("bad", "status"),
    [
        ("def rnn_step(*a):\n    while True: pass", "timeout"),
        ("def rnn_step(*a):\n    import os; os._exit(0)", "error"),
        ("def rnn_step(*a):\n    raise SystemExit", "error"),
        ("def rnn_step(*a):\n    raise KeyboardInterrupt", "error"),
        ("def rnn_step(*a):\n    import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "error"),
        ("def rnn_step(*a):\n    return rnn_step(*a)", "error"),
        ("def rnn_step(*a):\n    raise NotImplementedError", "missing"),
        ("def rnn_step(*a):\n    return (i for i in iter(int, 1))", "failed"),
        ("def rnn_step(*a):\n    return [0] * 10**7", "error"),
        ("rnn_step = None", "failed"),
        ("rnn_step = 'a string'", "failed"),
        ("class rnn_step: pass", "error"),
        ("import time\ntime.sleep(99)\nrnn_step = time.sleep(99)", "timeout"),
        ("rnn_step = 1 / 0", "error"),
        ("def rnn_step(:", "error"),
        ("class Yes:\n    def __eq__(s, o): return True\ndef rnn_step(*a): return Yes()", "failed"),
    ],
)
def test_a_bad_exercise_costs_itself_alone(grade_cells, monkeypatch, bad, status):
    monkeypatch.setattr("seqlab.autograder.judging.grade.DEFINE_SECONDS", 2.0)
    verdicts = grade_cells("lab2", [bad, COUNT], only=BOTH, deadline=3.0)
    assert verdicts["rnn_step"].status == status
    assert verdicts["rnn_step"].points == 0
    assert verdicts["rnn_step"].sentence()
    assert verdicts["count_params"].passed


def test_the_answer_cannot_import_the_package_or_the_checks(grade_cells):
    cheat = (
        "def rnn_step(*a):\n    from seqlab.exercises import find_lab\n"
        "    return find_lab('lab2').exercises['rnn_step'].check.__globals__['step'](*a)"
    )
    verdict = grade_cells("lab2", [cheat], only=("rnn_step",))["rnn_step"]
    assert verdict.points == 0


def test_cells_that_mention_the_lab_do_no_harm(grade_cells):
    cells = [
        "import seqlab\nlab = seqlab.labs.load('lab2')",
        STEP,
        "lab.check(rnn_step)",
        "rnn_step = lab.working(rnn_step)",
    ]
    assert grade_cells("lab2", cells, only=("rnn_step",))["rnn_step"].passed


def test_the_last_definition_counts_as_in_the_notebook(grade_cells):
    wrong = "def rnn_step(*a): return 0"
    assert grade_cells("lab2", [wrong, STEP], only=("rnn_step",))["rnn_step"].passed
    assert not grade_cells("lab2", [STEP, wrong], only=("rnn_step",))["rnn_step"].passed


def test_a_hidden_case_shows_no_values(grade_cells):
    leak = "def rnn_step(x, h, W_xh, W_hh, b):\n    if x.size > 1: raise ValueError(repr(x))\n    return [[0.197375]]"
    verdict = grade_cells("lab2", [leak], only=("rnn_step",))["rnn_step"]
    assert not verdict.visible
    assert "array" not in verdict.without_secrets().sentence().replace("repr(x)", "")
    constant = STEP.replace("+ b)", "+ (b if x.size == 1 else 0))")
    shown = grade_cells("lab2", [constant], only=("rnn_step",))["rnn_step"].without_secrets()
    assert shown.expected == shown.got == ""
    assert "bias" in shown.slip


class _Child:
    """A child whose statements fail in words of its own, and whose answer ends it at a hidden case."""

    python = ""

    def __init__(self, number):
        self.number = number

    def within(self, seconds):
        return self

    def end(self, gone=False):
        return -23

    def perform(self, operation, *args):
        match operation, args:
            case "plan", _:
                return [(0, ["table", "rnn_step"], []), (0, ["other"], [])]
            case "run", (index,):
                if index == 0 or self.number > 1:
                    raise AnswerError("ValueError", f"told by child {7380 + self.number}", 0, self.number)
            case "find", _:
                if self.number > 1:
                    raise AnswerError("NameError", "name 'rnn_step' is not defined")
                return Ref(1, "function")
            case "call", (_, given) if given[0].shape == (1, 1) and given[0] == 0.5:  # the worked example
                x, h, W_xh, W_hh, b = given
                return np.tanh(x @ W_xh + h @ W_hh + b), given
            case _:
                raise Gone("killed")


class _HangingChild(_Child):
    """One of its statements takes too long, as soon as it is not the first child."""

    def perform(self, operation, *args):
        if operation == "run":
            if self.number > 1 and args == (0,):
                raise OutOfTime
            return None
        return super().perform(operation, *args)


@pytest.mark.parametrize("asked", [True, False])
def test_a_statement_that_hangs_after_hidden_cases_is_not_told(asked):
    """The control is the same child before anything was asked: there its line and seconds are told."""
    started = []

    def spawn():
        started.append(_HangingChild(len(started) + (1 if asked else 2)))
        return started[-1]

    answers = Answers(["a = 1\nb = 2\nc = 3"], {"rnn_step": find_lab("lab2").exercises["rnn_step"]}, spawn)
    [verdict] = answers.judge_all(1)
    assert len(started) == (3 if asked else 2)
    assert ("takes longer" in verdict.sentence()) == (not asked)
    assert not asked or verdict.sentence() == f"{LATER}."


@pytest.mark.parametrize("asked", [True, False])
def test_a_statement_that_fails_again_after_hidden_cases_has_no_new_words(asked):
    """The control is the same child before anything was asked: there its words are told."""
    started = []

    def spawn():
        started.append(_Child(len(started) + (1 if asked else 2)))
        return started[-1]

    answers = Answers(["a = 1\nb = 2\nc = 3"], {"rnn_step": find_lab("lab2").exercises["rnn_step"]}, spawn)
    [verdict] = answers.judge_all(1)
    said = [verdict.sentence(), *(f"{e.type} {e.message} {e.line}" for e in answers.broken.values())]
    assert len(started) == (2 if asked else 1)
    assert any("7381" in text for text in said) == asked  # of the first time
    assert any("7382" in text for text in said) == (not asked)


@pytest.mark.parametrize(("status", "told"), [(-23, "killed: by a signal"), (77, "the code ended its own process")])
def test_how_a_child_ended_holds_no_number(status, told):
    answers = Answers([], {}, lambda: None)
    answers.child = _Child(1)
    answers.child.end = lambda gone: status
    assert answers._why(Gone("")) == told
