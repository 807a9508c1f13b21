# ruff: noqa
"""A list that NumPy would make a terabyte of."""
# status: error failed


def rnn_step(x, h, W_xh, W_hh, b):
    return ["x" * 900_000] + ["y"] * 300_000
