"""Models of tunes at equal time: held-out bits beside counting, and what they write, judged.

    python benchmarks/tunes.py                       # SimpleRNN, GRU and LSTM, 110 s each, and a 5-gram model
    python benchmarks/tunes.py --cells LSTM --seconds 30

All learn from O'Neill's, Ryan's and Aird's training tunes and are measured on the test tunes of the same split by
cluster. The number of steps of each cell is set from its own pace over the first steps, so that all train for the
same time. Written tunes are judged against the training tunes; "copies" have 60 % of their notes in one passage.
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

from seqlab.composing.held_out import ngram_score, score
from seqlab.composing.model import TuneModel
from seqlab.composing.shipped import parts
from seqlab.composing.training import learn, vocabulary_of
from seqlab.composing.writing import write
from seqlab.models.language_model import CELLS
from seqlab.music import Memory, judge_set
from seqlab.music.tokeniser import join

TRIAL = 60  # steps that tell the pace
SHOWN = ("parse", "every bar complete", "copies", "end on the home note", "notes in the key", "bars heard before")


def steps_for(seconds: float, make, books) -> int:
    """How many steps of training take so many seconds, from the pace of the first ones."""
    pace = learn(make(), books.train[:200], steps=TRIAL, progress=False).seconds / TRIAL
    return max(1, int(seconds / pace))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cells", nargs="+", default=list(CELLS), choices=CELLS)
    parser.add_argument("--seconds", type=float, default=110, help="of training, for each")
    parser.add_argument("--units", type=int, default=256)
    parser.add_argument("--tunes", type=int, default=200, help="to write at each temperature")
    parser.add_argument("--temperatures", type=float, nargs="+", default=[0.6, 0.8, 1.0])
    parser.add_argument("--seed", type=int, default=1903)
    parser.add_argument("--out", type=Path, help="folder for tunes.json and the trained models")
    args = parser.parse_args()
    books = parts()
    print(f"{len(books.train)} tunes to learn from, {len(books.test)} to be measured on")
    memory, symbols = Memory(books.train), vocabulary_of(books.all).symbols
    rows = []
    for name, characters in (("5-gram of characters", True), ("5-gram of tokens", False)):
        found = ngram_score(books.train, books.test, characters=characters)
        rows.append({"model": name, **found._asdict()})
        print(f"{name:22} {found.per_character:.3f} bits a character, {found.per_note:.3f} a note", flush=True)
    for cell in args.cells:
        keras.utils.set_random_seed(args.seed)

        def make(cell=cell):
            return TuneModel(symbols, args.units, cell)

        steps = steps_for(args.seconds, make, books)
        keras.utils.set_random_seed(args.seed)
        model = make()
        history = learn(model, books.train, steps=steps, seed=args.seed)
        found = score(model, books.test)
        rows.append({"model": cell, "steps": steps, "seconds": history.seconds, **found._asdict()})
        print(
            f"{cell:22} {found.per_character:.3f} bits a character, {found.per_note:.3f} a note; {steps} steps in "
            f"{history.seconds:.0f} s",
            flush=True,
        )
        for fits in (False, True):
            for temperature in args.temperatures:
                start = time.perf_counter()
                texts = write(model, args.tunes, temperature=temperature, fits=fits, seed=args.seed)
                seconds = time.perf_counter() - start
                report = judge_set([join(text) for text in texts], books.train, memory)
                shares = {what: report[what] for what in SHOWN}
                rows.append({"model": cell, "fits": fits, "temperature": temperature, "seconds": seconds, **shares})
                told = ", ".join(f"{what} {share:.0%}" for what, share in shares.items())
                print(f"  {'held to the bar' if fits else 'free':15} τ {temperature:.1f}: {told}", flush=True)
        if args.out:
            args.out.mkdir(parents=True, exist_ok=True)
            model.save(args.out / f"{cell}.keras")
            (args.out / "tunes.json").write_text(json.dumps(rows, indent=1))
    held_out = judge_set(books.test, books.train, memory)
    print("real tunes, held out: " + ", ".join(f"{what} {held_out[what]:.0%}" for what in SHOWN))


if __name__ == "__main__":
    main()
