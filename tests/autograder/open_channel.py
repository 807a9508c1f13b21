# ruff: noqa
"""What an attack on the protocol begins with: `channel()` gives the child's connection to the tester, which is open."""

import gc


def channel():
    import os, stat

    def is_open(file):
        try:
            return stat.S_ISSOCK(os.fstat(file).st_mode)
        except OSError:  # the warm parent's, which is closed in its forks
            return False

    return next(o for o in gc.get_objects() if type(o).__name__ == "Channel" and is_open(o.sock.fileno()))
