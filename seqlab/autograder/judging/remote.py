"""The tester's side of a runtime that is in another process: it asks, and serves what the exercise hands over."""

import math
from typing import Any

from seqlab.autograder.wire import operations
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.channel import Channel
from seqlab.autograder.wire.codec import MAX_BYTES, BadMessage
from seqlab.autograder.wire.values import MAX_NUMBERS, Served, weight

MAX_CALLBACKS = 50_000
MAX_CALLBACK_BYTES = MAX_BYTES  # of all calls of a function that one question hands over: the tester keeps them


class Endless(BadMessage):
    """A function that an exercise hands over was called more often than any answer needs it."""


class RemoteRuntime:
    """The tester's side: `perform` like `Runtime.perform`, carried to the child and back.

    Functions that an exercise hands to an answer are served here while the call is under way, so that the
    tester itself counts the calls.
    """

    def __init__(self, channel: Channel):
        self.channel = channel

    def perform(self, operation: str, *args: Any) -> Any:
        """Ask for one operation; AnswerError if the student's code raised, OutOfTime, Gone or BadMessage."""
        asked = operations.operation(operation, len(args))
        serving: list[Served] = []

        def serve(served: Served) -> int:
            serving.append(served)
            return len(serving) - 1

        self.channel.send([operation, list(args)], serve)
        start = self.channel.received
        for _ in range(MAX_CALLBACKS):
            match self.channel.receive():
                case ["result", result]:
                    if not asked.fits(result):
                        raise BadMessage(f"the student's process answered {operation!r} with something else")
                    return result
                case ["raised", str(kind), str(message), None | int() as cell, None | int() as line]:
                    raise AnswerError(kind[:80], message[:1000], cell, line)
                case ["call", int(number), tuple(given)] if 0 <= number < len(serving):
                    if self.channel.received - start > MAX_CALLBACK_BYTES:
                        break
                    self.channel.send(self._serve(serving[number], given))
                case _:
                    raise BadMessage("the student's process broke the protocol")
        raise Endless("no end after so many calls of the function that it is given")

    def _serve(self, served: Served, given: tuple[Any, ...]) -> list[Any]:
        try:
            # x + h of a column and a row is a table: together the arguments must stay small
            if math.prod(max(1, weight(g)) for g in given) > MAX_NUMBERS:
                raise ValueError("the arguments are far larger than those of the exercise")
            return ["value", served(*given)]
        except Exception as error:
            return ["refused", str(error)[:300]]
