"""Lab 6, sentiment: one function an exercise, which judges an answer.

The references are NumPy and live only here, with the tester. A slip is a wrong reference, told in words. Padding is
filled with large numbers wherever the contract says that it must not matter. Contracts: what an answer gets, what it
must return, and the worked examples, stand in the notebook.
"""

from functools import partial

import numpy as np

from seqlab.checks import (
    Failed,
    Served,
    as_numbers,
    cross_entropy,
    describe,
    exercise,
    log_softmax,
    shape_text,
    sigmoid,
    sign,
    softmax,
    tensor,
)
from seqlab.checks.models import ModelCheck
from seqlab.checks.slips import changed, loss_slips, mask_slips, time_major


def words(lengths, T):
    """The mask (B, T) of texts of these lengths."""
    return np.arange(T) < lengths[:, None]


def not_finite(got):
    return not np.all(np.isfinite(as_numbers(got)))


# -- pad_batch ---------------------------------------------------------------------------------------------
def padded(seqs, maxlen, pad, pre=False, tail=False):
    """ids and mask (N, maxlen); `pre` pads at the front, `tail` keeps the end of a long sequence."""
    ids, mask = np.full((len(seqs), maxlen), pad), np.zeros((len(seqs), maxlen), int)
    for n, s in enumerate(seqs):
        s = s[max(0, len(s) - maxlen) :] if tail else s[:maxlen]
        at = slice(maxlen - len(s), maxlen) if pre else slice(0, len(s))
        ids[n, at], mask[n, at] = s, 1
    return ids, mask


def masked(change, pad_so=padded):
    """Padded so, the mask made otherwise: `change(ids, mask, pad)`."""

    def wrong(seqs, maxlen, pad):
        ids, mask = pad_so(seqs, maxlen, pad)
        return ids, change(ids, mask, pad)

    return wrong


def by_id(ids, mask, pad):
    return ids != pad


def zeros_for_padding(seqs, maxlen, pad):
    return padded(seqs, maxlen, 0)


def longest(seqs):
    return max(1, *map(len, seqs), 1)


BY_ID = "the mask is taken from the ids, so that a token that equals pad is lost: take it from the lengths"
FRONT = "the padding stands in front: it belongs at the end"
TAIL = "of a long sequence the first maxlen tokens are kept, not the last"
ENDS = {
    f"{FRONT}, and {TAIL} (these are Keras's defaults)": partial(padded, pre=True, tail=True),
    FRONT: partial(padded, pre=True),
    TAIL: partial(padded, tail=True),
}
PAD_SLIPS = {
    BY_ID: masked(by_id),
    **ENDS,
    **{f"{end}. And {BY_ID}": masked(by_id, wrong) for end, wrong in ENDS.items()},
    **{
        f"{end}. The mask is right": lambda *args, wrong=wrong: (wrong(*args)[0], padded(*args)[1])
        for end, wrong in ENDS.items()
    },
    "the mask is the wrong way round: 1 is a token, 0 is padding": masked(lambda ids, mask, pad: 1 - mask),
    "the mask is all ones: padding is 0": masked(lambda ids, mask, pad: np.ones_like(mask)),
    "the padding is 0 whatever pad is: use the argument": zeros_for_padding,
    "the padding is 0 whatever pad is, and the mask is taken from the ids": masked(
        lambda ids, mask, pad: ids != 0, zeros_for_padding
    ),
    "the width is that of the longest sequence: it is maxlen": lambda seqs, maxlen, pad: padded(
        seqs, longest(seqs), pad
    ),
    "the width is that of the longest sequence that is left: it is maxlen": lambda seqs, maxlen, pad: padded(
        seqs, min(longest(seqs), maxlen), pad
    ),
    "the mask comes back alone: return (ids, mask)": changed(padded, lambda result: result[1]),
    "the lengths come back instead of the mask": masked(lambda ids, mask, pad: mask.sum(1)),
    "the mask is of the lengths of the sequences and its rows are sorted otherwise": masked(
        lambda ids, mask, pad: mask[::-1]
    ),
}


@exercise(
    points=10,
    title="Pad a batch",
    takes="seqs, maxlen, pad",
    returns="ids (N, maxlen), mask (N, maxlen)",
    reference=padded,
    slips=PAD_SLIPS,
    crashes="a sequence may be empty, longer or shorter than maxlen: every row has maxlen places",
)
def pad_batch(t):
    with t.case("the worked example", visible=True):
        pad_case(t, [[7, 8, 9], [0], []], 2, 0)
    for N, maxlen, most in t.sizes("N maxlen longest"):
        for pad in (0, 3, int(t.integers(10**6, low=1000)), -1):
            lengths = t.integers(most + 1, N)
            lengths[int(t.integers(N))] = most
            pad_case(t, [t.integers(50, n, low=1).tolist() for n in lengths], maxlen, pad)
    for case, *args in (
        ("shorter than maxlen, all of them", [[4, 5], [6]], 6, 1),
        ("exactly maxlen", [[4, 5, 6], [7, 8, 9]], 3, 0),
        ("negative and very large tokens", [[-1, 5], [2**25 + 1, -7, 2**25 + 3]], 4, 0),
        ("an empty sequence among others", [[], [5, 6], []], 3, 2),
        *(("a token that equals pad", [[pad, 5, pad], [pad], [5, pad]], 4, pad) for pad in (0, 9)),
        *(("a token that equals pad", [[5, pad, pad, 6, 7], [pad, pad]], 3, pad) for pad in (0, 9)),
    ):
        with t.case(case):
            pad_case(t, *args)


