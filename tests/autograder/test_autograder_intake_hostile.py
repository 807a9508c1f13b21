"""No file of one student's ends the run for all, and none takes the mark or the name of another."""

import tracemalloc
import zipfile

import pytest
from class_kit import STEP, folder_of, notebook, zip_of, zipped

from seqlab.autograder.course import entries
from seqlab.autograder.course.intake import collect

NB = notebook(STEP)


def names(intake) -> list[str]:
    return sorted(s.student.name for s in intake.submissions)


def bad_crc(files: dict[str, bytes | str], name: str, at) -> bytes:
    """A zip whose member of this name cannot be read."""
    data = bytearray(zipped(files, at))
    data[data.index(name.encode()) + len(name)] ^= 1  # the first byte of its content
    return bytes(data)


# -- what ends no run ------------------------------------------------------------------------------------------
def test_a_folder_called_timestamp_is_no_time(tmp_path):
    inside = {"lab2.ipynb": NB, "a/b/timestamp.txt/x": "1"}
    files = {"ann.zip": zipped(inside, tmp_path), "ben/c/timestamp.txt/x": "1", "ben/lab2.ipynb": NB}
    assert names(collect([folder_of(tmp_path / "class", files)])) == ["ann", "ben"]


def test_damaged_metadata_of_anybody_are_none(tmp_path):
    inside = {"submission_1/lab2.ipynb": NB, "submission_metadata.yml": "submission_1:"}
    bad = bad_crc(inside, "submission_metadata.yml", tmp_path)
    assert names(collect([folder_of(tmp_path / "class", {"ann.zip": bad, "ben.ipynb": NB})])) == ["ann", "ben"]
    (tmp_path / "export.zip").write_bytes(bad)
    assert len(collect([tmp_path / "export.zip"], platform="gradescope").submissions) == 1
    files = {"submission_1/lab2.ipynb": NB, "submission_metadata.yml": "[" * 10**5}
    assert len(collect([folder_of(tmp_path / "deep", files)]).submissions) == 1


def test_no_list_in_a_student_s_zip_is_read(tmp_path, monkeypatch):
    def read(data):
        raise AssertionError("a student's list was read")

    monkeypatch.setattr("seqlab.autograder.course.platforms.metadata", read)
    inside = {f"submission_{n}/lab2.ipynb": NB for n in (1, 2)} | {"submission_metadata.yml": "x"}
    files = {"ann.zip": zipped(inside, tmp_path), "ben.ipynb": NB}
    found = {s.student.name: s.problem for s in collect([folder_of(tmp_path / "class", files)]).submissions}
    assert "Gradescope's export" in found["ann"]
    assert found["ben"] == ""


def test_what_lies_too_deep_is_told_and_costs_nobody_else(tmp_path):
    deep = "a/" * 1100 + "lab2.ipynb"
    longest = {"a/" * 32_762 + "x": "", "lab2.ipynb": NB}
    files = {"ann/lab2.ipynb": NB, "cy.zip": zipped(longest, tmp_path), "dan.zip": zipped({deep: NB}, tmp_path)}
    class_ = folder_of(tmp_path / "class", files | {f"ben/{'b/' * 100}lab2.ipynb": NB})
    for given in (class_, zip_of(tmp_path / "class.zip", files | {f"ben/{deep}": NB})):
        tracemalloc.start()
        found = {s.student.name: s.problem for s in collect([given]).submissions}
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert {who for who, problem in found.items() if not problem} == {"ann", "cy"}
        assert "64 folders deep" in found["ben"]
        assert "64 folders deep" in found["dan"]
        assert most < 200e6  # reading any file reserves MAX_FILE


def test_a_zip_of_more_members_than_anybody_looks_at_is_not_opened(tmp_path, monkeypatch):
    many = zipped({f"{n}.txt": "" for n in range(30)}, tmp_path)
    lie = many[:-14] + b"\1\0\1\0" + many[-10:]  # states one member
    files = {"ann.zip": many, "ben.zip": lie, "cy.zip": zipped({"lab2.ipynb": NB}, tmp_path)}
    monkeypatch.setattr("seqlab.autograder.course.archives.MAX_MEMBERS", 20)
    found = {s.student.name: s.problem for s in collect([folder_of(tmp_path / "class", files)]).submissions}
    assert "too many members" in found["ann"]
    assert "too many members" in found["ben"]
    assert not found["cy"]


