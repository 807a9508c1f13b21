"""What an answer should give in one case, and whose slip it shows where it gives something else.

Slips are wrong references. They are computed only here, once a case has failed, and a slip is named only if it is
true of this answer: it gives what came, and what came right in the cases before it gives too.
"""

import contextlib
import copy
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np

from seqlab.autograder.judging.compare import ATOL, RTOL, Difference, as_numbers, difference, how_many
from seqlab.autograder.judging.exercise import Fixed, Kept, Sign, Slip
from seqlab.autograder.judging.failed import Failed
from seqlab.autograder.judging.likely import general_slips
from seqlab.autograder.judging.near import by_chance, near_misses, two_at_once
from seqlab.autograder.judging.things import Thing, as_seen_by_references

_LOOKING = threading.Lock()
FEW = 5  # numbers that are wrong: by chance one of many changes gives fewer
LOOSE = 1e-3  # with a tolerance of so much, a function of what is right may be taken for it
BOTH_LOOKED_FOR = 1.0  # seconds of processor, for a declared slip and a near miss together
LOOKED_FOR = 5.0  # seconds for near misses of one failure: a few hundred small computations take a tenth of one


@dataclass
class Expected:
    """The reference, the likely slips and the arguments of one case."""

    args: tuple[Any, ...]
    reference: Callable[..., Any] | None = None
    slips: Mapping[str, Slip] = field(default_factory=dict)
    otherwise: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    gives: Any = None  # what is expected, where no reference says it
    then: Callable[..., Any] | None = None
    names: tuple[str, ...] = ()
    axes: tuple[tuple[str, ...], ...] = ()
    arguments: tuple[str, ...] = ()
    argument_axes: tuple[tuple[str, ...], ...] = ()
    tolerance: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[Any, ...]] = field(default_factory=list)  # of a layer: its calls so far, without this one

    @cached_property
    def value(self) -> Any:
        """What is right."""
        return _numbers(self.gives) if self.gives is not None or not self.reference else self.of(self.reference)

    def of(self, function: Callable[..., Any] | Fixed) -> Any:
        """What a reference, right or wrong, gives for the arguments of this case."""
        if isinstance(function, Fixed):
            with np.errstate(all="ignore"):
                return _numbers(function.result() if callable(function.result) else function.result)
        seen = as_seen_by_references(self.args)
        with np.errstate(all="ignore"):
            result = function(*seen)
            return _numbers(self.then(result, *seen) if self.then else result)

    def difference(self, got: Any) -> Difference | None:
        return difference(got, self.value, names=self.names, **self.tolerance)

    @cached_property
    def general(self) -> dict[str, Sign | Fixed]:
        """The slips that any exercise knows."""
        seen = as_seen_by_references(self.args)
        sizes = {
            letter: size
            for letters, value in zip(self.argument_axes, seen, strict=False)
            if isinstance(value, np.ndarray) and len(letters) == value.ndim
            for letter, size in zip(letters, value.shape, strict=True)
        }
        twins = [
            twin for twin, given in zip(seen, self.args, strict=True) if twin is not given and isinstance(given, Thing)
        ]

        def again(*args: Any) -> Any:
            assert self.reference is not None
            own = (copy.deepcopy(a) if any(a is twin for twin in twins) else a for a in args)  # for it may change them
            return self.reference(*own)

        return general_slips(
            self.value,
            names=self.names,
            axes=self.axes,
            sizes=sizes,
            args=seen,
            again=None if self.then or not self.reference else again,
            arguments=self.arguments,
            exact=self.tolerance.get("atol", 0) < LOOSE,
        )

    def slip(self, words: str) -> Slip | None:
        """The slip of these words, None where this case knows none."""
        return self.slips[words] if words in self.slips else self.general.get(words)

    def how_many_wrong(self, got: Any) -> int:
        """The numbers that are wrong; many where what came is no such result at all."""
        right, came = as_numbers(self.value), as_numbers(got)
        if right is None or came is None or right.shape != came.shape:
            return 0 if self.difference(got) is None else right.size if right is not None else how_many(self.value)
        return int((~np.isclose(came.astype("f8"), right.astype("f8"), ATOL, RTOL)).sum())

    def failure(self, got: Any, what: str = "") -> Failed | None:
        """None where `got` is right."""
        if (found := self.difference(got)) is None:
            return None
        told = f"{what}: {found.what}" if what else found.what
        return Failed(
            told,
            expected=found.expected,
            got=found.got,
            slip=self._otherwise(got),
            closed=found.closed,
            subject=found.subject,
            what=what,
        )

    def _otherwise(self, got: Any) -> str:
        """What this result alone suggests, whether or not a slip explains all that comes."""
        seen = as_seen_by_references(self.args)
        for words, applies in self.otherwise.items():
            with contextlib.suppress(Exception):  # the result may be anything
                if applies(got, *seen):
                    return words
        return ""

    @property
    def near(self) -> list[tuple[str, Callable[..., Any]]]:
        """The reference with one thing changed, see `near`."""
        return near_misses(self.reference, self.arguments) if self.reference else []

    def explains(self, wrong: Slip | None, got: Any) -> bool | None:
        """Is this what the slip gives here? None where it does not apply: it cannot be computed, or is not known."""
        try:
            if isinstance(wrong, Sign):
                return bool(wrong.seen(got, *as_seen_by_references(self.args)))
            if isinstance(wrong, Kept):
                wrong = Fixed(wrong.wrong([*self.calls, self.args])) if self.calls else None
            value = None if wrong is None else self.of(wrong)
            return None if value is None else difference(got, value, **self.tolerance) is None
        except Exception:
            return None


