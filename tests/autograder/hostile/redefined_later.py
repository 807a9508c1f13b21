# ruff: noqa
"""Replaces itself after the first call."""


def rnn_step(x, h, W_xh, W_hh, b):
    globals()["rnn_step"] = lambda *a: 0
    globals().clear()
    return 0 * h
