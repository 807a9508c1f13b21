"""What a notebook talks to: `lab = seqlab.labs.load("lab2")`, then check, hint, working and submit.

It never reads the notebook file, the repository, an account or a key: the answers are handed over, and the
lab itself travels inside the package.
"""

import functools
import inspect
import linecache
import os
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seqlab.autograder.judging.verdict import MARKS, Verdict
from seqlab.errors import SeqlabError
from seqlab.exercises import PUBLISHED_SEED, Exercise, LabFolder, all_labs, find_lab
from seqlab.plots.alt_text import give_figures_alt_text
from seqlab.quiet import import_tensorflow

__all__ = ["Lab", "load", "names"]


def names() -> list[str]:
    """The ids of the labs that there are.

    >>> "lab2" in names()
    True
    """
    return sorted(lab.id for lab in all_labs())


def load(lab: str = "") -> "Lab":
    """A lab by its id, such as "lab2"; a SeqlabError that lists the labs if there is none of that name.

    Imports TensorFlow, quietly: a notebook's set-up cell calls this first. Run again, the cell gets the same
    object, which knows the verdicts and the hints so far.
    """
    loaded = _lab_in(find_lab(str(lab)))
    import_tensorflow()
    give_figures_alt_text()
    return loaded


class Lab:
    """One lab, in the notebook of one student.

    Attributes:
        id: such as ``"lab2"``. folder: where the lab's files are.
        exercises: name -> `Exercise`, in the order of the notebook.
    """

    def __init__(self, folder: LabFolder | Path) -> None:
        found = folder if isinstance(folder, LabFolder) else LabFolder(Path(folder))
        self._found, self.folder, self.id, self.exercises = found, found.path, found.id, found.exercises
        self._verdicts: dict[str, tuple[Any, Verdict]] = {}
        self._hints_shown: dict[str, int] = {}
        self._references: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f'{self.id}: lab.check(answer), lab.hint("name"), lab.submit(); exercises: {", ".join(self.exercises)}'

    def check(self, answer: Any = None, exercise: str | None = None) -> Verdict:
        """Judge an answer with the published seed; the answer's own name says which exercise it is.

        Returns a `Verdict`, which a notebook shows as a small table. A wrong or unsolved answer is no error; a
        SeqlabError says that it cannot be told which exercise is meant. `exercise`: its name, where the answer's
        own does not say it.
        """
        found = self._exercise_of(answer, exercise, _caller_names(answer))
        verdict = self._judge(found, answer)
        self._verdicts[found.name] = (answer, verdict)
        return verdict

    def hint(self, exercise: str = "") -> "Text":
        """The next of three hints: the idea, the shapes, the line with one blank; then the last one again.

        A notebook shows it at once, also where the call stands in a loop or is not a cell's last line.

        Raises:
            SeqlabError: no exercise of that name, or it has no hints.
        """
        name = self._named(exercise).name
        hints = self._found.hints.get(name, [])
        if not hints:
            raise SeqlabError(f"{name} should have hints in hints.md", got="none", fix="ask your instructor")
        shown = self._hints_shown.get(name, 0)
        self._hints_shown[name] = shown + 1
        number = min(shown, len(hints) - 1)
        note = " (this was the last one)" if shown >= len(hints) else ""
        return _shown(Text(f"**Hint {number + 1} of {len(hints)} for {name}**{note}\n\n{hints[number]}"))

    def require(
        self, answer: Any, exercise: str | None = None, seed: int | None = None, *, hidden: bool = False
    ) -> float:
        """The points of an answer, more than 0; an AssertionError in words if it has none.

        For graders that read the error or the number that a cell ends with, such as nbgrader and otter.
        seed: draws the cases, of which then only fixed words are told; the published seed if left out. hidden: the seed is
        that of the nbgrader course in which this runs, so that it stands in no cell.
        """
        if hidden:
            from seqlab.autograder.exports.course_seed import seed_here

            seed = seed_here()
        found = self._exercise_of(answer, exercise, _caller_names(answer))
        if answer is not None and answer is self._references.get(found.name):
            raise AssertionError(f"{found.name} holds the reference answer: yours was replaced")
        try:
            verdict = self._judge(found, answer, PUBLISHED_SEED if seed is None else seed)
        except SeqlabError as error:
            if seed is not None:  # its cause, the check's own error, may quote hidden numbers on the student's page
                raise error from None
            raise
        if not verdict.points:
            told = verdict if seed is None else verdict.without_secrets()
            raise AssertionError(f"{found.name}: {verdict.status}. {told.sentence()}")
        return verdict.points

    def working(self, *answers: Any) -> Any:
        """Answers that work: each your own if it passes its check, else the reference answer, which is said.

        One answer comes back as it is, several as a tuple, so that later cells run whatever is unsolved.
        """
        chosen = []
        for answer in answers:
            found = self._exercise_of(answer, None, _caller_names(answer))
            verdict = self._latest(found, answer)
            self._verdicts[found.name] = (answer, verdict)
            if verdict.passed:
                chosen.append(answer)
            else:
                print(f"{found.name}: {verdict.status}, so this part goes on with the reference answer.")
                chosen.append(self.reference(found.name))
        return chosen[0] if len(chosen) == 1 else tuple(chosen)

    def reference(self, exercise: str) -> Any:
        """The lab's own answer to an exercise, by its name; a SeqlabError lists the names if there is none."""
        name = self._named(exercise).name
        if name not in self._references:
            from seqlab.authoring.source import reference_code
            from seqlab.prelude import namespace

            scope, code, place = namespace(), reference_code(self.folder, name), f"<reference {name}>"
            lines = code.splitlines(keepends=True)
            linecache.cache[place] = len(code), None, lines, place  # AutoGraph reads it there
            exec(compile(code, place, "exec"), scope)
            self._references[name] = scope[name]
        return self._references[name]

    def submit(self, path: str | os.PathLike[str] | None = None) -> "Text":
        """Check every answer in the notebook and write the hand-in, one small JSON file.

        The file holds the code of your answers and what the checks said here; the marks are given later, by
        running the same checks with other numbers. A hand-in that is there already is kept beside it, under a
        name that no pattern for hand-ins takes for another student's: ``earlier-submission-lab2.json``.

        Args:
            path: where to write; ``submission-lab2.json`` in the working folder if left out.

        Raises:
            SeqlabError: no cell with an answer was run.
        """
        scope = _notebook_scope()
        if not any(name in scope for name in self.exercises):
            raise SeqlabError(
                "lab.submit() hands in the answers of the cells that were run",
                got="none since the start",
                fix="run all cells, then this one again",
            )
        verdicts, answers = [], {}
        for name, found in self.exercises.items():
            if name in scope and scope[name] is self._references.get(name, self):
                verdicts.append(_missing(found, f"{name} holds the reference answer: yours was replaced"))
            elif name in scope:
                verdicts.append(self._latest(found, scope[name]))
                answers[name] = _source(scope[name])
            else:
                verdicts.append(_missing(found, f"{name} is not defined"))
        target = Path(path or f"submission-{self.id}.json")
        from seqlab.autograder.course.handin import write_handin

        if target.is_file():
            os.replace(target, target.with_name(f"earlier-{target.name}"))
        write_handin(target, lab=self.id, answers=answers, cells=_notebook_cells())
        _offer_download(target)
        return _receipt(verdicts, [name for name in self.exercises if name not in scope], target)

    # -- finding out which exercise is meant ---------------------------------------------------------------
    def _named(self, exercise: str) -> Exercise:
        if exercise not in self.exercises:
            known = ", ".join(self.exercises)
            raise SeqlabError(f"the exercises of {self.id} are {known}", got=repr(exercise), fix="use one of these")
        return self.exercises[exercise]

    def _exercise_of(self, answer: Any, exercise: str | None, variables: list[str]) -> Exercise:
        if exercise is not None:
            return self._named(exercise)
        own_name = getattr(answer, "__name__", None)
        for name in (own_name, *variables):
            if name in self.exercises:
                return self.exercises[name]
        if isinstance(answer, str) and answer in self.exercises:
            raise SeqlabError(
                "lab.check takes the answer itself",
                got=f"its name, {answer!r}",
                fix=f"leave out the quotes: lab.check({answer})",
            )
        known = ", ".join(self.exercises)
        raise SeqlabError(
            f"lab.check takes an answer to one of {known}",
            got=_what(answer),
            fix="keep the name that the TODO cell uses",
        )

    def _latest(self, found: Exercise, answer: Any) -> Verdict:
        """The verdict on this very object; a dict may have been changed since, so it is judged again."""
        known = self._verdicts.get(found.name)
        if known is not None and known[0] is answer and not isinstance(answer, dict):
            return known[1]
        return self._judge(found, answer)

    def _judge(self, found: Exercise, answer: Any, seed: int = PUBLISHED_SEED) -> Verdict:
        from seqlab.autograder.child.patience import TakesTooLong, within
        from seqlab.autograder.judging.judge import judge
        from seqlab.autograder.wire.answer_error import AnswerError
        from seqlab.autograder.wire.values import TooLarge, plain

        runtime = _runtime(lambda: _notice(f"{found.name}: the check is at work …"))
        try:
            data = plain(answer, runtime.keep)
        except (TooLarge, AnswerError) as error:
            return Verdict(found.name, 0, found.points, "failed", str(error), title=found.title)
        try:
            with within(found.deadline):
                return judge(found, runtime, data, seed)
        except SeqlabError:
            raise
        except Exception as error:
            raise SeqlabError(
                f"lab.check could not judge {found.name}",
                got=f"{type(error).__name__} in the check itself, which is no verdict on your answer",
                fix="tell your instructor, and go on",
            ) from error
        except TakesTooLong:
            what = f"no answer within {found.deadline:g} seconds: is there a loop that never ends?"
            return Verdict(found.name, 0, found.points, "timeout", what, title=found.title)


