"""How many tunes a second? seqlab.music beside music21's parser, in one run.

    python benchmarks/music.py                      200 tunes, 5 rounds, about two minutes on an idle machine
    python benchmarks/music.py --tunes 50 --rounds 3 --out results/

The tunes are drawn from O'Neill, Ryan and Aird. All tasks take turns, one round after the other, so that a slow
minute of the machine is slow for all of them; the figures are medians over the rounds. What limits them: all
tasks run in one thread of Python, but for the score, which waits for verovio in a process of its own.
"""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

from seqlab.music import Memory, judge, midi_bytes, parse, tokens, transpose, wav_bytes
from seqlab.music.abc import ABCError, read
from seqlab.music.corpus import sources
from seqlab.music.playback import length
from seqlab.music.pluck import pluck
from seqlab.music.score import score_svg, score_svgs


def drawn(count: int) -> list[str]:
    """ABC texts of tunes that seqlab can read; music21 reads them all."""
    pool = [source.text for name in ("oneill", "ryan", "aird") for source in sources(name)]
    texts = []
    for text in random.Random(0).sample(pool, len(pool)):
        try:
            parse(text)
        except ABCError:
            continue
        texts.append(text)
        if len(texts) == count:
            return texts
    raise SystemExit(f"only {len(texts)} tunes can be drawn; --tunes {count} is too many")


def read_by_music21(text: str) -> None:
    from music21 import converter

    converter.parse(text, format="abc", forceSource=True)


def synthesise(tune) -> None:
    pluck.cache_clear()  # every tone anew
    wav_bytes(tune)


def tasks(texts: list[str]) -> dict:
    """Name -> (function, what it is called with one by one)."""
    tunes = [parse(text, graces=False, chords=False) for text in texts]
    for tune in tunes:
        tune.notes  # noqa: B018  read once, so that what follows is timed alone
    memory = Memory(tunes[::2])
    few, fewer = texts[: max(len(texts) // 10, 5)], tunes[: max(len(texts) // 20, 5)]
    return {
        "music21: read": (read_by_music21, few),
        "read": (read, texts),
        "read and normalise": (parse, texts),
        "musical tokens": (tokens, tunes),
        "transpose": (lambda tune: transpose(tune, 2), tunes),
        "MIDI file": (midi_bytes, tunes),
        "sound, 22 kHz": (synthesise, fewer),
        "score, one at a time": (score_svg, fewer),
        "scores, all in one run": (score_svgs, [tunes[:50]]),
        "judge against the training set": (lambda tune: judge(tune, memory), tunes),
    }


def seconds_to_load() -> float:
    """From nothing imported to the list of tunes."""
    code = (
        "import time; t = time.perf_counter(); import seqlab.music as m; m.load_tunes(); print(time.perf_counter() - t)"
    )
    return float(subprocess.check_output([sys.executable, "-c", code], text=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tunes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, help="also write music.json into this folder")
    options = parser.parse_args()
    warnings.simplefilter("ignore")

    texts = drawn(options.tunes)
    todo = tasks(texts)
    rates: dict[str, list[float]] = {name: [] for name in todo}
    for work, items in todo.values():  # imports and caches
        work(items[0])
    for _ in range(options.rounds):
        for name, (work, items) in todo.items():
            start = time.perf_counter()
            for item in items:
                work(item)
            count = sum(len(item) if isinstance(item, list) else 1 for item in items)
            rates[name].append(count / (time.perf_counter() - start))
    medians = {name: statistics.median(measured) for name, measured in rates.items()}

    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {load:.1f}, ", end="")
    print(f"Python {platform.python_version()}; {options.tunes} tunes, {options.rounds} rounds")
    print(f"{'':<32}{'tunes/s':>10}{'of music21':>12}{'spread':>16}")
    reference = medians["music21: read"]
    for name, rate in medians.items():
        low, high = min(rates[name]), max(rates[name])
        print(f"{name:<32}{rate:>10,.0f}{rate / reference:>11.1f}x{f'{low:,.0f} to {high:,.0f}':>16}")
    cold = statistics.median(seconds_to_load() for _ in range(options.rounds))
    print(f"load_tunes(), all of O'Neill, in a fresh process, imports and clusters too: {cold:.1f} s")
    seconds = statistics.mean(length(parse(text)) for text in texts)
    print(f"sound: a tune lasts {seconds:.0f} s, so {medians['sound, 22 kHz'] * seconds:,.0f} times real time")
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        result = {"machine": platform.platform(), "cores": os.cpu_count(), "load": load, "tunes_a_second": rates}
        (options.out / "music.json").write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
