"""Mutants of the reference answers: what the machine changes, and that the checks refuse what comes out."""

import shutil

import pytest
from kit import ROOT

from seqlab.authoring import Cell, new_lab
from seqlab.authoring.vetting.mutants import Mutant, mutants
from seqlab.authoring.vetting.survivors import Judged, holes, judge_mutants, lab_mutants
from seqlab.autograder.judging.verdict import Verdict
from seqlab.errors import SeqlabError

LABS = sorted(p.parent.name for p in (ROOT / "labs").glob("*_*/notebook.py"))
# `seqlab vet LAB --mutants` tries all, some 1,700 for nine labs; what is right costs its check the most
EVERY_NTH, OF_THESE = 3, {"deep_birnn": 4}


@pytest.mark.slow
@pytest.mark.parametrize("lab", LABS)
def test_every_mutant_is_refused_or_listed_as_right_with_its_reason(warm, lab):
    folder, chosen, count = ROOT / "labs" / lab, [], {}
    for mutant in lab_mutants(folder):
        count[mutant.exercise] = number = count.get(mutant.exercise, -1) + 1
        if number % OF_THESE.get(mutant.exercise, EVERY_NTH) == 0:
            chosen.append(mutant)
    assert len(chosen) > 2 * len(count)
    judged = list(judge_mutants(folder, chosen, warm, seed=20_261_128, jobs=2))
    assert [j.mutant for j in judged] == chosen
    assert holes(folder, judged) == []


def changes(code: str) -> list[str]:
    """The changes of `def f(...)` whose whole body is the solution."""
    head, body = code.split("\n", 1)
    source = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
    return [m.change for m in mutants(Cell("f", "code", source, exercise="f"))]


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("def f(x, W):\n    return x @ W", "x @ W -> x * W"),
        ("def f(x, W):\n    return x @ W", "x @ W -> W @ x"),
        ("def f(x, W):\n    return x @ W", "x @ W -> x @ np.transpose(W)"),
        ("def f(x, W):\n    return tf.tanh(x @ W)", "x @ W -> x @ tf.transpose(W)"),
        ("def f(x):\n    return x.T", "x.T -> x"),
        ("def f(x):\n    return x - 1", "x - 1 -> x + 1"),
        ("def f(x):\n    return x - 1", "x - 1 -> 1 - x"),
        ("def f(x):\n    return -x", "-x -> x"),
        ("def f(x):\n    return x.sum(axis=1)", "1 -> 0"),
        ("def f(x):\n    return x.sum(axis=1)", "axis=1 -> left out"),
        ("def f(x):\n    return np.tanh(x)", "np.tanh(x) -> x"),
        ("def f(x):\n    return np.where(x, 1, 0)", "np.where(x, 1, 0) -> np.where(1, x, 0)"),
        ("def f(x):\n    return x.strip()", "x.strip() -> x"),
        ("def f(x, t):\n    return x[:, t]", "x[:, t] -> x[t, :]"),
        ("def f(x, t):\n    return x[:, t]", "x[:, t] -> x[:, t + 1]"),
        ("def f(x, n):\n    return x[:n]", "x[:n] -> x[:]"),
        ("def f(x, n):\n    return x[:n]", "x[:n] -> x[:n - 1]"),
        ("def f(x, T):\n    return [x for _ in range(T)]", "range(T) -> range(T - 1)"),
        ("def f(x, n):\n    return x < n", "x < n -> x <= n"),
        ("def f(x, n):\n    return x if n else 0", "x if n else 0 -> x if not n else 0"),
        ("def f(x, n):\n    return x and n", "x and n -> x or n"),
        ("def f(x):\n    return x.astype(int)", "int -> float"),
        ("def f(x):\n    return tf.cast(x, tf.float32)", "tf.float32 -> tf.int32"),
        ("def f(x):\n    y = x\n    return y", "return y -> return x"),
        ("def f(x, h):\n    return x, h", "return (x, h) -> return (h, x)"),
        ("def f(x):\n    ys = []\n    ys.append(x)\n    return ys", "ys.append(x) -> left out"),
        ("def f(x):\n    s = 0\n    s += x\n    return s", "s += x -> s -= x"),
        ("def f(x):\n    return keras.Sequential([x, x])", "x -> left out"),
        ("def f():\n    return dict(a=1) | {'p': 'up', 'q': 'down'}", "'up' -> 'down'"),
    ],
)
def test_one_thing_is_changed(code, change):
    assert change in changes(code)


