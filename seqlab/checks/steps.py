"""Recurrent steps `step(x, h) -> h` that an answer is given: served by the tester, and refused what is no step's.

fwd = served_step("fwd", D, H, lambda x, h: np.tanh(x @ W + h @ U))
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from seqlab.autograder.judging.compare import shape_text
from seqlab.autograder.judging.failed import Failed
from seqlab.autograder.wire.values import Served


def served_step(name: str, D: int, H: int, f: Callable[..., Any]) -> Served:
    """The step f, called as `name(x, h)` with x (b, D) and h (b, H), any b; a Failed says which argument is none."""

    def step(x: Any, h: Any) -> Any:
        x, h = np.asarray(x), np.asarray(h)
        for a, width, argument, letter in ((x, D, "x", "D"), (h, H, "h", "H")):
            if a.ndim != 2 or a.shape[1] != width or a.dtype.kind not in "fiub":
                raise Failed(
                    f"{name}(x, h) was called with {argument} of shape {shape_text(a.shape)} instead of (b, {letter})",
                    slip="one step at a time: x is xs[:, t], (b, D), and h is the state so far, (b, H)",
                )
        if len(x) != len(h):
            raise Failed(
                f"{name}(x, h) was called with {len(x)} rows of x and {len(h)} of h",
                slip="the state starts as zeros (b, H), a row for every text",
            )
        return f(x.astype("f8"), h.astype("f8"))

    step.__name__ = name
    return Served(step)


def tanh_step(t: Any, name: str, D: int, H: int) -> Served:
    """A step tanh(x W + h U + b) with weights drawn by the trial."""
    W, U, b = t.normal(D, H), t.normal(H, H, scale=0.5), t.normal(H)
    return served_step(name, D, H, lambda x, h: np.tanh(x @ W + h @ U + b))
