# ruff: noqa
"""Raises from files that do not exist."""
# status: error


def rnn_step(x, h, W_xh, W_hh, b):
    exec(compile("\n" * 99 + "1 / 0", "<cell none>", "exec"))
