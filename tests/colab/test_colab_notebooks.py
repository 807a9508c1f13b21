"""Every student notebook in a runtime like the newest Colab image: set up, blank, solved, handed in, restarted.

Slow, and it makes an environment of 2.4 GB, so it runs where SEQLAB_COLAB is set: `make colab`.
"""

import json
import os
from importlib.metadata import distributions

import nbformat
import pytest
from look_alike import Runtime, archive
from resolve import ROOT, NotHere, normal

from seqlab.authoring import fill
from seqlab.authoring.home import archive_url
from seqlab.autograder.course.contents import read_file
from seqlab.autograder.course.handin import is_handin
from seqlab.exercises import find_lab, lab_id

pytestmark = [
    pytest.mark.slow,
    pytest.mark.network,
    pytest.mark.skipif("SEQLAB_COLAB" not in os.environ, reason="not run: `make colab` runs it"),
]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("lab*.ipynb"))
IDENTITIES = "{name: id(value) for name, value in globals().items() if name[0] != '_' and name not in ('In', 'Out')}"
RUN_WHOLE = ("lab2", "lab7")  # solved too
NOTE = "Note: you may need to restart the kernel to use updated packages."  # IPython's; Colab's own %pip is silent


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    try:
        return archive(tmp_path_factory.mktemp("home") / "main.zip")
    except NotHere as reason:
        pytest.skip(f"not run: {reason}")


@pytest.fixture(scope="module")
def runtime(tmp_path_factory, packed):
    """One runtime for all notebooks: the first set-up cell installs seqlab, as in a student's first lab."""
    try:
        made = Runtime(tmp_path_factory.mktemp("colab"), SEQLAB_STEPS="30")
    except NotHere as reason:
        pytest.skip(f"not run: {reason}")
    with made:
        yield made


def cells(path, packed) -> list:
    """The code cells of a notebook; the one address that they open is the archive at hand."""
    code = [c for c in nbformat.read(path, 4).cells if c.cell_type == "code"]
    for cell in code:
        cell.source = cell.source.replace(archive_url(), str(packed))
    return code


def run_all(runtime, code) -> dict:
    """What each cell showed, by its id."""
    shown = {cell.id: runtime.run(cell.source) for cell in code}
    assert {name: s.error for name, s in shown.items() if s.error} == {}
    return shown


def versions(runtime) -> dict[str, str]:
    folders = runtime.run("import sys; print([p for p in sys.path if p.endswith('site-packages')])").printed
    found = distributions(path=json.loads(folders.replace("'", '"')))
    every = [(normal(d.metadata["Name"]), d.version) for d in found]
    assert len(every) == len(dict(every)), "a package is installed twice: pip put another version before the image's"
    return dict(every)


def marks(warm, path) -> float:
    from seqlab.autograder.judging.grade import Answers

    found = read_file(path)
    verdicts = Answers(found.cells, found.lab.exercises, warm.spawn).judge_all(11)
    return sum(v.points for v in verdicts)


def test_an_install_stays_in_the_runtime(runtime):
    asked = runtime.run(
        "!python -c 'import sys; print(sys.prefix)'\n!which pip\n!pip --version\n%pip --version"
    ).printed
    prefix, pip, *pips = [line for line in asked.splitlines() if line and line != NOTE]
    assert prefix == str(runtime.environment)
    assert pip == str(runtime.environment / "bin" / "pip")
    assert len(pips) == 2
    assert len(set(pips)) == 1
    assert runtime.run("import seqlab").error == "ModuleNotFoundError: No module named 'seqlab'"


