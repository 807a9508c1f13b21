"""Each blow of `blows.py` fails in the sandbox, lands where its defence is off, and the self-test sees what is off."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from kit import ROOT

HERE = Path(__file__).parent
BLOWS = """
all slots of asynchronous reading|attributes of files|a file in memory|a user namespace|a key in the kernel|a process
a notice of what others read|a lock that others see|pages in memory, by mincore|pages in memory, by cachestat
pages in memory, by reading without waiting|pages in memory, by faults|pages thrown out of memory
a life after its parent's|a queue of messages|inodes of /dev/shm|inodes of /tmp|the time of a device
a file of the system's|the bounding set|memory|a mode of a device|the kernel's settings
what lies beside the environment|a handle on the process at the other end|a larger buffer of the socket's
a device by a rename|results that lie below what is shown
"""
NAMES = [name for line in BLOWS.strip().splitlines() for name in line.split("|")]
OF_ROOT = {"a file of the system's", "a mode of a device", "the kernel's settings"}  # land where the grader is root
OF_A_NEW_KERNEL = {
    "pages in memory, by cachestat": (6, 5),
    "attributes of files": (6, 6),
    "a handle on the process at the other end": (6, 5),
}
NOT_KEPT = {
    "filter": {"no new process", "no network, no socket", "no mark left for another child", "no mount, no namespace"},
    "root": {"students' code is not root to the machine"},
    "limits": {"memory is limited", "time, processes and open files are limited"},
    "files": {"nothing outside /tmp is written", "devices are not changed"},
    "inodes": {"/tmp and files are limited"},
    "hidden": {"work, results, home and checks are not seen"},
    "capabilities": {"no capability, none to be had"},
}


@pytest.fixture(scope="module")
def struck(tmp_path_factory):
    """What came of all blows, in one process without TensorFlow."""
    folder = tmp_path_factory.mktemp("struck")
    for name in ("work/jane.ipynb", "shown/marks/run.json"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).touch()
    folder.chmod(0o755)  # what is shown by mistake can be read by everybody
    command = [sys.executable, "-P", str(HERE / "blows.py"), str(folder)]
    full, root, came, not_kept = json.loads(subprocess.run(command, capture_output=True, check=True, cwd=ROOT).stdout)
    if not full:
        pytest.skip("the full sandbox cannot be had here")
    return root, came, not_kept


def test_every_blow_is_listed(struck):
    assert sorted(struck[1]) == sorted(NAMES)


@pytest.mark.parametrize("blow", NAMES)
def test_a_blow_lands_only_without_its_defence(struck, blow):
    root, came, _ = struck
    held, weak = came[blow]
    assert not held
    if (root or blow not in OF_ROOT) and kernel() >= OF_A_NEW_KERNEL.get(blow, (0,)):
        assert weak


def kernel() -> tuple[int, ...]:
    return tuple(map(int, os.uname().release.split("-")[0].split(".")[:2]))


@pytest.mark.parametrize("defence", NOT_KEPT)
def test_the_self_test_sees_a_defence_that_is_off(struck, defence):
    root, _, not_kept = struck
    if defence in ("root", "files") and not root:
        pytest.skip("only where the grader is root")
    assert NOT_KEPT[defence] <= set(not_kept[defence])
    assert not_kept[defence][-1] == "and so it is REDUCED"


def test_an_older_kernel_shows_files_in_its_own_way(struck):
    assert struck[2]["an older kernel"] == [True, []]


@pytest.mark.parametrize(
    ("kept", "word", "status"), [(True, "kept", 0), (False, "NOT kept", 1), (None, "not promised here", 1)]
)
def test_the_self_test_has_a_line_for_each_promise(monkeypatch, kept, word, status):
    from click.testing import CliRunner

    from seqlab.autograder.judging import parents
    from seqlab.commands.grade import grade

    found = [{"name": "no socket", "kept": True, "why": ""}, {"name": "no process", "kept": kept, "why": ""}]
    monkeypatch.setattr(parents, "self_test", lambda: ("Sandbox: so and so.", found))
    came = CliRunner().invoke(grade, ["--self-test"])
    assert came.output.splitlines() == ["kept: no socket", f"{word}: no process", "Sandbox: so and so."]
    assert came.exit_code == status


def test_the_self_test_of_this_machine_is_true():
    from seqlab.autograder.judging.parents import self_test

    line, promises = self_test()
    assert len(promises) > 15
    assert line.startswith("Sandbox: on") == (not [p for p in promises if p["kept"] is not True])


# -- environments --------------------------------------------------------------------------------------------
LOOK = """
import json, os, sys
from seqlab.autograder.child import sandbox
plan = sandbox.prepare()
def look():
    own = os.path.join(sys.prefix, "lib", f"python3.{sys.version_info.minor}", "site-packages", "own.py")
    return json.dumps([open(own).read(), sorted(os.listdir(sys.prefix)), os.getuid()]).encode()
