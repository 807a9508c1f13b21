"""The protocol's table of operations, and both sides that read it."""

import ast
import inspect
import socket
import threading
from pathlib import Path

import numpy as np
import pytest

from seqlab.autograder.child.runtime import Runtime
from seqlab.autograder.judging import grade, remote, trial
from seqlab.autograder.judging.remote import RemoteRuntime
from seqlab.autograder.wire import operations
from seqlab.autograder.wire.channel import Channel, Gone
from seqlab.autograder.wire.codec import BadMessage
from seqlab.autograder.wire.operations import OPERATIONS
from seqlab.autograder.wire.values import Ref

REF = Ref(1, "Dense")
# of each operation: results that an honest child gives, and some that only a hostile one does
HONEST = {
    "find": [REF, 3, {"a": np.zeros(2)}],
    "call": [(1, ()), ((REF, [2]), (np.zeros(3), None))],
    "construct": [REF],
    "get": [REF, "text", None],
    "assign": [None],
    "weights": [[], [("kernel", np.eye(2)), ("bias", np.array(3.0))]],
    "set_weights": [None],
    "make": [REF],
    "traced": [REF],
    "generators": [["a", "b", "c"]],
    "gradients": [[], [None, np.eye(2)]],
    "rnn_gradients": [[None, np.eye(2)]],
    "plan": [[], [(0, ["f", "g"], ["h"]), (3, [], [])]],
    "run": [None],
}
MISSHAPEN = {
    "call": [1, None, (1,), (1, [2]), [1, ()]],
    "construct": [3, (REF,)],
    "assign": [3],
    "weights": [REF, [("kernel",)], [("kernel", 3)], [(np.eye(2), "kernel")]],
    "set_weights": ["done"],
    "make": [None],
    "traced": [{"id": 1}],
    "generators": [3, [1, 2]],
    "gradients": [None, [REF], [[np.eye(2)]]],
    "rnn_gradients": [None, [REF]],
    "plan": [
        3,
        [0],
        [("f", ["f"], [])],
        [(0, "f", [])],
        [(0, [1], [])],
        [(0, [], [1])],
        [(0, [])],
        [(0, [], [])] * 5001,
    ],
    "run": [3],
}


def ask(operation: str, result):
    """What the tester makes of a child that answers the question with this result."""
    ours, theirs = socket.socketpair()

    def answer():
        child = Channel(theirs)
        try:
            child.receive()
            child.send(["result", result])
        except Gone:
            pass

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    with ours, theirs:
        arguments = [REF for a in OPERATIONS[operation].arguments if not a.endswith("?")]
        try:
            return RemoteRuntime(Channel(ours)).perform(operation, *arguments)
        finally:
            thread.join(5)


def test_every_operation_is_tried_here():
    assert set(HONEST) == set(OPERATIONS)
    assert set(OPERATIONS) - set(MISSHAPEN) == {"find", "get"}  # of which anything may come


@pytest.mark.parametrize(("operation", "result"), [(name, r) for name, results in HONEST.items() for r in results])
def test_an_honest_result_passes(operation, result):
    assert repr(ask(operation, result)) == repr(result)


@pytest.mark.parametrize(("operation", "result"), [(name, r) for name, results in MISSHAPEN.items() for r in results])
def test_a_misshapen_result_is_refused(operation, result):
    with pytest.raises(BadMessage, match=operation):
        ask(operation, result)


@pytest.mark.parametrize("operation", ["keep", "perform", "real", "serve", "__init__", "objects", "", None, 3])
def test_an_unknown_operation_is_refused_on_both_sides(operation):
    with pytest.raises(ValueError, match="no such operation"):
        Runtime({}).perform(operation)
    ours, theirs = socket.socketpair()
    with ours, theirs, pytest.raises(ValueError, match="no such operation"):
        RemoteRuntime(Channel(ours)).perform(operation)


def test_the_number_of_arguments_is_that_of_the_table():
    for number in (0, 1, 3):
        with pytest.raises(ValueError, match="get takes ref, name"):
            Runtime({}).perform("get", *[REF] * number)
    assert operations.operation("weights", 1) is operations.operation("weights", 2)


def test_the_runtime_has_a_method_for_each_with_these_arguments():
    for name, operation in OPERATIONS.items():
        parameters = list(inspect.signature(getattr(Runtime, name)).parameters.values())[1:]
        found = [p.name + ("" if p.default is p.empty else "?") for p in parameters]
        assert tuple(found) == operation.arguments, name


def test_the_docstring_s_table_is_the_table():
    lines = [line.split("|")[1:3] for line in operations.__doc__.splitlines() if line.startswith("| `")]
    assert {name.strip(" `"): arguments.strip() for name, arguments in lines} == {
        name: ", ".join(operation.arguments) for name, operation in OPERATIONS.items()
    }


def test_the_tester_asks_for_nothing_else():
    """Every operation that is named where the tester asks is in the table, and each in the table is asked for."""
    asked = set()
    for module in (grade, trial, remote):
        for path in Path(module.__file__).parent.glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("perform", "_ask") and node.args:
                    if isinstance(node.args[0], ast.Constant):
                        asked.add(node.args[0].value)
    assert asked == set(OPERATIONS)
