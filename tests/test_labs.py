"""What a notebook talks to: deadlines, hand-ins and kind words for odd calls."""

import json

import pytest

import seqlab
from seqlab.errors import SeqlabError


@pytest.fixture
def lab():
    seqlab.labs._lab_in.cache_clear()
    return seqlab.labs.load("lab2")


def count_params(U, D, O, T):
    return U * D + U * U + O * U, T * D * O


def test_an_endless_answer_does_not_hang_the_notebook(lab, monkeypatch):
    from dataclasses import replace

    def count_params(*args):
        while True:
            try:
                while True:
                    pass
            except Exception:
                pass

    monkeypatch.setitem(lab.exercises, "count_params", replace(lab.exercises["count_params"], deadline=1.0))
    verdict = lab.check(count_params)
    assert verdict.status == "timeout"
    assert "never ends" in verdict.sentence()


def test_submit_without_answers_writes_nothing(lab, tmp_path):
    scope = {"lab": lab, "path": tmp_path / "submission-lab2.json"}
    with pytest.raises(SeqlabError, match="run all cells"):
        exec("lab.submit(path)", scope)
    assert not list(tmp_path.iterdir())


def test_submit_keeps_the_hand_in_before(lab, tmp_path):
    scope = {"lab": lab, "path": tmp_path / "submission-lab2.json", "count_params": count_params}
    exec("receipt = lab.submit(path)", scope)
    assert "10" in repr(scope["receipt"])
    first = scope["path"].read_text()
    assert "def count_params" in str(json.loads(first)["cells"])
    exec("lab.submit(path)", scope)
    assert (tmp_path / "earlier-submission-lab2.json").read_text() == first
    # an instructor's pattern for hand-ins sees one student here, not two
    assert [p.name for p in tmp_path.glob("submission-*")] == ["submission-lab2.json"]


@pytest.mark.parametrize("call", ["lab.check()", "lab.hint()", "lab.working('unroll')", "seqlab.labs.load()"])
def test_odd_calls_are_answered_in_a_sentence(lab, call):
    with pytest.raises(SeqlabError):
        exec(call, {"lab": lab, "seqlab": seqlab})
    assert "lab.hint" in repr(lab)


def test_each_hint_comes_once_and_the_last_one_stays(lab):
    shown = [repr(lab.hint("unroll")) for _ in range(4)]
    assert len(set(shown[:3])) == 3
    assert "Hint 3 of 3" in shown[3]


@pytest.fixture
def kernel(monkeypatch):
    """As if in a notebook; what is displayed there."""
    import IPython.display

    seen = []
    monkeypatch.setattr(seqlab.labs, "_in_kernel", lambda: True)
    monkeypatch.setattr(IPython.display, "display", seen.append)
    return seen


def test_a_notebook_shows_a_hint_at_once_and_once(lab, kernel):
    for number in range(3):
        last = lab.hint("unroll")
        assert f"Hint {number + 1} of 3" in kernel[-1].markdown
    assert last._ipython_display_() is None  # as a cell's last line it is not shown again
    assert len(kernel) == 3


def test_outside_of_a_notebook_a_hint_is_returned(lab, capsys):
    assert not hasattr(lab.hint("unroll"), "_ipython_display_")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("seconds", "said"), [(0.0, 1), (3600.0, 0)])
def test_a_long_check_says_once_that_it_is_at_work(lab, kernel, capsys, monkeypatch, seconds, said):
    monkeypatch.setattr(seqlab.labs, "AT_WORK", seconds)
    assert lab.check(count_params).passed
    assert capsys.readouterr().out.count("count_params: the check is at work") == said