def test_each_is_another_program_and_compiles_and_nothing_outside_the_solution_moves():
    source = (
        "SCALE = 2 + 3\n\n\ndef f(x, y):\n    '''x + y'''\n    z = x + 1\n    ### BEGIN SOLUTION\n"
        "    if x + y > x + y:\n        return x + y\n    return z\n    ### END SOLUTION"
    )
    cell = Cell("f", "code", source, exercise="f")
    made = mutants(cell)
    assert len({m.code for m in made}) == len({(m.line, m.change) for m in made}) == len(made) > 10
    assert {m.line for m in made} == {7, 8, 9}
    assert [m.change for m in made if m.line == 7][:3] == [
        "if x + y > x + y: -> if not x + y > x + y:",
        "x + y > x + y -> x + y >= x + y",
        "x + y > x + y -> x + y <= x + y",
    ]
    assert "x + y -> x - y" in [m.change for m in made]
    assert "x + y -> x - y (2)" in [m.change for m in made]
    for mutant in made:
        compile(mutant.code, "mutant", "exec")
        assert mutant.code.startswith('SCALE = 2 + 3\n\ndef f(x, y):\n    """x + y"""\n    z = x + 1\n')
    assert made == mutants(cell)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return new_lab("lab78_weak_check", tmp_path_factory.mktemp("labs"))


def test_a_hole_in_a_check_lets_a_mutant_live(folder, warm, tmp_path):
    """A check that tries a single length does not see a fixed length; `seqlab vet` finds that the skeleton's own does."""
    assert {m.exercise for m in lab_mutants(folder)} == {"running_mean", "Memory"}
    chosen = [m for m in lab_mutants(folder) if m.exercise == "running_mean"]
    assert not holes(folder, judge_mutants(folder, chosen, warm, 1, jobs=2))
    weak = tmp_path / folder.name
    shutil.copytree(folder, weak)
    text = (weak / "checks.py").read_text()
    cut, end = text.index('    for (T,) in t.sizes("T")'), text.index("\n\ndef mixed(")
    blind = text[:cut].replace("[2, 4, 9]", "[2]")
    (weak / "checks.py").write_text(blind + text[end:])
    found = holes(weak, judge_mutants(weak, chosen, warm, 1, jobs=2))
    assert found
    for sentence in found:
        assert sentence.startswith("running_mean, line 3: ")
        assert sentence.endswith("this passes the check, and is not listed as right")


def test_a_list_that_is_stale_or_no_list_is_said(folder):
    mutant = lab_mutants(folder)[0]
    path = folder / "answers" / "equivalent.toml"

    def entry(m):
        return f"[[equivalent]]\nexercise = {m.exercise!r}\nline = {m.line}\nchange = '''{m.change}'''\nreason = 'so'\n"

    refused = Judged(mutant, Verdict(mutant.exercise, 0, 5, "failed", "the result is wrong"))
    passed = Judged(mutant, Verdict(mutant.exercise, 5, 5, "passed"))
    try:
        assert holes(folder, [refused]) == []
        assert len(holes(folder, [passed])) == 1
        path.write_text(entry(mutant))
        assert holes(folder, [passed]) == []
        assert holes(folder, [refused]) == [f"{mutant}: this is listed as right but is refused: the result is wrong."]
        path.write_text(entry(Mutant(mutant.exercise, 99, "a -> b", "")))
        assert "there is no such mutant" in holes(folder, [])[0]
        path.write_text("[[equivalent]]\nexercise = 'running_mean'\n")
        with pytest.raises(SeqlabError, match="each with exercise, line, change, reason"):
            holes(folder, [])
    finally:
        path.unlink()
