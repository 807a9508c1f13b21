"""How a check ends where it does not pass: the answer is wrong, or there is none yet."""

from seqlab.autograder.judging.closed import Closed


class Failed(Exception):
    """The answer is wrong, in words for the student.

    The message may quote what came: the notebook shows it, and grading too, of a worked example. What is told of a
    hidden case (see `vocabulary.py`) is made of `what`, `subject` and `closed`, if that is given: "at a second call: y
    has another shape than it should". Else it is the message, if that stands as it is in the check's source.
    """

    def __init__(
        self,
        message: str,
        *,
        expected: str = "",
        got: str = "",
        slip: str = "",
        closed: Closed | None = None,
        subject: str = "",
        what: str = "",
    ):
        super().__init__(message)
        self.message, self.expected, self.got, self.slip = message, expected, got, slip
        self.closed, self.subject, self.what = closed, subject, what


class Missing(Exception):
    """There is no answer yet: the name is not defined, or still raises NotImplementedError."""
