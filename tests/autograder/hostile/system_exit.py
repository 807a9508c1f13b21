# ruff: noqa
"""Raises SystemExit."""
# status: error


def rnn_step(*args):
    raise SystemExit(0)
