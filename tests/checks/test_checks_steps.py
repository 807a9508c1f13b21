"""What labs share where answers feed ids to a step, or train a model: watched steps, training on twins, lists of text."""

import numpy as np
import pytest
from mutants import in_notebook

from seqlab.autograder.judging.compare import difference
from seqlab.autograder.judging.twins import TWINS
from seqlab.checks import Served, exercise
from seqlab.checks.mutants import sampling_answer
from seqlab.checks.slips import as_keras_probabilities
from seqlab.checks.steps import Watched, feeds_back, small_rnn
from seqlab.checks.training import BY_HAND, gradients, norm, one_update, takes_steps

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
        ([3, 1, 0, 0], "step was called more often than once for each id of the prime and each new id"),
        ([3, 1, 2], "step got other ids after the prime than the new ones"),
        ([3, 1, 5], "step was called with something else than an id of the vocabulary"),
        ([3, 1.0], "step was called with something else than an id of the vocabulary"),
        ([[3, 1]], "step was called with something else than an id of the vocabulary"),
        (7 * [0], "your read raised ValueError"),
    ],
)
def test_a_step_is_watched(ids, message):
    verdict = in_notebook(read, reads(ids), 3)
    assert verdict.message.startswith(message)
    assert verdict.passed == (not message)


def greedy(step, state, prime, n, feed=lambda new: new):
    for i in prime:
        logits, state = step(i, state)
    new = []
    for _ in range(n):
        new.append(int(np.argmax(logits)))
        logits, state = step(feed(new[-1]), state)
    return new


def greedy_with_a_look(step, state, prime, n):
    step(prime[0], state)
    return greedy(step, state, prime, n)


@exercise(points=10, title="Write", takes="step, state, prime, n", reference=greedy)
def write(t):
    step, state = small_rnn(t, 7, 6)
    feeds_back(t, step, state, [3, 1], 12)


@pytest.mark.parametrize(
    ("answer", "slip"),
    [
        (greedy, ""),
        (lambda *args: greedy(*args, feed=lambda new: 0), "feed each new id back with the carried state"),
        (greedy_with_a_look, "feed every id of the prime once"),
    ],
)
def test_ids_are_fed_back(answer, slip):
    verdict = in_notebook(write, answer, 3)
    assert verdict.slip.startswith(slip)
    assert verdict.passed == (not slip)


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


def one_step(model, optimizer, loss_fn, x, y, clip):
    loss, grads = loss_fn(y, model(x)), gradients(model, loss_fn, x, y, model.trainable_weights)
    factor = min(1, clip / norm(grads))
    optimizer.apply_gradients([(factor * g, w) for g, w in zip(grads, model.trainable_weights, strict=True)])
    return loss


def by_hand(model, optimizer, loss_fn, x, y, clip):
    return one_step(model, type(optimizer)(optimizer.name, optimizer.learning_rate), loss_fn, x, y, clip)


def twice(*args):
    return [one_step(*args), one_step(*args)][0]


def backwards(model, optimizer, loss_fn, x, y, clip):
    optimizer.learning_rate *= -1
    return one_step(model, optimizer, loss_fn, x, y, clip)


def loss_after(model, optimizer, loss_fn, x, y, clip):
    one_step(model, optimizer, loss_fn, x, y, clip)
    return loss_fn(y, model(x))


@exercise(points=10, title="Train", takes="model, optimizer, loss_fn, x, y, clip", reference=one_step)
def step(t):
    kernels, biases, x, y = [t.normal(3, 2)], [t.normal(2)], t.normal(4, 3), t.normal(4, 2)
    takes_steps(t, kernels, biases, x, y, share=0.5, steps=2)


TOO_SMALL = "wherever it is wrong it is too small: is something left out, or divided once too often?"


@pytest.mark.parametrize(
    ("answer", "message", "slip"),
    [
        (one_step, "", ""),
        (by_hand, "the optimizer counts another number of updates than one for each step", BY_HAND),
        (twice, "the vector of all weights after the step has the right shape but wrong values", ""),
        (backwards, "the vector of all weights after the step has the right shape but wrong values", ""),
        (loss_after, "the loss is wrong", TOO_SMALL),
    ],
)
def test_steps_are_compared_with_those_of_a_twin(answer, message, slip):
    verdict = in_notebook(step, answer, 3)
    assert (verdict.message, verdict.slip) == (message, slip)
    assert verdict.passed == (not message)


def test_updates_are_counted():
    @exercise(points=10, title="Train", takes="model, optimizer, loss_fn, x, y, clip")
    def count(t):
        optimizer = t.make("optimizer", name="sgd", learning_rate=0.0)
        model = t.make("dense_model", kernels=[t.normal(3, 2)], biases=[t.normal(2)])
        t.call(model, optimizer, t.make("loss", name="mean_squared_error"), t.normal(4, 3), t.normal(4, 2), 1.0)
        one_update(t, optimizer, 1)

    assert in_notebook(count, one_step, 3).passed
    assert in_notebook(count, twice, 3).slip == "call optimizer.apply_gradients once in each training step"
    assert in_notebook(count, by_hand, 3).slip == BY_HAND


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
