"""One ladder from lab 1 to lab 5: where both labs say the same thing, they say the same number."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from seqlab.authoring.source import read_source
from seqlab.exercises import find_lab


def cells(lab):
    return {cell.id: cell.source for cell in read_source(find_lab(lab).path).cells}


@pytest.fixture(scope="module")
def both():
    """What the cells of lab 1, and those of lab 5, leave behind."""
    from seqlab import models, music

    one, five = ({"np": np, "music": music, "models": models} for _ in range(2))
    exec(cells("lab1")["tunes"], one)
    source = cells("lab5")
    exec(source["load-tunes"], five)
    exec(source["vocabulary"], five)
    five["vectorize"] = lambda text, char2idx: [char2idx[c] for c in text]
    five["lab"] = SimpleNamespace(working=lambda answer: answer)
    exec(source["ids"], five)
    return one, five


def test_both_labs_learn_from_and_are_measured_on_the_same_characters(both):
    one, five = both
    assert len(one["vocabulary"]) == five["V"]
    for name in ("train_ids", "validation_ids"):
        np.testing.assert_array_equal(one[name], five[name])


def test_the_yardsticks_agree_and_the_picture_at_the_beginning_shows_them(both):
    one, five = both
    exec(cells("lab1")["counting"], one)
    yardsticks = next(line for line in cells("lab5")["yardsticks"].splitlines() if line.startswith("log_v"))
    exec(yardsticks, five)
    mine = [one["uniform"], one["counting"][0], one["counting"][1]]
    assert mine == pytest.approx([five[name] for name in ("log_v", "unigram", "bigram")], abs=5e-4)
    shown = re.search(r'"counting": (\{[^}]*\})', cells("lab1")["end-picture"])
    assert eval(shown[1]) == {k: pytest.approx(nats, abs=5.1e-4) for k, nats in one["counting"].items()}
    assert min(one["counting"], key=one["counting"].get) == 3  # "up to three characters it helps"


def test_the_recurrent_network_is_that_of_lab_5():
    said = set(re.findall(r'"recurrent network of lab 5": ([\d.]+)', "".join(cells("lab1").values())))
    assert len(said) == 1
    assert f"{said.pop()} nats a character" in "".join(cells("lab5").values())
