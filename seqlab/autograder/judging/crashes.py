"""What an exception of the answer's most likely means, in words."""

from collections.abc import Mapping

from seqlab.autograder.judging.raised import meaning
from seqlab.autograder.wire.answer_error import AnswerError

INSIDE_TRACING = (
    "this call is inside tf.function, where tensors have no numbers yet: stay with TensorFlow or Keras "
    "operations (no `.numpy()`, no np.tanh)"
)

# what Python and Keras say where something else stands in a layer's place: parts of a message -> words
OF_LAYERS = {
    "'int' object is not callable|'float' object is not callable": "a number is called like a function: is a layer missing "
    "around it, as in keras.layers.Dense(C)(x), or an operator behind it?",
    "with a `keras.layers.Layer` instance": "a wrapper takes a layer, as in Bidirectional(keras.layers.GRU(U))",
    "not connected to `inputs`": "keras.Model takes the inputs first, then what was computed from them",
    "object has no attribute 'dtype'": "a tensor is expected where something else stands: a layer is called with what "
    "keras.Input or another layer gave, and `==` of a Keras tensor is one bool, not a mask",
}

# what says nothing of a slip in the task, however it came about
OF_PYTHON = {"SystemExit", "KeyboardInterrupt", "RecursionError", "TooLarge", "Timeout", "SyntaxError", "ImportError"}


def not_written(error: AnswerError) -> bool:
    """Is this the blank's own NotImplementedError, and not what NumPy says to a tensor without numbers?"""
    return error.type == "NotImplementedError" and not _asks_for_numbers(error)


def crash_slip(error: AnswerError, declared: Mapping[str, str]) -> str:
    """The likely slip: what is certain first, then what the exercise declares, then what may be."""
    return _certain(error) or declared_slip(error, declared) or declared_slip(error, OF_LAYERS) or _possible(error)


def _certain(error: AnswerError) -> str:
    text = error.message
    if "MemoryError" in error.type or error.type == "ResourceExhaustedError":
        return "an answer may use 2 GB of memory, and none here needs more than a little"
    if error.type == "RecursionError":
        return "a function calls itself without end"
    if error.type == "NameError":
        return "a name is used that this cell does not define: put helpers and imports into the answer's cell"
    if error.type == "TypeError" and "positional argument" in text:
        return "the function takes its arguments by position: keep the number and the order of the TODO cell"
    if error.type == "TypeError" and "() takes no arguments" in text:
        return "this is a class, called like a function: write `def`"
    if "out of scope" in text:
        return ""  # a tensor that was kept from a traced call: the exercise says what not to keep
    return INSIDE_TRACING if _asks_for_numbers(error) or error.traced else ""


def declared_slip(error: AnswerError, declared: Mapping[str, str]) -> str:
    """The words of the first part that the message holds, whatever its case; those of "" for any other.

    A part may be several, "stateful|batch_shape".
    """
    message = error.message.lower()
    for parts, words in declared.items():
        if parts and any(part.lower() in message for part in parts.split("|")):
            return words
    return "" if error.type in OF_PYTHON else declared.get("", "")


def _possible(error: AnswerError) -> str:
    text = error.message
    if "Incompatible shapes" in text or "could not be broadcast" in text or "Dimensions must be equal" in text:
        return "the shapes do not fit: is there an elementwise `*` where `@` belongs, or a missing transpose?"
    return "" if error.type in OF_PYTHON else meaning(error)


def _asks_for_numbers(error: AnswerError) -> bool:
    """NumPy, or `.numpy()`, was handed a tensor that stands for a value still to come."""
    symbolic = any(word in error.message for word in ("symbolic tf.Tensor", "SymbolicTensor", "KerasTensor"))
    return symbolic and (error.type == "NotImplementedError" or "numpy" in error.message)
