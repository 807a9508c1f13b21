"""What a notebook that is run whole may take: memory and processes all together, and room for its outputs."""

import json
import subprocess
import sys

import nbformat
import pytest

from seqlab.autograder.course import rerun

pytest.importorskip("ipykernel")
FAMILY = """
import subprocess, sys, time
if len(sys.argv) > 1:
    kept = bytearray(b"x" * 60_000_000)
    time.sleep(2.5)
else:
    children = [subprocess.Popen([sys.executable, __file__, "child"]) for _ in range(3)]
    [c.wait() for c in children]
"""


@pytest.fixture
def family(tmp_path):
    """A process with three children, each of them with 60 MB."""
    (tmp_path / "family.py").write_text(FAMILY)
    process = subprocess.Popen([sys.executable, str(tmp_path / "family.py")], start_new_session=True)
    yield process
    rerun._end(process)


@pytest.mark.parametrize(
    ("limit", "value", "told"),
    [("MAX_MEMORY", 120_000_000, "GB of memory together"), ("MAX_PROCESSES", 3, "more than 3 processes")],
)
def test_processes_are_counted_together(family, monkeypatch, limit, value, told):
    monkeypatch.setattr(rerun, limit, value)
    with pytest.raises(rerun.NotRerun, match=told):
        rerun._watch(family, 60)


def test_a_family_within_the_limits_is_let_be(family):
    rerun._watch(family, 60)
    assert family.returncode == 0


def test_time_is_limited(family, monkeypatch):
    monkeypatch.setattr(rerun, "GRACE", 0.0)
    with pytest.raises(rerun.NotRerun, match="not through after 0"):
        rerun._watch(family, 0.1)


def test_outputs_are_cut_as_a_whole(monkeypatch):
    monkeypatch.setattr(rerun, "MAX_OUTPUTS", 100_000)

    def notebook(pictures: int):
        outputs = [nbformat.v4.new_output("display_data", {"image/png": "A" * 3000}) for _ in range(pictures)]
        cells = [nbformat.v4.new_code_cell("draw()", outputs=outputs), nbformat.v4.new_code_cell("2 + 2")]
        return nbformat.v4.new_notebook(cells=cells)

    few, many = notebook(20), notebook(300)
    before = json.dumps(few)
    rerun._cut(few)
    assert json.dumps(few) == before
    rerun._cut(many)
    assert len(json.dumps(many)) < 110_000
    assert "cut" in many.cells[0].outputs[-1]["text"]
