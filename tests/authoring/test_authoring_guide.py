"""CONTRIBUTING.md's guide for authors, followed word for word in a copy of the clone."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from kit import ROOT

BLOCK = re.compile(r"^(`{3,})(\w+) ?(\S*)\n(.*?)^\1$", re.M | re.S)


@pytest.fixture(scope="module")
def guide():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    text = text[text.index("## From an idea to a graded exercise") : text.index("## How grading is safe")]
    return [(kind, file, body) for _, kind, file, body in BLOCK.findall(text)]


@pytest.mark.slow
def test_the_guide_leads_from_an_idea_to_a_graded_exercise(guide, tmp_path):
    for folder in ("seqlab", "labs", "data", "notebooks"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    written, quoted = [], []
    for kind, file, body in guide:
        if kind == "sh":
            if len(written) == 4:  # what the text says between the check and the hints
                give_running_mean_20(tmp_path / "labs" / "lab9_memory")
            for line in body.splitlines():
                shown = run(line, tmp_path)
                if "check-answers" in line:
                    rows = [json.loads(row) for row in shown.splitlines() if row.startswith("{")]
                    assert {r["id"]: r["accepted"] for r in rows} == {r["id"]: "/right/" in r["id"] for r in rows}
                    assert len(rows) == 16
                if "--mutants" in line:
                    assert "16 of 16 answers of the bank judged as their kind says" in shown
            continue
        if not file:  # a part of a file that is there already
            assert body in (tmp_path / "labs" / "lab9_memory" / "checks.py").read_text(encoding="utf-8")
            quoted.append(kind)
            continue
        path = tmp_path / file
        text = path.read_text(encoding="utf-8")
        at = text.index('# %% [markdown] id="part-handin"') if file.endswith("notebook.py") else len(text)
        path.write_text(text[:at] + body + text[at:], encoding="utf-8")
        written.append(file)
    assert [f.rsplit("/")[-1] for f in written] == ["notebook.py", "checks.py", "hints.md", "lab9.jsonl"]
    assert quoted == ["python"]
    [row] = json.loads((tmp_path / "marks" / "results.json").read_text())
    assert (row["points"], row["max_points"], row["lab"]) == (100, 100, "lab9")
    assert [e["points"] for e in row["exercises"]] == [20, 40, 40]
    assert "fading" in (tmp_path / "marks" / "report.html").read_text()
    hint = run("python -c \"import seqlab; lab = seqlab.labs.load('lab9'); print(lab.hint('fading'))\"", tmp_path)
    assert "Hint 1 of 3 for fading" in hint


def give_running_mean_20(folder):
    for name, old, new in (("checks.py", "points=60", "points=20"), ("notebook.py", "60 points", "20 points")):
        text = (folder / name).read_text(encoding="utf-8")
        assert text.count(old) == 1
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")


def run(line: str, folder) -> str:
    """A command of the guide, with `seqlab` and `python` those of the copy."""
    program = f"{sys.executable} -m seqlab.cli" if line.startswith("seqlab ") else sys.executable
    command = f"{program} {line.split(' ', 1)[1]}"
    environment = os.environ | {"PYTHONPATH": str(folder)}
    done = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{line}\n{done.stderr}"
    return done.stdout
