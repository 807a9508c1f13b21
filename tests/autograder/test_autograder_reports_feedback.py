"""What goes back to the students: pages that Canvas and Moodle take, whose code is the lab's own, and what is linked."""

import io
import re
import zipfile
from urllib.parse import unquote

import pytest

from seqlab.authoring.source import read_source
from seqlab.autograder.course.row import ExerciseResult, Row
from seqlab.autograder.reports.feedback import canvas_feedback, moodle_feedback
from seqlab.autograder.reports.publish import publish
from seqlab.autograder.reports.published import equal_to_published
from seqlab.exercises import find_lab


def row(label, answers=None, lab="lab2", **student):
    exercises = [ExerciseResult(name, 10, 20, "partial") for name in answers or {"unroll": ""}]
    return Row(label, lab, 10, 100, "partial", exercises=exercises, student=student, answers=answers)


def pages(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info).decode() for info in archive.infolist()}


# -- the zips --------------------------------------------------------------------------------------------------
def canvas_reads(name):
    """(student's number, file's number) as Canvas's importer takes them from a name; None where it passes over it."""
    parts = [part for part in name.split("_") if part != "LATE"]
    if parts[0] == "anon":
        return tuple(parts[1:3])
    numbers = [part for part in parts if re.fullmatch(r"\d+", part)]
    return None if parts[-1].startswith("link") or len(numbers) < 2 else tuple(numbers[:2])


@pytest.mark.parametrize(
    ("name", "number", "file"),
    [
        ("doejane_1001_50001_lab2_rnn.ipynb", "1001", "50001"),
        ("roebob_LATE_1002_50002_lab2-1.ipynb", "1002", "50002"),
        ("lópezana_maría_1004_50004_lab2.zip", "1004", "50004"),
        ("poeann_1005_50005_2_3_lab2.ipynb", "1005", "50005"),
        ("poeann_1005_50005_my_links.ipynb", "1005", "50005"),
        ("anon_x7Yz_50006_lab2.ipynb", "x7Yz", "50006"),
    ],
)
def test_canvas_finds_student_and_file_in_each_name(name, number, file):
    who = {"id": number, "name": f"anon {number}"} if name.startswith("anon") else {"canvas_id": number, "name": "Jane"}
    [page] = pages(canvas_feedback([row(f"in/class.zip!{name}", **who)]))
    assert canvas_reads(page) == (number, file)
    assert page.endswith(".html")
    assert page.startswith(name.partition(".")[0].rpartition("_")[0])


@pytest.mark.parametrize("folder", ["Jane Doe_201_assignsubmission_file", "Jane Doe_201_assignsubmission_file_"])
def test_moodle_finds_the_participant_in_each_folder(folder):
    for inside in ("lab2.ipynb", "work/lab2.ipynb", "work.zip!lab2.ipynb"):
        [page] = pages(moodle_feedback([row(f"in/m.zip!{folder}/{inside}", participant="201", name="Jane")]))
        assert page == f"{folder}/lab2.html"
        assert page.split("/")[0].split("_")[1:4] == ["201", "assignsubmission", "file"]
    [page] = pages(moodle_feedback([row(f"in/{folder.rstrip('_')}_lab2.ipynb", participant="201")]))
    assert page == "Jane Doe_201_assignsubmission_file_lab2.html"


