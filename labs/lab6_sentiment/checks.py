"""Lab 6, sentiment: one function an exercise, which judges an answer.

The references are NumPy and live only here, with the tester. A slip is a wrong reference, told in words: mostly an edit
of the right one. Padding is filled with large numbers wherever the contract says that it must not matter. Contracts:
what an answer gets, what it must return, and the worked examples, stand in the notebook.
"""

import numpy as np

from seqlab.checks import Failed, Served, as_numbers, describe, exercise, log_softmax, sign, softmax, tensor
from seqlab.checks.learning import is_made_of_its_weights, learns, slopes_are_its_own
from seqlab.checks.models import ModelCheck
from seqlab.checks.recurrence import two_layers_in_both_directions
from seqlab.checks.slips import as_keras_probabilities, edits, loss_slips, mask_slips
from seqlab.checks.steps import served_step, tanh_step


def words(lengths, T):
    """The mask (B, T) of texts of these lengths."""
    return np.arange(T) < np.asarray(lengths)[:, None]


def not_finite(numbers):
    return ~np.isfinite(numbers)


# -- pad_batch ---------------------------------------------------------------------------------------------
def padded(seqs, maxlen, pad):
    ids = np.full((len(seqs), maxlen), pad)
    mask = np.zeros((len(seqs), maxlen), int)
    for row, seq in enumerate(seqs):
        n = min(len(seq), maxlen)
        ids[row, :n] = seq[:n]
        mask[row, :n] = 1
    return ids, mask


BOTH = "ids, mask"
FROM_IDS = (BOTH, "ids, ids != pad")
IDS_BEHIND = ("ids[row, :n]", "ids[row, maxlen - n :]")
BEHIND = (*IDS_BEHIND, "mask[row, :n]", "mask[row, maxlen - n :]")
END_KEPT = ("seq[:n]", "seq[len(seq) - n :]")
PADDED_0 = ("), pad)", "), 0)")
BY_ID = "the mask is taken from the ids, so that a token that equals pad is lost: take it from the lengths"
FRONT = "the padding stands in front: it belongs at the end"
TAIL = "of a long sequence the first maxlen tokens are kept, not the last"
KERAS = f"{FRONT}, and {TAIL} (these are Keras's defaults)"
PAD_0 = "the padding is 0 whatever pad is"
AS_LONGEST = "the width is that of the longest sequence"
PAD_SLIPS = {
    BY_ID: FROM_IDS,
    KERAS: BEHIND + END_KEPT,
    f"{KERAS}. And {BY_ID}": BEHIND + END_KEPT + FROM_IDS,
    f"{KERAS}. The mask is right": IDS_BEHIND + END_KEPT,
    FRONT: BEHIND,
    f"{FRONT}. And {BY_ID}": BEHIND + FROM_IDS,
    f"{FRONT}. The mask is right": IDS_BEHIND,
    TAIL: END_KEPT,
    f"{TAIL}. And {BY_ID}": END_KEPT + FROM_IDS,
    "the mask is the wrong way round: 1 is a token, 0 is padding": (BOTH, "ids, 1 - mask"),
    "the mask is all ones: padding is 0": ("zeros", "ones"),
    f"{PAD_0}: use the argument": PADDED_0,
    f"{PAD_0}, and the mask is taken from the ids": (*PADDED_0, BOTH, "ids, ids != 0"),
    f"{AS_LONGEST}: it is maxlen": lambda s, n, pad: padded(s, max(1, *map(len, s)), pad),
    f"{AS_LONGEST} that is left: it is maxlen": lambda s, n, pad: padded(s, min(n, max(1, *map(len, s))), pad),
    "the mask comes back alone: return (ids, mask)": (BOTH, "mask"),
    "the lengths come back instead of the mask": (BOTH, "ids, mask.sum(1)"),
    "the mask is of the lengths of the sequences and its rows are sorted otherwise": (BOTH, "ids, mask[::-1]"),
    "all ids are pad: write the tokens of each sequence into its row": ("ids[row, :n] = seq[:n]", "pass"),
    "the mask stays 0 everywhere: it is 1 where a token stands": ("mask[row, :n] = 1", "pass"),
}


@exercise(
    points=10,
    title="Pad a batch",
    takes="seqs, maxlen, pad",
    returns="ids (N, maxlen), mask (N, maxlen)",
    reference=padded,
    slips=edits(padded, PAD_SLIPS),
    atol=0.5,  # ids are whole numbers, however large
    rtol=0,
    crashes="a sequence may be empty, longer or shorter than maxlen: every row has maxlen places",
    edges={
        "shorter than maxlen": "always `maxlen`, also where every sequence is shorter",
        "exactly maxlen": "one of exactly `maxlen` ids stays as it is",
        "negative and very large tokens": "any integers, negative and very large ones too",
        "an empty sequence among others": "A sequence may be empty",
        "a token that equals pad": "a real word whose id happens to equal `pad` keeps its 1",
        "ids of an integer type": "they come back as an array of integers",
    },
)
def pad_batch(t):
    def tries(*args, case=""):
        ids, _ = t.tries(*args, case=case)
        slip = "an embedding looks ids up: np.full(shape, pad) gives integers, np.zeros floats"
        whole = as_numbers(ids).dtype.kind in "iu"
        t.require(whole, "the ids should be of an integer type but are floats", slip=slip)

    with t.case("the worked example", visible=True):
        tries([[7, 8, 9], [0], []], 2, 0)
    for N, maxlen, longest in t.sizes("N maxlen longest"):
        for pad in (0, 3, int(t.integers(10**6, low=1000)), -1):
            lengths = t.integers(longest + 1, N)
            lengths[int(t.integers(N))] = longest
            tries([t.integers(50, n, low=1).tolist() for n in lengths], maxlen, pad)
    tries([[4, 5], [6]], 6, 1, case="shorter than maxlen, all of them")
    tries([[4, 5, 6], [7, 8, 9]], 3, 0, case="exactly maxlen")
    tries([[-1, 5], [2**25 + 1, -7, 2**25 + 3]], 4, 0, case="negative and very large tokens")
    tries([[], [5, 6], []], 3, 2, case="an empty sequence among others")
    for pad in (0, 9):
        tries([[pad, 5, pad], [pad], [5, pad]], 4, pad, case="a token that equals pad")
        tries([[5, pad, pad, 6, 7], [pad, pad]], 3, pad, case="a token that equals pad")


