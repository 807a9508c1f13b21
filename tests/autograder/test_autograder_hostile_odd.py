"""Honest but odd notebooks get exactly what they deserve."""

import json

import pytest

from seqlab.autograder.course.unit import Grader

STEP = "def rnn_step(x, h, W_xh, W_hh, b):\n    return np.tanh(x @ W_xh + h @ W_hh + b)"
COUNT = "def count_params(U, D, O, T):\n    return U*D + U*U + O*U, T*D*O"
BOTH = 25.0


def cell(source, **more):
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None} | more


def whole(*cells, **more):
    cells = [c if isinstance(c, dict) else cell(c) for c in cells]
    return {"cells": cells, "metadata": {"seqlab": {"lab": "lab2"}}, "nbformat": 4, "nbformat_minor": 5} | more


STDERR = {"output_type": "stream", "name": "stderr", "text": ["WARNING: no GPU\n"] * 99}
PICTURE = {"output_type": "display_data", "data": {"text/html": "[1, {2}], " * 5_000_000}, "metadata": {}}
COLAB = {"colab": {"provenance": [], "gpuType": "T4"}, "kernelspec": {"name": "python3"}, "accelerator": "GPU"}
NBFORMAT_3 = {
    "nbformat": 3,
    "metadata": {"name": ""},
    "worksheets": [
        {
            "cells": [
                {"cell_type": "code", "input": ["lab = seqlab.labs.load('lab2')\n", STEP]},
                {"cell_type": "code", "input": COUNT, "outputs": []},
            ]
        }
    ],
}

ODD = {
    "stderr": whole(cell(STEP, outputs=[STDERR]), COUNT),
    "50 MB of outputs": whole(cell(STEP, outputs=[PICTURE]), COUNT),
    "extra cells": whole("x = 1", STEP, {"cell_type": "markdown", "source": "# hi"}, COUNT, "model.fit(data)", "1/0"),
    "reordered": whole(COUNT, STEP),
    "saved by Colab": whole(
        "import seqlab\nlab = seqlab.labs.load('lab2')",
        cell(STEP, id="x1", metadata={"id": "x1", "outputId": "y"}),
        cell(COUNT, id="z"),
        metadata=COLAB,
    ),
    "nbformat 4.0": whole(
        {"cell_type": "code", "source": STEP}, {"cell_type": "code", "source": COUNT}, nbformat_minor=0
    ),
    "nbformat 3": NBFORMAT_3,
    "sources as lists": whole(cell(STEP.splitlines(keepends=True)), cell(COUNT.splitlines(keepends=True))),
    "Windows line ends": whole(STEP.replace("\n", "\r\n"), COUNT.replace("\n", "\r\n")),
    "helpers elsewhere": whole(
        "SCALE = 1.0",
        "def squash(z):\n    return SCALE * np.tanh(z)",
        STEP.replace("np.tanh", "squash"),
        "T_ = 1",
        COUNT.replace("T*D*O", "T*D*O*T_"),
    ),
    "helpers below": whole(STEP.replace("np.tanh", "squash"), "squash = np.tanh", COUNT),
    "magics and shell lines": whole(
        "!pip install seqlab\n%matplotlib inline", "%%time\n" + STEP, "?np.tanh\n" + COUNT, "%%bash\nls"
    ),
    "magic inside an answer's cell": whole("%load_ext autoreload\n" + STEP + "\n!ls", COUNT),
    "duplicated answer cells": whole("def rnn_step(*a):\n    return 0", STEP, STEP, COUNT),
    "star import": whole("from math import *\nfrom numpy import *", STEP.replace("np.tanh", "tanh"), COUNT),
    "future import": whole(
        "from __future__ import annotations\ndef rnn_step(x: Undefined, h, W_xh, W_hh, b) -> Later:\n"
        "    return np.tanh(x @ W_xh + h @ W_hh + b)",
        COUNT,
    ),
    "tf.function": whole("@tf.function\n" + STEP.replace("np.tanh", "tf.tanh"), COUNT),
    "lru_cache": whole(STEP, "import functools\n@functools.lru_cache(maxsize=None)\n" + COUNT),
    "dataclasses": whole(
        "from dataclasses import dataclass\n\n@dataclass\nclass Cell:\n    scale: float = 1.0\n"
        "    def __call__(self, z):\n        return self.scale * np.tanh(z)",
        "squash = Cell()",
        STEP.replace("np.tanh", "squash"),
        COUNT,
    ),
    "globals": whole("calls = 0", STEP.replace("    return", "    global calls\n    calls += 1\n    return"), COUNT),
    "a lambda": whole("rnn_step = lambda x, h, W_xh, W_hh, b: np.tanh(x @ W_xh + h @ W_hh + b)", COUNT),
    "prints and warns": whole(STEP.replace("    return", "    import warnings; warnings.warn('x')\n    return"), COUNT),
    "other kernel": whole(STEP, COUNT, metadata={"kernelspec": {"name": "julia"}, "seqlab": {"lab": "lab2"}}),
    "a tensor back": whole(
        STEP.replace("return np.tanh(", "return tf.constant(")
        .replace("+ b)", "+ b)")
        .replace("tf.constant(x", "tf.tanh(x"),
        COUNT,
    ),
    "float64": whole(STEP.replace("np.tanh(", "np.tanh(1.0 * ").replace("x @", "x.astype('float64') @"), COUNT),
}


@pytest.fixture(scope="module")
def grader(warm):
    return Grader(lambda: warm)


@pytest.mark.parametrize("name", ODD)
def test_odd_notebooks_get_what_they_deserve(grader, name):
    row = grader.grade(json.dumps(ODD[name]).encode(), "odd.ipynb", seed=5)
    assert row.points == BOTH, [e.message for e in row.exercises if e.exercise in ("rnn_step", "count_params")]


def test_a_byte_order_mark_and_a_renamed_file(grader):
    data = b"\xef\xbb\xbf" + json.dumps(ODD["reordered"]).encode()
    assert grader.grade(data, "Kopie von Übung (3) final FINAL.txt", seed=5).points == BOTH


def test_half_an_answer_gets_half(grader):
    row = grader.grade(json.dumps(whole(COUNT, "def rnn_step(x, h):")).encode(), "odd.ipynb", seed=5)
    assert row.points == 10
    assert {e.exercise: e.status for e in row.exercises}["rnn_step"] == "error"
