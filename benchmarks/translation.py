"""What does attention bring, and what does one compiled loop? Translators of seqlab beside each other, in one run.

    python benchmarks/translation.py --out benchmarks/results/translation.json     three seeds, about 40 minutes
    python benchmarks/translation.py --only decoding --seeds 0                     a part: short, captions, long, decoding
    python benchmarks/translation.py --epochs 1 --seeds 0                          to see that it works

short: English to Spanish, 10,000 pairs of Tatoeba with at most 8 words and marks a side, no attention, dot products and
additive attention at the same budget; tested on 1,000 pairs whose sentences are not in training, against all
translations that these have there. captions: English to French, Multi30k's pairs of at most 11 words and marks a side.
long: German to English, all of Multi30k, tested on its 1,000 sentences of 2016, in lower case. decoding: sentences a
second of `translate`, greedy and with a beam of 5, beside a loop in Python over the model's own step with the same beam,
a sentence at a time, which must find the same translations.

BLEU and chrF are sacrebleu's over the whole test part, from 0 to 1, on words and marks as `seqlab.text.cut` cuts them;
beam 5, length penalty 1. Seconds are those of `fit` as a whole: wall, and of all cores together (a machine that is busy
with other things has long walls).
"""

import argparse
import json
import math
import os
import platform
import statistics
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from seqlab.models.translate import Translator
from seqlab.text import load_pairs

BEAM = {"beam": 5, "length_penalty": 1.0}
LONG = dict(embedding_dim=96, encoder_units=96, units=192, dropout=0.3, learning_rate=2e-3, epochs=6)
# what is trained: the set, how it is cut down, the settings, the order of BLEU, and the kinds of attention
TASKS = {
    "short": ("spa-eng", False, (8, 10_000, 1000), {}, 4, ("none", "dot", "additive")),
    "captions": ("multi30k-fr", False, (11, None, None), {}, 2, ("none", "dot", "additive")),
    "long": ("multi30k-de", True, (60, None, None), LONG, 4, ("none", "dot")),
}


def learnt(pairs, attention, settings, seed) -> tuple[Translator, dict]:
    """A trained translator, and what the training took."""
    wall, cores = time.perf_counter(), time.process_time()
    model = Translator(attention, **settings).fit(pairs.train, pairs.validation, seed=seed)
    seconds = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cores}
    curve = [round(loss, 3) for loss in model.history.val_loss]
    return model, {"seed": seed, "parameters": model.parameters, "held_out_loss": curve} | seconds


def measured(model, pairs, order) -> dict:
    found = {n: model.evaluate(pairs.test, order=n, **BEAM) for n in {4, order}}
    greedy = model.evaluate(pairs.test, order=order, draws=0)
    return {
        "bleu4": found[4].bleu,
        f"bleu{order}": found[order].bleu,
        f"bleu{order}_interval": found[order].bleu_interval,
        "greedy": greedy.bleu,
        "chrf": found[4].chrf,
        "chrf_interval": found[4].chrf_interval,
        "sentences": found[4].sentences,
    }


def trained(task, seeds, epochs) -> dict:
    """The rows of one task, by attention; each is printed as it comes."""
    name, reverse, (longest, train, held_out), settings, order, kinds = TASKS[task]
    pairs = load_pairs(name, reverse=reverse).short(longest, train, held_out)
    settings = settings | ({} if epochs is None else {"epochs": epochs})
    print(f"\n{task}: {pairs!r}\n")
    print(
        f"| attention | seed | BLEU-{order} | 95 % | greedy | chrF | parameters | wall s | CPU s | held-out nats a pass |"
    )
    print("|:--|--:|--:|:--|--:|--:|--:|--:|--:|:--|")
    results = {}
    for kind in kinds:
        rows = []
        for seed in seeds:
            model, row = learnt(pairs, kind, settings, seed)
            rows.append(row := row | measured(model, pairs, order))
            low, high = row[f"bleu{order}_interval"]
            curve = " ".join(f"{loss:.2f}" for loss in row["held_out_loss"])
            print(
                f"| {kind} | {seed} | **{row[f'bleu{order}']:.3f}** | {low:.3f} to {high:.3f} | {row['greedy']:.3f} | "
                f"{row['chrf']:.3f} | {row['parameters']:,} | {row['wall_s']:.0f} | {row['cpu_s']:.0f} | {curve} |",
                flush=True,
            )
        results[kind] = rows
    means = {
        kind: {key: statistics.fmean(row[key] for row in rows) for key in (f"bleu{order}", "chrf", "wall_s", "cpu_s")}
        for kind, rows in results.items()
    }
    for kind, mean in means.items():
        ratio = mean[f"bleu{order}"] / means["none"][f"bleu{order}"]
        said = ", ".join(f"{key} {value:.3g}" for key, value in mean.items())
        print(f"{kind}, mean of {len(seeds)}: {said}; {ratio:.1f} times the BLEU without attention")
    return results


