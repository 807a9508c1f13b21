"""The translator: its loops against plain Python, what it learns, what it keeps, and one sentence where something is wrong."""

import itertools
import json
import math
from collections import Counter

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqlab.errors import SeqlabError
from seqlab.models.translate import ATTENTIONS, Translator, corpus_scores
from seqlab.models.translate.settings import settings_of
from seqlab.models.translate.side import BOS, EOS, Side
from seqlab.models.translate.training import Staged
from seqlab.text import load_pairs

TINY = {"embedding_dim": 12, "encoder_units": 12, "units": 32, "batch": 32, "min_count": 1, "learning_rate": 0.01, "dropout": 0.0}  # fmt: skip


def reversals(n, seed=0, tokens=5):
    """Sequences of 1 to 5 numbers, and the same from behind."""
    rng = np.random.default_rng(seed)
    rows = [rng.integers(10, 10 + tokens, rng.integers(1, 6)).tolist() for _ in range(n)]
    return [(row, row[::-1]) for row in rows]


@pytest.fixture(scope="module")
def models(dot):
    """One small translator of each kind, and of both cells; that with dot products has learnt its task."""
    return {"none": untrained("none", cell="LSTM"), "dot": dot, "additive": untrained("additive", cell="LSTM")}


def untrained(kind, **settings):
    model = Translator(kind, **TINY | settings)
    model.source, model.target = sides_of(reversals(500))
    keras.utils.set_random_seed(2)
    model._make_network()
    return model


def sides_of(pairs):
    return (Side.learnt(side, size=None, min_count=1) for side in zip(*pairs, strict=True))


@pytest.fixture(scope="module")
def dot():
    return Translator("dot", epochs=12, **TINY).fit(reversals(1000), reversals(60, 1))


kinds = pytest.mark.parametrize("kind", ATTENTIONS)


def log_p(model, source, targets, ended=True):
    """ln P of some targets' ids, by a call of the network, with nothing carried from step to step."""
    T = max(map(len, targets)) + 1
    dec_in = np.array([[BOS, *ids, *[0] * (T - 1 - len(ids))] for ids in targets])
    table = tf.nn.log_softmax(model.network((tf.constant([source] * len(targets)), tf.constant(dec_in)))).numpy()
    return [sum(table[n, t, i] for t, i in enumerate([*ids, EOS] if ended else ids)) for n, ids in enumerate(targets)]


def ids_of(model, side, sentence):
    side = getattr(model, side)
    return side.ids(side.tokens(sentence)).tolist()


# -- the network and its loops -----------------------------------------------------------------------------------------
@kinds
def test_a_step_at_a_time_is_teacher_forcing(models, kind):
    network = models[kind].network
    source, target = tf.constant([[4, 5, 6], [7, 4, 0]]), tf.constant([[BOS, 4, 5], [BOS, 6, 7]])
    expected = network((source, target))
    memory, states = network.encode(source)
    weights = network.step_weights()
    for t in range(3):
        logits, states, looks = network.step(weights, target[:, t], states, memory)
        np.testing.assert_allclose(logits, expected[:, t], atol=1e-5)
        assert (looks is None) == (kind == "none")


@kinds
def test_padding_costs_nothing_and_changes_nothing(models, kind):
    pairs = [([4, 5, 6, 7], [7, 6, 5, 4, 4]), ([4], [5]), ([5, 6], [4, 4, 4])]
    one_by_one = [models[kind].network.token_losses(*Staged([a], [b]).rows(tf.constant([0]))) for a, b in pairs]
    together = models[kind].network.token_losses(*Staged(*zip(*pairs, strict=True)).rows(tf.range(3)))
    np.testing.assert_allclose(together, np.concatenate(one_by_one), atol=1e-5)
    assert len(together) == 5 + 1 + 3 + 3  # with EOS


@kinds
def test_greedy_is_the_likeliest_token_at_every_step(models, kind):
    model = models[kind]
    sources = [a for a, _ in reversals(12, 2)]
    for source, found in zip(sources, model.translate(sources, max_length=6), strict=True):
        ids, own = [], ids_of(model, "source", source)
        while len(ids) < 6:
            logits = model.network((tf.constant([own]), tf.constant([[BOS, *ids]])))[0, -1].numpy()
            logits[[0, 1, BOS]] = -np.inf
            if (best := int(logits.argmax())) == EOS:
                break
            ids.append(best)
        assert found == [int(model.target.vocabulary.symbols[i]) for i in ids]


@kinds
def test_a_beam_of_one_is_greedy(models, kind):
    sources = [a for a, _ in reversals(40, 3)]
    greedy = models[kind].translate(sources)
    # a penalty too small to change anything takes the other loop
    assert models[kind].translate(sources, beam=1, length_penalty=1e-6) == greedy


