"""The demo: its page holds what the run made, and what cannot work is said before anything is run."""

import base64
import re

import nbformat
import pytest
from kit import printed, program
from nbformat.v4 import new_code_cell, new_notebook, new_output

from seqlab import demo
from seqlab.autograder.course.row import ExerciseResult, Row
from seqlab.autograder.reports.pages import printable, render
from seqlab.errors import SeqlabError

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><g><svg x="1"></svg></g></svg>'
WAV = "data:audio/wav;base64,UklGRg+/AA=="


def cell(name, text="", kind="display_data", **data):
    data = {k.replace("_", "/", 1): v for k, v in data.items()}
    outputs = [new_output("stream", name="stdout", text=text)] if text else []
    outputs += [new_output(kind, data=data)] if data else []
    return new_code_cell("...", id=name, outputs=outputs)


def executed(**replaced):
    cells = {
        "train": cell("train", text_plain="<1,000 steps in 61 s, loss 4.095 -> 0.962, held out 1.150 nats>"),
        "loss-curve": cell("loss-curve", **{"image_svg+xml": SVG}),
        "choose": cell("choose", text="Written at τ = 0.8:\n\nX:1\nK:D\nABc <d>|]\n"),
        "tune-score": cell("tune-score", text_html=f"<div><b>Mine</b>{SVG}</div>"),
        "real-score": cell("real-score", text_html=f"<div><b>The Cat&#x27;s &lt;Rambles&gt;</b>{SVG}</div>"),
        "tune-roll": cell("tune-roll", image_png="iVBORw0KGgo=\n"),
        "tune-sound": cell("tune-sound", text_html=f'<audio controls><source src="{WAV}" type="audio/wav"></audio>'),
    } | replaced
    return new_notebook(cells=list(cells.values()))


def test_hear_takes_each_piece_from_its_cell():
    heard = demo.hear(executed())
    assert base64.b64decode(heard.tune_score.split(",")[1]).decode() == SVG
    assert heard.loss_curve.startswith("data:image/svg+xml;base64,")
    assert heard.tune_roll == "data:image/png;base64,iVBORw0KGgo="
    assert heard.tune_sound == WAV
    assert heard.real_title == "The Cat's <Rambles>"
    assert (heard.temperature, heard.tune_abc) == ("0.8", "X:1\nK:D\nABc <d>|]")
    assert heard.training == {"steps": "1,000", "first": "4.095", "last": "0.962", "held_out": "1.150"}


@pytest.mark.parametrize("name", ["loss-curve", "tune-score", "real-score", "tune-roll", "tune-sound"])
def test_hear_names_the_cell_that_made_nothing(name):
    with pytest.raises(SeqlabError, match=f"cell {name} shows"):
        demo.hear(executed(**{name: cell(name, text="nothing")}))


def page_of(notebook, *results):
    results = results or (ExerciseResult("generate", 15, 15, "passed", title="Feed back"),)
    row = Row("lab5_music.ipynb", "lab5", sum(r.points for r in results), 15, "passed", exercises=list(results))
    return render("demo.html", row=printable(row), heard=demo.hear(notebook), seconds=99.6, notebook="lab5_music.ipynb")


def test_page_stands_alone_and_shows_all_parts():
    page = page_of(executed())
    for text in (
        "100 seconds",
        "15 of 15",
        "1,000 training steps",
        "at temperature 0.8",
        "4.095 to 0.962",
        WAV,
        "The Cat&#39;s &lt;Rambles&gt;",
        "ABc &lt;d&gt;|]",
        "generate",
    ):
        assert text in page, text
    assert all(source.startswith("data:") for source in re.findall(r'src="(.*?)"', page))
    assert page.count("<img ") == len(re.findall(r'<img [^>]* alt="[^"]{20,}"', page)) == 4
    assert "<script" not in page


def test_page_is_honest_where_no_tune_could_be_read():
    page = page_of(executed(choose=cell("choose", text="No tune can be read: train for more steps.")))
    assert "too short a time" in page
    assert "Written by the network" not in page


def test_page_shows_what_was_not_right():
    page = page_of(executed(), ExerciseResult("generate", 0, 15, "failed", "is wrong"))
    assert "not right" in page
    assert "is wrong" in page


def test_what_cannot_work_is_said_first(tmp_path):
    (tmp_path / "file").write_text("")
    for out, steps in ((tmp_path / "file", 1), (tmp_path / "file" / "below", 1), (tmp_path / "new", 0)):
        with pytest.raises(SeqlabError):
            demo.run_demo(out, steps)
    assert not list(tmp_path.rglob("*.ipynb"))


@pytest.mark.slow
def test_demo_from_a_blank_notebook_to_a_page(tmp_path, capsys):
    page = demo.run_demo(tmp_path / "demo", steps=20)
    text = page.read_text(encoding="utf-8")
    assert page == tmp_path / "demo" / "index.html"
    assert "100 of 100" in text
    assert text.count("data:image/svg+xml;base64,") == 4
    assert "data:audio/wav;base64," in text
    kept = nbformat.read(page.with_name("lab5_music.ipynb"), as_version=4)
    assert not any("figure_formats" in c.source for c in kept.cells)
    assert any(c.get("outputs") for c in kept.cells)
    assert not [o for c in kept.cells for o in c.get("outputs", []) if o.output_type == "error"]
    assert "goes on with the reference answer" not in printed(kept)
    assert program(page.with_name("lab5_music.ipynb")) == program(page.with_name("submission-lab5.json"))
    assert page.as_uri() in capsys.readouterr().out
    assert {p.name for p in page.parent.iterdir()} == {"index.html", "lab5_music.ipynb", "submission-lab5.json"}
