"""Each defence is shown to be the one that holds: with it switched off, the attack gets through."""

import contextlib
import os
import re
import signal
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from kit import ROOT
from test_autograder_sandbox import alive

from seqlab.autograder.judging import grade as grading
from seqlab.autograder.judging import parents
from seqlab.autograder.judging.children import ParentGone
from seqlab.autograder.judging.parents import WarmParent
from seqlab.autograder.judging.trial import Trial
from seqlab.autograder.judging.verdict import Verdict
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.exercises import find_lab

HOSTILE = Path(__file__).parent / "hostile"
PLAN = """
before = sandbox.prepare
def prepare(beside):
    plan = before(beside)
    {}
    return plan
sandbox.prepare = prepare
"""
AS_IT_IS = "plan.namespaces = plan.other_user = False; privileges.never_root = lambda other_user: None"
NO_NAMESPACES = PLAN.format(AS_IT_IS)
NO_FILTER = PLAN.format("plan.seccomp = False")
NEITHER = PLAN.format(AS_IT_IS + "; plan.seccomp = False")
START = (
    "import sys\nfrom seqlab.autograder.child import inert, privileges, sandbox, warm\n{}\nwarm.main(int(sys.argv[1]))"
)


@pytest.fixture(scope="module")
def weakened():
    """A warm parent with a defence switched off, by the code that does it."""
    parents = {}

    def start(switch: str) -> WarmParent:
        if switch not in parents:
            parents[switch] = WarmParent(("-c", START.format(switch)))
        return parents[switch]

    yield start
    for parent in parents.values():
        parent.close()


def probe(parent: WarmParent, body: str):
    """What the body of a function returns when it runs as a student's code."""
    child = parent.spawn()
    try:
        runtime = child.within(30)
        lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
        plan = runtime.perform("plan", ["import os, socket, time\ndef probe():\n" + lines], ["probe"])
        for index in range(len(plan)):
            runtime.perform("run", index)
        return runtime.perform("call", runtime.perform("find", "probe"), ())[0]
    finally:
        child.end()


FORK = "pid = os.fork()\nif not pid: os._exit(0)\nreturn os.waitpid(pid, 0)[1]"
CHECKS = str(ROOT / "labs" / "lab2_rnn" / "checks.py")
IMPORT = "from seqlab.exercises import find_lab\nreturn find_lab('lab2').exercises['rnn_step'].points"


SWITCHED = [
    pytest.param(NO_NAMESPACES, f"return open({CHECKS!r}).read(5)", '"""La', id="a root of its own: files"),
    pytest.param(NO_NAMESPACES, "return len(os.listdir('/proc')) > 20 and os.getppid() > 2", True, id="processes"),
    pytest.param(NO_NAMESPACES + "inert.hide_seqlab = lambda: None", IMPORT, 15, id="hidden package"),
    pytest.param(NO_FILTER, FORK, 0, id="filter: processes"),
    pytest.param(NO_FILTER, "socket.socket().close()\nreturn 1", 1, id="filter: sockets"),
    pytest.param(NEITHER, "os.kill(os.getppid(), 0)\nreturn 1", 1, id="filter: signals"),
    pytest.param(
        "privileges.limit = lambda *_: None", "return len(bytearray(3 * 2**30))", 3 * 2**30, id="limits: memory"
    ),
    pytest.param(
        PLAN.format("plan.tmp = 2**30") + "privileges.limit = lambda *_: None",
        "return open('/tmp/fill', 'wb').write(bytes(2 * 10**8))",
        2 * 10**8,
        id="limits: disk",
    ),
]
DEFENCES = [*(case.id for case in SWITCHED), "a root of its own: deletion"]


@pytest.mark.parametrize(("switch", "body", "gets"), SWITCHED)
def test_the_defence_is_what_holds(warm, weakened, switch, body, gets):
    if not warm.sandboxed:
        pytest.skip(warm.sandbox)
    with pytest.raises((AnswerError, AssertionError)):
        assert probe(warm, body) == gets
    assert probe(weakened(switch), body) == gets


