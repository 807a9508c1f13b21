"""Whose work is it, and which of it counts? Canvas, Moodle, Gradescope, nbgrader, folders, zips; the late policy."""

import datetime as dt
import os
import time
import unicodedata
import zipfile
from pathlib import Path

import pytest
from class_kit import COUNT, STEP, folder_of, handin, notebook, zip_of, zipped

from seqlab.autograder.course.intake import collect
from seqlab.autograder.course.late import apply, read_policy
from seqlab.autograder.course.row import Row
from seqlab.autograder.course.times import parse_time
from seqlab.errors import SeqlabError

NB = notebook(STEP)


def people(intake) -> list[str]:
    """The names of all who are graded, group members each."""
    return sorted(student.name for s in intake.submissions for student in s.students)


def problems(intake) -> dict[str, str]:
    return {s.student.name: s.problem for s in intake.submissions if s.problem}


def outcome(intake, ending: str) -> str:
    [line] = [line for line in intake.lines if line.path.endswith(ending)]
    return line.outcome


# -- Canvas ----------------------------------------------------------------------------------------------------
def test_canvas_names_with_underscores_groups_late_and_anonymous(tmp_path):
    names = {
        "doejane_12345_99_lab2_rnn.ipynb": ("12345", "doejane"),
        "roejohn_LATE_777_98_lab2_rnn-1.ipynb": ("777", "roejohn"),
        "pérezeva_luz_778_97_lab2_rnn.ipynb": ("778", "pérezeva_luz"),
        "red_team_779_96_7_8_lab2.ipynb": ("779", "red_team"),
        "group_3_780_95_lab2.ipynb": ("780", "group_3"),
        "team_4_LATE_781_94_lab2.ipynb": ("781", "team_4"),
        "anon_x7Kq2_93_lab2.ipynb": ("x7Kq2", "anon x7Kq2"),
        "anon_LATE_12345_92_lab2.ipynb": ("12345", "anon 12345"),
    }
    intake = collect([zip_of(tmp_path / "submissions.zip", dict.fromkeys(names, NB))])
    found = {s.label.partition("!")[2]: s for s in intake.submissions}
    assert {name: (s.student.id, s.student.name) for name, s in found.items()} == names
    assert {name for name, s in found.items() if s.late} == {name for name in names if "LATE" in name}
    assert [s.student.canvas_id for s in intake.submissions if s.student.name == "doejane"] == ["12345"]
    assert not any(s.student.canvas_id for s in intake.submissions if "anon" in s.student.name)
    assert not any(s.guessed for s in intake.submissions)
    assert found["doejane_12345_99_lab2_rnn.ipynb"].read() == NB


def test_canvas_s_zips_may_have_been_unpacked_into_folders(tmp_path):
    files = {
        "doejane_1_11_lab2/lab2_rnn.ipynb": NB,
        "roejohn_2_12_lab2/a/alice_9_9_x.ipynb": NB,
        "poe_3_13_lab2.ipynb": NB,
    }
    found = collect([folder_of(tmp_path / "in", files)]).submissions
    assert {(s.student.canvas_id, s.student.name) for s in found} == {("1", "doejane"), ("2", "roejohn"), ("3", "poe")}


def test_one_file_named_like_canvas_s_among_others_is_a_guess(tmp_path):
    folder_of(tmp_path, {"ann.ipynb": NB, "ben.ipynb": NB, "alice_101_999_lab2.ipynb": NB})
    found = {s.student.name: s for s in collect([tmp_path]).submissions}
    assert set(found) == {"ann", "ben", "alice"}
    assert found["alice"].guessed
    assert not found["alice"].student.canvas_id


def test_one_number_with_two_names_is_two_people_and_a_question(tmp_path):
    path = zip_of(
        tmp_path / "s.zip", {"doejane_1_11_lab2.ipynb": NB, "roejohn_1_12_lab2.ipynb": NB, "poe_2_13_a.ipynb": NB}
    )
    conflicts = {s.student.name: bool(s.conflict) for s in collect([path]).submissions}
    assert conflicts == {"doejane": True, "roejohn": True, "poe": False}


