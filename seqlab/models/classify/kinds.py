"""The kinds of classifier, from a bag of words to the best one, and the settings that each starts from."""

from typing import Any

from seqlab.errors import SeqlabError

# kind -> what it is
KINDS = {
    "bag": "counts of words, one weight a word and class",
    "mean": "the mean of the words' vectors",
    "SimpleRNN": "the last state of a SimpleRNN",
    "LSTM": "the last state of an LSTM",
    "GRU": "the last state of a GRU",
    "bidirectional": "a GRU in each direction, mean and maximum over the words",
    "deep": "two bidirectional layers",
    "tree": "a recursive network over a balanced binary tree",
    "informed": "bidirectional, and each word also brings its spelling and the log-odds of naive Bayes",
    "ngrams": "logistic regression on words, pairs, triples and pieces of words, weighted by naive Bayes",
    "blend": "the mean of the logits of ngrams and informed",
}
NETWORKS = tuple(kind for kind in KINDS if kind not in ("ngrams", "blend"))

# Chosen on the validation part of rt_polarity, seed 0; benchmarks/sentiment.py measures what comes of them.
_COMMON: dict[str, Any] = {
    "embedding_dim": 64,
    "units": 48,
    "cell": "GRU",
    "word_dropout": 0.3,  # share of words replaced by the unknown word, anew in each step
    "embedding_dropout": 0.5,  # share of the vectors' dimensions, the same for all words of a text
    "dropout": 0.5,  # before the last layer
    "learning_rate": 1e-3,
    "batch": 64,
    "epochs": 8,
    "patience": 2,  # passes without a better validation loss before it stops
    "average": 0.995,  # the weights kept are a moving average, over about 1 / (1 - 0.995) steps
    "vocabulary_size": None,
    "min_count": 2,
    "max_words": 400,  # of a longer text the first so many are read
}
_OWN: dict[str, dict[str, Any]] = {
    "bag": {"learning_rate": 5e-3, "word_dropout": 0.0, "embedding_dropout": 0.0, "dropout": 0.0, "epochs": 15},
    "mean": {"learning_rate": 3e-3, "word_dropout": 0.1, "epochs": 15},
    "SimpleRNN": {"embedding_dropout": 0.3, "word_dropout": 0.1, "epochs": 15},
    "LSTM": {"embedding_dropout": 0.3, "word_dropout": 0.1, "learning_rate": 2e-3, "epochs": 12},
    "GRU": {"embedding_dropout": 0.3, "word_dropout": 0.1, "learning_rate": 2e-3, "epochs": 12},
    "bidirectional": {"learning_rate": 2e-3, "embedding_dim": 100, "units": 64, "epochs": 10},
    "deep": {"learning_rate": 2e-3, "embedding_dim": 100, "units": 48, "epochs": 10},
    "tree": {"learning_rate": 2e-3, "embedding_dropout": 0.3, "word_dropout": 0.1, "epochs": 10},
}


def settings_of(kind: str, **changed: Any) -> dict[str, Any]:
    """The settings of a kind, some of them changed.

    Raises:
        SeqlabError: no such kind or setting.

    >>> settings_of("informed", units=32)["units"]
    32
    """
    if kind not in KINDS:
        raise SeqlabError(f"a kind of classifier is one of {', '.join(KINDS)}", got=repr(kind))
    unknown = set(changed) - set(_COMMON)
    if unknown:
        raise SeqlabError(f"settings are {', '.join(_COMMON)}", got=", ".join(sorted(unknown)))
    settings = {**_COMMON, **_OWN.get(kind, {}), **changed}
    for name in ("embedding_dim", "units", "batch", "epochs", "patience", "max_words"):
        if not isinstance(settings[name], int) or settings[name] < 1:
            raise SeqlabError(f"{name} is a whole number, 1 or more", got=repr(settings[name]))
    for name in ("word_dropout", "embedding_dropout", "dropout", "average"):
        if not 0 <= settings[name] < 1:
            raise SeqlabError(f"{name} is at least 0 and below 1", got=repr(settings[name]))
    return settings
