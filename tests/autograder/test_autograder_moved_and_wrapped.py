"""A class that was moved, or lies in a folder more than it has to: nobody has two rows, and nobody loses a name."""

import pytest
from class_kit import STEP, LightGrader, folder_of, notebook, worth, zip_of

from seqlab.autograder.course.classroom import Settings, grade_class
from seqlab.autograder.course.intake import collect
from seqlab.autograder.course.kinds import KINDS, is_packed, of_bytes, of_name
from seqlab.autograder.course.row import NOT_JUDGED, Row
from seqlab.autograder.exports import container
from seqlab.autograder.reports.feedback import canvas_feedback

NB = notebook(STEP)


# -- moved -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("packed", [False, True])
def test_a_guessed_class_that_was_moved_has_no_row_twice(light, tmp_path, packed):
    files = {"ann.ipynb": worth(15), "ben.ipynb": worth(5)}
    old = zip_of(tmp_path / "old.zip", files) if packed else folder_of(tmp_path / "old", files)
    out = tmp_path / "out"
    assert len(grade_class([old], Settings(out)).everyone) == 2
    new = tmp_path / "elsewhere" / old.name
    new.parent.mkdir()
    old.rename(new)
    moved = grade_class([new], Settings(out))
    assert [row.student["name"] for row in moved.everyone] == ["ann", "ben"]
    assert all(str(new) in line.path for line in moved.lines)
    assert not any(row.flags for row in moved.everyone)


def test_a_copy_another_file_and_another_name_are_kept_and_a_copy_is_told(light, tmp_path):
    first = folder_of(tmp_path / "a", {"ann.ipynb": worth(15), "ben.ipynb": worth(5), "cy.ipynb": worth(7)})
    out = tmp_path / "out"
    grade_class([first], Settings(out))
    second = folder_of(tmp_path / "b", {"ann.ipynb": worth(15), "ben.ipynb": worth(6), "dan.ipynb": worth(7)})
    for name in ("ben.ipynb", "cy.ipynb"):
        (first / name).unlink()  # gone, but neither the same file nor the same name came in its place
    everyone = grade_class([second], Settings(out)).everyone
    who = sorted((row.student["name"], row.points) for row in everyone)
    assert who == [("ann", 15), ("ann", 15), ("ben", 5), ("ben", 6), ("cy", 7), ("dan", 7)]
    assert sum("given twice" in " ".join(row.flags or ()) for row in everyone) == 1


# -- in a folder more ------------------------------------------------------------------------------------------
def canvas(count: int) -> dict[str, bytes]:
    return {f"doe{who}_{n}_{n + 50}_lab2.ipynb": NB for n, who in enumerate("abcdef"[:count], 1001)}


def test_a_platform_s_files_in_a_lone_folder_of_any_name_are_its_and_it_is_said(tmp_path):
    intake = collect([folder_of(tmp_path / "Downloads", {f"cs101/{name}": data for name, data in canvas(3).items()})])
    assert [s.student.canvas_id for s in intake.submissions] == ["1001", "1002", "1003"]
    assert not any(s.guessed for s in intake.submissions)
    assert ["cs101" in note and "Canvas" in note for note in intake.notes] == [True]


@pytest.mark.parametrize("other", [{}, {"zoe.ipynb": NB}, {"doea_1001_99_more.ipynb": NB}, {"old/x.ipynb": NB}])
def test_what_could_be_one_student_s_folder_is_no_export(tmp_path, other):
    names = canvas(3 if other else 2) | other
    intake = collect([folder_of(tmp_path / "Downloads", {f"ann/{name}": data for name, data in names.items()})])
    assert not any(s.student.canvas_id for s in intake.submissions)
    assert intake.notes == []


def test_what_is_plainly_a_class_s_folder_needs_no_note(tmp_path):
    files = {f"lab2-submissions/{name}": data for name, data in canvas(3).items()}
    intake = collect([folder_of(tmp_path / "Downloads", files)])
    assert [s.student.canvas_id for s in intake.submissions] == ["1001", "1002", "1003"]
    assert intake.notes == []


def test_files_of_two_listed_names_in_a_lone_folder_that_is_nobody_s_are_theirs(tmp_path):
    (tmp_path / "r.csv").write_text("Name,ID\nAnn Lee,1001\nBob Ray,1002\nCy Coe,1003\n")

    def found(folder: str, *names: str):
        files = {f"{folder}/{name}.ipynb": NB for name in names}
        class_ = folder_of(tmp_path / f"{folder}-{len(names)}", files)
        submissions = collect([class_], tmp_path / "r.csv").submissions
        return [(s.student.name, s.known and not s.guessed and not s.conflict) for s in submissions]

    assert found("gh-17", "ann lee", "bob ray") == [("Ann Lee", True), ("Bob Ray", True)]
    assert found("gh-17", "bob ray") == [("gh-17", False)]  # one name: rather the folder's owner's joke
    assert not any(sure for _, sure in found("cy coe", "ann lee", "bob ray"))  # the folder is somebody's


# -- one table, one place --------------------------------------------------------------------------------------
def test_a_kind_of_file_has_one_name_in_all_messages(tmp_path):
    assert all(of_bytes(mark + b"rest") == kind.words for kind in KINDS for mark in kind.marks)
    assert all(of_name(f"a{ending.upper()}") == kind.words for kind in KINDS for ending in kind.endings.split())
    for words in ("a rar archive", "a 7z archive", "a bzip2 archive", "a xz archive"):
        [mark] = next(kind.marks for kind in KINDS if kind.words == words)
        assert is_packed(words)
        files = {"a.ipynb": mark + b"x", "b.zip": mark + b"x", "c.rar": mark + b"x", "d.ipynb": NB}
        intake = collect([folder_of(tmp_path / words, files)])
        assert sum(words in s.problem for s in intake.submissions) == 3


def test_feedback_reads_the_names_that_intake_reads():
    row = Row(
        "c.zip!team_1_1001_5_lab2.ipynb", "lab2", 1, 2, "partial", student={"canvas_id": "1001", "name": "team_1"}
    )
    assert canvas_feedback([row])


# -- no mark where a check is at fault -------------------------------------------------------------------------
def test_in_gradescope_s_container_a_check_at_fault_is_no_zero(tmp_path, monkeypatch):
    class Broken(LightGrader):
        def grade(self, data, label, seed, lab=None, cpu=-1, execute=None):
            return Row(label, lab, 0, 0, NOT_JUDGED, "could not be judged: the check", answers={}, fault="Traceback")

    settings = b'{"lab": "lab2", "seconds": 60}'
    root = folder_of(tmp_path, {"source/seqlab.json": settings, "source/seed": b"1", "submission/lab2.ipynb": worth(5)})
    ended = []
    monkeypatch.setattr(container.os, "_exit", ended.append)
    for grader, status in ((Broken, container.NO_MARK), (LightGrader, 0)):
        monkeypatch.setattr("seqlab.autograder.course.unit.Grader", grader)
        got = container.grade_in_container(root)
        assert ("score" in got, "tests" in got) == (status == 0, status == 0)
        container.main(root)
        assert ended.pop() == status
    template = container.Path(container.__file__).with_name("templates") / "run_autograder.sh"
    assert template.read_text(encoding="utf-8").rstrip().endswith(f"[ $? -ne {container.NO_MARK} ]")
