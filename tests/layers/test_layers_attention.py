"""Attention against a NumPy reference and Keras's layers: masks, types, shapes, saving, and the look-up that it is."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqlab.errors import SeqlabError
from seqlab.layers import AdditiveAttention, DotAttention

KINDS = {
    "dot": lambda **how: DotAttention(**how),
    "unscaled": lambda **how: DotAttention(scaled=False, **how),
    "additive": lambda **how: AdditiveAttention(6, **how),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


def case(B=3, S=5, D=4, Dv=2, T=None, seed=0, dtype="float32"):
    rng = np.random.default_rng(seed)
    query = rng.normal(size=(B, D) if T is None else (B, T, D)).astype(dtype)
    mask = np.arange(S) < rng.integers(1, S + 1, B)[:, None]
    return query, rng.normal(size=(B, S, D)).astype(dtype), rng.normal(size=(B, S, Dv)).astype(dtype), mask


def reference(layer, query, keys, values, mask=None):
    """One query at a time, one key at a time; a masked key is not there."""
    queries = query[:, None] if query.ndim == 2 else query
    (B, T, _), S = queries.shape, keys.shape[1]
    weights = np.zeros((B, T, S))
    for b in range(B):
        real = [s for s in range(S) if mask is None or mask[b, s]]
        for t in range(T):
            if real:
                e = np.array([score(layer, queries[b, t].astype("float64"), keys[b, s]) for s in real])
                p = np.exp(e - e.max())
                weights[b, t, real] = p / p.sum()
    context = np.einsum("bts,bsv->btv", weights, values)
    return (context[:, 0], weights[:, 0]) if query.ndim == 2 else (context, weights)


def score(layer, q, k):
    if isinstance(layer, DotAttention):
        return q @ k / (np.sqrt(len(k)) if layer.scaled else 1)
    W1, W2, v = (np.asarray(w, "float64") for w in (layer.W1, layer.W2, layer.v))
    return v @ np.tanh(q @ W1 + k @ W2)


def same(found, wanted, atol=1e-5):
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=atol)


@pytest.mark.parametrize(
    "sizes", [{}, {"B": 1, "S": 1, "D": 1, "Dv": 1}, {"B": 4, "S": 4, "D": 4, "Dv": 4}, {"T": 3}, {"T": 1, "B": 5}]
)
def test_it_is_the_reference(kind, sizes):
    layer, (query, keys, values, mask) = KINDS[kind](), case(**sizes)
    same(layer(query, keys, values, mask), reference(layer, query, keys, values, mask))
    same(layer(query, keys, values), reference(layer, query, keys, values))
    graph = tf.function(lambda *a: layer(*a))
    same(graph(*map(tf.constant, (query, keys, values, mask))), reference(layer, query, keys, values, mask))


def test_it_computes_in_float64(kind):
    layer, (query, keys, values, mask) = KINDS[kind](dtype="float64"), case(dtype="float64")
    found = layer(query, keys, values, mask)
    assert {str(part.dtype) for part in found} == {"<dtype: 'float64'>"}
    same(found, reference(layer, query, keys, values, mask), atol=1e-12)


def test_padding_does_not_matter_and_a_row_of_padding_is_zeros(kind):
    layer, (query, keys, values, mask) = KINDS[kind](), case()
    mask[1] = False
    expected = layer(query, keys, values, mask)
    noise = np.where(mask[..., None], 0, 1e4).astype("float32")
    same(layer(query, keys + noise, values - noise, mask), expected)
    context, weights = expected
    assert not np.any(context[1])
    assert not np.any(weights[1])
    np.testing.assert_allclose(np.sum(weights, axis=1), [1, 0, 1], atol=1e-6)
    assert np.all(np.asarray(weights)[~mask] == 0)


def test_gradients_are_finite_and_do_not_reach_what_is_masked(kind):
    layer, (query, keys, values, mask) = KINDS[kind](), case()
    mask[1] = False
    q, k, v = map(tf.constant, (query, keys, values))
    with tf.GradientTape() as tape:
        tape.watch((q, k, v))
        loss = tf.reduce_sum(layer(q, k, v, mask)[0] ** 2)
    for gradient in tape.gradient(loss, (q, k, v)):
        assert np.all(np.isfinite(gradient))
    for gradient in tape_of(layer, k, v, q, mask):
        assert not np.any(np.asarray(gradient)[~mask])


def tape_of(layer, k, v, q, mask):
    with tf.GradientTape() as tape:
        tape.watch((k, v))
        loss = tf.reduce_sum(layer(q, k, v, mask)[0] ** 2)
    return tape.gradient(loss, (k, v))


def test_keras_s_layers_give_the_same():
    query, keys, values, mask = case(T=3)
    at = [query, values, keys]
    theirs = keras.layers.Attention()(at, mask=[None, mask], return_attention_scores=True)
    same(DotAttention(scaled=False)(query, keys, values, mask), theirs)
    keras_additive, ours = keras.layers.AdditiveAttention(), AdditiveAttention(4)
    theirs = keras_additive(at, mask=[None, mask], return_attention_scores=True)
    ours(query, keys, values)
    ours.set_weights([np.eye(4), np.eye(4), *keras_additive.get_weights()])  # theirs adds query and key as they are
    same(ours(query, keys, values, mask), theirs)


def test_a_one_hot_key_picks_its_value():
    keys = np.eye(4, dtype="float32")[None]
    context, weights = DotAttention(scaled=False)(100 * keys[:, 2], keys, np.arange(4.0)[None, :, None])
    assert context.numpy().tolist() == [[2.0]]
    assert weights.numpy().tolist() == [[0, 0, 1, 0]]


def test_keys_that_are_prepared_once_give_the_same(kind):
    layer, (query, keys, values, mask) = KINDS[kind](), case()
    expected = layer(query, keys, values, mask)
    same(layer.attend(query, layer.prepared(tf.constant(keys)), tf.constant(values), tf.constant(mask)), expected)


def test_a_model_with_it_is_saved_and_loaded(kind, tmp_path):
    query, keys, values, mask = case()
    inputs = [keras.Input(part.shape[1:], dtype=part.dtype) for part in (query, keys, values, mask)]
    model = keras.Model(inputs, KINDS[kind]()(*inputs))
    model.save(tmp_path / "m.keras")
    same(keras.saving.load_model(tmp_path / "m.keras")([query, keys, values, mask]), model([query, keys, values, mask]))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda q, k, v, m: (q, k, v, m.astype("float32")), "a mask (3, 5) of bool, True where a key is real; got (3, 5) of float32"),
        (lambda q, k, v, m: (q, k, v, m[:, :4]), "a mask (3, 5) of bool, True where a key is real; got (3, 4) of bool"),
        (lambda q, k, v, m: (q, k, v[:, :4], m), "as many values as keys; got query (3, 4), keys (3, 5, 4), values (3, 4, 2)"),
        (lambda q, k, v, m: (q[:2], k, v, m), "a query for each row of keys"),
        (lambda q, k, v, m: (q[0], k, v, m), "a query (B, D) or (B, T, D), keys"),
        (lambda q, k, v, m: (q[:, :3], k, v, m), "query and keys of one size D; got 3 and 4"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(change, words):
    with pytest.raises(SeqlabError) as caught:
        DotAttention()(*change(*case()))
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize("units", [0, -1, 2.5, True, None])
def test_units_are_a_positive_integer(units):
    with pytest.raises(SeqlabError, match="units is a positive integer"):
        AdditiveAttention(units)
