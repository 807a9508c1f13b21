"""IPython's syntax is read as IPython reads it, and every line keeps its number."""

import ast

import pytest

from seqlab.autograder.child.ipython import as_python, followed
from seqlab.autograder.child.slicing import slice_notebook


def read(cell):
    return followed(ast.parse(as_python(cell)))


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("x = 1\n", "x = 1"),
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("%%time\nx = 1", "x = 1"),
        ("\n  \n%%time\nx = 1", "x = 1"),
        ("%%time\n%%capture\nx = 1", "x = 1"),
        ("%%timeit -n 3 -r1 y = 2\nx = y", "y = 2\nx = y"),
        ("%%capture --no-stderr out\nx = 1", "out = get_ipython().captured()\nx = 1"),
        ("%time x = f(1)", "x = f(1)"),
        ("y = %time f(1)", "y = f(1)"),
        ("%timeit -n1 -r 2 -q f(1)", "f(1)"),
        ("%time x = = 1\ny = 1", "pass\ny = 1"),  # IPython finds out when it gets there
        ("for i in a:\n    %time g(i)", "for i in a:\n    g(i)"),
        ("get_ipython().run_cell_magic('time', '', 'x = 1')", "x = 1"),
        ("get_ipython().magic('time x = 1')", "x = 1"),
        ("%%bash\nrm -rf /", ""),
        ("%%html\n<b>", ""),
        ("%%javascript\nalert(1)", ""),
        ("%%writefile notes.txt\nx = 1", ""),
        ("%%unheard_of\nx = 1", ""),
        ("%load_ext autoreload\n%autoreload 2\n%unheard of", "pass\npass\npass"),
        ("!ls\nx = 1", "get_ipython().system('ls')\nx = 1"),
        ("x = !ls", "x = get_ipython().getoutput('ls')"),
        ("?help\nhelp??", "pass\npass"),
        ("    x = 1\n    y = 2", "x = 1\ny = 2"),
        (">>> def f():\n...     return 1", "def f():\n    return 1"),
        ("In [1]: x = 1\n   ...: y = 2", "x = 1\ny = 2"),
        ("x = (5\n  % 3)", "x = 5 % 3"),
        ("s = '''\n%%time\n!ls\n'''", "s = '\\n%%time\\n!ls\\n'"),
        ("/f 1", "f(1)"),
    ],
)
def test_a_cell_is_read_as_in_a_notebook(cell, python):
    assert ast.unparse(read(cell)) == python


@pytest.mark.parametrize(
    "before",
    [
        "!pip install \\\n  tqdm \\\n  rich\n",
        "\n\n%%time\n",
        "\n%%capture out\n%%time\n",
        "x = %time f(\\\n 1)\n",
        "?f\n%%x\n",
        "\n    y = 1\n    ",
    ],
)
def test_lines_keep_their_numbers(before):
    cell, line = f"{before}here = 1", before.count("\n") + 1
    assert [n.lineno for n in read(cell).body if "here" in ast.unparse(n)] == [line]
    assert as_python(cell).split("\n")[line - 1] == "here = 1"  # where AutoGraph looks it up


def test_a_magic_within_the_text_of_a_magic_keeps_its_line():
    cell = "get_ipython().run_cell_magic('time', '', 'x = 1\\ny = 2')"
    assert [n.lineno for n in read(cell).body] == [2, 3]


@pytest.mark.parametrize(
    "bad", ["def f(:", "%%time\ndef f(:", "!ls\n" * 600, "%%time\n" * 5000, "\0", "\\", "'''", "%", "?"]
)
def test_what_nobody_can_read_stays_what_it_is(bad):
    assert isinstance(as_python(bad), str)


def test_a_written_module_is_taken_where_it_is_imported():
    cells = [
        "%%writefile helper.py\ndef f(): pass",
        "%%writefile other.py\nx = 1",
        "from helper import f",
        "import other",
    ]
    assert [s.cell for s in slice_notebook([as_python(c) for c in cells], ["f"])] == [0, 2]
