"""Lab 1's small networks, three times: as its cells train them, from three seeds, beside counting.

    python benchmarks/window_lab.py --out benchmarks/results/window_lab.json      half a minute

Held-out loss in nats a character on the Irish tunes of labs 1 and 5, for windows of 2, 4 and 8 characters.
"""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from seqlab import models, music


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--steps", type=int, default=500)
    arguments.add_argument("--out", type=Path, help="a file for the numbers, as JSON")
    chosen = arguments.parse_args()
    tunes = music.load_tunes("oneill")
    vocabulary = music.Vocabulary.from_texts(t.abc for t in tunes)
    train, held = (np.array(vocabulary.encode("\n".join(t.abc for t in part))) for part in music.split(tunes)[:2])
    V, results = len(vocabulary), {"counting": {}, "network": {}}
    for k in (2, 4, 8):
        results["counting"][k] = models.ngram_loss(train, held, V, order=k + 1)
        results["network"][k] = []
        for seed in range(1, chosen.seeds + 1):
            network = models.WindowModel(V, k, seed=seed)
            network.fit(*windows(train, k), steps=chosen.steps)
            results["network"][k].append(network.loss(*windows(held, k)))
        losses = results["network"][k]
        print(
            f"k = {k}: network {np.mean(losses):.3f} (from {min(losses):.3f} to {max(losses):.3f}), "
            f"counting {results['counting'][k]:.3f}",
            flush=True,
        )
    if chosen.out:
        chosen.out.write_text(json.dumps(results, indent=1) + "\n")


def windows(ids, k):
    return np.lib.stride_tricks.sliding_window_view(ids[:-1], k), ids[k:]


if __name__ == "__main__":
    main()