_lab_in = functools.cache(Lab)


class Text:
    """Words for a notebook: Markdown there, plain text elsewhere."""

    def __init__(self, markdown: str) -> None:
        self.markdown = markdown

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __repr__(self) -> str:
        return self.markdown.replace("**", "").replace("`", "")


class _Shown(Text):
    """Words that are on the screen already: as the last line of a cell they are not shown twice."""

    def _ipython_display_(self) -> None:
        """Nothing is left to show."""


def _in_kernel() -> bool:
    """Are we in a notebook, where output can be shown at any time?"""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return hasattr(shell, "kernel")


def _shown(text: Text) -> Text:
    """The words, in a notebook shown now: what a call in a loop returns is never seen there."""
    if not _in_kernel():
        return text
    from IPython.display import display

    display(text)
    return _Shown(text.markdown)


AT_WORK = 2.0  # seconds after which a check says that it is at work


def _notice(text: str) -> None:
    """A line above the verdict, in a notebook."""
    if _in_kernel():
        print(text, flush=True)


def _runtime(still_at_work: Callable[[], None]) -> Any:
    """What runs the student's code here; where a check takes longer than a glance, it says so, once."""
    from seqlab.autograder.child.runtime import Runtime

    class Announced(Runtime):
        began: float | None = time.monotonic()

        def perform(self, operation: str, *args: Any) -> Any:
            if self.began is not None and time.monotonic() - self.began > AT_WORK:
                self.began = None
                still_at_work()
            return super().perform(operation, *args)

    return Announced()


