"""What every answer may use without importing it: the notebook's set-up cell and the child's namespace begin alike."""

from typing import Any

IMPORTS = """\
import math, re, collections, functools, heapq, itertools, random
import numpy as np, tensorflow as tf, keras"""
ALIASES = "ops = keras.ops"


def namespace() -> dict[str, Any]:
    """The fresh namespace in which an answer runs, as the exercises' contract lists it."""
    names: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
    exec(f"{IMPORTS}\n{ALIASES}", names)
    return names
