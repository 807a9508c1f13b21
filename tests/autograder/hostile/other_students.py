# ruff: noqa
"""Looks for the work and the marks of others."""
# defence: a root of its own: files

import os


def rnn_step(x, h, W_xh, W_hh, b):
    for folder, folders, files in os.walk("/"):
        if folder in ("/proc", "/usr/share", "/usr/lib") or "site-packages" in folder:
            folders.clear()
        for name in files:
            if name.endswith(".ipynb") or name in ("run.json", "results.json"):
                raise RuntimeError(f"LEAK {folder} {name}")
    return 0 * h
