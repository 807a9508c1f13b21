"""The network of a window: what it learns, what it counts, what it refuses."""

import numpy as np
import pytest

from seqlab.errors import SeqlabError
from seqlab.models import WindowModel

IDS = np.tile([0, 1, 2, 1], 60)  # after "0 1" comes 2, after "2 1" comes 0: one character is not enough
X, Y = np.stack([IDS[:-2], IDS[1:-1]], axis=1), IDS[2:]


def test_it_learns_what_a_window_tells_and_the_same_again():
    first, again = (WindowModel(3, 2, embedding_dim=4, units=8) for _ in range(2))
    before = first.loss(X, Y)
    assert before == pytest.approx(np.log(3), abs=0.2)
    for model in (first, again):
        model.fit(X, Y, steps=60, batch=32)
    assert first.loss(X, Y) < 0.1
    assert first.loss(X, Y) == pytest.approx(again.loss(X, Y), rel=1e-5)
    assert first.embeddings.shape == (3, 4)
    assert first.parameters == 3 * 4 + (2 * 4 * 8 + 8) + (8 * 3 + 3)


def test_the_loss_is_the_mean_over_all_windows_however_many_go_at_once():
    model, many = WindowModel(3, 2, embedding_dim=4, units=8), 25
    x, y = np.tile(X, (many, 1)), np.tile(Y, many)
    assert len(x) > 4096
    x, y = np.concatenate([x, X[:1]]), np.concatenate([y, Y[:1]])
    whole = model.loss(X, Y) * len(X) * many + model.loss(X[:1], Y[:1])
    assert model.loss(x, y) == pytest.approx(whole / len(x), rel=1e-5)


@pytest.mark.parametrize(("windows", "y"), [(X[:, :1], Y), (X, Y[:-1]), (X[:0], Y[:0])])
def test_refuses_windows_that_do_not_fit(windows, y):
    with pytest.raises(SeqlabError, match=r"\(N, 2\)"):
        WindowModel(3, 2, embedding_dim=4, units=8).loss(windows, y)
