"""A student's first half hour, in a real browser: JupyterLab and headless Chromium."""

import html

import pytest

from seqlab import music, plots
from seqlab.authoring import read_notebook
from seqlab.autograder.course.contents import read_file

pytestmark = [pytest.mark.slow, pytest.mark.network]

RIGHT = "return np.tanh(x @ W_xh + h @ W_hh + b)"
FORGETFUL = "return np.tanh(x @ W_xh + b)"


def see(lab, cell: str, *words: str) -> None:
    """The output of a cell shows all these words."""
    shown = lab.output(cell).inner_text()
    assert [w for w in words if w not in shown] == [], shown


def answer(lab, having: str, line: str) -> None:
    """Replace one line of exercise 1, run it and its check."""
    lab.type_line("rnn_step", having, line)
    lab.run("rnn_step")
    lab.run("check-rnn_step")


def test_lab2_from_the_first_check_to_the_hand_in(opened, screens):
    lab = opened("lab2_rnn")
    lab.run_all()
    assert lab.page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']").count() == 0
    see(lab, "check-rnn_step", "One step of the recurrence", "missing, 0 of 15 points")
    see(lab, "plot-ring", "goes on with the reference answer")
    lab.cell("check-rnn_step").screenshot(path=screens / "check-open.png")
    figures = lab.page.locator(".jp-OutputArea-output img")
    assert figures.count() > 5
    assert [f for f in figures.evaluate_all("all => all.map(i => i.alt)") if not f.startswith("Figure")] == []
    assert "One blow at t = 1" in lab.output("plot-ring").locator("img").get_attribute("alt")

    answer(lab, "raise NotImplementedError", FORGETFUL)
    see(lab, "check-rnn_step", "failed, 0 of 15 points", "worked example", "0.197375", "your step ignores h")
    lab.cell("check-rnn_step").screenshot(path=screens / "check-slip.png")

    assert "Hint 1 of 3 for rnn_step" in lab.run_new("check-rnn_step", 'lab.hint("rnn_step")')
    assert "Hint 2 of 3 for rnn_step" in lab.run_new("check-rnn_step", 'lab.hint("rnn_step")')

    answer(lab, FORGETFUL, RIGHT)
    see(lab, "check-rnn_step", "passed, 15 of 15 points")
    lab.cell("check-rnn_step").screenshot(path=screens / "check-passed.png")

    lab.run("handin")
    see(lab, "handin", "15 of 100 points", "Not solved yet: MyRNNCell", "submission-lab2.json")
    assert lab.output("handin").locator("thead th").all_inner_texts() == ["exercise", "here", "points"]
    lab.cell("handin").screenshot(path=screens / "handin.png")
    found = read_file(lab.notebook.with_name("submission-lab2.json"))
    assert any(RIGHT in cell for cell in found.cells)


def test_a_wrong_answer_does_not_look_right(opened):
    """The control: the walk above fails where the student's answer is not right."""
    lab = opened("lab2_rnn")
    lab.run("setup")
    answer(lab, "raise NotImplementedError", FORGETFUL)
    with pytest.raises(AssertionError, match="your step ignores h"):
        see(lab, "check-rnn_step", "passed, 15 of 15 points")


def test_lab0_has_a_slider_that_moves_without_any_script(opened, screens):
    lab = opened("lab0_tensorflow")
    lab.run_all()
    assert lab.page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']").count() == 0
    shown = lab.output("bowl")
    knob, said = shown.locator("input[type=range]"), shown.locator("[aria-live] span:visible")
    assert said.inner_text().startswith("rate 0.1:")
    knob.press("ArrowRight")  # as a reader without a mouse moves it
    assert said.inner_text().startswith("rate 0.5:")
    assert shown.locator("svg g:visible").count() == 1
    shown.screenshot(path=screens / "descent-slider.png")


@pytest.mark.parametrize("place", ["an exported page", "an output that is a page of its own, as in Colab"])
def test_a_slider_moves_outside_of_jupyterlab(browser, screens, place):
    words = ["it creeps", "it runs", "it flies " * 30]
    look = 'style="max-width:100%;height:auto" width="460" height="320"'
    frames = [f'<svg role="img" viewBox="0 0 460 320" {look} aria-label="{w}"/>' for w in words]
    slider = plots.slider(frames, [0.1, 0.5, 0.9], words, title="A walk", knob="rate")
    framed = f'<iframe width="360" height="800" sandbox="allow-scripts" srcdoc="{html.escape(slider.html)}"></iframe>'
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        page.set_content(framed if "own" in place else slider.html)
        shown = page.frame_locator("iframe") if "own" in place else page
        for _ in words:
            page.keyboard.press("Tab")  # to the slider, over nothing that a keyboard could be caught in
            if shown.locator("input:focus").count():
                break
        page.keyboard.press("End")
        page.keyboard.press("ArrowLeft")
        assert shown.locator("[data-k]:visible").all_inner_texts() == ["", "0.5", "it runs"]
        assert shown.locator("input").get_attribute("aria-valuetext") == "0.5"
        assert shown.locator("html").evaluate("page => page.scrollWidth - page.clientWidth") == 0
        assert 300 < shown.locator("svg").first.bounding_box()["width"] < 390
        page.screenshot(path=screens / f"slider-{place.split()[1]}.png")


def test_lab5_shows_score_piano_roll_and_player(opened, screens):
    lab = opened("lab5_music")
    lab.run_all()
    assert lab.page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']").count() == 0

    written = next(c.source for c in read_notebook(lab.notebook).cells if c.id == "first-sound")
    tune = music.parse(written.split('"""\\\n')[1].split('"""')[0])
    drawn = lab.output("first-sound").locator("svg g.note")
    assert drawn.count() == len([n for n in tune.notes if n.pitch is not None])
    assert drawn.first.bounding_box()["width"] > 1

    assert "in D" in lab.output("first-sound").locator("svg[role=img]").first.get_attribute("aria-label")

    player = lab.output("first-sound").locator("audio")
    assert player.get_attribute("aria-label").startswith("Sound of")
    lab.output("first-sound").screenshot(path=screens / "tune.png")
    player.evaluate("a => { a.muted = true; return a.play() }")
    lab.page.wait_for_function("a => a.currentTime > 0.2", arg=player.element_handle())
    assert player.evaluate("a => a.duration") == pytest.approx(music.playback.length(tune), abs=3)

    roll = lab.output("four-faces").locator("img").first
    assert roll.evaluate("i => i.complete && i.naturalWidth") > 500
    assert "pitch" in roll.get_attribute("alt")
    lab.output("four-faces").screenshot(path=screens / "piano-roll.png")


def test_a_page_without_a_score_is_noticed(opened):
    """The control: before anything has run there is no note, no player, no picture."""
    lab = opened("lab5_music")
    for seen in ("svg g.note", "audio", "img"):
        assert lab.output("first-sound").locator(seen).count() == 0
