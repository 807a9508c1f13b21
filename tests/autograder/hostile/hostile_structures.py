# ruff: noqa
"""Sends structures that would break a careless check."""


def rnn_step(x, h, W_xh, W_hh, b):
    channel().send(["result", (0 * h, (1, None, "text", {}, []))])
    return 0 * h
