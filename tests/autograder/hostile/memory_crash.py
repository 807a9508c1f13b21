# ruff: noqa
"""Asks for memory and keeps the error from being seen."""
# status: timeout error


def rnn_step(*args):
    kept = []
    while True:
        try:
            kept.append(np.ones(30_000_000))
        except MemoryError:
            pass