def likely_slips(passed: list[Expected], failed: list[tuple[Expected, Any]]) -> list[str]:
    """The slips that explain what came in each failed case where they apply, and are right wherever it was right.

    The exercise's own, likeliest first; where none of them does, those that any exercise knows; and where none of
    these does, those that explain the failed cases alone, as of an answer that is right for some sizes only.
    """
    for table, right in (("slips", passed), ("general", passed), ("slips", [])):
        words = dict.fromkeys(words for case, _ in failed for words in getattr(case, table))
        if found := [w for w in words if _true_of(partial(Expected.slip, words=w), right, failed)]:
            return found
    return []


def near_miss(passed: list[Expected], failed: list[tuple[Expected, Any]]) -> str:
    """The words of the first change of the reference that explains what came in all cases, "" if none does."""
    first = failed[0][0]

    def changed(case: Expected, wrong: Callable[..., Any]) -> Slip | None:
        return wrong if case.reference is first.reference else None

    with _LOOKING, warnings.catch_warnings():  # the filters of warnings are those of the whole process
        warnings.simplefilter("ignore")
        until = time.monotonic() + LOOKED_FOR
        few = sum(case.how_many_wrong(got) for case, got in failed) < FEW
        for words, wrong in first.near:
            if time.monotonic() > until:
                break
            if few and by_chance(words, first.arguments):
                continue
            if _true_of(partial(changed, wrong=wrong), passed, failed):
                return words
        until = time.thread_time() + BOTH_LOOKED_FOR
        if len(failed) < 2 or few or not first.reference:
            return ""
        for words, wrong in two_at_once(first.reference, first.slips, first.arguments):
            if time.thread_time() > until:
                break
            if _true_of(partial(changed, wrong=wrong), passed, failed):
                return words
    return ""


def _true_of(
    slip: Callable[[Expected], Slip | None], passed: list[Expected], failed: list[tuple[Expected, Any]]
) -> bool:
    explained = False  # a result that is right explains itself
    for case, got in failed:
        right = case.difference(got) is None
        if right and isinstance(slip(case), Sign):
            continue
        told = case.explains(slip(case), got)
        if told is False:
            return False
        explained = explained or bool(told and not right)
    return explained and not any(_would_show(slip(case), case) for case in passed)


def _would_show(wrong: Slip | None, case: Expected) -> bool:
    """In a case that came right, would the slip have been seen?"""
    return not isinstance(wrong, Sign) and case.explains(wrong, case.value) is False


def _numbers(value: Any) -> Any:
    """A list of numbers as an array; a list of text stays as it is."""
    return value if not isinstance(value, list) or all(isinstance(v, str) for v in value) else np.asarray(value)
