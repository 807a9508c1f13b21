"""Every answer of every bank is told right from wrong, whatever the seed, with a message that helps."""

import collections

import pytest
from kit import answer_bank

from seqlab.autograder.judging.bank import check_answers
from seqlab.exercises import PUBLISHED_SEED, find_exercise

pytestmark = [pytest.mark.slow, pytest.mark.beside]
LABS = sorted({row["lab"] for row in answer_bank()})


@pytest.mark.parametrize("lab", LABS)
def test_each_answer_is_judged_as_its_kind_says(lab, warm):
    """With the notebooks' seed, and every fifth with another one too."""
    bank = answer_bank(lab)
    for seed, rows in ((PUBLISHED_SEED, bank), (20_261_121, bank[::5])):
        judged = list(zip(rows, check_answers(rows, seed, 2, warm), strict=True))
        wrong = {got["id"]: got["message"] for row, got in judged if got["accepted"] != (row["kind"] == "right")}
        assert not wrong
        for row, got in judged:
            assert got["max_points"] == find_exercise(lab, row["exercise"]).points
            assert got["points"] == got["max_points"] if got["accepted"] else got["points"] < got["max_points"]
            assert got["accepted"] or len(got["message"]) > 20


def test_the_banks_are_large_enough_and_have_no_doubles():
    rows = answer_bank()
    assert len({r["id"] for r in rows}) == len(rows)
    kinds = collections.Counter((r["lab"], r["exercise"], r["kind"]) for r in rows)
    for lab in LABS:
        from seqlab.exercises import find_lab

        for name in find_lab(lab).exercises:
            assert kinds[lab, name, "right"] >= 2, f"{lab}/{name} has too few right answers"
            assert kinds[lab, name, "wrong"] >= 3, f"{lab}/{name} has too few wrong answers"
