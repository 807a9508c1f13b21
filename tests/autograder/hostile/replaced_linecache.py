# ruff: noqa
"""Replaces the lines that an error would show."""
# status: error

import linecache


def rnn_step(x, h, W_xh, W_hh, b):
    linecache.getline = lambda *a: "LEAK"
    linecache.cache.clear()
    exec(compile("1 / 0", "<cell 999999>", "exec"))
