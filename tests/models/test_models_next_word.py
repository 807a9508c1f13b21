"""A next-word model: the same language model, of words."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqlab import text
from seqlab.errors import SeqlabError
from seqlab.models import LanguageModel, random_windows, train, train_step
from seqlab.sequences import SPECIAL, Vocabulary, words

SENTENCES = ["the cat sat on the mat .", "the dog sat on the rug .", "a cat ran to the dog .", "a dog ran to the cat ."]
SENTENCE_END = "\n"  # no word of any text: `words` drops it


def mean_loss(y, logits):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(4)
    lists = [[*words(sentence), SENTENCE_END] for sentence in SENTENCES]
    model = LanguageModel(Vocabulary.of_words(lists, min_count=2), embedding_dim=8, units=24)
    ids = np.concatenate([model.encode(sentence) for sentence in lists * 4])
    history = train(
        train_step, model, keras.optimizers.Adam(0.02), mean_loss, random_windows(ids, 14, 8), 80, progress=False
    )
    assert history.loss[-1] < history.loss[0] / 3
    return model


def test_it_has_learnt_which_word_comes_next(model):
    seen, shuffled = "the cat sat on the", "the the on sat cat"
    assert model.log_loss(seen) < model.log_loss(shuffled) - 1


def test_it_writes_words(model):
    [written] = model.generate(["the dog"], 4, temperature=0)
    assert written == "sat on the [UNK]"  # "rug" was seen once
    sentence = model.generate("a cat", 50, seed=1, stop=".")
    assert sentence.endswith(" .")
    assert set(sentence.split()) <= set(model.vocabulary.symbols[1:])
    best, score = model.beam_search("the dog", 3)[0]
    assert best == "sat on the"
    assert score < 0


def test_a_prime_may_be_a_list_of_words_and_the_end_a_symbol_of_ones_own(model):
    first = [*words(SENTENCES[0]), SENTENCE_END]
    texts = model.generate([first, ["a"]], 60, seed=2, stop=SENTENCE_END)
    assert all(text.endswith(SENTENCE_END) for text in texts)
    assert all(text.count(SENTENCE_END) == 1 for text in texts)


def test_a_word_that_it_does_not_know_is_no_end(model):
    for unknown in ("zebra", "[UNK]", ""):
        with pytest.raises(SeqlabError, match="a word of the vocabulary to stop at"):
            model.generate("the", 3, stop=unknown)


def test_it_comes_back_from_its_file(model, tmp_path):
    model.save(tmp_path / "words.keras")
    loaded = LanguageModel.load(tmp_path / "words.keras")
    assert loaded.vocabulary == model.vocabulary
    assert loaded.vocabulary.has_words
    assert loaded.vocabulary.symbols[:2] == SPECIAL
    ids = model.encode("the cat sat, sadly")[None]
    np.testing.assert_array_equal(loaded(ids), model(ids))
    assert loaded.generate("a cat", 12, seed=5) == model.generate("a cat", 12, seed=5)
    other = LanguageModel(model.vocabulary, embedding_dim=8, units=24)
    other.restore(tmp_path / "words.keras")
    np.testing.assert_array_equal(other(ids), model(ids))


def test_a_run_goes_on_for_the_same_words_only(tmp_path):
    def run(vocabulary, steps, resume):
        model = LanguageModel(vocabulary, embedding_dim=2, units=3)
        ids = np.tile(model.encode(SENTENCES[0]), 9)
        optimizer = keras.optimizers.Adam(0.01)
        model(ids[None])
        windows = random_windows(ids, 6, 2)
        return train(
            train_step,
            model,
            optimizer,
            mean_loss,
            windows,
            steps,
            checkpoint=tmp_path / "r.npz",
            resume=resume,
            progress=False,
        )

    run(Vocabulary.of_words(SENTENCES), 3, False)
    assert len(run(Vocabulary.of_words(SENTENCES), 5, True).loss) == 5
    with pytest.raises(SeqlabError):
        run(Vocabulary.of_words(SENTENCES[:2]), 7, True)


def test_the_vocabulary_of_lab_6_will_do():
    old = text.Vocabulary.from_texts(SENTENCES)
    model = LanguageModel(old, embedding_dim=2, units=3)
    assert model.vocabulary == old
    assert isinstance(model.generate("the cat", 3, seed=0), str)
