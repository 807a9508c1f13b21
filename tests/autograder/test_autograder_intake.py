"""Whose work is it? Names from Canvas, Moodle, Gradescope, folders and a roster; the late policy."""

import datetime as dt
import time
import zipfile

import pytest

from seqlab.autograder.course.intake import collect, newest, parse_time
from seqlab.autograder.course.late import apply, read_policy
from seqlab.autograder.course.roster import read_roster
from seqlab.autograder.course.row import Row
from seqlab.errors import SeqlabError

NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


def zip_of(path, *names, extra=None):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, NOTEBOOK)
        for name, text in (extra or {}).items():
            archive.writestr(name, text)
    return path


def test_canvas(tmp_path):
    path = zip_of(
        tmp_path / "submissions.zip", "doejane_12345_99_lab2_rnn.ipynb", "roejohn_LATE_777_98_lab2_rnn-1.ipynb"
    )
    jane, john = collect([path])
    assert (jane.student.id, jane.student.name, john.student.id) == ("12345", "doejane", "777")
    assert "late" in john.note
    assert jane.data().decode() == NOTEBOOK


def test_moodle(tmp_path):
    path = zip_of(
        tmp_path / "m.zip",
        "Jane Doe_12345_assignsubmission_file_/lab2.ipynb",
        "John Ó Roe_7_assignsubmission_file_/x.ipynb",
    )
    assert [s.student.name for s in collect([path])] == ["Jane Doe", "John Ó Roe"]


def test_gradescope(tmp_path):
    yaml = (
        "---\nsubmission_41:\n  :submitters:\n  - :name: Jane Doe\n    :sid: '123'\n    :email: jane@x.edu\n"
        "  :created_at: 2026-11-20 10:00:00.5 -0500\nsubmission_42:\n  :submitters:\n  - :name: John Roe\n"
        "    :sid: \n    :email: john@x.edu\n  :created_at: 2026-11-20 10:00:00 -0500\n"
    )
    path = zip_of(
        tmp_path / "g.zip",
        "assignment_1_export/submission_41/lab2.ipynb",
        "assignment_1_export/submission_42/lab2.ipynb",
        extra={"assignment_1_export/submission_metadata.yml": yaml},
    )
    jane, john = collect([path])
    assert (jane.student.name, jane.student.id, john.student.email) == ("Jane Doe", "123", "john@x.edu")
    assert jane.submitted_at.astimezone(dt.UTC).hour == 15


def test_within_a_students_own_zip_no_name_counts(tmp_path):
    canvas = zip_of(tmp_path / "mallory_102_202_work.zip", "alice_101_999_lab2_rnn.ipynb")
    (tmp_path / "Mo M_7_assignsubmission_file").mkdir()
    zip_of(tmp_path / "Mo M_7_assignsubmission_file" / "x.zip", "Alice A_1_assignsubmission_file/lab2.ipynb")
    zip_of(tmp_path / "aaron.zip", "bob/lab2_rnn.ipynb")
    zip_of(tmp_path / "class.zip", "ann/lab2_rnn.ipynb", "ben/lab2_rnn.ipynb")
    assert sorted(s.student.name for s in collect([tmp_path])) == ["Mo M", "aaron", "ann", "ben", "mallory"]
    # a zip that is named by itself is what a platform gives out
    assert [s.student.name for s in collect([canvas])] == ["alice"]


def test_the_metadata_of_a_stranger_are_read_in_linear_time(tmp_path):
    text = "submission_1:\n" + "\n" * 10**7
    path = zip_of(tmp_path / "x.zip", "lab2.ipynb", extra={"submission_metadata.yml": text})
    began = time.perf_counter()
    assert len(collect([path])) == 1
    assert time.perf_counter() - began < 20


