"""What a run leaves in its folder, and what a next run makes of that: nobody lost, nobody twice, nothing stale.

Grading itself is replaced by a light one (`class_kit.LightGrader`).
"""

import csv
import json
import os
import re
import stat
import time
from pathlib import Path

import pytest
from class_kit import COUNT, STEP, folder_of, handin, notebook, worth, zip_of, zipped
from click.testing import CliRunner

from seqlab.autograder.course.classroom import Settings, grade_class
from seqlab.autograder.course.row import Row
from seqlab.commands.grade import grade
from seqlab.errors import SeqlabError

pytestmark = pytest.mark.usefixtures("light")


def run(*arguments: object, status: int = 0):
    """The command with these arguments; what it has printed."""
    done = CliRunner().invoke(grade, [str(a) for a in arguments], catch_exceptions=False)
    assert done.exit_code == status, done.output
    return done.output


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def marks(out: Path) -> dict[str, str]:
    """Student -> points, one line each."""
    lines = table(out / "marks.csv")
    found = {line["student"]: line["points"] for line in lines}
    assert len(found) == len(lines), lines
    return found


def pages(out: Path) -> list[str]:
    return sorted(re.sub(r"-[0-9a-f]{20}\.html", "", path.name) for path in (out / "students").iterdir())


def test_a_class_that_is_graded_into_its_own_folder_twice(tmp_path, monkeypatch):
    folder_of(tmp_path / "class", {"ann.ipynb": worth(40), "ben.ipynb": worth(50)})
    monkeypatch.chdir(tmp_path / "class")
    for out in ("marks", "."):
        for _ in range(2):
            assert "2 graded" in run(".", "--out", out)
            assert marks(Path(out)) == {"ann": "40", "ben": "50"}
    assert "2 graded" in run(tmp_path / "class", "--out", tmp_path / "elsewhere")
    assert "2 graded" in run("../class/", "--out", "marks")


