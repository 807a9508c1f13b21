# ruff: noqa
"""Ignores every signal and goes on."""
# status: timeout

import signal


def rnn_step(*args):
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass
