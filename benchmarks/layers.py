"""How long does a training step take? seqlab's recurrent layers beside Keras's own and PyTorch's.

    python benchmarks/layers.py --out results/          everything, about forty minutes on an idle machine
    python benchmarks/layers.py --cells LSTM --sizes 64x16 --rounds 5
    python benchmarks/layers.py --torch-python /path/to/python    PyTorch from an environment of its own

A step is embedding, recurrent layer, dense layer, cross-entropy, gradient and Adam, on batches of 100 characters.
Keras's layers and seqlab's run in each of Keras's modes: a step as tf.function, as one compiled by XLA
(`jit_compile`), and `model.fit` as it comes. PyTorch runs eagerly with its fused Adam.

Each contender is a process of its own, and they take turns (`turns.py`): medians of turns that nothing disturbed.
In the same turns a large matrix product gives the processor's peak, and a large copy the memory's bandwidth. The
share of the peak counts the multiplications that the step cannot do without.
"""

import argparse
import json
import math
import sys
from pathlib import Path

from turns import compete, machine, serve

V, T = 96, 100  # characters in the vocabulary, steps
SIZES = {  # units x batch: (units, batch, embedding)
    "32x16": (32, 16, 32),
    "64x16": (64, 16, 32),
    "128x32": (128, 32, 64),
    "256x64": (256, 64, 256),
    "512x32": (512, 32, 256),
    "1024x8": (1024, 8, 256),
}
CELLS = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}  # and how many products of the size of the state a step has
MODES = ("tf.function", "jit_compile", "fit")
LENGTHS = (125, 250, 500, 1000, 2000)


# -- the contenders: each gives `work(n)`, n training steps ------------------------------------------------------
def batches(B: int, T: int):
    import numpy as np

    ids = np.random.default_rng(0).integers(0, V, (B, T + 1), dtype="int32")
    return ids[:, :-1], ids[:, 1:]


def keras_step(layers, mode: str, cell: str, H: int, B: int, E: int, T: int):
    import keras
    import numpy as np
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    layer = getattr(layers, cell)(H, return_sequences=True)
    model = keras.Sequential(
        [keras.Input((T,), batch_size=B, dtype="int32"), keras.layers.Embedding(V, E), layer, keras.layers.Dense(V)]
    )
    x, y = batches(B, T)
    cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    if mode == "fit":
        model.compile(keras.optimizers.Adam(), cross_entropy)

        def fit(n):
            model.fit(np.tile(x, (n, 1)), np.tile(y, (n, 1)), batch_size=B, shuffle=False, verbose=0)

        return fit

    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    weights = [w.value for w in model.trainable_variables]

    @tf.function(jit_compile=True if mode == "jit_compile" else None)
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = cross_entropy(y, model(x, training=True))
        optimizer.apply(tape.gradient(loss, weights), model.trainable_variables)
        return loss

    x, y = tf.constant(x), tf.constant(y)

    def steps(n):
        for _ in range(n):
            step(x, y).numpy()

    return steps


def torch_step(cell: str, H: int, B: int, E: int, T: int):
    import torch

    torch.manual_seed(0)
    embed, dense = torch.nn.Embedding(V, E), torch.nn.Linear(H, V)
    layer = getattr(torch.nn, {"SimpleRNN": "RNN"}.get(cell, cell))(E, H, batch_first=True)
    weights = [p for module in (embed, layer, dense) for p in module.parameters()]
    optimizer = torch.optim.Adam(weights, fused=True)
    x, y = (torch.tensor(ids).long() for ids in batches(B, T))

    def steps(n):
        for _ in range(n):
            optimizer.zero_grad(set_to_none=True)
            logits = dense(layer(embed(x))[0])
            loss = torch.nn.functional.cross_entropy(logits.reshape(-1, V), y.reshape(-1))
            loss.backward()
            optimizer.step()
            loss.item()

    return steps


def matrix_product(size: int = 2048):
    """2·size³ operations: as many a second as this processor does."""
    import tensorflow as tf

    a = tf.random.normal((size, size))
    product = tf.function(lambda a: (a @ a)[0, 0])

    def products(n):
        for _ in range(n):
            product(a).numpy()

    return products


def copying(size: int = 1 << 26):
    """Copies `size` floats: reads and writes 4·size bytes each."""
    import numpy as np

    source, target = np.ones(size, "float32"), np.zeros(size, "float32")

    def copies(n):
        for _ in range(n):
            np.copyto(target, source)

    return copies


def make(spec: dict):
    name = spec.pop("name")
    if name == "matrix product":
        return matrix_product()
    if name == "copy":
        return copying()
    if name == "pytorch":
        return torch_step(**spec)
    room, mode = name.split()
    if room == "seqlab":
        from seqlab import layers
    else:
        from keras import layers
    return keras_step(layers, mode, **spec)


# -- the run ---------------------------------------------------------------------------------------------------
def operations(cell: str, H: int, B: int, E: int, T: int) -> float:
    """Multiplications and additions of a step's matrix products: forward once, backward twice."""
    return 3 * 2 * B * T * (CELLS[cell] * H * (E + H) + H * V)


def measure(cell: str, size: tuple, length: int, names: list[str], args) -> dict:
    """One cell at one size: every contender's figures, and the ratios that matter."""
    H, B, E = size
    shape = {"cell": cell, "H": H, "B": B, "E": E, "T": length}
    python = {"pytorch": args.torch_python or sys.executable}
    contenders = [(name, {"name": name, **shape}, python.get(name, sys.executable)) for name in names]
    contenders += [(name, {"name": name}, sys.executable) for name in ("matrix product", "copy")]
    got = compete(contenders, __file__, args.rounds, args.patience)
    peak = 2 * 2048**3 / got.pop("matrix product")["seconds"]
    bandwidth = 2 * 4 * (1 << 26) / got.pop("copy")["seconds"]
    for r in got.values():
        r["share_of_peak"] = operations(**shape) / r["seconds"] / peak
    best = {
        room: min((r["seconds"] for name, r in got.items() if name.startswith(room)), default=None)
        for room in ("keras", "seqlab", "pytorch")
    }
    ratios = {f"{room} / seqlab": s / best["seqlab"] for room, s in best.items() if s and room != "seqlab"}
    return {**shape, "peak_gflops": peak / 1e9, "bandwidth_gb_s": bandwidth / 1e9, "contenders": got, **ratios}


def geometric_mean(values) -> float:
    values = list(values)
    return math.exp(sum(map(math.log, values)) / len(values))


def table(results: list[dict], lengths: list[dict]) -> str:
    """Markdown: a row a contender and size; the ratios of the best modes; the cost of length."""
    lines = [
        "| cell, units x batch | | ms a step | fastest to slowest | of GEMM peak | first call | peak memory "
        "| turns (thrown away) |",
        "|:--|:--|--:|:--|--:|--:|--:|--:|",
    ]
    for row in results:
        for name, r in row["contenders"].items():
            lines.append(
                f"| {row['cell']} {row['H']}x{row['B']} | {name} | {1e3 * r['seconds']:.2f} "
                f"| {1e3 * r['fastest']:.2f} to {1e3 * r['slowest']:.2f} | {r['share_of_peak']:.0%} "
                f"| {r['first_call_seconds']:.1f} s | {r['peak_mb']:.0f} MB | {r['turns']} ({r['thrown_away']}) |"
            )
    lines += ["", "| times as fast as | " + " | ".join(f"{r['cell']} {r['H']}x{r['B']}" for r in results)]
    lines[-1] += " | geometric mean |"
    lines.append("|:--|" + "--:|" * (len(results) + 1))
    for peer, label in (("keras", "the best Keras mode"), ("pytorch", "PyTorch")):
        ratios = [r.get(f"{peer} / seqlab") for r in results]
        known = [x for x in ratios if x]
        if known:
            cells = " | ".join(f"{x:.2f}" if x else "" for x in ratios)
            lines.append(f"| {label} | {cells} | {geometric_mean(known):.2f} |")
    if lengths:
        lines += ["", "| steps T | " + " | ".join(str(r["T"]) for r in lengths) + " |"]
        lines.append("|:--|" + "--:|" * len(lengths))
        for name in lengths[0]["contenders"]:
            per_step = (1e6 * r["contenders"][name]["seconds"] / r["T"] for r in lengths)
            lines.append(f"| {name}, µs a step of the sequence | " + " | ".join(f"{x:.1f}" for x in per_step) + " |")
    return "\n".join(lines)


