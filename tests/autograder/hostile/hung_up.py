# ruff: noqa
"""Closes the connection and stays."""
# status: error


def rnn_step(x, h, W_xh, W_hh, b):
    import time

    channel().sock.shutdown(2)
    time.sleep(99)
