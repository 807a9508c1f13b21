# ruff: noqa
"""Recursion without an end, with the limit taken away."""
# status: error timeout

import sys


def rnn_step(*args):
    sys.setrecursionlimit(10**9)
    return rnn_step(*args)
