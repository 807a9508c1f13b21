"""Fixtures of the autograder's tests."""

import pytest


@pytest.fixture
def light(monkeypatch):
    """Grading that takes no time: what is tested is who gets which mark."""
    from class_kit import LightGrader

    from seqlab.autograder.course import classroom

    monkeypatch.setattr(classroom, "Grader", LightGrader)


@pytest.fixture
def here(monkeypatch):
    """Judge in this process: for tests that change a check, a deadline or the judging itself, which a judge would not see."""
    from seqlab.autograder.course.unit import Grader

    monkeypatch.setattr(Grader, "apart", False)