# -- whose it is -----------------------------------------------------------------------------------------------
def roster_of(tmp_path, *lines: str):
    (tmp_path / "r.csv").write_text("\n".join(lines) + "\n")
    return tmp_path / "r.csv"


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("ann_lee_lab2", "Ann Lee"),  # "lee" is another's mailbox
        ("lee_lab2", "Lee Wong"),
        ("lee_wong_1001", "lee wong 1001"),  # the name of one and the number of another
        ("ann_lee_and_lee_wong", "ann lee lee wong"),
        ("1001_lee", "Ann Lee"),
    ],
)
def test_a_whole_name_or_number_outweighs_a_mailbox_and_two_people_are_nobody(tmp_path, name, whose):
    roster = roster_of(tmp_path, "Name,ID,Email", "Ann Lee,1001,alee@x.edu", "Lee Wong,1002,lee@x.edu")
    [found] = collect([folder_of(tmp_path / "class", {f"{name}.ipynb": NB})], roster).submissions
    assert (found.student.name, found.known) == (whose, whose in ("Ann Lee", "Lee Wong"))
    assert bool(found.flags) != found.known


@pytest.mark.parametrize("others", [{}, {"al/lab2.ipynb": NB}])
def test_a_file_in_a_folder_of_nobody_on_the_roster_names_nobody(tmp_path, others):
    roster = roster_of(tmp_path, "Name,ID", "Ann Lee,1001", "Bob Ray,1002")
    intake = collect([folder_of(tmp_path / "class", {"gh-17/bob ray.ipynb": NB} | others)], roster)
    [found] = [s for s in intake.submissions if "bob ray" in s.label]
    assert found.guessed
    assert not found.known
    assert not found.keys
    assert any("Bob Ray" in flag for flag in found.flags)
    assert "Bob Ray" in {student.name for student in intake.missing}


def test_a_number_that_no_platform_wrote_supersedes_nothing(tmp_path):
    roster = roster_of(tmp_path, "Name,ID", "Ann Lee,1001", "Bob Ray,1002")
    files = {"bob_ray_lab2.ipynb": NB, "bob_ray_lab2-9.ipynb": NB}
    found = collect([folder_of(tmp_path / "class", files)], roster).submissions
    assert [s.student.name for s in found] == ["Bob Ray", "Bob Ray"]


@pytest.mark.parametrize("with_roster", [False, True])
def test_files_called_like_a_platform_s_in_the_only_student_s_folder_are_hers(tmp_path, with_roster):
    names = ("bobray_1002_5_lab2", "leew_1003_6_lab2")
    class_ = folder_of(tmp_path / "class", {f"ann/{name}.ipynb": NB for name in names})
    roster = roster_of(tmp_path, "Name,ID,Email", "Ann Lee,1,ann@x.edu", "Bob Ray,2,b@x.edu", "Lee W,3,l@x.edu")
    found = collect([class_], roster if with_roster else None).submissions
    assert len(found) == 2
    assert not any(s.student.canvas_id or s.keys for s in found)
    assert all(s.conflict for s in found) == with_roster


def test_a_student_whose_name_is_that_of_a_group_is_no_group(tmp_path):
    lines = ("Name,ID,Group", "Team Wong,1,", "Ann Lee,2,Ann Lee", "Bob Ray,3,Ann Lee", "Cy Coe,4,Team Wong")
    files = {f"{who}_assignsubmission_file/lab2.ipynb": NB for who in ("Team Wong_7", "Ann Lee_8")}
    found = collect([folder_of(tmp_path / "class", files)], roster_of(tmp_path, *lines)).submissions
    assert [[student.name for student in s.students] for s in found] == [["Ann Lee"], ["Team Wong"]]
    assert all(s.known for s in found)


def test_a_time_is_of_nobody_whose_name_or_number_is_not_the_only_one(tmp_path):
    files = {f"{who}_assignsubmission_file/lab2.ipynb": NB for who in ("Wei Chen_7", "Wei Chen_8", "Ann Lee_201")}
    (tmp_path / "t.csv").write_text(
        "name,id,section,time\nWei Chen,,,2026-11-20T10:00\nWei Chen,,,2026-11-21T10:00\n"
        "Bob Ray,201,,2026-11-22T10:00\nCy Coe,5,Ann Lee,2026-11-23T10:00\n"
    )
    found = collect([folder_of(tmp_path / "class", files)], times=tmp_path / "t.csv").submissions
    assert [s.submitted_at for s in found] == [None] * 3


def test_a_students_zip_is_looked_at_up_to_a_size_and_leavings_are_not_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(entries, "MAX_OPENED", 3000)
    monkeypatch.setattr(entries, "MAX_OWN", 5)
    with zipfile.ZipFile(tmp_path / "ann.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(50):
            archive.writestr(f"node_modules/{number}.js", "x" * 1000)
        archive.writestr("lab2.ipynb", "{" + " " * 1500)
        archive.writestr("more.ipynb", "{" + " " * 1600)
        archive.writestr("small.ipynb", "{}")
    (tmp_path / "bob.ipynb").write_text("{}")
    found = {entry.name: entry for entry in entries.list_entries([tmp_path])}
    assert found["49.js"].passed
    assert not found["lab2.ipynb"].problem
    assert not found["small.ipynb"].problem
    assert "and the rest is not looked at" in found["more.ipynb"].problem
    assert len(found) == 50 + 3 + 2
