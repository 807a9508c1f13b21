# ruff: noqa
"""A generator that never ends."""


def rnn_step(*args):
    while True:
        yield 0
