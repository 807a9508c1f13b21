# ruff: noqa
"""Code that runs when objects and the process end."""
# status: timeout failed error

import atexit
import weakref


class Last:
    def __del__(self):
        while True:
            pass


last = Last()
atexit.register(Last.__del__, None)


def rnn_step(x, h, W_xh, W_hh, b):
    weakref.finalize(x, Last.__del__, None)
    return [last, Last()]
