"""A lab's source: what is read from it, and what its author is told."""

import pytest

from seqlab.authoring import read_source, reference_code, student_notebook
from seqlab.errors import SeqlabError

SOURCE = '''\
# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # Lab 0: halves
#
# Half of $x$.

# %% id="setup" role="setup"
lab = seqlab.labs.load("lab0")

# %% id="halve" exercise="halve"
def halve(x):
    """x / 2"""
    ### BEGIN SOLUTION
    return x * 0.5
    ### END SOLUTION


# %% id="check-halve" check="halve"
lab.check(halve)

# %% id="names" exercise="names"
names = {"a": None, "b": None}
### BEGIN SOLUTION
names.update(a="alpha", b="beta")
### END SOLUTION

# %% id="check-names" check="names"
lab.check(names)

# %% id="handin" role="handin"
lab.submit()
'''


def lab_from(tmp_path, text=SOURCE):
    folder = tmp_path / "lab0_halves"
    folder.mkdir(exist_ok=True)
    (folder / "notebook.py").write_text(text, encoding="utf-8")
    return folder


def test_cells_in_order(tmp_path):
    source = read_source(lab_from(tmp_path))
    assert source.lab == "lab0"
    assert source.exercises == ["halve", "names"]
    ids = ["title", "setup", "halve", "check-halve", "names", "check-names", "handin"]
    assert [c.id for c in source.cells] == ids
    assert [c.kind for c in source.cells] == ["markdown"] + ["code"] * 6
    assert source.cells[0].source == "# Lab 0: halves\n\nHalf of $x$."
    assert [c.line for c in source.cells[:3]] == [9, 14, 17]


def test_reference_code_is_the_solution_without_marks(tmp_path):
    folder = lab_from(tmp_path)
    assert reference_code(folder, "halve") == 'def halve(x):\n    """x / 2"""\n    return x * 0.5\n'
    scope = {}
    exec(reference_code(folder, "names"), scope)
    assert scope["names"] == {"a": "alpha", "b": "beta"}


def test_blank_function_says_what_is_missing_and_blank_dict_runs(tmp_path):
    source = read_source(lab_from(tmp_path))
    scope = {}
    exec(source.answer("halve").blank, scope)
    with pytest.raises(NotImplementedError, match="halve is not written yet: replace this line"):
        scope["halve"](1)
    exec(source.answer("names").blank, scope)
    assert scope["names"] == {"a": None, "b": None}
    assert source.answer("names").blank.endswith("\n# YOUR CODE HERE")


def test_windows_line_ends_and_byte_order_mark_change_nothing(tmp_path):
    points = {"halve": 1, "names": 1}
    plain = student_notebook(lab_from(tmp_path), points)
    folder = lab_from(tmp_path)
    (folder / "notebook.py").write_bytes(b"\xef\xbb\xbf" + SOURCE.replace("\n", "\r\n").encode())
    assert student_notebook(folder, points) == plain


def test_unknown_exercise_lists_the_known(tmp_path):
    with pytest.raises(SeqlabError, match=r"halve, names; got 'third'"):
        reference_code(lab_from(tmp_path), "third")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('id="title"', "", "line 9: a cell has an id"),
        ('id="title"', 'id="a title"', "line 9: a cell has an id .* got 'a title'"),
        ('id="title"', 'id="title', "line 9: a cell header reads"),
        ('id="title"', 'id="halve"', "ids are unique; got 'halve' on lines 9, 17"),
        ("[markdown]", "[raw]", r"line 9: a cell is code or \[markdown\]; got \[raw\]"),
        ('exercise="halve"', 'excercise="halve"', "line 17: a cell header knows .* got excercise"),
        (' exercise="halve"', "", "line 20: a solution stands in an answer cell"),
        (' check="halve"', "", "halve has one answer cell, then one check cell; got 1 answer and 0 check"),
        ('exercise="names"', 'exercise="halve"', "halve .* got 2 answer and 1 check cells|defines halve"),
        ('id="setup" role="setup"', 'id="setup"', 'one code cell with role="setup"; got 0'),
        ('role="handin"', 'role="hand-in"', "a role is one of setup, handin; got 'hand-in'"),
        ("    ### END SOLUTION\n", "", "line 17: ### BEGIN SOLUTION and ### END SOLUTION come in turn"),
        ("    ### BEGIN SOLUTION\n", "", "line 21: .* got ### END SOLUTION without ### BEGIN SOLUTION"),
        ("    return x * 0.5\n", "    ### BEGIN SOLUTION\n", "line 21: .* got ### BEGIN SOLUTION twice"),
        ("    ### BEGIN SOLUTION", "    # BEGIN SOLUTION", "line 20: a mark reads exactly"),
        ("return x * 0.5", "return x * *", "with its solution, is Python; got invalid syntax at its line 3"),
        ("def halve(x):", "def half(x):", "defines halve; got half"),
        ("lab.check(halve)", "lab.check(names)", r"a check cell calls lab.check\(halve\)"),
    ],
)
def test_an_authors_slip_is_told_with_its_place(tmp_path, old, new, told):
    assert old in SOURCE
    with pytest.raises(SeqlabError, match=told) as caught:
        read_source(lab_from(tmp_path, SOURCE.replace(old, new, 1)))
    assert "lab0_halves/notebook.py" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_check_before_answer_is_refused(tmp_path):
    head, rest = SOURCE.split('# %% id="halve"')
    answer, rest = rest.split('# %% id="check-halve"')
    check, rest = rest.split('# %% id="names"')
    text = f'{head}# %% id="check-halve"{check}# %% id="halve"{answer}# %% id="names"{rest}'
    with pytest.raises(SeqlabError, match="got the check cell before the answer cell"):
        read_source(lab_from(tmp_path, text))


def test_no_source_and_no_text(tmp_path):
    with pytest.raises(SeqlabError, match=r"holds a readable notebook\.py"):
        read_source(tmp_path)
    (tmp_path / "notebook.py").write_bytes(b"# %% \xff")
    with pytest.raises(SeqlabError, match="UTF-8"):
        read_source(tmp_path)