def picture(results: list[dict], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    colours = {"keras": "#999999", "pytorch": "#E69F00", "seqlab": "#0072B2"}
    cells = list(dict.fromkeys(r["cell"] for r in results))
    columns = max(sum(r["cell"] == cell for r in results) for cell in cells)
    size = (2.9 * columns, 2.5 * len(cells))
    fig, axes = plt.subplots(len(cells), columns, figsize=size, layout="constrained", squeeze=False)
    for ax in axes.flat:
        ax.set_visible(False)
    for line, cell in zip(axes, cells, strict=True):
        for ax, row in zip(line, [r for r in results if r["cell"] == cell], strict=False):
            ax.set_visible(True)
            names = list(row["contenders"])[::-1]
            ms = [1e3 * row["contenders"][name]["seconds"] for name in names]
            bars = ax.barh(names, ms, color=[colours[name.split()[0]] for name in names])
            ax.bar_label(bars, [f"{value:.1f}" for value in ms], padding=3, fontsize=8)
            bound = 1e3 * operations(*(row[k] for k in ("cell", "H", "B", "E", "T"))) / row["peak_gflops"] / 1e9
            ax.axvline(bound, color="#D55E00", linewidth=1)  # at the GEMM peak
            ax.set(xlim=(0, 1.25 * max(ms)), xlabel="ms a training step")
            ax.set_title(f"{cell} {row['H']}, batch {row['B']}", loc="left", fontsize=10)
            ax.tick_params(labelsize=8)
            ax.spines[["top", "right"]].set_visible(False)
    fig.savefig(path, dpi=130)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cells", nargs="+", default=list(CELLS), choices=CELLS)
    parser.add_argument("--sizes", nargs="*", default=list(SIZES), choices=SIZES)
    parser.add_argument("--lengths", nargs="*", type=int, default=LENGTHS, help="T of the test of linear cost")
    parser.add_argument("--rounds", type=int, default=9, help="turns of each contender")
    parser.add_argument("--patience", type=int, default=20, help="how often a disturbed turn is taken again")
    parser.add_argument("--torch-python", help="a Python with torch, if this one has none")
    parser.add_argument("--out", type=Path, help="folder for layers.json, .md and .png")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        spec = json.loads(args.serve)
        serve(lambda: make(spec))
        return
    about = machine()
    print(f"{about['processor']}, {about['cores']} cores, load {about['load']}, {about['started']}", flush=True)
    names = [*(f"{room} {mode}" for room in ("keras", "seqlab") for mode in MODES), "pytorch"]
    results, lengths = [], []
    for cell in args.cells:
        for size in args.sizes:
            print(f"{cell} {size} ...", flush=True)
            results.append(measure(cell, SIZES[size], T, names, args))
            keep(results, lengths, about, args.out)
    for length in args.lengths:
        print(f"LSTM 64x16, {length} steps ...", flush=True)
        lengths.append(measure("LSTM", SIZES["64x16"], length, ["seqlab tf.function", "seqlab jit_compile"], args))
        keep(results, lengths, about, args.out)
    print(table(results, lengths))
    if args.out and results:
        picture(results, args.out / "layers.png")


def keep(results, lengths, about, out) -> None:
    """Write what there is: a run that is stopped has not been for nothing."""
    if out:
        out.mkdir(parents=True, exist_ok=True)
        report = {"machine": about, "results": results, "lengths": lengths}
        (out / "layers.json").write_text(json.dumps(report, indent=1) + "\n")
        (out / "layers.md").write_text(table(results, lengths) + "\n")


if __name__ == "__main__":
    main()
