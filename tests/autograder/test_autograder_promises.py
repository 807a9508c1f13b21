"""The self-test fails closed: a promise that cannot be tried is one that is not kept."""

import ctypes
import errno
import os
from types import SimpleNamespace

import pytest

from seqlab.autograder.child import promises

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
