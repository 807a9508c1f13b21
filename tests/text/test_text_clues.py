"""Texts with a clue near or far: the answer follows from the clue, and one word can be replaced."""

import numpy as np
import pytest

from seqlab.text import Clues


@pytest.mark.parametrize(
    ("far", "place", "pairs"), [(1.0, "country", {"France": "French"}), (0.0, "thing", {"fish": "sea"})]
)
def test_the_answer_follows_from_the_clue(far, place, pairs):
    clues = Clues(13)
    X, y = clues.draw(60, np.random.default_rng(0), far)
    assert X.shape == (60, 13)
    said = {clues.text(row)[getattr(clues, place)]: clues.answers[c] for row, c in zip(X, y, strict=True)}
    assert len(said) == 4
    assert said.items() >= pairs.items()
    assert all(clues.text(row)[:4] == ["I", "grew", "up", "in"] for row in X)


def test_a_word_is_replaced_by_one_of_its_kind_and_the_frame_stays():
    clues, rng = Clues(13), np.random.default_rng(0)
    X, _ = clues.draw(40, rng)
    for place in (clues.country, 6):
        others = clues.replaced(X, place, rng)
        assert (others[:, place] != X[:, place]).all()
        assert np.array_equal(np.delete(others, place, 1), np.delete(X, place, 1))
    assert np.array_equal(clues.replaced(X, 0, rng), X)
    assert np.array_equal(clues.replaced(X, 12, rng), X)
    asked = [row for row in X if clues.text(row)[-1] == "the"]
    things = clues.replaced(np.array(asked), clues.thing, rng)[:, clues.thing]
    assert {clues.words[i] for i in things} <= {"clouds", "fish", "cars", "books"}