# -- masked_mean -------------------------------------------------------------------------------------------
def mean_of_words(x, mask):
    total = (x * mask[:, :, None]).sum(axis=1)
    count = mask.sum(axis=1)[:, None]
    return total / np.maximum(count, 1)


def largest(x, mask):
    return np.where(mask.any(1)[:, None], np.where(mask[:, :, None] > 0, x, -np.inf).max(1), 0)


def without_words(seen):
    """A sign that is looked for in the texts without words; where there are none, max raises: it does not apply."""
    return sign(lambda got, x, mask: seen(as_numbers(got)[mask.sum(1) == 0]).max())


def in_the_middle(x, mask):  # runs where D is 1 or T
    return (x * mask[:, None]).sum(1) / np.maximum(mask[:, None].sum(1), 1)


def all_with_all(x, mask):
    return mask @ x / np.maximum(mask.sum(1), 1)[:, None]


COUNT = "np.maximum(count, 1)"
ONE_DIVISOR = "there is one divisor for all texts"
MAXIMUM = "this is the maximum: take the mean"
DIVISORS = "the numbers of tokens, (B,), divide along the vectors: keepdims=True or [:, None] makes them (B, 1)"
ZERO_BY_ZERO = "0 / 0: divide by at least 1, tf.maximum(count, 1): a text without tokens gives inf or nan"
ZERO_VECTORS = "words whose vector is zero are taken for padding: the mask says what is padding"
MEAN_SLIPS = {
    f"{MAXIMUM}; of no words it is -inf": without_words(np.isneginf),
    f"{DIVISORS}, and at least 1": sign(lambda got, x, mask: got.shape == 2 * mask.shape[:1] and not_finite(got).any()),
    ZERO_BY_ZERO: without_words(not_finite),
    "this is the sum: divide by the number of tokens": (f" / {COUNT}", ""),
    "padding is counted: divide each text by its own number of tokens, not by T": (COUNT, "x.shape[1]"),
    f"{ONE_DIVISOR}: divide each by its own number of tokens": (COUNT, "count.mean()"),
    f"{ONE_DIVISOR}, that of the longest": (COUNT, "count.max()"),
    f"{ONE_DIVISOR}, the words of the whole batch: divide each by its own": (COUNT, "count.sum()"),
    "the mask is ignored: padding takes part in the mean": lambda x, mask: x.mean(1),
    "padding takes part in the sum: multiply by the mask first": (" * mask[:, :, None]", ""),
    MAXIMUM: largest,
    f"{MAXIMUM}, and leave out the zeros of the padding": lambda x, mask: (x * mask[:, :, None]).max(1),
    "the mean runs over the vector too: keep the last axis": lambda *args: mean_of_words(*args).mean(-1),
    ZERO_VECTORS: lambda x, mask: mean_of_words(x, mask * x.any(-1)),
    "the divisor is one too large: a text of n tokens is divided by n": (COUNT, "(count + 1)"),
    "an axis of length 1 is left: (B, D)": lambda x, mask: mean_of_words(x, mask)[:, None],
    DIVISORS: ("[:, None]", ""),
    "the mask's third axis stands in the middle: it is mask[:, :, None], (B, T, 1)": in_the_middle,
    "mask @ x joins each text's mask with the words of all: multiply elementwise by mask[:, :, None]": all_with_all,
}


@exercise(
    points=10,
    title="The mean of the words",
    takes="x (B, T, D), mask (B, T)",
    returns="(B, D)",
    reference=mean_of_words,
    slips=edits(mean_of_words, MEAN_SLIPS) | mask_slips(mean_of_words, 1),
    crashes="mask is (B, T) and x is (B, T, D): give the mask a third axis, mask[:, :, None]",
    atol=1e-4,
    edges={
        "one text without tokens": "A sentence without words gives zeros",
        "a text of two tokens": "All sizes may be 1",
        "a batch of texts without tokens": "a batch may hold nothing but such sentences",
        "padding of ±1e6": "What stands in the padding is any finite number, a million too",
        "a word whose vector is zero": "A word whose vector is all zeros is a word",
    },
)
def masked_mean(t):
    def tries(x, lengths, case=""):
        t.tries(tensor(x), tensor(words(lengths, x.shape[1])), case=case)

    with t.case("the worked example", visible=True):
        # the mean of the lengths, their largest and T differ: each slip has a result of its own
        tries(np.array([[1, 3, 99, 99], [5, 6, 7, 99], [5, 6, 7, 8]])[..., None], [2, 3, 0])
    for B, T, D in t.sizes("B T D"):
        tries(t.normal(B, T, D), t.integers(T + 1, B, low=1))
    tries(t.normal(3, 5, 2), [2, 0, 5], case="B=3, T=5, D=2: one text without tokens, one without padding")
    tries(t.normal(1, 5, 3), [2], case="B=1, T=5: a text of two tokens")
    tries(t.normal(2, 4, 3), [0, 0], case="a batch of texts without tokens")
    real = words([3, 7, 1, 0], 7)[..., None]
    x = np.where(real, t.normal(4, 7, 3), 1e6 * np.sign(t.normal(4, 7, 3)))
    tries(x, [3, 7, 1, 0], case="padding of ±1e6")
    tries(t.normal(2, 4, 3) * [[1], [0], [1], [1]], [3, 2], case="a word whose vector is zero")