# -- Moodle ----------------------------------------------------------------------------------------------------
def test_moodle_folders_flat_files_online_text_and_anonymous(tmp_path):
    path = zip_of(
        tmp_path / "m.zip",
        {
            "Jane Doe_12345_assignsubmission_file_/lab2.ipynb": NB,
            "John Ó Roe_7_assignsubmission_file/deep/er/x.ipynb": NB,
            "Ann Poe_8_assignsubmission_onlinetext/onlinetext.html": "<p>my answer</p>",
            "Participant_9_assignsubmission_file/lab2.ipynb": NB,
            "Participant 10_assignsubmission_file/lab2.ipynb": NB,
        },
    )
    intake = collect([path])
    found = {s.student.name: s.student.participant for s in intake.submissions}
    assert found == {
        "Jane Doe": "12345",
        "John Ó Roe": "7",
        "Ann Poe": "8",
        "Participant 9": "9",
        "Participant 10": "10",
    }
    assert "typed into the platform" in problems(intake)["Ann Poe"]
    flat = {f"{who}_assignsubmission_file_lab2.ipynb": NB for who in ("Jane Doe_5", "John Roe_6")}
    flat["Ed Poe_7_assignsubmission_file_Al Doe_5_assignsubmission_file_x.ipynb"] = NB
    assert {(s.student.name, s.student.id) for s in collect([zip_of(tmp_path / "f.zip", flat)]).submissions} == {
        ("Jane Doe", "5"),
        ("John Roe", "6"),
        ("Ed Poe", "7"),
    }


WORKSHEET = (
    "\ufeffIdentifier,Full name,Email address,Status,Group,Grade,Maximum Grade,Last modified (submission)\n"
    "Participant 1,Ann Alone,a@x.edu,No submission - ,Default group,,100.00,-\n"
    'Participant 2,Ben Blue,b@x.edu,Submitted for grading - ,Group 1,,100.00,"Friday, 20 November 2026, 10:00 AM"\n'
    'Participant 3,Cat Blue,c@x.edu,Submitted for grading - ,Group 1,,100.00,"Friday, 20 November 2026, 10:00 AM"\n'
    'Participant 4,Dan Red,d@x.edu,Submitted for grading - ,Group 2,,100.00,"Friday, 20 November 2026, 11:30 PM"\n'
)


def test_a_group_s_number_is_no_participant_s_and_every_member_is_graded(tmp_path):
    files = {f"{group}_assignsubmission_file/lab2.ipynb": NB for group in ("Group 1_1", "Group 2_2", "Default group")}
    path = zip_of(tmp_path / "m.zip", files)
    (tmp_path / "w.csv").write_text(WORKSHEET, encoding="utf-8")
    intake = collect([path], gradebook=tmp_path / "w.csv")
    members = [[student.name for student in s.students] for s in intake.submissions]
    assert members == [["Ben Blue", "Cat Blue"], ["Dan Red"], ["Default group"]]
    assert [student.name for student in intake.missing] == ["Ann Alone"]
    assert intake.submissions[1].submitted_at == parse_time("2026-11-20T23:30")
    assert not intake.submissions[2].known
    alone = collect([path])  # nobody says who is in them
    assert not any(s.known or s.student.participant for s in alone.submissions)
    assert all("group" in flag for s in alone.submissions for flag in s.flags)


def test_each_member_of_a_moodle_group_may_have_a_folder(tmp_path):
    files = {f"Group 1-{who}_assignsubmission_file/lab2.ipynb": NB for who in ("Ben Blue_2", "Cat Blue_3")}
    path = zip_of(tmp_path / "m.zip", files)
    (tmp_path / "w.csv").write_text(WORKSHEET, encoding="utf-8")
    for gradebook in (None, tmp_path / "w.csv"):
        found = [(s.student.participant, s.student.name) for s in collect([path], gradebook=gradebook).submissions]
        assert found == [("2", "Ben Blue"), ("3", "Cat Blue")]


def test_a_number_that_the_worksheet_gives_to_another_is_asked_about(tmp_path):
    path = zip_of(tmp_path / "m.zip", {"Ben Blue_1_assignsubmission_file/lab2.ipynb": NB})
    (tmp_path / "w.csv").write_text(WORKSHEET, encoding="utf-8")
    [found] = collect([path], gradebook=tmp_path / "w.csv").submissions
    assert not found.known
    assert "Ann Alone" in found.flags[0]


# -- Gradescope and nbgrader -----------------------------------------------------------------------------------
METADATA = """---
submission_41:
  :submitters:
  - :name: Jane Doe
    :sid: '0123'
    :email: jane@x.edu
  - :name: "O'Neil: Pat"
    :sid:
    :email: pat@x.edu
  :created_at: 2026-11-20 10:00:00.512345678 -0500
  :results: !ruby/object:ActiveSupport::HashWithIndifferentAccess
    output: |
      submission_42:
        :submitters:
submission_42:
  :submitters:
  - :name: John Roe
    :sid: ''
    :email: john@x.edu
  :created_at: 2026-11-20 10:00:00 Z
"""


def test_gradescope_names_every_submitter_and_the_time(tmp_path):
    inside = {
        "submission_41/lab2.ipynb": NB,
        "submission_42/Jane Doe/lab2.ipynb": NB,
        "submission_metadata.yml": METADATA,
    }
    path = zip_of(tmp_path / "g.zip", {f"assignment_1_export/{name}": content for name, content in inside.items()})
    folder_of(tmp_path / "unpacked", inside)
    for given in (path, tmp_path / "unpacked"):
        pair, john = collect([given]).submissions
        assert [(s.name, s.id, s.email) for s in pair.students] == [
            ("Jane Doe", "0123", "jane@x.edu"),
            ("O'Neil: Pat", "pat@x.edu", "pat@x.edu"),
        ]
        assert pair.submitted_at.astimezone(dt.UTC).hour == 15
        assert (john.student.name, len(john.students)) == ("John Roe", 1)


