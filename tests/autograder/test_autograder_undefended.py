"""The other half of the attack suite: without their defence, hostile answers do damage.

What stops most of them is the process of its own. Without that, the answers are judged by a process that they
themselves run in, as by a grader that keeps its tests beside them. One of the two graders is a script without a net:
what its author did not think of ends it, and the answers that are too deep or too large do no more than that. Where
the operating system is what holds, a file's `# defence:` names the case of `test_autograder_defences.py` that switches
it off, with the same blow aimed at one thing of no worth; that file itself is not run here.
"""

import json
import os
import time
from types import SimpleNamespace

import pytest
from test_autograder_defences import DEFENCES
from test_autograder_hostile import HERE, HONEST, HOSTILE, SECRET, damage, program, setting

from seqlab.autograder.judging import parents
from seqlab.autograder.judging.parents import WarmParent
from seqlab.autograder.wire.channel import Gone, OutOfTime
from seqlab.autograder.wire.codec import BadMessage

PATIENCE = 3.0


@pytest.fixture(scope="module")
def one_process():
    """Children that judge themselves, and that inherit the instructor's environment as a subprocess does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parents, "environment", lambda: dict(os.environ))
        with WarmParent((str(HERE / "one_process.py"),)) as parent:
            yield parent


def judged_by_itself(parent: WarmParent, source: str, script: bool) -> list[str]:
    """The damage that an answer does where answers and tests share a process."""
    child = parent.spawn()
    child.channel.deadline = time.monotonic() + PATIENCE
    names = [*setting(source, "exercise", "rnn_step"), "count_params"]
    start = time.monotonic()
    try:
        child.channel.send([script, [source, HONEST], names, 5])
        rows = json.loads(child.channel.receive()[1])
        results = [SimpleNamespace(exercise=r["exercise"], points=r["points"]) for r in rows]
        messages, told = str([r["message"] for r in rows]), [r["told"] for r in rows]
    except OutOfTime:
        return ["it never ends: no result is written"]
    except (Gone, OSError):
        return ["the grader is gone: no result is written"]
    except (LookupError, TypeError, ValueError, RecursionError, BadMessage) as error:
        return [f"the result cannot be read: {type(error).__name__}"]
    finally:
        child.end()
    if {r.exercise for r in results} != set(names):
        return ["the results are of other exercises"]
    row = SimpleNamespace(exercises=results, seconds=time.monotonic() - start)
    return damage(source, row, messages, ["LEAK", SECRET]) + ["hidden numbers were told"] * sum(map(bool, told))


def test_an_honest_notebook_is_judged_right_in_one_process(one_process):
    """The control of the control: these graders do work."""
    honest = "def rnn_step(x, h, W_xh, W_hh, b):\n    return np.tanh(x @ W_xh + h @ W_hh + b)"
    blank = "def rnn_step(x, h, W_xh, W_hh, b):\n    return 0 * h"
    for script in (False, True):
        assert judged_by_itself(one_process, honest, script) == ["rnn_step gained points"]
        assert judged_by_itself(one_process, blank, script) == []


@pytest.mark.parametrize("path", HOSTILE, ids=lambda p: p.stem)
def test_without_its_defence(path, one_process):
    source = program(path)
    named = " ".join(setting(source, "defence", ""))
    if named:
        assert named in DEFENCES
    else:
        assert any(judged_by_itself(one_process, source, script) for script in (False, True))
