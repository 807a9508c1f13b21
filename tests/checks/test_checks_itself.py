"""Points for the thing itself: what only looks like a model with a recurrence, like a layer, or leaves arguments alone.

The answers stand in the labs' banks, where each is judged whole; here the one check that finds it out is asked, and
control answers pass it.
"""

import functools
import re

import pytest
from kit import answer_bank

from seqlab.autograder.child.runtime import Runtime
from seqlab.autograder.judging.failed import Failed
from seqlab.autograder.judging.judge import judge
from seqlab.autograder.judging.trial import Trial
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.checks import Served, exercise, tensor
from seqlab.checks.learning import is_made_of_its_weights, learns, slopes_are_its_own
from seqlab.checks.models import ModelCheck
from seqlab.checks.recurrence import (
    BESIDE,
    HALF,
    NO_LAYER,
    ONE_LAYER,
    ONE_WAY,
    carries_a_state,
    two_layers_in_both_directions,
)
from seqlab.exercises import find_exercise
from seqlab.prelude import namespace

pytestmark = pytest.mark.filterwarnings("ignore:Layer .* does not support masking:UserWarning")
V, T = 8, 36


@functools.cache
def bank() -> dict[str, dict]:
    return {f"{row['exercise']}/{row['name']}": row for row in answer_bank() if row["lab"] in ("lab2", "lab5", "lab6")}


def models_of(answer: str, seed: int = 5) -> ModelCheck:
    row, runtime = bank()[answer], Runtime(namespace())
    exec(row["code"], runtime.namespace)
    return ModelCheck(Trial(find_exercise(row["lab"], row["exercise"]), runtime, runtime.find(row["symbol"]), seed), "")


def language_model(answer: str):
    models = models_of(f"build_model/{answer}")
    model, ids = models.build(V, 5, 6), models.t.integers(V, 2, 5)
    models.logits(model, ids, (2, 5, V))
    return models, model, ids


@pytest.mark.parametrize(
    "answer",
    [
        "one_hot_scan",
        "own_lstm_loop",
        "tied_embedding",
        "three_lstms",
        "frozen_embedding",
        "zeros_to_begin",
        "own_gates",
    ],
)
def test_a_state_carried_by_weights_is_seen(answer):
    models, model, _ = language_model(answer)
    carries_a_state(models, model, V, T)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("prefix_mean", "nothing is forgotten, whatever the weights"),
        ("causal_attention", "nothing is forgotten, whatever the weights"),
        ("fixed_decay", "how far the memory reaches does not depend on the weights"),
        ("dilated_convolutions", "the first id of a long text has no gradient at its last step"),
    ],
)
def test_what_carries_no_state_is_seen(answer, message):
    models, model, _ = language_model(answer)
    with pytest.raises(Failed, match=message):
        carries_a_state(models, model, V, T)


def classifier(answer: str):
    models = models_of(f"deep_birnn/{answer}")
    return models, models.build(12, 16, 24, 3), 12, 24, 3


@pytest.mark.parametrize(
    "answer",
    [
        "stepwise_rnn_cells",
        "own_cell",
        "norms_and_a_head",
        "normed_batches",
        "own_concatenated_lstm",
        "trained_first_states",
        "relu",
    ],
)
def test_both_directions_at_both_layers_are_seen(answer):
    two_layers_in_both_directions(*classifier(answer))


@pytest.mark.parametrize(
    ("answer", "slip"),
    [
        ("named_bag", NO_LAYER),
        ("four_forwards", ONE_WAY),
        ("one_layer_and_decoys", ONE_LAYER),
        ("side_by_side", BESIDE),
        ("stacks_in_each_direction", BESIDE),
        ("upper_forwards", HALF),
    ],
)
def test_a_direction_or_a_layer_that_is_missing_is_seen(answer, slip):
    with pytest.raises(Failed) as failed:
        two_layers_in_both_directions(*classifier(answer))
    assert failed.value.slip == slip


def weigh(answer: str) -> None:
    models, model, ids = language_model(answer)
    models.is_tracked(model)
    learns(models, model, ids, models.t.integers(V, 2, 5), V)
    models.stir(model)
    is_made_of_its_weights(models, model, models.build(V, 5, 6), ids, models.logits(model, ids, (2, 5, V)))
    y = models.t.normal(2, 5, V)
    y[:, :-1] = 0
    slopes_are_its_own(models, model, ids, y)


@pytest.mark.parametrize("answer", ["tied_embedding", "zeros_to_begin", "a_weight_too_many"])
def test_a_model_that_learns(answer):
    weigh(answer)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("numpy_recurrence", "does not find its weights"),
        ("look_alike", "does not find its weights"),
        ("remembered_answers", "do not lower the loss"),
        ("cut_gradient", "are not the slopes of the model's own outputs"),
    ],
)
def test_a_model_that_only_looks_as_if_it_learnt(answer, message):
    with pytest.raises((Failed, AnswerError)) as told:
        weigh(answer)
    assert re.search(message, told.value.message)


def test_a_cell_that_only_looks_like_a_layer():
    runtime = Runtime(namespace())
    exec(bank()["MyRNNCell/look_alike"]["code"], runtime.namespace)
    verdict = judge(find_exercise("lab2", "MyRNNCell"), runtime, runtime.find("MyRNNCell"), 3)
    assert verdict.message == "a model that holds the cell does not find its weights: the cell is no Keras layer"


# -- arguments ---------------------------------------------------------------------------------------------
@exercise(
    points=1, title="Two functions and a list of tensors", takes="functions, tensors", reference=lambda f, xs: 3.0
)
def total(t):
    functions = {"one": Served(lambda: 1.0), "two": Served(lambda: 2.0)}
    t.tries(functions, [tensor([1.0, 2.0]), tensor([[3.0]])])


def honest(functions, tensors):
    return sum(f() for f in functions.values())


def swaps_two(functions, tensors):
    functions["one"], functions["two"] = functions["two"], functions["one"]
    return honest(functions, tensors)


def replaces_one(functions, tensors):
    result = honest(functions, tensors)
    functions["one"] = lambda: 1.0
    return result


def makes_a_table(functions, tensors):
    for name, f in functions.items():
        functions[name] = f()
    return sum(functions.values())


def overwrites_a_tensor(functions, tensors):
    tensors[0] = tensors[0] * 2
    return honest(functions, tensors)


@pytest.mark.parametrize(
    ("answer", "argument"),
    [
        (honest, ""),
        (swaps_two, "functions"),
        (replaces_one, "functions"),
        (makes_a_table, "functions"),
        (overwrites_a_tensor, "tensors"),
    ],
)
def test_functions_and_tensors_stay_in_their_places(answer, argument):
    runtime = Runtime(namespace())
    verdict = judge(total, runtime, runtime.keep(answer), 1)
    assert verdict.passed == (not argument), verdict
    assert f"({argument})" in verdict.message or not argument