def test_nbgraders_folders_and_times(tmp_path):
    for student, when in (("jane", "2026-11-20 12:00:00 UTC"), ("john", "2026-11-20 12:00:00.5 Europe/Madrid")):
        lab = folder_of(tmp_path / "submitted" / student / "lab2_rnn", {"lab2_rnn.ipynb": NB, "timestamp.txt": when})
        folder_of(lab, {"ann/lab2_rnn.ipynb": NB})
    found = [s for s in collect([tmp_path / "submitted"]).submissions if s.label.endswith("lab2_rnn/lab2_rnn.ipynb")]
    assert [(s.student.id, s.guessed, s.submitted_at.astimezone(dt.UTC).hour) for s in found] == [
        ("jane", False, 12),
        ("john", False, 11),
    ]
    assert people(collect([tmp_path / "submitted"])) == ["jane", "jane", "john", "john"]  # ann is their own folder


def test_a_lab_s_folder_with_people_in_it_is_nobody(tmp_path):
    folder_of(tmp_path / "course", {"lab2/ann.ipynb": NB, "lab2/ben.ipynb": NB})
    assert people(collect([tmp_path / "course"])) == ["ann", "ben"]


# -- zips: a class's and a student's ---------------------------------------------------------------------------
def test_three_zips_in_a_folder_are_three_students(tmp_path):
    for who in ("amy", "bob", "jane"):
        zip_of(tmp_path / "in" / f"{who}.zip", {"lab2_rnn.ipynb": NB, "submission-lab2.json": handin(STEP)})
    for paths in ([tmp_path / "in"], sorted((tmp_path / "in").iterdir())):
        assert set(people(collect(paths))) == {"amy", "bob", "jane"}


def test_within_a_students_own_zip_no_name_counts(tmp_path):
    canvas = zip_of(tmp_path / "mallory_102_202_work.zip", {"alice_101_999_lab2_rnn.ipynb": NB})
    zip_of(tmp_path / "Mo M_7_assignsubmission_file" / "x.zip", {"Alice A_1_assignsubmission_file/lab2.ipynb": NB})
    inside = {"submission_5/lab2.ipynb": NB, "submission_metadata.yml": METADATA.replace("_41", "_5")}
    zip_of(tmp_path / "aaron.zip", inside)
    intake = collect([tmp_path])
    assert people(intake) == ["Mo M", "aaron", "mallory"]
    assert people(collect([canvas])) == ["mallory"]  # Canvas has put a name on it
    lone = zip_of(tmp_path / "lone" / "export.zip", {"bob_1_2_lab2.ipynb": NB, "eve_3_4_lab2.ipynb": NB})
    assert people(collect([lone])) == ["bob", "eve"]


def test_an_export_among_other_zips_is_asked_about(tmp_path):
    export = zip_of(tmp_path / "first.zip", {"bob_1_2_lab2.ipynb": NB, "eve_3_4_lab2.ipynb": NB})
    other = zip_of(tmp_path / "second.zip", {"ann_5_6_lab2.ipynb": NB, "dan_7_8_lab2.ipynb": NB})
    assert all("--platform canvas" in why for why in problems(collect([export, other])).values())
    assert people(collect([export, other], platform="canvas")) == ["ann", "bob", "dan", "eve"]
    dated = tmp_path / "lab2_2026_11_submissions.zip"  # no student's name is before the numbers
    assert people(collect([export.rename(dated)])) == ["bob", "eve"]
    fall = dated.rename(tmp_path / "fall_2026_11_submissions.zip")
    assert "--platform canvas" in problems(collect([fall]))["fall"]
    assert people(collect([fall], platform="canvas")) == ["bob", "eve"]


def test_a_folder_that_a_mac_has_compressed_or_windows_with_backslashes(tmp_path):
    mac = {
        "lab2_submissions/ann.ipynb": NB,
        "lab2_submissions/ben.ipynb": NB,
        "__MACOSX/lab2_submissions/._ann.ipynb": b"\0\5\x16\7",
        "lab2_submissions/.DS_Store": b"x",
    }
    assert people(collect([zip_of(tmp_path / "lab2_submissions.zip", mac)])) == ["ann", "ben"]
    path = zip_of(tmp_path / "w.zip", {"class|ann|lab2_rnn.ipynb": NB, "class|ben|lab2_rnn.ipynb": NB})
    path.write_bytes(path.read_bytes().replace(b"|", b"\\"))
    assert people(collect([path])) == ["ann", "ben"]


