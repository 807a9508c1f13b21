# ruff: noqa
"""Catches everything that could end it."""
# status: timeout


def rnn_step(*args):
    while True:
        try:
            raise KeyboardInterrupt
        except BaseException:
            pass
