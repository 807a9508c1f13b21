"""Models of tunes at equal time: held-out bits beside counting, and what they write, judged.

    python benchmarks/tunes.py                       # SimpleRNN, GRU and LSTM, 110 s each, and a 5-gram model
    python benchmarks/tunes.py --cells LSTM --seconds 30
    python benchmarks/tunes.py --cells lab5 GRU --steps 1000 1050 --temperatures 0.8

All learn from O'Neill's, Ryan's and Aird's training tunes and are measured on the test tunes of the same split by
cluster. The number of steps of each cell is set from its own pace over the first steps, so that all train for the
same time, unless `--steps` says how many. "lab5" is the network of lab 5, which reads characters and is told nothing;
its bits are those of the same tunes. Written tunes are judged against the training tunes; "copies" have 60 % of their
notes in one passage.
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

from seqlab import models
from seqlab.composing.held_out import Score, ngram_score, score
from seqlab.composing.model import TuneModel
from seqlab.composing.shipped import parts
from seqlab.composing.training import learn, vocabulary_of
from seqlab.composing.writing import write
from seqlab.models.language_model import CELLS
from seqlab.music import Memory, bits, judge_set
from seqlab.music.tokeniser import join
from seqlab.sequences import Vocabulary
from seqlab.sequences.windows import random_windows

TRIAL = 60  # steps that tell the pace
SHOWN = ("parse", "every bar complete", "copies", "end on the home note", "notes in the key", "bars heard before")


class OfTokens:
    """A network of musical tokens, which is told where in the bar it is."""

    bounds = (False, True)  # it writes freely, and held to the bar

    def __init__(self, cell: str, books, units: int) -> None:
        self.model = TuneModel(vocabulary_of(books.all).symbols, units, cell)

    def learn(self, tunes, steps: int, seed: int = 0) -> float:
        """The seconds of so many steps of training."""
        return learn(self.model, tunes, steps=steps, seed=seed, progress=False).seconds

    def score(self, tunes) -> Score:
        return score(self.model, tunes)

    def write(self, n: int, temperature: float, fits: bool, seed: int) -> list[str]:
        return [join(text) for text in write(self.model, n, temperature=temperature, fits=fits, seed=seed)]


class OfCharacters:
    """The network of lab 5, trained as there: embedding, GRU and a linear layer, windows of 64 characters."""

    bounds = (False,)
    longest = 1000  # characters, after which a tune that has not ended is cut off

    def __init__(self, cell: str, books, units: int) -> None:
        self.vocabulary = Vocabulary.from_texts(tune.abc for tune in books.all)
        self.model = keras.Sequential(
            [
                keras.layers.Embedding(len(self.vocabulary), 64),
                keras.layers.GRU(units, return_sequences=True),
                keras.layers.Dense(len(self.vocabulary)),
            ]
        )

    def learn(self, tunes, steps: int, seed: int = 0) -> float:
        ids = self.vocabulary.encode("\n".join(tune.abc for tune in tunes))
        rate = keras.optimizers.schedules.CosineDecay(5e-3, steps, alpha=0.05)

        def loss(y, logits):
            return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))

        optimizer, windows = keras.optimizers.Adam(rate), random_windows(ids, 64, 64)
        step = models.train_step
        return models.train(step, self.model, optimizer, loss, windows, steps, seed=seed, progress=False).seconds

    def score(self, tunes) -> Score:
        """Each tune is read whole, from the blank line before it to the one that ends it."""
        texts = sorted((self.vocabulary.encode("\n\n" + tune.abc + "\n") for tune in tunes), key=len)
        read, nats = tf.function(self.model, reduce_retracing=True), 0.0
        for first in range(0, len(texts), 32):
            group = texts[first : first + 32]
            whole = np.stack([np.pad(ids, (0, len(group[-1]) - len(ids))) for ids in group])
            each = tf.nn.sparse_softmax_cross_entropy_with_logits(whole[:, 1:], read(whole[:, :-1])).numpy()
            nats += sum(float(row[1 : len(ids) - 1].sum()) for row, ids in zip(each, group, strict=True))
        return Score(*bits(nats, tunes))

    def write(self, n: int, temperature: float, fits: bool, seed: int) -> list[str]:
        prime = list(self.vocabulary.encode("X:1\n"))
        texts = models.generate(
            self.model, prime, self.longest, batch=n, temperature=temperature, seed=seed, progress=False
        )
        return ["X:1\n" + self.vocabulary.decode(ids).split("\n\n")[0] + "\n" for ids in texts]


def steps_for(seconds: float, make, books) -> int:
    """How many steps of training take so many seconds, from the pace of the first ones."""
    pace = make().learn(books.train[:200], TRIAL) / TRIAL
    return max(1, int(seconds / pace))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cells", nargs="+", default=list(CELLS), choices=[*CELLS, "lab5"])
    parser.add_argument("--seconds", type=float, default=110, help="of training, for each")
    parser.add_argument("--steps", type=int, nargs="+", help="of training, a number for each cell")
    parser.add_argument("--units", type=int, default=256)
    parser.add_argument("--tunes", type=int, default=200, help="to write at each temperature")
    parser.add_argument("--temperatures", type=float, nargs="+", default=[0.6, 0.8, 1.0])
    parser.add_argument("--seed", type=int, default=1903)
    parser.add_argument("--out", type=Path, help="folder for tunes.json and the trained models")
    args = parser.parse_args()
    books = parts()
    print(f"{len(books.train)} tunes to learn from, {len(books.test)} to be measured on")
    memory = Memory(books.train)
    rows = []
    for name, characters in (("5-gram of characters", True), ("5-gram of tokens", False)):
        found = ngram_score(books.train, books.test, characters=characters)
        rows.append({"model": name, **found._asdict()})
        print(f"{name:22} {found.per_character:.3f} bits a character, {found.per_note:.3f} a note", flush=True)
    for k, cell in enumerate(args.cells):
        keras.utils.set_random_seed(args.seed)

        def make(cell=cell):
            return (OfCharacters if cell == "lab5" else OfTokens)(cell, books, args.units)

        steps = args.steps[k] if args.steps else steps_for(args.seconds, make, books)
        keras.utils.set_random_seed(args.seed)
        network = make()
        trained = network.learn(books.train, steps, args.seed)
        found = network.score(books.test)
        rows.append({"model": cell, "steps": steps, "seconds": trained, **found._asdict()})
        print(
            f"{cell:22} {found.per_character:.3f} bits a character, {found.per_note:.3f} a note; {steps} steps in "
            f"{trained:.0f} s",
            flush=True,
        )
        for fits in network.bounds:
            for temperature in args.temperatures:
                start = time.perf_counter()
                texts = network.write(args.tunes, temperature, fits, args.seed)
                seconds = time.perf_counter() - start
                report = judge_set(texts, books.train, memory)
                shares = {what: report[what] for what in SHOWN}
                rows.append({"model": cell, "fits": fits, "temperature": temperature, "seconds": seconds, **shares})
                told = ", ".join(f"{what} {share:.0%}" for what, share in shares.items())
                print(f"  {'held to the bar' if fits else 'free':15} τ {temperature:.1f}: {told}", flush=True)
        if args.out:
            args.out.mkdir(parents=True, exist_ok=True)
            network.model.save(args.out / f"{cell}.keras")
            (args.out / "tunes.json").write_text(json.dumps(rows, indent=1))
    held_out = judge_set(books.test, books.train, memory)
    print("real tunes, held out: " + ", ".join(f"{what} {held_out[what]:.0%}" for what in SHOWN))


if __name__ == "__main__":
    main()
