"""The self-test fails closed: a promise that cannot be tried is one that is not kept."""

import ctypes
import errno
import os
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
from kit import ROOT

from seqlab.autograder.child import privileges, promises, root, sandbox

pytestmark = pytest.mark.skipif(
    not hasattr(os, "uname") or os.uname().sysname != "Linux", reason="a sandbox is Linux's"
)
NO_NEW_PRIVS_IS_SET = 39


def answering(monkeypatch, capget=0, prctl=lambda option, capability: 0, last=40):
    """A kernel with these answers, which knows so many capabilities."""

    def ask(option, *args):
        if option == NO_NEW_PRIVS_IS_SET:
            return 1
        ctypes.set_errno(errno.EINVAL if args[-1] > last else errno.EPERM)
        return -1 if args[-1] > last else prctl(option, args[-1])

    monkeypatch.setattr(promises, "LIBC", SimpleNamespace(capget=lambda *_: capget))
    monkeypatch.setattr(promises, "prctl", ask)
    return promises._has_capabilities()


@pytest.mark.parametrize("last", [37, 40, 41, 63])
def test_no_capability_on_kernels_old_and_new(monkeypatch, last):
    assert answering(monkeypatch, last=last) == ""


def test_capabilities_that_cannot_be_asked_for_are_not_absent(monkeypatch):
    assert answering(monkeypatch, capget=-1).startswith("cannot be tried")


@pytest.mark.parametrize("option", [promises.CAPBSET_READ, promises.CAP_AMBIENT])
def test_a_set_that_cannot_be_asked_for_is_not_empty(monkeypatch, option):
    assert answering(monkeypatch, prctl=lambda asked, _: -1 if asked == option else 0).startswith("cannot be tried")
    assert answering(monkeypatch, prctl=lambda asked, n: int(asked == option and n == 40)) != ""
    assert answering(monkeypatch, last=5).startswith("cannot be tried")  # EINVAL, of a capability that each kernel has


def test_a_call_without_a_number_was_not_refused(monkeypatch):
    assert "cannot be tried" in promises._calls(("no_such_call", 0))
    monkeypatch.setattr(promises.os, "uname", lambda: SimpleNamespace(machine="aarch64"))
    assert "fork" not in promises.NUMBERS["aarch64"]
    monkeypatch.setattr(promises, "syscall", lambda *_: ctypes.set_errno(errno.ENOSYS) or -1)
    assert promises._calls(("fork",)) == ""  # the table of that machine is known to lack it
    monkeypatch.setattr(promises.os, "uname", lambda: SimpleNamespace(machine="unheard of"))
    assert "cannot be tried" in promises._calls(("fork",))


def test_a_hidden_file_that_is_in_sight_is_seen(tmp_path):
    secret, empty = tmp_path / "secret", tmp_path / "empty"
    secret.touch()
    empty.mkdir()

    def sees(path):
        plan = SimpleNamespace(hidden=[str(path)], visible=[])
        return promises._sees_what_is_hidden(plan, str(tmp_path / "no canary"))

    assert sees(secret) == f"{secret} can be seen"
    assert sees(tmp_path) == f"{tmp_path} can be looked into"
    assert [sees(path) for path in (os.devnull, empty, tmp_path / "absent")] == ["", "", ""]


# -- the limit of processes, for an ordinary user without namespaces -----------------------------------------
def test_all_threads_of_a_user_are_counted():
    before, end = privileges.threads_of(os.getuid()), threading.Event()
    threads = [threading.Thread(target=end.wait) for _ in range(40)]
    for thread in threads:
        thread.start()
    during = privileges.threads_of(os.getuid())
    end.set()
    for thread in threads:
        thread.join()
    assert during - before > 20  # others come and go
    assert privileges.threads_of(3_999_999_999) == 0


CROWDED = """
import os, sys, threading, time
from seqlab.autograder.child import privileges, sandbox
user = privileges.another_user() if os.geteuid() == 0 else 0
if user:  # root has no such limit
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
elsewhere = os.fork()
if not elsewhere:
    for _ in range(12):
        threading.Thread(target=time.sleep, args=[60], daemon=True).start()
    time.sleep(60)
while privileges.threads_of(os.getuid()) < 14:
    time.sleep(0.01)
privileges.PROCESSES = 5
if sys.argv[1] == "uncounted":
    privileges.threads_of = lambda user: 0
def body():
    try:
        threading.Thread(target=time.sleep, args=[0]).start()
    except RuntimeError:
        return b"refused"
    return b"started"
try:
    print(sandbox.within(sandbox.Plan(seccomp=True), body)[0].decode())
finally:
    os.kill(elsewhere, 9)
"""


@pytest.mark.parametrize(("how", "came"), [("counted", "started"), ("uncounted", "refused")])
def test_threads_elsewhere_leave_an_answer_its_own(how, came):
    done = subprocess.run(
        [sys.executable, "-c", CROWDED, how], capture_output=True, text=True, cwd="/", env={"PYTHONPATH": str(ROOT)}
    )
    if "Permission denied" in done.stderr or "No module" in done.stderr:
        pytest.skip("another user cannot read the environment")
    assert done.stdout.strip() == came, done.stderr[-500:]


# -- why there is no sandbox ---------------------------------------------------------------------------------
def test_a_refusal_tells_each_reason(monkeypatch):
    monkeypatch.setattr(sandbox, "_rehearse", lambda plan: "no unshare" if plan.namespaces else "x.py cannot be read")
    monkeypatch.setattr(sandbox, "_maps", lambda plan: {})
    with pytest.raises(
        sandbox.SandboxError, match=r"confined: no unshare; and without namespaces: x.py cannot be read$"
    ):
        sandbox.prepare()


def test_a_user_namespace_that_is_refused_says_why(monkeypatch):
    ctypes.set_errno(0)
    monkeypatch.setattr(root, "LIBC", SimpleNamespace(unshare=lambda _: ctypes.set_errno(errno.ENOSPC) or -1))
    with pytest.raises(sandbox.SandboxError, match=f"a user namespace: {os.strerror(errno.ENOSPC)}"):
        root.mapping(0, 1000)
