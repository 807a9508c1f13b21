"""Lab 6, sentiment: one function an exercise, which judges an answer.

The references are NumPy and live only here, with the tester. A slip is a wrong reference, told in words. Padding is
filled with large numbers wherever the contract says that it must not matter. Contracts: what an answer gets, what it
must return, and the worked examples, stand in the notebook.
"""

from functools import partial

import numpy as np

from seqlab.checks import Failed, Served, as_numbers, cross_entropy, describe, exercise, sign, tensor
from seqlab.checks.models import ModelCheck
from seqlab.checks.references import log_softmax, softmax
from seqlab.checks.slips import changed, loss_slips, mask_slips, time_major
from seqlab.checks.steps import served_step, tanh_step


def words(lengths, T):
    """The mask (B, T) of texts of these lengths."""
    return np.arange(T) < np.asarray(lengths)[:, None]


def not_finite(numbers):
    return ~np.isfinite(numbers)


# -- pad_batch ---------------------------------------------------------------------------------------------
def padded(seqs, maxlen, pad, pre=False, tail=False, mask_of=lambda ids, mask, pad: mask):
    """ids and mask (N, maxlen); `pre` pads at the front, `tail` keeps the end of a long sequence."""
    ids, mask = np.full((len(seqs), maxlen), pad), np.zeros((len(seqs), maxlen), int)
    for n, s in enumerate(seqs):
        s = s[-maxlen:] if tail else s[:maxlen]
        at = slice(maxlen - len(s), maxlen) if pre else slice(len(s))
        ids[n, at], mask[n, at] = s, 1
    return ids, mask_of(ids, mask, pad)


def masked(change):
    return partial(padded, mask_of=change)


by_id, turned = masked(lambda ids, mask, pad: ids != pad), masked(lambda ids, mask, pad: mask[:, ::-1])
BY_ID = "the mask is taken from the ids, so that a token that equals pad is lost: take it from the lengths"
FRONT = "the padding stands in front: it belongs at the end"
TAIL = "of a long sequence the first maxlen tokens are kept, not the last"
KERAS = f"{FRONT}, and {TAIL} (these are Keras's defaults)"
AS_LONGEST = "the width is that of the longest sequence"
PAD_SLIPS = {
    BY_ID: by_id,
    KERAS: partial(padded, pre=True, tail=True),
    f"{KERAS}. And {BY_ID}": partial(by_id, pre=True, tail=True),
    f"{KERAS}. The mask is right": partial(turned, pre=True, tail=True),
    FRONT: partial(padded, pre=True),
    f"{FRONT}. And {BY_ID}": partial(by_id, pre=True),
    f"{FRONT}. The mask is right": partial(turned, pre=True),
    TAIL: partial(padded, tail=True),
    f"{TAIL}. And {BY_ID}": partial(by_id, tail=True),
    "the mask is the wrong way round: 1 is a token, 0 is padding": masked(lambda ids, mask, pad: 1 - mask),
    "the mask is all ones: padding is 0": masked(lambda ids, mask, pad: np.ones_like(mask)),
    "the padding is 0 whatever pad is: use the argument": lambda s, n, pad: padded(s, n, 0),
    "the padding is 0 whatever pad is, and the mask is taken from the ids": lambda s, n, pad: by_id(s, n, 0),
    f"{AS_LONGEST}: it is maxlen": lambda s, n, pad: padded(s, max(1, *map(len, s)), pad),
    f"{AS_LONGEST} that is left: it is maxlen": lambda s, n, pad: padded(s, min(n, max(1, *map(len, s))), pad),
    "the mask comes back alone: return (ids, mask)": changed(padded, lambda result: result[1]),
    "the lengths come back instead of the mask": masked(lambda ids, mask, pad: mask.sum(1)),
    "the mask is of the lengths of the sequences and its rows are sorted otherwise": masked(
        lambda i, mask, p: mask[::-1]
    ),
}


