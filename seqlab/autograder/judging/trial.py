"""What a check is given: the answer, fresh numbers, and ways to try it, compare and explain.

A check is an ordinary function of a `Trial`. It shows the worked examples and tries the answer on inputs drawn
from the trial's seed; what comes back is compared with the exercise's reference. The same check judges the
student's own function in a notebook and a stand-in for it in grading: the `runtime` below is either in this
process or far away.

    def rnn_step(t):
        t.shows(x, h, W_xh, W_hh, b)
        for B, D, H in t.sizes("B D H"):
            t.tries(t.normal(B, D), t.normal(B, H), t.normal(D, H), t.normal(H, H), t.normal(H))
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from seqlab.autograder.judging.as_before import AsBefore
from seqlab.autograder.judging.closed import Closed, General
from seqlab.autograder.judging.compare import how_many, show
from seqlab.autograder.judging.crashes import crash_slip, not_written
from seqlab.autograder.judging.draws import Draws
from seqlab.autograder.judging.exercise import Exercise
from seqlab.autograder.judging.expected import Expected, likely_slips, near_miss
from seqlab.autograder.judging.failed import Failed, Missing
from seqlab.autograder.judging.things import Thing, as_seen_by_references, refs, twin_factory
from seqlab.autograder.judging.where import whereabouts
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.values import Ref, Served, Tensor

MORE_CASES = 5  # to tell apart the slips that explain a failure, or where none does, to see where it is wrong
MORE_NUMBERS = 4  # wrong ones, of which a slip that explains them is not true by chance
# slips are looked for in a result of so many numbers more than so many times those of what is right
MOST_LOOKED_AT, MOST_TIMES = 10_000, 20


class AtHidden(BaseException):
    """A trial of the worked examples alone has come to a hidden case. No Exception: a check must not swallow it."""


class Trial(Draws, AsBefore):
    """One answer on trial. `rng` draws every input; `answer` is the data of a dict exercise.

    has_hidden: the process that is asked may have been given hidden numbers, so nothing is told as a worked example.
    shown_only: AtHidden is raised before the first hidden case.
    """

    def __init__(
        self,
        exercise: Exercise,
        runtime: Any,
        answer: Any,
        seed: int,
        has_hidden: bool = False,
        shown_only: bool = False,
    ):
        self.exercise, self.runtime, self.answer = exercise, runtime, answer
        self.has_hidden = has_hidden  # has the answer been given anything hidden?
        self.shown_only, self.stopped = shown_only, False
        # each exercise draws its own numbers, whatever was checked before it
        self.rng = np.random.default_rng([seed, *exercise.name.encode()])
        self.label, self.kind, self.visible, self.asked = "", "", not has_hidden, ""
        self.passed_cases: list[str] = []
        self.passed: list[Expected] = []  # what came right so far: no likely slip may contradict it
        self.failed: Failed | None = None  # a failure whose slip is not settled yet, see `_look`
        self.evidence: list[tuple[Expected, Any]] = []
        self.looked_at: set[str] = set()  # the cases of the evidence: one that is tried twice tells no more
        self.suspects: list[str] = []
        self.earned = 0.0  # share of the points of parts that passed, see `part`

    # -- cases ---------------------------------------------------------------------------------------------
    @contextlib.contextmanager
    def case(self, label: str, visible: bool = False, kind: str = "") -> Iterator[None]:
        """Name what is tried; a failure inside carries the name.

        kind: what a graded report calls a hidden case whose label holds sizes, "a batch of one". A worked example that comes
        after hidden cases is told as one of these: the answer has seen their numbers.
        """
        if self.shown_only and not visible:
            self.stopped = True
            raise AtHidden
        self.label, self.kind, self.visible, self.asked = label, kind, visible and not self.has_hidden, ""
        yield
        if self.failed is None and label not in self.passed_cases:
            self.passed_cases.append(label)

    def shows(self, *args: Any, case: str = "the worked example", **how: Any) -> Any:
        """A worked example from the notebook, see `tries`: the student sees all of it."""
        with self.case(case, visible=True):
            return self.tries(*args, **how)

    def part(self, share: float) -> None:
        """The part of the exercise up to here is right: its share of the points is earned."""
        self.earned += share

    # -- trying --------------------------------------------------------------------------------------------
    def tries(
        self,
        *args: Any,
        case: str = "",
        what: str = "",
        then: Callable[..., Any] | None = None,
        reads: Callable[..., Any] | None = None,
        repeat: bool = True,
        unchanged: bool = True,
        **how: Any,
    ) -> Any:
        """Call the answer and compare what comes with the reference; the result, if it is right.

        The reference gets the same arguments: of a `tensor(a)` the array, of a `Served` the function, of a standard
        thing (`make`) its NumPy twin. `case` names the case, if no block does. `then(result, *args)` is what is
        compared instead of the result, of answer and reference alike: `lambda _, cell, rnn: rnn(x)` where the task
        is to change an argument. `reads(result, *args)` brings what the answer gave into the reference's form first.
        With `repeat` the call is made twice, and must give the same: an answer keeps nothing between calls.
        `unchanged=False` lets it change its arguments. `how`: see `matches`.
        """
        if case:
            with self.case(case, visible=False):
                return self.tries(*args, what=what, then=then, reads=reads, repeat=repeat, unchanged=unchanged, **how)

        def result() -> Any:
            got = self.call(*args, unchanged=unchanged)
            got = then(got, *args) if then else got
            return reads(got, *as_seen_by_references(args)) if reads else got

        expected = self._expected(args, then=then, **how)
        got = result()
        self._look(expected, got, what)
        if repeat and self.failed is None and (again := expected.difference(result())):
            raise Failed(
                f"a second call with the same arguments gives something else: {again.what}",
                slip="something is kept from one call to the next",
                closed=Closed.AGAIN,
            )
        return got

    def matches(self, got: Any, *args: Any, what: str = "", **how: Any) -> None:
        """Fail unless `got` is what the exercise's reference gives for `args`; `what` begins the message.

        `how` says where this comparison differs from the declaration: `gives` (what is expected, instead of the
        reference's), `reference`, `slips` and `else_slips` (likelier and less likely than the declared ones),
        `otherwise`, `names`, `atol`, `rtol`, `integers`; `calls` are a layer's calls so far, see `Kept`.
        """
        expected = self._expected(args, **how)
        self._look(expected, got, what)

    def _look(self, expected: Expected, got: Any, what: str) -> None:
        """Compare. After a failure a few more cases are looked at: they tell which slip explains all that came."""
        failed = expected.failure(got, what) if self.failed is None else self.failed
        if failed is None:
            self.passed.append(expected)
            return
        if self.failed is None:
            self.failed, self.where = failed, (self.label, self.kind, self.visible, self.asked, self.earned)
        if how_many(got) > MOST_LOOKED_AT + MOST_TIMES * how_many(expected.value):
            raise failed  # so much more than was asked for is compared with one value, not with every slip
        self.evidence.append((expected, got))
        self.looked_at.add(self.label)
        self.suspects = likely_slips(self.passed, self.evidence)
        settled = len(self.suspects) == 1 and sum(c.how_many_wrong(g) for c, g in self.evidence) >= MORE_NUMBERS
        if len(self.evidence) >= MORE_CASES or (settled and len(self.looked_at) > 1):
            raise failed

    def settled(self) -> Failed:
        """The failure that was found first, with the slip that explains all that came since: asked for once, at the end."""
        assert self.failed is not None
        self.label, self.kind, self.visible, self.asked, self.earned = self.where
        if self.suspects:
            words = self.suspects[0]
            declared = any(words in case.slips for case, _ in self.evidence)
            self.failed.slip = words if declared else General(words)
        if not self.failed.slip and self.evidence:
            said = near_miss(self.passed, self.evidence) or whereabouts(self.passed, self.evidence)
            self.failed.slip = General(said)
        return self.failed

    def _expected(self, args: tuple[Any, ...], **how: Any) -> Expected:
        declared, how = self.exercise, {"names": None, "slips": {}, "else_slips": {}} | how
        own = "reference" not in how and bool(args)  # the declared ones are functions of these arguments
        result = own and how.get("then") is None  # and what is compared is the declared result
        names = (declared.names if result else ()) if how["names"] is None else how["names"]
        return Expected(
            args=args,
            reference=declared.reference if own else how.get("reference"),
            slips={**(how["slips"] or {}), **(declared.slips if own else {}), **how["else_slips"]},
            otherwise=how.get("otherwise", declared.otherwise if own else {}),
            gives=how.get("gives"),
            then=how.get("then"),
            names=names,
            axes=declared.result_axes if result else (),
            arguments=declared.reference_arguments,
            argument_axes=declared.argument_axes,
            tolerance={**declared.tolerance, **{k: how[k] for k in ("atol", "rtol", "integers") if k in how}},
            calls=how.get("calls", []),
        )

    # -- asking --------------------------------------------------------------------------------------------
    def call(self, *args: Any, unchanged: bool = True) -> Any:
        """Call the answer. A changed argument fails it, unless changing it is the task."""
        self.asked = self._call_text(args) if self.visible else ""
        result, after = self._ask("call", self.answer, refs(args))
        if unchanged:
            for i, (before, now) in enumerate(zip(args, after, strict=True)):
                if not _same(before, now):
                    raise Failed(
                        f"your {self.exercise.name} changes its argument {self._argument(i)}",
                        slip="work on a copy: `a = a.copy()`, or build a new array",
                        closed=Closed.CHANGES,
                        subject=f"your {self.exercise.name}",
                    )
        return result

    def require(
        self,
        condition: Any,
        message: str,
        *,
        slip: str = "",
        expected: Any = "",
        got: Any = "",
        guards: bool = True,
        closed: Closed | None = None,
        subject: str = "",
    ) -> None:
        """Fail with the message unless the condition holds. `closed` and `subject`: see `Failed`.

        A failure that waits for its slip (see `_look`) is told instead, and at once: what follows may rely on the condition.
        Where nothing does, `guards=False` lets it wait.
        """
        if not condition:
            if self.failed is not None:
                if not guards:
                    return
                raise self.failed
            wanted, came = (v if isinstance(v, str) else show(v) for v in (expected, got))
            raise Failed(message, expected=wanted, got=came, slip=slip, closed=closed, subject=subject)

    def missing(self) -> Missing:
        """To be raised where an answer is still as the blank notebook has it."""
        return Missing(f"{self.exercise.name} is not written yet")

    def leaves_global_generators_alone(self, *args: Any, instead: str) -> None:
        """Call the answer; fail if it draws from, or seeds, a random generator that others share. `instead` is the slip."""
        before = self._ask("generators")
        self.call(*args)
        after = self._ask("generators")
        touched = [
            name for name, a, b in zip(("np.random", "random", "tf.random"), before, after, strict=True) if a != b
        ]
        self.require(
            not touched,
            f"your {self.exercise.name} touches the global generator of {' and '.join(touched)}",
            slip=instead,
            closed=Closed.GENERATORS,
            subject=f"your {self.exercise.name}",
        )

    def construct(self, *args: Any) -> Thing:
        """Call the answer and keep the object that it returns beside it."""
        return Thing(self, self._ask("construct", self.answer, refs(args)))

    def make(self, thing: str, **settings: Any) -> Thing:
        """A standard thing beside the answer: a built layer, an optimizer (see `workbench.py`)."""
        return Thing(self, self._ask("make", thing, settings), twin_factory(thing, settings))

    def _ask(self, operation: str, *args: Any) -> Any:
        self.has_hidden = self.has_hidden or not self.visible
        return self.runtime.perform(operation, *args)

    # -- words ---------------------------------------------------------------------------------------------
    def raised(self, error: AnswerError, slip: str = "") -> Failed | Missing:
        """A student's own exception, in words, with the student's own line; Missing if it is the blank's."""
        if not_written(error):
            return self.missing()
        line = f", at your line `{error.text}`" if error.text else ""
        # a message may quote an input, so a hidden case gives only the type (if it is a name, not a text)
        kind = error.type if error.type.isidentifier() and len(error.type) < 40 else "an exception"
        message = f": {error.message.rstrip('. ')}" if self.visible and error.message else ""
        likely = slip or crash_slip(error, self.exercise.crashes)
        own = f"your {self.exercise.name}"
        return Failed(f"{own} raised {kind}{message}{line}", slip=likely, closed=Closed.RAISED, subject=own)

    def _call_text(self, args: tuple[Any, ...]) -> str:
        """The call of a worked example, with what can be shown of its arguments."""
        values = [v.array if isinstance(v, Tensor) else v for v in args]
        shown = [
            show(v, 120) if isinstance(v, np.ndarray | list | tuple | dict | str | int | float | Served) else name
            for name, v in zip([*self.exercise.arguments, *["…"] * len(values)], values, strict=False)
        ]
        return " ".join(f"{self.exercise.name}({', '.join(shown)})".split())

    def _argument(self, index: int) -> str:
        names = self.exercise.arguments
        return f"{index + 1} ({names[index]})" if index < len(names) else str(index + 1)


def _same(before: Any, after: Any) -> bool:
    """Is an argument what it was? Objects are not looked into; order and type of data count."""
    if isinstance(before, Served):
        return after is None  # so the runtime says that it is still in its place
    if isinstance(before, Ref | Thing) or before is None or callable(before):
        return True
    if isinstance(before, Tensor):
        return isinstance(after, np.ndarray) and np.array_equal(before.array, after, equal_nan=True)
    if isinstance(before, np.ndarray):
        return isinstance(after, np.ndarray) and np.array_equal(before, after, equal_nan=True)
    if isinstance(before, list | tuple):
        return len(before) == len(after) and all(map(_same, before, after))
    if isinstance(before, dict):
        return list(before) == list(after) and all(_same(v, after[k]) for k, v in before.items())
    return not isinstance(before, int | float | str) or before == after
