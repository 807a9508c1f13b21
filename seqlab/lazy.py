"""Rooms whose names are imported from their modules when they are first used (PEP 562).

So `import seqlab` stays light, and counting n-grams does not import TensorFlow.
"""

import importlib
import sys
from collections.abc import Callable
from typing import Any


def lazy(room: str, homes: dict[str, str]) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """`__all__`, `__getattr__` and `__dir__` of the package `room`; `homes` maps a public name to its module.

    A module of the room can be named too, as in `seqlab.music.audio`.
    """
    names = sorted(homes)

    def getattr_(name: str) -> Any:
        if name in homes:
            value = getattr(importlib.import_module(f"{room}.{homes[name]}"), name)
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
