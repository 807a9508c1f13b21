"""A worker of a cluster: what it is given and gives back is data, and it says why it cannot grade as it is asked to.

A unit of work is a dict that JSON could hold, and the submission's bytes; what comes back is a dict too. Whatever a run asks
for stands in each unit, and each worker looks at it itself: one that joins in the middle of a run is no exception.
"""

import importlib.util
import os
import threading
from typing import Any

from seqlab import __version__
from seqlab.autograder.course.fingerprint import judging
from seqlab.autograder.course.unit import Grader

Unit = dict[str, Any]
_starting = threading.Lock()
_of_this_process: Grader | None = None


def unit(label: str, lab: str | None, seed: int, execute: float | None = None, require_sandbox: bool = False) -> Unit:
    """One submission's unit of work, without its bytes."""
    return {
        "label": label,
        "lab": lab,
        "seed": seed,
        "execute": execute,
        "require_sandbox": require_sandbox,
        "seqlab": __version__,
        "judging": judging().hex(),
    }


def refusal(asked: Unit) -> str:
    """Why this worker cannot grade as the unit asks; "" if it can."""
    if asked["seqlab"] != __version__:
        return f"it has seqlab {__version__}, and the run has {asked['seqlab']}"
    if asked["judging"] != judging().hex():
        return "its labs or its checks are not those of this run"
    if asked["execute"] is not None and importlib.util.find_spec("ipykernel") is None:
        return "it has no ipykernel, which --execute needs"
    if asked["require_sandbox"] and not (parent := _grader().parent).sandboxed:
        return f"it has no full sandbox, which --require-sandbox asks for ({parent.sandbox})"
    return ""


def grade_on_worker(data: bytes, asked: Unit) -> dict[str, Any]:
    """`Grader.grade`: {"row": the row as a dict} or {"refused": why}. Each process has judges and a parent of its own."""
    if why := refusal(asked):
        return {"refused": why}
    row = _grader().grade(data, asked["label"], asked["seed"], asked["lab"], execute=asked["execute"])
    return {"row": row.as_dict() | {"worker": os.getpid(), "seqlab": __version__}}


def _grader() -> Grader:
    global _of_this_process
    with _starting:  # a worker may have several threads
        if _of_this_process is None:
            _of_this_process = Grader()
        return _of_this_process
