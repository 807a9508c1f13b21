"""The closed vocabulary: all that a graded report may say of a hidden case.

A hostile answer has seen the hidden numbers and can put them into whatever it gives: keys, counts, shapes, names, lines.
So the words of a hidden case are never its own, and never made of what was drawn or came. They are

* a sentence of `Closed`, after the name of a result that the exercise declares;
* a text that stands as it is in the source of the exercise's checks or of `seqlab.checks`: a message, a slip, a case;
* a slip that the exercise declares, or one that any exercise knows (`likely.py`, `near.py`: fixed words).

`Vocabulary.told` is the only place where these become a `Told`. A check that forgets all this, `Failed(f"{came} came")`,
is told as `Closed.WRONG`: its own text does not stand in any source.
"""

import ast
import functools
from pathlib import Path

from seqlab.autograder.judging.closed import ANOTHER_CASE, THE_RESULT, Closed, General, Told
from seqlab.autograder.judging.exercise import Exercise
from seqlab.autograder.judging.failed import Failed
from seqlab.places import PACKAGE

_JUDGING = PACKAGE / "autograder" / "judging"
_HOUSE = ("crashes", "draws", "judge", "things", "trial")  # modules of `judging` with words for students
Form = tuple[str, ...]  # an f-string: the texts around its gaps


class Vocabulary:
    """The words of one exercise."""

    def __init__(self, exercise: Exercise):
        axes = (letter for letters in (*exercise.argument_axes, *exercise.result_axes) for letter in letters)
        self.names = {exercise.name, *exercise.arguments, *exercise.reference_arguments, *exercise.names, *axes}
        declared = (*exercise.slips, *exercise.otherwise, *exercise.crashes.values())
        own = {k: v for k, v in exercise.check.__globals__.items() if isinstance(v, str) and not k.startswith("__")}
        sources = (Path(exercise.check.__code__.co_filename), *_of_the_house())
        self.texts = frozenset({*declared, *own.values()}.union(*(_written(path)[0] for path in sources)))
        self.forms = [form for path in sources for form in _written(path)[1]]

    def says(self, text: str) -> str:
        """The text, if it is closed; else none. Into the gaps of an f-string go declared names and closed texts alone."""
        if text in self.texts or isinstance(text, General):
            return text
        for form in self.forms:
            gaps = _gaps(form, text)
            if gaps is not None and all(self._may_fill(gap, text) for gap in gaps):
                return text
        return ""

    def _may_fill(self, gap: str, text: str) -> bool:
        listed = gap.replace(" and ", ", ").split(", ")
        return not gap or set(listed) <= self.names or (gap != text and bool(self.says(gap)))

    def told(self, failed: Failed, label: str, kind: str = "") -> Told:
        """A failure in a hidden case; `kind` says which case it is where its label has sizes in it."""
        message = self.says(failed.message) if failed.closed is None else ""
        if not message:
            subject = self.says(failed.subject) or (failed.subject if failed.subject in self.names else THE_RESULT)
            what = self.says(failed.what)
            message = f"{what + ': ' if what else ''}{subject} {(failed.closed or Closed.WRONG).value}"
        return Told(self.says(kind or label) or ANOTHER_CASE, message, self.says(failed.slip))


def _of_the_house() -> list[Path]:
    return [*sorted((PACKAGE / "checks").glob("*.py")), *(_JUDGING / f"{name}.py" for name in _HOUSE)]


@functools.cache
def _written(path: Path) -> tuple[frozenset[str], tuple[Form, ...]]:
    """The texts and the f-strings in a source; none where it cannot be read."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return frozenset(), ()
    texts, forms, todo = set(), [], [tree]  # type: tuple[set[str], list[Form], list[ast.AST]]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            forms.append(_form(node))
            todo += [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        else:
            todo += ast.iter_child_nodes(node)
    return frozenset(texts), tuple(form for form in forms if any(map(str.strip, form)))


def _form(node: ast.JoinedStr) -> Form:
    pieces = [""]
    for part in node.values:
        if isinstance(part, ast.Constant):
            pieces[-1] += str(part.value)
        else:
            pieces.append("")
    return tuple(pieces)


def _gaps(form: Form, text: str) -> list[str] | None:
    """What fills the gaps if the text is of this form. Each is as short as can be: no search, whatever the text is."""
    first, *middle, last = form if len(form) > 1 else (form[0], "")
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return None
    at, end, gaps = len(first), len(text) - len(last), []
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return None
        gaps.append(text[at:found])
        at = found + len(piece)
    return [*gaps, text[at:end]]
