"""What a student's code can see and do inside the sandbox."""

import os
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.channel import Gone, OutOfTime

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def sandboxed(warm):
    if not warm.sandboxed:
        pytest.skip(warm.sandbox)
    return warm


@pytest.fixture
def probe(sandboxed):
    """Run the body of a function as a student's code and give what it returns."""
    children = []

    def run(body: str, seconds: float = 20.0):
        child = sandboxed.spawn()
        children.append(child)
        runtime = child.within(seconds)
        code = "import os, sys, socket, subprocess, threading\ndef probe():\n" + "".join(
            f"    {line}\n" for line in body.strip().splitlines()
        )
        for index in range(len(runtime.perform("plan", [code], ["probe"]))):
            runtime.perform("run", index)
        return runtime.perform("call", runtime.perform("find", "probe"), ())[0]

    yield run
    for child in children:
        child.end()


def test_nothing_of_the_instructors_can_be_seen(probe):
    paths = [
        str(ROOT / "labs"),
        str(ROOT / "seqlab"),
        str(ROOT / "tests"),
        str(Path.home() / ".ssh"),
        "/etc/passwd",
        "/var",
        "/home",
    ]
    assert not any(probe(f"return [os.path.exists(p) and os.path.isdir(p) and os.listdir(p) != [] for p in {paths!r}]"))
    environment = probe("return dict(os.environ)")
    assert not {k for k in environment if k.startswith(("SEQLAB", "PYTEST", "USER", "SSH"))}
    assert set(probe("return os.listdir('/proc')")) == {"cpuinfo", "self"}
    assert probe("return open('/proc/self/cmdline').read()") == "python\0"


def test_what_installers_wrote_does_not_tell_where_the_clone_lies(probe):
    packages = sysconfig.get_path("purelib")
    find = (
        "from pathlib import Path\nfound = []\nfor path in Path(PACKAGES).glob('*seqlab*'):\n"
        "    for file in path.rglob('*') if path.is_dir() else [path]:\n"
        "        if file.is_file() and ROOT in file.read_text(errors='replace'): found.append(file.name)\n"
    )
    find = find.replace("PACKAGES", repr(packages)).replace("ROOT", repr(str(ROOT)))
    outside: dict = {}
    exec(find, outside)
    if not outside["found"]:
        pytest.skip("the package is not installed from a clone")
    assert probe(f"{find}return found") == []
    names = "import importlib.metadata\nreturn [d.metadata['Name'] for d in importlib.metadata.distributions()]"
    assert {"numpy", "seqlab"} <= set(probe(names))  # a list of packages can still be read


@pytest.mark.parametrize(
    "deed",
    [
        "os.fork()",
        "subprocess.run(['true'])",
        "os.system('true') and 1/0",
        "socket.socket()",
        "open('/usr/x', 'w')",
        f"open({os.path.dirname(os.__file__)!r} + '/x.py', 'w')",
        "os.mkdir('/x')",
        "os.kill(1, 9)",
        "os.setuid(0)",
        "socket.sethostname('x')",
        "os.chroot('/tmp')",
        "open('/proc/1/environ').read()",
        "open('/proc/sysrq-trigger', 'w').write('c')",
        "open('/proc/1/mem', 'rb')",
        "os.listdir('/proc/1/fd')",
        "os.open('/dev/mem', os.O_RDONLY)",
        "os.mknod('/tmp/x', 0o600 | 0o060000, 1)",
    ],
)
def test_deeds_that_are_refused(probe, deed):
    with pytest.raises(AnswerError) as refused:
        probe(f"return {deed}")
    assert refused.value.type in {"PermissionError", "OSError", "FileNotFoundError", "ZeroDivisionError"}


def test_it_has_a_small_folder_of_its_own(probe):
    empty = probe("return os.listdir('/tmp')")  # but for a way to the environment, where that lies below /tmp
    with_x = probe("open('/tmp/x', 'w').write('y' * 1000)\nreturn os.listdir('/tmp')")
    assert set(with_x) == {"x", *empty}
    assert probe("return os.listdir('/tmp')") == empty
    with pytest.raises(AnswerError, match=r"No space|File too large"):
        probe("for i in range(99):\n    open(f'/tmp/{i}', 'wb').write(bytes(10**7))")


