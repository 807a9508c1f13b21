"""Checks as they were written before exercises had references: results and slips are computed by the check.

Kept for one release, for labs of other people.
"""

from collections.abc import Mapping
from typing import Any

from seqlab.autograder.judging.exercise import Fixed
from seqlab.autograder.judging.expected import likely_slips
from seqlab.autograder.wire.answer_error import AnswerError

Given = Mapping[str, Any] | None


class AsBefore:
    """What such a check calls on its trial."""

    def example(self: Any, *args: Any, expect: Any, label: str = "the worked example", **how: Any) -> None:
        """A worked example, its result given."""
        with self.case(label, visible=True):
            self.expect(*args, expect=expect, **how)

    def expect(self: Any, *args: Any, expect: Any, crash: str = "", slips: Given = None, **how: Any) -> Any:
        """`tries`, the result and those of the slips given; `crash` is the likely slip where the call raises."""
        try:
            return self.tries(*args, gives=expect, slips=_fixed(slips), **{"names": (), **how})
        except AnswerError as error:
            raise (self.raised(error, crash) if crash else error) from None

    def compare(
        self: Any,
        got: Any,
        expect: Any,
        *,
        slips: Given = None,
        names: tuple[str, ...] = (),
        what: str = "",
        **how: Any,
    ) -> None:
        """`matches`, the result and those of the slips given."""
        expected = self._expected((), gives=expect, slips=_fixed(slips), names=names, **how)
        if failed := expected.failure(got, what):
            failed.slip = next(iter(likely_slips([], [(expected, got)])), "")
            raise failed


def _fixed(slips: Given) -> dict[str, Fixed]:
    return {words: Fixed(wrong) for words, wrong in (slips or {}).items()}
