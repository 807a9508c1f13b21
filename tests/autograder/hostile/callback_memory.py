# ruff: noqa
"""Calls the function that it is given with megabytes."""
# exercise: one_to_many
# status: error timeout


def one_to_many(step, x0, h0, T):
    while True:
        channel().send(["call", 0, (np.zeros(900_000), h0)])
        channel().receive()
