"""Writing: every kind of model, every way to choose, against the model itself read from the start."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqlab.errors import SeqlabError
from seqlab.layers import GRU, LSTM, SimpleRNN
from seqlab.models import LanguageModel, beam_search, generate, loops
from seqlab.models.chain import Chain
from seqlab.models.loops import Writer

V = 5


def randomised(model, seed=0):
    """Weights large enough for lively distributions; biases that are not zero."""
    model(np.zeros((1, 2), int))
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(0, 0.9, w.shape) for w in model.get_weights()])
    return model


def sequential(*middle):
    return randomised(keras.Sequential([keras.layers.Embedding(V, 4), *middle, keras.layers.Dense(V)]))


def as_functional(chain):
    """The same weights, in a model that is not recognised as a chain."""
    ids = keras.Input((None,), dtype="int32")
    h = ids
    for layer in chain.layers:
        h = layer(h)
    return keras.Model(ids, h)


def rereading():
    return randomised(
        keras.Sequential(
            [
                keras.layers.Embedding(V, 4),
                keras.layers.Conv1D(4, 3, padding="causal", activation="tanh"),
                keras.layers.GRU(3, return_sequences=True),
                keras.layers.Dense(V),
            ]
        )
    )


CHAINS = {
    "SimpleRNN": lambda: sequential(SimpleRNN(3, return_sequences=True)),
    "relu": lambda: sequential(keras.layers.SimpleRNN(3, activation="relu", return_sequences=True)),
    "LSTM": lambda: sequential(LSTM(3, return_sequences=True)),
    "no bias": lambda: sequential(keras.layers.LSTM(3, use_bias=False, return_sequences=True)),
    "GRU": lambda: sequential(GRU(3, return_sequences=True)),
    "GRU no bias": lambda: sequential(GRU(3, use_bias=False, return_sequences=True)),
    "GRU reset before": lambda: sequential(GRU(3, reset_after=False, return_sequences=True)),
    "stack": lambda: sequential(
        GRU(3, return_sequences=True), keras.layers.Dropout(0.5), LSTM(4, return_sequences=True)
    ),
    "three": lambda: sequential(*(GRU(h, return_sequences=True) for h in (2, 3, 4))),
    "language model": lambda: randomised(LanguageModel("abcde", 4, (3, 2), cell="LSTM")),
}


@pytest.fixture
def graph(monkeypatch):
    """Graphs without XLA, which takes long to compile, and short chunks, so that texts span several."""
    monkeypatch.setattr(loops, "_XLA_UP_TO", 0)
    monkeypatch.setattr(loops, "CHUNK", 8)


def log_p(model, prime, text):
    """(T, V) ln P before each id of text, read by the model itself."""
    ids = np.array([*prime, *text])
    logits = model(ids[None])[0, len(prime) - 1 : -1]
    return np.asarray(tf.nn.log_softmax(logits, axis=-1))


@pytest.mark.parametrize("name", CHAINS)
def test_a_step_of_the_chain_is_a_step_of_the_model(name):
    model = CHAINS[name]()
    chain = Chain.of(model)
    ids = np.random.default_rng(1).integers(0, V, (2, 6)).astype(np.int32)
    read = np.asarray(model(ids))
    weights, states = chain.weights(2), chain.start(2)
    for t in range(6):
        logits, states = chain.step(weights, ids[:, t], states)
        np.testing.assert_allclose(logits, read[:, t], atol=2e-5)


@pytest.mark.parametrize("name", CHAINS)
def test_a_matrix_on_its_side_gives_the_same_products(name, monkeypatch):
    from seqlab.models import chain as chain_module

    model = CHAINS[name]()
    chain = Chain.of(model)
    monkeypatch.setattr(chain_module, "_SIDEWAYS_FROM", 1)
    ids = np.array([[3, 1, 4, 1]], np.int32)
    weights, states = chain.weights(1), chain.start(1)
    for t in range(4):
        logits, states = chain.step(weights, ids[:, t], states)
    np.testing.assert_allclose(logits, model(ids)[:, -1], atol=2e-5)


@pytest.mark.parametrize(
    "middle",
    [
        (LSTM(3, return_sequences=True, go_backwards=True),),
        (keras.layers.Conv1D(4, 3, padding="causal"), LSTM(3, return_sequences=True)),
        (keras.layers.Bidirectional(LSTM(3, return_sequences=True)),),
        (),
    ],
)
def test_other_models_are_no_chains(middle):
    assert Chain.of(sequential(*middle)) is None
    ids = keras.Input((None,))
    assert Chain.of(keras.Model(ids, ids)) is None


@pytest.mark.parametrize("name", ["stack", "language model"])
def test_greedy_takes_the_likeliest_each_time(graph, name):
    model = CHAINS[name]()
    (text,) = generate(model, [1, 4, 2], 21, temperature=0)
    assert text.tolist() == log_p(model, [1, 4, 2], text).argmax(axis=1).tolist()


def test_draws_follow_the_model(graph):
    model = CHAINS["GRU"]()
    texts = np.array(generate(model, [3], 2, batch=6000, seed=5))
    pairs = np.zeros((V, V))
    np.add.at(pairs, (texts[:, 0], texts[:, 1]), 1 / 6000)
    first = np.exp(log_p(model, [3], [0]))[0]
    second = np.exp([log_p(model, [3, i], [0])[0] for i in range(V)])
    np.testing.assert_allclose(pairs, first[:, None] * second, atol=0.02)


def test_xla_graph_and_python_write_the_same(monkeypatch):
    model = CHAINS["stack"]()
    options = {"seed": 4, "batch": 3, "temperature": 0.9, "top_k": 4, "top_p": 0.95}
    by_xla = generate(model, [1, 2], 30, **options)
    monkeypatch.setattr(loops, "_XLA_UP_TO", 0)
    by_graph = generate(model, [1, 2], 30, **options)
    other = as_functional(model)
    by_stepping = generate(other, [1, 2], 30, **options)
    assert Writer.of(other).how(3) == "graph"
    monkeypatch.setattr(Writer, "how", lambda self, batch: "eager")
    monkeypatch.setattr(loops, "CHUNK", 7)
    by_python = generate(CHAINS["stack"](), [1, 2], 30, **options)
    for texts in (by_graph, by_stepping, by_python):
        assert [t.tolist() for t in texts] == [t.tolist() for t in by_xla]


def test_a_model_that_must_read_again(graph):
    model = rereading()
    assert Writer.of(model).how(1) == "eager"
    (text,) = generate(model, [1, 2], 12, temperature=0)
    assert text.tolist() == log_p(model, [1, 2], text).argmax(axis=1).tolist()
    best, *_ = beam_search(model, [1, 2], 3, width=V**3)
    assert best[1] == pytest.approx(brute_force(model, [1, 2], 3)[0][1], abs=1e-4)


@pytest.mark.parametrize("name", ["SimpleRNN", "LSTM", "GRU", "stack"])
def test_the_same_seed_writes_the_same_text_in_any_batch(graph, name):
    model = CHAINS[name]()
    (alone,) = generate(model, [1, 2], 25, seed=4, temperature=1.5)
    together = generate(model, [1, 2], 25, seed=4, batch=9, temperature=1.5)
    (longer,) = generate(model, [1, 2], 33, seed=4, temperature=1.5)
    (other,) = generate(model, [1, 2], 25, seed=5, temperature=1.5)
    assert alone.tolist() == together[0].tolist() == longer[:25].tolist()
    assert len({tuple(text) for text in together}) > 4
    assert alone.tolist() != other.tolist()


def test_every_text_may_have_its_own_prime_and_temperature(graph):
    model = CHAINS["LSTM"]()
    primes = [[1], [2, 3, 4, 0, 1, 1, 2, 3, 4, 0], [3, 3]]
    texts = generate(model, primes, 12, seed=2, temperature=[0, 1, 1])
    assert [len(t) for t in texts] == [12, 12, 12]
    assert texts[0].tolist() == generate(model, [1], 12, temperature=0)[0].tolist()
    same_row = generate(model, [primes[1]] * 3, 12, seed=2)[1]
    assert texts[1].tolist() == same_row.tolist()


def test_the_state_is_carried_over_a_long_prime(graph):
    model = CHAINS["GRU"]()
    prime = np.random.default_rng(0).integers(0, V, 50)
    (text,) = generate(model, prime, 20, temperature=0)
    assert text.tolist() == log_p(model, prime, text).argmax(axis=1).tolist()


def test_a_text_ends_with_its_first_stop(graph):
    model = CHAINS["GRU"]()
    free = generate(model, [0, 3], 40, seed=2, batch=5, temperature=1.5)
    stopped = generate(model, [0, 3], 40, seed=2, batch=5, temperature=1.5, stop=3)
    for a, b in zip(free, stopped, strict=True):
        end = a.tolist().index(3) + 1 if 3 in a else 40
        assert b.tolist() == a[:end].tolist()
    assert {len(t) for t in stopped} != {40}


def test_new_weights_are_used_at_once(graph):
    model = CHAINS["GRU"]()
    generate(model, [1], 12, temperature=0)
    randomised(model, seed=7)
    (text,) = generate(model, [1], 12, temperature=0)
    assert text.tolist() == log_p(model, [1], text).argmax(axis=1).tolist()


def test_a_model_that_has_grown_is_looked_at_again(graph):
    model = CHAINS["GRU"]()
    generate(model, [1], 3)
    model.add(keras.layers.Rescaling(-1.0))
    (text,) = generate(model, [1], 12, temperature=0)
    assert text.tolist() == log_p(model, [1], text).argmax(axis=1).tolist()


def brute_force(model, prime, n, stop=None):
    """All texts with their ln P, best first; a text ends with stop."""
    found = {}
    for text in itertools.product(range(V), repeat=n):
        if stop in text:
            text = text[: text.index(stop) + 1]
        if text not in found:
            found[text] = float(log_p(model, prime, text)[np.arange(len(text)), text].sum())
    return sorted(found.items(), key=lambda item: -item[1])


@pytest.mark.parametrize("stop", [None, 2])
def test_a_wide_beam_is_exhaustive(graph, stop):
    model = CHAINS["LSTM"]()
    expected = brute_force(model, [4, 1], 3, stop)
    found = beam_search(model, [4, 1], 3, width=V**3, stop=stop)
    assert len(found) == len(expected)
    np.testing.assert_allclose([s for _, s in found], [s for _, s in expected], atol=1e-4)
    assert [tuple(t) for t, _ in found[:5]] == [t for t, _ in expected[:5]]


def test_a_beam_of_one_is_greedy_and_scores_are_of_the_text(graph):
    model = CHAINS["stack"]()
    ((greedy, _),) = beam_search(model, [1], 20, width=1)
    assert greedy.tolist() == generate(model, [1], 20, temperature=0)[0].tolist()
    found = beam_search(model, [1], 20, width=6)
    assert found[0][1] >= log_p(model, [1], greedy)[np.arange(20), greedy].sum() - 1e-4
    for text, score in found:
        assert score == pytest.approx(log_p(model, [1], text)[np.arange(20), text].sum(), abs=1e-3)
    assert len({tuple(text) for text, _ in found}) == 6


def test_a_language_model_writes_text(graph):
    model = CHAINS["language model"]()
    one = model.generate("ab", 9, seed=1)
    many = model.generate("ab", 9, seed=1, batch=2)
    assert isinstance(one, str)
    assert one == many[0]
    assert [len(t) for t in model.generate(["a", "bcd"], 9)] == [9, 9]
    (best, score), *_ = model.beam_search("ab", 6, width=3)
    assert len(best) == 6
    assert score < 0
    with pytest.raises(SeqlabError, match="'z'"):
        model.beam_search("az", 6)


def test_long_writing_shows_progress(graph, monkeypatch, capsys):
    from seqlab.models import generation

    bar = generation.tqdm
    monkeypatch.setattr(generation, "tqdm", lambda **o: bar(**o | {"delay": 0, "mininterval": 0, "miniters": 1}))
    generate(CHAINS["GRU"](), [1], 30, batch=2)
    assert "/60.0" in capsys.readouterr().out
    generate(CHAINS["GRU"](), [1], 30, progress=False)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "bad",
    [
        {"prime": []},
        {"prime": [0.5]},
        {"prime": [V]},
        {"prime": [-1]},
        {"prime": [[0], []]},
        {"prime": [[0], [1]], "batch": 3},
        {"n": 0},
        {"batch": 0},
        {"temperature": -1},
        {"temperature": float("nan")},
        {"temperature": [1, 1]},
        {"top_k": 0},
        {"top_p": 0},
        {"top_p": 1.5},
    ],
)
def test_requests_that_cannot_be_meant(bad):
    arguments = {"prime": [0], "n": 3} | bad
    with pytest.raises(SeqlabError):
        generate(CHAINS["GRU"](), arguments.pop("prime"), arguments.pop("n"), **arguments)


def test_a_beam_needs_a_width():
    with pytest.raises(SeqlabError):
        beam_search(CHAINS["GRU"](), [0], 3, width=0)
