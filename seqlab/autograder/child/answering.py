"""The child's side: a runtime whose questions come over a channel, and the loop that answers them."""

from typing import Any

from seqlab.autograder.child.runtime import Runtime
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.channel import Channel
from seqlab.autograder.wire.codec import BadMessage
from seqlab.autograder.wire.values import Served, plain


class ChildRuntime(Runtime):
    """The child's runtime: served functions are carried to the tester, and nothing the student's code raises,
    not even SystemExit or KeyboardInterrupt, ends the loop."""

    passes_through = ()

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self.channel = channel

    def stand_in(self, number: int) -> Served:
        def call(*args: Any) -> Any:
            self.channel.send(["call", number, plain(args, self.keep)])
            match self.channel.receive(self.stand_in):
                case ["value", value]:
                    return value
                case ["refused", str(message)]:
                    raise ValueError(message)
            raise SystemExit("the tester broke off")

        return Served(call)


def answer_questions(channel: Channel, runtime: ChildRuntime | None = None) -> None:
    """The child's loop: one request after another, until the tester hangs up."""
    runtime = runtime or ChildRuntime(channel)
    while True:
        operation, args = channel.receive(runtime.stand_in)
        try:
            reply = ["result", runtime.perform(operation, *args)]
        except AnswerError as error:
            reply = ["raised", error.type, error.message, error.cell, error.line]
        try:
            channel.send(reply)
        except (BadMessage, TypeError, ValueError, OverflowError, RecursionError) as error:  # it cannot cross
            channel.send(["raised", "TooLarge", str(error), None, None])
