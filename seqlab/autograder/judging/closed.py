"""What a graded report may say of a hidden case: the sentences, and what is made of them.

Which words may go into it, and why no others: `vocabulary.py`.
"""

import enum
from dataclasses import dataclass

ANOTHER_CASE, THE_RESULT = "another case", "the result"


class Closed(enum.Enum):
    """What is said of a hidden case where its check's own words are made of what came. A subject stands before it."""

    WRONG = "is not what it should be"
    VALUES = "has the right shape but wrong values"
    SOME_VALUES = "has the right shape but wrong values in some places"
    VALUE = "is wrong"
    SHAPE = "has another shape than it should"
    TYPE = "is of another type than it should be"
    RAGGED = "should be numbers, but holds rows of different lengths or other things"
    NOT_WHOLE = "should be whole numbers (ids), of an integer type"
    NOT_FINITE = "is not finite: it holds inf or nan"
    NONE = "is None (is a `return` missing?)"
    HOW_MANY = "holds another number of things than it should"
    KEYS = "has other keys than it should"
    TEXTS = "holds other texts than it should"
    NOT_FED = "is not fed the prime first, in order"
    SOME_ENTRIES = "has a wrong value at some keys"
    RAISED = "raised an exception"
    AGAIN = "is another one at a second call with the same arguments"
    CHANGES = "changes an argument"
    GENERATORS = "touches a global random generator"


class General(str):
    """Words of `likely.py` or `near.py`: fixed ones, with names of arguments, results and axes in them."""


@dataclass(frozen=True)
class Told:
    """What is told of a hidden case that failed. Only a `Vocabulary` makes one."""

    case: str
    message: str
    slip: str

    def because(self, cause: str, slip: str) -> "Told":
        """With the cause added: words of a definition's, which ran before anything hidden was asked."""
        return Told(self.case, self.message + cause, slip)


NOTHING_KNOWN = Told(ANOTHER_CASE, f"{THE_RESULT} {Closed.WRONG.value}", "")
