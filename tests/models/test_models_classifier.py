"""Classifying sentences: every kind learns, padding never matters, what is saved comes back."""

import json
import signal
import zipfile

import numpy as np
import pytest

from seqlab.errors import SeqlabError
from seqlab.models import training
from seqlab.models.classify import KINDS, LogOdds, NGramModel, TextClassifier, build_network, evaluate
from seqlab.models.classify.kinds import NETWORKS, settings_of
from seqlab.models.classify.log_odds import cross_fitted
from seqlab.text import both_sides, load_sentences, made_pairs
from seqlab.text.examples import Labelled, labelled

TINY = {"embedding_dim": 8, "units": 6, "batch": 16, "min_count": 1}


def toy(n=96):
    """Sentences whose label is one word, somewhere among others."""
    rng = np.random.default_rng(0)
    filler = ["the", "film", "was", "so", "and", "it"]
    rows = []
    for i in range(n):
        words = list(rng.choice(filler, int(rng.integers(1, 6))))
        words.insert(int(rng.integers(len(words) + 1)), ["bad", "good"][i % 2])
        rows.append((" ".join(words), i % 2))
    return labelled(rows)


@pytest.fixture(scope="module")
def trained():
    """One small classifier of each kind, a few steps each."""
    models = {}
    for kind in KINDS:
        settings = TINY | {
            "epochs": 6,
            "learning_rate": 0.02,
            "average": 0.5,
            "dropout": 0.0,
            "embedding_dropout": 0.0,
            "word_dropout": 0.0,
        }
        models[kind] = TextClassifier(kind, **settings).fit(toy(), seed=1)
    return models


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_learns_a_word(trained, kind):
    fresh = labelled([("was it so good", 1), ("the bad film", 0), ("good", 1), ("bad and bad", 0)])
    found = trained[kind].evaluate(fresh)
    assert found.accuracy == 1.0
    assert found.log_loss < 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_any_string_has_probabilities(trained, kind):
    strange = [
        "",
        "   ",
        "zzz qqq",
        "Очень хорошо",
        "很好",
        "😀😀",
        "a\0b\n\tc",
        "\ud800 good",
        "good " * 100_000,
        "x" * 50_000,
    ]
    p = trained[kind].probabilities(strange)
    assert p.shape == (len(strange), 2)
    assert np.isfinite(p).all()
    np.testing.assert_allclose(p.sum(1), 1, atol=1e-6)
    assert np.allclose(p[0], p[1])  # no words at all, twice
    assert trained[kind].probabilities([]).shape == (0, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_in_the_batch_beside_a_text_does_not_matter(trained, kind):
    texts = ["good", "the film was so bad and it was so and so", "", "it was good"]
    together = trained[kind].logits(texts)
    alone = np.concatenate([trained[kind].logits([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_classifier_comes_back_whole(trained, kind, tmp_path):
    model = trained[kind]
    model.save(tmp_path / "model.npz")
    again = TextClassifier.load(tmp_path / "model.npz")
    texts = ["good film", "bad", "unheard of", ""]
    np.testing.assert_allclose(again.logits(texts), model.logits(texts), atol=1e-6)
    assert (again.kind, again.classes, again.settings) == (model.kind, model.classes, model.settings)
    assert again.reader.vocabulary == model.reader.vocabulary
    assert [p.name for p in tmp_path.iterdir()] == ["model.npz"]


def test_order_matters_to_a_recurrent_network_and_not_to_a_bag(trained):
    a, b = "good film so bad", "bad film so good"
    for kind, model in trained.items():
        same = np.allclose(model.logits([a]), model.logits([b]), atol=1e-6)
        assert same == (kind in ("bag", "mean")), kind


def test_the_same_seed_gives_the_same_model_and_another_another():
    """Of the kind that draws all that others draw, and the folds of its log-odds besides."""
    models = [TextClassifier("informed", **TINY, epochs=2) for _ in range(3)]
    a, b, c = (m.fit(toy(), toy(20), seed=s).logits(["a good one"]) for m, s in zip(models, (3, 3, 4), strict=True))
    np.testing.assert_array_equal(a, b)
    assert not np.allclose(a, c)


# a run that goes on draws what one in one piece draws: no matter of the kind, so the one whose graph is soon made
def a_run(epochs=3, **how):
    return TextClassifier("mean", **TINY, learning_rate=0.01, epochs=epochs).fit(toy(), toy(20), seed=5, **how)


@pytest.fixture(scope="module")
def whole():
    return a_run()


def is_the_same_run(rest, whole):
    assert len(rest.history.loss) == len(whole.history.loss) == 3 * 6
    assert rest.history.loss == whole.history.loss
    assert rest.history.val_loss == whole.history.val_loss
    np.testing.assert_array_equal(rest.logits(["good"]), whole.logits(["good"]))


def test_training_goes_on_from_a_checkpoint_as_if_it_had_not_stopped(whole, tmp_path):
    place = tmp_path / "run.npz"
    a_run(epochs=2, checkpoint=place)
    is_the_same_run(a_run(checkpoint=place, resume=True), whole)


@pytest.mark.parametrize("steps", [8, 12])  # within the second pass, and at its end
def test_it_goes_on_within_a_pass_too(whole, tmp_path, monkeypatch, steps):
    check = training._check

    def interrupting(loss, number, checkpoint):
        check(loss, number, checkpoint)
        if number == steps:
            signal.raise_signal(signal.SIGINT)

    place = tmp_path / "run.npz"
    with monkeypatch.context() as patched:
        patched.setattr(training, "_check", interrupting)
        part = a_run(checkpoint=place)
    assert part.history.interrupted
    assert len(part.history.loss) == steps
    is_the_same_run(a_run(checkpoint=place, resume=True), whole)


def test_a_run_that_has_stopped_by_itself_does_not_go_on(tmp_path):
    opposite = Labelled(toy(40).texts, 1 - toy(40).labels)
    settings = TINY | {"epochs": 30, "patience": 2, "learning_rate": 0.05, "average": 0.1}
    place = tmp_path / "run.npz"
    once = TextClassifier("mean", **settings).fit(toy(), opposite, checkpoint=place)
    again = TextClassifier("mean", **settings).fit(toy(), opposite, checkpoint=place, resume=True)
    assert again.history.loss == once.history.loss
    np.testing.assert_array_equal(again.logits(["good"]), once.logits(["good"]))


def test_where_all_are_right_the_interval_is_not_a_point():
    found = evaluate(np.array([[0.9, 0.1]] * 11), np.zeros(11, int))
    assert (found.accuracy, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.05 ** (1 / 11))
    assert "1 example)" in str(evaluate(np.array([[0.9, 0.1]]), np.array([1])))


def test_best_weights_that_are_damaged_are_named(tmp_path):
    settings, place = TINY | {"epochs": 2}, tmp_path / "run.npz"
    TextClassifier("mean", **settings).fit(toy(), toy(20), checkpoint=place)
    best = tmp_path / "run.npz.best.npz"
    best.write_bytes(best.read_bytes()[:100])
    with pytest.raises(SeqlabError, match=r"holds the best weights so far; got .* a damaged one"):
        TextClassifier("mean", **settings).fit(toy(), toy(20), checkpoint=place, resume=True)


def test_it_stops_where_the_held_out_loss_rises(capsys):
    opposite = Labelled(toy(40).texts, 1 - toy(40).labels)
    model = TextClassifier("mean", **TINY, epochs=30, patience=2, learning_rate=0.05, average=0.1)
    model.fit(toy(), opposite, progress=True)
    assert 2 < len(model.history.val_loss) < 10
    assert not model.history.interrupted
    said = capsys.readouterr().out
    assert "lowest held-out loss" in said
    assert "no better than guessing (0.6931 nats)" in said
    # the weights kept are those of the best pass, not the last
    p = model.probabilities(opposite.texts)[np.arange(40), opposite.labels]
    assert -np.log(p).mean() == pytest.approx(min(model.history.val_loss), abs=1e-3)


def test_a_recurrent_network_learns_order_and_a_bag_cannot():
    rng = np.random.default_rng(0)
    pairs = made_pairs(420, rng)
    train, test = both_sides(pairs[:360]), both_sides(pairs[360:])
    settings = {
        "embedding_dim": 16,
        "units": 16,
        "word_dropout": 0.0,
        "embedding_dropout": 0.0,
        "dropout": 0.0,
        "learning_rate": 0.01,
        "average": 0.9,
        "min_count": 1,
    }
    rnn = TextClassifier("GRU", epochs=6, **settings).fit(train)
    mean = TextClassifier("mean", epochs=2, **settings).fit(train)
    assert rnn.evaluate(test).accuracy > 0.9
    assert mean.evaluate(test).accuracy == 0.5


def test_traces_and_neighbours(trained):
    model = trained["bidirectional"]
    words, p = model.trace("The good film")
    assert words == ["the", "good", "film"]
    assert p.shape == (4, 2)
    np.testing.assert_allclose(p[-1], model.probabilities(["the good film"])[0], atol=1e-5)
    assert p[2, 1] > p[1, 1]
    near = model.neighbours("good", 3)
    assert len(near) == 3
    assert "good" not in dict(near)
    assert [c for _, c in near] == sorted((c for _, c in near), reverse=True)
    with pytest.raises(SeqlabError, match="a word of the vocabulary; got 'zebra'"):
        model.neighbours("zebra")
    with pytest.raises(SeqlabError, match="a kind with word vectors"):
        trained["ngrams"].neighbours("good")


def test_the_tree_network_reads_a_parse_as_it_reads_a_balanced_tree(trained):
    from seqlab.models.classify import balanced

    model = trained["tree"]
    words = ["the", "film", "was", "so", "good"]
    nodes = model.network.nodes(balanced(words), lambda w: model.reader.vocabulary.encode([w])[0])
    assert len(nodes) == 2 * len(words) - 1
    assert nodes[-1][0] == words
    np.testing.assert_allclose(nodes[-1][1], model.logits([words])[0], atol=1e-5)
    other = model.network.nodes(("the", ("film", ("was", ("so", "good")))), lambda w: 2)
    assert len(other) == 9
    with pytest.raises(SeqlabError, match="a word or a pair of trees"):
        model.network.nodes(("a", "b", "c"), lambda w: 2)


def test_a_network_that_is_not_trained_says_so_and_bad_calls_are_explained(trained, tmp_path):
    with pytest.raises(SeqlabError, match="a classifier that is trained"):
        TextClassifier("GRU").predict(["x"])
    with pytest.raises(SeqlabError, match=r"write \[text\]"):
        trained["bag"].predict("one text")
    with pytest.raises(SeqlabError, match="one of bag, mean"):
        TextClassifier("transformer")
    with pytest.raises(SeqlabError, match="settings are"):
        TextClassifier("GRU", unit=3)
    with pytest.raises(SeqlabError, match="units is a whole number"):
        TextClassifier("GRU", units=0)
    with pytest.raises(SeqlabError, match="at least 0 and below 1"):
        TextClassifier("GRU", dropout=1.0)
    with pytest.raises(SeqlabError, match="two classes or more; got 2 sentences of: positive"):
        TextClassifier("bag").fit(labelled([("a", 1), ("b", 1)]))
    with pytest.raises(SeqlabError, match="labels from 0 to 1; got up to 2"):
        TextClassifier("bag").fit(labelled([("a", 1), ("b", 2)]))
    with pytest.raises(SeqlabError, match="evaluate on"):
        trained["bag"].evaluate(labelled([]))
    with pytest.raises(SeqlabError, match="cell is one of"):
        build_network("bidirectional", 5, 2, settings_of("bidirectional", cell="RNN"))


def test_a_file_that_is_no_classifier_is_refused(trained, tmp_path):
    good = tmp_path / "good.npz"
    trained["GRU"].save(good)
    data = good.read_bytes()
    rng = np.random.default_rng(0)
    with pytest.raises(SeqlabError, match="no file"):
        TextClassifier.load(tmp_path / "none.npz")
    damaged = [b"", b"no zip", data[:100], data[: len(data) // 2], data[:-10]]
    for _ in range(8):  # bytes changed somewhere: refused, or (in an unused place) read as it was
        broken = bytearray(data)
        for at in rng.integers(0, len(data), 20):
            broken[at] ^= 0xFF
        damaged.append(bytes(broken))
    refused = 0
    for content in damaged:
        (tmp_path / "bad.npz").write_bytes(content)
        try:
            model = TextClassifier.load(tmp_path / "bad.npz")
        except SeqlabError as error:
            assert "damaged or cut off" in str(error)  # noqa: PT017
            refused += 1
        else:
            np.testing.assert_allclose(model.logits(["good"]), trained["GRU"].logits(["good"]), atol=1e-6)
    assert refused >= 5 + 6


def test_a_file_of_another_version_is_named(trained, tmp_path):
    path = tmp_path / "model.npz"
    trained["bag"].save(path)
    with np.load(path) as file:
        arrays = dict(file)
    meta = json.loads(str(arrays.pop("meta"))) | {"version": 99}
    np.savez(path, meta=np.array(json.dumps(meta)), **arrays)
    with pytest.raises(SeqlabError, match="version 99"):
        TextClassifier.load(path)
    assert zipfile.is_zipfile(path)


def test_a_file_that_cannot_be_written_leaves_nothing(trained, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SeqlabError, match="a place to save"):
        trained["bag"].save(tmp_path / "file" / "model.npz")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_more_than_two_classes():
    rows = [(f"{word} {i}", k) for i in range(20) for k, word in enumerate(("rot", "red", "rouge"))]
    for kind in ("informed", "ngrams", "bag"):
        model = TextClassifier(kind, ("de", "en", "fr"), **TINY, epochs=8, learning_rate=0.03, average=0.5)
        found = model.fit(labelled(rows)).evaluate(labelled([("rot x", 0), ("red x", 1), ("rouge x", 2)]))
        assert found.accuracy == 1
        assert found.confusion.tolist() == np.eye(3, dtype=int).tolist()


# -- counting ----------------------------------------------------------------------------------------------
def test_log_odds_are_those_of_naive_bayes():
    table = LogOdds.counted([["good", "fun"], ["good"], ["bad", "fun"], ["so", "bad"]], [1, 1, 0, 0], 2)
    of_good = np.log((2 + 0.5) / (0 + 0.5))  # classes are of one size, so the prior falls out
    np.testing.assert_allclose(table.of(["good", "fun"])[:, 0], [of_good, 0], atol=1e-6)
    np.testing.assert_allclose(table.of(["good", "fun"])[1, 1], np.log(1.5 / 0.5), atol=1e-6)
    assert table.of([]).shape == (0, 3)
    assert table.of(["good"])[0, 1:].tolist() == [0, 0]


def test_cross_fitting_never_tells_a_sentence_its_own_label():
    rng = np.random.default_rng(0)
    sentences = [[f"only{i}", *rng.choice(["a", "b"], 3)] for i in range(60)]
    found = cross_fitted(sentences, rng.integers(0, 2, 60), 2, seed=1)
    assert all(odds[0, 0] == 0 for odds in found)  # a word that no other sentence has
    again = cross_fitted(sentences, rng.integers(0, 2, 60), 2, seed=1)
    assert all(odds.shape == (4, 3) for odds in again)


def test_the_ngram_model_knows_pairs_that_a_bag_does_not():
    rows = [("not good", 0), ("not bad", 1), ("good", 1), ("bad", 0)] * 5
    model = NGramModel().fit([text.split() for text, _ in rows], [label for _, label in rows], 2)
    assert model.logits([["not", "good"], ["not", "bad"]]).argmax(1).tolist() == [0, 1]
    assert model.logits([[]]).shape == (1, 2)


# -- measuring ---------------------------------------------------------------------------------------------
def test_an_evaluation_by_hand():
    p = np.array([[0.95, 0.05], [0.85, 0.15], [0.25, 0.75], [0.35, 0.65]])
    found = evaluate(p, [0, 1, 1, 1], bins=10)
    assert found.accuracy == 0.75
    assert found.low < 0.75 < found.high
    assert found.confusion.tolist() == [[1, 0], [1, 2]]
    assert found.log_loss == pytest.approx(-np.log([0.95, 0.15, 0.75, 0.65]).mean())
    assert found.calibration_error == pytest.approx((0.05 + 0.85 + 0.25 + 0.35) / 4)
    assert "75.0%" in str(found)


def test_the_interval_is_as_wide_as_the_binomial_says():
    rng = np.random.default_rng(0)
    right = rng.random(1000) < 0.8
    p = np.where(right[:, None], [[0.1, 0.9]], [[0.9, 0.1]])
    found = evaluate(p, np.ones(1000, int))
    assert found.high - found.low == pytest.approx(2 * 1.96 * np.sqrt(0.8 * 0.2 / 1000), rel=0.1)
    assert evaluate(p, np.ones(1000, int)).low == found.low


@pytest.mark.parametrize(("p", "labels"), [(np.zeros((0, 2)), []), (np.zeros((2, 2)), [0]), (np.zeros((1, 2)), [2])])
def test_evaluations_of_nothing_are_refused(p, labels):
    with pytest.raises(SeqlabError):
        evaluate(p, labels)


def test_the_small_set_trains_offline():
    sentences = load_sentences("small")
    model = TextClassifier("ngrams").fit(sentences.train)
    assert model.evaluate(sentences.test).accuracy > 0.6
    assert len(NETWORKS) == 9
