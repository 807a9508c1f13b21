"""Fixtures of the autograder's tests."""

import pytest


@pytest.fixture
def light(monkeypatch):
    """Grading that takes no time: what is tested is who gets which mark."""
    from class_kit import LightGrader

    from seqlab.autograder.course import classroom

    monkeypatch.setattr(classroom, "Grader", LightGrader)