# -- last_state --------------------------------------------------------------------------------------------
def last(hs, lengths):
    return hs[np.arange(len(hs)), lengths - 1]


def over_words(of):
    return lambda hs, lengths: of(hs, words(lengths, hs.shape[1]))


PLACE = "lengths - 1"
TOO_FAR = "one too far: the last word stands at lengths - 1"
LAST_SLIPS = {
    "the last column is taken, which is padding in a short text: row b ends at lengths[b] - 1": (PLACE, "-1"),
    "the length of the first text is used for all: each has its own": (PLACE, "lengths[0] - 1"),
    "the longest length is used for all: each text has its own": (PLACE, "lengths.max() - 1"),
    TOO_FAR: (PLACE, "np.minimum(lengths, hs.shape[1] - 1)"),
    f"{TOO_FAR} (and beyond the end this wraps round)": (PLACE, "lengths % hs.shape[1]"),
    "one too early: the last word stands at lengths - 1": (PLACE, "lengths - 2"),
    "this is the mean over the words: take the last state": over_words(mean_of_words),
    "this is the sum over the words: take the last state": over_words(lambda hs, real: (hs * real[:, :, None]).sum(1)),
    "this is the maximum over the words: take the last state": over_words(largest),
    "the first state is taken: the last has read the whole text": (PLACE, "0"),
    "the states of all pairs of texts come back: pick lengths[b] in row b only": ("np.arange(len(hs))", ":"),
    "an axis of length 1 is left: (B, H)": (PLACE, "lengths - 1, None"),
    "the states are counted from the end": (PLACE, "-lengths"),
    "the lengths are in another order than the texts": (PLACE, "lengths[::-1] - 1"),
}


@exercise(
    points=10,
    title="The state after the last word",
    takes="hs (B, T, H), lengths (B)",
    returns="(B, H)",
    reference=last,
    slips=edits(last, LAST_SLIPS),
    crashes="row b is hs[b, lengths[b] - 1], one state from each row; lengths is a tensor of int64",
    edges={
        "all lengths": "for lengths from 1 to T",
        "large numbers in the padding": "is noise, and may be large",
        "a text of two tokens": "**its own** last word",
    },
)
def last_state(t):
    def tries(hs, lengths, case=""):
        t.tries(tensor(hs), tensor(lengths, "int64"), case=case)

    t.shows(tensor([[[1], [2], [3], [4]], [[5], [6], [7], [8]]]), tensor([2, 3], "int64"))
    hs = np.where(words([1, 6, 3, 4], 6)[..., None], t.normal(4, 6, 3), 1e6)
    tries(hs, [1, 6, 3, 4], case="B=4, T=6, H=3: all lengths, large numbers in the padding")
    for B, T, H in t.sizes("B T H"):
        tries(t.normal(B, T, H), t.integers(T + 1, B, low=1))
    tries(t.normal(1, 5, 3), [2], case="B=1, T=5: a text of two tokens")
    tries(t.normal(4, 4, 4), [3, 1, 4, 2], case="B=T=H=4")


# -- bi_rnn ------------------------------------------------------------------------------------------------
def both_ways(fwd, bwd, xs, lengths, H):
    B, T, _ = xs.shape
    f, b = np.zeros((B, T, H)), np.zeros((B, T, H))
    h_f, h_b = np.zeros((B, H)), np.zeros((B, H))
    for t in range(T):
        f[:, t] = h_f = np.where((t < lengths)[:, None], fwd(xs[:, t], h_f), 0)
    for t in reversed(range(T)):
        b[:, t] = h_b = np.where((t < lengths)[:, None], bwd(xs[:, t], h_b), 0)  # still 0 at a text's last word
    return np.concatenate([f, b], -1)


