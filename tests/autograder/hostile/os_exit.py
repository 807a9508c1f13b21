# ruff: noqa
"""Ends its own process without a word."""
# status: error

import os


def rnn_step(*args):
    os._exit(0)
