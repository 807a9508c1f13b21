"""seqlab, nbgrader and otter on the same submissions of five questions: marks, submissions a second, memory.

    python benchmarks/grading.py                            # thirty submissions through all three
    python benchmarks/grading.py --submissions 10 --rounds 3
    python benchmarks/grading.py --submissions 0 --memory 10 1000    # seqlab's memory alone

The peers come into environments of their own, made once (network needed) or named with --nbgrader-python and
--otter-python. Each grader runs as its own command, as an instructor would run it, its start included; they
alternate, seqlab before each peer, and the peers change places every round. Preparing assignments is not timed.
"""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import nbformat
import psutil

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
from environments import environment

LAB, NAME, SEED = "lab2", "lab2_rnn", 2026
# of lab 2; nothing else is in the notebooks that are measured
QUESTIONS = ("rnn_step", "MyRNNCell", "unroll", "total_loss", "count_params")
Marks = dict[str, dict[str, float]]  # submission -> exercise -> points


# -- submissions ---------------------------------------------------------------------------------------------
def only(path: Path, questions: Sequence[str]) -> Path:
    """Cut a notebook to its set-up and some exercises: pictures and training would only add to the peers' time."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [
        c
        for c in notebook.cells
        if c.id in ("setup", "otter")
        or any(c.id in (name, f"check-{name}") or c.id.startswith(f"{name}-") for name in questions)
    ]
    nbformat.write(notebook, path)
    return path


def write_submissions(folder: Path, count: int) -> list[Path]:
    """Student notebooks, each with right, wrong and blank answers, drawn from the lab's bank by its number."""
    from seqlab.authoring import read_source, student_notebook, write_notebook
    from seqlab.authoring.fill import todo_cell
    from seqlab.autograder.judging.bank import read_bank
    from seqlab.exercises import find_lab

    lab = find_lab(LAB)
    source, bank = read_source(lab.path), [a for path in lab.banks for a in read_bank(path)]
    paths = []
    for number in range(count):
        rng, notebook = random.Random(number), student_notebook(lab.path)
        for exercise in QUESTIONS:
            wrong = [a["code"] for a in bank if a["exercise"] == exercise and a["kind"] == "wrong"]
            kind = rng.choices(("right", "wrong", "blank"), (6, 3, 1))[0]
            if kind != "blank":
                code = source.answer(exercise).solution if kind == "right" else rng.choice(wrong)
                todo_cell(notebook, exercise).source = code
        paths.append(only(write_notebook(notebook, folder / f"student{number:04d}.ipynb"), QUESTIONS))
    return paths