def test_a_roster_matches_names_in_any_order_and_lists_the_rest(tmp_path):
    (tmp_path / "work").mkdir()
    for name in ("doejane_1_2_lab2.ipynb", "mx.ipynb", "roe_lab2.ipynb", "stranger.ipynb"):
        (tmp_path / "work" / name).write_text(NOTEBOOK)
    (tmp_path / "roster.csv").write_text(
        "Name,ID,Email\nJane Doe,a1,jd@x.edu\nMax Muster,a2,mx@x.edu\nJo Roe,roe,jo@x.edu\n"
    )
    found = {s.source.name: s for s in collect([tmp_path / "work"], tmp_path / "roster.csv")}
    assert found["doejane_1_2_lab2.ipynb"].student.name == "Jane Doe"
    assert found["mx.ipynb"].student.id == "a2"
    assert found["roe_lab2.ipynb"].student.name == "Jo Roe"
    assert not found["stranger.ipynb"].known
    assert "roster" in found["stranger.ipynb"].note


def test_nbgraders_folders(tmp_path):
    for student in ("jane", "john"):
        folder = tmp_path / "submitted" / student / "lab2_rnn"
        folder.mkdir(parents=True)
        (folder / "lab2_rnn.ipynb").write_text(NOTEBOOK)
    assert [s.student.id for s in collect([tmp_path / "submitted"])] == ["jane", "john"]


def test_the_newest_of_a_student_counts(tmp_path):
    import os

    for number, name in enumerate(("a_1_5_lab2.ipynb", "a_1_6_lab2-1.ipynb", "b_2_7_lab2.ipynb")):
        path = tmp_path / name
        path.write_text(NOTEBOOK)
        os.utime(path, (1e9 + number, 1e9 + number))
    assert {s.source.name: last for s, last in newest(collect([tmp_path]))} == {
        "a_1_5_lab2.ipynb": False,
        "a_1_6_lab2-1.ipynb": True,
        "b_2_7_lab2.ipynb": True,
    }


def test_a_broken_zip_is_one_hand_in_that_cannot_be_graded(tmp_path):
    good = zip_of(tmp_path / "g.zip", "a.ipynb").read_bytes()
    (tmp_path / "bad.zip").write_bytes(good[:40] + good[44:])
    (tmp_path / "g.zip").unlink()
    [broken] = collect([tmp_path / "bad.zip"])
    from seqlab.autograder.course.classroom import _read

    assert broken.note or _read(broken) == b""


@pytest.mark.parametrize("case", ["missing", "empty", "no columns"])
def test_bad_input_is_one_sentence(tmp_path, case):
    with pytest.raises(SeqlabError):
        if case == "missing":
            collect([tmp_path / "nowhere"])
        elif case == "empty":
            collect([tmp_path])
        else:
            (tmp_path / "r.csv").write_text("colour\nred\n")
            read_roster(tmp_path / "r.csv")


@pytest.mark.parametrize(
    ("hours", "days", "share"), [(-5, 0, 1.0), (0.1, 0, 1.0), (0.5, 1, 0.9), (24.5, 2, 0.8), (71, 3, 0.7), (73, 4, 0.0)]
)
def test_lateness_costs_by_days_begun(tmp_path, hours, days, share):
    (tmp_path / "late.toml").write_text(
        "[late]\ndue = 2026-11-20T23:59:00+01:00\ngrace_minutes = 15\npercent_per_day = 10\ncut_off_days = 3\n"
    )
    policy = read_policy(tmp_path / "late.toml")
    when = policy.due + dt.timedelta(hours=hours)
    assert policy.share(when) == (days, pytest.approx(share))
    full = Row("a.ipynb", "lab2", 80, 100, "partial")
    row = apply(policy, full, when)
    assert row.points == pytest.approx(80 * share)
    assert (row.late is not None) == bool(days)
    assert apply(policy, full, None) == full


@pytest.mark.parametrize(
    "text", ["", "[late]\n", "[late]\ndue = 3", "[late]\ndue = 2026-01-01T00:00:00\npercent_per_day = -1", "[late"]
)
def test_a_bad_policy_is_one_sentence(tmp_path, text):
    (tmp_path / "late.toml").write_text(text)
    with pytest.raises(SeqlabError, match="late"):
        read_policy(tmp_path / "late.toml")


def test_times():
    assert parse_time("2026-11-20 10:00:00 UTC").hour is not None
    assert parse_time("2026-11-20T10:00") is not None
    assert parse_time("yesterday") is None
