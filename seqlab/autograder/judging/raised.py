"""What an exception means in general: the last thing that is said of a crash, where nothing more precise is known.

Kinds and messages of Python, NumPy and TensorFlow. Nothing of the message is repeated, for it may quote an input.
"""

from seqlab.autograder.wire.answer_error import AnswerError

# parts of a message, "a|b", in small letters -> words
_BY_MESSAGE = {
    "'nonetype'": "None stands where a value belongs: does a function end without a `return`, or a method change its "
    "object and give nothing back?",
    "cannot be interpreted as an integer|slice indices must be integers|only integers, slices": "a whole number belongs "
    "there: `//` gives one, `/` a float",
    "only integer scalar arrays|must be of integer": "an index is a whole number or an array of whole numbers: something "
    "else, such as a list, a text or floats, stands there",
    "index out of range|out of bounds|slice index": "an index lies beyond the end: n things have the indices 0 to n-1. Does "
    "a loop take a step too many, or is another axis meant?",
    "object is not callable": "something that is no function is called like one: is an operator missing before a "
    "bracket, or has a name been given to something else?",
    "object is not iterable|cannot unpack|not enough values|too many values": "what is unpacked or looped over is not "
    "what it is taken for: how many things does the call give, and in which order?",
    "object is not subscriptable|too many indices|object of too small depth": "there is an index too many: what is indexed "
    "has fewer axes than it is taken for",
    "only length-1 arrays|0-dimensional arrays|truth value of|ambiguous": "an array stands where one number belongs: is a "
    "sum, a mean, a norm, or `.all()` missing?",
    "could not convert|could not interpret|invalid literal": "a text stands where a number or another word belongs",
    "inhomogeneous|same shape|must match|not aligned|mismatch|incompatible|compatible|matmul|must have the same|"
    "reshape|broadcast": "the shapes do not fit: write the shape of each part next to it, axis by axis",
    "unsupported operand|ufunc|can only concatenate|can't multiply|cannot compute": "two things of kinds that do not go "
    "together are combined: is one a list, a text, a function, or numbers of another type?",
    "no attribute": "what stands before the dot is another kind of thing than it is taken for: an array, a tensor, a list "
    "and a tuple each have methods of their own",
    "unexpected keyword|missing 1 required|required positional": "a function is called with other arguments than it takes",
    "only instances of `keras.layer`": "a layer belongs there, made with its sizes, as in keras.layers.Dense(C)",
}
_CERTAIN = {  # whatever the message says
    "OverflowError": "a number becomes too large for its type: is it exp of something large, or a small type of integers?",
    "ZeroDivisionError": "something is divided by zero: what if there is nothing to count?",
    "KeyError": "a dict is asked for a key that it does not have: which keys are there?",
    "AssertionError": "an `assert` of your own, or of a library's, does not hold: what it says is not true here",
    "UnboundLocalError": "a variable is read before it has a value: is it set only inside a loop or an `if` that was not "
    "entered?",
    "StopIteration": "a generator is asked for more than it has",
}
_BY_TYPE = {
    "IndexError": "an index lies beyond the end: n things have the indices 0 to n-1",
    "AttributeError": "what stands before the dot is another kind of thing than it is taken for",
    "ValueError": "a function is given a value that it cannot use: look up what each of its arguments may be",
    "TypeError": "a value is of another kind than it is taken for: a number, a list, an array, a text, a function",
    "InvalidArgumentError": "an operation of TensorFlow gets a tensor of a shape, a type or an index that it cannot use",
}


def meaning(error: AnswerError) -> str:
    """The words for an exception; "" where there are none."""
    if error.type in _CERTAIN:
        return _CERTAIN[error.type]
    message = error.message.lower()
    for parts, words in _BY_MESSAGE.items():
        if any(part in message for part in parts.split("|")):
            return words
    return _BY_TYPE.get(error.type, "")
