# ruff: noqa
"""Calls the function that it is given for ever."""
# exercise: one_to_many
# status: error timeout


def one_to_many(step, x0, h0, T):
    while True:
        step(x0, h0)