HALVES, JOINED, BACK = "[f, b]", "np.concatenate([f, b], -1)", "reversed(range(T))"
FWD, BWD = "fwd(xs[:, t], h_f)", "bwd(xs[:, t], h_b)"
F_READS_ON = (f"np.where((t < lengths)[:, None], {FWD}, 0)", FWD)
B_READS_ALL = (f"np.where((t < lengths)[:, None], {BWD}, 0)", BWD)
B_FORGETS = (BWD, "bwd(xs[:, t], 0 * h_b)")
IN_TEXT = "words(lengths, T)[:, :, None]"
AS_READ, FLIPPED = ("b[:, t]", "b[np.arange(B), lengths - 1 - t]"), (HALVES, "[f, b[:, ::-1]]")
B_ZEROED = (HALVES, f"[f, b * {IN_TEXT}]")  # in the padding
XS_TURNED = (BACK, "range(T)", BWD, "bwd(xs[:, T - 1 - t], h_b)")
ONE_LESS = (HALVES, "[f, np.pad(b[:, 1:], [(0, 0), (0, 1), (0, 0)])]")
FROM_F = (f"for t in {BACK}", f"h_b = last(f, lengths)\n    for t in {BACK}", "h_b), 0)", "h_b), last(f, lengths))")
ENDS = (HALVES, "[last(f, lengths), b[:, 0]]")
NOT_TURNED = "the backward states are not turned back"
PADDING_FIRST = "the backward pass begins in the padding"
ON_LAST = "concatenate them on the last axis"
CARRY = "hand the new state on to the next step"
WORD_FIRST = "the steps are called the wrong way round: step(x, h), the word first"
BI_SLIPS = {
    f"{NOT_TURNED}: position t needs the state that has read from the end down to t": AS_READ,
    f"{NOT_TURNED}, and they begin in the padding": (*B_READS_ALL, HALVES, f"[f, b[:, ::-1] * {IN_TEXT}]"),
    f"{NOT_TURNED}, they begin in the padding, and the padding is not set to 0": F_READS_ON + B_READS_ALL + FLIPPED,
    f"{PADDING_FIRST}: each text begins at its own last word": B_READS_ALL + B_ZEROED,
    f"{PADDING_FIRST}, and the padding is not set to 0": F_READS_ON + B_READS_ALL,
    "the words are turned round and the mask is not: turn both": XS_TURNED + FLIPPED,
    "positions after the end are 0 in both halves": F_READS_ON,
    "the states in the padding are 0, not the last state again": ("h_f), 0)", "h_f), h_f)"),
    f"the two states are added: {ON_LAST}": (JOINED, "f + b"),
    f"the two states are averaged: {ON_LAST}": (JOINED, "(f + b) / 2"),
    f"the two states are multiplied: {ON_LAST}": (JOINED, "f * b"),
    "the two halves are joined along time: concatenate on the last axis": ("-1)", "1)"),
    "the two halves are joined along the batch: concatenate on the last axis": ("-1)", "0)"),
    "the two halves are stacked: concatenate them on the last axis": ("concatenate", "stack"),
    "the halves are the wrong way round: forward first": (HALVES, "[b, f]"),
    "only the forward half is there: read backwards too, and concatenate": (JOINED, "f"),
    "only the backward half is there: read forwards too, and concatenate": (JOINED, "b"),
    "the second half stays 0: read backwards too": (HALVES, "[f, 0 * b]"),
    "the first half stays 0: write the forward states too": (HALVES, "[0 * f, b]"),
    f"no state is carried: {CARRY}": (FWD, "fwd(xs[:, t], 0 * h_f)", *B_FORGETS),
    f"no state is carried backwards: {CARRY}": B_FORGETS,
    "the backward state at t has read down to t + 1 only: it has read word t too": ONE_LESS,
    "the backward pass stops before the first word: range(n - 1, -1, -1) ends at 0": (BACK, "reversed(range(1, T))"),
    "both halves read forwards": (BACK, "range(T)"),
    "both halves read backwards": ("for t in range(T)", f"for t in {BACK}"),
    "both directions use fwd: the second one has a step of its own, bwd": ("bwd(", "fwd("),
    "both directions use bwd: the first one has a step of its own, fwd": ("fwd(xs", "bwd(xs"),
    WORD_FIRST: (FWD, "fwd(h_f, xs[:, t])", BWD, "bwd(h_b, xs[:, t])"),
    "the two steps are swapped: fwd reads forwards": ("fwd, bwd", "bwd, fwd"),
    "the backward pass starts from the last forward state: both start from zeros": FROM_F + B_ZEROED,
    "only the last states come back: a pair of states is needed at every position": ENDS,
    "only the last state of one direction comes back: a pair of states is needed at every position": (JOINED, "h_b"),
    "the halves are interleaved: forward first, then backward": (JOINED, "np.stack([f, b], -1).reshape(B, T, 2 * H)"),
    "the result is time-major: put the batch first": (JOINED, f"{JOINED}.swapaxes(0, 1)"),
}


@exercise(
    points=20,
    title="Read in both directions",
    takes="fwd, bwd, xs (B, T, D), lengths (B), H",
    returns="(B, T, 2H)",
    reference=both_ways,
    slips=edits(both_ways, BI_SLIPS),
    crashes="both steps are called as step(x, h) with x (b, D) and h (b, H), and give the new state only",
    edges={
        "the same length, shorter than T": "All texts may be shorter than T",
        "large numbers in the padding": "large numbers in the padding",
    },
    deadline=40,
)
def bi_rnn(t):
    def tries(xs, lengths, H, **how):
        fwd, bwd = (tanh_step(t, name, xs.shape[2], H) for name in ("fwd", "bwd"))
        t.tries(fwd, bwd, xs, lengths, H, **how)

    fwd, bwd = served_step("fwd", 1, 1, lambda x, h: h + x), served_step("bwd", 1, 1, lambda x, h: h + 10 * x)
    t.shows(fwd, bwd, np.array([[[1], [2], [4]]] * 2, "float32"), np.array([3, 2]), 1)
    for B, T, D, H in t.sizes("B T D H"):
        tries(t.normal(B, T, D), np.full(B, T), H, what="without padding")
        tries(t.normal(B, T, D, scale=2), t.integers(T + 1, B, low=1), H)
    tries(t.normal(2, 5, 3), np.array([3, 3]), 2, case="B=2, T=5, D=3, H=2: the same length, shorter than T")
    xs = np.where(words([2, 5, 1], 5)[..., None], t.normal(3, 5, 2), 1e4).astype("f4")
    tries(xs, np.array([2, 5, 1]), 4, case="B=3, T=5, D=2, H=4: large numbers in the padding")


# -- sentiment_loss ----------------------------------------------------------------------------------------
def mean_loss(y, logits):
    hot = np.eye(logits.shape[-1])[y]
    return -(hot * log_softmax(logits)).sum(-1).mean()


