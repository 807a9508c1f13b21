"""How checks, hints, receipts and reports look: light, dark, on a phone, to someone who does not see colours."""

import subprocess
import sys

import nbformat
import pytest
from lab_page import ROOT, LabPage, jupyterlab

from seqlab.authoring import fill
from seqlab.authoring.notebook_file import write_notebook

pytestmark = [pytest.mark.slow, pytest.mark.network]

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}

# Every text that is shown with a contrast below 4.5 (WCAG AA; 3 where it is large), with its colours.
PALE = """root => {
  const numbers = c => { const n = c.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n.slice(0, 3), 1] : n };
  const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
                       return .2126 * r + .7152 * g + .0722 * b };
  const behind = e => { const layers = [];
    for (; e; e = e.parentElement) layers.push(numbers(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((below, [r, g, b, a]) => [r, g, b].map((v, i) => a * v + (1 - a) * below[i]),
                                   [255, 255, 255]) };
  const found = [], walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim(), e = walk.currentNode.parentElement;
    if (!text || !e.checkVisibility() || e.closest('svg, script, style')) continue;
    const style = getComputedStyle(e), back = behind(e), [r, g, b, a] = numbers(style.color);
    const ink = light([r, g, b].map((v, i) => a * v + (1 - a) * back[i])), paper = light(back);
    const contrast = (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05);
    if (contrast < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5))
      found.push(`${text.slice(0, 40)}: ${style.color} on ${back.map(Math.round)}, ${contrast.toFixed(2)}`);
  }
  return found }"""
UNNAMED = """root => [...root.querySelectorAll('img, svg, audio, table')].filter(e =>
    e.tagName == 'IMG' ? !e.alt : e.tagName == 'TABLE' ? !e.querySelector('th[scope]')
    : !e.closest('[aria-hidden=true]') && !e.getAttribute('aria-label') && !e.querySelector('title'))
  .map(e => e.outerHTML.slice(0, 120))"""
WIDER = "() => document.scrollingElement.scrollWidth - window.innerWidth"

CELLS = {
    "passed": 'Verdict("rnn_step", 15, 15, "passed", title="One step", cases=("worked example", "B=3, D=4, H=5"))',
    "slip": 'Verdict("rnn_step", 0, 15, "failed", "the result has the right shape but wrong values", "worked example",'
    '"[[0.197375]]", "[[0.53705]]", "your step ignores h: without h @ W_hh there is no memory", title="One step")',
    "error": 'Verdict("unroll", 0, 15, "error", "IndexError in your line  `y, h = cell(xs[:, t], h)`", "B=3, T=7")',
    "timeout": 'Verdict("generate", 0, 15, "timeout", "no answer within 30 s")',
    "missing": 'Verdict("split_tunes", 0, 10, "missing", "split_tunes is not written yet")',
    "long": 'Verdict("vectorize", 0, 5, "failed", "wrong values", "worked example", "0123456789" * 30, "9" * 400)',
    "hint": 'Text("**Hint 1 of 3 for rnn_step**\\n\\nOne sum, then **one** `tanh`.\\n\\n```\\nreturn np.tanh(____)\\n```")',
    "receipt": 'rows = [Verdict("rnn_step", 9, 9, "passed"), Verdict("unroll", 0, 9, "failed"), Verdict("patterns", 0, 9, '
    '"missing")]\n_receipt(rows, ["patterns"], Path("/content/submission-lab2.json"))',
}


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_what_a_notebook_shows_is_readable(browser, tmp_path, screens, theme):
    cells = [nbformat.v4.new_code_cell(code, id=name) for name, code in CELLS.items()]
    start = "from pathlib import Path\nfrom seqlab.labs import Text, Verdict, _receipt"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(start, id="start"), *cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    with jupyterlab(tmp_path, theme) as address:
        path = write_notebook(notebook, tmp_path / "work" / "looks.ipynb")
        for name, size in (("desk", DESK), ("phone", PHONE)):
            with browser.new_context(viewport=size) as context:
                lab = LabPage(context.new_page(), address, path)
                if name == "phone":
                    lab.page.keyboard.press("Control+b")  # the file browser away
                lab.run_all()
                for cell in CELLS:
                    area = lab.output(cell).locator(".jp-OutputArea-output").first
                    assert area.evaluate(PALE) == []
                    assert area.evaluate("a => a.scrollWidth - a.clientWidth") <= 1, f"{cell} is wider than a {name}"
                    lab.cell(cell).screenshot(path=screens / f"{theme.lower()}-{name}-{cell}.png")
                for cell in ("passed", "slip", "receipt"):
                    assert lab.output(cell).locator("th").count() >= 2


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """A class of three: blank, solved, one slip."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "in").mkdir()
    source = ROOT / "notebooks" / "lab2_rnn.ipynb"
    (folder / "in" / "ada.ipynb").write_bytes(source.read_bytes())
    fill(source, None, folder / "in" / "ben.ipynb", reference=True)
    solved = (folder / "in" / "ben.ipynb").read_text(encoding="utf-8")
    assert "x @ W_xh + h @ W_hh + b" in solved
    (folder / "in" / "cleo.ipynb").write_text(solved.replace("x @ W_xh + h @ W_hh + b", "x @ W_xh + b"))
    command = [sys.executable, "-m", "seqlab.cli", "grade", folder / "in", "--out", folder / "out"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "out"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_reports_are_readable_everywhere_and_ask_for_nothing(browser, reports, screens, scheme):
    pages = [reports / "report.html", next(p for p in sorted(reports.rglob("*.html")) if "cleo" in p.name)]
    for path in pages:
        for name, size in (("desk", DESK), ("phone", PHONE)):
            with browser.new_context(viewport=size, color_scheme=scheme) as context:
                page, asked = context.new_page(), []
                page.on("request", lambda request, asked=asked: asked.append(request.url))
                page.goto(path.as_uri())
                page.screenshot(path=screens / f"{path.stem}-{scheme}-{name}.png", full_page=True)
                assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
                body = page.locator("body")
                assert body.evaluate(PALE) == []
                assert body.evaluate(UNNAMED) == []
                assert page.evaluate(WIDER) <= 0, f"{path.name} scrolls sideways on a {name}"


def test_the_eye_sees_pale_text_and_unnamed_pictures(browser):
    """The control: each of the measures above finds what it looks for."""
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.set_content(
            '<p style="color:#999">pale</p><img src="data:,"><table><tr><td>no head</table>'
            '<div style="width:500px">wide</div>'
        )
        assert "pale" in page.locator("body").evaluate(PALE)[0]
        assert len(page.locator("body").evaluate(UNNAMED)) == 2
        assert page.evaluate(WIDER) > 0
