"""The same units of work on a Dask cluster: real schedulers and workers, some of which die, differ or are encrypted."""

import contextlib
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from types import SimpleNamespace

import nbformat
import pytest
from class_kit import LightGrader, worth

from seqlab.autograder.course import cluster as cluster_module
from seqlab.autograder.course import worker
from seqlab.autograder.course.classroom import Settings, grade_class
from seqlab.autograder.course.row import Row
from seqlab.errors import SeqlabError

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow

STEP = (
    "def rnn_step(x, h, W_xh, W_hh, b):\n    import time; time.sleep(0.05)\n    return np.tanh(x @ W_xh + h @ W_hh + b)"
)


def start(*args, until: str, **env: str) -> tuple[subprocess.Popen, str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_" + args[0], *args[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=os.environ | env,
    )
    said = []
    for line in process.stdout:
        said.append(line)
        if found := re.search(until, line):
            return process, found[0]
    raise AssertionError(f"{args} did not start: {''.join(said[-5:])}")


@contextlib.contextmanager
def scheduler_and_workers(*options: str, count: int = 2, protocol: str = "tcp", **env: str):
    """A real cluster: its address, and the processes of its workers. `options`: of each worker."""
    where = ("--host", f"{protocol}://127.0.0.1")
    until = rf"{protocol}://127\.0\.0\.1:\d+"
    scheduler, address = start("scheduler", *where, "--no-dashboard", "--port", "0", until=until, **env)
    every = ("worker", address, *where, "--no-dashboard", "--nthreads", "1", *options)
    workers = [start(*every, until="Registered to", **env)[0] for _ in range(count)]
    try:
        yield address, workers
    finally:
        for process in (*workers, scheduler):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM if "--nanny" in options else signal.SIGKILL)
            process.wait()
            process.stdout.close()


@pytest.fixture
def cluster():
    with scheduler_and_workers("--no-nanny") as found:
        yield found


@pytest.fixture
def preload(tmp_path):
    """A module that each worker loads first: there grading is light, and one hand-in kills whoever grades it."""
    path = tmp_path / "preload_light.py"
    path.write_text(LIGHT)
    return "--preload", str(path)


LIGHT = """
import os
import sys
sys.path.append(TESTS)
from class_kit import LightGrader
from seqlab.autograder.course import worker

class Light(LightGrader):
    def grade(self, data, *args, execute=None, **more):
        if b"kills" in data:
            os.kill(os.getpid(), 9)
        if execute:
            assert execute == 7.0
        return super().grade(data, *args, **more)

worker._of_this_process = Light()
""".replace("TESTS", repr(os.path.dirname(__file__)))


KILLS = worth(100).replace(b"# worth", b"# kills # worth")


def some_class(folder, *more: bytes):
    folder.mkdir()
    for number, data in enumerate([worth(60), worth(70), *more, worth(80), worth(90)]):
        (folder / f"s{number}.ipynb").write_bytes(data)
    return [folder]