LOG_P, LOSS = "log_softmax(logits)", "-(hot * log_softmax(logits)).sum(-1).mean()"
OF_TWO = "(np.logaddexp(0, logits[:, 1] - logits[:, 0]) - y * (logits[:, 1] - logits[:, 0])).mean()"
ALL_SIGMOIDS = "np.logaddexp(0, np.where(hot, -logits, logits))"
NOT_HOT = (
    "y is not one-hot: it runs because there are as many texts as classes, and every text then gets the labels "
    "of the whole batch; use tf.one_hot(y, predicted.shape[-1])"
)
NO_ROWS = ("np.eye(logits.shape[-1])[y]", "y")
TWICE = "these are probabilities already: hand over the logits, the function takes the softmax itself"
OVERFLOW = "exp of a large logit overflows: leave softmax and logarithm to TensorFlow, which takes them together"
FROM_LOGITS = "the logits are taken for probabilities: Keras's losses need from_logits=True"
SIGMOIDS = "a sigmoid for each class: take one softmax over the classes"
LOSS_SLIPS = {
    NOT_HOT: NO_ROWS,
    f"{NOT_HOT}. And take the mean over the batch": (*NO_ROWS, ".mean()", ""),
    "y is one-hot along the wrong axis: tf.one_hot(y, C) is (B, C)": ("[y]", "[y].T"),
    TWICE: lambda y, logits: mean_loss(y, softmax(logits)),
    FROM_LOGITS: (LOG_P, "np.log(np.clip(logits / logits.sum(-1, keepdims=True), 1e-7, 1 - 1e-7))"),  # so does Keras
    f"{FROM_LOGITS}, the one for class indices too": lambda y, logits: mean_loss(y, as_keras_probabilities(logits)),
    "this is the sum: take the mean over the batch": ("mean()", "sum()"),
    "the losses of all texts come back: take their mean": (".mean()", ""),
    "this is for two classes only: take the softmax over all of them": (LOSS, OF_TWO),
    "the mean also runs over the classes": ("sum(-1).", ""),
    SIGMOIDS: (LOSS, f"{ALL_SIGMOIDS}.mean()"),
    f"{SIGMOIDS} (and the mean over the texts)": (LOSS, f"{ALL_SIGMOIDS}.sum(-1).mean()"),
    "the softmax runs over the batch: it belongs on the last axis, the classes": (LOG_P, "log_softmax(logits, 0)"),
    OVERFLOW: sign(lambda got, *_: not_finite(got)),
}
NEEDS_ROWS = (
    "y holds class indices, (B,): softmax_cross_entropy_with_logits needs a row for each text, "
    "tf.one_hot(y, predicted.shape[-1])"
)
FOR_INDICES = "this function takes the class indices y as they are, and first: labels, then logits"
DEPTH = "a row of tf.one_hot is as long as there are classes: its depth is C, predicted.shape[-1], in whatever batch"


@exercise(
    points=15,
    title="The loss of the slide, repaired",
    takes="y (B), predicted (B, C)",
    returns="the loss ()",
    reference=mean_loss,
    slips=edits(mean_loss, LOSS_SLIPS) | loss_slips(np.mean, axes=()),
    crashes={
        "OneHot as input": "the depth of tf.one_hot is the number of classes, whatever y holds: predicted.shape[-1]",
        "labels_size=[1,": NEEDS_ROWS,
        "labels_size|must have the same shape|,2] vs.": DEPTH,
        "rank - 1|ndim - 1": FOR_INDICES,
        "": NEEDS_ROWS,
    },
    edges={
        "any number of classes": "The number of classes C is whatever `predicted` has",
        "as many texts as classes": "there may be as many texts as classes",
        "logits of ±1000": "Logits of ±1000 are legal",
    },
    atol=1e-4,
    rtol=1e-4,
)
def sentiment_loss(t):
    def tries(y, logits, case=""):
        t.tries(tensor(y, "int64"), tensor(logits), case=case)

    with t.case("the worked example", visible=True):
        tries([0, 1], [[2, 0], [2, 0]])
    for B, C in t.sizes("B C"):
        tries(t.integers(C, B), t.normal(B, C, scale=2))
    for B in (2, 3, 5):
        with t.case(f"as many texts as classes, B=C={B}", kind="as many texts as classes"):
            tries(t.integers(B, B), t.normal(B, B, scale=2))
            tries(t.rng.permutation(B), t.normal(B, B, scale=2))
    tries(t.integers(2, 64), t.normal(64, 2, scale=2), case="B=64, C=2")
    tries([0, 1, 2, 1], t.normal(4, 3, scale=1000), case="logits of ±1000")
    tries([1, 0], [[1000, -1000], [1000, -1000]], case="logits of ±1000")


# -- masked_accuracy ---------------------------------------------------------------------------------------
def accuracy(y, logits, pad):
    real = y != pad
    hit = logits.argmax(-1) == y
    return (hit & real).sum() / real.sum()


