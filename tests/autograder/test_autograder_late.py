"""The late policy's file: its keys are told where one looks for them, and what is none of them is an error."""

import pytest
from class_kit import STEP, folder_of, notebook
from click.testing import CliRunner
from kit import ROOT

from seqlab.autograder.course.intake import collect
from seqlab.autograder.course.late import read_policy
from seqlab.autograder.course.roster import read_times
from seqlab.autograder.course.times import parse_time
from seqlab.cli import main
from seqlab.errors import SeqlabError

KEYS = ("due", "grace_minutes", "percent_per_day", "cut_off_days")
GOOD = "[late]\ndue = 2026-11-20T23:59:00+01:00\npercent_per_day = 10\n"


@pytest.mark.parametrize("where", ["--help", "README.md"])
def test_the_keys_are_told(where):
    shown = CliRunner().invoke(main, ["grade", "--help"], terminal_width=400).output
    text = shown if where == "--help" else (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(key in text for key in ("[late]", *KEYS))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (GOOD + "percent_a_day = 10\n", "percent_a_day"),
        (GOOD + "[grace]\nminutes = 5\n", "grace"),
        (GOOD + "[late.students]\nann = 3\n", "students"),
        ("due = 2026-11-20T23:59:00+01:00\n" + GOOD, "due"),
        ("[Late]\n" + GOOD, "Late"),
        (GOOD + "grace_minutes = nan\n", "grace_minutes"),
        (GOOD + "cut_off_days = true\n", "cut_off_days"),
        (GOOD + "grace_minutes = inf\n", "grace_minutes"),
        (GOOD + "grace_minutes = 1e300\n", "grace_minutes"),
        (GOOD + f"cut_off_days = {'9' * 400}\n", "cut_off_days"),
        (GOOD + "cut_off_days = -inf\n", "cut_off_days"),
        (GOOD.replace("percent_per_day = 10", "percent_per_day = 101"), "percent_per_day"),
        (GOOD.replace("2026", "0001"), "the year 1"),
        (GOOD.replace("2026", "9999"), "the year 9999"),
        (GOOD.replace("23:59", "25:61"), "late.toml"),
        (GOOD + f"grace_minutes = {'9' * 5000}\n", "late.toml"),
        (GOOD + f"grace_minutes = {'[' * 5000}\n", "late.toml"),
    ],
)
def test_what_is_no_key_or_table_of_it_is_an_error(text, named, tmp_path):
    (tmp_path / "late.toml").write_text(text)
    with pytest.raises(SeqlabError) as told:
        read_policy(tmp_path / "late.toml")
    assert named in told.value.got


def test_a_policy_saved_by_a_windows_editor_is_read(tmp_path):
    (tmp_path / "late.toml").write_text(GOOD, encoding="utf-8-sig")
    assert read_policy(tmp_path / "late.toml").percent_per_day == 10


@pytest.mark.parametrize(
    "text",
    [
        "0000-11-20T10:00",
        "0001-01-01T00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "10000-01-01T00:00",
        "2026-11-20T25:61",
        "Friday, 20 November 0001, 10:00 PM",
        "2026-11-20 10:00:00 America/Argentina",
        "1" * 10**5,
    ],
)
def test_a_time_that_no_class_has_is_none_wherever_it_stands(text, tmp_path):
    assert parse_time("2026-11-20T10:00")
    assert parse_time(text) is None
    csv = tmp_path / "t.csv"
    csv.write_text(f'name,time\nann,"{text}"\n')
    with pytest.raises(SeqlabError, match="line 2"):
        read_times(csv)
    class_ = folder_of(tmp_path / "class", {f"{who}/lab2/lab2.ipynb": notebook(STEP) for who in ("ann", "ben")})
    for who, stamp in (("ann", text), ("ben", "2026-11-20 10:00:00 UTC")):
        (class_ / who / "lab2/timestamp.txt").write_text(stamp)
    assert [bool(s.submitted_at) for s in collect([class_]).submissions] == [False, True]
