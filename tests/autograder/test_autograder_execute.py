"""`--execute`: a whole notebook run by a real kernel inside the sandbox."""

import json

import nbformat
import pytest

from seqlab.autograder.course.classroom import Settings, grade_class

pytestmark = pytest.mark.slow

CELLS = [
    "import seqlab\nlab = seqlab.labs.load('lab2')",
    "import numpy as np\ndef count_params(U, D, O, T):\n    return U*D + U*U + O*U, T*D*O",
    "lab.check(count_params)",
    "while True: pass",
    "import socket\nsocket.create_connection(('127.0.0.1', 22), timeout=2)",
    "import os\nprint(os.path.exists('/etc/passwd'), os.listdir('/tmp') is not None, 'x' * 300_000)",
    "import subprocess\nprint(subprocess.run(['echo', 'hello'], capture_output=True, text=True).stdout)",
    "2 + 2",
]


def test_outputs_are_kept_and_one_endless_cell_costs_itself(tmp_path, lent):
    cells = [nbformat.v4.new_code_cell(c) for c in CELLS]
    (tmp_path / "work").mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "work" / "jane.ipynb")
    (tmp_path / "work" / "empty.ipynb").write_text("{}")
    outcome = grade_class([tmp_path / "work"], Settings(tmp_path / "marks", execute=15))
    empty, jane = sorted(outcome.rows, key=lambda r: r.notebook)
    assert jane.points == 10
    assert jane.executed == "run, 2 cells raised an error"
    [path] = (tmp_path / "marks" / "executed").glob("*.ipynb")
    executed = nbformat.read(path, as_version=4)
    errors = [o.ename for c in executed.cells for o in c.outputs if o.output_type == "error"]
    assert errors[0] == "KeyboardInterrupt"
    assert errors[1] in ("ConnectionRefusedError", "OSError", "TimeoutError")
    assert "passed" in executed.cells[2].outputs[0]["data"]["text/plain"]
    assert executed.cells[5].outputs[0]["text"].startswith("False True")
    assert len(executed.cells[5].outputs[0]["text"]) < 250_000
    assert executed.cells[7].outputs[0]["data"]["text/plain"] == "4"
    assert not empty.exercises
    assert "executed_notebook" not in json.dumps([row.as_dict() for row in outcome.rows])
