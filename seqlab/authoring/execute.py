"""Run a notebook from top to bottom in a real kernel: this interpreter's, whatever kernels the system has."""

import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from seqlab.authoring.notebook_file import headings
from seqlab.authoring.progress import Progress
from seqlab.errors import SeqlabError

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_ARROW = re.compile(r"^-+> *(\d+)", re.M)  # IPython's mark at the line that raised


def execute(
    notebook: NotebookNode,
    cwd: Path | str,
    on_cell: Callable[[int, int, str], None] | None = None,
    timeout: float | None = 900,
    *,
    env: Mapping[str, str] | None = None,
) -> NotebookNode:
    """Execute a notebook's code cells in order, in the folder `cwd`, and return it with its outputs.

    on_cell: called with (number of the cell from 1, number of cells, title) when a code cell begins; if left out,
    a display on standard error shows the cell's title, its last printed line and the time.
    timeout: seconds that one cell may take; None for no limit. env: variables for the kernel beside this process's.
    Raises SeqlabError if a cell raises (with the lines that matter) or takes too long, if the kernel dies, or if
    ipykernel is not installed. The notebook that was handed in stays as it was.
    """
    if find_spec("ipykernel") is None:
        raise SeqlabError(
            "running a notebook needs the package ipykernel",
            got="no such package",
            fix="pip install 'seqlab[authoring]'",
        )
    if not Path(cwd).is_dir():
        raise SeqlabError("a notebook runs in a folder", got=str(cwd), fix="make it or name another one")
    from copy import deepcopy

    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = deepcopy(notebook)
    titles = headings(notebook)
    with ExitStack() as stack:
        progress = stack.enter_context(Progress(sum(map(_runs, notebook.cells)), on_cell))
        client = _client(notebook, Path(cwd), timeout, titles, progress)
        # TensorFlow's C++ writes there; what a cell's Python writes to stderr is an output of the cell
        own_stderr = stack.enter_context(tempfile.TemporaryFile("w+", errors="replace"))
        try:
            client.execute(env={**os.environ, **(env or {})}, stderr=own_stderr)
        except Exception as error:
            if getattr(client, "_async_cleanup_kernel_future", None):  # nbclient's mark of Ctrl-C
                raise KeyboardInterrupt from None
            if isinstance(error, CellExecutionError):
                raise _cell_error(notebook, titles, error) from None
            if isinstance(error, CellTimeoutError):
                raise SeqlabError(
                    f"a cell may take {timeout:g} s",
                    got=f"more, in {progress.current}",
                    fix="make the cell do less or allow more time",
                ) from None
            if isinstance(error, DeadKernelError):
                own_stderr.seek(0)
                raise _kernel_error(progress.current, own_stderr.read()) from None
            raise
    return notebook


def _runs(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and bool(cell.source.strip())


def _client(notebook: NotebookNode, cwd: Path, timeout: float | None, titles: list[str], progress: Progress) -> Any:
    """An nbclient that starts `sys.executable` as its kernel and tells how far it is."""
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    class ThisPython(KernelSpecManager):
        """Knows one kernel; those that are installed on the system are not looked at."""

        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=command, display_name="Python 3", language="python", name=kernel_name)

    class Client(NotebookClient):
        def create_kernel_manager(self) -> AsyncKernelManager:
            self.km = AsyncKernelManager(kernel_spec_manager=ThisPython(), transport="tcp")
            return self.km

        def output(self, outs: Any, msg: Any, display_id: Any, cell_index: int) -> Any:
            """Every output as it comes: printed text is shown in passing."""
            if msg["msg_type"] == "stream":
                progress.say(msg["content"].get("text", ""))
            return super().output(outs, msg, display_id, cell_index)

    def begin(cell: NotebookNode, cell_index: int) -> None:
        if _runs(cell):
            progress.begin(titles[cell_index] or f"cell {cell_index + 1}")

    return Client(
        notebook,
        timeout=timeout,
        resources={"metadata": {"path": str(cwd)}},
        on_cell_start=begin,
        store_widget_state=False,
        record_timing=False,
    )


def _kernel_error(place: str, stderr: str) -> SeqlabError:
    """The kernel's process ended: where, and its last words."""
    words = [line for line in stderr.strip().split("\n") if line.strip() and "IPKernelApp" not in line]
    said = "".join(f"\n    {line[:200]}" for line in words[-5:])
    return SeqlabError(
        "the kernel runs until the last cell",
        got=f"its end in {place}",
        fix="look there for too much memory or a call that ends Python" + said,
    )


def _cell_error(notebook: NotebookNode, titles: list[str], error: Any) -> SeqlabError:
    """The cell, the line and its neighbours, and what was raised."""
    failed = [
        (number, cell, output)
        for number, cell in enumerate(notebook.cells)
        for output in cell.get("outputs", ())
        if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", ())
    ]
    message = re.sub(r" ?\(\S+, line \d+\)$", "", _ANSI.sub("", error.evalue))  # of a SyntaxError
    raised = f"{error.ename}: {message}" if message else error.ename
    if not failed:  # the kernel answered with an error but showed none
        return SeqlabError("every cell should run without an error", got=raised)
    number, cell, output = failed[-1]
    traceback = _ANSI.sub("", "\n".join(output.traceback))
    lines = cell.source.split("\n")
    at = int(found[1]) if (found := _ARROW.search(traceback)) else _syntax_line(traceback)
    shown = ""
    if at and at <= len(lines):
        near = range(max(1, at - 2), min(len(lines), at + 1) + 1)
        shown = "\n" + "\n".join(f"{'-> ' if n == at else '   '}{n:3} {lines[n - 1]}" for n in near)
    where = f"cell {cell.get('id', number + 1)}" + (f" under “{titles[number]}”" if titles[number] else "")
    return SeqlabError(f"every cell should run without an error; {where} raised {raised}{shown}")


def _syntax_line(traceback: str) -> int | None:
    """The line of a SyntaxError, which has no arrow."""
    found = re.search(r"(?:Cell In\[?.*?|<ipython-input.*?>), line (\d+)", traceback)
    return int(found[1]) if found else None
