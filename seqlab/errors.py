"""The one error that seqlab raises on purpose: a sentence a user can act on."""


class SeqlabError(Exception):
    """What was expected, what came, and what to do, in one sentence.

    The command line prints the sentence and exits with status 1 or 2; a notebook shows it without the
    frames of the package. A bug in seqlab is never a SeqlabError.

    >>> str(SeqlabError("labs are lab2 and lab5", got="'lab9'", fix="call seqlab.labs.names()"))
    "labs are lab2 and lab5; got 'lab9'. To mend it: call seqlab.labs.names()."
    """

    def __init__(self, expected: str, *, got: str | None = None, fix: str | None = None):
        text = expected if got is None else f"{expected}; got {got}"
        super().__init__(text if fix is None else f"{text}. To mend it: {fix}.")

    def _render_traceback_(self) -> list[str]:
        """IPython's hook: a notebook shows the sentence alone."""
        return [f"SeqlabError: {self}"]
