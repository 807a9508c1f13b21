# ruff: noqa
"""A list that never ends."""


class Endless(list):
    def __iter__(self):
        while True:
            yield 0

    def __len__(self):
        return 1


def rnn_step(*args):
    return Endless([0])
