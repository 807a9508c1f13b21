# ruff: noqa
"""Calls the function that it is given with megabytes."""
# exercise: one_to_many
# status: error timeout

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
    while True:
        channel().send(["call", 0, (np.zeros(900_000), h0)])
        channel().receive()
