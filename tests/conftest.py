"""What tests share: the answer banks, and one warm parent for all of them."""

import collections
import os

import pytest
from _pytest.doctest import DoctestModule

collect_ignore = ["autograder/hostile"]  # strangers' code: only the sandbox may run it
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if "PYTEST_XDIST_WORKER" in os.environ:  # tests run side by side: one thread each is faster than all threads for all
    for threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(threads, "1")


@pytest.hookimpl(wrapper=True)
def pytest_collect_file():
    """Doctests are seqlab's alone: what lies below tests/ is imported where it is a test, or a test imports it."""
    found = yield
    return [collector for collector in found if not isinstance(collector, DoctestModule)]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """The files with the most slow tests first: one that began last would keep a single worker busy at the end."""
    slow = collections.Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])


@pytest.fixture(scope="session")
def warm():
    """A warm parent: TensorFlow imported once for all tests that run a student's code."""
    from seqlab.autograder.judging.parents import WarmParent

    with WarmParent() as parent:
        yield parent


@pytest.fixture
def lent(warm, monkeypatch):
    """A class is graded with the warm parent of all tests, which stays, instead of one that each run starts."""
    from seqlab.autograder.course import classroom
    from seqlab.autograder.course.unit import Grader

    monkeypatch.setattr(classroom, "start_parent", lambda python=None, beside=(): warm)
    monkeypatch.setattr(Grader, "close", lambda self: None)


@pytest.fixture
def grade_cells(warm):
    """Grade the code cells of a submission to a lab: `grade_cells("lab2", [...])` gives verdicts by name."""
    from seqlab.autograder.judging.grade import Answers
    from seqlab.exercises import find_lab

    def grade(lab: str, cells: list[str], only: tuple[str, ...] = (), seed: int = 7, deadline: float | None = None):
        from dataclasses import replace

        exercises = {n: e for n, e in find_lab(lab).exercises.items() if not only or n in only}
        if deadline is not None:
            exercises = {n: replace(e, deadline=deadline) for n, e in exercises.items()}
        return {v.exercise: v for v in Answers(cells, exercises, warm.spawn).judge_all(seed)}

    return grade