@kinds
def test_a_wide_beam_is_exhaustive_search(models, kind):
    model, source = models[kind], [10, 12]
    own, V = ids_of(model, "source", source), len(model.target.vocabulary)
    possible = range(4, V)  # behind the marks
    ends = [ids for n in range(3) for ids in itertools.product(possible, repeat=n)]
    cut = list(itertools.product(possible, repeat=3))
    every = dict(zip([*ends, *cut], log_p(model, own, ends) + log_p(model, own, cut, ended=False), strict=True))
    best = sorted(every.values(), reverse=True)
    found = model.hypotheses(source, beam=300, max_length=3)
    np.testing.assert_allclose([p for _, p in found[:20]], best[:20], atol=1e-4)
    assert len(found) == len(every)
    assert np.isclose(every[tuple(ids_of(model, "target", found[0][0]))], best[0], atol=1e-4)


@kinds
def test_hypotheses_are_different_sorted_and_told_with_their_true_probability(models, kind):
    model, source = models[kind], [10, 11, 12, 13]
    found = model.hypotheses(source, beam=6)
    assert len({tuple(tokens) for tokens, _ in found}) == len(found) == 6
    assert [p for _, p in found] == sorted((p for _, p in found), reverse=True)
    own = ids_of(model, "source", source)
    for tokens, p in found:
        cut = len(tokens) == 2 * len(source) + 8  # at its limit: then P of EOS is not in it
        (true,) = log_p(model, own, [ids_of(model, "target", tokens)], ended=not cut)
        assert np.isclose(p, true, atol=1e-4)


def test_a_batch_finds_what_each_sentence_finds_alone(dot):
    sources = [a for a, _ in reversals(15, 4)]
    for how in ({}, {"beam": 3}, {"beam": 3, "length_penalty": 1.0}):
        assert dot.translate(sources, **how) == [dot.translate([source], **how)[0] for source in sources]


def test_a_length_penalty_makes_translations_longer(models):
    sources = [a for a, _ in reversals(40, 5)]
    lengths = [
        np.mean([len(t) for t in models["none"].translate(sources, beam=4, length_penalty=α)]) for α in (0.0, 1.0, 3.0)
    ]
    assert lengths[0] < lengths[2]
    assert lengths[0] <= lengths[1] <= lengths[2]


def test_a_beam_with_penalty_compares_what_it_says(models):
    model, source = models["additive"], [10, 11, 12]
    found = model.hypotheses(source, beam=5, length_penalty=0.7)
    scores = [p / ((5 + len(tokens) + 1) / 6) ** 0.7 for tokens, p in found]
    assert scores == sorted(scores, reverse=True)


def test_sampling_has_a_seed_and_the_right_frequencies(dot, models):
    model, source = models["none"], [10, 12]
    again = [model.translate([source] * 400, temperature=1.0, seed=s) for s in (1, 1, 2)]
    assert again[0] == again[1] != again[2]
    own = ids_of(model, "source", source)
    logits = model.network((tf.constant([own]), tf.constant([[BOS]])))[0, 0].numpy()
    logits[[0, 1, BOS]] = -np.inf
    p = np.asarray(tf.nn.softmax(logits))
    counts = Counter(str(t[0]) if t else "[EOS]" for t in again[0])
    for i in np.flatnonzero(p > 0.05):
        share = counts[model.target.vocabulary.symbols[i]] / 400
        assert abs(share - p[i]) < 4 * math.sqrt(p[i] / 400)
    assert dot.translate([source], temperature=1e-4, seed=3) == dot.translate([source])


# -- learning ----------------------------------------------------------------------------------------------------------
def test_it_learns_to_reverse_and_looks_where_it_reads(dot):
    pairs = reversals(100, 6)
    assert (
        np.mean([t == wanted for t, (_, wanted) in zip(dot.translate([a for a, _ in pairs]), pairs, strict=True)]) > 0.9
    )
    source, target, weights = dot.attention([10, 11, 12, 13])
    assert (source, target) == (["10", "11", "12", "13"], ["13", "12", "11", "10", "[EOS]"])
    assert weights.shape == (5, 4)
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-5)
    given = dot.attention([10, 11, 12, 13], target=[13, 12])
    np.testing.assert_allclose(given.weights[:2], weights[:2], atol=1e-5)
    assert given.target == ["13", "12", "[EOS]"]


