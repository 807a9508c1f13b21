# ruff: noqa
"""An exception whose text, name and type misbehave."""
# status: error


class Fierce(BaseException):
    def __str__(self):
        raise SystemExit

    __repr__ = __str__
    args = property(lambda self: 1 / 0)
    __traceback__ = property(lambda self: 1 / 0)


def rnn_step(*args):
    raise Fierce
