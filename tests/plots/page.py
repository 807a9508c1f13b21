"""A picture with a slider, as the page that a notebook shows."""

from xml.etree import ElementTree


def read(slider):
    """The page as a tree: it is well formed, and needs nothing from outside."""
    text = slider._repr_html_()
    assert "<script" not in text
    assert "http" not in text
    return ElementTree.fromstring(text)
