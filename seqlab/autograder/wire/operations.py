"""The operations of the protocol: all that the tester may ask of the process with a student's code in it.

| operation       | arguments                  | result                                                            |
|:----------------|:---------------------------|:------------------------------------------------------------------|
| `find`          | symbol                     | what the answer's name holds: data, else a Ref                    |
| `call`          | ref, args                  | the result, and the arguments as they are after the call          |
| `construct`     | ref, args                  | a Ref to what the call returned                                   |
| `get`           | ref, name                  | an attribute: data, else a Ref                                    |
| `assign`        | ref, name, value           | nothing: the variable in an attribute has the value               |
| `weights`       | ref, trainable_only?       | path and value of every (trainable) weight                        |
| `set_weights`   | ref, arrays                | nothing                                                           |
| `make`          | thing, settings            | a Ref to a standard thing (`child/workbench.py`)                  |
| `traced`        | ref                        | a Ref to the same callable inside a `tf.function`                 |
| `generators`    |                            | digests of the global random generators, of NumPy, Python, TF     |
| `gradients`     | ref, inputs, loss?, y?     | a gradient, or None, for every trainable weight of layer or model |
| `rnn_gradients` | ref, xs, h                 | a gradient, or None, for every trainable weight of a cell         |
| `plan`          | cells, wanted              | the statements behind these names: cell, names it binds and reads |
| `run`           | index                      | nothing: one statement of the plan is executed                    |

A question is a list [operation, [argument, ...]]. Both sides read the table below: the child answers no other
operation, and the tester takes no result of another shape, for a student's code may have sent it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from seqlab.autograder.wire.values import Ref

MAX_STATEMENTS = 5000


@dataclass(frozen=True)
class Operation:
    """An operation's arguments, in order, and the test that its result passes. "?" marks one with a default."""

    name: str
    arguments: tuple[str, ...]
    fits: Callable[[Any], bool]


def _anything(result: Any) -> bool:
    return True


def _nothing(result: Any) -> bool:
    return result is None


def _ref(result: Any) -> bool:
    return isinstance(result, Ref)


def _result_and_arguments(result: Any) -> bool:
    return isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], tuple)


def _texts(result: Any) -> bool:
    return isinstance(result, list) and all(isinstance(text, str) for text in result)


def _named_arrays(result: Any) -> bool:
    def fits(weight: Any) -> bool:
        return isinstance(weight, tuple) and len(weight) == 2 and isinstance(weight[1], np.ndarray)

    return isinstance(result, list) and all(fits(weight) and isinstance(weight[0], str) for weight in result)


def _arrays_or_none(result: Any) -> bool:
    return isinstance(result, list) and all(g is None or isinstance(g, np.ndarray) for g in result)


def _statements(result: Any) -> bool:
    def fits(statement: Any) -> bool:
        match statement:
            case (int(), binds, reads):
                return _texts(binds) and _texts(reads)
        return False

    return isinstance(result, list) and len(result) <= MAX_STATEMENTS and all(map(fits, result))


OPERATIONS = {
    operation.name: operation
    for operation in (
        Operation("find", ("symbol",), _anything),
        Operation("call", ("ref", "args"), _result_and_arguments),
        Operation("construct", ("ref", "args"), _ref),
        Operation("get", ("ref", "name"), _anything),
        Operation("assign", ("ref", "name", "value"), _nothing),
        Operation("weights", ("ref", "trainable_only?"), _named_arrays),
        Operation("set_weights", ("ref", "arrays"), _nothing),
        Operation("make", ("thing", "settings"), _ref),
        Operation("traced", ("ref",), _ref),
        Operation("generators", (), _texts),
        Operation("gradients", ("ref", "inputs", "loss?", "y?"), _arrays_or_none),
        Operation("rnn_gradients", ("ref", "xs", "h"), _arrays_or_none),
        Operation("plan", ("cells", "wanted"), _statements),
        Operation("run", ("index",), _nothing),
    )
}


def operation(name: str, arguments: int) -> Operation:
    """The operation of that name, to be asked with so many arguments; ValueError if there is none such."""
    found = OPERATIONS.get(name) if isinstance(name, str) else None
    if found is None:
        raise ValueError(f"no such operation: {name!r}")
    least = sum(not a.endswith("?") for a in found.arguments)
    if not least <= arguments <= len(found.arguments):
        raise ValueError(f"{name} takes {', '.join(found.arguments) or 'nothing'}, not {arguments} arguments")
    return found
