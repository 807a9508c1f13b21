# ruff: noqa
"""An integer of a hundred thousand digits."""


def rnn_step(*args):
    return [[10**100_000]]
