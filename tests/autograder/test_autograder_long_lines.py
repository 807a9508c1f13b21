"""What a stranger's file makes of our patterns: time and memory that grow with its length, and no faster.

One answer that hangs a search hangs the tester: a pattern keeps the interpreter to itself, and no deadline is looked at.
"""

import contextlib
import itertools
import json
import signal
import subprocess
import sys
import time

import pytest

from seqlab.autograder.child import ipython, slicing
from seqlab.autograder.course import contents as course_contents
from seqlab.autograder.course import handin, names, reading, sorting
from seqlab.autograder.course.contents import Contents, Unreadable, read_contents
from seqlab.autograder.course.entries import Entry
from seqlab.autograder.course.nearly import nearly
from seqlab.autograder.judging import causes
from seqlab.autograder.judging.verdict import Verdict
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.exercises import find_lab

LONG = 50_000
NAME = "rnn_step"
MISSING = Verdict(NAME, 0, 1, "missing", f"{NAME} is not defined in the notebook")
STARTS = (
    "",
    "def f",
    f"async def {NAME}",
    f"{NAME} =",
    "#",
    "%%time ",
    "%%writefile ",
    "get_ipython().run_cell_magic('",
    "labs.load(",
)
UNITS = (" ", "'", '"', "\\", "#", ">", "\t#", " #>", "x", "1", "-", "(", "[", " \n", "\n", "\n#", "-n ", "--a ", "def f(\n", "def ", "{{", "a, ")  # fmt: skip
HOSTILE = [start + unit * (LONG // len(unit)) + "x" for start, unit in itertools.product(STARTS, UNITS)]


def _read(*cells: tuple[str, str]) -> None:
    content = {"cells": [{"cell_type": kind, "source": source} for kind, source in cells], "metadata": {}}
    with contextlib.suppress(Unreadable):
        read_contents(json.dumps(content).encode(), "x.ipynb")


def _json(text: str) -> None:
    with contextlib.suppress(Unreadable):
        reading.read_json(text.encode())


def _nearly(cells: list[str], *texts: str) -> None:
    nearly(Contents(find_lab("lab2"), cells, texts), MISSING)


def _sorted(name: str, text: str) -> None:
    sorting.sort_out(Entry(name, name, ("in", name), (), read=lambda: text.encode()), "lab2")


READERS = {
    "nearly, of code": lambda text: _nearly([text]),
    "nearly, of prose": lambda text: _nearly([], text),
    "contents": lambda text: _read(("code", text), ("markdown", text)),
    "reading": _json,
    "reading a conflict": reading.conflict,
    "handin": handin.as_typed,
    "sorting a text": lambda text: _sorted("x.txt", text),
    "sorting a notebook": lambda text: _sorted("x.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": text}]})),
    "names: of a notebook": names.is_notebook,
    "names: file": names.file_name,
    "names: stem": names.stem,
    "names: attempt": names.attempt,
    "names: old": lambda text: names.is_old(("a", text)),
    "names: person": names.person_in,
    "names: folder": names.folder_of_people,
    "ipython: first line": lambda text: ipython._cell_magic([f"%%timeit {text}"], 0),
    "ipython: file": lambda text: ipython._cell_magic([f"%%writefile {text}"], 0),
    "ipython: line magic": lambda text: ipython._code("time", text),
    "ipython: other line magic": lambda text: ipython._code("timeit", text),
    "ipython: prompt": ipython._PROMPT.search,
    "slicing": slicing._SEEMS_DEFINED.findall,
    "causes: name": lambda text: causes.missing_name(AnswerError("NameError", f"name '{text}")),
    "causes: told": lambda text: causes.told(AnswerError("SyntaxError", text, 0, 1), [text], ("3.11.1", "")),
}  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
def test_no_text_takes_longer_than_its_length(reader):
    slow = []
    for text in HOSTILE:
        took = _seconds(READERS[reader], text)
        if took > 0.1 and (took := min(took, _seconds(READERS[reader], text))) > 0.1:
            slow.append((took, text[:40]))
            break
    assert not slow


def _seconds(read, text: str) -> float:
    """Of the processor, and no more than some seconds where it would go on for hours."""
    start = time.thread_time()
    with contextlib.suppress(TimeoutError), _at_most(2):
        read(text)
    return time.thread_time() - start


@contextlib.contextmanager
def _at_most(seconds: int):
    if not hasattr(signal, "setitimer"):  # Windows
        yield
        return

    def stop(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_hand_in_is_measured_before_it_is_looked_at():
    cell = "get_ipython().run_cell_magic('" + "a" * course_contents.MAX_CODE
    data = json.dumps({"format": handin.FORMAT, "lab": "lab2", "cells": [cell] * 4}).encode()
    with pytest.raises(Unreadable, match="more than 2 MB of code"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(course_contents, "as_typed", None)
        read_contents(data, "x.json")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such count of memory")
def test_a_long_cell_magic_takes_no_stack_of_the_pattern():
    code = (
        "import resource\n"
        "from seqlab.autograder.course.handin import as_typed\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = peak()\n"
        "as_typed('get_ipython().run_cell_magic(' + repr('a' * 2**20)[:-1])\n"
        "print((peak() - before) * (1 if __import__('sys').platform == 'darwin' else 1024))"
    )
    took = int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert took < 20 * 2**20


def test_of_texts_only_so_much_is_kept():
    cells = [{"cell_type": "markdown", "source": "x" * 2**19}] * 9
    content = {"cells": cells, "metadata": {"seqlab": {"lab": "lab2"}}}
    assert sum(map(len, read_contents(json.dumps(content).encode(), "x.ipynb").texts)) == course_contents.MAX_TEXTS