def test_a_name_in_utf_8_that_does_not_say_so(tmp_path):
    name = unicodedata.normalize("NFD", "José_1_2_lab2.ipynb")
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        info = zipfile.ZipInfo("J" * len(name.encode()))
        archive.writestr(info, NB)
        other = zipfile.ZipInfo("other_3_4_lab2.ipynb")
        archive.writestr(other, NB)
    data = (tmp_path / "s.zip").read_bytes().replace(b"J" * len(name.encode()), name.encode())
    (tmp_path / "s.zip").write_bytes(data)
    assert people(collect([tmp_path / "s.zip"])) == ["José", "other"]


def test_zips_in_zips_are_opened_to_a_depth_and_bombs_are_not(tmp_path):
    deep = NB
    for level in range(6):
        deep = zipped({f"{'lab2.ipynb' if level == 0 else 'in.zip'}": deep}, tmp_path)
        if level == 1:
            two = deep
    many = zipped({f"{n}.txt": "" for n in range(2500)}, tmp_path)
    files = {"a_1_2_two.zip": two, "b_3_4_six.zip": deep, "c_5_6_many.zip": many, "d_7_8_lab2.ipynb": NB}
    intake = collect([zip_of(tmp_path / "s.zip", files)])
    assert [s.student.name for s in intake.submissions if not s.problem] == ["a", "d"]
    assert "no deeper one is opened" in problems(intake)["b"]
    assert "too many members" in problems(intake)["c"]
    assert len(intake.lines) < 2100


