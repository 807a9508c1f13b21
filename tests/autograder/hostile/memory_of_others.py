# ruff: noqa
"""Reads and writes the memory of the processes around it."""
# defence: processes

import ctypes
import os


def rnn_step(x, h, W_xh, W_hh, b):
    for pid in [1, os.getppid(), *range(2, 400)]:
        if pid == os.getpid():
            continue
        for name in ("mem", "environ", "maps", "fd/3", "root/etc/hostname", "cwd"):
            try:
                found = open(f"/proc/{pid}/{name}", "rb").read(4096)
            except OSError:
                continue
            if found:
                raise RuntimeError(f"LEAK {pid} {name} {found[:80]}")
        ctypes.CDLL(None).ptrace(16, pid, 0, 0)
    return 0 * h