def _missing(found: Exercise, why: str) -> Verdict:
    return Verdict(found.name, 0, found.points, "missing", why, title=found.title)


def _receipt(verdicts: list[Verdict], not_run: list[str], target: Path) -> Text:
    """What a student reads after handing in: each exercise, what is not solved, where the file is."""
    rows = [f"| {v.exercise} | {MARKS[v.status]} {v.status} | {v.points:g} / {v.max_points:g} |" for v in verdicts]
    table = "\n".join(["| exercise | here | points |", "|:--|:--|--:|", *rows])
    points, full = sum(v.points for v in verdicts), sum(v.max_points for v in verdicts)
    said = [f"**{points:g} of {full:g} points** with the published numbers."]
    if unsolved := [v.exercise for v in verdicts if not v.passed and v.exercise not in not_run]:
        said.append(f"Not solved yet: {', '.join(unsolved)}. You may go on and hand in again.")
    if not_run:
        said.append(
            f"Not run since the notebook was started: {', '.join(not_run)}. "
            "**The file has no answer to them**: run all cells, then this one again."
        )
    said.append(f"Your hand-in is written: `{target.resolve()}`")
    return Text("\n\n".join([table, *said]))


def _what(value: Any) -> str:
    if value is None or isinstance(value, str | int | float | bool):
        return textwrap.shorten(repr(value), 60)
    name = getattr(value, "__name__", None)
    return f"the {type(value).__name__} {name!r}" if name else f"an object of type {type(value).__name__}"


def _notebook_scope() -> dict[str, Any]:
    """The names of the notebook (or script) that called: the nearest frame outside this module."""
    frame = inspect.currentframe()
    while frame and frame.f_globals.get("__name__") == __name__:
        frame = frame.f_back
    return frame.f_globals if frame else {}


def _caller_names(answer: Any) -> list[str]:
    """The names under which the caller holds this very object (for a dict, or a function without a name)."""
    return [name for name, value in _notebook_scope().items() if value is answer]


def _notebook_cells() -> list[str]:
    """The cells that were run in this session, as they were typed, where IPython knows them."""
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    manager = getattr(shell, "history_manager", None)
    history = getattr(manager, "input_hist_raw", None) or getattr(shell, "user_ns", {}).get("In", [])
    return [cell for cell in history if cell.strip()]


def _source(answer: Any) -> str | None:
    """The answer's own code as far as it can be had; a dict is written out."""
    if isinstance(answer, dict):
        return repr(answer)[:20_000]
    try:
        return textwrap.dedent(inspect.getsource(answer))
    except (OSError, TypeError):
        return None


def _offer_download(path: Path) -> None:
    """In Colab the browser offers the file; elsewhere its path is enough."""
    if "google.colab" in sys.modules:
        try:
            from google.colab import files

            files.download(str(path))
        except Exception as error:  # the file is written all the same
            print(f"The download did not start ({error}); take the file from the folder on the left.")
