"""What a student's code raised, as data: the one kind of error that crosses from the child to the tester."""

import linecache
import re
import traceback


class AnswerError(Exception):
    """The student's code raised, as data: type, message and, where known, cell and line of it."""

    def __init__(
        self, type: str, message: str, cell: int | None = None, line: int | None = None, text: str | None = None
    ) -> None:
        super().__init__(f"{type}: {message}")
        self.type, self.message, self.cell, self.line, self.text = type, message, cell, line, text
        self.traced = False  # was this a call inside a tf.function?

    @classmethod
    def from_exception(cls, error: BaseException) -> "AnswerError":
        """Find the innermost line of the student's own among the frames of a traceback."""
        cell = line = text = None
        for frame in traceback.extract_tb(error.__traceback__):
            if number := re.fullmatch(r"<cell (\d+)>", frame.filename):
                cell, line = int(number[1]), frame.lineno
                text = linecache.getline(frame.filename, frame.lineno or 0).strip()
            elif "ipykernel_" in frame.filename or frame.filename.startswith("<ipython-input"):
                line, text = frame.lineno, linecache.getline(frame.filename, frame.lineno or 0).strip()
        if isinstance(error, SyntaxError) and (number := re.fullmatch(r"<cell (\d+)>", str(error.filename))):
            cell, line, text = int(number[1]), error.lineno, (error.text or "").strip()
            return cls(type(error).__name__, error.msg or "", cell, line, text)
        try:
            message = str(error)
        except BaseException:
            message = "(its message cannot be shown)"
        return cls(type(error).__name__[:80], _core(message)[:1000], cell, line, text and text[:200])


def _core(message: str) -> str:
    """What a library's message says, without its colours and the names of TensorFlow's graph nodes."""
    return re.sub(r"\x1b\[[0-9;]*m|\{\{.*?\}\} ?| \[Op:.*", "", message).strip()
