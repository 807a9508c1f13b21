"""After its first failure an answer is looked at a little longer, for its slip; nothing of that can harm or change a thing."""

import numpy as np
import pytest
from mutants import TwinRuntime

from seqlab.autograder.judging.judge import judge
from seqlab.autograder.judging.redaction import RedactedRuntime
from seqlab.autograder.wire.channel import Gone, OutOfTime
from seqlab.autograder.wire.values import Ref, plain
from seqlab.checks import exercise

ONES = np.ones(3)


def declared(body, **how):
    how = {"reference": lambda x: 2 * x, "takes": "x (T)", "returns": "(T)"} | how
    body.__name__ = "double"
    return exercise(points=10, title="Twice", **how)(body)


def judged(check, answer, **how):
    runtime = TwinRuntime()
    return judge(declared(check, **how), runtime, plain(answer, runtime.keep), 3)


def test_a_requirement_that_does_not_hold_ends_the_check_with_the_first_failure():
    reached = []

    def check(t):
        t.tries(ONES, case="first")
        with t.case("second"):
            t.require(False, "this is told to nobody")
            reached.append("what relies on it")

    verdict = judged(check, lambda x: 3 * x)
    assert (verdict.status, verdict.case, reached) == ("failed", "first", [])
    assert "told to nobody" not in verdict.sentence()


def test_a_result_far_larger_than_what_is_right_is_compared_once_and_with_no_slip():
    asked = []

    def check(t):
        for n in range(5):
            t.tries(ONES, case=f"case {n}")

    def slip(x):
        asked.append(x)
        return 3 * x

    assert judged(check, lambda x: 3 * x, slips={"three times": slip}).slip == "three times"
    assert asked
    asked.clear()
    verdict = judged(check, lambda x: np.zeros(20_000), slips={"three times": slip})
    assert (verdict.status, verdict.case, asked) == ("failed", "case 0", [])


@pytest.mark.parametrize("ended", [OutOfTime, Gone])
def test_a_child_that_breaks_off_later_changes_nothing_and_is_not_asked_again(ended):
    class BreaksOff(TwinRuntime):
        calls = 0

        def perform(self, operation, *args):
            self.calls += operation == "call"
            if self.calls > 1:
                raise ended
            return super().perform(operation, *args)

    def check(t):
        t.tries(ONES, case="first", repeat=False)
        t.tries(2 * ONES, case="second", repeat=False)

    runtime = RedactedRuntime(BreaksOff(), [], {"function"})
    answer = plain(lambda x: 3 * x, runtime.runtime.keep)
    verdict = judge(declared(check, slips={"three times": lambda x: 3 * x}), runtime, answer, 3)
    assert (verdict.status, verdict.case, verdict.slip) == ("failed", "first", "three times")
    assert runtime.broken_off


def test_no_name_of_the_childs_own_making_hides_in_a_list_or_dict():
    runtime = RedactedRuntime(TwinRuntime(), [], {"function"})
    mine = Ref(1, "x=0.123")
    for value in (mine, [mine, 0], (1, [mine]), {"a": [mine]}):
        assert "0.123" not in repr(runtime._named(value))