def test_the_loss_is_that_of_the_probabilities(dot):
    pairs = reversals(20, 7)
    tokens = sum(len(b) + 1 for _, b in pairs)
    by_hand = -sum(log_p(dot, ids_of(dot, "source", a), [ids_of(dot, "target", b)])[0] for a, b in pairs) / tokens
    assert np.isclose(dot.loss(pairs), by_hand, atol=1e-4)
    assert dot.history.val_loss[-1] < 0.3 < dot.history.val_loss[0]
    assert np.isclose(dot.loss(reversals(60, 1)), min(dot.history.val_loss), atol=1e-4)  # the best weights are kept


def test_a_run_that_is_resumed_is_the_same_as_one_that_never_stopped(dot, tmp_path):
    file = tmp_path / "run.npz"
    Translator("dot", epochs=1, **TINY).fit(reversals(1000), reversals(60, 1), checkpoint=file)
    resumed = Translator("dot", epochs=12, **TINY)
    resumed.fit(reversals(1000), reversals(60, 1), checkpoint=file, resume=True)
    assert resumed.history.loss == dot.history.loss
    for a, b in zip(resumed.network.get_weights(), dot.network.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_text_is_told_about_and_translated_and_unknown_words_are_copied(capsys):
    pairs = load_pairs("small-it")
    model = Translator("dot", epochs=1, **TINY | {"min_count": 30}).fit(pairs.train, progress=True)
    said = capsys.readouterr().out
    assert "source: " in said
    assert "of the text unknown" in said
    sentence = "The black dog eats Mozzarella."
    tokens = model.source.tokens(sentence)
    assert all(isinstance(t, str) for t in model.translate([sentence], beam=2))
    found = model._find([tokens])[0][0]
    found = found._replace(ids=np.array([1, 4]), looks=np.array([4, 0]))
    assert model._tokens(found, tokens, True) == ["mozzarella", model.target.vocabulary.symbols[4]]
    assert model._tokens(found, tokens, False)[0] == "[UNK]"


# -- keeping -----------------------------------------------------------------------------------------------------------
@kinds
def test_what_is_saved_comes_back(models, kind, tmp_path):
    models[kind].save(tmp_path / "m.npz")
    loaded = Translator.load(tmp_path / "m.npz")
    assert repr(loaded) == repr(models[kind])
    sources = [a for a, _ in reversals(20, 8)]
    assert loaded.translate(sources, beam=2) == models[kind].translate(sources, beam=2)


def test_a_file_that_is_cut_off_of_another_version_or_kind_is_told(dot, tmp_path):
    file, other = tmp_path / "m.npz", tmp_path / "other.npz"
    dot.save(file)
    other.write_bytes(file.read_bytes()[:-500])
    with pytest.raises(SeqlabError, match="a file of another kind, or one that is damaged or cut off"):
        Translator.load(other)
    np.savez(other, meta=json.dumps({"format": "seqlab text classifier", "version": 1}))
    with pytest.raises(SeqlabError, match="a file of another kind"):
        Translator.load(other)
    with np.load(file) as arrays:
        meta = json.loads(str(arrays["meta"])) | {"version": 99}
        np.savez(other, **{**arrays, "meta": json.dumps(meta)})
    with pytest.raises(SeqlabError, match="a translator saved in version 1 of the format; got version 99"):
        Translator.load(other)
    with pytest.raises(SeqlabError, match=r"a saved translator at .*; got no file"):
        Translator.load(tmp_path / "none.npz")
    with pytest.raises(SeqlabError, match="a place to save the translator"):
        dot.save(file / "below")


# -- what is wrong is said ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda m: m.translate("one"), "a list of sentences; got one str. To mend it: write [sentence]."),
        (lambda m: m.translate([[]]), "sentences of 1 to 60 words; got 0 in sentence 1"),
        (lambda m: m.translate([[10], [10] * 500]), "sentences of 1 to 60 words; got 500 in sentence 2"),
        (lambda m: m.translate([[77, 78]]), "a sentence with a word that the translator knows; got '77 78', sentence 1"),
        (lambda m: m.translate(["ten"]), "a sentence as in training, a list of whole numbers; got a text"),
        (lambda m: m.translate([[10]], beam=0), "beam is a whole number, 1 or more; got 0"),
        (lambda m: m.translate([[10]], length_penalty=-1), "length_penalty is 0 or more; got -1"),
        (lambda m: m.translate([[10]], temperature=-1), "a temperature is 0 or more; got -1"),
        (lambda m: m.translate([[10]], max_length=0), "max_length is 1 or more; got 0"),
        (lambda m: m.evaluate([]), "pairs to evaluate on; got none"),
        (lambda m: m.loss([([], [])]), "pairs to measure on; got none"),
        (lambda m: Translator("cross"), "attention is one of none, dot, additive; got 'cross'"),
        (lambda m: Translator(cell="MLP"), "cell is one of GRU, LSTM; got 'MLP'"),
        (lambda m: Translator(units=0), "units is a whole number, 1 or more; got 0"),
        (lambda m: Translator(dropout=1.0), "dropout is at least 0 and below 1; got 1.0"),
        (lambda m: Translator(depth=2), "settings are "),
        (lambda m: Translator().translate(["x"]), "a translator that is trained; got a new one"),
        (lambda m: Translator().fit([]), "pairs to learn from; got none"),
        (lambda m: Translator().fit([("a", [1])]), "tokens that occur at least 2 times; got none. To mend it: set min_count=1."),
        (lambda m: Translator(min_count=1).fit([("a", [1] * 61)]), "pairs of 1 to 60 words or tokens; got only empty or longer ones"),
        (lambda m: Translator(min_count=1).fit([(["[EOS]"], ["b"])]), "tokens other than [UNK], [BOS], [EOS]; got [EOS]"),
        (lambda m: Translator().fit([([1, "a"], ["b"])]), "a text, or a list of tokens that are all texts"),
    ],
)  # fmt: skip
def test_one_clear_sentence(dot, act, words):
    with pytest.raises(SeqlabError) as caught:
        act(dot)
    assert str(caught.value).startswith(words)


