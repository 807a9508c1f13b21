# ruff: noqa
"""Sends a message a byte at a time."""
# status: timeout error


def rnn_step(x, h, W_xh, W_hh, b):
    import time

    wire = channel().sock
    wire.sendall(b"\0\x70\0\0")
    while True:
        wire.sendall(b"\x90")
        time.sleep(0.05)
