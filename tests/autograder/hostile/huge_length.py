# ruff: noqa
"""Announces four gigabytes."""
# status: error


def rnn_step(x, h, W_xh, W_hh, b):
    channel().sock.sendall(b"\xff\xff\xff\xff" + bytes(10**6))
    return 0 * h