def test_without_attention_there_is_nothing_to_look_at(models):
    with pytest.raises(SeqlabError, match="a translator with attention; got attention='none'"):
        models["none"].attention([10])


def test_settings_know_the_attention():
    assert settings_of("none")["attention"] == "none"


# -- scores ------------------------------------------------------------------------------------------------------------
def plain_bleu(pairs, n):
    """Papineni's formula over a corpus with one reference each."""
    ps = []
    for k in range(1, n + 1):
        hits = total = 0
        for p, r in pairs:
            grams = [Counter(tuple(s[i : i + k]) for i in range(len(s) - k + 1)) for s in (p, r)]
            hits, total = hits + (grams[0] & grams[1]).total(), total + grams[0].total()
        ps.append(hits / total)
    lengths = [sum(map(len, side)) for side in zip(*pairs, strict=True)]
    return math.prod(ps) ** (1 / n) * math.exp(min(0, 1 - lengths[1] / lengths[0]))


@pytest.mark.parametrize("order", [2, 4])
def test_corpus_bleu_is_the_paper_s(order):
    rng = np.random.default_rng(0)
    references = [rng.integers(0, 9, rng.integers(4, 12)).astype(str).tolist() for _ in range(50)]
    found = [[w if rng.random() < 0.8 else "x" for w in r][: rng.integers(4, 12)] for r in references]
    scores = corpus_scores(found, [[r] for r in references], order=order)
    assert np.isclose(scores.bleu, plain_bleu(list(zip(found, references, strict=True)), order), atol=1e-6)
    assert scores.bleu_interval[0] < scores.bleu < scores.bleu_interval[1]
    assert scores.chrf_interval[0] < scores.chrf < scores.chrf_interval[1]
    assert str(scores).startswith(f"BLEU-{order} 0.")
    again = corpus_scores(found, [[r] for r in references], order=order)
    assert again == scores


def test_any_of_several_references_counts():
    found = corpus_scores(
        ["Va !", "Le chien noir dort ici."], [["Vas-y !", "va!"], ["Le chien noir dort ici."]], draws=0
    )
    assert (found.bleu, found.chrf, found.bleu_interval) == (1.0, 1.0, (1.0, 1.0))


def test_nothing_right_is_nothing():
    assert corpus_scores(["a b c d e"], [["v w x y z"]]).bleu == 0
    assert corpus_scores([""], [["v w"]]).bleu == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([], []), "translations, and a list of references for each; got 0 and 0"),
        ((["a"], []), "translations, and a list of references for each; got 1 and 0"),
        ((["a"], ["a"]), "a list of one reference or more for each; got 'a' for translation 1"),
        ((["a"], [[]]), "a list of one reference or more for each; got [] for translation 1"),
    ],
)
def test_scores_say_what_they_need(arguments, words):
    with pytest.raises(SeqlabError) as caught:
        corpus_scores(*arguments)
    assert str(caught.value) == words


def test_evaluation_takes_each_sentence_once_with_all_its_translations(dot):
    pairs = [([10, 11], [11, 10]), ([10, 11], [13, 13]), ([12, 13], [13, 12])]
    found = dot.evaluate(pairs, order=2, draws=50)
    assert (found.sentences, found.bleu) == (2, 1.0)
    strange = [([77], [78]), ([], [10]), ([10] * 99, [10] * 99)]  # these count too
    assert dot.evaluate(pairs + strange, order=2, draws=0).sentences == 5
    assert dot.translate([]) == dot.translate([], temperature=1.0) == []