@pytest.mark.parametrize("own", ["work", "handed-in", "executed", "students"])
def test_hand_ins_where_the_run_would_write_are_refused_and_stay(own, tmp_path, monkeypatch):
    files = {f"{own}/s1.json": handin(STEP), f"{own}/zoe.ipynb": worth(40), f"{own}/ann/a.ipynb": worth(50)}
    folder_of(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    for given in (own, f"{own}/ann", f"{own}/zoe.ipynb"):
        with pytest.raises(SeqlabError, match=f"^{own} is where a run writes to; got the hand-ins in {given}"):
            run(given, "--out", ".")
    assert {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()} == set(files)


@pytest.mark.parametrize("own", ["work", "handed-in", "students"])
def test_a_class_s_own_folder_of_such_a_name_stays_and_is_graded_each_time(own, tmp_path, monkeypatch):
    files = {f"{own}/ann.ipynb": worth(40), f"{own}/ben/lab2.ipynb": worth(50), f"{own}/{own}/cat.ipynb": worth(60)}
    folder_of(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    for seed in (1, 1, 2):
        assert "3 graded" in run(".", "--out", ".", "--seed", seed)
        assert sorted(line["points"] for line in table(Path("marks.csv"))) == ["40", "50", "60"]
        assert all((tmp_path / name).read_bytes() == content for name, content in files.items())


@pytest.mark.parametrize("name", ["marks.csv", "report.html", "canvas.csv", "canvas-lab2.csv", "log.txt"])
def test_what_no_run_has_written_is_not_overwritten(name, tmp_path):
    folder_of(tmp_path, {"in/ann.ipynb": worth(40), f"out/{name}": "mine"})
    with pytest.raises(SeqlabError, match=f"overwrites nothing that no run has written; got .*{name} in a folder"):
        run(tmp_path / "in", "--out", tmp_path / "out")
    assert {p.name: p.read_text() for p in (tmp_path / "out").iterdir()} == {name: "mine"}


def test_another_seed_grades_anew_and_removes_nothing(tmp_path):
    out, seen = tmp_path / "out", []
    folder_of(tmp_path, {"in/ann.ipynb": worth(40)})
    folder_of(out / "work", {"notes.json": "mine", "canvas_all.csv": "mine"})
    for seed in (1, 1, 2, None):
        grade_class([tmp_path / "in"], Settings(out, seed=seed), lambda done, of, row: seen.append(row))
        seen.append(seed)
    assert [one if isinstance(one, int) else "graded" for one in seen if one] == ["graded", 1, 1, "graded", 2]
    assert (out / "work" / "notes.json").read_text() == "mine"


def test_the_newest_zip_and_only_add_to_what_is_there(tmp_path):
    first = {f"{who}_{n}_{n}0_lab2.ipynb": worth(10 * n) for n, who in enumerate(("ann", "ben", "cat"), 1)}
    out = tmp_path / "out"
    run(zip_of(tmp_path / "one.zip", first), "--out", out)
    assert marks(out) == {"ann": "10", "ben": "20", "cat": "30"}
    again = zip_of(tmp_path / "two.zip", {"ben_2_99_lab2-1.ipynb": worth(80), "dan_4_40_lab2.ipynb": worth(40)})
    assert "2 graded, 4 in the class" in run(again, "--out", out)
    assert marks(out) == {"ann": "10", "ben": "80", "cat": "30", "dan": "40"}
    assert pages(out) == ["ann", "ben", "cat", "dan"]
    assert len(json.loads((out / "results.json").read_text())) == 4
    assert "1 graded, 4 in the class" in run(tmp_path / "one.zip", "--out", out, "--only", "ann")
    assert marks(out)["ben"] == "80"
    assert {line["whose"] for line in table(out / "intake.csv")} == {"ann", "ben", "cat", "dan"}


def test_a_rerun_with_other_options_shows_no_row_of_the_old_ones(tmp_path):
    out = tmp_path / "out"
    path = zip_of(tmp_path / "s.zip", {"doejane_1_2_lab2.ipynb": worth(30), "roejohn_3_4_lab2.ipynb": worth(20)})
    run(path, "--out", out, "--lab", "lab6", status=1)
    assert "it is for lab2" in (out / "marks.csv").read_text()
    run(path, "--out", out)
    assert {line["lab"] for line in table(out / "marks.csv")} == {"lab2"}
    (tmp_path / "r.csv").write_text("Name,ID\nJane Doe,S1\nJohn Roe,S2\n")
    run(path, "--out", out, "--roster", tmp_path / "r.csv")
    assert marks(out) == {"Jane Doe": "30", "John Roe": "20"}
    assert pages(out) == ["jane-doe", "john-roe"]
    zip_of(tmp_path / "s.zip", {"doejane_1_2_lab2.ipynb": worth(35)})  # John's is withdrawn
    run(path, "--out", out)
    assert marks(out) == {"doejane": "35"}
    assert pages(out) == ["doejane"]


def test_a_file_of_another_lab_does_not_stand_in_the_lab_s_gradebook(tmp_path):
    files = {"doe_1_2_lab2.ipynb": worth(30), "roe_3_4_lab2.ipynb": worth(90, lab="lab5")}
    out = tmp_path / "out"
    run(zip_of(tmp_path / "s.zip", files), "--out", out)
    assert {p.name for p in out.glob("canvas*")} == {"canvas-lab2.csv", "canvas-lab5.csv"}
    run(tmp_path / "s.zip", "--out", out, "--lab", "lab2", status=1)
    assert {p.name for p in out.glob("canvas*")} == {"canvas.csv"}
    assert "90" not in (out / "canvas.csv").read_text()


def test_two_hand_ins_that_nothing_orders_are_shown_and_in_no_gradebook(tmp_path):
    files = {
        "doejane_1_11_lab2.ipynb": worth(25),
        "doejane_1_12_submission-lab2.json": handin(f"# worth 15\n{STEP}"),
        "roebob_2_13_lab2.ipynb": worth(60),
        "roebob_2_14_submission-lab2.json": handin(f"# worth 60\n{STEP}"),
        "poe_3_15_lab2.ipynb": worth(70),
        "poe_3_16_scratch.ipynb": notebook("# worth 99\nx = 1"),
    }
    out = tmp_path / "out"
    told = run(zip_of(tmp_path / "s.zip", files), "--out", out)
    lines = table(out / "marks.csv")
    assert [(line["student"], line["points"]) for line in lines] == [
        ("doejane", "25"),
        ("doejane", "15"),
        ("roebob", "60"),
        ("poe", "70"),
    ]
    assert told.count("To be decided") == 2
    assert "25 of 100" in lines[0]["flags"]
    canvas = (out / "canvas.csv").read_text()
    assert "doejane" not in canvas
    assert "roebob" in canvas
    assert "scratch.ipynb does not" in lines[3]["message"]
    assert "roebob_2_14_submission-lab2.json came too: it gets the same marks" in lines[2]["message"]
    outcomes = {line["path"].rpartition("!")[2]: line["outcome"] for line in table(out / "intake.csv")}
    assert "same marks" in outcomes["roebob_2_14_submission-lab2.json"]
    assert "to be decided" in outcomes["doejane_1_11_lab2.ipynb"]
    report = (out / "report.html").read_text(encoding="utf-8")
    assert "What lay there" in report
    assert "superseded" in report


def test_two_guesses_of_one_name_are_two_rows_and_a_question(tmp_path):
    folder_of(tmp_path / "in", {"ann.ipynb": worth(40), "ben.ipynb": worth(10)})
    zip_of(tmp_path / "in" / "ann.zip", {"lab2_rnn.ipynb": worth(60)})
    outcome = grade_class([tmp_path / "in"], Settings(tmp_path / "out"))
    rows = [(row.student["name"], row.points, bool(row.conflict)) for row in outcome.rows]
    assert sorted(rows) == [("ann", 40, True), ("ann", 60, True), ("ben", 10, False)]


def test_the_log_is_the_instructor_s_from_the_start_and_holds_the_ends_of_a_traceback(tmp_path, monkeypatch):
    from class_kit import LightGrader

    def broken(self, data, label, *_):
        return Row(
            label, "lab2", 0, 100, "could not be judged", fault="Traceback\n" + 300_000 * "ö" + "\nthe last line"
        )

    monkeypatch.setattr(LightGrader, "grade", broken)
    monkeypatch.setattr(os, "chmod", lambda *_: None)  # it comes too late for who has opened the file by then
    folder_of(tmp_path / "in", {"ann.ipynb": worth(40), "ben.ipynb": worth(10)})
    [fault, _] = grade_class([tmp_path / "in"], Settings(tmp_path / "out")).faults
    log = tmp_path / "out" / "log.txt"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600 or os.name == "nt"
    assert log.stat().st_size < 2 * 20_500
    assert (
        log.read_text(encoding="utf-8").count("the last line")
        == log.read_text(encoding="utf-8").count("Traceback")
        == 2
    )
    assert len(fault.encode()) < 20_500


def test_a_group_s_members_have_a_row_each_and_are_graded_once(tmp_path):
    files = {"Reds_assignsubmission_file/lab2.ipynb": worth(40), "Al One_7_assignsubmission_file/lab2.ipynb": worth(70)}
    roster = tmp_path / "r.csv"
    roster.write_text("Name,ID,Group\nAl One,a1,Reds\nBo Two,a2,Reds\nCy Three,a3,Blues\n")
    seen = []
    settings = Settings(tmp_path / "out", roster=roster)
    outcome = grade_class([zip_of(tmp_path / "s.zip", files)], settings, lambda done, of, row: seen.append(row))
    rows = [(row.student["name"], row.points, bool(row.conflict)) for row in outcome.rows]
    assert rows == [("Al One", 40, True), ("Bo Two", 40, False), ("Al One", 70, True)]  # Al has handed in alone, too
    assert len([row for row in seen if row]) == 2
    assert [student.name for student in outcome.missing] == ["Cy Three"]


def test_who_handed_in_nothing_is_named_and_the_status_is_0(tmp_path):
    (tmp_path / "r.csv").write_text("Name,ID\nJane Doe,S1\nAl Absent,S2\n")
    out = tmp_path / "out"
    path = zip_of(tmp_path / "s.zip", {"doejane_1_2_lab2.ipynb": worth(30)})
    assert "Nothing handed in by 1: Al Absent" in run(path, "--out", out, "--roster", tmp_path / "r.csv")
    assert "Al Absent" in (out / "report.html").read_text()
    assert table(out / "intake.csv")[-1]["whose"] == "Al Absent"
    other = zip_of(tmp_path / "late.zip", {"absental_5_6_lab2.ipynb": worth(1)})
    assert "Nothing handed in" not in run(other, "--out", out, "--roster", tmp_path / "r.csv")


POLICY = "[late]\ndue = 2026-11-20T00:00:00+00:00\npercent_per_day = 10\n"


def test_a_time_that_is_not_known_costs_nothing_and_is_said(tmp_path):
    (tmp_path / "late.toml").write_text(POLICY)
    path = zip_of(tmp_path / "s.zip", {"doejane_1_2_lab2.ipynb": worth(30), "roebob_LATE_3_4_lab2.ipynb": worth(20)})
    os.utime(path, (2e9, 2e9))
    out = tmp_path / "out"
    run(path, "--out", out, "--late", tmp_path / "late.toml")
    jane, bob = table(out / "marks.csv")
    assert (jane["points"], bob["points"], jane["late_days"]) == ("30", "20", "")
    assert "not known here" in jane["message"]
    assert "late, says Canvas" in bob["flags"]
    assert "how late is not known" in bob["flags"]
    assert not any("handed in <time" in page.read_text() for page in (out / "students").iterdir())
    (tmp_path / "t.csv").write_text("student;time\nroebob;2026-11-21T12:00:00+00:00\n")
    run(path, "--out", out, "--late", tmp_path / "late.toml", "--times", tmp_path / "t.csv")
    assert [(line["points"], line["late_days"]) for line in table(out / "marks.csv")] == [("30", ""), ("16", "2")]


def test_since_keeps_what_has_no_time_and_nbgrader_s_is_one(tmp_path):
    for who, when in (("ann", "2026-11-19 10:00:00 UTC"), ("ben", "2026-11-21 10:00:00 UTC"), ("cat", "")):
        folder_of(
            tmp_path / "in" / who / "lab2", {"lab2_rnn.ipynb": worth(10)} | ({"timestamp.txt": when} if when else {})
        )
    assert "2 graded" in run(tmp_path / "in", "--out", tmp_path / "out", "--since", "2026-11-20T00:00+00:00")
    assert marks(tmp_path / "out") == {"ben": "10", "cat": "10"}


def test_names_that_a_student_chose_give_no_mark_to_another(tmp_path):
    """Each of Mallory's tricks, among honest hand-ins: Alice keeps her 90."""
    victim = worth(90)
    trick = zipped({"alice_1_999_lab2-9.ipynb": worth(3)}, tmp_path)
    yaml = "submission_1:\n  :submitters:\n  - :name: {}\n    :sid: '{}'\nsubmission_2:\n  :submitters:\n  - :name: Mallory\n    :sid: '2'\n"
    layouts = {
        "canvas.zip": {"alice_1_11_lab2.ipynb": victim, "mallory_2_12_x.zip": trick},
        "moodle.zip": {
            "Alice A_1_assignsubmission_file_/lab2.ipynb": victim,
            "Mallory M_2_assignsubmission_file_/Alice A_1_assignsubmission_file_/lab2.ipynb": worth(3),
        },
        "gradescope.zip": {
            "export/submission_metadata.yml": yaml.format("Alice", "1"),
            "export/submission_1/lab2.ipynb": victim,
            "export/submission_2/submission_metadata.yml": yaml.format("Mallory", "2"),
            "export/submission_2/submission_1/alice_1_9_lab2.ipynb": worth(3),
        },
        "nbgrader.zip": {
            "alice/lab2_rnn/lab2_rnn.ipynb": victim,
            "mallory/lab2_rnn/lab2_rnn.ipynb": worth(3),
            "mallory/alice/lab2_rnn/lab2_rnn.ipynb": worth(3),
        },
    }
    for name, files in layouts.items():
        outcome = grade_class([zip_of(tmp_path / name, files)], Settings(tmp_path / f"out-{name}"))
        got = {(row.student["name"].split()[0].casefold(), row.points) for row in outcome.rows}
        assert got == {("alice", 90), ("mallory", 3)}, name


def test_in_gradescope_s_container_the_same_rule_decides(tmp_path, monkeypatch):
    from class_kit import LightGrader

    from seqlab.autograder.course import unit
    from seqlab.autograder.exports.container import grade_in_container

    monkeypatch.setattr(unit, "Grader", LightGrader)
    folder_of(tmp_path / "source", {"seed": "1", "seqlab.json": json.dumps({"lab": "lab2", "seconds": 60})})
    files = {f"a{n}.ipynb": worth(99, lab="lab5") for n in range(9)} | {"z.ipynb": worth(40), "essay.pdf": b"%PDF"}
    files |= {"old/z.ipynb": worth(50), "scratch.ipynb": notebook("# worth 60\nx = 1"), "__MACOSX/._z.ipynb": b"\0"}
    folder_of(tmp_path / "submission", files)
    got = grade_in_container(tmp_path)
    assert got["score"] == 40
    assert got["output"].count("it is for lab5") == 9
    assert "scratch.ipynb does not: it answers no exercise" in got["output"]
    assert "MACOSX" not in got["output"]
    folder_of(tmp_path / "submission", {"mine.zip": zipped({"lab2.ipynb": worth(70)}, tmp_path)})
    assert (
        "2 notebooks were handed in; the best one counts: mine.zip/lab2.ipynb" in grade_in_container(tmp_path)["output"]
    )


def test_a_notebook_that_is_also_a_zip_is_a_notebook(tmp_path):
    both = worth(50) + zipped({"alice_1_2_lab2.ipynb": worth(3)}, tmp_path)
    folder_of(tmp_path / "in", {"mallory.ipynb": both, "alice.ipynb": worth(90)})
    outcome = grade_class(sorted((tmp_path / "in").iterdir()), Settings(tmp_path / "out"))
    assert [(row.student["name"], bool(row.exercises)) for row in outcome.rows] == [("alice", True), ("mallory", False)]


def test_a_thousand_are_graded_and_written_in_seconds(tmp_path):
    files = {f"s{n:04}_{n + 1}_{n + 20_000}_lab2.ipynb": notebook(f"# worth {n % 100}\n{COUNT}") for n in range(300)}
    began = time.perf_counter()
    outcome = grade_class([zip_of(tmp_path / "s.zip", files)], Settings(tmp_path / "out"))
    assert [row.points for row in outcome.rows] == [n % 100 for n in range(300)]
    assert time.perf_counter() - began < 20
