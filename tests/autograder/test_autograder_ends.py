"""How a child ended is told as it was, and costs no more than it must."""

import os
import signal
import threading
import time

import pytest
from test_autograder_sandbox import family

from seqlab.autograder.judging import grade as grading

STEP = "def rnn_step(x, h, W_xh, W_hh, b):\n    {}\n    return np.tanh(x @ W_xh + h @ W_hh + b)"
COUNT = "def count_params(U, D, O, T):\n    return U*D + U*U + O*U, T*D*O"
NAMES = ("rnn_step", "count_params")


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        ("os.kill(os.getpid(), 9)", "killed: memory, or a stop from outside"),
        ("os.kill(os.getpid(), 6)", "killed: TensorFlow gave up"),
        ("ctypes.string_at(0)", "killed: a crash"),
        ("os._exit(3)", "the code ended its own process"),
        ("os._exit(137)", "the code ended its own process"),  # what a shell says of one that was killed
    ],
)
def test_a_violent_end_is_told_as_it_was(grade_cells, deed, told):
    for _ in range(3):  # a race would be lost now and then
        verdict = grade_cells("lab2", ["import os, ctypes\n" + STEP.format(deed), COUNT], NAMES)
        assert verdict["rnn_step"].message.startswith(told)
        assert verdict["count_params"].passed


@pytest.mark.parametrize("times", [1, 9])
def test_an_honest_child_that_is_killed_from_outside_is_judged_again(warm, grade_cells, times):
    """Once may be an accident, and costs nothing. One that is killed whenever it runs has no points."""
    stop, killed = threading.Event(), []

    def kill():
        while not stop.wait(0.02) and len(killed) < times:
            for process in sorted(family(warm.process.pid))[2:3]:  # two wait for the third
                if process not in killed and _sleeps(process):
                    os.kill(process, signal.SIGKILL)
                    killed.append(process)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        cells = ["import time\n" + STEP.format("time.sleep(0.3)")]
        verdict = grade_cells("lab2", cells, ("rnn_step",), deadline=30.0)["rnn_step"]
    finally:
        stop.set()
        killer.join()
    assert len(killed) == min(times, 2)
    assert verdict.passed == (times == 1), verdict


def _sleeps(process: int) -> bool:
    """Has it been there for so long that it is in the answer?"""
    try:
        with open(f"/proc/{process}/stat") as file:
            started = int(file.read().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return False
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started > 0.6


def test_statements_that_hang_leave_time_for_the_answers_after_them(grade_cells, monkeypatch):
    for name, seconds in (("DEFINE", 0.8), ("CELL", 1.0), ("HANGING", 1.6), ("BRIEF", 0.1), ("TOTAL", 20.0)):
        monkeypatch.setattr(grading, f"{name}_SECONDS", seconds)
    cells = [f"a{n} = next(x for x in iter(int, 1))\nb{n} = next(x for x in iter(int, 1))" for n in range(12)]
    needs = "".join(f"    a{n}, b{n}\n" for n in range(12))  # a name that it reads is run for it
    answer = COUNT + "\n\ndef never():\n" + needs + "\ncount_params.never = never"
    start = time.monotonic()
    verdicts = grade_cells("lab2", [*cells, answer, STEP.format("pass")], NAMES)
    assert verdicts["rnn_step"].passed
    assert verdicts["count_params"].passed
    assert time.monotonic() - start < 20
