"""What every notebook has without an import (`display`, `get_ipython()`), for the process that runs a student's code.

There is no kernel there, no front end and no shell: things are there, take what they are given, and do nothing.
"""

import asyncio
import contextlib
import importlib.machinery
import os
import sys
import types
from collections.abc import Coroutine
from typing import Any

from seqlab.autograder.child.inert import Inert


class ZMQInteractiveShell(Inert):
    """Stands for the notebook's shell, by its name too, by which code finds out that it is in a notebook."""

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {}
        self.config: dict[str, Any] = {"IPKernelApp": {}}

    def __repr__(self) -> str:
        return "<ipykernel.zmqshell.ZMQInteractiveShell object>"

    def run_line_magic(self, name: str = "", line: str = "", *_: Any, **__: Any) -> Any:
        """Nothing, but the lines of `%sx command`, of which there are none. What runs Python was seen to before."""
        return self.getoutput() if name in ("sx", "system") else Inert()

    run_cell_magic = magic = run_line_magic

    def system(self, *_: Any, **__: Any) -> None:
        """A shell command is not run."""

    def getoutput(self, *_: Any, **__: Any) -> Any:
        """What a shell command printed: it was not run."""
        from IPython.utils.text import SList

        return SList([])

    def captured(self) -> Any:
        """What `%%capture name` binds: nothing was printed."""
        from IPython.utils.capture import CapturedIO

        return CapturedIO(None, None)

    def ev(self, expression: str) -> Any:
        """The value of an expression in the notebook's names."""
        return eval(expression, self.user_ns)

    def ex(self, code: str) -> None:
        """Statements in the notebook's names."""
        exec(code, self.user_ns)

    def keep_module(self, name: str, source: str) -> None:
        """`%%writefile name.py`: no file is written, but the module can be imported."""
        _Written.sources[name] = source


SHELL = ZMQInteractiveShell()


def get_ipython() -> ZMQInteractiveShell:
    """The notebook's shell."""
    return SHELL


def display(*objects: Any, display_id: Any = None, **_: Any) -> Inert | None:
    """Shows nothing; the handle, where one was asked for, does nothing."""
    return Inert() if display_id else None


def no_input(prompt: object = "") -> str:
    """A kernel that is run from its first cell to its last has nobody to ask."""
    raise EOFError("input() was called, but nobody is there to answer while a notebook is graded")


def furnish(names: dict[str, Any]) -> None:
    """Put into a namespace what a notebook's has from the start, and let the shell see it."""
    SHELL.user_ns = names
    names |= dict(display=display, get_ipython=get_ipython, input=no_input, In=[""], Out={}, _="", __="", ___="")


def stand_in() -> None:
    """Let modules that want a notebook's front end do without one: IPython, tqdm; and import what cells have written.

    `google.colab` is inert, see `inert.py`.
    """
    import IPython
    import IPython.display
    import tqdm.std

    IPython.get_ipython = get_ipython
    IPython.display.display = IPython.display.update_display = display
    tqdm.std.tqdm.monitor_interval = 0  # no thread that looks after the bars
    bars = types.ModuleType("tqdm.notebook")
    bars.tqdm = bars.tqdm_notebook = tqdm.std.tqdm  # type: ignore[attr-defined]
    bars.trange = bars.tnrange = tqdm.std.trange  # type: ignore[attr-defined]
    sys.modules["tqdm.notebook"] = tqdm.notebook = bars
    sys.meta_path.insert(0, _Written)
    if os.name == "posix":
        asyncio.SelectorEventLoop._make_self_pipe = _wake_by_a_pipe  # type: ignore[attr-defined]


def run_to_end(coroutine: Coroutine[Any, Any, Any]) -> None:
    """Run a cell's statement with an `await` at its top level."""
    with contextlib.closing(asyncio.new_event_loop()) as loop:
        loop.run_until_complete(coroutine)


def _wake_by_a_pipe(loop: Any) -> None:
    """What wakes an event loop from another thread; asyncio's own way is a pair of sockets, and the sandbox has none."""
    loop._ssock, loop._csock = map(_End, os.pipe())
    loop._internal_fds += 1
    loop._add_reader(loop._ssock.fileno(), loop._read_from_self)


class _End:
    """One end of a pipe, with what an event loop asks of a socket."""

    def __init__(self, file: int) -> None:
        self.file = file
        os.set_blocking(file, False)

    def fileno(self) -> int:
        return self.file

    def recv(self, count: int) -> bytes:
        return os.read(self.file, count)

    def send(self, data: bytes) -> int:
        return os.write(self.file, data)

    def close(self) -> None:
        os.close(self.file)


class _Written:
    """Imports the modules that `%%writefile` has written."""

    sources: dict[str, str] = {}  # noqa: RUF012  (there is one of it)

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> Any:
        if name not in cls.sources:
            return None
        return importlib.machinery.ModuleSpec(name, cls)  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: Any) -> None:
        return None

    @classmethod
    def exec_module(cls, module: types.ModuleType) -> None:
        exec(compile(cls.sources[module.__name__], f"{module.__name__}.py", "exec", dont_inherit=True), vars(module))
