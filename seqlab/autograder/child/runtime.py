"""The side that runs the student's code: a namespace, a table of objects, and a small set of operations.

It knows nothing of the checks, their inputs or what they expect. The tester asks (`call this with that`,
`what are its weights`) and the runtime answers with data. In a notebook tester and runtime share the
student's own process; in grading the runtime is alone in a sandboxed child (`answering.py`).
"""

import contextlib
import hashlib
import inspect
import io
import linecache
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from seqlab.autograder.child import kernel, slicing, workbench
from seqlab.autograder.child.ipython import as_python
from seqlab.autograder.child.patience import TakesTooLong
from seqlab.autograder.wire import operations
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.values import Ref, Served, Tensor, TooLarge, plain
from seqlab.prelude import namespace


class Runtime:
    """Runs operations on the student's objects: each of `wire/operations.py` is a method, with the same arguments."""

    #: what a stop of the user's own makes: in a notebook Ctrl-C is the student's, not the answer's
    passes_through: tuple[type[BaseException], ...] = (KeyboardInterrupt, TakesTooLong)

    def __init__(self, namespace: dict[str, Any] | None = None) -> None:
        self.namespace = {} if namespace is None else namespace
        self.objects: dict[int, Any] = {}
        self.statements: list[slicing.Statement] = []

    # -- objects -------------------------------------------------------------------------------------------
    def keep(self, value: Any) -> Ref:
        """Put an object on the table and give its number."""
        number = len(self.objects) + 1
        self.objects[number] = value
        kind = "class" if isinstance(value, type) else "function" if _is_function(value) else type(value).__name__
        return Ref(number, kind)

    def real(self, value: Any) -> Any:
        """The fresh Python object that a value of the tester's stands for."""
        match value:
            case Tensor(array):
                import tensorflow as tf

                return tf.constant(array)
            case Ref(id=number):
                return self.objects[number]
            case Served():
                return self.serve(value)
            case np.ndarray():
                return value.copy()
            case list():
                return [self.real(v) for v in value]
            case tuple():
                return tuple(self.real(v) for v in value)
            case dict():
                return {self.real(k): self.real(v) for k, v in value.items()}
        return value

    def serve(self, served: Served) -> Callable[..., Any]:
        """A function for the answer that hands its arguments, as data, to the tester's function."""

        def call(*args: Any) -> Any:
            return self.real(served(*plain(args, self.keep)))

        return call

    # -- operations ----------------------------------------------------------------------------------------
    def find(self, symbol: str) -> Any:
        """What the answer's name holds: data as it is, anything else as a Ref; NameError if it is not there."""
        if symbol not in self.namespace:
            raise NameError(f"name {symbol!r} is not defined")
        return plain(self.namespace[symbol], self.keep)

    def call(self, ref: Ref, args: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
        """Call an object. Returns the result and what became of the arguments, both as data.

        A function among the arguments is None afterwards if it is still in its place.
        """
        real = self.real(tuple(args))
        before = _outline(real)
        result = plain(self.objects[ref.id](*real), self.keep)
        return result, plain(_since(before, real), self.keep)

    def construct(self, ref: Ref, args: tuple[Any, ...]) -> Ref:
        """Call an object and keep what it returns: a layer or a model stays with the student's code."""
        return self.keep(self.objects[ref.id](*self.real(tuple(args))))

    def get(self, ref: Ref, name: str) -> Any:
        """An attribute as data; AttributeError if there is none."""
        return plain(getattr(self.objects[ref.id], name), self.keep)

    def assign(self, ref: Ref, name: str, value: np.ndarray) -> None:
        """Give a variable held in an attribute a new value."""
        getattr(self.objects[ref.id], name).assign(value)

    def weights(self, ref: Ref, trainable_only: bool = False) -> list[tuple[str, np.ndarray]]:
        """Path and value of every (trainable) weight of a layer or model."""
        owner = self.objects[ref.id]
        found = owner.trainable_weights if trainable_only else owner.weights
        return [(str(getattr(w, "path", w.name)), np.asarray(w).copy()) for w in found]

    def set_weights(self, ref: Ref, arrays: list[np.ndarray]) -> None:
        """Set all weights of a layer or model, in its own order."""
        self.objects[ref.id].set_weights(list(arrays))

    def make(self, thing: str, settings: dict[str, Any]) -> Ref:
        """Build one of the standard things an exercise is given (see `workbench.py`)."""
        return self.keep(workbench.THINGS[thing](**settings))

    def traced(self, ref: Ref) -> Ref:
        """The same callable inside a `tf.function`."""
        import tensorflow as tf

        target = self.objects[ref.id]
        return self.keep(tf.function(lambda *args: target(*args)))

    def generators(self) -> list[str]:
        """What the global random generators stand at, those of NumPy, of Python and of TensorFlow, as digests."""
        from tensorflow.python.eager import context  # there is no public way to ask for the seed

        of_numpy: Any = np.random.get_state()  # a tuple; its stub says a dict
        _, numbers, *rest = of_numpy
        states = (numbers.tolist(), rest), random.getstate(), context.global_seed()
        return [hashlib.sha256(repr(state).encode()).hexdigest() for state in states]

    def gradients(self, ref: Ref, inputs: list[Any], loss: Ref | None = None, y: Any = None) -> list[np.ndarray | None]:
        """Gradient of loss(y, object(*inputs)), or of Σ y², for every trainable weight of a layer or model."""
        return workbench.gradients(self.objects[ref.id], self.real(list(inputs)), self.real(loss), self.real(y))

    def rnn_gradients(self, ref: Ref, xs: list[Any], h: Any) -> list[np.ndarray | None]:
        """Gradient of Σ y² over the steps xs, from state h, for every trainable weight of a cell."""
        return workbench.rnn_gradients(self.objects[ref.id], self.real(list(xs)), self.real(h))

    def plan(self, cells: list[str], wanted: list[str]) -> list[tuple[int, list[str], list[str]]]:
        """The statements that define the wanted names (see `slicing.py`): cell, what it binds, reads of the others."""
        self.namespace.update(namespace())
        kernel.furnish(self.namespace)
        cells = [as_python(cell) for cell in cells]
        self.statements = slicing.slice_notebook(cells, wanted)
        for number, cell in enumerate(cells):
            lines = cell.splitlines(keepends=True)
            linecache.cache[f"<cell {number}>"] = (len(cell), None, lines, f"<cell {number}>")
        bound = set().union(*(s.binds for s in self.statements))
        return [(s.cell, sorted(s.binds), sorted(s.reads & bound)) for s in self.statements]

    def run(self, index: int) -> None:
        """Execute one statement of the plan in the namespace of the answers."""
        code = self.statements[index].compiled()
        result = eval(code, self.namespace)
        if code.co_flags & inspect.CO_COROUTINE:  # an `await` at top level
            kernel.run_to_end(result)

    # -- one request ---------------------------------------------------------------------------------------
    def perform(self, operation: str, *args: Any) -> Any:
        """Run one operation; whatever the student's code raises comes out as an AnswerError."""
        name = operations.operation(operation, len(args)).name
        with _quiet(), _whole_tracebacks():
            try:
                return getattr(self, name)(*args)
            except self.passes_through:
                raise
            except TooLarge as error:
                raise AnswerError("TooLarge", str(error)) from None
            except BaseException as error:
                raise AnswerError.from_exception(error) from None


def _outline(value: Any) -> Any:
    """The same objects in containers of their own."""
    match value:
        case dict():
            return {k: _outline(v) for k, v in value.items()}
        case list() | tuple():
            return [_outline(v) for v in value]
    return value


def _since(before: Any, value: Any) -> Any:
    """A value, with None for what can be called and is the same in the same place of the outline from before."""
    match value:
        case dict():
            known = before if isinstance(before, dict) else {}
            return {k: _since(known.get(k), v) for k, v in value.items()}
        case list() | tuple():
            old = [*before, *value][: len(value)] if isinstance(before, list) else [None] * len(value)
            return type(value)(map(_since, old, value)) if type(value) in (list, tuple) else list(value)
    return None if value is before and callable(value) else value


def _is_function(value: Any) -> bool:
    return callable(value) and not hasattr(value, "weights")


@contextlib.contextmanager
def _whole_tracebacks() -> Iterator[None]:
    """Keras cuts tracebacks and rewrites messages; the student's own line must stay in them."""
    keras: Any = sys.modules.get("keras")
    cuts = keras is not None and keras.config.is_traceback_filtering_enabled()
    if cuts:
        keras.config.disable_traceback_filtering()
    try:
        yield
    finally:
        if cuts:
            keras.config.enable_traceback_filtering()


class _Swallowed(io.TextIOBase):
    """What an answer prints while it is being checked goes nowhere, in whichever way it prints."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.buffer = _SwallowedBytes()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)

    def reconfigure(self, **_: Any) -> None:
        """There is nothing to be encoded."""

    def fileno(self) -> int:
        return 1  # in a child, /dev/null


class _SwallowedBytes(io.RawIOBase):
    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return memoryview(data).nbytes


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    out, err = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = _Swallowed()
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
