# ruff: noqa
"""Reads the memory at address 0."""
# status: error

import ctypes


def rnn_step(*args):
    return ctypes.string_at(0)