SHARE = "(hit & real).sum() / real.sum()"
OF_EACH = "(hit & real).sum(1) / np.maximum(real.sum(1), 1)"
WHOLE_BATCH = "count over the whole batch"
NOT_EMPTY = "this is the mean of the accuracies of the texts that are not empty"
TWO_ONLY = "this is for two classes only: take the argmax over all V logits"
ALL_RIGHT = "a text counts as right only if all of it is right: count the single labels"
ACCURACY_SLIPS = {
    "padding is in the divisor: divide by the number of labels that are not pad": ("real.sum()", "real.size"),
    "padding is counted, also as right where it is predicted": (SHARE, "hit.mean()"),
    "padding that is predicted counts as right: count hits at real labels only": (" & real", ""),
    "pad is taken to be 0: use the argument": ("!= pad", "!= 0"),
    f"this is the mean of the texts' accuracies: {WHOLE_BATCH}": (SHARE, f"({OF_EACH}).mean()"),
    f"{NOT_EMPTY}: {WHOLE_BATCH}": (SHARE, f"({OF_EACH})[real.any(1)].mean()"),
    "the mask is taken from the predictions: take it from the labels": ("y != pad", "logits.argmax(-1) != pad"),
    "the mask stands the wrong way round along time": ("y != pad", "(y != pad)[:, ::-1]"),
    "the number of hits comes back: divide by the number of real labels": (" / real.sum()", ""),
    "this is the share of errors: count what is right": (SHARE, f"1 - {SHARE}"),
    "this is in per cent: give a fraction": (SHARE, f"100 * {SHARE}"),
    f"one number for each text comes back: {WHOLE_BATCH}": (SHARE, OF_EACH),
    ALL_RIGHT: (SHARE, "(hit | ~real).all(1).mean()"),
    "the argmax runs over time: it belongs on the last axis": ("argmax(-1)", "argmax(1)"),
    f"{TWO_ONLY}, and those are compared with 0": ("logits.argmax(-1)", "(logits[..., 1] > 0)"),
    TWO_ONLY: ("logits.argmax(-1)", "(logits[..., 1] > logits[..., 0])"),
}


@exercise(
    points=10,
    title="Accuracy without the padding",
    takes="y (B, T), logits (B, T, V), pad",
    returns="the accuracy ()",
    reference=accuracy,
    slips=edits(accuracy, ACCURACY_SLIPS),
    crashes={
        "of bool is not in": "truth values do not add up: tf.cast(…, tf.float32) makes them 0 and 1",
        "cannot compute Equal": "the two sides of == have one integer type: y is int64, as tf.argmax gives by itself",
        "": "y is (B, T), the argmax of the logits over the last axis too",
    },
    edges={
        "pad is any id": "`pad` is any integer, also one that is a class",
        "any number of classes": "any number V of classes",
        "a text of three labels": "the **whole batch**",
        "a text of padding only": "A row may be padding only",
        "without padding": "or have none",
        "one real label": "at least one label is real",
    },
)
def masked_accuracy(t):
    def tries(y, logits, pad, case=""):
        t.tries(tensor(y, "int64"), tensor(logits), pad, case=case)

    with t.case("the worked example", visible=True):
        tries([[1, 0, 3], [2, 3, 3]], np.eye(4)[[[1, 1, 3], [2, 0, 0]]], 3)
    for B, T, V in t.sizes("B T V"):
        for pad in (0, V - 1, V + 4, -1):
            if V > 1 or pad not in (0, V - 1):
                tries(*labels_and_logits(t, B, T, V, pad), pad)
    logits = t.normal(1, 6, 5) + 4 * np.eye(5)[[[1, 3, 0, 2, 2, 4]]]
    tries([[1, 4, 0, 2, 2, 2]], logits, 2, case="B=1, T=6, V=5: a text of three labels")
    y, logits = labels_and_logits(t, 3, 6, 5, 2)
    y[1], y[0, 0] = 2, 4
    tries(y, logits, 2, case="B=3, T=6, V=5: a text of padding only")
    y = t.integers(4, 5, 5)
    tries(y, t.normal(5, 5, 4) + 1.5 * np.eye(4)[y], 9, case="without padding")


def labels_and_logits(t, B, T, V, pad):
    """Labels padded at the end, at least one real, and logits that are right about every other time."""
    real = [i for i in range(V) if i != pad]
    lengths = t.integers(T + 1, B)
    lengths[int(t.integers(B))] = int(t.integers(T + 1, low=1))
    y = np.where(words(lengths, T), t.rng.choice(real, (B, T)), pad)
    chosen = np.where(t.rng.random((B, T)) < 0.5, y, t.rng.integers(0, V, (B, T))).clip(0, V - 1)
    return y, t.normal(B, T, V) + 5 * np.eye(V)[chosen]


# -- deep_birnn --------------------------------------------------------------------------------------------
def shape_slip(came, ids):
    if len(came) == 3 and came[:2] == ids:
        return "there are logits at every word: the upper layer gives its last state only (no return_sequences there)"
    return "the last layer is Dense(C): one logit for each class" if len(came) == 2 and came[0] == ids[0] else ""


MASK = (
    "the mask must reach both layers: Embedding(V, E, mask_zero=True), and nothing between the layers that drops the "
    "mask (a Lambda or a bare tensor operation does)"
)


