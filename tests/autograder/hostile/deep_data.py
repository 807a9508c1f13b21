# ruff: noqa
"""A list in a list in a list."""
# status: error


def rnn_step(*args):
    inner = []
    for _ in range(100_000):
        inner = [inner]
    return inner
