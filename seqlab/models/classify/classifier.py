"""A whole pipeline that classifies text: from any string to the probability of each class, in one object."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.errors import SeqlabError
from seqlab.models.classify import kinds, saved
from seqlab.models.classify.evaluation import Evaluation, evaluate
from seqlab.models.classify.inputs import Reader
from seqlab.models.classify.log_odds import LogOdds, cross_fitted
from seqlab.models.classify.ngram_model import NGramModel
from seqlab.sequences import SPECIAL, Vocabulary, rounded
from seqlab.text.examples import Labelled, check_trainable

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from seqlab.models.training import History

TOKENS_AT_ONCE = 20_000  # of a prediction's batch: what fits into little memory


class TextClassifier:
    """A classifier of one of the kinds of `KINDS`.

    Args:
        kind: see `seqlab.models.classify.KINDS`. classes: the names of the labels 0, 1, ….
        **settings: sizes, dropout, learning rate, passes and the others of `kinds.settings_of`.

    >>> from seqlab.text.examples import labelled
    >>> model = TextClassifier("ngrams").fit(labelled([("good fun", 1), ("so bad", 0), ("good", 1), ("bad", 0)]))
    >>> model.predict(["good", "a bad one"]).tolist()
    [1, 0]
    """

    def __init__(
        self, kind: str = "informed", classes: Sequence[str] = ("negative", "positive"), **settings: Any
    ) -> None:
        self.kind, self.classes = kind, tuple(classes)
        self.settings = kinds.settings_of(kind, **settings)
        if len(self.classes) < 2:
            raise SeqlabError("two classes or more", got=str(list(classes)))
        self.reader: Reader | None = None
        self.network: keras.Model | None = None  # of the kinds that have one
        self.ngrams: NGramModel | None = None
        self.history: History | None = None

    def __repr__(self) -> str:
        state = "not trained" if self.reader is None else f"{len(self.reader.vocabulary):,} words"
        return f"<TextClassifier {self.kind}: {' / '.join(self.classes)}; {state}>"

    # -- learning ------------------------------------------------------------------------------------------
    def fit(
        self,
        train: Labelled,
        validation: Labelled | None = None,
        *,
        seed: int = 0,
        progress: bool = False,
        checkpoint: str | Path | None = None,
        resume: bool = False,
    ) -> "TextClassifier":
        """Learn from labelled texts; vocabulary and log-odds come from `train` alone.

        Args:
            validation: decides when to stop. seed: the same seed gives the same model.
            checkpoint: file to write after each pass. resume: go on from that file.

        Raises:
            SeqlabError: fewer than two classes in `train`, or a label that is none of the classes.
        """
        check_trainable(train, self.classes)
        for part in (train, validation):
            if part is not None and len(part) and not 0 <= part.labels.min() <= part.labels.max() < len(self.classes):
                raise SeqlabError(f"labels from 0 to {len(self.classes) - 1}", got=f"up to {part.labels.max()}")
        self.reader = reader = Reader(Vocabulary(SPECIAL), self.settings["max_words"])
        sentences = [reader.words(text) for text in train.texts]
        reader.vocabulary = Vocabulary.of_words(
            sentences, size=self.settings["vocabulary_size"], min_count=self.settings["min_count"]
        )
        if self.kind in ("ngrams", "blend"):
            self.ngrams = NGramModel().fit(sentences, train.labels, len(self.classes), progress)
        if self.kind != "ngrams":
            self._fit_network(reader, train, sentences, validation, seed, progress, checkpoint, resume)
        return self

    def _fit_network(
        self,
        reader: Reader,
        train: Labelled,
        sentences: list[list[str]],
        validation: Labelled | None,
        seed: int,
        progress: bool,
        checkpoint: str | Path | None,
        resume: bool,
    ) -> None:
        import keras

        from seqlab.models.classify.training import learn

        C, labels, odds = len(self.classes), train.labels, None
        real = [i for i, words in enumerate(sentences) if words]  # a text without words teaches nothing
        sentences, labels = [sentences[i] for i in real], labels[real]
        if self._network_kind == "informed":
            odds = cross_fitted(sentences, labels, C, seed=seed)
            reader.log_odds = LogOdds.counted(sentences, labels, C)
        keras.utils.set_random_seed(seed)
        network = self._make_network()
        held_out = None
        if validation is not None and len(validation):
            prepared, targets = [reader.words(text) for text in validation.texts], validation.labels

            def held_out() -> float:
                log_p = _log_softmax(self._network_logits(reader, prepared))
                return float(-log_p[np.arange(len(prepared)), targets].mean())

        self.history = learn(
            network,
            reader,
            sentences,
            labels,
            C,
            self.settings,
            odds=odds,
            held_out_loss=held_out,
            seed=seed,
            checkpoint=checkpoint,
            resume=resume,
            progress=progress,
        )

    @property
    def _network_kind(self) -> str:
        return "informed" if self.kind == "blend" else self.kind

    def _make_network(self) -> "keras.Model":
        """A network of the classifier's kind and vocabulary, not yet trained, which is its own from now on."""
        import tensorflow as tf

        from seqlab.models.classify.networks import build_network

        V, C = len(self._trained().vocabulary), len(self.classes)
        self.network = build_network(self._network_kind, V, C, self.settings)
        self._forward = tf.function(self.network, reduce_retracing=True)
        return self.network

    # -- predicting ----------------------------------------------------------------------------------------
    def logits(self, texts: Sequence[str | Sequence[str]]) -> np.ndarray:
        """(N, C) logits of texts, or of lists of words.

        Any string has some: one that is empty, or holds no known word, gets what the classes have in common.
        """
        reader = self._trained()
        if isinstance(texts, str):
            raise SeqlabError("a list of texts", got="one text", fix="write [text]")
        sentences = [reader.words(text) for text in texts]
        parts = [] if self.ngrams is None else [self.ngrams.logits(sentences)]
        if self.network is not None:
            parts.append(self._network_logits(reader, sentences))
        return np.mean(parts, 0)

    def probabilities(self, texts: Sequence[str | Sequence[str]]) -> np.ndarray:
        """(N, C) probabilities of the classes."""
        return np.exp(_log_softmax(self.logits(texts)))

    def predict(self, texts: Sequence[str | Sequence[str]]) -> np.ndarray:
        """(N,) the likeliest class of each text, as its id."""
        return self.logits(texts).argmax(1)

    def evaluate(self, examples: Labelled, seed: int = 0) -> Evaluation:
        """Accuracy with its interval, confusion and calibration on labelled texts."""
        if not len(examples):
            raise SeqlabError("labelled texts to evaluate on", got="none")
        return evaluate(self.probabilities(examples.texts), examples.labels, self.classes, seed=seed)

    def trace(self, text: str, most: int = 200) -> tuple[list[str], np.ndarray]:
        """The probabilities after each word, as if the text ended there.

        Returns:
            the first `most` words, T of them, and (T + 1, C) probabilities: row 0 before the first word.
        """
        words = self._trained().words(text)[:most]
        return words, self.probabilities([words[:t] for t in range(len(words) + 1)])

    def neighbours(self, word: str, n: int = 8) -> list[tuple[str, float]]:
        """The n words whose vectors point most nearly the same way, with the cosine, the nearest first."""
        vocabulary = self._trained().vocabulary
        if self.network is None:
            raise SeqlabError("a kind with word vectors", got=self.kind, fix="train a network, such as 'mean'")
        if word not in vocabulary:
            raise SeqlabError("a word of the vocabulary", got=repr(word))
        vectors = self.word_vectors()
        vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        cosines = vectors @ vectors[vocabulary.index[word]]
        order = [i for i in np.argsort(-cosines) if i > 1 and vocabulary.symbols[i] != word][:n]
        return [(vocabulary.symbols[i], float(cosines[i])) for i in order]

    def word_vectors(self) -> np.ndarray:
        """(V, E) the network's vectors of the vocabulary's words."""
        reader = self._trained()
        arrays = reader.arrays([[w] for w in reader.vocabulary.symbols])
        if self.network is None:
            raise SeqlabError("a kind with word vectors", got=self.kind)
        arrays["ids"][:, 0] = np.arange(len(reader.vocabulary))
        return np.asarray(self.network.vectors(arrays))[:, 0]

    def _trained(self) -> Reader:
        if self.reader is None:
            raise SeqlabError("a classifier that is trained", got="a new one", fix="call fit, or TextClassifier.load")
        return self.reader

    def _network_logits(self, reader: Reader, sentences: list[list[str]]) -> np.ndarray:
        out = np.zeros((len(sentences), len(self.classes)), np.float32)
        order = np.argsort([len(s) for s in sentences], kind="stable")
        start = 0
        while start < len(order):
            # the longest of the next batch decides how many fit
            width = rounded(len(sentences[order[min(start + 255, len(order) - 1)]]))
            rows = order[start : start + max(1, min(256, TOKENS_AT_ONCE // width))]
            chosen = [sentences[i] for i in rows]
            arrays = reader.arrays(chosen, width=rounded(max(map(len, chosen))))
            out[rows] = self._forward({k: _tensor(a) for k, a in arrays.items()}).numpy()
            start += len(rows)
        return out

    # -- keeping -------------------------------------------------------------------------------------------
    def save(self, path: str | Path) -> None:
        """Write everything, vocabulary and settings included, to one file; whole or not at all."""
        self._trained()
        saved.write(self, path)

    @classmethod
    def load(cls, path: str | Path) -> "TextClassifier":
        """The classifier of a file that `save` wrote. Raises SeqlabError for anything else."""
        return saved.read(cls, path)


def _tensor(array: np.ndarray) -> "tf.Tensor":
    import tensorflow as tf

    return tf.constant(array)


def _log_softmax(z: np.ndarray) -> np.ndarray:
    z = z.astype("float64") - z.max(1, keepdims=True, initial=-np.inf)
    return z - np.log(np.exp(z).sum(1, keepdims=True))
