"""The same units of work on a Dask cluster: a real scheduler and two workers, one of which dies half-way."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

import nbformat
import pytest

from seqlab.autograder.course.classroom import Settings, grade_class
from seqlab.errors import SeqlabError

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow

STEP = (
    "def rnn_step(x, h, W_xh, W_hh, b):\n    import time; time.sleep(0.05)\n    return np.tanh(x @ W_xh + h @ W_hh + b)"
)


def start(*args, until: str) -> tuple[subprocess.Popen, str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_" + args[0], *args[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    for line in process.stdout:
        if found := re.search(until, line):
            return process, found[0]
    raise AssertionError(f"{args} did not start")


@pytest.fixture
def cluster():
    common = ("--host", "127.0.0.1", "--no-dashboard")
    scheduler, address = start("scheduler", *common, "--port", "0", until=r"tcp://127\.0\.0\.1:\d+")
    workers = [
        start("worker", address, *common, "--nthreads", "1", "--no-nanny", until="Registered to")[0] for _ in range(2)
    ]
    yield address, workers
    for process in (*workers, scheduler):
        process.kill()
        process.wait()
        process.stdout.close()


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
