"""Stepping and sampling: the same model, one character at a time; the right frequencies; the same seed."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.layers import GRU, LSTM, SimpleRNN
from seqlab.models import Stepper, draw, step_by_step

V = 7


def sequential(*middle):
    keras.utils.set_random_seed(5)
    return keras.Sequential([keras.layers.Embedding(V, 4), *middle, keras.layers.Dense(V)])


def functional_stack():
    ids = keras.Input((None,), dtype="int32")
    h = keras.layers.Embedding(V, 4)(ids)
    h = LSTM(5, return_sequences=True)(h)
    h = GRU(3, return_sequences=True)(h)
    return keras.Model(ids, keras.layers.Dense(V)(h))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding = keras.layers.Embedding(V, 4)
        self.block = keras.Sequential(
            [keras.layers.RNN([keras.layers.LSTMCell(5), keras.layers.GRUCell(3)], return_sequences=True)]
        )
        self.dense = keras.layers.TimeDistributed(keras.layers.Dense(V))

    def call(self, ids):
        return self.dense(self.block(self.embedding(ids)))


class WithItsOwnState(keras.Model):
    """Starts its LSTM from a learnt state and asks it for the last one."""

    def __init__(self):
        super().__init__()
        self.embedding = keras.layers.Embedding(V, 4)
        self.rnn = keras.layers.LSTM(5, return_sequences=True, return_state=True)
        self.dense = keras.layers.Dense(V)

    def call(self, ids):
        first = keras.ops.ones((keras.ops.shape(ids)[0], 5))
        h, _, _ = self.rnn(self.embedding(ids), initial_state=[first, -first])
        return self.dense(h)


MODELS = {
    "GRU": lambda: sequential(keras.layers.GRU(5, return_sequences=True)),
    "old GRU": lambda: sequential(keras.layers.GRU(5, return_sequences=True, reset_after=False)),
    "SimpleRNN twice": lambda: sequential(*(SimpleRNN(5, return_sequences=True) for _ in range(2))),
    "functional": functional_stack,
    "subclassed": Subclassed,
    "own state": WithItsOwnState,
    "not only recurrent": lambda: sequential(
        keras.layers.Conv1D(4, 3, padding="causal"), keras.layers.GRU(5, return_sequences=True)
    ),
    "not recurrent": lambda: sequential(keras.layers.Conv1D(4, 3, padding="causal")),
}


@pytest.mark.parametrize("name", MODELS)
def test_stepping_is_reading(name):
    model = MODELS[name]()
    ids = np.random.default_rng(0).integers(0, V, (2, 9))
    read = np.asarray(model(ids))
    step = Stepper(model)
    assert step.carries_state == (not name.startswith("not"))
    state = step.start(2)
    for t in range(9):
        logits, state = step(ids[:, t], state)
        np.testing.assert_allclose(logits, read[:, t], atol=1e-5)
    np.testing.assert_allclose(model(ids), read)  # and the model is as before
    if hasattr(model, "rnn"):
        assert model.rnn.return_state


def test_a_state_can_be_continued_twice():
    step, start = step_by_step(MODELS["functional"]())
    _, state = step(3, start)
    first, _ = step(1, state)
    step(2, state)
    again, _ = step(np.int64(1), state)
    assert first.shape == (V,)
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_frequencies_of_the_slide(temperature):
    logits = np.log([0.03, 0.13, 1e-9, 0.84])
    u = np.random.default_rng(1).random(20000)
    counts = np.bincount(draw(np.tile(logits, (20000, 1)), temperature, u), minlength=4) / 20000
    p = np.exp(logits / temperature)
    np.testing.assert_allclose(counts, p / p.sum(), atol=0.015)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(-1e4, 1e4, width=32, allow_subnormal=False), min_size=1, max_size=9),
    st.floats(0, 10, width=32, allow_subnormal=False),
    st.floats(0, 1, exclude_max=True).map(lambda u: np.floor(u * 2**23) / 2**23),
    st.integers(1, 9),
    st.floats(0.01, 1),
)
def test_a_draw_is_always_possible_and_allowed(logits, temperature, u, k, p):
    i = int(draw([logits], temperature, [u], top_k=k, top_p=p)[0])
    if temperature == 0:
        assert i == np.argmax(logits)
    else:
        assert (logits[i] - max(logits)) / max(temperature, 1e-30) > -104  # its weight is not zero
        assert sum(other > logits[i] for other in logits) < k


def test_the_nucleus_is_the_smallest_set_that_holds_p():
    logits = np.log([0.1, 0.4, 0.2, 0.3])
    u = (np.arange(1000) + 0.5) / 1000

    def support(**options):
        ids, counts = np.unique(draw(np.tile(logits, (1000, 1)), 1.0, u, **options), return_counts=True)
        return dict(zip(ids.tolist(), (counts / 1000).tolist(), strict=True))

    assert support(top_p=0.41).keys() == {1, 3}
    assert support(top_p=0.39).keys() == {1}
    assert support(top_p=0.75).keys() == {1, 2, 3}
    assert support(top_k=2) == pytest.approx({1: 4 / 7, 3: 3 / 7}, abs=2e-3)
    assert support(top_k=3, top_p=0.7).keys() == {1, 3}  # 0.4 + 0.3 of 0.9 is more than 0.7
    assert support(top_k=9, top_p=1.0).keys() == {0, 1, 2, 3}


def test_temperature_may_differ_from_row_to_row():
    logits = np.tile(np.log([0.5, 0.3, 0.2]), (3, 1))
    assert draw(logits, [0, 1, 1], [0.99, 0.99, 0.6]).numpy().tolist() == [0, 2, 1]
