# ruff: noqa
"""Asks for memory until there is none."""
# status: error timeout


def rnn_step(*args):
    kept = []
    while True:
        kept.append(bytearray(200_000_000))
