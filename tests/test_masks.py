"""Masks are handed over: nothing that seqlab builds needs a recurrent layer that passes its mask on by itself.

Keras up to 3.15 has such layers, its development version has not. Here the installed Keras is made to keep masks to
itself as that one does; `make nightly` runs these and other tests on the real one.
"""

import functools
import inspect

import keras
import numpy as np
import pytest
from kit import answer_bank

import seqlab
from seqlab.autograder.child.runtime import Runtime
from seqlab.autograder.child.workbench import hand_masks_on
from seqlab.autograder.judging.judge import judge
from seqlab.exercises import PUBLISHED_SEED, find_exercise
from seqlab.models.classify.kinds import NETWORKS, settings_of
from seqlab.models.classify.networks import build_network
from seqlab.prelude import namespace

L = keras.layers
LOST = ("no_mask", "mask_lost", "mask_to_the_upper_only")
HANDED_OVER = ("sequential_lstm", "mask_by_hand", "mask_travels_in_a_class", "pooled")
BANK = [row for row in answer_bank("lab6") if row["exercise"] == "deep_birnn" and row["name"] in (*LOST, *HANDED_OVER)]
pytestmark = pytest.mark.filterwarnings("ignore:Layer .* does not support masking:UserWarning")


@pytest.fixture
def masks_are_dropped(monkeypatch):
    """Recurrent layers that are made from now on give no mask to what reads them."""
    for kind in (L.RNN, L.Bidirectional, L.TimeDistributed):

        @functools.wraps(kind.__init__)
        def made(self, *args, _init=kind.__init__, **kwargs):
            _init(self, *args, **kwargs)
            self.supports_masking = False

        made.__signature__ = inspect.signature(kind.__init__)  # Keras keeps a layer's settings by it
        monkeypatch.setattr(kind, "__init__", made)


def stirred(model, ids):
    """The model with random weights of a fair size, so that padding that is read shows."""
    model(ids)
    rng = np.random.default_rng(1)
    model.set_weights([0.5 * rng.normal(size=w.shape) for w in model.get_weights()])
    return model


def moved_by_padding(model) -> float:
    ids = np.random.default_rng(0).integers(1, 20, (4, 7))
    ids[2, 3:] = 0
    stirred(model, ids)
    return float(np.abs(np.asarray(model(ids)) - np.asarray(model(np.pad(ids, [(0, 0), (0, 20)])))).max())


def in_a_row():
    """A right answer to lab 6's `deep_birnn(20, 8, 6, 3)` by the lectures: the embedding's mask travels."""
    lower, upper = L.Bidirectional(L.GRU(6, return_sequences=True)), L.Bidirectional(L.GRU(6))
    return keras.Sequential([L.Embedding(20, 8, mask_zero=True), lower, upper, L.Dense(3)])


class InAClass(keras.Model):
    """The same, with both layers inside a layer of the student's own."""

    class Both(L.Layer):
        def __init__(self):
            super().__init__()
            self.layers = [L.Bidirectional(L.GRU(6, return_sequences=True)), L.Bidirectional(L.GRU(6))]

        def call(self, x):
            return self.layers[1](self.layers[0](x))

    def __init__(self):
        super().__init__()
        self.embedding, self.both, self.logits = L.Embedding(20, 8, mask_zero=True), self.Both(), L.Dense(3)

    def call(self, ids):
        return self.logits(self.both(self.embedding(ids)))


def reference(*sizes):
    return seqlab.labs.load("lab6").reference("deep_birnn")(*sizes)


@pytest.mark.parametrize("make", [in_a_row, InAClass])
def test_a_mask_that_travels_by_itself_is_lost_unless_it_is_handed_on(masks_are_dropped, make):
    assert moved_by_padding(make()) > 1e-3
    model = make()
    hand_masks_on(model)
    assert moved_by_padding(model) < 1e-6


def test_a_keras_that_hands_masks_on_is_left_alone():
    if not L.GRU(1).supports_masking:
        pytest.skip("this Keras keeps masks to itself")
    model = in_a_row()
    model.layers[1].supports_masking = False  # a student's own wish
    hand_masks_on(model)
    assert not model.layers[1].supports_masking


def test_the_reference_of_lab_6_needs_no_mask_that_travels(masks_are_dropped):
    assert moved_by_padding(reference(20, 8, 6, 3)) < 1e-6


def test_the_reference_of_lab_6_computes_what_layers_in_a_row_do():
    ids = np.random.default_rng(0).integers(0, 20, (5, 9))
    ids.sort(1)
    ids = ids[:, ::-1].copy()  # the zeros at the end
    row = in_a_row()
    hand_masks_on(row)
    model = stirred(reference(20, 8, 6, 3), ids)
    row(ids)
    row.set_weights(model.get_weights())
    np.testing.assert_array_equal(np.asarray(model(ids)), np.asarray(row(ids)))


def names(row):
    return row["id"].removeprefix("lab6/deep_birnn/")


@pytest.mark.parametrize("row", BANK, ids=names)
def test_of_both_styles_of_masks_padding_does_not_matter(masks_are_dropped, row):
    """To a right answer that `hand_masks_on` has seen; it does matter to a wrong one."""
    scope = namespace()
    exec(row["code"], scope)
    model = scope["deep_birnn"](20, 8, 6, 3)
    model(np.ones((2, 4), int))  # a model that is a class has no layers before
    hand_masks_on(model)
    assert (moved_by_padding(model) < 1e-6) == (row["kind"] == "right")


@pytest.mark.parametrize("row", [r for r in BANK if r["name"] in ("sequential_lstm", "no_mask")], ids=names)
def test_the_check_tells_them_apart(masks_are_dropped, row):
    """One of each: the others differ in nothing else than the test above looks at."""
    runtime = Runtime(namespace())
    exec(row["code"], runtime.namespace)
    verdict = judge(find_exercise("lab6", "deep_birnn"), runtime, runtime.find("deep_birnn"), PUBLISHED_SEED)
    if row["kind"] == "right":
        assert verdict.passed, verdict
    else:
        assert verdict.case == "padding changes nothing", verdict


@pytest.mark.parametrize("kind", NETWORKS)
def test_padding_never_matters_to_a_classifier(masks_are_dropped, kind):
    network = build_network(kind, 20, 3, settings_of(kind, units=4, embedding_dim=3))
    rng = np.random.default_rng(2)
    network.set_weights([0.5 * rng.normal(size=w.shape) for w in network.get_weights()])
    inputs = {"ids": rng.integers(2, 20, (4, 7))}
    if kind == "informed":
        inputs["pieces"], inputs["log_odds"] = rng.integers(0, 9, (4, 7, 5)), rng.normal(size=(4, 7, 6)).astype("f4")
    inputs["ids"][2, 3:] = 0
    longer = {k: np.pad(a, [(0, 0), (0, 20)] + [(0, 0)] * (a.ndim - 2)) for k, a in inputs.items()}
    np.testing.assert_allclose(np.asarray(network(longer)), np.asarray(network(inputs)), atol=1e-6)
