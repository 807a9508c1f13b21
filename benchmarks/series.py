"""Lab 8's tables: forecasts of air, sea, storms and pedestrians beside those that need no network, from three seeds.

    SEQLAB_DATA=... python benchmarks/series.py --out benchmarks/results/series.json

Monthly series: 36 months in, 12 out; trained to 1985 (air) and 1990 (sea), measured from 1990 and 1998. Storms: 36 hours
in, 24 out, trained to 2012, measured from 2018. Pedestrians, one scene left out after another: 8 steps in, 12 out; left out
where their files are not to be had. Intervals are bootstrap intervals by storm and by walker.
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import seqlab
from seqlab import series
from seqlab.models import Forecaster, compare_forecasts

SEEDS = (1, 2, 3)


def monthly(name, train_to, test_from):
    one, errors = series.load_series(name), {}
    for seed in SEEDS:
        cut = {"train_end": one.before(train_to), "test_from": one.before(test_from)}
        found = compare_forecasts(one.values, 36, 12, **cut, period=12, seed=seed)
        for who, (rmse, mase) in found.errors().items():
            errors.setdefault(who, []).append((rmse, mase))
    return {who: np.mean(rows, axis=0).round(3).tolist() for who, rows in errors.items()}


def prepared(tracks):
    X, Y, whose = series.track_windows(tracks, 6, 4)
    now = X[:, -1:, :2]
    return X[..., :2], Y, whose, now, np.concatenate([series.to_plane(X[..., :2], now), X], -1), series.to_plane(Y, now)


def storms():
    parts = series.load_storms()
    *_, reads, ahead = prepared(parts.train)
    X, Y, whose, now, test_reads, _ = prepared(parts.test)
    straight = series.kilometres(series.great_circle(X, 4), Y)
    table = {
        "stays": series.kilometres(series.persistence(X, 4), Y).mean(0).round(1).tolist(),
        "great circle": straight.mean(0).round(1).tolist(),
    }
    for seed in SEEDS:
        network = Forecaster(6, 4, features=5, targets=2, seed=seed)
        network.learn(reads, ahead, steps=400, batch=128)
        km = series.kilometres(series.from_plane(network.predict_steps(test_reads), now), Y)
        table[f"GRU, seed {seed}"] = km.mean(0).round(1).tolist()
        table[f"skill at 24 h, seed {seed}"] = str(series.skill(km[:, 3], straight[:, 3], whose))
    return table


def pedestrians():
    table = {}
    for scene in series.tracks.SCENES:
        parts = series.load_pedestrians(scene)
        X, Y, _ = series.track_windows(parts.train, 8, 12)
        for place, tracks in (("at home", parts.validation), ("moved", parts.test)):
            table[f"{scene} left out, {place}"] = {}
            X_new, Y_new, _ = series.track_windows(tracks, 8, 12)
            straight = series.ade_fde(series.constant_velocity(X_new, 12), Y_new)
            table[f"{scene} left out, {place}"]["constant velocity"] = np.round(straight, 3).tolist()
        for seed in SEEDS:
            network = Forecaster(8, 12, features=2, seed=seed)
            network.learn(X, Y, steps=400, batch=128)
            for place, tracks in (("at home", parts.validation), ("moved", parts.test)):
                X_new, Y_new, _ = series.track_windows(tracks, 8, 12)
                error = series.ade_fde(network.predict_steps(X_new), Y_new)
                table[f"{scene} left out, {place}"][f"GRU, seed {seed}"] = np.round(error, 3).tolist()
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("series.json"))
    out, begun = parser.parse_args().out, time.process_time()
    found = {
        "air, RMSE in ppm and MASE": monthly("co2", "1985", "1990"),
        "sea, RMSE in °C and MASE": monthly("el_nino", "1990", "1998"),
        "storms, km after 6, 12, 18 and 24 h": storms(),
    }
    try:
        found["pedestrians, ADE and FDE in m"] = pedestrians()
    except seqlab.SeqlabError as missing:
        print(missing)
    found["seconds of processor time"] = round(time.process_time() - begun)
    for title, table in found.items():
        print(f"\n{title}")
        for who, numbers in table.items() if isinstance(table, dict) else ():
            print(f"  {who:<32} {numbers}")
    out.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
