"""Rooms whose names are imported from their modules when they are first used (PEP 562).

So `import seqlab` stays light, and counting n-grams does not import TensorFlow. What a room offers stands in its
`__init__.pyi`, a line `from .module import name as name` each: a type checker reads there what a name is, and
`lazy` where it is.
"""

import ast
import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["lazy"]


def lazy(
    room: str, homes: Mapping[str, str] | None = None
) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """`__all__`, `__getattr__` and `__dir__` of the package `room`.

    A module of the room can be named too, as in `seqlab.music.audio`. Any other name is an AttributeError.

    Args:
        room: the package's own `__name__`.
        homes: public name -> its module; by default what the room's `__init__.pyi` says.
    """
    known = dict(_homes_of(room) if homes is None else homes)
    names = sorted(known, key=lambda name: (not name.isupper(), not name[:1].isupper(), name))  # as ruff sorts them

    def getattr_(name: str) -> Any:
        if name in known:
            value = getattr(importlib.import_module(f"{room}.{known[name]}"), name)
            setattr(sys.modules[room], name, value)
            return value
        if not name.startswith("_"):
            try:
                return importlib.import_module(f"{room}.{name}")
            except ModuleNotFoundError as error:
                if error.name != f"{room}.{name}":
                    raise
        raise AttributeError(f"module {room!r} has no attribute {name!r}")

    return names, getattr_, lambda: names


def _homes_of(room: str) -> dict[str, str]:
    """Public name -> the module that the stub beside a room's `__init__.py` imports it from."""
    stub = Path(str(sys.modules[room].__file__)).with_suffix(".pyi")
    lines = ast.parse(stub.read_text(encoding="utf-8")).body
    return {name.name: str(line.module) for line in lines if isinstance(line, ast.ImportFrom) for name in line.names}
