"""What a notebook points to: the badge, the archive that it installs, links that are well formed."""

import json
import re
from urllib.parse import urlparse

import nbformat
import pytest
from resolve import ROOT

from seqlab.authoring.home import archive_url, colab_url

NOTEBOOKS = sorted((ROOT / "notebooks").glob("lab*.ipynb"))
LINK = re.compile(r"\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)")
EXTERNAL = re.compile(r"<(?:script|link|iframe|img)\b[^>]*(?:src|href)=|@import|@font-face", re.I)


def wrong_links(markdown: str) -> list[str]:
    """The links that no browser could follow: not https, without a host, or with a space or a blank left in."""
    text = re.sub(r"```.*?```|`[^`]*`", "", markdown, flags=re.S)
    parts = [(url, urlparse(url)) for url in LINK.findall(text)]
    return [url for url, p in parts if p.scheme != "https" or "." not in p.netloc or re.search(r"[{}<>\s]", url)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_links_badge_and_set_up_of_a_notebook(path):
    content = json.loads(path.read_text(encoding="utf-8"))
    nbformat.validate(content)
    cells = ["".join(cell["source"]) for cell in content["cells"]]
    markdown = [s for s, c in zip(cells, content["cells"], strict=True) if c["cell_type"] == "markdown"]
    assert {s[:40]: wrong_links(s) for s in markdown if wrong_links(s)} == {}
    assert colab_url(path.name) in cells[0]
    assert "Save a copy in Drive" in cells[0]
    code = [s for s, c in zip(cells, content["cells"], strict=True) if c["cell_type"] == "code"]
    assert f"    %pip install --quiet {archive_url()}" in code[0].split("\n")
    assert [s[:40] for s in code[1:] if "pip install" in s or "apt" in re.findall(r"^!(\w+)", s, re.M)] == []
    assert [s[:40] for s in cells if EXTERNAL.search(s)] == []


def test_links_of_the_guides_lead_somewhere():
    for page in ("README.md", "CONTRIBUTING.md"):
        links = LINK.findall((ROOT / page).read_text(encoding="utf-8"))
        local = [link.split("#")[0] for link in links if not urlparse(link).scheme]
        assert [link for link in local if link and not (ROOT / link).exists()] == []


def test_a_broken_link_is_seen():
    """The control."""
    assert wrong_links("[a](http://a.org) [b](https://localhost) [c]({url}) [d](https://d.org/x_(y)) `[e](f)`") == [
        "http://a.org",
        "https://localhost",
        "{url}",
    ]
    assert EXTERNAL.search('<script src="https://a.org/x.js">')