def test_a_root_of_its_own_deletion(warm, weakened, tmp_path):
    if not warm.sandboxed:
        pytest.skip(warm.sandbox)
    somebodys = tmp_path / "somebody_else.ipynb"
    somebodys.write_text("{}")
    remove = f"os.remove({str(somebodys)!r})\nreturn 1"
    with pytest.raises(AnswerError):
        probe(warm, remove)
    assert somebodys.exists()
    assert probe(weakened(NO_NAMESPACES), remove) == 1
    assert not somebodys.exists()


def test_network(warm, weakened):
    if not warm.sandboxed:
        pytest.skip(warm.sandbox)
    with socket.create_server(("127.0.0.1", 0)) as server:
        call = f"socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 5).sendall(b'x')\nreturn 1"
        with pytest.raises(AnswerError):
            probe(warm, call)
        assert probe(weakened(NEITHER), call) == 1
        connection, _ = server.accept()
        with connection:
            assert connection.recv(1) == b"x"


def test_a_process_that_would_outlive_its_grading(warm, weakened):
    if not warm.sandboxed:
        pytest.skip(warm.sandbox)
    body = """
end, other = os.pipe()
pid = os.fork()
if not pid:
    os.setsid()  # out of the group that is killed at the end
    os.write(other, b"x")
    time.sleep(60)
    os._exit(0)
os.read(end, 1)
return pid
"""
    no_filter = weakened(NO_FILTER)  # process 1 of the namespace takes it along
    probe(no_filter, body)
    assert not [p for p in Path("/proc").glob("[0-9]*") if _parent(p) == no_filter.process.pid]
    left = probe(weakened(NEITHER), body)
    assert alive(left)
    os.kill(left, signal.SIGKILL)


def _parent(process: Path) -> int | None:
    try:
        return int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return None


def test_environment(monkeypatch):
    monkeypatch.setenv("COURSE_TOKEN", "secret")
    look = "return os.environ.get('COURSE_TOKEN')"
    with WarmParent() as parent:
        assert probe(parent, look) is None
    monkeypatch.setattr(parents, "environment", lambda: dict(os.environ))
    with WarmParent() as parent:
        assert probe(parent, look) == "secret"


# -- the tester's own ----------------------------------------------------------------------------------------
def graded(warm, cells: list[str], *names: str, deadline: float = 5.0) -> dict[str, Verdict]:
    exercises = {n: replace(e, deadline=deadline) for n, e in find_lab("lab2").exercises.items() if n in names}
    return {v.exercise: v for v in grading.Answers(cells, exercises, warm.spawn).judge_all(5)}


@pytest.fixture
def drawn(monkeypatch):
    """The hidden numbers that were drawn, as they would be told."""
    texts, draw = set(), Trial.normal

    def normal(self, *shape, **how):
        array = draw(self, *shape, **how)
        texts.update(f"{v:.5f}"[:7] for v in np.abs(array.ravel()).tolist())
        return array

    monkeypatch.setattr(Trial, "normal", normal)
    return texts


def told(verdict: Verdict, numbers: set[str]) -> bool:
    return any(number in verdict.without_secrets().sentence() for number in numbers)


def test_a_deadline(warm):
    hang = (HOSTILE / "hang.py").read_text()
    assert graded(warm, [hang], "rnn_step", deadline=1.0)["rnn_step"].status == "timeout"

    def wait_for(parent):
        with contextlib.suppress(ParentGone):  # its end is what ends this
            graded(parent, [hang], "rnn_step", deadline=300.0)

    with WarmParent() as parent:
        waiting = threading.Thread(target=wait_for, args=(parent,), daemon=True)
        waiting.start()
        waiting.join(4)
        assert waiting.is_alive()


def test_hidden_cases_have_no_values(warm, drawn, monkeypatch):
    echo = "def rnn_step(x, h, W_xh, W_hh, b): return x if x.size > 1 else np.tanh(x @ W_xh + h @ W_hh + b)"
    assert not told(graded(warm, [echo], "rnn_step")["rnn_step"], drawn)
    monkeypatch.setattr(Verdict, "without_secrets", lambda self: self)
    assert told(graded(warm, [echo], "rnn_step")["rnn_step"], drawn)