@exercise(
    points=15,
    title="A deep bidirectional network",
    takes="V, E, U, C",
    crashes={
        "ndim|expected shape=(None, None|Expected 3D|rank 3": "the lower layer gives only its last state: it needs "
        "return_sequences=True, so that the upper one has a sequence to read",
        "out of bound|out of range|is not in [0": "ids run from 0 to V-1: Embedding(V, E)",
        "right-padded|cuDNN": "leave use_cudnn as it is",
        "stateful|batch_shape|batch_input_shape": "B and T change from call to call: fix neither, and keep no state",
        "shape": "B and T change from call to call: keras.Input((None,)), and return_sequences=True in the lower layer",
    },
    deadline=90,
    edges={
        "other B and T": "One model takes any B and T",
        "it learns": "trains the model a little: every weight that is trained gets a gradient",
        "two layers, both in both": "each direction of the upper layer reads both directions of the lower one",
        "no dropout and no state in a prediction": "it must be silent in a prediction",
        "a function of its weights": "the answer depends on nothing but ids and weights",
        "its weights have the sizes": "an embedding of V vectors of length E, two `Bidirectional` layers of U units",
        "logits, not probabilities": "and C logits",
        "all sizes 1": "Any of the four may be 1",
        "word order matters": "and so does their order",
        "every word counts": "Every word counts, the unknown word 1 too, in a long text as well",
        "padding changes nothing": "it appends zeros to a text, and nothing may change",
    },
)
def deep_birnn(t):
    no_activation = "the last layer is Dense(C) without an activation: the loss takes the softmax"
    models = ModelCheck(t, no_activation, of_shape=shape_slip)

    def build(V, E, U, C):
        model = models.build(V, E, U, C)
        t.make("mask_carrier")(model)  # Keras after 3.15 drops an embedding's mask between the layers of a right answer
        return model

    def logits(ids, C=3):
        return models.logits(model, ids, (len(ids), C))

    def together(*batches):
        """The logits of each batch, in one call: a row does not know its batch, as has been seen by then."""
        return np.split(logits(np.concatenate(batches)), len(batches))

    def moved(after, before, message, slip):
        t.require(np.abs(after - before).max() > 1e-5 * np.abs(before).max(), message, slip=slip)

    with t.case("the worked example: deep_birnn(20, 8, 6, 3) on ids (2, 4)", visible=True):
        model = build(20, 8, 6, 3)
        logits(t.integers(20, 2, 4, low=1))
    with t.case("the same model, other B and T"):
        for B, T in ((1, 1), (5, 3)):
            logits(t.integers(20, B, T, low=1))
    models.stir(model)  # whatever its weights were: some begin as zeros
    with t.case("it learns"):
        models.is_tracked(model)
        learns(models, model, t.integers(20, 6, 2, low=1), t.integers(3, 6), 3)
    with t.case("its weights have the sizes that are asked for"):
        V, E, U, C = 12, 16, 24, int(t.integers(6, low=4))  # different ones, and large, see `recurrence`
        wide = build(V, E, U, C)
        models.logits(wide, np.array([[V - 1, 1]]), (1, C))
        shapes = [np.shape(value) for _, value in wide.weights() if np.ndim(value) == 2]
        slip = "the embedding is Embedding(V, E): use the arguments, in their order"
        t.require(any(n >= V and m == E for n, m in shapes), "no weight has the shape (V, E)", slip=slip)
        slip = "each recurrent layer has U units: use the argument"
        t.require(any(n == U or m % U == 0 for n, m in shapes), "no weight has U rows or columns", slip=slip)
    with t.case("two layers, both in both directions"):
        two_layers_in_both_directions(models, wide, V, U, C)
    ids = t.integers(20, 6, 3, low=1)
    before = logits(ids)
    with t.case("no dropout and no state in a prediction"):
        slip = "dropout only in training (a Dropout layer does it right), and no stateful=True"
        models.is_repeatable(model, ids, before, "second", slip)
    with t.case("it is a function of its weights, and so are its gradients"):
        is_made_of_its_weights(models, model, build(20, 8, 6, 3), ids, before)
        slopes_are_its_own(models, model, ids[:, :2], t.normal(6, 3))
    with t.case("logits, not probabilities"):
        models.no_softmax(before)
        models.unbounded(model, ids[:, :2], before.shape)
    models.stir(model)
    with t.case("word order matters"):
        ids = t.integers(20, 6, 5, low=1)
        before, *others = together(ids, ids[:, ::-1], ids[:, [1, 0, 2, 4, 3]])
        for other in others:
            same = "the same words in another order give the same logits"
            moved(other, before, same, "this is a bag: read the words with recurrent layers")
    with t.case("every word counts, the unknown word 1 too, in a long text as well"):
        ids, place = t.integers(20, 4, 27, low=2), np.arange(27)
        first, last = np.where(place == 0, 1, ids), np.where(place == 26, 1, ids)
        before, first, last, shorter = together(ids, first, last, np.where(place == 26, 0, ids))
        for after, name in ((first, "first"), (last, "last")):
            stay = f"the {name} of 27 words can change and the logits stay as they are"
            moved(after, before, stay, "read all words: only id 0 is padding, and T is not limited")
        moved(shorter, last, "the unknown word, id 1, is taken for padding", "only id 0 is padding")
    with t.case("padding changes nothing"):
        models.padding_changes_nothing(model, t.integers(20, 6, 4, low=1), 3, MASK)
    with t.case("all sizes 1, but for a word beside the padding"):
        models.logits(build(2, 1, 1, 1), np.ones((3, 2), int), (3, 1))


# -- contrast_report ---------------------------------------------------------------------------------------
def report(models, real, pairs):
    texts, labels = real
    sides = [text for a, _, b, _ in pairs for text in (a, b)]
    right = np.array([(p, q) for _, p, _, q in pairs])
    table = {}
    for name, predict in models.items():
        hits = predict(texts) == np.array(labels)
        said = predict(sides).reshape(-1, 2)
        table[name] = np.array([hits.mean(), (said == right).mean()])
    return table


