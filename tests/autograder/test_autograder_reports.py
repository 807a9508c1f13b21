"""The two pages, the marks and the results: what stands in them, and what a stranger's text cannot do to them."""

import csv
import html.parser
import io
import json
import random
import re
from dataclasses import replace

import pytest

from seqlab.autograder import reports
from seqlab.autograder.course.row import ExerciseResult, Late, Row
from seqlab.autograder.reports import rows as reading
from seqlab.autograder.reports.hints import markdown
from seqlab.autograder.reports.summary import distribution, slips, to_look_at

EXERCISES = {"rnn_step": 15, "MyRNNCell": 20, "unroll": 15, "total_loss": 10, "patterns": 40}
HOSTILE = "</td><script>alert(1)</script><img src=x onerror=alert(2)>\"'><!-- \x00 \ud800 {{ 7*7 }}"


def exercise(name, status="passed", share=None, **more):
    full = EXERCISES[name]
    points = full * (share if share is not None else float(status == "passed"))
    return ExerciseResult(name, points, full, status, title=f"Title of {name}", **more)


def make_row(number, statuses=("passed",) * 5, **more):
    made = [exercise(name, status) for name, status in zip(EXERCISES, statuses, strict=True)]
    points = sum(e.points for e in made)
    status = "passed" if points == 100 else "partial" if points else "failed"
    who = {"id": str(4000 + number), "name": f"Student {number:03}"}
    row = Row(f"in/s{number:03}_lab2.ipynb", "lab2", points, 100.0, status, exercises=made, seconds=0.4, student=who)
    return replace(row, **more)


def with_exercise(row, number, **more):
    """The row with something else in one of its exercises."""
    return replace(row, exercises=[replace(e, **more) if i == number else e for i, e in enumerate(row.exercises)])


@pytest.fixture(scope="module")
def forty():
    rng = random.Random(7)
    rows = []
    for number in range(40):
        skill = rng.random()
        row = make_row(number, [rng.choices(["passed", "failed"], [skill, 1 - skill])[0] for _ in EXERCISES])
        for i, e in enumerate(row.exercises):
            if e.status == "failed":
                row = with_exercise(row, i, case="B=3, D=4", slip=f"slip {rng.randrange(3)} of {e.exercise}")
        rows.append(row)
    lost = {"exercises": [], "points": 0, "max_points": 0, "status": "error", "message": "not a notebook: line 3"}
    rows[3] = replace(rows[3], **lost)
    rows[5] = with_exercise(rows[5], 1, status="timeout", message="no answer within its 30 seconds")
    rows[8] = replace(rows[8], flags=["not on the roster"], late=Late(2, 4.0, 20.0))
    return rows