# -- graders -------------------------------------------------------------------------------------------------
def run(command: list, cwd: Path, python: Path | str = sys.executable) -> dict[str, float]:
    """Run a command with an environment's programs first on the path: its seconds and its peak memory."""
    path = f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")} | {"PATH": path}
    start = time.perf_counter()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*map(str, command)],
            cwd=cwd,
            env=environment | {"TF_CPP_MIN_LOG_LEVEL": "3"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        with Watch(process.pid) as watch:
            status = process.wait()
        seconds = time.perf_counter() - start
        if status:
            log.seek(0)
            raise SystemExit(f"{' '.join(map(str, command))}\nended with {status}:\n{log.read().decode()[-3000:]}")
    return {"seconds": seconds, "peak": max(watch.totals, default=0)}


def seqlab_marks(jobs: int, submissions: list[Path], work: Path) -> tuple[dict[str, float], Marks]:
    """`seqlab grade` on all of them."""
    out = Path(tempfile.mkdtemp(dir=work))
    cost = run(
        [
            sys.executable,
            "-m",
            "seqlab.cli",
            "grade",
            *submissions,
            "--out",
            out,
            "--format",
            "json",
            "--seed",
            SEED,
            "--jobs",
            jobs,
        ],
        work,
    )
    rows = json.loads((out / "results.json").read_text())
    return cost, {
        Path(r["notebook"]).stem: {e["exercise"]: e["points"] for e in r["exercises"] if e["exercise"] in QUESTIONS}
        for r in rows
    }


def prepare_nbgrader(python: Path, work: Path, questions: Sequence[str] = ()) -> Path:
    """A course folder with the assignment generated: the whole lab, or some of its questions."""
    from seqlab.autograder.exports import export_nbgrader

    course = work / "course"
    export_nbgrader(LAB, course, seed=SEED)
    if questions:
        only(course / "source" / NAME / f"{NAME}.ipynb", questions)
    run([python, "-m", "nbgrader", "generate_assignment", NAME], course, python)
    return course


def nbgrader_marks(python: Path, course: Path, submissions: list[Path]) -> tuple[dict[str, float], Marks]:
    """`nbgrader autograde` on all of them, and the marks in its gradebook."""
    for path in submissions:
        target = course / "submitted" / path.stem / NAME / f"{NAME}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    cost = run([python, "-m", "nbgrader", "autograde", NAME, "--force"], course, python)
    read = (
        "import json; from nbgrader.api import Gradebook\n"
        "with Gradebook('sqlite:///gradebook.db') as book:\n"
        f"    print(json.dumps({{s.student.id: {{g.name[6:]: g.score for n in s.notebooks for g in n.grades}}"
        f" for s in book.assignment_submissions('{NAME}')}}))"
    )
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls alembic
    done = subprocess.run(
        [python, "-c", read], cwd=course, env=os.environ | {"PATH": path}, check=True, capture_output=True, text=True
    )
    return cost, json.loads(done.stdout.splitlines()[-1])


def prepare_otter(python: Path, work: Path, questions: Sequence[str] = ()) -> Path:
    """The zip that `otter assign` makes: of the whole lab, or of some of its questions."""
    from seqlab.autograder.exports import export_otter

    export_otter(LAB, work / "otter")
    if questions:
        only(work / "otter" / f"{NAME}.ipynb", questions)
    assign = [python, "-m", "otter", "assign", "--no-run-tests", f"{NAME}.ipynb", "dist"]
    run(assign, work / "otter", python)
    [autograder] = (work / "otter" / "dist" / "autograder").glob("*.zip")
    return autograder


def otter_marks(python: Path, autograder: Path, submissions: list[Path]) -> tuple[dict[str, float], Marks]:
    """`otter run` on one after another: the command takes one submission."""
    costs, marks = [], {}
    for path in submissions:
        out = Path(tempfile.mkdtemp(dir=autograder.parent))
        costs.append(run([python, "-m", "otter", "run", "-a", autograder, "-o", out, "--no-logo", path], out, python))
        tests = json.loads((out / "results.json").read_text())["tests"]
        marks[path.stem] = {t["name"]: t["score"] for t in tests if "score" in t}
    return {"seconds": sum(c["seconds"] for c in costs), "peak": max(c["peak"] for c in costs)}, marks


# -- memory --------------------------------------------------------------------------------------------------
class Watch:
    """Samples a process: memory of it and all below it together, and of itself and its direct child apart.

    The total is proportional (PSS): what forks share is counted once.
    """

    def __init__(self, pid: int, every: float = 0.5):
        self.root, self.every = psutil.Process(pid), every
        self.totals: list[float] = []
        self.tester: list[float] = []
        self.parent: list[float] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def _sample(self) -> None:
        while not self._stop.wait(self.every):
            try:
                direct = self.root.children()
                self.totals.append(sum(map(_pss, [self.root, *self.root.children(recursive=True)])))
                self.tester.append(self.root.memory_info().rss / 2**20)
                if direct:
                    self.parent.append(direct[0].memory_info().rss / 2**20)
            except psutil.Error:
                continue

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def _pss(process: psutil.Process) -> float:
    try:
        return getattr(process.memory_full_info(), "pss", 0) / 2**20
    except psutil.Error:
        return 0.0


def memory_of(count: int, work: Path) -> None:
    """seqlab alone on a class: resident memory of tester and warm parent, early and late in the run."""
    folder = work / f"class{count}"
    folder.mkdir()
    different = write_submissions(folder, min(count, 10))
    for number in range(len(different), count):
        (folder / f"student{number:04d}.ipynb").write_bytes(different[number % len(different)].read_bytes())
    command = [
        sys.executable,
        "-m",
        "seqlab.cli",
        "grade",
        folder,
        "--out",
        work / f"marks{count}",
        "--jobs",
        "2",
        "--format",
        "json",
        "--seed",
        str(SEED),
    ]
    start = time.perf_counter()
    process = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with Watch(process.pid) as watch:
        status = process.wait()
    seconds = time.perf_counter() - start
    print(
        f"{count:>5} submissions, exit status {status}, {seconds:7.1f} s, {count / seconds:5.2f} a second; all "
        f"processes together at most {max(watch.totals, default=0):.0f} MB"
    )
    for name, series in (("tester", watch.tester), ("warm parent", watch.parent)):
        if series:
            tenth = max(1, len(series) // 10)
            early, late = (statistics.median(series[tenth : 2 * tenth] or series), statistics.median(series[-tenth:]))
            print(f"      {name:12} {early:6.0f} MB early, {late:6.0f} MB late, {max(series):6.0f} MB at most")


# -- the run -------------------------------------------------------------------------------------------------
def machine() -> str:
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = next(
        (x.split(":")[1].strip() for x in info.splitlines() if x.startswith("model name")), platform.processor()
    )
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown"
    system = f"{platform.system()} {platform.release()}, {model}, {os.cpu_count()} cores"
    return f"{system}, Python {platform.python_version()}, load {load}"


def compare(graders: dict[str, Callable[[], tuple[dict[str, float], Marks]]], count: int, rounds: int) -> bool:
    """Run the graders in turn, seqlab before each of its peers; print a table; did all give the same marks?"""
    seconds: dict[str, list[float]] = {name: [] for name in graders}
    peaks: dict[str, float] = dict.fromkeys(graders, 0.0)
    marks: dict[str, Marks] = {}
    for number in range(rounds):
        ours = [name for name in graders if name.startswith("seqlab")]
        peers = [name for name in graders if name not in ours]
        for name in [turn for peer in peers[number % 2 :] + peers[: number % 2] for turn in (*ours, peer)]:
            cost, marks[name] = graders[name]()
            seconds[name].append(cost["seconds"])
            peaks[name] = max(peaks[name], cost["peak"])
            print(f"round {number + 1}  {name:18} {cost['seconds']:8.1f} s", flush=True)
    fastest = {name: statistics.median(times) for name, times in seconds.items()}
    best = min(fastest.values())
    print(
        f"\n{'grader':18} {'s a submission':>15} {'a second':>9} {'times the time of the fastest':>30} {'peak MB':>8}"
    )
    for name, median in fastest.items():
        print(f"{name:18} {median / count:15.2f} {count / median:9.3f} {median / best:30.1f} {peaks[name]:8.0f}")
    first = next(iter(marks.values()))
    differing = [(name, s) for name, each in marks.items() for s in first if each.get(s) != first[s]]
    print("marks: the same from all" if not differing else f"marks differ: {differing}")
    return not differing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--submissions", type=int, default=30, help="how many, through all three (0: none)")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="of seqlab; it is also measured with 1")
    parser.add_argument("--nbgrader-python", type=Path, help="python of an environment with nbgrader and seqlab")
    parser.add_argument("--otter-python", type=Path, help="python of an environment with otter-grader and seqlab")
    parser.add_argument(
        "--memory", type=int, nargs="*", default=[], help="classes for seqlab's memory, such as 10 1000"
    )
    args = parser.parse_args()
    print(machine(), flush=True)
    same = True
    with tempfile.TemporaryDirectory(prefix="seqlab-grading-") as temporary:
        work = Path(temporary)
        if args.submissions:
            pythons = {"nbgrader": args.nbgrader_python, "otter": args.otter_python}
            for name, given in pythons.items():
                pythons[name] = given.absolute() if given else environment(name)
            submissions = write_submissions(work / "submissions", args.submissions)
            course = prepare_nbgrader(pythons["nbgrader"], work, QUESTIONS)
            autograder = prepare_otter(pythons["otter"], work, QUESTIONS)
            graders = {
                f"seqlab --jobs {jobs}": lambda jobs=jobs: seqlab_marks(jobs, submissions, work)
                for jobs in sorted({1, args.jobs}, reverse=True)
            } | {
                "nbgrader autograde": lambda: nbgrader_marks(pythons["nbgrader"], course, submissions),
                "otter run": lambda: otter_marks(pythons["otter"], autograder, submissions),
            }
            same = compare(graders, args.submissions, args.rounds)
        for count in args.memory:
            memory_of(count, work)
        print(f"at the end: {machine()}")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