REAL, PAIRS, TWO = "hits.mean()", "(said == right).mean()", "[hits.mean(), (said == right).mean()]"
PAIRED = "[text for a, _, b, _ in pairs for text in (a, b)]"
TOGETHER = "real sentences and pairs are put together: give two numbers"
COMPARED = "the two predictions of a pair are compared with each other: compare each with its label"
SINGLE = "count the 2·P single sentences"
REPORT_SLIPS = {
    "keep the names: {name: (real, pairs)}": sign(lambda got, *_: isinstance(got, list | tuple)),
    "for each name a pair (accuracy on real, accuracy on pairs)": sign(
        lambda got, *_: any(np.shape(as_numbers(value)) != (2,) for value in got.values())
    ),
    "every model has an entry: is there a `return` inside the loop?": sign(lambda got, f, *_: {*got} < {*f}),
    f"a pair counts only if both of its sentences are right: {SINGLE}": (PAIRS, "(said == right).all(1).mean()"),
    f"a pair counts if one of its sentences is right, or the hits are divided by P: {SINGLE}, of 2·P": (
        PAIRS,
        "(said == right).any(1).mean()",
    ),
    "only the first sentences of the pairs are counted": (PAIRS, "(said == right)[:, 0].mean()"),
    "only the second sentences of the pairs are counted": (PAIRS, "(said == right)[:, 1].mean()"),
    "the hits of the pairs are divided by P: there are 2·P sentences": (PAIRS, "(said == right).sum(1).mean()"),
    "the two numbers are the wrong way round: (real, pairs)": (TWO, f"[{PAIRS}, {REAL}]"),
    "these are per cent: give fractions": ("np.array([hits", "100 * np.array([hits"),
    "these are numbers of sentences: give fractions": (REAL, "hits.sum()", PAIRS, "(said == right).sum()"),
    "these are the shares of errors: count what is right": ("np.array([hits", "1 - np.array([hits"),
    TOGETHER: (TWO, "2 * [np.append(hits, said == right).mean()]"),
    "the labels of the pairs are not used: count what is right, not what is positive": (PAIRS, "said.mean()"),
    COMPARED: (PAIRS, "(said[:, 0] != said[:, 1]).mean()"),
    "the sentences stand in another order than their labels": (PAIRED, "[p[0] for p in pairs] + [p[2] for p in pairs]"),
    "both numbers are those of the real sentences": (PAIRS, REAL),
    "the second sentence is given the label of the first": (PAIRS, "(said == right[:, :1]).mean()"),
}


@exercise(
    points=10,
    title="Real sentences and order-contrast pairs",
    takes="models, real, pairs",
    reference=report,
    slips=edits(report, REPORT_SLIPS),
    crashes="predict takes a list of texts; real is (texts, labels); a pair is (text_a, label_a, text_b, label_b)",
    edges={
        "40 pairs, 300 sentences": "Any number of models, sentences and pairs, say 300 sentences and 40 pairs",
        "pairs whose first sentence is the negative one": "the first sentence of a pair may be the negative one",
    },
)
def contrast_report(t):
    def tries(rules, real, pairs, case=""):
        t.tries({name: predict_by(rule) for name, rule in rules.items()}, real, pairs, case=case)

    with t.case("the worked example", visible=True):
        rules = {
            "bag": lambda s: s.split().count("good") >= s.split().count("bad"),
            "first word": lambda s: s.startswith("good"),
        }
        real = ["good fun", "bad", "not good", "so bad"], [1, 0, 0, 0]
        tries(rules, real, [("good not bad", 1, "bad not good", 0)])
    for N, P, M in t.sizes("N P models", low=3):
        for _ in range(2):
            tries(*report_inputs(t, N, P, M))
    tries(*report_inputs(t, 300, 40, 3), case="40 pairs, 300 sentences")
    rules, real, pairs = report_inputs(t, 20, 10, 2)
    pairs = [(b, q, a, p) if p else (a, p, b, q) for a, p, b, q in pairs]
    tries(rules, real, pairs, case="pairs whose first sentence is the negative one")


def predict_by(rule):
    """`predict(texts) -> labels` of a model that follows a rule; it refuses anything but a list of texts."""

    def predict(texts):
        if not isinstance(texts, list | tuple) or not all(isinstance(s, str) for s in texts):
            came = f"predict was called with {describe(texts)} instead of a list of texts"
            raise Failed(came, slip="hand over a list, also for one text: predict([text])")
        return np.array([int(rule(text)) for text in texts], "int64")

    return Served(predict)


def report_inputs(t, N, P, M):
    """Sentences of made-up words; a bag that is right in half of the pairs, and rules that look at the order."""

    def word():
        return "".join(t.rng.choice(list("bdfgklmnprst"), 4)) + "aeiou"[int(t.integers(5))]

    lexicon = [word() for _ in range(12)]
    weight = dict(zip(lexicon, t.rng.standard_normal(12), strict=True))
    first = dict(zip(lexicon, t.integers(2, 12), strict=True))
    texts = [" ".join(t.rng.choice(lexicon, int(t.integers(9, low=2)))) for _ in range(N)]
    pairs = []
    for label in t.integers(2, P).tolist():
        ordered = t.rng.choice(lexicon, 4, replace=False)
        pairs.append((" ".join(ordered), label, " ".join(ordered[::-1]), 1 - label))
    makers = [
        lambda k, salt: lambda s: sum(weight[w] for w in s.split()) + salt / 2000 > 0.25,
        lambda k, salt: lambda s: first[s.split()[0]],
        lambda k, salt: lambda s: (sum(map(ord, s[: 7 + k % 3])) + salt) % 3 == 0,
        lambda k, salt: lambda s: salt % 2,
    ]
    rules = {f"{word().title()}  {k}": makers[k % 4](k, int(t.integers(1000))) for k in range(M)}
    return rules, (texts, t.integers(2, N).tolist()), pairs
