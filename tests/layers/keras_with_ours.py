"""A pytest plugin: Keras's own tests of its recurrent layers, on the layers of this package.

    python tests/layers/keras_with_ours.py

The tests lie in the installed Keras. Where they say `layers.LSTM` they get `seqlab.layers.LSTM`. They count as passed
only if our loop ran in them.
"""

import importlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

TESTS = ("lstm", "gru", "simple_rnn", "bidirectional", "rnn", "stacked_rnn_cells", "time_distributed")
MODULES = {"SimpleRNN": "simple_rnn", "LSTM": "lstm", "GRU": "gru"}
ran = 0


def pytest_configure(config):
    """Put our classes wherever Keras's tests look for its own, and count the loops that run."""
    import seqlab.layers
    from seqlab.layers import bptt

    for name, module in MODULES.items():
        for place in ("keras.layers", "keras.src.layers", f"keras.src.layers.rnn.{module}"):
            setattr(importlib.import_module(place), name, getattr(seqlab.layers, name))
    once = bptt.run

    def counted(*args, **kwargs):
        global ran
        ran += 1
        return once(*args, **kwargs)

    bptt.run = counted


def pytest_terminal_summary(terminalreporter):
    import keras

    terminalreporter.write_line(f"Keras {keras.__version__}: our loop ran {ran} times")


def pytest_sessionfinish(session):
    if not ran:
        session.exitstatus = 1


def main() -> int:
    """Run them; the exit status is pytest's."""
    folder = Path(find_spec("keras").origin).parent / "src" / "layers" / "rnn"
    files = [str(path) for name in TESTS if (path := folder / f"{name}_test.py").exists()]
    if not files:
        sys.exit("The Keras that is installed comes without its tests: from 3.15 on it has them.")
    how = ["-q", "-c", os.devnull, "-p", "keras_with_ours", "-p", "no:cacheprovider", "-W", "ignore"]
    here = str(Path(__file__).parent)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))}
    return subprocess.run([sys.executable, "-m", "pytest", *how, *files], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
