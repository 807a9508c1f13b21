"""What a wrong answer is told: a bank's line with `told` is refused with a likely slip that says so."""

import pytest
from kit import answer_bank

from seqlab.autograder.child.runtime import Runtime
from seqlab.autograder.judging.judge import judge
from seqlab.exercises import PUBLISHED_SEED, find_exercise
from seqlab.prelude import namespace

TOLD = [row for row in answer_bank() if "told" in row]


@pytest.mark.parametrize("row", TOLD, ids=[row["id"] for row in TOLD])
def test_a_wrong_answer_is_told_its_own_slip(row):
    runtime = Runtime(namespace())
    exec(row["code"], runtime.namespace)
    verdict = judge(
        find_exercise(row["lab"], row["exercise"]), runtime, runtime.perform("find", row["symbol"]), PUBLISHED_SEED
    )
    assert not verdict.passed
    assert row["told"] in verdict.slip, verdict


def test_the_right_slip_is_not_told_to_every_answer():
    """So that the test above can fail: hardly any two answers to one exercise share their words."""
    by_exercise = {(row["exercise"], row["told"]) for row in TOLD}
    assert len(by_exercise) >= 0.9 * len(TOLD)  # the next note and tomorrow's rain, say, are one mistake
    assert len(TOLD) > 20