def test_each_student_gets_their_own_page_and_nobody_who_is_not_certain():
    rows = [
        row("c.zip!doejane_1001_50001_lab2.ipynb", id="1001", canvas_id="1001", name="Jane Doe"),
        row("c.zip!roebob_1002_50002_lab2.ipynb", canvas_id="1002", id="bob", name="Bob Roe"),
        row("in/doejane/roebob_1002_50002_lab2.ipynb", id="jane2", name="Jane Two"),  # a name of her own choosing
        row("in/zoe.ipynb", id="zoe", name="Zoe"),
        row("in/x_4711_5_lab2.ipynb", id="4711", name="Xi"),  # the number is the university's, not Canvas's
        row("in/anon_4711_5_lab2.ipynb", id="4711", name="Xi"),
    ]
    odd = row("c.zip!poeann_1005_50005_lab2.ipynb", canvas_id="1005", name="Ann Poe")
    object.__setattr__(odd, "conflict", "two files of the same time")
    found = pages(canvas_feedback([*rows, odd]))
    assert set(found) == {"doejane_1001_50001_lab2.html", "roebob_1002_50002_lab2.html"}
    assert "Jane Doe" in found["doejane_1001_50001_lab2.html"]
    assert "Bob Roe" in found["roebob_1002_50002_lab2.html"]
    assert moodle_feedback(rows) is None


def test_a_page_that_goes_back_stands_alone():
    code = "def unroll(x):\n    return '<b>'"
    [page] = pages(
        canvas_feedback([row("c.zip!a_1_2_lab2.ipynb", {"unroll": code}, canvas_id="1", name="Ann")])
    ).values()
    assert "return &#39;&lt;b&gt;&#39;" in page
    assert not re.search(r"<(link|script|img|iframe)|href=|src=|url\(", page)


def test_two_labs_in_one_zip_have_a_page_each():
    labels = ("c.zip!a_1_2_work.zip!one.ipynb", "c.zip!a_1_2_work.zip!two.ipynb")
    rows = [row(label, lab=lab, canvas_id="1") for label, lab in zip(labels, ("lab2", "lab5"), strict=True)]
    assert set(pages(canvas_feedback(rows))) == {"a_1_2_work.html", "a_1_2_work-lab5.html"}
    folder = "Ann_7_assignsubmission_file"
    rows = [row(f"m.zip!{folder}/{part}/a.ipynb", lab=lab, participant="7") for part, lab in ("x2", "y5")]
    assert set(pages(moodle_feedback(rows))) == {f"{folder}/a.html", f"{folder}/a-5.html"}


# -- the folder ------------------------------------------------------------------------------------------------
def test_each_page_links_to_what_was_handed_in(tmp_path):
    source, out = tmp_path / "in", tmp_path / "marks"
    source.mkdir()
    (source / "ann (1)#.ipynb").write_text("ann's")
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a/lab2.ipynb", "bob's")
    with zipfile.ZipFile(source / "c!1.zip", "w") as archive:
        archive.writestr("bob.zip", inner.getvalue())
        archive.writestr("zoe/lab2.ipynb", "zoe's")
    labels = {
        "ann": source / "ann (1)#.ipynb",
        "bob": f"{source}/c!1.zip!bob.zip!a/lab2.ipynb",
        "zoe": f"{source}/c!1.zip!zoe/lab2.ipynb",
        "gone": f"{source}/c!1.zip!nobody.ipynb",
    }
    publish([row(str(label), name=name) for name, label in labels.items()], out)
    for name in labels:
        [page] = (out / "students").glob(f"{name}-*.html")
        link = re.search(r'<a class="any" href="([^"]+)"', page.read_text())
        if name == "gone":
            assert link is None
        else:
            assert unquote(link[1]) == f"../handed-in/{page.stem}.ipynb"  # tells nothing of the instructor's folders
            assert (page.parent / unquote(link[1])).read_text() == f"{name}'s"
    index = (out / "index.html").read_text()
    assert {unquote(a) for a in re.findall(r'href="(students/[^"]+)"', index)} == {
        f"students/{page.name}" for page in (out / "students").iterdir()
    }
    own = out / "handed-in" / "ann.ipynb"
    own.write_text("not ours")
    (out / "handed-in" / "a folder").mkdir()
    publish([row(str(labels["zoe"]), name="zoe")], out)
    assert len(list((out / "students").iterdir())) == len(labels)  # no run has written this folder
    (out / "run.json").write_text('{"seed": 1, "seqlab": ""}')
    publish([row(str(labels["zoe"]), name="zoe")], out)
    left = {path.read_text() for path in (out / "handed-in").iterdir() if path.is_file()}
    assert left == {"zoe's", "not ours"}
    assert len(list((out / "students").iterdir())) == 1


