"""The language model: shapes, its own file, and every file that is not its own."""

import keras
import numpy as np
import pytest

from seqlab.errors import SeqlabError
from seqlab.models import LanguageModel
from seqlab.music import Vocabulary

TEXT = "X:1\nK:D\nDFA|d3|\n"


def model(cell="GRU", units=6, text=TEXT):
    keras.utils.set_random_seed(1)
    return LanguageModel(Vocabulary.from_texts(text), embedding_dim=3, units=units, cell=cell)


@pytest.mark.parametrize(("cell", "units"), [("SimpleRNN", 6), ("LSTM", (6, 4)), ("GRU", (6, 4))])
def test_one_file_holds_the_model_and_its_vocabulary(tmp_path, cell, units):
    original = model(cell, units)
    ids = original.encode(TEXT)[None]
    original.save(tmp_path / "model.keras")
    loaded = LanguageModel.load(tmp_path / "model.keras")
    assert loaded.vocabulary == original.vocabulary
    np.testing.assert_array_equal(loaded(ids), original(ids))
    assert [p.name for p in tmp_path.iterdir()] == ["model.keras"]


def test_is_causal_and_gives_logits_for_any_size():
    m = model()
    ids = np.tile(m.encode(TEXT), (2, 1))
    before = np.asarray(m(ids))
    assert before.shape == (2, len(TEXT), len(m.vocabulary))
    ids[:, 7] = 1
    after = np.asarray(m(ids))
    np.testing.assert_array_equal(before[:, :7], after[:, :7])
    assert np.abs(before[:, 8] - after[:, 8]).max() > 1e-6
    assert m(ids[:1, :1]).shape == (1, 1, len(m.vocabulary))


def test_an_untrained_model_knows_nothing():
    m = model()
    assert m.log_loss(TEXT * 20) == pytest.approx(np.log(len(m.vocabulary)), abs=0.05)


def test_restore_takes_the_weights_of_the_same_model(tmp_path):
    original = model()
    original.save(tmp_path / "model.keras")
    keras.utils.set_random_seed(8)
    other = LanguageModel(original.vocabulary, embedding_dim=3, units=6)
    other.restore(tmp_path / "model.keras")
    ids = original.encode(TEXT)[None]
    np.testing.assert_array_equal(other(ids), original(ids))


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (lambda: model(units=7), "units"),
        (lambda: model(cell="LSTM"), "cell"),
        (lambda: model(text=TEXT + "z"), "vocabulary"),
    ],
)
def test_restore_refuses_another_model(tmp_path, other, named):
    model().save(tmp_path / "model.keras")
    mine = other()
    mine(np.zeros((1, 1), int))
    before = mine.get_weights()
    with pytest.raises(SeqlabError, match=named):
        mine.restore(tmp_path / "model.keras")
    for a, b in zip(before, mine.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_files_that_are_not_a_language_model(tmp_path):
    with pytest.raises(SeqlabError, match="no file"):
        LanguageModel.load(tmp_path / "none.keras")
    (tmp_path / "text.keras").write_text("not a model")
    with pytest.raises(SeqlabError, match="cannot be read"):
        LanguageModel.load(tmp_path / "text.keras")
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(tmp_path / "dense.keras")
    with pytest.raises(SeqlabError, match="Sequential"):
        LanguageModel.load(tmp_path / "dense.keras")
    with pytest.raises(SeqlabError, match=r"\.keras"):
        model().save(tmp_path / "model.h5")


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "model.keras"
    model().save(path)
    before = path.read_bytes()

    def full_disk(self, target, *args, **kwargs):
        target.write_bytes(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(keras.Model, "save", full_disk)
    with pytest.raises(OSError, match="no space"):
        model().save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["model.keras"]


def test_a_character_that_the_vocabulary_does_not_have():
    with pytest.raises(SeqlabError, match="'Q'"):
        model().log_loss("DFAQ")
    with pytest.raises(SeqlabError, match="'Q'"):
        model().generate("Q", 5)


def test_writing_stops_at_the_stop_character():
    text = model().generate("X", 200, seed=1, stop="\n")
    assert text.index("\n") == len(text) - 1


@pytest.mark.parametrize("bad", [{"cell": "RNN"}, {"units": 0}, {"units": ()}, {"embedding_dim": -1}, {"units": 2.5}])
def test_bad_sizes(bad):
    with pytest.raises(SeqlabError):
        LanguageModel("ab", **bad)
