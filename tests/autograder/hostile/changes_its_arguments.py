# ruff: noqa
"""Overwrites what it is given with what it returns."""
# status: failed


def rnn_step(x, h, W_xh, W_hh, b):
    h[:] = np.tanh(x @ W_xh + h @ W_hh + b)
    return h
