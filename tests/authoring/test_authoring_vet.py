"""`seqlab vet`: every lab fits together, and what does not is named in one sentence."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from kit import ROOT

from seqlab.authoring import new_lab
from seqlab.authoring.vetting.consistency import inconsistencies
from seqlab.authoring.vetting.edges import edges_not_in_text
from seqlab.authoring.vetting.examples import examples_not_in_text
from seqlab.errors import SeqlabError

LABS = sorted(p.parent.name for p in (ROOT / "labs").glob("*_*/notebook.py"))


@pytest.mark.parametrize("lab", LABS)
def test_every_lab_fits_together(lab):
    assert inconsistencies(ROOT / "labs" / lab) == []
    assert edges_not_in_text(ROOT / "labs" / lab, every=True) == []
    assert examples_not_in_text(ROOT / "labs" / lab) == []


@pytest.fixture
def folder(tmp_path):
    """The skeleton of a lab, with one exercise, in a folder where its checks have not been read before."""
    (tmp_path / "labs").mkdir()
    return new_lab("lab79_vetted", tmp_path / "labs")


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_new_lab_fits_together(folder):
    assert inconsistencies(folder) == examples_not_in_text(folder) == []


FOURTH = "## running_mean\n\n1. One.\n\n2. Two.\n\n3. Three.\n\n4. Four.\n"


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (
            "checks.py",
            "points=60",
            "points=55",
            [
                "the points in checks.py add up to 95 instead of 100: running_mean 55, Memory 40",
                "the heading of running_mean says 60 points, but checks.py says 55",
            ],
        ),
        (
            "notebook.py",
            "60 points",
            "90 points",
            ["the heading of running_mean says 90 points, but checks.py says 60"],
        ),
        (
            "notebook.py",
            "Exercise 2 ·",
            "Exercise 3 ·",
            ["the heading of Memory calls it exercise 3, but it is number 2"],
        ),
        (
            "notebook.py",
            "Exercise 1 · `running_mean`",
            "Exercise 1 · `mean_so_far`",
            [
                "notebook.py has a heading for mean_so_far, which checks.py does not know",
                "running_mean has 0 headings instead of one, such as: ### Exercise 1 · `running_mean` · 60 points",
            ],
        ),
        (
            "notebook.py",
            "# The mean of everything heard so far",
            "# | 1 | `running_mean` | ≈ 5 min | 80 |\n#\n# The mean of everything heard so far",
            ["the row in a table of running_mean says 80 points, but checks.py says 60"],
        ),
        ("hints.md", "\n3. Fill", "\nThird: fill", ["running_mean has 2 hints in hints.md instead of 3"]),
        ("hints.md", "## running_mean", FOURTH + "\n## other", ["hints.md has hints for other, which", "has 4 hints"]),
        (
            "checks.py",
            'takes="x (T)"',
            'takes="x (T), a"',
            ['the cell of running_mean takes "x", but checks.py says takes="x (T), a"'],
        ),
        (
            "notebook.py",
            "def __init__(self, units):",
            "def __init__(self, size):",
            ['the cell of Memory takes "size", but checks.py says takes="units"'],
        ),
        (
            "answers/lab79.jsonl",
            '"kind": "wrong", "name": "no_division"',
            '"kind": "right", "name": "no_division"',
            ["running_mean has 3 right and 2 wrong answers in answers/, and needs 2 right and 3 wrong ones"],
        ),
        ("answers/lab79.jsonl", '"exercise": ', '"exercises": ', ["answers/lab79.jsonl, line 1, should be JSON"]),
        (
            "notebook.py",
            ' check="running_mean"',
            "",
            ["the exercise running_mean has one answer cell, then one check cell; got 1 answer and 0 check cells"],
        ),
        (
            "checks.py",
            "def running_mean(t)",
            "def running_means(t)",
            ["running_mean has no check in checks.py", "running_means has no TODO cell in notebook.py"],
        ),
    ],
)
def test_what_does_not_fit_is_said(folder, file, old, new, says):
    edit(folder / file, old, new)
    found = inconsistencies(folder)
    for words in says:
        assert [s for s in found if words in s], (words, found)


def test_exercises_come_in_one_order(folder):
    with (folder / "checks.py").open("a") as checks:
        checks.write("\n\nfirst = running_mean\ndel running_mean\nrunning_mean = first\ndel first\n")
    [order] = [s for s in inconsistencies(folder) if "order" in s]
    assert (
        order
        == "the exercises come in this order in notebook.py: running_mean, Memory; in checks.py: Memory, running_mean"
    )


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("it is $(2, 3, 5)$", "it is $(2, 3, 6)$", "the result [2., 3., 5.]"),
        ("it is $(2, 3, 5)$", "it rises", "the result [2., 3., 5.]"),
        ("for $x = (2, 4, 9)$", "for $x = (4, 2, 9)$", "x [2., 4., 9.]"),
    ],
)
def test_a_worked_example_that_is_not_in_the_text_is_said(folder, old, new, missing):
    edit(folder / "notebook.py", old, new)
    [sentence] = examples_not_in_text(folder)
    assert sentence == f'running_mean: of the case "the worked example" the text does not say {missing}'


def test_a_text_may_round_and_write_numbers_as_it_likes(folder):
    edit(folder / "checks.py", "[2, 4, 9]", "[2, 4, 20000]")
    edit(folder / "notebook.py", "for $x = (2, 4, 9)$ it is $(2, 3, 5)$", "of $2.0, 4, 20,000$ come 2, 3.00, 6,669")
    assert examples_not_in_text(folder) == []


def test_a_check_that_refuses_the_reference_is_said(folder):
    edit(folder / "notebook.py", "return np.cumsum(x) / np.arange(1, len(x) + 1)", "return np.cumsum(x)")
    with pytest.raises(
        SeqlabError, match="the reference answer of running_mean passes its check; got Failed in the case"
    ):
        examples_not_in_text(folder)


HIDDEN_CASE = 't.tries(np.zeros(3), case="T=3, silence")\n    for (T,) in t.sizes("T"):'


@pytest.mark.parametrize(
    ("edges", "said"),
    [
        ('"silence": "an array of zeros"', ["tries", "an array of zeros"]),
        ('"one number": "mean"', ["hidden case", "T=3, silence"]),
        ('"silence": "The  Running **mean**"', []),
        ("", []),  # who declares none is not asked
    ],
)
def test_an_edge_that_is_not_in_the_text_is_said(folder, edges, said):
    edit(folder / "checks.py", 'for (T,) in t.sizes("T"):', HIDDEN_CASE)
    edit(folder / "checks.py", "points=60,", f"points=60, edges={{{edges}}},")
    edit(folder / "notebook.py", "it is $(2, 3, 5)$", "it is $(2, 3, 5)$: the running\n# mean")
    sentences = edges_not_in_text(folder)
    assert len(sentences) == bool(said)
    assert all(word in sentences[0] for word in said)


def test_who_declares_no_edges_is_asked_where_all_are(folder):
    edit(folder / "checks.py", 'for (T,) in t.sizes("T"):', HIDDEN_CASE)
    assert edges_not_in_text(folder) == []
    assert edges_not_in_text(folder, every=True) == [
        'running_mean: the hidden case "T=3, silence" is none of its declared edges'
    ]


@pytest.mark.slow
def test_vet_and_build_refuse_a_lab_and_write_nothing(tmp_path):
    shutil.copytree(ROOT / "seqlab", tmp_path / "seqlab", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "labs").mkdir()
    folder = new_lab("lab79_vetted", tmp_path / "labs")

    def seqlab(*args):
        return subprocess.run(
            [sys.executable, "-m", "seqlab.cli", *args],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
        )

    edit(folder / "checks.py", "points=60", "points=50")
    for command in ("vet", "build"):
        done = seqlab(command, "lab79")
        assert done.returncode == 1
        first, *_, last = done.stderr.strip().split("\n")
        assert first == "lab79_vetted: the points in checks.py add up to 90 instead of 100: running_mean 50, Memory 40"
        assert last == "seqlab: a lab fits together; got 2 things in lab79_vetted that do not. To mend it: see above."
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "notebooks").exists()
    edit(folder / "checks.py", "points=50", "points=60")
    done = seqlab("vet", "lab79", "--mutants", "--unnamed", "--jobs", "2")
    assert (done.returncode, "fit together" in done.stdout) == (0, True), done.stderr
    line = done.stdout.strip().split("\n")[-1]
    assert line.startswith("lab79: ")
    assert "11 of 11 answers of the bank judged as their kind says" in line
    assert seqlab("build", "lab79").returncode == 0


def test_check_answers_says_which_verdicts_do_not_agree(tmp_path):
    row = {"lab": "lab2", "exercise": "count_params", "symbol": "count_params"}
    right = "def count_params(U, D, O, T):\n    return U * D + U * U + O * U, T * D * O"
    rows = [
        row | {"id": "a", "kind": "right", "code": right},
        row | {"id": "b", "kind": "wrong", "code": "def count_params(U, D, O, T):\n    return 1, 2"},
        row | {"id": "c", "code": right},
    ]

    def judged(rows):
        (tmp_path / "bank.jsonl").write_text("\n".join(map(json.dumps, rows)))
        command = [sys.executable, "-m", "seqlab.cli", "check-answers", "bank.jsonl", "--jobs", "2"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        return done, [json.loads(line) for line in done.stdout.splitlines()]

    done, told = judged(rows)
    assert done.returncode == 0
    assert [(t["id"], t["accepted"], t.get("kind")) for t in told] == [
        ("a", True, "right"),
        ("b", False, "wrong"),
        ("c", True, None),
    ]
    assert all(set(t) - {"kind"} == {"id", "accepted", "points", "max_points", "status", "message"} for t in told)
    assert done.stderr.strip() == (
        "3 answers, 2 accepted and 1 refused; 2 of the 2 that say their kind were judged so."
    )
    done, told = judged([rows[0] | {"kind": "wrong"}, rows[1] | {"kind": "right"}])
    assert done.returncode == 1
    accepted, refused, summary = done.stderr.strip().split("\n")
    assert accepted == "a is wrong but was accepted, 10 points"
    assert refused == f"b is right but was refused. {told[1]['message']}"
    assert summary == "2 answers, 1 accepted and 1 refused; 0 of the 2 that say their kind were judged so."
