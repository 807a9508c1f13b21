"""n-gram losses against counting by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.errors import SeqlabError
from seqlab.models import ngram_loss


def by_hand(train, held_out, V, order, prior):
    def p(c, context):
        if context is None:
            return 1 / V
        k = len(context)
        runs = [tuple(train[i : i + k]) for i in range(len(train) - k)]
        hits = [train[i + k] for i, run in enumerate(runs) if run == tuple(context)]
        shorter = context[1:] if k else None
        return (hits.count(c) + prior * p(c, shorter)) / (len(hits) + prior)

    first = max(order - 1, 1)
    losses = [
        -np.log(p(held_out[t], held_out[t - order + 1 : t] if order else None)) for t in range(first, len(held_out))
    ]
    return np.mean(losses)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 4), min_size=5, max_size=30),
    st.lists(st.integers(0, 4), min_size=5, max_size=30),
    st.integers(0, 4),
    st.floats(0.1, 5),
)
def test_equals_counting(train, held_out, order, prior):
    expected = by_hand(train, held_out, 5, order, prior)
    assert ngram_loss(train, held_out, 5, order, prior=prior) == pytest.approx(expected)


def test_order_0_is_log_v_and_more_context_helps_where_there_is_structure():
    rng = np.random.default_rng(0)
    ids = np.cumsum(rng.integers(0, 2, 4000)) % 7
    losses = [ngram_loss(ids[:3000], ids[3000:], 7, order) for order in (0, 1, 2)]
    assert losses[0] == pytest.approx(np.log(7))
    assert losses[0] == pytest.approx(losses[1], abs=0.02)
    assert losses[2] == pytest.approx(np.log(2), abs=0.02)


@pytest.mark.parametrize(("ids", "order"), [([1], 1), ([1, 9, 2], 1), ([1, 2, 3], 5), ([1, 2, 3], -1)])
def test_bad_input(ids, order):
    with pytest.raises(SeqlabError):
        ngram_loss(ids, ids, 5, order)
