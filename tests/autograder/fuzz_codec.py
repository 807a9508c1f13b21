"""Coverage-guided fuzzing of the protocol's decoder with atheris, for as many messages as are asked for.

    make fuzz                                                        # or, for longer, in the environment that it made:
    build/env-fuzz/bin/python tests/autograder/fuzz_codec.py -runs=10000000

Whatever the bytes: a value or a BadMessage; what decodes can be encoded, and decodes to the same bytes again.
"""

import os
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["seqlab"]):
    from seqlab.autograder.wire.codec import BadMessage, decode, encode

import numpy as np

from seqlab.autograder.wire.values import Ref

SEEDS = (
    ["result", (np.ones((2, 3), "f4"), (np.arange(3), [1, "a"], {("k", 1): None}))],
    ["raised", "ValueError", "text", 0, 1],
    ["call", 0, (np.zeros((1, 2)), 3)],
    ["result", [(0, ["f"]), (1, [])]],
    Ref(3, "function"),
)


def one(data: bytes) -> None:
    try:
        value = decode(data)
    except BadMessage:
        return
    once = encode(value)
    assert encode(decode(once)) == once


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number, value in enumerate(SEEDS):
            Path(folder, str(number)).write_bytes(encode(value))
        atheris.Setup([*sys.argv, "-timeout=5", "-rss_limit_mb=2048", "-max_len=4096", folder], one)
        sys.stdout.flush()
        os.chdir(folder)  # what it finds is shown, not kept
        atheris.Fuzz()


if __name__ == "__main__":
    main()
