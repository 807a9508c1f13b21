"""Contenders that take turns: each a process of its own, one at work at a time, disturbed turns taken again.

A benchmark gives `compete` a list of contenders. Each is started as `python BENCHMARK --serve '{...}'`, where the
benchmark calls `serve` with a function `work(n)` that does n units of work; it then waits on a pipe for its turns.
A turn during which other programs used more than `OTHERS` of a core is thrown away.
"""

import json
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path

SECONDS = 0.5  # a turn takes at least so long
OTHERS = 0.3  # cores that other programs may use


def serve(make) -> None:
    """In the child: `make()` gives `work(n)`; time its first call, find how much fills a turn, then take turns."""
    answer = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever a library prints must not get into the answers
    work = make()
    began = time.perf_counter()
    work(1)
    first, n = time.perf_counter() - began, 1
    while True:
        began = time.perf_counter()
        work(n)
        if (took := time.perf_counter() - began) >= SECONDS:
            break
        n = max(n + 1, int(n * min(8, 1.2 * SECONDS / took)))
    print(json.dumps({"first": first, "n": n}), file=answer)
    for _ in sys.stdin:
        began = time.perf_counter()
        work(n)
        took = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": took / n, "peak_mb": peak}), file=answer)


class Contender:
    """A child process, and its turns."""

    def __init__(self, name: str, script: str, spec: dict, python: str):
        self.name, self.turns, self.thrown = name, [], 0
        self.process = subprocess.Popen(
            [python, script, "--serve", json.dumps(spec)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        line = self.process.stdout.readline()
        self.ready = json.loads(line) if line else None
        if self.ready is None:  # it cannot run here
            self.trouble = (self.process.stderr.read().strip().split("\n") or [""])[-1]

    def turn(self) -> bool:
        """One turn; False if others disturbed it."""
        busy, own, began = busy_seconds(), own_seconds(self.process.pid), time.perf_counter()
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        result = json.loads(self.process.stdout.readline())
        wall = time.perf_counter() - began
        others = (busy_seconds() - busy - (own_seconds(self.process.pid) - own)) / wall
        if others > OTHERS:
            self.thrown += 1
            return False
        self.turns.append({**result, "others": max(others, 0.0)})
        return True

    def close(self) -> None:
        self.process.communicate(timeout=30)


def compete(contenders: list[tuple[str, dict, str]], script: str, rounds: int, patience: int) -> dict[str, dict]:
    """Let contenders `(name, spec, python)` take turns; what each measured, by name, of those that can run here."""
    running = []
    try:
        for name, spec, python in contenders:
            contender = Contender(name, script, spec, python)
            if contender.ready is None:
                print(f"  {name}: left out, {contender.trouble}", flush=True)
            else:
                running.append(contender)
        for k in range(rounds):
            for contender in running if k % 2 else running[::-1]:
                for _ in range(patience):
                    if contender.turn():
                        break
        if idle := [c.name for c in running if not c.turns]:
            sys.exit(f"{', '.join(idle)} never had a turn without others at work. Run it on an idle machine.")
        return {c.name: summary(c) for c in running}
    finally:
        for contender in running:
            contender.close()


def summary(contender: Contender) -> dict:
    """Medians and extremes of a contender's turns, in seconds a unit of work."""
    seconds = sorted(turn["seconds"] for turn in contender.turns)
    return {
        "seconds": seconds[len(seconds) // 2],
        "fastest": seconds[0],
        "slowest": seconds[-1],
        "first_call_seconds": contender.ready["first"],
        "peak_mb": max(turn["peak_mb"] for turn in contender.turns),
        "turns": len(seconds),
        "thrown_away": contender.thrown,
        "load_of_others": sorted(turn["others"] for turn in contender.turns)[len(seconds) // 2],
    }


def busy_seconds() -> float:
    """Seconds that all cores together have worked since the machine started."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _, _, irq, softirq, steal, *_ = map(int, fields)
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def own_seconds(pid: int) -> float:
    """Seconds that one process has worked."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine() -> dict:
    """What the figures were measured on."""
    lines = Path("/proc/cpuinfo").read_text().split("\n")
    names = [line.split(":")[1].strip() for line in lines if "model name" in line]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "load": [round(x, 2) for x in os.getloadavg()],
        "python": platform.python_version(),
        "started": time.strftime("%Y-%m-%d %H:%M"),
    }