def test_names_of_the_childs_own_making_are_not_shown(warm, monkeypatch):
    leak = (HOSTILE / "leak_by_type.py").read_text()
    assert "LEAK" not in graded(warm, [leak], "rnn_step")["rnn_step"].sentence().replace('"LEAK%d"', "").replace(
        '("LEAK")', ""
    )
    monkeypatch.setattr(grading.RedactedRuntime, "perform", lambda self, *asked: self.runtime.perform(*asked))
    assert "raised LEAK" in graded(warm, [leak], "rnn_step")["rnn_step"].sentence()


def test_a_failure_that_quotes_is_judged_alone(warm, drawn, monkeypatch):
    leak = (HOSTILE / "leak_by_another_exercise.py").read_text()
    assert not told(graded(warm, [leak], "rnn_step", "total_loss")["total_loss"], drawn)
    monkeypatch.setattr(grading.Answers, "judge_all", in_the_old_order)
    assert told(graded(warm, [leak], "rnn_step", "total_loss")["total_loss"], drawn)


def in_the_old_order(answers, seed):
    """One exercise after the other, each with its hidden cases; none is judged again alone."""
    verdicts = []
    try:
        for exercise in answers.exercises.values():
            answers.has_hidden = False
            shown, _, _ = answers._judge_once(exercise, seed)
            answers.has_hidden = True
            verdicts.append(shown.verdict or answers._judge_once(exercise, seed)[0].verdict)
    finally:
        answers.end()
    return verdicts


# the moment of a child's death tells the next one whether a hidden number is positive: by which second it begins in
CLOCK = """
import os, time
BORN = time.time()

def rnn_step(x, h, W_xh, W_hh, b):
    if x.shape != (1, 1):
        while not int(x[0, 0] > 0) <= time.time() / 1.2 % 2 < int(x[0, 0] > 0) + 0.2:
            time.sleep(0.005)
        os._exit(0)
    return np.tanh(x @ W_xh + h @ W_hh + b)

def count_params(U, D, O, T):
    raise ValueError(f"it is positive: {BORN / 1.2 % 2 >= 1}, told at {BORN}")
"""


def test_worked_examples_come_before_anything_hidden(warm, monkeypatch):
    died = []

    def dying(self, error, why=grading.Answers._why):
        died.append(time.time())
        return why(self, error)

    def born():
        """When the child began whose words the page shows."""
        message = graded(warm, [CLOCK], "rnn_step", "count_params")["count_params"].without_secrets().message
        return float(re.search(r"told at (\d+\.\d+)", message)[1]), message

    monkeypatch.setattr(grading.Answers, "_why", dying)
    exercise = find_lab("lab2").exercises["rnn_step"]
    trial = Trial(exercise, None, None, 5)
    sizes = next(trial.sizes("B D H"))
    positive = bool(trial.normal(*sizes[:2])[0, 0] > 0)
    at, _ = born()
    assert at < died[0]
    monkeypatch.setattr(grading.Answers, "judge_all", in_the_old_order)
    died.clear()
    at, message = born()
    assert at > died[0]
    assert f"it is positive: {positive}" in message


def test_a_child_that_dies_is_replaced(warm, monkeypatch):
    die = "def rnn_step(*a):\n    import os; os._exit(3)"
    count = "def count_params(U, D, O, T):\n    return U*D + U*U + O*U, T*D*O"
    names = "rnn_step", "count_params"
    assert graded(warm, [die, count], *names)["count_params"].passed
    spawn, spawned = warm.spawn, []

    def only_once(*args):
        spawned.append(1)
        if len(spawned) > 1:
            time.sleep(0.01)
            raise ParentGone
        return spawn(*args)

    monkeypatch.setattr(warm, "spawn", only_once)
    with pytest.raises(ParentGone):
        graded(warm, [die, count], *names)