class _Page(html.parser.HTMLParser):
    """What a browser would see: tags with their attributes, the text outside of scripts and styles."""

    VOID = ("input", "meta", "br", "img", "link", "line", "rect")

    def __init__(self, page):
        super().__init__()
        self.tags, self.text, self.open = [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.text.append(data)

    def words(self):
        return " ".join(" ".join(self.text).split())


def assert_stands_alone(page):
    """Well nested, one language, nothing to fetch, and no script that the policy does not name."""
    seen = _Page(page)
    assert not seen.open
    assert ("html", {"lang": "en"}) in seen.tags
    for tag, attributes in seen.tags:
        assert tag not in ("link", "iframe", "object", "img")
        assert not any(name.startswith("on") for name in attributes)
        assert not re.match(r"\w+:|//", attributes.get("src") or attributes.get("href") or "")
    assert "url(" not in page
    assert "default-src 'none'" in page
    return seen


def test_student_page_says_marks_case_slip_hint_and_sandbox():
    row = make_row(1, ["failed", "passed", "passed", "partial", "missing"], sandbox="Sandbox: full.")
    row = with_exercise(
        row,
        0,
        case="the worked example",
        slip="your step ignores h",
        expected="[[0.197375]]",
        got="[[0.46]]",
        message="case the worked example: the values are wrong. expected [[0.197375]], got [[0.46]]. "
        "Likely slip: your step ignores h.",
    )
    page = reports.student_page(row)
    words = assert_stands_alone(page).words()
    for text in (
        "Student 001",
        "35 of 100",
        "the worked example",
        "the values are wrong",
        "[[0.197375]]",
        "[[0.46]]",
        "your step ignores h",
        "Sandbox: full.",
        "partly right",
        "not answered",
        "2 of 5",
    ):
        assert text in words, text
    assert words.count("your step ignores h") == 1
    assert words.count("[[0.46]]") == 1
    assert words.count("Hint") == 3  # of lab 2's own hints.md, for what is not right yet: patterns, too
    assert "Title of MyRNNCell" in words


def test_student_page_shows_no_value_where_the_row_has_none():
    row = make_row(1, ["failed"] + ["passed"] * 4)
    row = with_exercise(
        row, 0, case="B=3, D=5", message="case B=3, D=5: wrong values. Likely slip: no bias.", slip="no bias"
    )
    words = assert_stands_alone(reports.student_page(row)).words()
    assert "B=3, D=5" in words
    assert "Expected" not in words
    assert "Got" not in words


def test_student_page_keeps_what_is_the_instructors():
    row = make_row(1, notebook="/home/prof/secret/marks/in/ann.ipynb", flags=["suspicious"], student={}, worker=4711)
    page = reports.student_page(row)
    assert "ann.ipynb" in page
    for private in ("/home", "secret", "suspicious", "4711"):
        assert private not in page


def test_student_page_shows_the_code_beside_each_verdict():
    answers = {"rnn_step": "def rnn_step(x):\n    return x < 1", "unroll": "def unroll(): pass"}
    page = reports.student_page(make_row(1, ["failed"] + ["passed"] * 4, answers=answers), "../handed-in/a%20b.ipynb")
    seen = assert_stands_alone(page)
    assert sum(tag == "details" for tag, _ in seen.tags) == 2
    assert ("a", {"class": "any", "href": "../handed-in/a%20b.ipynb"}) in seen.tags
    of_step = re.search(r'<section [^>]*id="rnn_step".*?</section>', page, re.S)[0]
    assert "return x &lt; 1</code>" in of_step
    assert "def unroll(): pass" not in of_step
    assert "def unroll(): pass" in page


def test_student_page_caps_the_code():
    row = make_row(1, answers={"unroll": "\n".join(f"line{i} = '{'x' * 4000}'" for i in range(5000))})
    page = reports.student_page(row)
    assert len(page) < 100_000
    assert "… and 4800 more lines" in page


def test_index_page_has_everybody_by_name_id_and_email(forty):
    people = [replace(row, student=row.student | {"email": f"s{i}@x.org"}) for i, row in enumerate(forty)]
    people.append(make_row(99, student={"name": HOSTILE, "id": HOSTILE, "email": HOSTILE}))
    page = reports.index_page(people)
    seen = assert_stands_alone(page)
    assert {a["href"] for tag, a in seen.tags if tag == "a"} - {"report.html"} == {
        f"students/{reports.page_name(row)}" for row in people
    }
    for row in people[:40]:
        assert all(row.student[key] in seen.words() for key in ("name", "id", "email"))
    assert "not graded" in seen.words()
    assert not {tag for tag, _ in seen.tags} & {"img", "svg"}  # of the hostile name


def test_student_page_of_a_file_that_could_not_be_graded(forty):
    words = assert_stands_alone(reports.student_page(forty[3])).words()
    assert "could not be graded" in words
    assert "not a notebook: line 3" in words


def test_hostile_text_stays_text():
    row = make_row(
        1,
        ["failed"] * 5,
        notebook=f"in/{HOSTILE}.ipynb",
        flags=[HOSTILE],
        message=HOSTILE,
        sandbox=HOSTILE,
        student={"name": HOSTILE, "id": HOSTILE},
        submitted_at=HOSTILE,
        lab=HOSTILE,
        answers=dict.fromkeys(EXERCISES, HOSTILE),
    )
    for i in range(5):
        row = with_exercise(row, i, **dict.fromkeys(("message", "case", "slip", "title", "expected", "got"), HOSTILE))
    plain = make_row(2)
    tame = reports.student_page(make_row(3, ["failed"] * 5)), reports.class_page([plain])
    allowed = {tag for page in tame for tag, _ in _Page(page).tags}
    allowed |= {"code", "strong", "em", "pre", "li", "ul", "a", "bdi", "p", "time", "details", "summary"}
    for page in (reports.student_page(row, "handed-in"), reports.class_page([row, plain])):
        seen = assert_stands_alone(page)
        assert {tag for tag, _ in seen.tags} <= allowed
        assert "alert(1)" in seen.words()
        assert "{{ 7*7 }}" in seen.words()
        page.encode("utf-8")
    assert re.fullmatch(r"[a-z0-9-]+\.html", reports.page_name(row))
    json.loads(reports.results_json([row]).encode("utf-8"))


def test_class_page_has_every_student_and_finding(forty):
    page = reports.class_page(forty, alike=[])
    seen = assert_stands_alone(page)
    words = seen.words()
    links = {a["href"] for tag, a in seen.tags if tag == "a"}
    assert links == {f"students/{reports.page_name(row)}" for row in forty}
    for text in (
        "Submissions 40",
        "Not graded 1",
        "not on the roster",
        "no answer within its 30 seconds",
        "not a notebook: line 3",
        "ran out of time",
        "2 d, −4",
    ):
        assert text in words, text
    name, slip, count = slips(forty)[0]
    assert f"{count} {name} {slip}" in words
    assert {a["scope"] for tag, a in seen.tags if tag == "th"} == {"row", "col"}
    assert any(a.get("role") == "img" for tag, a in seen.tags if tag == "svg")
    assert sum(tag == "script" for tag, _ in seen.tags) == 1


def test_class_page_allows_its_own_script_and_no_other(forty):
    from seqlab.autograder.reports.pages import script_hash

    page = reports.class_page(forty[:3], alike=[])
    script = re.search(r"<script>(.*?)</script>", page, re.S)[1]
    assert f"script-src '{script_hash(script)}'" in page
    assert "script-src" not in reports.student_page(forty[0])


def test_class_page_of_nothing_and_of_failures_only(forty):
    assert_stands_alone(reports.class_page([]))
    assert "Not graded 1" in assert_stands_alone(reports.class_page([forty[3]])).words()


def test_class_page_finds_the_copied_answers():
    body = "".join(
        f"    a{i} = np.tanh(x @ W_xh[{i}] + h * {i})\n    h = np.where(a{i} > 0, a{i}, h)\n" for i in range(9)
    )
    copied = f"def unroll(cell, xs, h0):\n{body}    return h\n"
    rows = [make_row(i, answers={"unroll": f"def unroll(cell, xs, h0):\n    return {i}"}) for i in range(9)]
    rows[2] = replace(rows[2], answers={"unroll": copied})
    rows[6] = replace(rows[6], answers={"unroll": re.sub(r"\ba(\d)", r"state\1", copied)})
    page = reports.class_page(rows)
    section = page[page.index('id="alike"') : page.index('id="students"')]
    assert set(re.findall(r"Student \d+", section)) == {"Student 002", "Student 006"}


def test_pages_are_the_same_for_the_same_rows(forty):
    assert reports.class_page(forty) == reports.class_page(
        [Row.from_dict(json.loads(json.dumps(row.as_dict()))) for row in forty]
    )
    assert reports.student_page(forty[0]) == reports.student_page(forty[0])


def test_distribution_counts_every_graded_row_once(forty):
    found = distribution(forty)
    assert sum(found.counts) == 39
    assert distribution([make_row(0)]).counts[9] == 1
    assert distribution([make_row(0, ["failed"] * 5)]).counts[0] == 1
    assert distribution([forty[3]]) is None
    assert "90 to 100 %: " in found.words or not found.counts[9]


def test_to_look_at_names_reasons(forty):
    reasons = {reading.display_name(row): found for row, found in to_look_at(forty)}
    assert reasons["Student 003"] == ["not a notebook: line 3"]
    assert reasons["Student 008"] == ["not on the roster"]
    assert "no answer" in reasons["Student 005"][0]
    assert "Student 000" not in reasons


def test_page_names_are_apart_for_equal_names():
    names = {reports.page_name(make_row(1, notebook=f"in/{i}/lab2.ipynb")) for i in range(50)}
    assert len(names) == 50
    assert reports.page_name(Row("../../etc/passwd", "", 0, 0, "error")).startswith("passwd-")


def test_results_json_keeps_order_and_leaves_out_code(forty):
    rows = [
        Row.from_dict(dict(reversed(row.as_dict().items())) | {"answers": {"unroll": "secret code"}}) for row in forty
    ]
    text = reports.results_json(rows)
    back = json.loads(text)
    assert [row["notebook"] for row in back] == [row.notebook for row in forty]
    assert list(back[0])[:8] == ["notebook", "lab", "points", "max_points", "status", "message", "exercises", "seconds"]
    assert "secret code" not in text
    assert reports.results_json(forty) == text


def test_marks_csv_reads_back(forty):
    read = list(csv.DictReader(io.StringIO(reports.marks_csv(forty))))
    assert len(read) == 40
    assert [float(r["points"]) for r in read] == [row.points for row in forty]
    assert read[3]["message"] == "not a notebook: line 3"
    assert read[3]["rnn_step"] == ""
    assert read[8]["late_days"] == "2"
    assert read[0]["total_loss"] in ("0", "10")


def test_marks_csv_of_two_labs_has_a_column_for_each():
    other = make_row(2, lab="lab5")
    header = reports.marks_csv([make_row(1), other]).splitlines()[0]
    assert "lab2/rnn_step" in header
    assert "lab5/rnn_step" in header


def test_hints_markdown_escapes_and_formats():
    out = str(markdown("One `a < b` and *new* 2 * 3 * 4.\n\n```python\nx = '<b>'\n```\n"))
    assert "<code>a &lt; b</code> and <em>new</em> 2 * 3 * 4." in out
    assert "<pre><code>x = &#39;&lt;b&gt;&#39;</code></pre>" in out
