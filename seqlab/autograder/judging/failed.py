"""How a check ends where it does not pass: the answer is wrong, or there is none yet."""


class Failed(Exception):
    """The answer is wrong, in words for the student."""

    def __init__(self, message: str, *, expected: str = "", got: str = "", slip: str = ""):
        super().__init__(message)
        self.message, self.expected, self.got, self.slip = message, expected, got, slip


class Missing(Exception):
    """There is no answer yet: the name is not defined, or still raises NotImplementedError."""
