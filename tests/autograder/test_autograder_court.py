"""A judge is a process that may die: what one hand-in sends costs that exercise, and no other hand-in anything."""

import os
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from class_kit import COUNT, STEP, notebook

from seqlab.autograder.course.unit import Grader
from seqlab.autograder.judging import bench, compare, court
from seqlab.autograder.judging.children import ParentGone
from seqlab.autograder.judging.court import Case, Court
from seqlab.autograder.judging.trial import Trial
from seqlab.autograder.wire.codec import MAX_AXES, BadMessage, decode, encode
from seqlab.autograder.wire.values import MAX_NUMBERS, Ref, weight
from seqlab.exercises import find_lab

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits and /proc are Linux's")
WHEN = pytest.mark.parametrize("when", ["", "hidden: "])  # in which of the two passes a judge comes to it
HEAD = "def rnn_step(x, h, W_xh, W_hh, b):\n    "

# what a value costs the process that judges it: `check` of a lab of its own, and what the answer gives back
LAB = """
import os, signal, time
import numpy as np
from seqlab.checks import exercise

@exercise(points=60, title="Costly", takes="x", returns="(T)")
def costly(t):
    got = t.call(1)
    if got.startswith("hidden: "):  # where the worked examples of all exercises are behind it
        with t.case("a hidden case"):
            got = t.call(1).removeprefix("hidden: ")
    if got == "memory":
        np.ones(10**9)
    if got == "memory of the interpreter":
        os.write(2, b"MemoryError")
        os._exit(1)
    while got == "processor":
        pass
    if got == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if got == "killed once" and not os.path.exists(MARK):
        open(MARK, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)

@exercise(points=40, title="Honest", takes="x", returns="(T)")
def honest(t):
    t.require(t.call(2) == 3, "wrong")
"""


def answers(gives: str) -> list[str]:
    return [f"def costly(x): return {gives!r}", "def honest(x): return x + 1"]


@pytest.fixture
def case(tmp_path):
    """Makes the case of a hand-in whose `costly` gives back this."""
    folder = tmp_path / "lab77_costs"
    folder.mkdir()
    (folder / "checks.py").write_text(LAB.replace("MARK", repr(str(tmp_path / "mark"))))
    from seqlab.exercises import LabFolder

    exercises = LabFolder(folder).exercises
    return lambda gives: Case(str(folder), exercises, answers(gives), 5)


@pytest.fixture(scope="module")
def judges():
    """One court for all of these tests."""
    kept = Court()
    yield kept
    kept.close()


def points(judged: court.Judgement) -> list[float]:
    return [verdict.points for verdict in judged.verdicts.values()]


# -- what a judge may spend ------------------------------------------------------------------------------------
@WHEN
def test_what_would_take_much_memory_costs_one_exercise(case, judges, warm, when):
    judged = judges.judge(case(when + "memory"), warm)
    assert points(judged) == [0, 40]
    assert "costs the check more memory than it may use" in judged.verdicts["costly"].message
    assert "MemoryError" in judged.odd["costly"]
    here = court.judge_here(case("nothing"), warm)  # the control: it is what the answer gave
    assert points(here) == [60, 40]


@WHEN
def test_a_judge_that_dies_for_want_of_memory_is_replaced(case, judges, warm, when):
    judged = judges.judge(case(when + "memory of the interpreter"), warm)
    assert points(judged) == [0, 40]
    assert "more than 2 GB of memory" in judged.verdicts["costly"].message
    assert "by hand" in judged.costly["costly"]


