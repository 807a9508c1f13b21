# ruff: noqa
"""Eight bytes that say they are a petabyte."""
# status: error timeout failed


def rnn_step(*args):
    return np.lib.stride_tricks.as_strided(np.zeros(1), (10**7, 10**7), (0, 0))
