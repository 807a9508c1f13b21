# ruff: noqa
"""Calls functions that were never handed over."""
# exercise: one_to_many
# status: error


def one_to_many(step, x0, h0, T):
    for number in (-1, 7, 2**40):
        channel().send(["call", number, (x0, h0)])
    return np.zeros((1, T, 1))
