# ruff: noqa
"""The cell that defines the answer never ends."""
# status: timeout

rnn_step = [0 for _ in iter(int, 1)]
