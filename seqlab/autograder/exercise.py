"""Where a lab's checks took `exercise` from before `seqlab.checks`: kept for one release."""

from seqlab.autograder.judging.exercise import Exercise, exercise

__all__ = ["Exercise", "exercise"]
