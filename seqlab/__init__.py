"""seqlab: course labs on deep sequence modelling, and the autograder that goes with them.

Importing seqlab loads nothing heavy. The rooms are imported when they are first named:

>>> import sys, seqlab
>>> seqlab.__version__
'0.1.0'
"""

import importlib
from typing import Any

__version__ = "0.1.0"

_ROOMS = (
    "authoring",
    "autograder",
    "checks",
    "commands",
    "composing",
    "data",
    "labs",
    "layers",
    "models",
    "music",
    "plots",
    "sequences",
    "series",
    "text",
)
__all__ = ["SeqlabError", "__version__", *_ROOMS]


def __getattr__(name: str) -> Any:
    """Import a room of the package on first use (PEP 562)."""
    if name in _ROOMS:
        return importlib.import_module(f"seqlab.{name}")
    if name == "SeqlabError":
        return importlib.import_module("seqlab.errors").SeqlabError
    raise AttributeError(f"module 'seqlab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
