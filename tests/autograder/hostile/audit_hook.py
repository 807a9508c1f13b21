# ruff: noqa
"""An audit hook that refuses everything."""

import sys


def refuse(event, args):
    raise RuntimeError(event)


def rnn_step(x, h, W_xh, W_hh, b):
    sys.addaudithook(refuse)
    return 0 * h
