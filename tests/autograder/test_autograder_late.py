"""The late policy's file: its keys are told where one looks for them, and what is none of them is an error."""

import pytest
from click.testing import CliRunner
from kit import ROOT

from seqlab.autograder.course.late import read_policy
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
