"""How fast does a character model write? seqlab beside what one would write oneself.

    python benchmarks/generation.py                     everything, about ten minutes on an idle machine
    python benchmarks/generation.py --sizes 256x1 --rounds 5 --out results/

Four ways to draw characters from embedding, LSTM and dense layer, at temperature 1:

    python loop      the stateful Keras model called once a character, as the MIT lab does
    tf.function      the same, with model and draw in one traced step
    pytorch          torch.nn.LSTM called once a character (left out if torch is not installed)
    seqlab           seqlab.models.generate

Each is a process of its own, and they take turns (`turns.py`): medians of turns that nothing disturbed. The limit is
the time to read the recurrent and dense weights once a character, measured in the same turns by NumPy's product of
such a matrix with a vector, on all cores and on one.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from turns import compete, machine, serve

V = 100  # characters in the vocabulary
SIZES = {"64x1": (64, 1, 64), "256x1": (256, 1, 64), "256x64": (256, 64, 64), "1024x1": (1024, 1, 256)}
PEERS = ("python loop", "tf.function", "pytorch", "seqlab")
BANDWIDTHS = ("all cores", "one core")
UNIT = 100  # characters of a text
RATES = {"rate": "seconds", "lowest": "slowest", "highest": "fastest"}


# -- the peers: each makes `write(n)`, which draws n characters for every text of the batch ---------------------
def keras_stepper(units, batch, embedding):
    import keras

    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input(batch_shape=(batch, 1), dtype="int32"),
            keras.layers.Embedding(V, embedding),
            keras.layers.LSTM(units, return_sequences=True, stateful=True),
            keras.layers.Dense(V),
        ]
    )


def python_loop(units, batch, embedding):
    import tensorflow as tf

    model = keras_stepper(units, batch, embedding)

    def write(n):
        ids = tf.zeros((batch, 1), tf.int32)
        for _ in range(n):
            ids = tf.random.categorical(model(ids)[:, -1], 1, dtype=tf.int32)
            ids.numpy()

    return write


def traced_step(units, batch, embedding):
    import tensorflow as tf

    model = keras_stepper(units, batch, embedding)

    @tf.function
    def step(ids):
        return tf.random.categorical(model(ids)[:, -1], 1, dtype=tf.int32)

    def write(n):
        ids = tf.zeros((batch, 1), tf.int32)
        for _ in range(n):
            ids = step(ids)
            ids.numpy()

    return write


def pytorch(units, batch, embedding):
    import torch

    torch.manual_seed(0)
    embed = torch.nn.Embedding(V, embedding)
    lstm = torch.nn.LSTM(embedding, units, batch_first=True)
    dense = torch.nn.Linear(units, V)

    @torch.no_grad()
    def write(n):
        ids, state = torch.zeros((batch, 1), dtype=torch.long), None
        for _ in range(n):
            h, state = lstm(embed(ids), state)
            ids = torch.multinomial(torch.softmax(dense(h[:, -1]), -1), 1)
            ids.numpy()

    return write


def seqlab_loop(units, batch, embedding):
    import keras

    from seqlab.models import LanguageModel, generate

    keras.utils.set_random_seed(0)
    model = LanguageModel([chr(48 + i) for i in range(V)], embedding, units, cell="LSTM")
    model(keras.ops.zeros((1, 1), "int32"))
    return lambda n: generate(model, [0], n, batch=batch, progress=False)


def weight_reader(units, batch, embedding):
    """Not a peer: reads the weights that every step needs, and does as little with them as possible."""
    import numpy as np

    U, W_y = (np.ones(shape, np.float32) for shape in ((units, 4 * units), (units, V)))
    h = np.ones(units, np.float32)

    def write(n):
        for _ in range(n):
            h @ U
            h @ W_y

    return write


MAKERS = dict(zip(PEERS, (python_loop, traced_step, pytorch, seqlab_loop), strict=True))


def serve_one(spec: dict) -> None:
    """In the child: characters in units of a hundred."""
    if spec["maker"] == "one core":
        os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy comes

    def make():
        write = MAKERS.get(spec["maker"], weight_reader)(*SIZES[spec["size"]])
        return lambda n: write(UNIT * n)

    serve(make)


def measure(size: str, rounds: int, patience: int, pythons: dict[str, str]) -> list[dict]:
    """All peers of one size, in turn; seconds become characters a second."""
    batch = SIZES[size][1]
    # with a batch the products are bound by arithmetic, not by reading
    names = (*PEERS, *BANDWIDTHS) if batch == 1 else PEERS
    contenders = [(name, {"maker": name, "size": size}, pythons.get(name, sys.executable)) for name in names]
    results = []
    for name, r in compete(contenders, __file__, rounds, patience).items():
        rates = {key: UNIT * batch / r.pop(old) for key, old in RATES.items()}
        results.append({"size": size, "peer": name, **rates, **r})
    return results


# -- results ---------------------------------------------------------------------------------------------------
def table(results: list[dict]) -> str:
    """Markdown: one block of rows a size, with the ratio to the Python loop and to the limit."""
    lines = [
        "| LSTM units x batch | | characters/s | lowest to highest | x python loop | of the limit "
        "| first call | peak memory | turns (thrown away) |",
        "|:--|:--|--:|:--|--:|--:|--:|--:|--:|",
    ]
    for size in dict.fromkeys(r["size"] for r in results):
        rows = {r["peer"]: r for r in results if r["size"] == size}
        base = rows["python loop"]["rate"]
        limit = rows.get("all cores", {}).get("rate")
        for name, r in rows.items():
            rate = r["rate"]
            label = f"limit: reading the weights, {name}" if name in BANDWIDTHS else name
            share = f"{rate / limit:.0%}" if limit else ""
            lines.append(
                f"| {size} | {label} | {rate:,.0f} | {r['lowest']:,.0f} to {r['highest']:,.0f} "
                f"| {rate / base:.1f} | {share} | {r['first_call_seconds']:.2f} s | {r['peak_mb']:.0f} MB "
                f"| {r['turns']} ({r['thrown_away']}) |"
            )
    return "\n".join(lines)


def picture(results: list[dict], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    sizes = list(dict.fromkeys(r["size"] for r in results))
    colours = dict(zip(PEERS, ("#999999", "#56B4E9", "#E69F00", "#0072B2"), strict=True))
    fig, axes = plt.subplots(1, len(sizes), figsize=(3.4 * len(sizes), 2.6), layout="constrained", squeeze=False)
    for ax, size in zip(axes[0], sizes, strict=True):
        rows = [r for r in results if r["size"] == size and r["peer"] in PEERS][::-1]
        rates = [r["rate"] for r in rows]
        bars = ax.barh([r["peer"] for r in rows], rates, color=[colours[r["peer"]] for r in rows])
        ax.bar_label(bars, [f"{rate:,.0f}" for rate in rates], padding=3, fontsize=9)
        ax.set(xscale="log", xlim=(min(rates) / 2, max(rates) * 8), xlabel="characters per second")
        ax.set_title(f"LSTM {size.replace('x', ', batch ')}", loc="left", fontsize=11)
        ax.spines[["top", "right"]].set_visible(False)
    fig.savefig(path, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", nargs="+", default=list(SIZES), choices=SIZES)
    parser.add_argument("--rounds", type=int, default=9, help="turns of each contender")
    parser.add_argument("--patience", type=int, default=20, help="how often a disturbed turn is taken again")
    parser.add_argument("--torch-python", help="a Python with torch, if this one has none")
    parser.add_argument("--out", type=Path, help="folder for generation.json, .md and .png")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve_one(json.loads(args.serve))
        return
    about = machine()
    print(f"{about['processor']}, {about['cores']} cores, load {about['load']}, {about['started']}", flush=True)
    results = []
    for size in args.sizes:
        print(f"LSTM {size} ...", flush=True)
        pythons = {"pytorch": args.torch_python} if args.torch_python else {}
        results += measure(size, args.rounds, args.patience, pythons)
    print(table(results))
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        report = {"machine": about, "results": results}
        (args.out / "generation.json").write_text(json.dumps(report, indent=1) + "\n")
        (args.out / "generation.md").write_text(table(results) + "\n")
        picture(results, args.out / "generation.png")


if __name__ == "__main__":
    main()
