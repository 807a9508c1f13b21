"""What labs share where answers feed ids to a step, or train a model: watched steps, training on twins, lists of text."""

import numpy as np
import pytest
from mutants import in_notebook

from seqlab.autograder.judging.compare import difference
from seqlab.autograder.judging.twins import TWINS
from seqlab.checks import Served, exercise
from seqlab.checks.mutants import sampling_answer
from seqlab.checks.slips import as_keras_probabilities
from seqlab.checks.steps import Watched, small_rnn
from seqlab.checks.training import (
    all_weights,
    by,
    by_each,
    by_hand,
    clipped,
    flat,
    gradients,
    norm,
    only,
    times,
    trained,
)

RNG = np.random.default_rng(11)


# -- steps -------------------------------------------------------------------------------------------------
@exercise(points=10, title="Read", takes="step, state, prime")
def read(t):
    step, state = small_rnn(t, 5, 4)
    watched = Watched(step, 5, enough=6)
    t.call(Served(watched), state, [3, 1])
    watched.got_ids(t)
    watched.was_fed(t, [3, 1], [0])


def reads(ids):
    """An answer that feeds these ids."""

    def answer(step, state, prime):
        for i in ids:
            _, state = step(i, state)

    return answer


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([3, 1], ""),
        ([3, 1, 0], ""),
        ([3], "the first 2 calls of step should get the prime, in order"),
        ([1, 3], "the first 2 calls of step should get the prime, in order"),
        ([3, 1, 0, 0], "step was called 4 times; 2 for the prime and 1 for the new ids are enough"),
        ([3, 1, 2], "step got other ids after the prime than the new ones"),
        ([3, 1, 5], "step was called with 5 as the id"),
        ([3, 1.0], "step was called with 1.0 as the id"),
        ([[3, 1]], "step was called with no single integer as the id"),
        (7 * [0], "your read raised ValueError"),
    ],
)
def test_a_step_is_watched(ids, message):
    verdict = in_notebook(read, reads(ids), 3)
    assert verdict.message.startswith(message)
    assert verdict.passed == (not message)


# -- training ----------------------------------------------------------------------------------------------
def parts(**settings):
    kernels, biases = [RNG.standard_normal((3, 2)), RNG.standard_normal((2, 1))], [np.zeros(2), np.ones(1)]
    model = TWINS["dense_model"](kernels=kernels, biases=biases, frozen=settings.pop("frozen", []))
    x, y = RNG.standard_normal((4, 3)), RNG.standard_normal((4, 1))
    return (
        model,
        TWINS["optimizer"](name="sgd", learning_rate=0.1, **settings),
        TWINS["loss"](name="mean_squared_error"),
        x,
        y,
    )


def test_gradients_of_a_twin():
    model, _, loss_fn, x, y = parts()
    (W, b), (V, c) = ((W.value, b.value) for W, b in model.layers)
    d = 2 * ((x @ W + b) @ V + c - y) / y.size
    found = gradients(model, loss_fn, x, y, model.weights)
    right = [x.T @ d @ V.T, (d @ V.T).sum(0), (x @ W + b).T @ d, d.sum(0)]
    assert all(np.allclose(f, r, atol=1e-7) for f, r in zip(found, right, strict=True))
    assert np.array_equal(model.layers[0][0].value, W)


def test_one_step_moves_the_weights_down_the_clipped_gradient():
    model, optimizer, loss_fn, x, y = parts(weight_decay=0.5)
    before, loss = all_weights(None, model), loss_fn(y, model(x))
    grads = flat(clipped(gradients(model, loss_fn, x, y, model.weights), 0.1))
    assert norm([grads]) == pytest.approx(0.1)
    assert trained(model, optimizer, loss_fn, x, y, 0.1) == loss
    assert np.allclose(all_weights(None, model), before - 0.1 * (grads + 0.5 * before))
    assert optimizer.iterations == 1


