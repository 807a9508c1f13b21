"""`--execute`: a whole notebook run by a real kernel, inside the sandbox, its outputs kept.

Nothing hidden is at stake here: no check runs with a secret seed. The notebook sees seqlab and its labs as a
student does, but no network and no file of the machine's. As a program this module is the one inside:

    python -P -m seqlab.autograder.course.rerun SECONDS      (the notebook comes in on standard input, and goes out)
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any

from seqlab.autograder.child import privileges, sandbox
from seqlab.autograder.course.limits import MAX_MEMORY, MAX_OUTPUT, MAX_OUTPUTS, MAX_PROCESSES
from seqlab.autograder.course.reading import decoded
from seqlab.autograder.judging.children import environment
from seqlab.errors import SeqlabError
from seqlab.places import BESIDE, PACKAGE

LOOK = 0.2  # seconds from one look at its processes to the next
GRACE = 60.0  # seconds beside the cells': the kernel's start


class NotRerun(Exception):
    """The notebook could not be run to its end; the message says why."""


def rerun(data: bytes, seconds_per_cell: float, seconds: float = 900.0) -> tuple[bytes, int]:
    """Run a notebook; its bytes with outputs, and in how many cells an error was raised. NotRerun if not.

    A cell that takes longer than its seconds is interrupted and the next one runs; after `seconds` all ends.
    """
    try:
        import ipykernel  # noqa: F401
    except ModuleNotFoundError:
        raise SeqlabError(
            "--execute needs the package ipykernel",
            got="an environment without it",
            fix="pip install 'seqlab[authoring]'",
        ) from None
    kept = {k: v for k, v in os.environ.items() if k == "SEQLAB_STEPS"}
    command = [sys.executable, "-P", "-m", "seqlab.autograder.course.rerun", str(seconds_per_cell)]
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out:  # a limit of size holds for files
        given.write(data)
        given.seek(0)
        process = subprocess.Popen(
            command,
            env=environment() | kept,
            stdin=given,
            stdout=out,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            _watch(process, seconds)
        finally:
            if process.poll() is None:
                _end(process)
        out.seek(0)
        most = 2 * len(data) + 2 * MAX_OUTPUTS  # what is inside has cut them, if the notebook has let it
        result = out.read(most + 1)
    if process.returncode or not result or len(result) > most:
        raise NotRerun("its kernel died, or its outputs are too large")
    try:
        cells = json.loads(result.decode())["cells"]
        outputs = [cell.get("outputs", []) for cell in cells if isinstance(cell, dict)]
        return result, sum(any(o.get("output_type") == "error" for o in os_) for os_ in outputs)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NotRerun("what came back is no notebook") from None


def _watch(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for its end; NotRerun where it takes too long, or all its processes together take too much."""
    import psutil  # comes with ipykernel

    until = time.monotonic() + seconds + GRACE
    while process.poll() is None:
        if time.monotonic() > until:
            raise NotRerun(f"it was not through after {seconds:g} seconds")
        with contextlib.suppress(psutil.Error):
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            if len(family) > MAX_PROCESSES:
                raise NotRerun(f"it had more than {MAX_PROCESSES} processes")
            if sum(map(_memory, family)) > MAX_MEMORY:
                raise NotRerun(f"its processes took more than {MAX_MEMORY / 2**30:g} GB of memory together")
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(LOOK)


def _memory(process: Any) -> int:
    """Bytes that a process has for itself, about; 0 if it is gone."""
    import psutil

    try:
        used = process.memory_info()
        return int(used.rss - getattr(used, "shared", 0))
    except psutil.Error:
        return 0


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and its group."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _inside(seconds_per_cell: float) -> None:
    data = sys.stdin.buffer.read()
    out = os.dup(1)
    plan = sandbox.prepare(kernel=True)
    plan.visible += [str(p) for p in (PACKAGE, BESIDE / "labs", BESIDE / "data") if p.is_dir()]
    if sys.platform == "linux":
        sandbox.enter(plan, out)  # what there is of it, if it is reduced
    else:
        privileges.limit()
    os.environ |= (
        {"HOME": "/tmp", "IPYTHONDIR": "/tmp/.ipython", "MPLCONFIGDIR": "/tmp/.mpl"} if plan.namespaces else {}
    )
    result = _run(data, seconds_per_cell)
    with os.fdopen(out, "wb") as file:
        file.write(result)


def _run(data: bytes, seconds_per_cell: float) -> bytes:
    import nbformat
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    class ThisPython(KernelSpecManager):
        """The kernel is this interpreter's, whatever else is installed on the machine."""

        def get_kernel_spec(self, name: str) -> KernelSpec:
            return KernelSpec(
                argv=[sys.executable, "-P", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                language="python",
                display_name="Python 3",
            )

    notebook = nbformat.reads(decoded(data), as_version=4)
    manager = AsyncKernelManager(kernel_name="python3", transport="ipc", ip="/tmp/kernel" if os.name == "posix" else "")
    manager.kernel_spec_manager = ThisPython()
    client = NotebookClient(
        notebook,
        km=manager,
        timeout=seconds_per_cell,
        interrupt_on_timeout=True,
        allow_errors=True,
        resources={"metadata": {"path": "/tmp"}},
    )
    client.execute()
    _cut(notebook)
    return nbformat.writes(notebook).encode()


def _cut(notebook: Any) -> None:
    """Cut long texts, and all that comes after so many bytes of outputs; what was cut is said in its place."""
    from nbformat.v4 import new_output

    left = MAX_OUTPUTS
    for cell in notebook.cells:
        for number, output in enumerate(cell.get("outputs", [])):
            if len(output.get("text", "")) > MAX_OUTPUT:
                output["text"] = output["text"][:MAX_OUTPUT] + "\n… (cut)\n"
            left -= len(json.dumps(output))
            if left < 0:
                told = f"… (cut: all outputs together have more than {MAX_OUTPUTS // 2**20} MB)\n"
                cell["outputs"][number:] = [new_output("stream", text=told)]
                break


if __name__ == "__main__":
    _inside(float(sys.argv[1]))