def test_the_set_up_cell_installs_quietly_and_changes_nothing(runtime, packed):
    setup = cells(NOTEBOOKS[0], packed)[0]
    assert setup.id == "setup"
    before = versions(runtime)
    assert before.items() >= runtime.pins.items()
    used = runtime.run("import os; _before = os.times()").error
    shown = runtime.run(setup.source)
    spent = float(runtime.run("_now = os.times(); print(sum(_now[:4]) - sum(_before[:4]))").printed)
    print(f"set-up: {shown.seconds:.1f} s, of which {spent:.1f} s of processor time")
    assert (used, shown.error, shown.rich) == (None, None, "")
    assert shown.printed.strip() in ("", NOTE)
    assert spent < 20  # of processor time: the clock also counts what else the machine does
    after = versions(runtime)
    assert {p: v for p, v in before.items() if after[p] != v} == {}
    assert {"seqlab", "verovio"} <= after.keys() - before.keys()

    kept = runtime.run(IDENTITIES + "['lab']").rich
    again = runtime.run(setup.source)
    assert (again.error, again.printed, again.rich) == (None, "", "")
    assert again.seconds < 5
    assert runtime.run(IDENTITIES + "['lab']").rich == kept
    assert versions(runtime) == after


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_blank_notebook_runs_checks_hints_and_hands_in(runtime, packed, warm, path):
    runtime.restart()
    code, lab = cells(path, packed), lab_id(path.stem)
    exercises = find_lab(lab).exercises
    shown = run_all(runtime, code)
    pictures = [o["data"] for s in shown.values() for o in s.outputs if "image/png" in o.get("data", {})]
    assert pictures
    assert [p["text/plain"] for p in pictures if '<img alt="Figure' not in p.get("text/html", "")] == []
    for name in exercises:
        assert "<table" in shown[f"check-{name}"].rich
        assert "missing" in shown[f"check-{name}"].rich
        hints = [runtime.run(f'lab.hint("{name}")').rich for _ in range(4)]
        assert [f"Hint {n} of 3" in h for n, h in zip((1, 2, 3, 3), hints, strict=True)] == [True] * 4
        assert "the last one" in hints[3]
    receipt = shown["handin"].rich
    assert "**0 of 100 points**" in receipt
    assert f"Not solved yet: {', '.join(exercises)}." in receipt
    handin = runtime.content / f"submission-{lab}.json"
    assert is_handin(json.loads(handin.read_text(encoding="utf-8")))
    assert handin.stat().st_size < 200_000
    last = runtime.calls()[-1]
    assert (last["call"], last["filename"]) == ("files.download", str(handin))
    assert marks(warm, handin) == 0


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_solved_notebook_survives_a_restart_and_scores_all(runtime, packed, warm, tmp_path, path):
    runtime.restart()
    lab = lab_id(path.stem)
    exercises = list(find_lab(lab).exercises)
    solved = tmp_path / path.name
    fill(path, None, solved, reference=True)
    code = cells(solved, packed)
    if lab in RUN_WHOLE:
        middle = next(i for i, c in enumerate(code) if c.id == exercises[len(exercises) // 2])
        run_all(runtime, code[:middle])
        runtime.restart()
    else:  # its experiments have run below the blank notebook
        own = {"setup", "handin", *exercises, *(f"check-{name}" for name in exercises)}
        code = [cell for cell in code if cell.id in own]
    run_all(runtime, code[:1])
    assert "got none since the start" in runtime.run("lab.submit()").error
    runtime.run(f"{exercises[0]} = None")
    told = runtime.run("lab.submit()")
    assert told.error is None
    receipt = told.rich
    assert f"Not run since the notebook was started: {', '.join(exercises[1:])}." in receipt
    shown = run_all(runtime, code)
    assert "**100 of 100 points**" in shown["handin"].rich
    assert "Not " not in shown["handin"].rich
    handin = runtime.content / f"submission-{lab}.json"
    assert marks(warm, handin) == 100

    names = runtime.run(IDENTITIES).rich
    run_all(runtime, code[:1])
    assert runtime.run(IDENTITIES).rich == names
    assert "**100 of 100 points**" in runtime.run("lab.submit()").rich


def test_a_blocked_download_leaves_the_file_and_says_where(runtime):
    setup = (
        'import os, seqlab; lab = seqlab.labs.load("lab2"); rnn_step = None; os.environ["COLAB_BLOCKS_DOWNLOADS"] = "1"'
    )
    assert runtime.run(setup).error is None
    before = len(runtime.calls())
    shown = runtime.run("lab.submit()")
    runtime.run('del os.environ["COLAB_BLOCKS_DOWNLOADS"]')
    assert "take the file from the folder on the left" in shown.printed
    assert str(runtime.content / "submission-lab2.json") in shown.rich
    assert len(runtime.calls()) == before


def test_nothing_else_was_asked_of_colab(runtime):
    assert {c["call"] for c in runtime.calls()} == {"files.download"}
