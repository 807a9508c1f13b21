"""Any figures under a slider: one is shown, all are in the page, and a table says what is to be seen."""

from xml.etree import ElementTree

import matplotlib.pyplot as plt
import pytest

from seqlab import plots
from seqlab.errors import SeqlabError


def drawn(*names):
    figures = {name: plt.figure(figsize=(1, 1)) for name in names}
    for name, figure in figures.items():
        figure.set_label(f"Figure: {name}")
    return figures


def test_the_chosen_figure_is_shown_and_the_table_has_all():
    slider = plots.figure_slider(drawn("shut", "<open>"), {"c": ["1", "2 & 3"]}, title="A gate", turns="gate", start=1)
    page = ElementTree.fromstring(slider._repr_html_())
    groups = [div for div in page.iter("div") if div.get("data-k")]
    assert [group.get("style") for group in groups] == ["display:none", None]
    assert [image.get("alt") for image in page.iter("img")] == ["Figure: shut", "Figure: <open>"]
    assert [cell.text for cell in page.iter("td")] == ["shut", "1", "<open>", "2 & 3"]
    [knob] = page.iter("input")
    assert (knob.get("max"), knob.get("value")) == ("1", "1")
    assert not plt.get_fignums()  # closed, or a notebook would show them once more


@pytest.mark.parametrize(("names", "table", "start"), [((), {}, 0), (("a",), {"c": []}, 0), (("a",), {}, 1)])
def test_what_does_not_fit_is_said(names, table, start):
    with pytest.raises(SeqlabError):
        plots.figure_slider(drawn(*names), table, title="t", turns="k", start=start)
    plt.close("all")
