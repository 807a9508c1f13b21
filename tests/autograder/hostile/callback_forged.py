# ruff: noqa
"""Calls functions that were never handed over."""
# exercise: one_to_many
# status: error

import gc


def channel():
    import os, stat

    def is_open(file):
        try:
            return stat.S_ISSOCK(os.fstat(file).st_mode)
        except OSError:  # the warm parent's, which is closed in its forks
            return False

    return next(o for o in gc.get_objects() if type(o).__name__ == "Channel" and is_open(o.sock.fileno()))


def one_to_many(step, x0, h0, T):
    for number in (-1, 7, 2**40):
        channel().send(["call", number, (x0, h0)])
    return np.zeros((1, T, 1))
