"""An exercise as it is declared: its contract, its likely slips, and the function that judges an answer.

    @exercise(
        points=15, title="One step of the recurrence",
        takes="x (B, D), h (B, H), W_xh (D, H), W_hh (H, H), b (H,)", returns="(B, H)",
        reference=step,
        slips={"the bias is missing": lambda x, h, W_xh, W_hh, b: step(x, h, W_xh, W_hh, 0)},
        crashes="a matrix product is `@`",
    )
    def rnn_step(t): ...

A slip is a wrong reference: a function of the reference's arguments, told in words. A tuple is the reference with its own
text edited, old, new, old, new, ...: `"the bias is missing": (" + b", "")` (see `rewritten`). What no wrong
reference can stand for is a `Sign`, a `Fixed` result or, of a layer, a `Kept` state.
"""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seqlab.autograder.judging.rewritten import rewritten

KINDS = ("function", "class", "dict")
_NAME_AND_AXES = re.compile(r"([^(),]*)(?:\(([^()]*)\))?")


@dataclass(frozen=True)
class Sign:
    """A slip that no wrong reference can stand for: it is seen in what came back, `seen(got, *args)`."""

    seen: Callable[..., Any]


@dataclass(frozen=True)
class Fixed:
    """A slip whose result is known for one case only; a function without arguments gives it."""

    result: Any


@dataclass(frozen=True)
class Kept:
    """A slip of a layer that keeps something from call to call: what its last call gives, `wrong(calls)`.

    A call is all that the reference gets, (*inputs, *weights).
    """

    wrong: Callable[[list[tuple[Any, ...]]], Any]


Slip = Callable[..., Any] | Sign | Fixed | Kept


def sign(seen: Callable[..., Any]) -> Sign:
    """Declare a slip by what it shows: `"a \\r is left": sign(lambda got, text: any("\\r" in p for p in got))`."""
    return Sign(seen)


@dataclass(frozen=True)
class Exercise:
    """One exercise of a lab: `check(trial)` raises `Failed` where the answer is wrong."""

    name: str
    points: float
    title: str
    check: Callable[..., Any]
    kind: str = "function"
    takes: str = ""  # the arguments in order, with axes where they are arrays: "x (B, T, D), cell, T"
    deadline: float = 30.0  # seconds, for all its cases together
    returns: str = ""  # the results, likewise: "ys (B, T, O), h_T (B, H)", or axes alone: "(B, H)"
    reference: Callable[..., Any] | None = None
    slips: Mapping[str, Slip] = field(default_factory=dict)  # words -> wrong reference, likeliest first
    crashes: Mapping[str, str] = field(default_factory=dict)  # parts of a message, "a|b" -> words; "": of any
    otherwise: Mapping[str, Callable[..., Any]] = field(default_factory=dict)  # words -> seen(got, *args)
    alike: Sequence[Sequence[str]] = ()  # beginnings of the words of slips that no case can tell apart
    tolerance: Mapping[str, Any] = field(default_factory=dict)  # atol, rtol, integers: see `compare.difference`
    # what the check tries beyond the worked examples -> the words with which the exercise's text says it
    edges: Mapping[str, str] = field(default_factory=dict)
    as_answer: Callable[..., Any] | None = None  # makes an answer of a wrong reference, where the answer is a class

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the arguments, in order."""
        return tuple(name for name, _ in _pieces(self.takes))

    @property
    def reference_arguments(self) -> tuple[str, ...]:
        """The names of what the reference gets: of a class, its objects' inputs and weights."""
        if self.kind == "class" and self.reference:
            return tuple(inspect.signature(self.reference).parameters)
        return self.arguments

    @property
    def argument_axes(self) -> tuple[tuple[str, ...], ...]:
        """The letters of each argument's axes; () where none are given."""
        return tuple(axes for _, axes in _pieces(self.takes))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the results, where `returns` gives them."""
        return tuple(name for name, _ in _pieces(self.returns) if name)

    @property
    def result_axes(self) -> tuple[tuple[str, ...], ...]:
        """The letters of each result's axes; () where none are given."""
        return tuple(axes for _, axes in _pieces(self.returns))


def exercise(
    *,
    points: float,
    title: str,
    kind: str = "function",
    takes: str = "",
    returns: str = "",
    reference: Callable[..., Any] | None = None,
    slips: Mapping[str, Slip | tuple[str, ...]] | None = None,
    crashes: Mapping[str, str] | str = "",
    otherwise: Mapping[str, Callable[..., Any]] | str = "",
    alike: Sequence[Sequence[str]] = (),
    as_answer: Callable[..., Any] | None = None,
    edges: Mapping[str, str] | None = None,
    deadline: float = 30.0,
    **tolerance: Any,
) -> Callable[[Callable[..., Any]], Exercise]:
    """Declare a check; the function's name is the exercise's, and the name of the answer.

    `crashes` may be one text, for whatever the answer raises. `otherwise` is told where no slip explains what came: the
    first words whose `seen(got, *args)` is true of the first result that is wrong, or one text. `edges` says where the text
    says what is tried, `{"large logits": "logits of 1000"}`: `seqlab vet` looks for the words. `atol`, `rtol` and
    `integers` are those of `compare.difference`. ValueError if the kind or a tolerance is none, or an edit does not fit.
    """
    if kind not in KINDS:
        raise ValueError(f"kind is one of {KINDS}, not {kind!r}")
    if unknown := set(tolerance) - {"atol", "rtol", "integers"}:
        raise ValueError(f"a tolerance is atol, rtol or integers, not {', '.join(sorted(unknown))}")
    crashes = ({"": crashes} if crashes else {}) if isinstance(crashes, str) else dict(crashes)

    otherwise = ({otherwise: always} if otherwise else {}) if isinstance(otherwise, str) else dict(otherwise)

    def declare(check: Callable[..., Any]) -> Exercise:
        return Exercise(
            name=check.__name__,
            points=points,
            title=title,
            check=check,
            kind=kind,
            takes=takes,
            deadline=deadline,
            returns=returns,
            reference=reference,
            slips={words: _unfolded(slip, reference) for words, slip in (slips or {}).items()},
            crashes=crashes,
            otherwise=otherwise,
            alike=alike,
            tolerance=tolerance,
            edges=dict(edges or {}),
            as_answer=as_answer,
        )

    return declare


def _unfolded(slip: Slip | tuple[str, ...], reference: Callable[..., Any] | None) -> Slip:
    """The slip itself; of edits, the edited reference."""
    if not isinstance(slip, tuple):
        return slip
    if reference is None:
        raise ValueError(f"there is no reference in which {slip[0]!r} could stand")
    return rewritten(reference, reference, slip)


def always(*_: Any) -> bool:
    """What is seen in every wrong result."""
    return True


def _pieces(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Name and axes of each piece of "x (B, D), T": [("x", ("B", "D")), ("T", ())]."""
    pieces = (m for m in _NAME_AND_AXES.finditer(text) if m[0].strip())
    return [(m[1].strip(), tuple(a.strip() for a in (m[2] or "").split(",") if a.strip())) for m in pieces]
