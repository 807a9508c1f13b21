"""Redaction: which of a child's words about itself may stand in a report. As good as none."""

import builtins
import os
import re
import sys
from pathlib import Path
from typing import Any

from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.channel import Gone, OutOfTime
from seqlab.autograder.wire.codec import BadMessage
from seqlab.autograder.wire.values import Ref
from seqlab.places import BESIDE

# types and exceptions that a report may name without the student's notebook naming them
KNOWN_NAMES = {
    *dir(builtins),
    "NoneType",
    "function",
    "class",
    "generator",
    "module",
    "method",
    "TooLarge",
    "Timeout",
    "Killed",
    "dict_keys",
    "dict_values",
    "dict_items",
    "Inert",
    "Generator",
    "Tensor",
    "EagerTensor",
    "SymbolicTensor",
    "KerasTensor",
    "Sequential",
    "Functional",
    "Model",
    "Layer",
    "Dense",
    "Embedding",
    "SimpleRNN",
    "GRU",
    "LSTM",
    "Variable",
    "ResourceVariable",
    "InvalidArgumentError",
    "ResourceExhaustedError",
    "UnimplementedError",
    "FailedPreconditionError",
    "NotFoundError",
    "OperatorNotAllowedInGraphError",
    "LinAlgError",
    "AxisError",
    "_ArrayMemoryError",
    "Counter",
    "defaultdict",
    "deque",
    "Fraction",
    "Decimal",
    "DataFrame",
    "Series",
    "RaggedTensor",
    "SparseTensor",
    "IndexedSlices",
    "StagingError",
    "InaccessibleTensorError",
}
# folders of the instructor's, which a library's message may name in whatever form
_FOLDERS = {sys.prefix, sys.base_prefix, str(Path.home()), str(BESIDE), os.getcwd()} - {"/"}
PATHS = sorted(_FOLDERS, key=len, reverse=True)
# a part of a path may have blanks inside, "My Drive", and none at its ends
_PART = r"""[^\s/\\'"<>|:](?:[^/\\'"<>|:\n]*[^\s/\\'"<>|:])?"""
_ABSOLUTE = re.compile(
    rf"""(?P<url>\b(?!file:)\w+://\S*+)  # stays
    | (?P<quote>['"]) (?:file://+ | ~?/ | ~\w*/ | [A-Za-z]:[\\/] | \\\\) (?P<quoted>[^'"\n]++) (?P=quote)
    | (?:
        file://+(?:{_PART}/+)*+
      | (?<![\w:/.…~])~?/(?:{_PART}/+)++               # /srv/course/, ~/course/
      | (?<![\w/~])~\w*/(?:{_PART}/+)*+                # ~prof/
      | (?<![\w\\])[A-Za-z]:[\\/]+(?:{_PART}[\\/]+)*+  # C:\Users\prof and more
      | (?<![\w\\])\\\\+(?:{_PART}\\+)++               # \\server\share and more
    ) (?P<name>[^\s/\\'"<>|:,;()\[\]]*)""",
    re.X,
)
_FILE = re.compile(r"[^.].*\.\w{1,8}[.!?]?")


def without_paths(message: str) -> str:
    """A message of a library's without the machine's folders, of whatever system; names of files stay, and URLs.

    >>> without_paths("cannot open '/srv/my course/data/two tunes.abc'")
    "cannot open '…/two tunes.abc'"
    >>> without_paths(r"C:\\Users\\prof\\lab.py is read-only, see https://example.org/a/b")
    '…/lab.py is read-only, see https://example.org/a/b'
    >>> without_paths("permission denied: /home/prof")
    'permission denied: …'
    """
    message = _ABSOLUTE.sub(_shortened, message)
    for path in PATHS:
        message = message.replace(path, "…")
    return message


def _shortened(found: re.Match[str]) -> str:
    if found["url"]:
        return found["url"]
    name = found["name"] if found["quoted"] is None else re.split(r"[/\\]", found["quoted"])[-1]
    quote = found["quote"] or ""
    return f"{quote}…{'/' + name if _FILE.fullmatch(name) else ''}{quote}"


class RedactedRuntime:
    """Passes on only such words of the child's about itself as may be shown in a report.

    The text of a student's line comes from the submission. The name of an exception or of a type counts only where
    it is well known or stands in the notebook. The child's own word could carry a hidden number out.
    """

    def __init__(self, runtime: Any, cells: list[str], names: set[str]):
        self.runtime, self.cells, self.names = runtime, cells, names
        self.raised: AnswerError | None = None  # the last
        self.broken_off = False  # did the child die, or not answer in time? Then nothing more can be asked of it

    def perform(self, operation: str, *args: Any) -> Any:
        """`RemoteRuntime.perform`, its result and its AnswerError redacted."""
        try:
            return self._named(self.runtime.perform(operation, *args))
        except AnswerError as error:
            error.text = line_of(self.cells, error)
            error.message = without_paths(error.message)
            error.type = error.type if error.type in self.names else "Exception"
            self.raised = error
            raise
        except (OutOfTime, Gone, BadMessage):
            self.broken_off = True
            raise

    def _named(self, value: Any) -> Any:
        if isinstance(value, tuple | list):
            return type(value)(map(self._named, value))
        if isinstance(value, dict):
            return {key: self._named(v) for key, v in value.items()}
        if isinstance(value, Ref) and value.kind not in self.names:
            return Ref(value.id, "thing of some other type")
        return value


def line_of(cells: list[str], error: AnswerError) -> str | None:
    """The student's own line at which an answer raised, from the submission's text; None if it is not there."""
    if error.cell is None or error.line is None or not 0 <= error.cell < len(cells):
        return None
    lines = cells[error.cell].splitlines()
    return lines[error.line - 1].strip()[:200] if 0 < error.line <= len(lines) else None