@exercise(
    points=10,
    title="Pad a batch",
    takes="seqs, maxlen, pad",
    returns="ids (N, maxlen), mask (N, maxlen)",
    reference=padded,
    slips=PAD_SLIPS,
    atol=0.5,  # ids are whole numbers, however large
    rtol=0,
    crashes="a sequence may be empty, longer or shorter than maxlen: every row has maxlen places",
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
def divided_by(divisor, masked=True):
    """Σ_t mask_t x_t, divided by `divisor(x, n)`, where n (B, 1) are the words of each text."""

    def mean(x, mask):
        return (x * (mask[..., None] if masked else 1.0)).sum(1, dtype="f8") / divisor(x, mask.sum(1)[:, None])

    return mean


mean_of_words, sum_of_words = divided_by(lambda x, n: np.maximum(n, 1)), divided_by(lambda x, n: 1)


def largest(x, mask):
    return np.where(mask.any(1)[:, None], np.where(mask[:, :, None] > 0, x, -np.inf).max(1), 0)


def without_words(seen):
    """A sign that is looked for in the texts without words; where there are none, max raises: it does not apply."""
    return sign(lambda got, x, mask: seen(as_numbers(got)[mask.sum(1) == 0]).max())


ONE_DIVISOR = "there is one divisor for all texts"
MAXIMUM = "this is the maximum: take the mean"
DIVISORS = "the numbers of tokens, (B,), divide along the vectors: keepdims=True or [:, None] makes them (B, 1)"
MEAN_SLIPS = {
    f"{MAXIMUM}; of no words it is -inf": without_words(np.isneginf),
    f"{DIVISORS}, and at least 1": sign(lambda got, x, mask: got.shape == 2 * mask.shape[:1] and not_finite(got).any()),
    "0 / 0: divide by at least 1, tf.maximum(count, 1): a text without tokens gives inf or nan": without_words(
        not_finite
    ),
    "this is the sum: divide by the number of tokens": sum_of_words,
    "padding is counted: divide each text by its own number of tokens, not by T": divided_by(lambda x, n: x.shape[1]),
    f"{ONE_DIVISOR}: divide each by its own number of tokens": divided_by(lambda x, n: n.mean()),
    f"{ONE_DIVISOR}, that of the longest": divided_by(lambda x, n: n.max()),
    f"{ONE_DIVISOR}, the words of the whole batch: divide each by its own": divided_by(lambda x, n: n.sum()),
    "the mask is ignored: padding takes part in the mean": lambda x, mask: x.mean(1),
    "padding takes part in the sum: multiply by the mask first": divided_by(
        lambda x, n: np.maximum(n, 1), masked=False
    ),
    MAXIMUM: largest,
    f"{MAXIMUM}, and leave out the zeros of the padding": lambda x, mask: (x * mask[:, :, None]).max(1),
    "the mean runs over the vector too: keep the last axis": changed(mean_of_words, lambda mean: mean.mean(-1)),
    "words whose vector is zero are taken for padding: the mask says what is padding": lambda x, mask: mean_of_words(
        x, mask * x.any(-1)
    ),
    "the divisor is one too large: a text of n tokens is divided by n": divided_by(lambda x, n: n + 1),
    "an axis of length 1 is left: (B, D)": changed(mean_of_words, lambda mean: mean[:, None]),
    DIVISORS: divided_by(lambda x, n: np.maximum(n, 1)[:, 0]),
}


@exercise(
    points=10,
    title="The mean of the words",
    takes="x (B, T, D), mask (B, T)",
    returns="(B, D)",
    reference=mean_of_words,
    slips=MEAN_SLIPS | mask_slips(mean_of_words, 1),
    crashes="mask is (B, T) and x is (B, T, D): give the mask a third axis, mask[:, :, None]",
    atol=1e-4,
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
def state_at(place):
    """hs[b, place(lengths, T)[b]] of each row b"""
    return lambda hs, lengths: hs[np.arange(len(hs)), place(lengths, hs.shape[1])]


def over_words(of):
    return lambda hs, lengths: of(hs, words(lengths, hs.shape[1]))


last = state_at(lambda n, T: n - 1)
TOO_FAR = "one too far: the last word stands at lengths - 1"
LAST_SLIPS = {
    "the last column is taken, which is padding in a short text: row b ends at lengths[b] - 1": lambda hs, n: hs[:, -1],
    "the length of the first text is used for all: each has its own": lambda hs, n: hs[:, n[0] - 1],
    "the longest length is used for all: each text has its own": lambda hs, n: hs[:, n.max() - 1],
    TOO_FAR: state_at(lambda n, T: np.minimum(n, T - 1)),
    f"{TOO_FAR} (and beyond the end this wraps round)": state_at(lambda n, T: n % T),
    "one too early: the last word stands at lengths - 1": state_at(lambda n, T: n - 2),
    "this is the mean over the words: take the last state": over_words(mean_of_words),
    "this is the sum over the words: take the last state": over_words(sum_of_words),
    "this is the maximum over the words: take the last state": over_words(largest),
    "the first state is taken: the last has read the whole text": lambda hs, n: hs[:, 0],
    "the states of all pairs of texts come back: pick lengths[b] in row b only": lambda hs, n: hs[:, n - 1],
    "an axis of length 1 is left: (B, H)": changed(last, lambda h: h[:, None]),
    "the states are counted from the end": state_at(lambda n, T: T - n),
    "the lengths are in another order than the texts": lambda hs, n: last(hs, n[::-1]),
}


@exercise(
    points=10,
    title="The state after the last word",
    takes="hs (B, T, H), lengths (B)",
    returns="(B, H)",
    reference=last,
    slips=LAST_SLIPS,
    crashes="row b is hs[b, lengths[b] - 1], one state from each row; lengths is a tensor of int64",
)
def last_state(t):
    def tries(hs, lengths, case=""):
        t.tries(tensor(hs), tensor(lengths, "int64"), case=case)

    with t.case("the worked example", visible=True):
        tries(np.array([[1, 2, 3, 4], [5, 6, 7, 8]])[..., None], [2, 3])
    hs = np.where(words([1, 6, 3, 4], 6)[..., None], t.normal(4, 6, 3), 1e6)
    tries(hs, [1, 6, 3, 4], case="B=4, T=6, H=3: all lengths, large numbers in the padding")
    for B, T, H in t.sizes("B T H"):
        tries(t.normal(B, T, H), t.integers(T + 1, B, low=1))
    tries(t.normal(1, 5, 3), [2], case="B=1, T=5: a text of two tokens")
    tries(t.normal(4, 4, 4), [3, 1, 4, 2], case="B=T=H=4")


# -- bi_rnn ------------------------------------------------------------------------------------------------
def forwards(step, xs, real, H, start=0.0, carry=True):
    """The states (B, T, H) of a step: from `start` to each text's beginning and after its end, where they are 0."""
    h, hs = start + np.zeros((len(xs), H)), []
    for s in range(xs.shape[1]):
        new = step(xs[:, s], h if carry else 0 * h)
        h = np.where(real[:, s], new, start)
        hs.append(real[:, s] * new)
    return np.stack(hs, 1)


def backwards(step, xs, real, H, **how):
    """Aligned: position t has read from the end down to t."""
    return forwards(step, xs[:, ::-1], real[:, ::-1], H, **how)[:, ::-1]


def concatenated(f, b):
    return np.concatenate([f, b], -1)


def in_both(join=concatenated, forward=forwards, backward=backwards):
    """A bidirectional network; `real` (B, T, 1) is its mask."""

    def run(fwd, bwd, xs, lengths, H):
        real = words(lengths, xs.shape[1])[..., None]
        return join(forward(fwd, xs, real, H), backward(bwd, xs, real, H))

    return run


both_ways = in_both()


def unaligned(step, xs, real, H):
    """The backward states in the order in which they were computed."""
    t, n = np.arange(xs.shape[1])[:, None], real.sum(1, keepdims=True)
    return np.take_along_axis(backwards(step, xs, real, H), np.where(real, n - 1 - t, t), 1)


def held(step, xs, real, H):
    hs = forwards(step, xs, real, H)
    return np.where(real, hs, np.take_along_axis(hs, real.sum(1, keepdims=True) - 1, 1))


def from_last_forward(fwd, bwd, xs, lengths, H):
    h = last(both_ways(fwd, bwd, xs, lengths, H), lengths)[:, :H]
    return in_both(backward=partial(backwards, start=h))(fwd, bwd, xs, lengths, H)


def last_states(fwd, bwd, xs, lengths, H):
    hs = both_ways(fwd, bwd, xs, lengths, H)
    return concatenated(last(hs, lengths)[:, :H], hs[:, 0, H:])


def whole(side):
    """The padding is read like words."""
    return lambda step, xs, real, H: side(step, xs, real | True, H)


def zero_after(side):
    return lambda step, xs, real, H: side(step, xs, real, H) * real


into_padding = whole(lambda *args: backwards(*args)[:, ::-1])
uncarried = partial(backwards, carry=False)
NOT_TURNED = "the backward states are not turned back"
PADDING_FIRST = "the backward pass begins in the padding"
ON_LAST = "concatenate them on the last axis"
CARRY = "hand the new state on to the next step"
BI_SLIPS = {
    f"{NOT_TURNED}: position t needs the state that has read from the end down to t": in_both(backward=unaligned),
    f"{NOT_TURNED}, and they begin in the padding": in_both(backward=zero_after(into_padding)),
    f"{NOT_TURNED}, they begin in the padding, and the padding is not set to 0": in_both(
        forward=whole(forwards), backward=into_padding
    ),
    f"{PADDING_FIRST}: each text begins at its own last word": in_both(backward=zero_after(whole(backwards))),
    f"{PADDING_FIRST}, and the padding is not set to 0": in_both(forward=whole(forwards), backward=whole(backwards)),
    "the words are turned round and the mask is not: turn both": in_both(
        backward=lambda step, xs, real, H: forwards(step, xs[:, ::-1], real, H)[:, ::-1]
    ),
    "positions after the end are 0 in both halves": in_both(forward=whole(forwards)),
    "the states in the padding are 0, not the last state again": in_both(forward=held),
    f"the two states are added: {ON_LAST}": in_both(np.add),
    f"the two states are averaged: {ON_LAST}": in_both(lambda f, b: (f + b) / 2),
    f"the two states are multiplied: {ON_LAST}": in_both(np.multiply),
    "the two halves are joined along time: concatenate on the last axis": in_both(lambda *fb: np.concatenate(fb, 1)),
    "the two halves are joined along the batch: concatenate on the last axis": in_both(lambda *fb: np.concatenate(fb)),
    "the two halves are stacked: concatenate them on the last axis": in_both(lambda *fb: np.stack(fb, -1)),
    "the halves are the wrong way round: forward first": in_both(lambda f, b: concatenated(b, f)),
    "only the forward half is there: read backwards too, and concatenate": in_both(lambda f, b: f),
    "only the backward half is there: read forwards too, and concatenate": in_both(lambda f, b: b),
    "the second half stays 0: read backwards too": in_both(lambda f, b: concatenated(f, 0 * b)),
    f"no state is carried: {CARRY}": in_both(forward=partial(forwards, carry=False), backward=uncarried),
    f"no state is carried backwards: {CARRY}": in_both(backward=uncarried),
    "the backward state at t has read down to t + 1 only: it has read word t too": in_both(
        lambda f, b: concatenated(f, np.pad(b[:, 1:], [(0, 0), (0, 1), (0, 0)]))
    ),
    "both halves read forwards": in_both(backward=forwards),
    "both halves read backwards": in_both(forward=backwards),
    "both directions use fwd: the second one has a step of its own, bwd": lambda f, b, *more: both_ways(f, f, *more),
    "both directions use bwd: the first one has a step of its own, fwd": lambda f, b, *more: both_ways(b, b, *more),
    "the steps are called the wrong way round: step(x, h), the word first": lambda f, b, *more: both_ways(
        lambda x, h: f(h, x), lambda x, h: b(h, x), *more
    ),
    "the two steps are swapped: fwd reads forwards": lambda f, b, *more: both_ways(b, f, *more),
    "the backward pass starts from the last forward state: both start from zeros": from_last_forward,
    "only the last states come back: a pair of states is needed at every position": last_states,
    "the halves are interleaved: forward first, then backward": in_both(
        lambda f, b: np.stack([f, b], -1).reshape(*f.shape[:2], -1)
    ),
    "the result is time-major: put the batch first": changed(both_ways, time_major),
}


@exercise(
    points=20,
    title="Read in both directions",
    takes="fwd, bwd, xs (B, T, D), lengths (B), H",
    returns="(B, T, 2H)",
    reference=both_ways,
    slips=BI_SLIPS,
    crashes="both steps are called as step(x, h) with x (b, D) and h (b, H), and give the new state only",
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
def mean_loss(change=np.asarray):
    """The mean cross-entropy of changed logits."""
    return lambda y, logits: cross_entropy(y, change(logits.astype("f8"))).mean()


def log_clipped(p):
    """What Keras's losses make of probabilities, or of what they take for some."""
    return np.log(np.clip(p, 1e-7, 1 - 1e-7))


def as_parts(y, logits):
    """Keras's categorical loss of what it takes for probabilities: it divides by their sum first."""
    z = logits.astype("f8")
    return -log_clipped(z / z.sum(-1, keepdims=True))[np.arange(len(y)), y].mean()


def sigmoids(y, logits):
    """The losses (B, C) of each class by itself."""
    return np.logaddexp(0, np.where(np.eye(logits.shape[-1])[y], -logits, logits))


def of_labels(change):
    """The mean cross-entropy of one-hot labels (B, C) that are changed: `change(hot, y)`."""
    return lambda y, logits: -(change(np.eye(logits.shape[-1])[y], y) * log_softmax(logits)).sum(-1).mean()


FROM_LOGITS = "the logits are taken for probabilities: Keras's losses need from_logits=True"
SIGMOIDS = "a sigmoid for each class: take one softmax over the classes"
LOSS_SLIPS = {
    "y is not one-hot: it runs because there are as many texts as classes, and every text then gets the labels "
    "of the whole batch; use tf.one_hot(y, predicted.shape[-1])": of_labels(lambda hot, y: y),
    "y is one-hot along the wrong axis: tf.one_hot(y, C) is (B, C)": of_labels(lambda hot, y: hot.T),
    "these are probabilities already: hand over the logits, the function takes the softmax itself": mean_loss(softmax),
    FROM_LOGITS: as_parts,
    f"{FROM_LOGITS}, the one for class indices too": mean_loss(log_clipped),
    "this is the sum: take the mean over the batch": changed(cross_entropy, np.sum),
    "the losses of all texts come back: take their mean": cross_entropy,
    "the mean also runs over the classes": lambda y, logits: cross_entropy(y, logits).mean() / logits.shape[-1],
    SIGMOIDS: changed(sigmoids, np.mean),
    f"{SIGMOIDS} (and the mean over the texts)": changed(sigmoids, lambda nats: nats.sum(-1).mean()),
    "the softmax runs over the batch: it belongs on the last axis, the classes": lambda y, logits: (
        -log_softmax(logits, 0)[np.arange(len(y)), y].mean()
    ),
    "exp of a large logit overflows: leave softmax and logarithm to TensorFlow, which takes them together": sign(
        lambda got, *_: not_finite(got)
    ),
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
    reference=mean_loss(),
    slips=LOSS_SLIPS | loss_slips(np.mean, axes=()),
    crashes={
        "labels_size=[1,": NEEDS_ROWS,
        "labels_size|must have the same shape|,2] vs.": DEPTH,
        "rank - 1|ndim - 1": FOR_INDICES,
        "": NEEDS_ROWS,
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
        tries(t.integers(B, B), t.normal(B, B, scale=2), case=f"as many texts as classes, B=C={B}")
        tries(t.rng.permutation(B), t.normal(B, B, scale=2), case=f"as many texts as classes, B=C={B}")
    tries(t.integers(2, 64), t.normal(64, 2, scale=2), case="B=64, C=2")
    tries([0, 1, 2, 1], t.normal(4, 3, scale=1000), case="logits of ±1000")
    tries([1, 0], [[1000, -1000], [1000, -1000]], case="logits of ±1000")


# -- masked_accuracy ---------------------------------------------------------------------------------------
def counted(count):
    """`count(hit, real)` of arrays (B, T): is the label predicted, is it no padding?"""
    return lambda y, logits, pad: count(logits.argmax(-1) == y, y != pad)


def of_each(hit, real):
    """The accuracy of each text, (B,); 0 where it is empty."""
    return (hit & real).sum(1) / np.maximum(real.sum(1), 1)


def mask_of_predictions(y, logits, pad):
    chosen = logits.argmax(-1)
    return (chosen == y)[chosen != pad].mean()


accuracy = counted(lambda hit, real: hit[real].mean())
WHOLE_BATCH = "count over the whole batch"
ACCURACY_SLIPS = {
    "padding is in the divisor: divide by the number of labels that are not pad": counted(lambda h, r: (h & r).mean()),
    "padding is counted, also as right where it is predicted": counted(lambda hit, real: hit.mean()),
    "padding that is predicted counts as right: count hits at real labels only": counted(
        lambda h, r: h.sum() / r.sum()
    ),
    "pad is taken to be 0: use the argument": lambda y, logits, pad: accuracy(y, logits, 0),
    f"this is the mean of the texts' accuracies: {WHOLE_BATCH}": counted(lambda h, r: of_each(h, r).mean()),
    f"this is the mean of the accuracies of the texts that are not empty: {WHOLE_BATCH}": counted(
        lambda hit, real: of_each(hit, real)[real.any(1)].mean()
    ),
    "the mask is taken from the predictions: take it from the labels": mask_of_predictions,
    "the mask stands the wrong way round along time": counted(lambda hit, real: hit[real[:, ::-1]].mean()),
    "the number of hits comes back: divide by the number of real labels": counted(lambda h, r: (h & r).sum()),
    "this is the share of errors: count what is right": changed(accuracy, lambda share: 1 - share),
    "this is in per cent: give a fraction": changed(accuracy, lambda share: 100 * share),
    f"one number for each text comes back: {WHOLE_BATCH}": counted(of_each),
    "a text counts as right only if all of it is right: count the single labels": counted(
        lambda hit, real: (hit | ~real).all(1).mean()
    ),
    "the argmax runs over time: it belongs on the last axis": lambda y, z, pad: accuracy(y, np.swapaxes(z, 1, 2), pad),
}


@exercise(
    points=10,
    title="Accuracy without the padding",
    takes="y (B, T), logits (B, T, V), pad",
    returns="the accuracy ()",
    reference=accuracy,
    slips=ACCURACY_SLIPS,
    crashes="y is (B, T), the argmax of the logits over the last axis too",
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


FEW_KERNELS = (
    "there is no recurrent layer: wrap one in keras.layers.Bidirectional",
    "this is one layer in one direction: two layers, each wrapped in keras.layers.Bidirectional",
    "this is one bidirectional layer, or two that read forwards only: two layers, each wrapped in Bidirectional",
    "one of the two layers reads in one direction only: wrap both in Bidirectional",
)
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

    def moved(after, before, message, slip, least=1e-7):
        t.require(np.abs(after - before).max() > least, message, slip=slip)

    with t.case("the worked example: deep_birnn(20, 8, 6, 3) on ids (2, 4)", visible=True):
        model = build(20, 8, 6, 3)
        logits(t.integers(20, 2, 4, low=1))
    with t.case("two layers, both in both directions"):
        n = recurrent_kernels(model)
        came = f"the model has {n} recurrent kernels instead of 4 (two layers, two directions)"
        t.require(n >= 4, came, slip=FEW_KERNELS[min(n, 3)])
    with t.case("the same model, other B and T"):
        for B, T in ((1, 1), (5, 2), (3, 9), (4, 4)):
            logits(t.integers(20, B, T, low=1))
    models.stir(model)
    ids = t.integers(20, 6, 7, low=1)
    before = logits(ids)
    with t.case("no dropout and no state in a prediction"):
        slip = "dropout only in training (a Dropout layer does it right), and no stateful=True"
        models.is_repeatable(model, ids, before, "second", slip)
    with t.case("logits, not probabilities"):
        models.no_softmax(before)
        models.unbounded(model, ids[:, :2], before.shape)
    models.stir(model)
    with t.case("word order matters"):
        before, *others = together(ids, ids[:, ::-1], ids[:, [0, 2, 1, 3, 5, 4, 6]])
        for other in others:
            same = "the same words in another order give the same logits"
            moved(other, before, same, "this is a bag: read the words with recurrent layers", 1e-6)
    with t.case("every word counts, the unknown word 1 too, in a long text as well"):
        for T in (7, 60):
            ids, place = t.integers(20, 2, T, low=2), np.arange(T)
            first, last = np.where(place == 0, 1, ids), np.where(place == T - 1, 1, ids)
            before, first, last, shorter = together(ids, first, last, np.where(place == T - 1, 0, ids))
            for after, name in ((first, "first"), (last, "last")):
                stay = f"the {name} of {T} words can change and the logits stay as they are"
                moved(after, before, stay, "read all words: only id 0 is padding, and T is not limited")
            moved(shorter, last, "the unknown word, id 1, is taken for padding", "only id 0 is padding")
    with t.case("padding changes nothing"):
        models.padding_changes_nothing(model, t.integers(20, 6, 7, low=1), 3, MASK)
    with t.case("V=50, E=5, U=4, C=2"):
        model = build(50, 5, 4, 2)
        logits(np.array([[49, 1, 48], [30, 49, 2]]), 2)
    for V, E, U, C in t.sizes("V E U C", low=3, high=11):
        V = max(V, 2)
        model = build(V, E, U, C)
        ids = t.integers(V, 4, 5, low=1)
        ids[0, 0] = V - 1
        logits(ids, C)
        shapes = [np.shape(value) for _, value in model.weights() if np.ndim(value) == 2]
        embeds, reads = any(n >= V and m == E for n, m in shapes), any(n == U for n, _ in shapes)
        slip = "the embedding is Embedding(V, E): use the arguments, in their order"
        t.require(embeds, f"with V={V} and E={E} no weight has the shape (V, E)", slip=slip)
        slip = "each recurrent layer has U units: use the argument"
        t.require(reads, f"with U={U} no weight has U rows", slip=slip)
        models.stir(model)
        models.padding_changes_nothing(model, ids, C, MASK)


def recurrent_kernels(model):
    """How many matrices of the model of 6 units multiply a state."""
    matrices = [(path.rpartition("/"), value.shape) for path, value in model.weights() if np.ndim(value) == 2]
    named = [layer for (layer, _, name), _ in matrices if "recurrent" in name]
    # cells of the student's own call it otherwise: there, any matrix with as many rows as units
    return len(named) + sum(layer not in named and n == 6 and m % 6 == 0 for (layer, _, _), (n, m) in matrices)


# -- contrast_report ---------------------------------------------------------------------------------------
def report(two):
    """Two numbers for each model: `two(r, s, q)` of its hits r (N,) and s (P, 2), and the pairs' labels q (P, 2)."""

    def of(models, real, pairs):
        q = np.array([(p, q) for _, p, _, q in pairs])
        sides = [text for a, _, b, _ in pairs for text in (a, b)]
        hits = {n: (f(list(real[0])) == np.array(real[1]), f(sides).reshape(-1, 2) == q) for n, f in models.items()}
        return {name: np.array(two(r, s, q)) for name, (r, s) in hits.items()}

    return of


def on_pairs(share):
    """The right number for the real sentences, and `share(s, q)` for the pairs."""
    return report(lambda r, s, q: (r.mean(), share(s, q)))


def said(s, q):
    """The labels that a model gives to the pairs, from its hits."""
    return np.where(s, q, 1 - q)


SINGLE = "count the 2·P single sentences"
REPORT_SLIPS = {
    "keep the names: {name: (real, pairs)}": sign(lambda got, *_: isinstance(got, list | tuple)),
    "for each name a pair (accuracy on real, accuracy on pairs)": sign(
        lambda got, *_: any(np.shape(as_numbers(value)) != (2,) for value in got.values())
    ),
    "every model has an entry: is there a `return` inside the loop?": sign(lambda got, f, *_: {*got} < {*f}),
    f"a pair counts only if both of its sentences are right: {SINGLE}": on_pairs(lambda s, q: s.all(1).mean()),
    f"a pair counts if one of its sentences is right: {SINGLE}": on_pairs(lambda s, q: s.any(1).mean()),
    "only the first sentences of the pairs are counted": on_pairs(lambda s, q: s[:, 0].mean()),
    "only the second sentences of the pairs are counted": on_pairs(lambda s, q: s[:, 1].mean()),
    "the hits of the pairs are divided by P: there are 2·P sentences": on_pairs(lambda s, q: 2 * s.mean()),
    "the two numbers are the wrong way round: (real, pairs)": report(lambda r, s, q: (s.mean(), r.mean())),
    "these are per cent: give fractions": report(lambda r, s, q: (100 * r.mean(), 100 * s.mean())),
    "these are numbers of sentences: give fractions": report(lambda r, s, q: (r.sum(), s.sum())),
    "these are the shares of errors: count what is right": report(lambda r, s, q: (1 - r.mean(), 1 - s.mean())),
    "real sentences and pairs are put together: give two numbers": report(
        lambda r, s, q: 2 * (np.append(r, s).mean(),)
    ),
    "the labels of the pairs are not used: count what is right, not what is positive": on_pairs(
        lambda s, q: said(s, q).mean()
    ),
    "the two predictions of a pair are compared with each other: compare each with its label": on_pairs(
        lambda s, q: np.ptp(said(s, q), 1).mean()
    ),
    "both numbers are those of the real sentences": report(lambda r, s, q: (r.mean(), r.mean())),
    "the second sentence is given the label of the first": on_pairs(lambda s, q: (said(s, q) == q[:, :1]).mean()),
}


@exercise(
    points=10,
    title="Real sentences and order-contrast pairs",
    takes="models, real, pairs",
    reference=on_pairs(lambda s, q: s.mean()),
    slips=REPORT_SLIPS,
    crashes="predict takes a list of texts; real is (texts, labels); a pair is (text_a, label_a, text_b, label_b)",
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