said, user, _ = sandbox.within(plan, look)
print(json.dumps([plan.full, user, *json.loads(said)]))
"""


def clone_with_environment(folder: Path) -> Path:
    """A clone in which somebody said `python -m venv .`: hand-ins lie beside the environment's own folders."""
    venv.create(folder, symlinks=True, with_pip=False)
    packages = next(folder.glob("lib/python3*/site-packages"))
    (packages / "borrowed.pth").write_text("\n".join(p for p in (str(ROOT), *sys.path) if p and os.path.isdir(p)))
    (packages / "own.py").write_text("x = 1\n")
    for name in ("submissions/jane.ipynb", "marks/run.json", ".git/config"):
        (folder / name).parent.mkdir()
        (folder / name).touch()
    return folder


def looked(folder: Path) -> list:
    program = folder / "bin" / "python"
    done = subprocess.run([str(program), "-c", LOOK], capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr[-500:]
    full, *found = json.loads(done.stdout)
    if not full:
        pytest.skip("the full sandbox cannot be had here")
    return found


def test_an_environment_that_is_the_clone_shows_itself_and_nothing_beside_it(tmp_path):
    folder = clone_with_environment(tmp_path / "course")
    _, own, seen, _ = looked(folder)
    assert own == "x = 1\n"
    assert {"submissions", "marks", ".git"} <= {path.name for path in folder.iterdir()}
    assert set(seen) <= {"bin", "lib", "lib64", "pyvenv.cfg"}


def test_an_environment_for_root_alone_is_read_by_another_user(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root has files that another user's process cannot read")
    folder = clone_with_environment(tmp_path / "course")
    for path in folder.glob("lib/python3*/site-packages/**"):
        path.chmod(0o700)
    next(folder.glob("lib/python3*/site-packages/own.py")).chmod(0o600)
    user, own, _, inside = looked(folder)
    assert own == "x = 1\n"
    assert user != 0
    assert inside != 0


def test_where_no_other_user_can_be_had_nothing_runs_as_root(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only where the grader is root")
    code = (
        "from seqlab.autograder.child import privileges, sandbox\nprivileges.another_user = lambda: 0\n"
        "try: print(sandbox.prepare().line)\nexcept sandbox.SandboxError as error: print('refused:', error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.startswith("refused: students' code never runs as root")


def test_the_table_of_system_calls_is_libseccomps():
    made = subprocess.run([sys.executable, str(ROOT / ".ci" / "syscalls")], capture_output=True, text=True)
    if made.returncode:
        pytest.skip("there is no libseccomp here")
    theirs: dict = {}
    exec(made.stdout, theirs)
    from seqlab.autograder.child.syscalls import NUMBERS

    for machine, numbers in NUMBERS.items():
        both = numbers.keys() & theirs["NUMBERS"][machine].keys()
        assert len(both) > 250
        assert all(numbers[name] == theirs["NUMBERS"][machine][name] for name in both)


def test_every_name_on_the_list_is_a_system_call():
    from seqlab.autograder.child import seccomp
    from seqlab.autograder.child.syscalls import NUMBERS

    everywhere = {name for numbers in NUMBERS.values() for name in numbers}
    assert seccomp.ALLOWED | seccomp.FOR_A_KERNEL | set(seccomp._CHECKED) <= everywhere
    assert not seccomp.ALLOWED & {"ptrace", "mount", "socket", "execve", "clone", "mincore", "io_setup", "setxattr"}