def pad_case(t, *args):
    ids, _ = t.tries(*args)
    t.require(
        as_numbers(ids).dtype.kind in "iu",
        "the ids should be of an integer type but are floats",
        slip="an embedding looks ids up: np.full(shape, pad) gives integers, np.zeros floats",
    )


# -- masked_mean -------------------------------------------------------------------------------------------
def total(x, mask):
    return (x * mask[:, :, None].astype("f8")).sum(1)


def divided_by(divisor):
    """Σ_t mask_t x_t, divided by `divisor(x, n)`, where n (B, 1) are the words of each text."""
    return lambda x, mask: total(x, mask) / divisor(x, mask.sum(1)[:, None])


mean_of_words = divided_by(lambda x, n: np.maximum(n, 1))


def maximum(x, mask):
    return np.where(mask.any(1)[:, None], np.where(mask[:, :, None] > 0, x, -np.inf).max(1), 0)


def without_words(found):
    """A sign that is looked for in the texts without words; where there are none, max raises: it does not apply."""
    return sign(lambda got, x, mask: found(as_numbers(got)[mask.sum(1) == 0]).max())


MAXIMUM = "this is the maximum: take the mean"
ONE_DIVISOR = "there is one divisor for all texts"
NO_AXIS = "the numbers of tokens, (B,), divide along the vectors: keepdims=True or [:, None] makes them (B, 1)"
MEAN_SLIPS = {
    f"{MAXIMUM}; of no words it is -inf": without_words(np.isneginf),
    f"{NO_AXIS}, and at least 1": sign(lambda got, x, mask: got.shape == 2 * mask.shape[:1] and not_finite(got)),
    "0 / 0: divide by at least 1, tf.maximum(count, 1)": without_words(lambda got: ~np.isfinite(got)),
    "this is the sum: divide by the number of tokens": total,
    "padding is counted: divide each text by its own number of tokens, not by T": divided_by(lambda x, n: x.shape[1]),
    f"{ONE_DIVISOR}: divide each by its own number of tokens": divided_by(lambda x, n: n.mean()),
    f"{ONE_DIVISOR}, that of the longest": divided_by(lambda x, n: n.max()),
    f"{ONE_DIVISOR}, the words of the whole batch: divide each by its own": divided_by(lambda x, n: n.sum()),
    "the mask is ignored: padding takes part in the mean": lambda x, mask: x.mean(1),
    "padding takes part in the sum: multiply by the mask first": lambda x, mask: (
        x.sum(1) / np.maximum(mask.sum(1), 1)[:, None]
    ),
    MAXIMUM: maximum,
    f"{MAXIMUM}, and leave the zeros out that the mask makes": lambda x, mask: (x * mask[:, :, None]).max(1),
    "the mean runs over the vector too: keep the last axis": changed(mean_of_words, lambda mean: mean.mean(-1)),
    "words whose vector is zero are taken for padding: the mask says what is padding": lambda x, mask: mean_of_words(
        x, mask * x.any(-1)
    ),
    "the divisor is one too large: a text of n tokens is divided by n": divided_by(lambda x, n: n + 1),
    "an axis of length 1 is left: (B, D)": changed(mean_of_words, lambda mean: mean[:, None]),
    NO_AXIS: divided_by(lambda x, n: np.maximum(n, 1)[:, 0]),
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
    def tries(x, mask):
        t.tries(tensor(x), tensor(mask))

    with t.case("the worked example", visible=True):
        lengths = np.array([2, 3, 0])  # their mean, their largest and T differ: each slip has a result of its own
        tries(np.array([[1, 3, 99, 99], [5, 6, 7, 99], [5, 6, 7, 8]])[..., None], words(lengths, 4))
    for B, T, D in t.sizes("B T D"):
        lengths = t.integers(T + 1, B, low=1)
        tries(t.normal(B, T, D), words(lengths, T))
    with t.case("B=3, T=5, D=2: one text without tokens, one without padding"):
        tries(t.normal(3, 5, 2), words(np.array([2, 0, 5]), 5))
    with t.case("B=1, T=5: a text of two tokens"):
        tries(t.normal(1, 5, 3), words(np.array([2]), 5))
    with t.case("a batch of texts without tokens"):
        tries(t.normal(2, 4, 3), np.zeros((2, 4)))
    with t.case("padding of ±1e6"):
        mask = words(np.array([3, 7, 1, 0]), 7)
        tries(np.where(mask[..., None], t.normal(4, 7, 3), 1e6 * np.sign(t.normal(4, 7, 3))), mask)
    with t.case("a word whose vector is zero"):
        x = t.normal(2, 4, 3)
        x[:, 1] = 0
        tries(x, words(np.array([3, 2]), 4))


# -- last_state --------------------------------------------------------------------------------------------
def state_at(hs, places):
    """hs[b, places[b]] of each row b"""
    return hs[np.arange(len(hs)), places]


def last(hs, lengths):
    return state_at(hs, lengths - 1)


TOO_FAR = "one too far: the last word stands at lengths - 1"
LAST_SLIPS = {
    "the last column is taken, which is padding in a short text: row b ends at lengths[b] - 1": lambda hs, n: hs[:, -1],
    "the length of the first text is used for all: each has its own": lambda hs, n: hs[:, n[0] - 1],
    "the longest length is used for all: each text has its own": lambda hs, n: hs[:, n.max() - 1],
    TOO_FAR: lambda hs, n: state_at(hs, np.minimum(n, hs.shape[1] - 1)),
    f"{TOO_FAR} (and beyond the end this wraps round)": lambda hs, n: state_at(hs, n % hs.shape[1]),
    "one too early: the last word stands at lengths - 1": lambda hs, n: state_at(hs, n - 2),
    "this is the mean over the words: take the last state": lambda hs, n: mean_of_words(hs, words(n, hs.shape[1])),
    "this is the sum over the words: take the last state": lambda hs, n: total(hs, words(n, hs.shape[1])),
    "this is the maximum over the words: take the last state": lambda hs, n: maximum(hs, words(n, hs.shape[1])),
    "the first state is taken: the last has read the whole text": lambda hs, n: hs[:, 0],
    "the states of all pairs of texts come back: pick lengths[b] in row b only": lambda hs, n: hs[:, n - 1],
    "an axis of length 1 is left: (B, H)": changed(last, lambda h: h[:, None]),
    "the states are counted from the end": lambda hs, n: state_at(hs, hs.shape[1] - n),
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
    def tries(hs, lengths):
        t.tries(tensor(hs), tensor(lengths, "int64"))

    with t.case("the worked example", visible=True):
        tries(np.array([[1, 2, 3, 4], [5, 6, 7, 8]])[..., None], [2, 3])
    for B, T, H in t.sizes("B T H"):
        tries(t.normal(B, T, H), t.integers(T + 1, B, low=1))
    with t.case("B=4, T=6, H=3: all lengths, large numbers in the padding"):
        lengths = np.array([1, 6, 3, 4])
        tries(np.where(words(lengths, 6)[..., None], t.normal(4, 6, 3), 1e6), lengths)
    with t.case("B=1, T=5: a text of two tokens"):
        tries(t.normal(1, 5, 3), [2])
    with t.case("B=T=H=4"):
        tries(t.normal(4, 4, 4), [3, 1, 4, 2])


# -- bi_rnn ------------------------------------------------------------------------------------------------
def states(step, xs, real, h0, carry=True):
    """The states (B, T, H) of a step along time, each text from h0 on and where it is `real` (B, T, 1), elsewhere 0."""
    h, hs = h0, []
    for s in range(xs.shape[1]):
        new = step(xs[:, s], h if carry else h0)
        h = np.where(real[:, s], new, h0)
        hs.append(real[:, s] * new)
    return np.stack(hs, 1)


def forwards(step, xs, lengths, H, carry=True):
    real = words(lengths, xs.shape[1])[..., None]
    return states(step, xs, real, np.zeros((len(xs), H)), carry)


def backwards(step, xs, lengths, H, start=0.0, carry=True):
    """Aligned: position t has read from the end down to t."""
    real = words(lengths, xs.shape[1])[..., None]
    return states(step, xs[:, ::-1], real[:, ::-1], start + np.zeros((len(xs), H)), carry)[:, ::-1]


def concatenated(forward, backward):
    return np.concatenate([forward, backward], -1)


def in_both(join=concatenated, forward=forwards, backward=backwards):
    """A bidirectional network, one of its parts made otherwise."""

    def run(fwd, bwd, xs, lengths, H):
        return join(forward(fwd, xs, lengths, H), backward(bwd, xs, lengths, H))

    return run


both_ways = in_both()


def whole(xs):
    """Lengths without padding."""
    return np.full(len(xs), xs.shape[1])


def unaligned(step, xs, lengths, H):
    """The backward states in the order in which they were computed."""
    steps, n = np.arange(xs.shape[1]), lengths[:, None]
    at = np.where(steps < n, n - 1 - steps, steps)
    return np.take_along_axis(backwards(step, xs, lengths, H), at[..., None], 1)


def from_padding(step, xs, lengths, H):
    return backwards(step, xs, whole(xs), H) * words(lengths, xs.shape[1])[..., None]


def unaligned_from_padding(step, xs, lengths, H):
    return backwards(step, xs, whole(xs), H)[:, ::-1] * words(lengths, xs.shape[1])[..., None]


def mask_unturned(step, xs, lengths, H):
    return forwards(step, xs[:, ::-1], lengths, H)[:, ::-1]


def held(step, xs, lengths, H):
    hs = forwards(step, xs, lengths, H)
    return np.where(words(lengths, xs.shape[1])[..., None], hs, last(hs, lengths)[:, None])


def on_from_forward(fwd, bwd, xs, lengths, H):
    forward = forwards(fwd, xs, lengths, H)
    return concatenated(forward, backwards(bwd, xs, lengths, H, start=last(forward, lengths)))


def last_only(fwd, bwd, xs, lengths, H):
    return concatenated(last(forwards(fwd, xs, lengths, H), lengths), backwards(bwd, xs, lengths, H)[:, 0])


NOT_TURNED = "the backward states are not turned back"
IN_PADDING = "the backward pass begins in the padding"
NO_STATE = "hand the new state on to the next step"
BI_SLIPS = {
    f"{NOT_TURNED}: position t needs the state that has read from the end down to t": in_both(backward=unaligned),
    f"{NOT_TURNED}, and they begin in the padding": in_both(backward=unaligned_from_padding),
    f"{IN_PADDING}: each text begins at its own last word": in_both(backward=from_padding),
    f"{IN_PADDING}, and the padding is not set to 0": lambda fwd, bwd, xs, n, H: both_ways(fwd, bwd, xs, whole(xs), H),
    "the words are turned round and the mask is not: turn both": in_both(backward=mask_unturned),
    "positions after the end are 0 in both halves": in_both(forward=lambda f, xs, n, H: forwards(f, xs, whole(xs), H)),
    "the states in the padding are 0, not the last state again": in_both(forward=held),
    "the two states are added: concatenate them on the last axis": in_both(np.add),
    "the two states are averaged: concatenate them on the last axis": in_both(lambda f, b: (f + b) / 2),
    "the two states are multiplied: concatenate them on the last axis": in_both(np.multiply),
    "the two halves are joined along time: concatenate on the last axis": in_both(lambda *fb: np.concatenate(fb, 1)),
    "the two halves are joined along the batch: concatenate on the last axis": in_both(
        lambda *fb: np.concatenate(fb, 0)
    ),
    "the halves are the wrong way round: forward first": in_both(lambda f, b: concatenated(b, f)),
    "only the forward half is there: read backwards too, and concatenate": in_both(lambda f, b: f),
    "only the backward half is there: read forwards too, and concatenate": in_both(lambda f, b: b),
    "the second half stays 0: read backwards too": in_both(lambda f, b: concatenated(f, 0 * b)),
    f"no state is carried: {NO_STATE}": in_both(
        forward=partial(forwards, carry=False), backward=partial(backwards, carry=False)
    ),
    f"no state is carried backwards: {NO_STATE}": in_both(backward=partial(backwards, carry=False)),
    "the backward state at t has read down to t + 1 only: it has read word t too": in_both(
        lambda f, b: concatenated(f, np.concatenate([b[:, 1:], 0 * b[:, :1]], 1))
    ),
    "both halves read forwards": in_both(backward=forwards),
    "both halves read backwards": in_both(forward=backwards),
    "both directions use fwd: the second one has a step of its own, bwd": lambda f, b, *rest: both_ways(f, f, *rest),
    "both directions use bwd: the first one has a step of its own, fwd": lambda f, b, *rest: both_ways(b, b, *rest),
    "the two steps are swapped: fwd reads forwards": lambda f, b, *rest: both_ways(b, f, *rest),
    "the backward pass starts from the last forward state: both start from zeros": on_from_forward,
    "only the last states come back: a pair of states is needed at every position": last_only,
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
    def tries(D, H, xs, lengths, **how):
        t.tries(random_step(t, "fwd", D, H), random_step(t, "bwd", D, H), xs, lengths, H, **how)

    fwd, bwd = served_step("fwd", 1, 1, lambda x, h: h + x), served_step("bwd", 1, 1, lambda x, h: h + 10 * x)
    t.shows(fwd, bwd, np.array([[[1], [2], [4]]] * 2, "float32"), np.array([3, 2]), 1)
    for B, T, D, H in t.sizes("B T D H"):
        tries(D, H, t.normal(B, T, D), np.full(B, T), what="without padding")
        tries(D, H, t.normal(B, T, D, scale=2), t.integers(T + 1, B, low=1))
    with t.case("B=2, T=5, D=3, H=2: the same length, shorter than T"):
        tries(3, 2, t.normal(2, 5, 3), np.array([3, 3]))
    with t.case("B=3, T=5, D=2, H=4: large numbers in the padding"):
        lengths = np.array([2, 5, 1])
        tries(2, 4, np.where(words(lengths, 5)[..., None], t.normal(3, 5, 2), 1e4).astype("f4"), lengths)


def served_step(name, D, H, f):
    """A step `name(x, h) -> h`, which refuses arguments of other shapes."""

    def step(x, h):
        x, h = np.asarray(x), np.asarray(h)
        for a, width, what, letter in ((x, D, "x", "D"), (h, H, "h", "H")):
            if a.ndim != 2 or a.shape[1] != width or a.dtype.kind not in "fiub":
                raise Failed(
                    f"{name}(x, h) was called with {what} of shape {shape_text(a.shape)} instead of (b, {letter})",
                    slip="one step at a time: x is xs[:, t], (b, D), and h is the state so far, (b, H)",
                )
        if len(x) != len(h):
            raise Failed(
                f"{name}(x, h) was called with {len(x)} rows of x and {len(h)} of h",
                slip="the state starts as zeros (b, H), a row for every text",
            )
        return f(x.astype("f8"), h.astype("f8"))

    step.__name__ = name
    return Served(step)


def random_step(t, name, D, H):
    W, U, b = t.normal(D, H), t.normal(H, H, scale=0.5), t.normal(H)
    return served_step(name, D, H, lambda x, h: np.tanh(x @ W + h @ U + b))


# -- sentiment_loss ----------------------------------------------------------------------------------------
def mean_loss(change=lambda logits: logits):
    """The mean cross-entropy of changed logits."""
    return lambda y, logits: cross_entropy(y, change(logits.astype("f8"))).mean()


def log_clipped(p):
    """What Keras's losses make of probabilities, or of what they take for some."""
    return np.log(np.clip(p, 1e-7, 1 - 1e-7))


def keras_categorical(y, logits):
    z = logits.astype("f8")
    return -log_clipped(z / z.sum(-1, keepdims=True))[np.arange(len(y)), y].mean()


def of_labels(y, logits, labels):
    """The mean cross-entropy of labels (B, C), whatever they are."""
    return -(labels * log_softmax(logits)).sum(-1).mean()


def one_hot(y, logits):
    return np.eye(logits.shape[-1])[y]


def sigmoids(y, logits):
    """A loss (B, C), each class by itself."""
    return -np.where(one_hot(y, logits), np.log(sigmoid(logits)), np.log(sigmoid(-logits)))


FROM_LOGITS = "the logits are taken for probabilities: Keras's losses need from_logits=True"
SIGMOIDS = "a sigmoid for each class: take one softmax over the classes"
ONE_HOT = "tf.one_hot(y, predicted.shape[-1])"
LOSS_SLIPS = {
    "y is not one-hot: it runs because there are as many texts as classes, and every text then gets the labels "
    "of the whole batch; use tf.one_hot(y, predicted.shape[-1])": lambda y, logits: of_labels(y, logits, y),
    "y is one-hot along the wrong axis: tf.one_hot(y, C) is (B, C)": lambda y, logits: of_labels(
        y, logits, one_hot(y, logits).T
    ),
    "these are probabilities already: hand over the logits, the function takes the softmax itself": mean_loss(softmax),
    FROM_LOGITS: keras_categorical,
    f"{FROM_LOGITS} (or one of TensorFlow's)": mean_loss(log_clipped),
    "this is the sum: take the mean over the batch": changed(cross_entropy, np.sum),
    "the losses of all texts come back: take their mean": cross_entropy,
    "the mean also runs over the classes": lambda y, logits: cross_entropy(y, logits).mean() / logits.shape[-1],
    SIGMOIDS: lambda y, logits: sigmoids(y, logits).mean(),
    f"{SIGMOIDS} (and the mean over the texts)": lambda y, logits: sigmoids(y, logits).sum(-1).mean(),
    "the softmax runs over the batch: it belongs on the last axis, the classes": lambda y, logits: (
        -log_softmax(logits, 0)[np.arange(len(y)), y].mean()
    ),
    "exp of a large logit overflows: leave softmax and logarithm to TensorFlow, which takes them together": sign(
        lambda got, *_: not_finite(got)
    ),
}


@exercise(
    points=15,
    title="The loss of the slide, repaired",
    takes="y (B), predicted (B, C)",
    returns="the loss ()",
    reference=mean_loss(),
    slips=LOSS_SLIPS | loss_slips(np.mean, axes=("the batch",)),
    crashes={
        "labels_size=[1,": f"y holds class indices, (B,): softmax_cross_entropy_with_logits needs a row for each text, {ONE_HOT}"
    },
    atol=1e-4,
    rtol=1e-4,
)
def sentiment_loss(t):
    def tries(y, logits):
        t.tries(tensor(y, "int64"), tensor(logits))

    with t.case("the worked example", visible=True):
        tries([0, 1], [[2, 0], [2, 0]])
    for B, C in t.sizes("B C"):
        tries(t.integers(C, B), t.normal(B, C, scale=2))
    for B in (2, 3, 5):
        with t.case(f"as many texts as classes, B=C={B}"):
            tries(t.integers(B, B), t.normal(B, B, scale=2))
            tries(t.rng.permutation(B), t.normal(B, B, scale=2))
    with t.case("B=64, C=2"):
        tries(t.integers(2, 64), t.normal(64, 2, scale=2))
    with t.case("logits of ±1000"):
        tries([0, 1, 2, 1], t.normal(4, 3, scale=1000))
        tries([1, 0], [[1000, -1000], [1000, -1000]])


# -- masked_accuracy ---------------------------------------------------------------------------------------
def counted(count):
    """`count(hit, real)`, each (B, T): is the label predicted, is it no padding?"""
    return lambda y, logits, pad: count(logits.argmax(-1) == y, y != pad)


accuracy = counted(lambda hit, real: (hit & real).sum() / real.sum())


def of_each(hit, real):
    return (hit & real).sum(1) / np.maximum(real.sum(1), 1)


def mask_of_predictions(y, logits, pad):
    chosen = logits.argmax(-1)
    return ((chosen == y) & (chosen != pad)).sum() / (chosen != pad).sum()


ACCURACY_SLIPS = {
    "padding is in the divisor: divide by the number of labels that are not pad": counted(
        lambda hit, real: (hit & real).mean()
    ),
    "padding is counted, also as right where it is predicted": counted(lambda hit, real: hit.mean()),
    "padding that is predicted counts as right: count hits at real labels only": counted(
        lambda hit, real: hit.sum() / real.sum()
    ),
    "pad is taken to be 0: use the argument": lambda y, logits, pad: accuracy(y, logits, 0),
    "this is the mean of the texts' accuracies: count over the whole batch": counted(lambda *hr: of_each(*hr).mean()),
    "this is the mean of the accuracies of the texts that are not empty: count over the whole batch": counted(
        lambda hit, real: of_each(hit, real)[real.any(1)].mean()
    ),
    "the mask is taken from the predictions: take it from the labels": mask_of_predictions,
    "the number of hits comes back: divide by the number of real labels": counted(lambda hit, real: (hit & real).sum()),
    "this is the share of errors: count what is right": changed(accuracy, lambda share: 1 - share),
    "this is in per cent: give a fraction": changed(accuracy, lambda share: 100 * share),
    "one number for each text comes back: count over the whole batch": counted(of_each),
    "a text counts as right only if all of it is right: count the single labels": counted(
        lambda hit, real: (hit | ~real).all(1).mean()
    ),
    "the argmax runs over time: it belongs on the last axis": lambda y, logits, pad: accuracy(
        y, np.swapaxes(logits, 1, 2), pad
    ),
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
    def tries(y, logits, pad):
        t.tries(tensor(y, "int64"), tensor(logits), pad)

    with t.case("the worked example", visible=True):
        tries([[1, 0, 3], [2, 3, 3]], np.eye(4)[[[1, 1, 3], [2, 0, 0]]], 3)
    for B, T, V in t.sizes("B T V"):
        for pad in (0, V - 1, V + 4, -1):
            if V > 1 or pad not in (0, V - 1):
                tries(*labels_and_logits(t, B, T, V, pad), pad)
    with t.case("B=1, T=6, V=5: a text of three labels"):
        tries([[1, 4, 0, 2, 2, 2]], t.normal(1, 6, 5) + 4 * np.eye(5)[[[1, 3, 0, 2, 2, 4]]], 2)
    with t.case("B=3, T=6, V=5: a text of padding only"):
        y, logits = labels_and_logits(t, 3, 6, 5, 2)
        y[1] = 2
        y[0, 0] = 4
        tries(y, logits, 2)
    with t.case("without padding"):
        y = t.integers(4, 5, 5)
        tries(y, t.normal(5, 5, 4) + 1.5 * np.eye(4)[y], 9)


def labels_and_logits(t, B, T, V, pad):
    """Labels padded at the end, at least one real, and logits that are right about every other time."""
    real = [i for i in range(V) if i != pad]
    lengths = t.integers(T + 1, B)
    lengths[int(t.integers(B))] = int(t.integers(T + 1, low=1))
    y = np.where(words(lengths, T), t.rng.choice(real, (B, T)), pad)
    chosen = np.where(t.rng.random((B, T)) < 0.5, y, t.rng.integers(0, V, (B, T))).clip(0, V - 1)
    return y, t.normal(B, T, V) + 5 * np.eye(V)[chosen]


# -- deep_birnn --------------------------------------------------------------------------------------------
def logits_shape_slip(came, ids):
    if len(came) == 3 and came[:2] == ids:
        return "there are logits at every word: the upper layer gives its last state only (no return_sequences there)"
    return "the last layer is Dense(C): one logit for each class" if len(came) == 2 and came[0] == ids[0] else ""


NO_ACTIVATION = "the last layer is Dense(C) without an activation: the loss takes the softmax"
KERNELS_SLIPS = (
    "there is no recurrent layer: wrap one in keras.layers.Bidirectional",
    "this is one layer in one direction: two layers, each wrapped in keras.layers.Bidirectional",
    "this is one bidirectional layer, or two that read forwards only: two layers, each wrapped in Bidirectional",
    "one of the two layers reads in one direction only: wrap both in Bidirectional",
)
BOTH_MASKED = (
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
    models = ModelCheck(t, NO_ACTIVATION, of_shape=logits_shape_slip)

    def build(V, E, U, C):
        model = models.build(V, E, U, C)
        t.make("mask_carrier")(model)  # Keras after 3.15 drops an embedding's mask between the layers of a right answer
        return model, lambda ids: models.logits(model, ids, (len(ids), C))

    with t.case("the worked example: deep_birnn(20, 8, 6, 3) on ids (2, 4)", visible=True):
        model, logits = build(20, 8, 6, 3)
        logits(t.integers(20, 2, 4, low=1))
    with t.case("two layers, both in both directions"):
        four_kernels(t, model)
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
        models.unbounded(model, ids, before.shape)
    models.stir(model)
    with t.case("word order matters"):
        before = logits(ids)
        for other in (ids[:, ::-1], ids[:, [0, 2, 1, 3, 5, 4, 6]]):
            t.require(
                np.abs(logits(np.ascontiguousarray(other)) - before).max() > 1e-6,
                "the same words in another order give the same logits",
                slip="this is a bag: read the words with recurrent layers",
            )
    with t.case("every word counts, the unknown word 1 too, in a long text as well"):
        for T in (7, 60):
            every_word_counts(t, logits, t.integers(20, 2, T, low=2))
    with t.case("padding changes nothing"):
        padding_changes_nothing(t, logits, t.integers(20, 6, 7, low=1))
    with t.case("V=50, E=5, U=4, C=2"):
        _, logits = build(50, 5, 4, 2)
        logits(np.array([[49, 1, 48], [30, 49, 2]]))
    for V, E, U, C in t.sizes("V E U C", low=3, high=11):
        V = max(V, 2)
        model, logits = build(V, E, U, C)
        ids = t.integers(V, 4, 5, low=1)
        ids[0, 0] = V - 1
        logits(ids)
        sizes_are_used(t, model, V, E, U)
        models.stir(model)
        padding_changes_nothing(t, logits, ids)


def four_kernels(t, model):
    matrices = [(path.rpartition("/"), value.shape) for path, value in model.weights() if np.ndim(value) == 2]
    named = [layer for (layer, _, name), _ in matrices if "recurrent" in name]
    # cells of the student's own call it otherwise: there, any matrix with as many rows as units
    named += [layer for (layer, _, _), (n, m) in matrices if layer not in named and n == 6 and m % 6 == 0]
    t.require(
        len(named) >= 4,
        f"the model has {len(named)} recurrent kernels instead of 4 (two layers, two directions)",
        slip=KERNELS_SLIPS[min(len(named), 3)],
    )


def every_word_counts(t, logits, ids):
    before, T = logits(ids), ids.shape[1]
    for place, name in ((0, "first"), (T - 1, "last")):
        other = ids.copy()
        other[:, place] = 1
        after = logits(other)
        t.require(
            np.abs(after - before).max() > 1e-7,
            f"the {name} of {T} words can change and the logits stay as they are",
            slip="read all words: only id 0 is padding, and T is not limited",
        )
    other[:, -1] = 0  # where the word 1 was
    moved = np.abs(logits(other) - after).max()
    t.require(moved > 1e-7, "the unknown word, id 1, is taken for padding", slip="only id 0 is padding")


def padding_changes_nothing(t, logits, ids):
    lengths = t.integers(ids.shape[1] + 1, len(ids), low=1)
    lengths[0] = ids.shape[1]
    ids = np.where(words(lengths, ids.shape[1]), ids, 0)
    before = logits(ids)
    moved = np.abs(logits(np.pad(ids, [(0, 0), (0, 20)])) - before).max()
    t.require(
        moved <= 1e-4,
        "20 zeros appended to the ids change the logits",
        slip=BOTH_MASKED,
        expected="the same logits",
        got=f"logits that differ by up to {moved:.3g}",
    )
    for row in (0, 1):
        short = logits(ids[row : row + 1, : lengths[row]])
        alike = np.abs(short - before[row]).max() <= 1e-4
        t.require(alike, "a text gives other logits with padding than without", slip=BOTH_MASKED)


def sizes_are_used(t, model, V, E, U):
    shapes = [np.shape(value) for _, value in model.weights() if np.ndim(value) == 2]
    t.require(
        any(n >= V and m == E for n, m in shapes),
        f"with V={V} and E={E} no weight has the shape (V, E)",
        slip="the embedding is Embedding(V, E): use the arguments, in their order",
    )
    t.require(
        any(n == U for n, _ in shapes),
        f"with U={U} no weight has U rows",
        slip="each recurrent layer has U units: use the argument",
    )


# -- contrast_report ---------------------------------------------------------------------------------------
def report(two):
    """A pair of numbers for each model: `two(r, s, q)` of hits r (N,) and s (P, 2), and the pairs' labels q (P, 2)."""

    def of(models, real, pairs):
        q = np.array([(p, q) for _, p, _, q in pairs])
        sides = [text for a, _, b, _ in pairs for text in (a, b)]
        hits = {n: (f(list(real[0])) == np.array(real[1]), f(sides).reshape(-1, 2) == q) for n, f in models.items()}
        return {name: np.array(two(r, s, q)) for name, (r, s) in hits.items()}

    return of


def says(s, q):
    """The labels that a model gives to the pairs, by its hits."""
    return np.where(s, q, 1 - q)


def joined(r, s, q):
    return ((r.sum() + s.sum()) / (r.size + s.size),) * 2


def none_is_a_pair(got, *_):
    shapes = [np.shape(as_numbers(value)) for value in got.values()]
    return all(shape != (2,) for shape in shapes)


REPORT_SLIPS = {
    "keep the names: {name: (real, pairs)}": sign(lambda got, *_: isinstance(got, list | tuple)),
    "for each name a pair (accuracy on real, accuracy on pairs)": sign(none_is_a_pair),
    "a pair counts only if both of its sentences are right: count the 2·P single sentences": report(
        lambda r, s, q: (r.mean(), s.all(1).mean())
    ),
    "a pair counts if one of its sentences is right: count the 2·P single sentences": report(
        lambda r, s, q: (r.mean(), s.any(1).mean())
    ),
    "only the first sentences of the pairs are counted": report(lambda r, s, q: (r.mean(), s[:, 0].mean())),
    "only the second sentences of the pairs are counted": report(lambda r, s, q: (r.mean(), s[:, 1].mean())),
    "the hits of the pairs are divided by P: there are 2·P sentences": report(lambda r, s, q: (r.mean(), 2 * s.mean())),
    "the two numbers are the wrong way round: (real, pairs)": report(lambda r, s, q: (s.mean(), r.mean())),
    "these are per cent: give fractions": report(lambda r, s, q: (100 * r.mean(), 100 * s.mean())),
    "these are numbers of sentences: give fractions": report(lambda r, s, q: (r.sum(), s.sum())),
    "these are the shares of errors: count what is right": report(lambda r, s, q: (1 - r.mean(), 1 - s.mean())),
    "real sentences and pairs are put together: give two numbers": report(joined),
    "the labels of the pairs are not used: count what is right, not what is positive": report(
        lambda r, s, q: (r.mean(), says(s, q).mean())
    ),
    "the two predictions of a pair are compared with each other: compare each with its label": report(
        lambda r, s, q: (r.mean(), np.ptp(says(s, q), axis=1).mean())
    ),
    "both numbers are those of the real sentences": report(lambda r, s, q: (r.mean(), r.mean())),
    "the second sentence is given the label of the first": report(
        lambda r, s, q: (r.mean(), (says(s, q) == q[:, :1]).mean())
    ),
}


@exercise(
    points=10,
    title="Real sentences and order-contrast pairs",
    takes="models, real, pairs",
    reference=report(lambda r, s, q: (r.mean(), s.mean())),
    slips=REPORT_SLIPS,
    crashes="predict takes a list of texts; real is (texts, labels); a pair is (text_a, label_a, text_b, label_b)",
)
def contrast_report(t):
    def tries(rules, real, pairs):
        t.tries({name: Served(predict_by(rule)) for name, rule in rules.items()}, real, pairs)

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
    with t.case("40 pairs, 300 sentences"):
        tries(*report_inputs(t, 300, 40, 3))
    with t.case("pairs whose first sentence is the negative one"):
        rules, real, pairs = report_inputs(t, 20, 10, 2)
        tries(rules, real, [(b, q, a, p) if p else (a, p, b, q) for a, p, b, q in pairs])


def predict_by(rule):
    """`predict(texts) -> labels` of a model that follows a rule; it refuses anything but a list of texts."""

    def predict(texts):
        if not isinstance(texts, list | tuple) or not all(isinstance(s, str) for s in texts):
            raise Failed(
                f"predict was called with {describe(texts)} instead of a list of texts",
                slip="hand over a list, also for one text: predict([text])",
            )
        return np.array([int(rule(text)) for text in texts], "int64")

    return predict


def report_inputs(t, N, P, M):
    """Sentences of made-up words; a bag that is right in half of the pairs, and rules that look at the order."""
    letters = np.array(list("bdfgklmnprst"))

    def word():
        return "".join(t.rng.choice(letters, 4)) + "aeiou"[int(t.integers(5))]

    lexicon = [word() for _ in range(12)]
    weight = dict(zip(lexicon, t.rng.standard_normal(12), strict=True))
    texts = [" ".join(t.rng.choice(lexicon, int(t.integers(9, low=2)))) for _ in range(N)]
    labels = t.integers(2, N).tolist()
    pairs = []
    for _ in range(P):
        ordered = list(t.rng.choice(lexicon, 4, replace=False))
        label = int(t.integers(2))
        pairs.append((" ".join(ordered), label, " ".join(ordered[::-1]), 1 - label))
    first = {w: int(t.integers(2)) for w in lexicon}
    salt = [int(t.integers(1000)) for _ in range(M)]
    makers = [
        lambda k: lambda s: sum(weight[w] for w in s.split()) + salt[k] / 2000 > 0.25,
        lambda k: lambda s: first[s.split()[0]],
        lambda k: lambda s: (sum(map(ord, s[: 7 + k % 3])) + salt[k]) % 3 == 0,
        lambda k: lambda s: salt[k] % 2,
    ]
    return {f"{word().title()}  {k}": makers[k % 4](k) for k in range(M)}, (texts, labels), pairs