def python_loop(model, sentence, K, α) -> list[int]:
    """The ids that beam search finds for one sentence, step by step, with the model's own step."""
    import tensorflow as tf

    from seqlab.models.translate.side import BOS, EOS

    network, source = model.network, model.source.ids(model.source.tokens(sentence))
    memory, start = network.encode(tf.constant(source[None], tf.int32))
    weights = network.step_weights()
    beams, done = [(0.0, [], [s[0] for s in start])], []
    for t in range(limit := 2 * len(source) + 8):
        states = tuple(tf.stack(parts) for parts in zip(*(states for _, _, states in beams), strict=True))
        last = tf.constant([ids[-1] if ids else BOS for _, ids, _ in beams])
        logits, states, _ = network.step(weights, last, states, memory, len(beams))  # all hypotheses at once
        rows = tf.nn.log_softmax(logits)[0].numpy()
        rows[:, [0, BOS]] = -math.inf
        continued = []
        for k, (log_p, ids, _) in enumerate(beams):
            after = [s[k] for s in states]
            best = np.argpartition(-rows[k], 2 * K)[: 2 * K]
            continued += [(log_p + rows[k, i], [*ids, int(i)], after) for i in best]
        continued.sort(key=lambda one: -one[0])
        done += [(p / ((6 + t) / 6) ** α, ids[:-1]) for p, ids, _ in continued[:K] if ids[-1] == EOS]
        beams = [one for one in continued[: 2 * K] if one[1][-1] != EOS][:K]
        if t + 1 == limit:
            done += [(p / ((6 + t) / 6) ** α, ids) for p, ids, _ in beams]
        elif done and max(done)[0] >= beams[0][0] / ((5 + limit) / 6) ** α:
            break
    return max(done)[1]


def decoding(epochs) -> dict:
    """Sentences a second, ours and a Python loop's, by wall time, alternating; medians of three."""
    pairs = load_pairs("multi30k-fr").short(11, 4000, None)
    model = Translator("dot", epochs=epochs or 4).fit(pairs.train)
    sentences = [source for source, _ in pairs.test]
    few = sentences[:: max(1, len(sentences) // 20)][:20]
    print(
        "\ndecoding: sentences a second\n\n| beam | Python loop | seqlab | times | same result |\n|--:|--:|--:|--:|--:|"
    )
    results = {}
    for K, α in ((1, 0.0), (5, 1.0)):
        model.translate(sentences, beam=K, length_penalty=α)  # compiles
        speeds = {"loop": [], "seqlab": []}
        for _ in range(3):
            began = time.perf_counter()
            loop = [python_loop(model, sentence, K, α) for sentence in few]
            speeds["loop"].append(len(few) / (time.perf_counter() - began))
            began = time.perf_counter()
            model.translate(sentences, beam=K, length_penalty=α)
            speeds["seqlab"].append(len(sentences) / (time.perf_counter() - began))
        symbols = model.target.vocabulary.symbols
        ours = model.translate(few, beam=K, length_penalty=α, copy_unknown=False)
        same = np.mean(
            [model.target.sentence([symbols[i] for i in ids]) == t for ids, t in zip(loop, ours, strict=True)]
        )
        speed = {name: statistics.median(values) for name, values in speeds.items()}
        results[K] = speed | {"times": speed["seqlab"] / speed["loop"], "same": float(same)}
        print(
            f"| {K} | {speed['loop']:.1f} | {speed['seqlab']:.0f} | **{results[K]['times']:.0f}** | {same:.0%} |",
            flush=True,
        )
    return results


def with_other_seeds(found, known) -> dict:
    """New rows, and those of other seeds that the file has already."""

    def rows(kind):
        new = found.get(kind, [])
        seeds = {row["seed"] for row in new}
        return sorted(
            [*new, *(row for row in known.get(kind, []) if row["seed"] not in seeds)], key=lambda row: row["seed"]
        )

    return {kind: rows(kind) if isinstance(found.get(kind), list) else found[kind] for kind in found}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--only", nargs="*", choices=[*TASKS, "decoding"], default=[*TASKS, "decoding"])
    arguments.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    arguments.add_argument("--epochs", type=int, help="passes at most, for a quick look")
    arguments.add_argument("--out", type=Path, help="a file for the numbers, as JSON; other parts in it are kept")
    chosen = arguments.parse_args()
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
    print(f"{machine}, load {os.getloadavg()[0]:.1f} at the start")
    for part in chosen.only:
        if part == "decoding":
            found = decoding(chosen.epochs)
        else:
            found = trained(part, chosen.seeds[:1] if part == "long" else chosen.seeds, chosen.epochs)
        if chosen.out:
            known = json.loads(chosen.out.read_text()) if chosen.out.is_file() else {}
            chosen.out.write_text(
                json.dumps(known | {part: with_other_seeds(found, known.get(part, {}))}, indent=1) + "\n"
            )
    if chosen.out:
        print(f"\nWritten: {chosen.out}")


if __name__ == "__main__":
    main()
