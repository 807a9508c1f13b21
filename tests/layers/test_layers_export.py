"""What is exported can be read by the runtimes that it is for, which know nothing of XLA."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from environments import environment

pytestmark = [pytest.mark.network, pytest.mark.slow]


def test_exported_models_compute_the_same_in_their_runtimes(tmp_path):
    command = [environment("runtimes"), Path(__file__).with_name("exporting.py"), tmp_path]
    quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, capture_output=True, text=True, env=quiet)
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert len(found) == 4
    for name, formats in found.items():
        assert set(formats) == {"by_onnx", "by_saved_model", "by_litert"}, name
        assert max(formats.values()) < 1e-5, (name, formats)
