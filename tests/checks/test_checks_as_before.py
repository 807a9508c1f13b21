"""A check of the form before exercises had references still judges, for one release."""

import numpy as np
import pytest
from mutants import TwinRuntime

from seqlab.autograder.exercise import exercise
from seqlab.autograder.judging.judge import judge
from seqlab.autograder.wire.values import plain


@exercise(points=4, title="Twice", takes="x")
def double(t):
    x = np.arange(3.0)
    t.example(x, expect=2 * x, slips={"three times is too much": 3 * x})
    with t.case("hidden"):
        t.compare(t.expect(x + 1, expect=2 * x + 2), 2 * x + 2)


WHERE = "where it is wrong, it is zero: nothing has been written there, or it has been taken away"


@pytest.mark.parametrize(
    ("answer", "points", "slip"),
    [(lambda x: 2 * x, 4, ""), (lambda x: 3 * x, 0, "three times is too much"), (lambda x: x * (x < 3) * 2, 0, WHERE)],
)
def test_it_tells_right_from_wrong_and_names_the_slip(answer, points, slip):
    runtime = TwinRuntime()
    verdict = judge(double, runtime, plain(answer, runtime.keep), 1)
    assert (verdict.points, verdict.slip) == (points, slip)