def test_steps_that_go_wrong():
    def step(wrong, **settings):
        rng_state = RNG.bit_generator.state
        model, optimizer, loss_fn, x, y = parts(**settings)
        RNG.bit_generator.state = rng_state  # the same numbers for each
        before = all_weights(None, model)
        wrong(model, optimizer, loss_fn, x, y, 1e9)
        return all_weights(None, model) - before, optimizer.iterations

    right, _ = step(trained)
    assert np.allclose(step(by(lambda grads, clip: 3))[0], 3 * right)
    assert np.allclose(step(by_each(lambda g, clip: -g))[0], -right)
    assert np.allclose(step(times(2))[0], 2 * right)
    assert np.allclose(step(only(lambda model: model.weights[-1:]))[0], [*np.zeros(10), right[-1]])
    moved, updates = step(by_hand(lambda optimizer: 2 * optimizer.learning_rate), weight_decay=0.5)
    assert np.allclose(moved, 2 * right)
    assert updates == 0
    assert np.all(step(trained, frozen=[0])[0][:8] == 0)


def test_the_loss_of_a_twin_is_safe_for_large_logits():
    loss_fn = TWINS["loss"](name="cross_entropy", scale=2.0)
    assert loss_fn(np.array([0]), np.array([[-1000.0, 0.0]])) == pytest.approx(2000)


# -- others ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("got", "what"),
    [
        (["a", "b"], None),
        (("a", "b"), None),
        (["a"], "1 instead of 2 texts came back"),
        (["a", "c"], "1 of 2 texts differs"),
        (["b", "a"], "2 of 2 texts differ"),
        ([1, 2], "the result should be a list of texts but is a list of other things"),
        ("ab", "the result should be a list of texts but is a str"),
        (None, "the result should be a list of texts but is None (is a `return` missing?)"),
    ],
)
def test_lists_of_text_are_compared_text_by_text(got, what):
    found = difference(got, ["a", "b"])
    assert (found and found.what) == what


def test_words_for_a_result_that_no_slip_explains():
    seen = {"it is long": lambda got, x: len(got) > 2, "it is no list of numbers": lambda got, x: got[0] == "a"}

    @exercise(points=1, title="1", takes="x (T)", reference=np.sin, slips={"cosine": np.cos}, otherwise=seen)
    def sine(t):
        t.shows(np.array([1.0, 2.0]))
        t.tries(np.array([3.0, 4.0]))

    assert in_notebook(sine, np.cos, 1).slip == "cosine"
    assert in_notebook(sine, lambda x: np.ones(3), 1).slip == "it is long"
    assert in_notebook(sine, lambda x: ["a"], 1).slip == "it is no list of numbers"
    assert in_notebook(sine, lambda x: None, 1).slip == ""  # the words are no reason to stumble

    @exercise(points=1, title="1", takes="x (T)", reference=np.sin, otherwise="use sin")
    def sinus(t):
        t.shows(np.array([1.0, 2.0]))

    assert in_notebook(sinus, np.tan, 1).slip == "use sin"


def test_a_requirement_waits_while_a_failure_looks_for_its_slip():
    @exercise(points=1, title="1", takes="x (T)", reference=np.sin, slips={"cosine": np.cos, "cosine too": np.cos})
    def sine(t):
        t.shows(np.array([1.0]))
        t.require(False, "another reason")

    verdict = in_notebook(sine, np.cos, 1)
    assert (verdict.message, verdict.slip) == ("the result has the right shape but wrong values", "cosine")


def test_answers_that_sample():
    ids = sampling_answer(lambda logits, temperature: np.array([0.25, 0.75]))(np.zeros(2), 1.0, 4000, 7)
    assert np.mean(ids) == pytest.approx(0.75, abs=0.03)


def test_logits_that_keras_takes_for_probabilities():
    assert np.allclose(np.exp(as_keras_probabilities(np.array([-3.0, 0.5, 7.0]))), [1e-7, 0.5, 1], atol=1e-6)