@pytest.mark.parametrize("name", ["ann.html", "ann.svg", "ann.ipynb.xhtml", "ann", "c.zip!ann.html", "ann.IPYNB"])
def test_what_is_no_notebook_is_linked_as_text(name, tmp_path):
    archive, _, member = name.rpartition("!")
    if archive:
        with zipfile.ZipFile(tmp_path / archive, "w") as file:
            file.writestr(member, "<script>")
    else:
        (tmp_path / name).write_text("<script>")
    publish([row(f"{tmp_path}/{name}", name="Ann")], tmp_path / "out")
    [copy] = (tmp_path / "out" / "handed-in").iterdir()
    assert copy.suffix == (".ipynb" if "IPYNB" in name else ".txt")


def test_what_a_link_leads_to_is_not_given_away(tmp_path):
    (tmp_path / "secret.ipynb").write_text("another's")
    (tmp_path / "ann.ipynb").symlink_to(tmp_path / "secret.ipynb")
    publish([Row(f"{tmp_path}/ann.ipynb", "lab2", 0, 0, "error", "it is a symbolic link")], tmp_path / "out")
    assert not (tmp_path / "out" / "handed-in").exists()


@pytest.mark.parametrize("names", [("Al One", "Bo Two"), ("李明", "王芳"), (50 * "a" + "b", 50 * "a" + "c")])
def test_each_of_a_group_has_a_page_and_a_copy(names, tmp_path):
    (tmp_path / "lab2.ipynb").write_text("ours")
    group = [row(f"{tmp_path}/lab2.ipynb", name=name, group="Reds") for name in names]
    publish(group, tmp_path / "out")
    found = [page.read_text() for page in (tmp_path / "out" / "students").iterdir()]
    assert sorted(name for page in found for name in names if f">{name}<" in page) == sorted(names)
    assert len(list((tmp_path / "out" / "handed-in").iterdir())) == 2


# -- the published solution ------------------------------------------------------------------------------------
def solution(lab="lab2"):
    return {cell.exercise: cell.solution for cell in read_source(find_lab(lab).path).cells if cell.exercise}


@pytest.mark.parametrize("lab", ["lab0", "lab2", "lab5", "lab6"])
def test_the_published_solution_is_flagged(lab, tmp_path):
    answers = solution(lab)
    assert equal_to_published(row("a.ipynb", answers, lab)) == list(answers)
    published = row("a.ipynb", answers, lab, name="Ann")
    publish([published, row("b.ipynb", {"unroll": "def unroll(cell, xs, h0): return xs"}, name="Bob")], tmp_path)
    [line] = [line for line in (tmp_path / "marks.csv").read_text().splitlines() if "equal to the published" in line]
    assert line.startswith("Ann,")
    assert "equal to the published solution" in (tmp_path / "report.html").read_text()
    assert not [p for p in (tmp_path / "students").iterdir() if "published solution" in p.read_text()]


def test_comments_and_layout_hide_no_copy_and_other_code_is_none():
    answer = solution()["unroll"]
    retyped = "# all mine\nimport os\n" + re.sub(r'"""(.|\n)*?"""', '"""Mine."""', answer).replace("    ", "  ")
    assert equal_to_published(row("a.ipynb", {"unroll": retyped})) == ["unroll"]
    for other in (answer.replace("h", "s"), answer + "\n\ndef unroll(a): pass", "def unroll(", ""):
        assert equal_to_published(row("a.ipynb", {"unroll": other})) == []


def test_one_line_that_everybody_writes_so_is_no_copy():
    short = {name: code for name, code in solution().items() if name in ("rnn_step", "total_loss", "count_params")}
    assert equal_to_published(row("a.ipynb", short)) == []
