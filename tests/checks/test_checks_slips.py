"""Every slip of every exercise, run as if it were the answer, is refused and told its own words."""

import pytest
from mutants import in_grading, in_notebook, is_told, mutant

from seqlab.autograder.judging.exercise import Sign
from seqlab.exercises import PUBLISHED_SEED, all_labs

EXERCISES = [
    pytest.param(exercise, id=f"{lab.id}-{exercise.name}")
    for lab in all_labs()
    for exercise in lab.exercises.values()
    if exercise.reference
]
HIDDEN_SEEDS = (7, 41, 20_261_121, 2**40)


def test_no_slip_is_declared_without_a_reference_to_be_wrong_beside():
    exercises = [exercise for lab in all_labs() for exercise in lab.exercises.values()]
    assert not [e.name for e in exercises if e.slips and not e.reference]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_each_slip_is_refused_in_its_own_words(exercise):
    told = {}
    for words, wrong in exercise.slips.items():
        if isinstance(wrong, Sign):
            continue
        verdicts = [in_notebook(exercise, mutant(exercise, wrong), PUBLISHED_SEED)]
        verdicts += [in_grading(exercise, mutant(exercise, wrong), seed) for seed in HIDDEN_SEEDS]
        for verdict in verdicts:
            if verdict.passed or not is_told(exercise, words, verdict.slip):
                told.setdefault(words, verdict.slip or verdict.sentence())
    assert not told, "\n".join(f"{a}  ->  {b}" for a, b in told.items())


@pytest.mark.parametrize("exercise", [e for e in EXERCISES if e.values[0].kind == "function"])
def test_the_reference_itself_passes(exercise):
    for judged in (in_notebook, in_grading):
        verdict = judged(exercise, mutant(exercise, exercise.reference), PUBLISHED_SEED)
        assert verdict.passed, verdict
