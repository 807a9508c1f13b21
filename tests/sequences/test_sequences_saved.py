"""What an earlier version saved loads, and says the same: `saved_by_0_1_0/` was written by it."""

import json
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqlab.composing import Follower, TuneModel
from seqlab.models import LanguageModel, random_windows, train, train_step
from seqlab.models.classify import TextClassifier
from seqlab.music import parse, tokens

SAVED = Path(__file__).parent / "saved_by_0_1_0"
EXPECTED = json.loads((SAVED / "expected.json").read_text())
TEXT = "X:1\nK:D\nDFA|d3|\n"


def mean_loss(y, logits):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))


def test_a_language_model_of_characters():
    model = LanguageModel.load(SAVED / "characters.keras")
    assert model.vocabulary.symbols == tuple(sorted(set(TEXT)))
    assert model.log_loss(TEXT) == pytest.approx(EXPECTED["characters"], rel=1e-5)


def test_a_run_goes_on_from_its_checkpoint(tmp_path):
    (tmp_path / "run.npz").write_bytes((SAVED / "run.npz").read_bytes())
    model = LanguageModel(sorted(set(TEXT)), embedding_dim=2, units=3)
    windows = random_windows(np.tile(model.encode(TEXT), 4), 8, 2)
    optimizer = keras.optimizers.Adam(1e-2)
    model(np.zeros((1, 1), int))
    history = train(
        train_step,
        model,
        optimizer,
        mean_loss,
        windows,
        7,
        checkpoint=tmp_path / "run.npz",
        resume=True,
        progress=False,
    )
    assert history.loss[:5] == EXPECTED["run"]
    assert len(history.loss) == 7


def test_a_classifier():
    model = TextClassifier.load(SAVED / "sentiment.npz")
    np.testing.assert_allclose(model.logits(["good fun", "a bad one"]), EXPECTED["sentiment"], rtol=1e-5, atol=1e-6)


def test_a_model_of_tunes():
    model = TuneModel.load(SAVED / "tunes.keras")
    rows = Follower(model.vocabulary).stream([tokens(parse("X:1\nM:2/4\nL:1/8\nK:D\nAB d2|A4|]"))])
    np.testing.assert_allclose(np.asarray(model(rows[None]))[0, -1], EXPECTED["tunes"], rtol=1e-5, atol=1e-6)


def test_what_is_saved_today_names_its_vocabulary_as_before(tmp_path):
    """So an earlier version reads today's files of characters, too."""

    def named(path: Path) -> list[str]:
        with zipfile.ZipFile(path) as file:
            return json.loads(file.read("config.json"))["config"]["vocabulary"]

    LanguageModel.load(SAVED / "characters.keras").save(tmp_path / "again.keras")
    assert named(tmp_path / "again.keras") == named(SAVED / "characters.keras")
