"""Notebooks run by a real kernel."""

import os
import signal
import subprocess
import sys

import nbformat
import pytest

from seqlab.authoring import execute
from seqlab.authoring.progress import Progress
from seqlab.errors import SeqlabError


def notebook(*cells):
    """Cells of code, or of Markdown where they begin with #."""
    nodes = []
    for number, source in enumerate(cells):
        kind = "markdown" if source.startswith("#") else "code"
        node = {"id": f"c{number}", "cell_type": kind, "metadata": {}, "source": source}
        nodes.append(node | ({"outputs": [], "execution_count": None} if kind == "code" else {}))
    return nbformat.from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": nodes})


def quietly(*_):
    pass


def test_runs_this_python_in_the_folder_and_keeps_the_notebook(tmp_path, monkeypatch):
    stray = tmp_path / "stray" / "kernels" / "python3"
    stray.mkdir(parents=True)
    (stray / "kernel.json").write_text('{"argv": ["/bin/false"], "display_name": "x", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "stray"))
    seen = []
    given = notebook(
        "# Where",
        "import os, sys\nprint(sys.executable)\nprint(os.getcwd())",
        "",
        "## Then",
        "x = 6\nx * 7",
        "os.environ['LENT'], os.getpid()",
    )
    ran = execute(given, tmp_path, lambda *cell: seen.append(cell), env={"LENT": "yes"})
    nbformat.validate(ran)
    assert ran.cells[1].outputs[0].text == f"{sys.executable}\n{tmp_path}\n"
    assert ran.cells[4].outputs[0].data["text/plain"] == "42"
    lent, pid = eval(ran.cells[5].outputs[0].data["text/plain"])
    assert lent == "yes"
    assert seen == [(1, 3, "Where"), (2, 3, "Then"), (3, 3, "Then")]
    assert given.cells[4].outputs == []
    with pytest.raises(ProcessLookupError):  # the kernel is gone
        os.kill(pid, 0)


def test_an_error_shows_the_cell_and_the_lines_that_matter(tmp_path):
    with pytest.raises(SeqlabError) as caught:
        execute(notebook("# Part", "a = 1", "b = 2\ndef f():\n    return 1 / 0\n\nf()\nc = 3"), tmp_path, quietly)
    told, *lines = str(caught.value).split("\n")
    assert told.endswith("cell c2 under “Part” raised ZeroDivisionError: division by zero")
    assert lines == ["     3     return 1 / 0", "     4 ", "->   5 f()", "     6 c = 3"]
    with pytest.raises(SeqlabError, match=r"raised SyntaxError: .*\n     1 a\n->   2 b = = 3$"):
        execute(notebook("a\nb = = 3"), tmp_path, quietly)


def test_a_cell_that_takes_too_long_and_a_kernel_that_dies(tmp_path):
    with pytest.raises(SeqlabError, match=r"may take 1 s; got more, in code cell 1 of 1 \(“Sleep”\)"):
        execute(notebook("# Sleep", "import time; time.sleep(60)"), tmp_path, quietly, timeout=1)
    deadly = "import os\nos.write(2, b'last words\\n')\nos._exit(3)"
    with pytest.raises(SeqlabError, match=r"the kernel runs until the last cell; got its end(.|\n)*last words"):
        execute(notebook(deadly), tmp_path, quietly)


def test_ctrl_c_is_a_keyboard_interrupt_and_leaves_no_kernel(tmp_path):
    cell = f"import os, signal, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    code = f"""
import nbformat, os, signal, threading, time
from pathlib import Path
from seqlab.authoring import execute
pid = Path({str(tmp_path / "pid")!r})
def press():
    while not (pid.exists() and pid.read_text()):
        time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=press, daemon=True).start()
nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell({cell!r})])
try:
    execute(nb, "{tmp_path}", lambda *_: None)
except KeyboardInterrupt:
    print("interrupted")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50)
    assert done.stdout == "interrupted\n", done.stderr
    kernel = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(kernel, signal.SIGCONT)


def test_what_is_missing_is_told(tmp_path, monkeypatch):
    with pytest.raises(SeqlabError, match=r"runs in a folder; got .*nowhere"):
        execute(notebook("1"), tmp_path / "nowhere")
    monkeypatch.setattr(sys.modules["seqlab.authoring.execute"], "find_spec", lambda name: None)
    with pytest.raises(SeqlabError, match=r"needs the package ipykernel.*pip install 'seqlab\[authoring\]'"):
        execute(notebook("1"), tmp_path)


def test_display_without_a_terminal_is_a_line_a_cell(capsys):
    with Progress(2) as progress:
        progress.begin("One [b]x[/b]")
        progress.say("epoch 1\repoch 2\n")
        progress.begin("Two")
    lines = capsys.readouterr().err.split("\n")
    assert [line.split(maxsplit=3)[0] for line in lines[:2]] == ["1/2", "2/2"]
    assert lines[0].endswith("One [b]x[/b]")
    assert lines[2].startswith("Ran 2 cells in")


def test_display_on_a_terminal_is_live(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    with Progress(2) as progress:
        progress.begin("One [b]x[/b]")
        progress.say("epoch 1\repoch 2 [loss 0.5]\n")
        progress._live.refresh()
    shown = capsys.readouterr().err
    assert "One [b]x[/b]" in shown
    assert "epoch 2 [loss 0.5]" in shown
    assert "epoch 1" not in shown
