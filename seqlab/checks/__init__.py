"""What a lab's `checks.py` is written with: one import.

    from seqlab.checks import cross_entropy, exercise, tensor

`exercise` declares one: what it gets and returns, its reference, its slips; its body is given a `Trial`, shows the
worked examples and tries the answer on drawn inputs. Beside it stand references and tables of slips that labs share
(`references`, `slips`), and the checks of Keras layers (`networks`) and models (`models`): what carries their state
(`recurrence`) and whether they learn (`learning`); of training steps beside NumPy twins (`training`), and of answers
that feed ids to a step (`steps`), draw ids (`sampling`) or windows of a text (`windows`).
"""

from seqlab.autograder.judging.closed import Closed
from seqlab.autograder.judging.compare import as_numbers, describe, shape_text
from seqlab.autograder.judging.exercise import Exercise, Fixed, Kept, exercise, sign
from seqlab.autograder.judging.failed import Failed, Missing
from seqlab.autograder.judging.things import Thing
from seqlab.autograder.judging.trial import Trial
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.values import Served, tensor
from seqlab.checks.references import cross_entropy, log_softmax, sigmoid, softmax

__all__ = [
    "AnswerError",
    "Closed",
    "Exercise",
    "Failed",
    "Fixed",
    "Kept",
    "Missing",
    "Served",
    "Thing",
    "Trial",
    "as_numbers",
    "cross_entropy",
    "describe",
    "exercise",
    "log_softmax",
    "shape_text",
    "sigmoid",
    "sign",
    "softmax",
    "tensor",
]