def test_what_takes_processor_time_costs_one_exercise(case, warm, monkeypatch, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'seqlab.autograder.judging.bench' in sys.orig_argv:\n"
        "    import resource; real = resource.setrlimit\n"
        "    resource.setrlimit = lambda kind, two: real(kind, (two[0] - 58, two[1]) if kind == resource.RLIMIT_CPU else two)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    quick = Court()
    judged = quick.judge(case("processor"), warm)
    quick.close()
    assert points(judged) == [0, 40]
    assert "costs the check more than 60 seconds of processor time" in judged.verdicts["costly"].message
    assert list(judged.costly) == ["costly"]


@WHEN
def test_a_judge_that_is_killed_from_outside_costs_nothing(case, judges, warm, when):
    judged = judges.judge(case(when + "killed once"), warm)
    assert points(judged) == [60, 40]
    assert not judged.costly


@WHEN
def test_a_value_that_kills_each_judge_costs_one_exercise(case, judges, warm, when):
    judged = judges.judge(case(when + "killed"), warm)
    assert points(judged) == [0, 40]
    assert "its process, which died twice" in judged.verdicts["costly"].message


def test_judges_that_never_begin_are_said(case, warm, monkeypatch):
    monkeypatch.setattr(court.sys, "executable", "/bin/false")
    with pytest.raises(court.JudgeGone):
        Court().judge(case("nothing"), warm)
    row = Grader(lambda: warm).grade(notebook(STEP), "x.ipynb", 5)
    assert (row.status, row.points) == ("error", 0)
    assert "process that judges" in row.message


def test_a_warm_parent_that_dies_is_no_matter_of_the_judge_s(case, judges):
    class Dying:
        def spawn(self, cpu):
            raise ParentGone

    with pytest.raises(ParentGone):
        judges.judge(case("nothing"), Dying())


def test_a_judge_is_bound_to_the_processor_of_its_child_and_never_loads_tensorflow(case, warm):
    cpu = min(os.sched_getaffinity(0))
    own = Court()
    own.prepare([cpu])
    own.judge(case("nothing"), warm, cpu)
    [judge] = own._idle[cpu]
    pid = judge.process.pid
    assert os.sched_getaffinity(pid) == {cpu}
    assert "tensorflow" not in Path(f"/proc/{pid}/maps").read_text()
    [soft] = [
        line.split()[3] for line in Path(f"/proc/{pid}/limits").read_text().splitlines() if "address space" in line
    ]
    assert int(soft) < bench.MEMORY + 2**30
    own.close()
    assert judge.process.poll() is not None


def test_a_judge_that_has_held_much_is_replaced(case, judges, warm, monkeypatch):
    judges.judge(case("nothing"), warm)
    [judge] = judges._idle[-1]
    judges.judge(case("nothing"), warm)
    assert judges._idle[-1] == [judge]
    monkeypatch.setattr(court, "MUCH", 1)
    judges.judge(case("nothing"), warm)
    assert judges._idle[-1] == []


# -- what one hand-in sends, and the honest one beside it ----------------------------------------------------------
VALUES = {
    "a tuple of texts": "('x' * 3000,) + ('y',) * 330_000",
    "lists in a tuple": "tuple(['y' * 3000] + ['z'] * 400 for _ in range(900))",
    "texts in dicts": "{i: ['y' * 900 if i == 1 else 'y'] * 40 for i in range(5000)}",
    "many axes": "np.zeros((3,) * 14, bool)",
    "axes of two": "np.zeros((2,) * 16, bool)",
    "eight axes": "np.zeros((7,) * 8, bool)",
    "arrays in a list": "[np.zeros((2,) * 8)] * 400",
}


@pytest.mark.parametrize("value", VALUES)
def test_a_value_costs_neither_the_tester_nor_who_is_beside_it(value, judges, warm):
    grader = Grader(lambda: warm)
    grader._court = judges
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.process_time()
    row = grader.grade(notebook(HEAD + "return " + VALUES[value], COUNT), "hostile.ipynb", 5)
    assert grader.grade(notebook(STEP, COUNT), "honest.ipynb", 5).points == 25
    assert row.points == 10  # count_params, in the same notebook
    [step] = [e for e in row.exercises if e.exercise == "rnn_step"]
    assert step.status in ("failed", "error")
    assert len(step.message) < 1500
    assert row.seconds < 20
    assert time.process_time() - start < 1.0  # of the tester's own
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before.ru_maxrss < 50_000  # KB
    [judge] = judges._idle[-1]
    spent = Path(f"/proc/{judge.process.pid}/stat").read_text().rpartition(")")[2].split()
    assert (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK") < 60


# -- one accounting ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "wrap", [list, tuple, lambda v: {"k": list(v)}, lambda v: [tuple(v)], lambda v: ("result", ({1: v}, ()))]
)
def test_a_value_is_weighed_as_a_whole(wrap):
    """However it is nested: the control is the same number of things with short texts, which crosses."""
    many = ["y"] * 30_000
    assert decode(encode(wrap([*many, "x" * 900])))
    assert weight(wrap([*many, "x" * 2000])) > MAX_NUMBERS
    with pytest.raises(BadMessage, match="very long text"):
        decode(encode(wrap([*many, "x" * 2000])))


def test_lists_that_pass_alone_do_not_pass_together():
    alone = ["y" * 3000] + ["z"] * 400
    assert decode(encode(alone)) == alone
    with pytest.raises(BadMessage, match="very long text"):
        decode(encode(tuple([alone] * 900)))


def test_what_is_empty_along_one_axis_weighs_as_if_it_were_not():
    empty = np.zeros((0, 2**20), bool)
    assert weight([empty] * 40) == 40 * 2**20
    assert decode(encode([empty]))
    with pytest.raises(BadMessage):
        decode(encode([empty] * 40))


def test_axes_are_few():
    assert decode(encode(np.zeros((1,) * MAX_AXES))).ndim == MAX_AXES
    with pytest.raises(BadMessage, match="impossible shape"):
        decode(encode(np.zeros((1,) * (MAX_AXES + 1))))


def test_nothing_but_the_closed_list_of_types_arrives():
    import msgpack

    for raw in (b"bytes", [1, b"bytes"], msgpack.Timestamp(1, 2)):
        with pytest.raises(BadMessage):
            decode(msgpack.packb(raw))
    assert decode(encode([None, True, 1, 1.5, "text", Ref(1, "a"), (), {}, np.zeros(2)]))


def test_the_child_reads_whatever_the_tester_sends():
    """A notebook's cells may be many, and one of them long."""
    cells = ["x = 1"] * 400 + ["y" * 500_000]
    with pytest.raises(BadMessage):
        decode(encode(cells))
    assert decode(encode(cells), served=lambda number: None) == cells


# -- only what is told is rendered ------------------------------------------------------------------------------
def test_slips_are_compared_without_rendering_anything(monkeypatch):
    """Twelve slips and more are tried on what came; it is shown once."""
    shown = []
    monkeypatch.setattr(compare, "show", lambda value, limit=240: shown.append(value) or "text")
    exercise = find_lab("lab2").exercises["rnn_step"]

    class Wrong:
        def perform(self, operation, *args):
            h = args[1][1]
            return np.full_like(np.asarray(getattr(h, "array", h), "f4"), 0.5), args[1]

    trial = Trial(exercise, Wrong(), Ref(1, "function"), 5)
    with pytest.raises(Exception):  # noqa: B017, PT011
        exercise.check(trial)
    trial.settled()
    assert 1 <= len(shown) <= 2  # what was expected, and what came


@pytest.mark.parametrize(
    "value",
    [np.zeros((3,) * 14, bool), [1.5] * 400_000, ["a" * 9] * 400_000, dict(enumerate(["x" * 99] * 20_000)), "x" * 900_000, [[[[np.zeros((3,) * 9)] * 50] * 50]]],
)  # fmt: skip
def test_showing_takes_no_longer_for_a_larger_value(value):
    start = time.process_time()
    assert 10 < len(compare.show(value)) <= 240
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    ("value", "text"),
    [(np.arange(3), "[0, 1, 2]"), ([1, "a", {"b": (1,)}], "[1, 'a', {'b': (1,)}]"), ("text", "'text'"), (("a", np.ones(1)), "('a', [1.])"), ([], "[]"), ((1, 2.5), "[1. , 2.5]")],
)  # fmt: skip
def test_a_small_value_is_shown_whole(value, text):
    assert compare.show(value) == text
