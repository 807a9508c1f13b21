"""Bad input on the command line: one clear sentence, exit status not 0, no traceback, nothing half-written."""

import json
import subprocess
import sys
import time

import pytest
from kit import ROOT

NOTEBOOK = ROOT / "notebooks" / "lab2_rnn.ipynb"


def seqlab(*args, cwd=None):
    command = [sys.executable, "-m", "seqlab.cli", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["grade", "nowhere.ipynb", "--out", "out"], "nowhere.ipynb"),
        (["grade", NOTEBOOK, "--out", "out", "--lab", "lab99"], "lab2"),
        (["check-answers", "nowhere.jsonl"], "nowhere.jsonl"),
        (["check-answers", "bad.jsonl"], "line 2"),
        (["check-answers", "unknown.jsonl"], "lines that do not"),
        (["fill", "nowhere.ipynb", "--reference", "-o", "out.ipynb"], "nowhere.ipynb"),
        (["fill", "text.ipynb", "--reference", "-o", "out.ipynb"], "text.ipynb"),
        (["fill", NOTEBOOK, "-o", "out.ipynb"], "--reference"),
        (["fill", NOTEBOOK, "--answers", "nowhere", "-o", "out.ipynb"], "nowhere"),
        (["fill", NOTEBOOK, "--answers", "bad.jsonl", "-o", "out.ipynb"], "line 2"),
        (["build", "lab99"], "lab99"),
        (["grade", NOTEBOOK, "--out", "out", "--since", "yesterday"], "yesterday"),
        (["grade", NOTEBOOK, "--out", "out", "--late", "nowhere.toml"], "nowhere.toml"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, args, says):
    good = {"id": "a", "lab": "lab2", "exercise": "rnn_step", "symbol": "rnn_step", "code": "x = 1"}
    (tmp_path / "bad.jsonl").write_text(json.dumps(good) + "\nnot json\n")
    (tmp_path / "unknown.jsonl").write_text(
        json.dumps(good | {"lab": "lab99"}) + "\n" + json.dumps(good | {"exercise": "zzz"})
    )
    (tmp_path / "text.ipynb").write_text("this is no notebook")
    before = sorted(tmp_path.iterdir())
    done = seqlab(*args, cwd=tmp_path)
    assert done.returncode not in (0, None)
    assert "Traceback" not in done.stderr
    assert says in done.stderr
    assert done.stderr.strip().startswith("seqlab: ")
    assert "\n" not in done.stderr.strip()
    assert sorted(tmp_path.iterdir()) == before


def test_debug_shows_the_traceback(tmp_path):
    done = seqlab("--debug", "check-answers", "nowhere.jsonl", cwd=tmp_path)
    assert "Traceback" in done.stderr
    assert done.returncode


def test_a_file_that_is_no_notebook_has_a_row_and_the_exit_status_says_so(tmp_path):
    (tmp_path / "text.ipynb").write_text("this is no notebook")
    done = seqlab("grade", "text.ipynb", NOTEBOOK, "--out", "out", "--format", "json", "--seed", 4, cwd=tmp_path)
    assert done.returncode == 1
    bad, blank = json.loads((tmp_path / "out" / "results.json").read_text())
    assert bad["status"] == "error"
    assert "line 1" in bad["message"]
    assert bad["exercises"] == []
    assert (blank["points"], blank["max_points"], blank["status"], len(blank["exercises"])) == (0, 100, "missing", 8)
    assert {"exercise", "points", "max_points", "status", "message"} <= set(blank["exercises"][0])
    assert "Traceback" not in done.stderr


def test_help_is_quick_and_loads_nothing_heavy():
    heavy = "import sys, seqlab, seqlab.cli; print([m for m in ('tensorflow', 'music21', 'matplotlib', 'pandas', 'keras') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True).stdout.strip() == "[]"
    start = time.monotonic()
    assert seqlab("--help").returncode == 0
    assert time.monotonic() - start < 3  # a loaded machine; undisturbed it is well under 0.3 s


def test_the_notebook_says_bad_answers_in_one_sentence():
    import seqlab
    from seqlab.errors import SeqlabError

    lab = seqlab.labs.load("lab2")
    for bad in (None, "rnn_step", 3, object(), print):
        with pytest.raises(SeqlabError, match="rnn_step"):
            lab.check(bad)
    with pytest.raises(SeqlabError, match="lab2"):
        seqlab.labs.load("lab99")
    with pytest.raises(SeqlabError, match="unroll"):
        lab.hint("nothing")
    assert lab.check(None, "rnn_step").status == "failed"
    assert "class" in lab.check(type("rnn_step", (), {}), "rnn_step").slip
