"""Lab 6's tables, three times: its networks trained from three seeds, as its cells train them.

    python benchmarks/sentiment_lab.py --out benchmarks/results/sentiment_lab.json      8 minutes on two busy cores

On rt_polarity: trained on the training part, three passes, no early stopping; measured on the 1,054 sentences of the
test part, on the same with their words shuffled, and on the 40 order-contrast pairs. Then trained on templates, and
measured on both again. Last, three networks that tell which adjective is missing, by the side from which they read.

Two kinds of error: how far the seeds lie apart (the same test sentences, another training), and the standard error of
one accuracy on so many sentences, √(p (1 - p) / N), which stays when the seeds agree.
"""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

import seqlab
from seqlab import models, text
from seqlab.models.classify import TextClassifier

T = 30


def masked_mean(x, mask):
    total = tf.reduce_sum(x * mask[:, :, None], axis=1)
    return total / tf.maximum(tf.reduce_sum(mask, axis=1)[:, None], 1.0)


def masked_sum(x, mask):
    return tf.reduce_sum(mask, axis=1, keepdims=True) * masked_mean(x, mask)


def last_state(hs, mask):
    return tf.gather(hs, models.lengths(mask) - 1, axis=1, batch_dims=1)


def loss(y, logits):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))


def deep_birnn(V, E, U, C):
    ids = keras.Input((None,), dtype="int32")
    mask = ids != 0
    x = keras.layers.SpatialDropout1D(0.4)(keras.layers.Embedding(V, E)(ids))
    x = keras.layers.Bidirectional(keras.layers.GRU(U, return_sequences=True))(x, mask=mask)
    x = keras.layers.Bidirectional(keras.layers.GRU(U))(x, mask=mask)
    return keras.Model(ids, keras.layers.Dense(C)(keras.layers.Dropout(0.4)(x)))


def networks(V):
    """The lab's networks, not yet trained, each with its learning rate on real sentences."""
    yield "bag of counts", models.SentenceModel(V, masked_sum, E=None), 1e-2
    yield "mean of vectors", models.SentenceModel(V, masked_mean), 2e-3
    gru = seqlab.layers.GRU(48, return_sequences=True)
    yield "GRU, last state", models.SentenceModel(V, last_state, reader=gru), 2e-3
    yield "deep bidirectional", deep_birnn(V, 64, 32, 2), 2e-3


def tagger(V, reads):
    """Logits at every word, from a recurrent layer that reads forward, backward or both."""
    ids = keras.Input((None,), dtype="int32")
    x, mask = keras.layers.Embedding(V, 32)(ids), ids != 0
    if reads == "both":
        h = keras.layers.Bidirectional(keras.layers.GRU(24, return_sequences=True))(x, mask=mask)
    else:
        h = keras.layers.GRU(24, return_sequences=True, go_backwards=reads == "backward")(x, mask=mask)
        h = keras.ops.flip(h, axis=1) if reads == "backward" else h
    return keras.Model(ids, keras.layers.Dense(2)(h))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--steps", type=int, help="for a quick look")
    arguments.add_argument("--out", type=Path, help="a file for the numbers, as JSON")
    chosen = arguments.parse_args()
    sentences, pairs = text.load_sentences("rt_polarity"), text.both_sides(text.contrast_pairs())
    made = text.made_pairs(1200, np.random.default_rng(0))
    vocabulary = text.Vocabulary.from_texts([*sentences.train.texts, *text.both_sides(made).texts])
    V, steps = len(vocabulary), chosen.steps or 3 * len(sentences.train) // 64 + 1

    def to_ids(texts):
        return seqlab.sequences.pad([vocabulary.encode(t)[:T] for t in texts], T)[0]

    rng = np.random.default_rng(5)
    shuffled = text.labelled(
        (" ".join(rng.permutation(text.words(t))), label)
        for t, label in zip(*vars(sentences.test).values(), strict=True)
    )
    parts = {"real": sentences.test, "pairs": pairs, "shuffled": shuffled}

    def accuracies(judge):
        return {name: float(np.mean((judge(part.texts) > 0.5) == part.labels)) for name, part in parts.items()}

    plain = text.plain_sentences()
    half = [i for i in np.random.default_rng(1).permutation(len(plain)) if " food " not in plain.texts[i]][:1200]
    templates = text.labelled([*text.both_sides(made), *plain.only(half)])
    results = {"real": {}, "templates": {}, "gaps": {}}

    def keep(table, name, row):
        results[table].setdefault(name, []).append(row)
        print(table, name, {k: round(v, 4) for k, v in row.items()}, flush=True)

    for table, part in (("real", sentences.train), ("templates", templates)):
        linear = TextClassifier("ngrams").fit(part)
        keep(table, "n-grams (linear)", accuracies(lambda texts, m=linear: m.probabilities(texts)[:, 1]))
        for seed in range(chosen.seeds):
            keras.utils.set_random_seed(seed)
            for name, model, rate in networks(V):
                n, rate = (steps, rate) if table == "real" else (min(steps, 300), max(rate, 5e-3))
                models.train_on_texts(
                    model, loss, to_ids(part.texts), part.labels, steps=n, rate=rate, seed=seed, progress=False
                )
                keep(table, name, accuracies(lambda texts, m=model: models.positive(m, to_ids(texts))))

    gaps, test = (text.with_gaps(p) for p in (made[:1000], made[1000:]))
    for seed in range(chosen.seeds):
        for reads in ("forward", "backward", "both"):
            keras.utils.set_random_seed(seed)
            model, rows = tagger(V, reads), np.arange(len(test.texts))

            def gap_loss(y, logits):
                return loss(y[:, 1], tf.gather(logits, y[:, 0], axis=1, batch_dims=1))

            y = np.stack([gaps.places, gaps.labels], 1)
            models.train_on_texts(model, gap_loss, to_ids(gaps.texts), y, steps=150, rate=1e-2, progress=False)
            right = np.asarray(model(to_ids(test.texts)))[rows, test.places].argmax(-1) == test.labels
            row = {"first": right[~test.second].mean(), "second": right[test.second].mean()}
            keep("gaps", reads, {k: float(v) for k, v in row.items()})
    if chosen.out:
        chosen.out.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