def test_memory_is_limited(probe):
    with pytest.raises(AnswerError, match="MemoryError"):
        probe("return len(bytearray(5 * 2**30))")


def test_threads_work_but_no_processes(probe):
    assert probe("t = threading.Thread(target=print)\nt.start()\nt.join()\nreturn 1") == 1
    assert (
        probe("import tensorflow as tf\nreturn float(tf.reduce_sum(tf.ones((300, 300)) @ tf.ones((300, 300))))")
        == 2.7e7
    )


HONEST = {
    "a model's weights in HDF5": """
import keras
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
model.save_weights("/tmp/x.weights.h5")
model.load_weights("/tmp/x.weights.h5")
return 1""",
    "an event loop": """
import asyncio
async def work():
    await asyncio.sleep(0.001)
    return await asyncio.to_thread(lambda: 1)
return asyncio.run(work())""",
    "an event loop of its own": """
import asyncio
loop = asyncio.new_event_loop()
try:
    return loop.run_until_complete(loop.run_in_executor(None, lambda: 1))
finally:
    loop.close()""",
    "streams as they are": """
import faulthandler
sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)
sys.stdout.buffer.write(b"x")
sys.stdout.buffer.flush()
faulthandler.enable(sys.stderr)
os.write(sys.stdout.fileno(), b"x")
return 1""",
    "the user's name": "import getpass\nreturn int(getpass.getuser() == 'student')",
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_work_gets_through_the_filter(probe, name):
    assert probe(HONEST[name]) == 1


def test_everything_ends_with_it(sandboxed):
    child = sandboxed.spawn()
    code = (
        "import threading, time\nthreading.Thread(target=lambda: [time.sleep(.1) for _ in iter(int, 1)]).start()\nx = 1"
    )
    child.within(20).perform("plan", [code], ["x", "time"])
    # the processes of the sandbox are children of the warm parent
    assert family(sandboxed.process.pid)
    child.end()
    assert not family(sandboxed.process.pid)


@pytest.mark.parametrize("who", ["tester", "warm parent"])
def test_nothing_outlives_a_killed_grader(who):
    code = (
        "import time\nfrom seqlab.autograder.judging.parents import WarmParent\n"
        "p = WarmParent(); c = p.spawn(); print(p.process.pid, flush=True)\n"
        "c.within(60).perform('plan', ['x = 1'], ['x'])\nprint('up', flush=True)\ntime.sleep(100)"
    )
    tester = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    parent = int(tester.stdout.readline())
    assert tester.stdout.readline() == "up\n"
    processes = {parent, *family(parent)}
    os.kill(tester.pid if who == "tester" else parent, signal.SIGKILL)
    until = time.monotonic() + 10
    while any(alive(p) for p in processes) and time.monotonic() < until:
        time.sleep(0.05)
    assert not [p for p in processes if alive(p)]
    tester.kill()
    tester.wait()
    tester.stdout.close()


def test_a_forged_message_ends_the_child_not_the_tester(sandboxed):
    for forged in (b"\xff" * 64, b"\0\0\0\x01\xc0", b"\xff\xff\xff\xff", b"\0\0\0\x02\x91\xc0"):
        child = sandboxed.spawn()
        code = (
            "import os, socket\nfor fd in range(3, 64):\n    try: os.write(fd, "
            + repr(forged)
            + ")\n    except OSError: pass\n"
            "x = 1\nfd = x"
        )
        runtime = child.within(5)
        with pytest.raises((AnswerError, Gone, OutOfTime, Exception)) as raised:
            for index in range(len(runtime.perform("plan", [code], ["x", "fd"]))):
                runtime.perform("run", index)
            runtime.perform("find", "x")
            raise AssertionError("the forged message was taken for an answer")
        assert not isinstance(raised.value, AssertionError)
        child.end()


def family(pid: int) -> list[int]:
    """All descendants of a process."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
    found, todo = [], [pid]
    while todo:
        children = [p for p, parent in parents.items() if parent == todo[0]]
        found, todo = found + children, todo[1:] + children
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