def test_a_hand_in_that_kills_each_worker_costs_itself(preload, tmp_path):
    """Dask suspects all that a dead worker had, so those that are innocent are tried again, alone."""
    paths = some_class(tmp_path / "class", KILLS)
    settings = Settings(tmp_path / "marks", scheduler="", lab="lab2")
    with scheduler_and_workers("--nanny", *preload, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0") as (address, _):
        outcome = grade_class(paths, replace(settings, scheduler=address))
        assert [row.points for row in outcome.rows] == [60, 70, 0, 80, 90]
        killer = outcome.rows[2]
        assert (killer.status, killer.exercises) == ("error", [])
        assert "the worker that graded it died each time" in killer.message
        assert not outcome.complete
        (tmp_path / "class" / "s2.ipynb").write_bytes(worth(50))  # what was not graded is graded by the same command
        again = grade_class(paths, replace(settings, scheduler=address, execute=7.0))
        assert [row.points for row in again.rows] == [60, 70, 50, 80, 90]


def test_workers_that_are_gone_end_the_run_in_one_sentence(preload, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_module, "NOBODY", 1.0)
    paths = some_class(tmp_path / "class", KILLS)
    with (
        scheduler_and_workers("--no-nanny", *preload, count=1) as (address, _),
        pytest.raises(SeqlabError, match=r"none for 1 seconds.*what is graded is kept"),
    ):
        grade_class(paths, Settings(tmp_path / "marks", scheduler=address, lab="lab2"))


def test_a_run_refuses_before_anything_is_graded_where_one_worker_is_another(tmp_path, preload):
    other = tmp_path / "preload_other.py"
    other.write_text(LIGHT + "worker.judging = lambda: b'other'\n")
    paths = some_class(tmp_path / "class")
    seen = []
    with scheduler_and_workers("--no-nanny", *preload, count=1) as (address, _):
        odd, _ = start(
            "worker", address, "--no-dashboard", "--no-nanny", "--preload", str(other), until="Registered to"
        )
        try:
            with pytest.raises(SeqlabError, match="its checks are not those of this run"):
                grade_class(
                    paths, Settings(tmp_path / "marks", scheduler=address, lab="lab2"), lambda *row: seen.append(row[2])
                )
        finally:
            odd.kill()
            odd.wait()
            odd.stdout.close()
        assert seen == [None]
        assert not list((tmp_path / "marks").glob("work/*"))


# -- what a worker says of itself --------------------------------------------------------------------------------
def asked(**changed):
    return worker.unit("s", "lab2", 5) | changed


def test_a_unit_of_work_and_what_comes_of_it_are_data(monkeypatch):
    monkeypatch.setattr(worker, "_of_this_process", LightGrader())
    given = json.loads(json.dumps(asked()))
    came = json.loads(json.dumps(worker.grade_on_worker(worth(70), given)))
    row = Row.from_dict(came["row"])
    assert (row.points, row.worker, row.notebook) == (70, os.getpid(), "s")


@pytest.mark.parametrize(
    ("changed", "why"),
    [({"seqlab": "0.0.1"}, "the run has 0.0.1"), ({"judging": "00"}, "its labs or its checks"), ({"require_sandbox": True}, "no full sandbox"), ({"execute": 5.0}, "no ipykernel")],
)  # fmt: skip
def test_a_worker_that_cannot_grade_as_it_is_asked_refuses(changed, why, monkeypatch):
    grader = LightGrader()
    monkeypatch.setattr(worker, "_of_this_process", grader)
    assert worker.refusal(asked()) == ""
    assert worker.refusal(asked(require_sandbox=True)) == ""  # the control: this one has it
    monkeypatch.setattr(grader, "parent", SimpleNamespace(sandboxed=False, sandbox="REDUCED"), raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert why in worker.refusal(asked(**changed))
    assert why in worker.grade_on_worker(worth(70), asked(**changed))["refused"]


def test_python_is_for_this_machine(tmp_path):
    with pytest.raises(SeqlabError, match="--python is for this machine"):
        grade_class([tmp_path], Settings(tmp_path / "marks", scheduler="tcp://x:1", python="python3"))


# -- encrypted --------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Dask's settings for a certificate of our own, which is its own authority."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("no openssl here")
    folder = tmp_path_factory.mktemp("tls")
    key, pem = folder / "key.pem", folder / "cert.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=seqlab"]
    subprocess.run([*command, "-keyout", key, "-out", pem], check=True, capture_output=True)
    roles = {role: {"cert": str(pem), "key": str(key)} for role in ("scheduler", "worker", "client")}
    return {"ca-file": str(pem), **roles}


def test_a_cluster_with_certificates_grades_and_turns_others_away(certificate, preload, tmp_path):
    import dask

    paths = some_class(tmp_path / "class")
    env = {"DASK_DISTRIBUTED__COMM__TLS__CA_FILE": certificate["ca-file"]}
    for role in ("SCHEDULER", "WORKER"):
        env |= {f"DASK_DISTRIBUTED__COMM__TLS__{role}__{k.upper()}": v for k, v in certificate[role.lower()].items()}
    with scheduler_and_workers("--no-nanny", *preload, count=1, protocol="tls", **env) as (address, _):
        settings = Settings(tmp_path / "marks", scheduler=address, lab="lab2")
        with pytest.raises(SeqlabError, match=r"for tls:// name the certificates"):
            grade_class(paths, settings)
        with dask.config.set({f"distributed.comm.tls.{k}": v for k, v in certificate.items()}):
            outcome = grade_class(paths, settings)
            with pytest.raises(SeqlabError, match="Dask scheduler"):  # unencrypted: it does not answer
                grade_class(paths, replace(settings, scheduler=address.replace("tls", "tcp"), out=tmp_path / "other"))
    assert [row.points for row in outcome.rows] == [60, 70, 80, 90]


def test_a_cluster_gives_the_same_marks_though_a_worker_dies(cluster, tmp_path):
    address, workers = cluster
    submissions = tmp_path / "submissions"
    submissions.mkdir()
    for i in range(12):
        cells = [nbformat.v4.new_code_cell(c) for c in (STEP if i % 3 else "x = 1", f"number = {i}")]
        nbformat.write(
            nbformat.v4.new_notebook(cells=cells, metadata={"seqlab": {"lab": "lab2"}}), submissions / f"s{i:02}.ipynb"
        )
    seen = []

    def kill_one_half_way(done, total, row):
        if row:
            seen.append(row.worker)
        if done == 4:
            os.kill(workers[0].pid, signal.SIGKILL)

    outcome = grade_class([submissions], Settings(tmp_path / "marks", scheduler=address), kill_one_half_way)
    assert [r.points for r in outcome.rows] == [0, 15, 15] * 4
    assert len(seen) == 12
    assert workers[1].pid in seen
    until = time.monotonic() + 15  # the warm parent of the killed worker has gone with it
    while "seqlab.autograder.child.warm" in _commands(workers[0].pid) and time.monotonic() < until:
        time.sleep(0.1)
    assert "seqlab.autograder.child.warm" not in _commands(workers[0].pid)


def _commands(parent: int) -> str:
    return subprocess.run(["ps", "-o", "args=", "--ppid", str(parent)], capture_output=True, text=True).stdout


def test_a_wrong_address_is_one_sentence(tmp_path):
    (tmp_path / "a.ipynb").write_text('{"cells": []}')
    with pytest.raises(SeqlabError, match="Dask scheduler"):
        grade_class([tmp_path / "a.ipynb"], Settings(tmp_path / "marks", scheduler="nonsense://x"))


@pytest.mark.parametrize("listening", [True, False])
def test_a_scheduler_that_does_not_answer_is_one_sentence_after_five_seconds(listening, tmp_path):
    (tmp_path / "a.ipynb").write_text('{"cells": []}')
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if listening:
            silent.listen()
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        begin = time.monotonic()
        with pytest.raises(SeqlabError, match="Dask scheduler"):
            grade_class([tmp_path / "a.ipynb"], Settings(tmp_path / "marks", scheduler=address))
        assert time.monotonic() - begin < 10