def test_what_cannot_be_graded_has_a_row_and_tells_what_to_do(tmp_path):
    with zipfile.ZipFile(tmp_path / "locked.zip", "w") as archive:
        archive.writestr("lab2.ipynb", NB)
    locked = bytearray((tmp_path / "locked.zip").read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag "encrypted", in both headers
        locked[locked.index(mark) + at] |= 1
    link = zipfile.ZipInfo("l_11_1_lab2.ipynb")
    link.external_attr = 0o120777 << 16
    good = zipped({"lab2.ipynb": NB}, tmp_path)
    files = {
        "a_1_1_lab2.py": "x = 1",
        "b_2_text.html": "<p>https://colab.research.google.com/drive/1</p>",
        "c_3_1_lab2.pdf": b"%PDF",
        "d_4_1_lab2.rar": b"Rar!\x1a\x07\x00",
        "e_5_1_lab2.7z": b"7z\xbc\xaf\x27\x1c",
        "f_6_1_empty.zip": zipped({}, tmp_path),
        "g_7_1_locked.zip": bytes(locked),
        "h_8_1_cut.zip": good[: len(good) // 2],
        "i_9_1_lab2.ipynb": b"",
        "j_10_1_really.zip": b"Rar!\x1a\x07\x00",
        "k_12_1_only.zip": zipped({"__MACOSX/._x": "", ".DS_Store": ""}, tmp_path),
        "m_13_1_lab2.IPYNB": NB,
        "n_14_1_lab2.ipynb.txt": NB,
        "o_15_1_lab2.ipynb.json": NB,
        "p_16_1_lab2.txt": NB,
        "q_17_1_zipped.ipynb": good,
    }
    path = zip_of(tmp_path / "submissions.zip", files)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    intake = collect([path])
    says = {
        "a": "Python file",
        "b": "Colab",
        "c": "PDF",
        "d": "rar",
        "e": "7z",
        "f": "empty",
        "g": "password",
        "h": "damaged",
        "i": "empty",
        "j": "rar",
        "k": "nothing in it",
        "l": "symbolic link",
        "q": "zip",
    }
    assert {who: says[who] for who in problems(intake)} == says
    assert not [who for who, why in problems(intake).items() if says[who] not in why]
    assert {s.student.name for s in intake.submissions if not s.problem} == set("mnop")
    assert all(s.lab == "lab2" for s in intake.submissions)


def test_leavings_are_passed_over_everywhere_alike(tmp_path):
    files = {
        "ann/lab2_rnn.ipynb": NB,
        "ann/._lab2_rnn.ipynb": b"\0\5",
        "ann/.ipynb_checkpoints/lab2_rnn-checkpoint.ipynb": NB,
        "ann/Icon\r": "",
        "ann/lab2_rnn.ipynb~": NB,
        "ann/__pycache__/x.pyc": b"",
        "ann/.vscode/settings.json": "{}",
        "__MACOSX/ann/._lab2_rnn.ipynb": b"\0\5",
        "Thumbs.db": b"",
        ".DS_Store": b"",
    }
    folder_of(tmp_path / "in", files)
    for given in (tmp_path / "in", zip_of(tmp_path / "class.zip", files)):
        intake = collect([given])
        assert people(intake) == ["ann"]
        assert len(intake.lines) == len(files)
        assert sum("left by a system" in line.outcome for line in intake.lines) == len(files) - 1


# -- folders ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "files",
    [
        ("Section A/ann.ipynb", "Section A/ben.ipynb", "Section B/cat.ipynb"),
        ("Section A/ann/lab2_rnn.ipynb", "Section A/ben/lab2_rnn.ipynb", "Section B/cat/lab2_rnn.ipynb"),
        ("Huber/ann/lab2_rnn.ipynb", "Huber/ben/lab2_rnn.ipynb", "Meier/cat/lab2_rnn.ipynb"),
        ("Huber/ann.ipynb", "Huber/ben.ipynb", "Meier/cat.ipynb"),
        ("Huber/lab2/ann.ipynb", "Huber/lab2/ben.ipynb", "Meier/lab2/cat.ipynb"),
        ("lab2_rnn/ann/lab2_rnn.ipynb", "lab2_rnn/ben/x.ipynb", "lab2_rnn/cat/x.ipynb"),
        ("ann/week 2/lab2.ipynb", "ben/my work/lab2.ipynb", "cat/lab2.ipynb"),
        ("ann_lab2_rnn.ipynb", "lab2-ben.ipynb", "cat (1).ipynb"),
        ("ann/part1.ipynb", "ben/part1.ipynb", "cat/part1.ipynb"),
    ],
)
def test_sections_weeks_and_labs_are_no_students(tmp_path, files):
    intake = collect([folder_of(tmp_path / "in", dict.fromkeys(files, NB))])
    assert people(intake) == ["ann", "ben", "cat"]
    assert all(s.guessed for s in intake.submissions)


def test_downloads_of_one_name_are_never_versions_of_one(tmp_path):
    names = ("lab2_rnn.ipynb", "lab2_rnn(1).ipynb", "lab2_rnn (2).ipynb", "lab2_rnn-1.ipynb")
    for folder in ("in", "in/ann"):
        folder_of(tmp_path / folder, dict.fromkeys(names, NB))
    for given in ("in/ann", "in"):
        found = collect([tmp_path / given]).submissions
        assert len(found) == (4 if given == "in/ann" else 8)
        assert len({s.whose for s in found}) == len(found)


def test_section_folders_of_canvas_files_are_canvas_s(tmp_path):
    files = ("A/doe_1_11_lab2.ipynb", "A/roe_2_12_lab2.ipynb", "B/poe_3_13_lab2.ipynb")
    found = collect([folder_of(tmp_path / "in", dict.fromkeys(files, NB))]).submissions
    assert [s.student.canvas_id for s in found] == ["1", "2", "3"]
    mixed = folder_of(tmp_path / "mixed", {"ann/lab2.ipynb": NB, "mallory/alice_1_2_lab2.ipynb": NB})
    assert people(collect([mixed])) == ["ann", "mallory"]


def test_symbolic_links_empty_folders_and_given_files(tmp_path):
    folder_of(tmp_path / "in", {"ann/lab2.ipynb": NB, "notes.md": "x", "class.csv": "Name\nann\n"})
    (tmp_path / "in" / "ben").mkdir()
    (tmp_path / "in" / "cat.ipynb").symlink_to(tmp_path / "in" / "ann" / "lab2.ipynb")
    intake = collect([tmp_path / "in"], tmp_path / "in" / "class.csv")
    assert "symbolic link" in problems(intake)["cat"]
    assert "the folder is empty" in problems(intake)["ben"]
    assert "list of the class" in outcome(intake, "class.csv")
    assert "passed over" in outcome(intake, "notes.md")
    assert len(intake.submissions) == 3


def test_a_guessed_folder_with_one_hand_in_a_lab_is_one_student_s(tmp_path):
    files = {
        "ann/lab2_rnn.ipynb": NB,
        "ann/submission-lab2.json": handin(STEP),
        "ann/earlier-submission-lab2.json": handin(COUNT),
        "ann/submission-lab2.before.json": handin(COUNT),  # as seqlab named it once
        "ann/old/lab2_rnn.ipynb": NB,
        "ann/lab5_music.ipynb": notebook("x = 1", lab="lab5"),
        "ann/picture.png": b"\x89PNG",
        "ben/lab2_rnn.ipynb": NB,
    }
    intake = collect([folder_of(tmp_path / "in", files)])
    assert people(intake) == ["ann", "ann", "ann", "ben"]  # notebook and hand-in of lab 2, and lab 5
    assert len({s.whose for s in intake.submissions}) == 2
    assert not any(s.conflict or s.problem for s in intake.submissions)
    assert "earlier state" in outcome(intake, "before.json")
    assert "earlier state" in outcome(intake, "earlier-submission-lab2.json")
    assert "picture" in outcome(intake, "picture.png")


def test_a_lone_file_of_canvas_in_a_folder_that_a_mac_has_compressed(tmp_path):
    for name, guessed in (("submissions", False), ("ann", True)):
        path = zip_of(tmp_path / f"{name}.zip", {f"{name}/doejane_1_2_lab2.ipynb": NB})
        assert collect([path]).submissions[0].guessed == guessed


def test_what_an_earlier_run_wrote_is_no_hand_in_and_a_student_s_file_beside_it_is(tmp_path):
    name = f"ann-{20 * '0'}"
    ours = {"run.json": '{"seed": 1, "seqlab": "0.1.0"}', f"work/{name}.json": "{}", f"executed/{name}.ipynb": NB}
    files = {f"marks-old/{name}": content for name, content in ours.items()} | {"ann.ipynb": NB}
    trick = {"ben/run.json": ours["run.json"], "ben/lab2_rnn.ipynb": NB}
    intake = collect([folder_of(tmp_path / "in", files | trick)])
    assert people(intake) == ["ann", "ben"]
    assert sum("earlier run" in line.outcome for line in intake.lines) == 4


# -- rosters ---------------------------------------------------------------------------------------------------
ROSTERS = {
    "one column": 'Name,Student ID,Email\n"van der Berg, Anna",S1,a@x.edu\n"García-López, María",S2,m@x.edu\n'
    '"O’Brien, Seán",S3,s@x.edu\n"Lee, Kim",S4,k@x.edu\n"Absent, Al",S6,al@x.edu\n',
    "first last": "Name;ID\nAnna van der Berg;S1\nMaría García-López;S2\nSeán O'Brien;S3\nKim Lee;S4\nAl Absent;S6\n",
    "apart": "Last Name\tFirst Name\tID\nvan der Berg\tAnna\tS1\nGarcía-López\tMaría\tS2\nO'Brien\tSeán\tS3\nLee\tKim\tS4\n"
    "Absent\tAl\tS6\n",
    "German": "Matrikelnummer;Nachname;Vorname\nS1;van der Berg;Anna\nS2;García-López;María\nS3;O'Brien;Seán\nS4;Lee;Kim\n"
    "S6;Absent;Al\n",
    "Canvas": "Student,ID,SIS User ID,SIS Login ID,Section,Lab 2 (77)\n    Points Possible,,,,,100\n"
    '"van der Berg, Anna",1001,S1,anna,A,\n"García-López, María",1002,S2,m,A,\n"O\'Brien, Seán",1003,S3,s,A,\n'
    '"Lee, Kim",1004,S4,k,A,\n"Absent, Al",1009,S6,al,A,\n"Student, Test",1099,,x,A,\n',
}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("roster", ROSTERS)
def test_a_roster_in_any_form_finds_canvas_s_names(tmp_path, roster, form):
    names = ("vanderberganna_1001_5_a.ipynb", "garcíalópezmaría_1002_6_a.ipynb", "obrienseán_1003_7_a.ipynb")
    path = zip_of(tmp_path / "s.zip", dict.fromkeys((*names, "leekim_LATE_1004_8_a.ipynb", "nobody_1_2_a.ipynb"), NB))
    (tmp_path / "r.csv").write_bytes(unicodedata.normalize(form, ROSTERS[roster]).encode("utf-8-sig"))
    intake = collect([path], tmp_path / "r.csv")
    known = [s for s in intake.submissions if s.known]
    assert [s.student.canvas_id for s in known] == ["1001", "1002", "1003", "1004"]
    if roster != "Canvas":
        assert [s.student.id for s in known] == ["S1", "S2", "S3", "S4"]
    assert [s.student.name for s in intake.submissions if not s.known] == ["nobody"]
    assert ["Absent" in student.name for student in intake.missing] == [True]


def test_a_roster_in_windows_letters_and_names_without_accents(tmp_path):
    (tmp_path / "r.csv").write_bytes("Name;ID\nMüller, Zoë;S1\n".encode("cp1252"))
    for name in ("müllerzoë", "mullerzoe"):
        [found] = collect([folder_of(tmp_path / name, {f"{name}_1_2_a.ipynb": NB})], tmp_path / "r.csv").submissions
        assert found.student.id == "S1"


def test_a_roster_names_files_and_groups_by_their_outermost_name(tmp_path):
    folder_of(
        tmp_path / "in",
        {
            "jd_lab2.ipynb": NB,
            "Muster Max/jd@x.edu.ipynb": NB,
            "roe_lab2.ipynb": NB,
            "stranger.ipynb": NB,
            "Reds/a.ipynb": NB,
        },
    )
    (tmp_path / "r.csv").write_text(
        "Name,ID,Email,Group\nJane Doe,a1,jd@x.edu,\nMax Muster,a2,mx@x.edu,\nJo Roe,roe,jo@x.edu,\n"
        "Al One,a4,a4@x.edu,Reds\nBo Two,a5,a5@x.edu,Reds\n"
    )
    found = {s.label.partition("in/")[2]: s for s in collect([tmp_path / "in"], tmp_path / "r.csv").submissions}
    assert found["jd_lab2.ipynb"].student.name == "Jane Doe"
    assert found["roe_lab2.ipynb"].student.name == "Jo Roe"
    assert found["Muster Max/jd@x.edu.ipynb"].student.name == "Max Muster"
    assert "Jane Doe" in found["Muster Max/jd@x.edu.ipynb"].conflict  # and kept apart from hers
    assert [student.name for student in found["Reds/a.ipynb"].students] == ["Al One", "Bo Two"]
    assert not found["stranger.ipynb"].known
    assert "roster" in found["stranger.ipynb"].flags[0]


def test_a_section_in_the_roster_s_column_of_groups_gets_no_mark_in_common(tmp_path):
    roster = "Name,ID,Group\n" + "".join(f"Student {c},S{c},{'A' if c < 'e' else 'B'}\n" for c in "abcdefgh")
    (tmp_path / "r.csv").write_text(roster)
    files = ("A/Student a.ipynb", "A/Student b.ipynb", "A/unknown.ipynb", "B/Student e.ipynb")
    found = collect([folder_of(tmp_path / "in", dict.fromkeys(files, NB))], tmp_path / "r.csv").submissions
    assert [[student.name for student in s.students] for s in found] == [
        ["Student a"],
        ["Student b"],
        ["unknown"],
        ["Student e"],
    ]


def test_an_id_of_the_roster_that_is_another_s_number_at_canvas_is_not_taken(tmp_path):
    (tmp_path / "r.csv").write_text("Name,Student ID\nJane Doe,2\nJohn Roe,1\n")
    path = zip_of(tmp_path / "s.zip", {"doejane_1_11_a.ipynb": NB, "roejohn_2_12_a.ipynb": NB})
    assert [s.student.name for s in collect([path], tmp_path / "r.csv").submissions] == ["Jane Doe", "John Roe"]


def test_a_namesake_with_another_number_in_the_gradebook_is_not_taken(tmp_path):
    (tmp_path / "book.csv").write_text('Student,ID,SIS User ID,SIS Login ID,Section,Lab\n"Doe, Jane",2,S2,j,A,\n')
    [found] = collect(
        [zip_of(tmp_path / "s.zip", {"doejane_1_11_a.ipynb": NB})], gradebook=tmp_path / "book.csv"
    ).submissions
    assert (found.student.canvas_id, found.known) == ("1", False)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 cut off", b"hello", b"Rar!\x1a\x07\x00"])
def test_a_lone_zip_that_is_none_is_one_row(tmp_path, data):
    (tmp_path / "jane.zip").write_bytes(data)
    [found] = collect([tmp_path / "jane.zip"]).submissions
    assert found.problem
    assert found.student.name == "jane"


# -- which counts ----------------------------------------------------------------------------------------------
def test_the_latest_attempt_that_canvas_numbers_counts(tmp_path):
    names = (
        "a_1_5_lab2.ipynb",
        "a_1_6_lab2-1.ipynb",
        "a_1_9_lab2-2.ipynb",
        "b_2_7_lab2-10.ipynb",
        "b_2_8_lab2-9.ipynb",
    )
    intake = collect([zip_of(tmp_path / "s.zip", dict.fromkeys(names, NB))])
    assert [s.label.partition("!")[2] for s in intake.submissions] == ["a_1_9_lab2-2.ipynb", "b_2_7_lab2-10.ipynb"]
    assert "earlier attempt" in outcome(intake, "lab2-1.ipynb")
    assert "lab2-2.ipynb counts" in intake.submissions[0].why


def test_the_platform_s_time_counts_before_a_number(tmp_path):
    text = METADATA.replace("submission_42:\n  :submitters:\n  - :name: John Roe\n    :sid: ''\n    :email: john@x.edu", (
        "submission_42:\n  :submitters:\n  - :name: Jane Doe\n    :sid: '0123'\n    :email: jane@x.edu\n"
        "  - :name: \"O'Neil: Pat\"\n    :email: pat@x.edu"
    ))  # fmt: skip
    files = {"submission_41/lab2.ipynb": NB, "submission_42/lab2-1.ipynb": NB, "submission_metadata.yml": text}
    [found] = collect([zip_of(tmp_path / "g.zip", files)]).submissions
    assert "submission_41" in found.label


def test_earlier_states_never_displace(tmp_path):
    inside = {
        "lab2_rnn.ipynb": NB,
        "old/lab2_rnn.ipynb": notebook(COUNT),
        "earlier-submission-lab2.json": handin(COUNT),
        "submission-lab2.before.json": handin(COUNT),
        "scratch.ipynb": notebook("x = 1"),
    }
    path = zip_of(tmp_path / "s.zip", {"a_1_2_all.zip": zipped(inside, tmp_path), "b_3_4_lab2.ipynb": NB})
    a, _ = collect([path]).submissions
    assert a.label.endswith("!lab2_rnn.ipynb")
    only_old = {"a_1_2_all.zip": zipped({"old/lab2_rnn.ipynb": NB}, tmp_path), "b_3_4_lab2.ipynb": NB}
    assert len(collect([zip_of(tmp_path / "o.zip", only_old)]).submissions) == 2


def test_of_several_labs_each_counts_and_the_one_that_is_asked_for_alone(tmp_path):
    files = {
        "a_1_2_lab2.ipynb": NB,
        "a_1_3_lab5.ipynb": notebook("x = 1", lab="lab5"),
        "b_2_4_lab5.ipynb": notebook(lab="lab5"),
    }
    path = zip_of(tmp_path / "s.zip", files)
    assert [(s.student.name, s.lab) for s in collect([path]).submissions] == [
        ("a", "lab2"),
        ("a", "lab5"),
        ("b", "lab5"),
    ]
    two = collect([path], lab="lab2")
    assert [(s.student.name, bool(s.problem)) for s in two.submissions] == [("a", False), ("b", True)]
    assert "it is for lab5" in problems(two)["b"]
    says_nothing = notebook(STEP, lab=None)
    [found] = collect([folder_of(tmp_path / "in", {"a_1_2_x.ipynb": says_nothing})], lab="lab6").submissions
    assert "lab2" in found.problem


# -- the rest --------------------------------------------------------------------------------------------------
def test_a_csv_of_times(tmp_path):
    path = zip_of(tmp_path / "s.zip", {"doejane_1_2_lab2.ipynb": NB, "roejohn_3_4_lab2.ipynb": NB})
    (tmp_path / "t.csv").write_text('student,time\n"Doe, Jane",2026-11-20T10:00\n3,2026-11-21 11:00:00 UTC\n')
    jane, john = collect([path], times=tmp_path / "t.csv").submissions
    assert jane.submitted_at == parse_time("2026-11-20T10:00")
    assert john.submitted_at.astimezone(dt.UTC).hour == 11
    (tmp_path / "t.csv").write_text("student,time\nDoe,yesterday\n")
    with pytest.raises(SeqlabError, match="line 2"):
        collect([path], times=tmp_path / "t.csv")


def test_stamps_of_files_and_zips_are_no_times(tmp_path):
    folder_of(tmp_path / "in", {"ann.ipynb": NB})
    os.utime(tmp_path / "in" / "ann.ipynb", (1e9, 1e9))
    for given in (tmp_path / "in", zip_of(tmp_path / "s.zip", {"a_1_2_lab2.ipynb": NB})):
        assert collect([given]).submissions[0].submitted_at is None


def test_the_metadata_of_a_stranger_are_not_read(tmp_path):
    text = "submission_1:\n" + "\n" * 10**7
    path = zip_of(tmp_path / "x.zip", {"lab2.ipynb": NB, "submission_metadata.yml": text})
    began = time.perf_counter()
    assert len(collect([path]).submissions) == 1
    assert time.perf_counter() - began < 20


def test_ten_thousand_files_are_listed_in_seconds(tmp_path):
    files = {f"s{n:05}_{n + 1}_{n + 20_000}_lab2.ipynb": NB for n in range(10_000)}
    path = zip_of(tmp_path / "s.zip", files)
    roster = "Name,ID\n" + "".join(f"s{n:05},A{n}\n" for n in range(10_000))
    (tmp_path / "r.csv").write_text(roster)
    began = time.process_time()
    intake = collect([path], tmp_path / "r.csv")
    assert time.process_time() - began < 20
    assert sum(s.known for s in intake.submissions) == 10_000


@pytest.mark.parametrize("case", ["missing", "empty", "no columns", "an image"])
def test_bad_input_is_one_sentence(tmp_path, case):
    path: Path = tmp_path / "r.csv"
    path.write_bytes(b"\x89PNG\0\xff" if case == "an image" else b"colour\nred\n")
    folder_of(tmp_path / "in", {} if case == "empty" else {"a.ipynb": NB})
    (tmp_path / "in").mkdir(exist_ok=True)
    with pytest.raises(SeqlabError):
        collect(
            [tmp_path / ("nowhere" if case == "missing" else "in")],
            path if case in ("no columns", "an image") else None,
        )


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
    for text in ("2026-11-20 10:00:00 UTC", "2026-11-20T10:00Z", "2026-11-20 11:00:00.123456789 +0100"):
        assert parse_time(text).astimezone(dt.UTC).hour == 10
    assert parse_time("Friday, 20 November 2026, 10:00 PM") == parse_time("2026-11-20T22:00")
    assert parse_time("20.11.2026, 22:00") == parse_time("2026-11-20T22:00")
    assert parse_time("yesterday") is None
