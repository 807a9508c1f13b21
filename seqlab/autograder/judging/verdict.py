"""What came of one exercise: a status, points, and words that teach.

Two readers see a verdict. The student at the notebook sees everything, for the notebook's seed is published.
A graded report (`without_secrets`) has another text of a hidden case, in the closed vocabulary: what kind of case it is,
what differs, and the likely slip, in fixed words; no input, no result, no size, nothing that the answer chose.
"""

import html
from dataclasses import dataclass, field, replace

from seqlab.autograder.judging.closed import NOTHING_KNOWN, Told

STATUSES = ("passed", "partial", "failed", "error", "timeout", "missing")
MARKS = {"passed": "✓", "partial": "◐", "failed": "✗", "error": "✗", "timeout": "✗", "missing": "…"}

_CELL = "text-align:left;vertical-align:top;padding:2px 10px;line-height:1.5;border:0"
_LOOKS = {"verdict": ";font-weight:600", "expected": ";font-family:monospace", "got": ";font-family:monospace"}


@dataclass(frozen=True)
class Verdict:
    """One exercise, judged."""

    exercise: str
    points: float
    max_points: float
    status: str
    message: str = ""
    case: str = ""
    expected: str = ""
    got: str = ""
    slip: str = ""
    visible: bool = True  # the failing case is one of the worked examples, not a hidden one
    title: str = ""
    cases: tuple[str, ...] = field(default=())  # the cases that passed
    asked: str = ""  # the call of a worked example that failed, as a line of Python
    hidden: Told | None = None  # of a hidden case, all that a graded report may say

    @property
    def passed(self) -> bool:
        return self.status == "passed"

    def sentence(self) -> str:
        """The verdict as running text: what happened, where, and the likely slip."""
        parts = [self.message]
        if self.case and self.case not in self.message:
            parts[0] = f"case {self.case}: {self.message}"
        if self.expected or self.got:
            parts.append(f"expected {self.expected or '(see above)'}, got {self.got}")
        if self.slip:
            parts.append(f"Likely slip: {self.slip}")
        said = ". ".join(p.rstrip(". ") for p in parts if p)
        return said if not said or said.endswith(("?", "!")) else said + "."

    def without_secrets(self) -> "Verdict":
        """The same verdict for a graded report: of a hidden case it says what is in `hidden`, and nothing else."""
        if self.visible:
            return self
        told = self.hidden or NOTHING_KNOWN
        case, message, slip = ("", "", "") if self.passed else (told.case, told.message, told.slip)
        return replace(self, case=case, message=message, slip=slip, expected="", got="", asked="", cases=())

    def rows(self) -> list[tuple[str, str]]:
        """Heading and text of each line of the table that a student sees."""
        rows = [("verdict", f"{MARKS[self.status]} {self.status}, {self.points:g} of {self.max_points:g} points")]
        if self.passed:
            return [*rows, ("checked", f"{len(self.cases)} cases: {'; '.join(self.cases)}")]
        pairs = (
            ("case", self.case),
            ("called", self.asked),
            ("what", self.message),
            ("expected", self.expected),
            ("got", self.got),
            ("likely slip", self.slip),
        )
        return rows + [(name, text) for name, text in pairs if text]

    def __repr__(self) -> str:
        lines = [f"{self.exercise} · {self.title}" if self.title else self.exercise]
        return "\n".join(lines + [f"  {name:12} {text}" for name, text in self.rows()])

    def _repr_html_(self) -> str:
        """The table of a notebook. It brings its own styles, for it must look alike in every front end, light or dark."""
        colour = {"passed": "#0072b2", "missing": "#808080"}.get(self.status, "#d55e00")
        body = "".join(
            f'<tr style="background:none"><th scope="row" style="{_CELL};white-space:nowrap">{html.escape(name)}</th>'
            f'<td style="{_CELL};white-space:pre-wrap;overflow-wrap:anywhere{_LOOKS.get(name, "")}">'
            f"{html.escape(text)}</td></tr>"
            for name, text in self.rows()
        )
        caption = html.escape(f"{self.exercise} · {self.title}" if self.title else self.exercise)
        return (
            f'<table style="border-left:4px solid {colour};border-collapse:collapse;margin:4px 0;max-width:100%">'
            f'<caption style="text-align:left;font-weight:600;padding:2px 10px">{caption}</caption>'
            f"<tbody>{body}</tbody></table>"
        )
