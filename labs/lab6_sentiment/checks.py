"""Lab 6, sentiment: one function an exercise, which judges an answer.

The references are NumPy and live only here, with the tester. Padding is filled with large numbers wherever the
contract says that it must not matter. Contracts: what an answer gets, what it must return, and the worked
examples, stand in the notebook.
"""

import numpy as np

from seqlab.autograder.judging.compare import as_numbers, describe, shape_text
from seqlab.autograder.judging.trial import Failed
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.values import Served, tensor
from seqlab.exercises import exercise


# -- references --------------------------------------------------------------------------------------------
def padded(seqs, maxlen, pad, *, pre=False, tail=False):
    """ids and mask (N, maxlen); `pre` pads at the front, `tail` keeps the end of a long sequence."""
    ids, mask = np.full((len(seqs), maxlen), pad), np.zeros((len(seqs), maxlen), int)
    for n, s in enumerate(seqs):
        s = s[max(0, len(s) - maxlen) :] if tail else s[:maxlen]
        at = slice(maxlen - len(s), maxlen) if pre else slice(0, len(s))
        ids[n, at], mask[n, at] = s, 1
    return ids, mask


def log_softmax(z):
    z = z.astype("f8") - z.max(-1, keepdims=True)
    return z - np.log(np.exp(z).sum(-1, keepdims=True))


def cross_entropy(y, logits):
    """-log softmax(logits)[y] in nats, for every example."""
    return -log_softmax(logits)[np.arange(len(y)), y]


def run_cell(step, xs):
    """The states (B, T, H) of a step along time, from zeros."""
    h, hs = np.zeros((len(xs), step.size)), []
    for t in range(xs.shape[1]):
        h = step(xs[:, t], h)
        hs.append(h)
    return np.stack(hs, 1)


def both_ways(fwd, bwd, xs, lengths):
    """Forward and backward states (B, T, H) each, aligned, zero after the end."""
    real = np.arange(xs.shape[1]) < lengths[:, None]
    forward, backward = np.zeros((*real.shape, fwd.size)), np.zeros((*real.shape, bwd.size))
    for n, length in enumerate(lengths):
        row = xs[n : n + 1, :length]
        forward[n, :length] = run_cell(fwd, row)[0]
        backward[n, :length] = run_cell(bwd, row[:, ::-1])[0, ::-1]
    return forward, backward


# -- padding and masks -------------------------------------------------------------------------------------
@exercise(points=10, title="Pad a batch", takes="seqs, maxlen, pad")
def pad_batch(t):
    with t.case("the worked example", visible=True):
        _pad_case(t, [[7, 8, 9], [0], []], 2, 0)
    for N, maxlen, longest in t.sizes("N maxlen longest"):
        for pad in (0, 3, int(t.integers(10**6, low=1000)), -1):
            lengths = t.integers(longest + 1, N)
            lengths[int(t.integers(N))] = longest
            _pad_case(t, [t.integers(50, n, low=1).tolist() for n in lengths], maxlen, pad)
    with t.case("shorter than maxlen, all of them"):
        _pad_case(t, [[4, 5], [6]], 6, 1)
    with t.case("exactly maxlen"):
        _pad_case(t, [[4, 5, 6], [7, 8, 9]], 3, 0)
    with t.case("negative and very large tokens"):
        _pad_case(t, [[-1, 5], [2**25 + 1, -7, 2**25 + 3]], 4, 0)
    with t.case("an empty sequence among others"):
        _pad_case(t, [[], [5, 6], []], 3, 2)
    for pad in (0, 9):
        with t.case("a token that equals pad"):
            _pad_case(t, [[pad, 5, pad], [pad], [5, pad]], 4, pad)
            _pad_case(t, [[5, pad, pad, 6, 7], [pad, pad]], 3, pad)


def _pad_case(t, seqs, maxlen, pad):
    ids, mask = padded(seqs, maxlen, pad)
    by_id = "the mask is taken from the ids, so that a token that equals pad is lost: take it from the lengths"
    front = "the padding stands in front: it belongs at the end"
    tail = "of a long sequence the first maxlen tokens are kept, not the last"
    widest = max(max(map(len, seqs)), 1)

    def variant(**how):
        return padded(seqs, maxlen, pad, **how)

    slips = {by_id: (ids, ids != pad)}
    for words, how in (
        (f"{front}, and {tail} (these are Keras's defaults)", {"pre": True, "tail": True}),
        (front, {"pre": True}),
        (tail, {"tail": True}),
    ):
        wrong, its_mask = variant(**how)
        slips |= {words: (wrong, its_mask), f"{words}. And {by_id}": (wrong, wrong != pad)}
        slips[f"{words}. The mask is right"] = (wrong, mask)
    slips |= {
        "the mask is the wrong way round: 1 is a token, 0 is padding": (ids, 1 - mask),
        "the mask is all ones: padding is 0": (ids, np.ones_like(mask)),
        "the padding is 0 whatever pad is: use the argument": (np.where(mask, ids, 0), mask),
        "the padding is 0 whatever pad is, and the mask is taken from the ids": (
            np.where(mask, ids, 0),
            np.where(mask, ids, 0) != 0,
        ),
        "the width is that of the longest sequence: it is maxlen": padded(seqs, widest, pad),
        "the width is that of the longest sequence that is left: it is maxlen": padded(seqs, min(widest, maxlen), pad),
        "the mask comes back alone: return (ids, mask)": mask,
        "the lengths come back instead of the mask": (ids, mask.sum(1)),
        "the mask is of the lengths of the sequences and its rows are sorted otherwise": (ids, mask[::-1]),
    }
    got = t.expect(
        seqs,
        maxlen,
        pad,
        expect=(ids, mask),
        names=("ids", "mask"),
        slips=slips,
        crash="a sequence may be empty, longer or shorter than maxlen: every row has maxlen places",
    )
    kind = getattr(as_numbers(got[0]), "dtype", np.dtype(float)).kind
    t.require(
        kind in "iu",
        "the ids should be of an integer type but are floats",
        slip="an embedding looks ids up: np.full(shape, pad) gives integers, np.zeros floats",
    )


@exercise(points=10, title="The mean of the words", takes="x, mask")
def masked_mean(t):
    with t.case("the worked example", visible=True):
        lengths = np.array([2, 3, 0])  # their mean, their largest and T differ: each slip has a result of its own
        x = np.array([[1, 3, 99, 99], [5, 6, 7, 99], [5, 6, 7, 8]])[..., None]
        _mean_case(t, x, np.arange(4) < lengths[:, None])
    for B, T, D in t.sizes("B T D"):
        lengths = t.integers(T + 1, B, low=1)
        _mean_case(t, t.normal(B, T, D), np.arange(T) < lengths[:, None])
    with t.case("B=3, T=5, D=2: one text without tokens, one without padding"):
        _mean_case(t, t.normal(3, 5, 2), np.arange(5) < np.array([2, 0, 5])[:, None])
    with t.case("B=1, T=5: a text of two tokens"):
        _mean_case(t, t.normal(1, 5, 3), np.arange(5) < np.array([[2]]))
    with t.case("a batch of texts without tokens"):
        _mean_case(t, t.normal(2, 4, 3), np.zeros((2, 4), bool))
    with t.case("padding of ±1e6"):
        mask = np.arange(7) < np.array([3, 7, 1, 0])[:, None]
        _mean_case(t, np.where(mask[..., None], t.normal(4, 7, 3), 1e6 * np.sign(t.normal(4, 7, 3))), mask)
    with t.case("a word whose vector is zero"):
        x = t.normal(2, 4, 3)
        x[:, 1] = 0
        _mean_case(t, x, np.arange(4) < np.array([3, 2])[:, None])


def _mean_case(t, x, mask):
    mask = np.asarray(mask, "f8")
    total, count = (x * mask[..., None]).sum(1), mask.sum(1)[:, None]
    args, atol = (tensor(x), tensor(mask)), 1e-4
    empty = count[:, 0] == 0
    got = as_numbers(t.call(*args))
    if got is not None and got.shape == total.shape and empty.any():
        t.require(
            np.all(np.isfinite(got[empty])),
            "a text without tokens gives inf or nan",
            expected=np.zeros(x.shape[2]),
            got="inf or nan",
            slip="0 / 0: divide by at least 1, tf.maximum(count, 1)",
        )
    one = np.maximum(count, 1)
    with np.errstate(all="ignore"):
        slips = {
            "this is the sum: divide by the number of tokens": total,
            "padding is counted: divide each text by its own number of tokens, not by T": total / x.shape[1],
            "there is one divisor for all texts: divide each by its own number of tokens": total / count.mean(),
            "there is one divisor for all texts, that of the longest": total / count.max(),
            "there is one divisor for all texts, the words of the whole batch: divide each by its own": total
            / count.sum(),
            "the mask is ignored: padding takes part in the mean": x.mean(1),
            "padding takes part in the sum: multiply by the mask first": x.sum(1) / one,
            "this is the maximum: take the mean": np.where(mask[..., None] > 0, x, -np.inf).max(1),
            "the mean runs over the vector too: keep the last axis": (total / one).mean(-1),
            "words whose vector is zero are taken for padding: the mask says what is padding": total
            / np.maximum((np.abs(x * mask[..., None]).sum(-1) > 0).sum(1)[:, None], 1),
            "the divisor is one too large: a text of n tokens is divided by n": total / (count + 1),
            "an axis of length 1 is left: (B, D)": (total / one)[:, None],
        }
    t.expect(
        *args,
        expect=total / one,
        slips=slips,
        atol=atol,
        crash="mask is (B, T) and x is (B, T, D): give the mask a third axis, mask[:, :, None]",
    )


@exercise(points=10, title="The state after the last word", takes="hs, lengths")
def last_state(t):
    with t.case("the worked example", visible=True):
        _last_case(t, np.array([[1, 2, 3, 4], [5, 6, 7, 8]])[..., None], np.array([2, 3]))
    for B, T, H in t.sizes("B T H"):
        _last_case(t, t.normal(B, T, H), t.integers(T + 1, B, low=1))
    with t.case("B=4, T=6, H=3: all lengths, large numbers in the padding"):
        lengths = np.array([1, 6, 3, 4])
        real = np.arange(6) < lengths[:, None]
        _last_case(t, np.where(real[..., None], t.normal(4, 6, 3), 1e6), lengths)
    with t.case("B=1, T=5: a text of two tokens"):
        _last_case(t, t.normal(1, 5, 3), np.array([2]))
    with t.case("B=T=H=4"):
        _last_case(t, t.normal(4, 4, 4), np.array([3, 1, 4, 2]))


def _last_case(t, hs, lengths):
    rows, T = np.arange(len(hs)), hs.shape[1]
    real = (np.arange(T) < lengths[:, None])[..., None]
    t.expect(
        tensor(hs),
        tensor(lengths, "int64"),
        expect=hs[rows, lengths - 1],
        slips={
            "the last column is taken, which is padding in a short text: row b ends at lengths[b] - 1": hs[:, -1],
            "the length of the first text is used for all: each has its own": hs[:, lengths[0] - 1],
            "the longest length is used for all: each text has its own": hs[:, lengths.max() - 1],
            "one too far: the last word stands at lengths - 1": lambda: hs[rows, np.minimum(lengths, T - 1)],
            "one too far: the last word stands at lengths - 1 (and beyond the end this wraps round)": lambda: hs[
                rows, lengths % T
            ],
            "one too early: the last word stands at lengths - 1": hs[rows, lengths - 2],
            "this is the mean over the words: take the last state": (hs * real).sum(1) / lengths[:, None],
            "this is the sum over the words: take the last state": (hs * real).sum(1),
            "this is the maximum over the words: take the last state": np.where(real, hs, -np.inf).max(1),
            "the first state is taken: the last has read the whole text": hs[:, 0],
            "the states of all pairs of texts come back: pick lengths[b] in row b only": hs[:, lengths - 1],
            "an axis of length 1 is left: (B, H)": hs[rows, lengths - 1][:, None],
            "the states are counted from the end": hs[rows, T - lengths],
        },
        crash="row b is hs[b, lengths[b] - 1], one state from each row; lengths is a tensor of int64",
    )


# -- both directions ---------------------------------------------------------------------------------------
class Step:
    """A recurrent step `step(x, h) -> h`; it refuses arguments of other shapes."""

    def __init__(self, name, D, size, f):
        self.name, self.D, self.size, self.f = name, D, size, f

    def __call__(self, x, h):
        x, h = (np.asarray(a) for a in (x, h))
        for a, width, what in ((x, self.D, "x"), (h, self.size, "h")):
            if a.ndim != 2 or a.shape[1] != width or a.dtype.kind not in "fiub":
                letter = "D" if what == "x" else "H"
                raise Failed(
                    f"{self.name}(x, h) was called with {what} of shape {shape_text(a.shape)} instead of (b, {letter})",
                    slip="one step at a time: x is xs[:, t], (b, D), and h is the state so far, (b, H)",
                )
        if len(x) != len(h):
            raise Failed(
                f"{self.name}(x, h) was called with {len(x)} rows of x and {len(h)} of h",
                slip="the state starts as zeros (b, H), a row for every text",
            )
        return self.f(x.astype("f8"), h.astype("f8"))


def _random_step(t, name, D, H):
    W, U, b = t.normal(D, H), t.normal(H, H, scale=0.5), t.normal(H)
    return Step(name, D, H, lambda x, h: np.tanh(x @ W + h @ U + b))


@exercise(points=20, title="Read in both directions", takes="fwd, bwd, xs, lengths, H", deadline=40)
def bi_rnn(t):
    with t.case("the worked example", visible=True):
        steps = Step("fwd", 1, 1, lambda x, h: h + x), Step("bwd", 1, 1, lambda x, h: h + 10 * x)
        xs = np.array([[[1], [2], [4]]] * 2, "float32")
        _bi_case(t, *steps, xs, np.array([3, 2]))
    for B, T, D, H in t.sizes("B T D H"):
        steps = _random_step(t, "fwd", D, H), _random_step(t, "bwd", D, H)
        _bi_case(t, *steps, t.normal(B, T, D), np.full(B, T), "without padding: ")
        _bi_case(t, *steps, t.normal(B, T, D, scale=2), t.integers(T + 1, B, low=1))
    with t.case("B=2, T=5, D=3, H=2: the same length, shorter than T"):
        _bi_case(t, _random_step(t, "fwd", 3, 2), _random_step(t, "bwd", 3, 2), t.normal(2, 5, 3), np.array([3, 3]))
    with t.case("B=3, T=5, D=2, H=4: large numbers in the padding"):
        steps = _random_step(t, "fwd", 2, 4), _random_step(t, "bwd", 2, 4)
        lengths = np.array([2, 5, 1])
        real = np.arange(5) < lengths[:, None]
        _bi_case(t, *steps, np.where(real[..., None], t.normal(3, 5, 2), 1e4).astype("f4"), lengths)


def _bi_case(t, fwd, bwd, xs, lengths, where=""):
    forward, backward = both_ways(fwd, bwd, xs, lengths)
    right = np.concatenate([forward, backward], -1)
    T = xs.shape[1]
    real = (np.arange(T) < lengths[:, None])[..., None]

    def halves(f, b):
        return np.concatenate([f, b], -1)

    def from_padding():
        return run_cell(bwd, xs[:, ::-1])[:, ::-1]

    def backward_unaligned():
        """The backward states in the order in which they were computed."""
        rows = np.zeros_like(backward)
        for n, length in enumerate(lengths):
            rows[n, :length] = backward[n, :length][::-1]
        return rows

    def same_cell(step):
        return halves(*both_ways(step, step, xs, lengths))

    slips = {
        "the backward states are not turned back: position t needs the state that has read from the end down to t": lambda: (
            halves(forward, backward_unaligned())
        ),
        "the backward states are not turned back, and they begin in the padding": lambda: halves(
            forward, run_cell(bwd, xs[:, ::-1]) * real
        ),
        "the backward pass begins in the padding: each text begins at its own last word": lambda: halves(
            forward, from_padding() * real
        ),
        "the backward pass begins in the padding, and the padding is not set to 0": lambda: halves(
            run_cell(fwd, xs), from_padding()
        ),
        "positions after the end are 0 in both halves": lambda: halves(run_cell(fwd, xs), backward),
        "the states in the padding are 0, not the last state again": lambda: halves(_held(forward, lengths), backward),
        "the two states are added: concatenate them on the last axis": forward + backward,
        "the two states are averaged: concatenate them on the last axis": (forward + backward) / 2,
        "the two states are multiplied: concatenate them on the last axis": forward * backward,
        "the two halves are joined along time: concatenate on the last axis": lambda: np.concatenate(
            [forward, backward], 1
        ),
        "the two halves are joined along the batch: concatenate on the last axis": lambda: np.concatenate(
            [forward, backward], 0
        ),
        "the halves are the wrong way round: forward first": halves(backward, forward),
        "only the forward half is there: read backwards too, and concatenate": forward,
        "only the backward half is there: read forwards too, and concatenate": backward,
        "the second half stays 0: read backwards too": lambda: halves(forward, np.zeros_like(backward)),
        "no state is carried: hand the new state on to the next step": lambda: halves(
            *(_uncarried(step, xs, lengths) for step in (fwd, bwd))
        ),
        "no state is carried backwards: hand the new state on to the next step": lambda: halves(
            forward, _uncarried(bwd, xs, lengths)
        ),
        "the backward state at t has read down to t + 1 only: it has read word t too": lambda: halves(
            forward, np.concatenate([backward[:, 1:], np.zeros_like(backward[:, :1])], 1)
        ),
        "both halves read forwards": lambda: halves(forward, both_ways(bwd, bwd, xs, lengths)[0]),
        "both halves read backwards": lambda: halves(both_ways(fwd, fwd, xs, lengths)[1], backward),
        "both directions use fwd: the second one has a step of its own, bwd": lambda: same_cell(fwd),
        "both directions use bwd: the first one has a step of its own, fwd": lambda: same_cell(bwd),
        "the two steps are swapped: fwd reads forwards": lambda: halves(*both_ways(bwd, fwd, xs, lengths)),
        "the backward pass starts from the last forward state: both start from zeros": lambda: halves(
            forward, _started(bwd, xs, lengths, forward)
        ),
        "only the last states come back: a pair of states is needed at every position": lambda: np.concatenate(
            [forward[np.arange(len(xs)), lengths - 1], backward[:, 0]], -1
        ),
        "the halves are interleaved: forward first, then backward": lambda: np.stack([forward, backward], -1).reshape(
            right.shape
        ),
        "the result is time-major: put the batch first": lambda: np.swapaxes(right, 0, 1),
    }
    t.expect(
        Served(fwd),
        Served(bwd),
        xs,
        lengths,
        fwd.size,
        expect=right,
        slips=slips,
        names=(f"{where}the result",),
        crash="both steps are called as step(x, h) with x (b, D) and h (b, H), and give the new state only",
    )


def _uncarried(step, xs, lengths):
    """Each word read from a zero state; zero after the end."""
    states = np.stack([step(xs[:, s], np.zeros((len(xs), step.size))) for s in range(xs.shape[1])], 1)
    return states * (np.arange(xs.shape[1]) < lengths[:, None])[..., None]


def _held(forward, lengths):
    out = forward.copy()
    for n, length in enumerate(lengths):
        out[n, length:] = forward[n, length - 1]
    return out


def _started(bwd, xs, lengths, forward):
    out = np.zeros((*xs.shape[:2], bwd.size))
    for n, length in enumerate(lengths):
        h = forward[n : n + 1, length - 1]
        for s in range(length - 1, -1, -1):
            h = bwd(xs[n : n + 1, s], h)
            out[n, s] = h[0]
    return out


# -- loss and accuracy -------------------------------------------------------------------------------------
@exercise(points=15, title="The loss of the slide, repaired", takes="y, predicted")
def sentiment_loss(t):
    with t.case("the worked example", visible=True):
        _loss_case(t, np.array([0, 1]), np.array([[2, 0], [2, 0]], "f4"))
    for B, C in t.sizes("B C"):
        _loss_case(t, t.integers(C, B), t.normal(B, C, scale=2))
    for B in (2, 3, 5):
        with t.case(f"as many texts as classes, B=C={B}"):
            _loss_case(t, t.integers(B, B), t.normal(B, B, scale=2))
            _loss_case(t, t.rng.permutation(B), t.normal(B, B, scale=2))
    with t.case("B=64, C=2"):
        _loss_case(t, t.integers(2, 64), t.normal(64, 2, scale=2))
    with t.case("logits of ±1000"):
        _loss_case(t, np.array([0, 1, 2, 1]), t.normal(4, 3, scale=1000))
        _loss_case(t, np.array([1, 0]), np.array([[1000, -1000], [1000, -1000]], "f4"))


def _loss_case(t, y, logits):
    (B, C), nats = logits.shape, cross_entropy(y, logits)
    hot, p = np.eye(C)[y], np.exp(log_softmax(logits))
    z = logits.astype("f8")
    args = tensor(y, "int64"), tensor(logits)
    got = as_numbers(t.call(*args))
    if got is not None and got.shape == () and not np.isfinite(got):
        raise Failed(
            "the loss is not finite: inf or nan",
            expected=f"{nats.mean():.6g}",
            got="inf or nan",
            slip="exp of a large logit overflows: leave softmax and logarithm to TensorFlow, which takes them together",
        )

    def as_keras_probabilities():
        with np.errstate(all="ignore"):
            q = np.clip(z / z.sum(-1, keepdims=True), 1e-7, 1 - 1e-7)
        return -np.log(q[np.arange(B), y])

    def binary():
        return (np.maximum(z, 0) - z * hot + np.log1p(np.exp(-np.abs(z)))).mean(-1)

    slips = {
        "y is not one-hot: it runs because there are as many texts as classes, and every text then gets the labels "
        "of the whole batch; use tf.one_hot(y, predicted.shape[-1])": lambda: (
            -(np.broadcast_to(y, (B, C)) * log_softmax(logits)).sum(-1).mean()
        ),
        "y is one-hot along the wrong axis: tf.one_hot(y, C) is (B, C)": lambda: (
            -(hot.T * log_softmax(logits)).sum(-1).mean()
        ),
        "these are probabilities already: hand over the logits, the function takes the softmax itself": lambda: (
            cross_entropy(y, p).mean()
        ),
        "the logits are taken for probabilities: Keras's losses need from_logits=True": lambda: (
            as_keras_probabilities().mean()
        ),
        "the arguments are swapped: labels come first, then logits": lambda: -(z * log_softmax(hot)).sum(-1).mean(),
        "this is the sum: take the mean over the batch": nats.sum(),
        "the losses of all texts come back: take their mean": nats,
        "the mean also runs over the classes": nats.mean() / C,
        "these are bits: use the natural logarithm": nats.mean() / np.log(2),
        "the sign is wrong: the loss is minus the log-probability": -nats.mean(),
        "a sigmoid for each class: take one softmax over the classes": lambda: binary().mean(),
        "a sigmoid for each class: take one softmax over the classes (and the mean over the texts)": lambda: (
            binary().mean() * C
        ),
        "the softmax runs over the batch: it belongs on the last axis, the classes": lambda: (
            -(hot * log_softmax(logits.T).T).sum(-1).mean()
        ),
        "the logarithm is missing: the loss is -log p": -p[np.arange(B), y].mean(),
    }
    t.expect(
        *args,
        expect=nats.mean(),
        slips=slips,
        names=("the loss",),
        atol=1e-4,
        rtol=1e-4,
        crash="y holds class indices, (B,): softmax_cross_entropy_with_logits needs a row for each text, "
        "tf.one_hot(y, predicted.shape[-1])",
    )


@exercise(points=10, title="Accuracy without the padding", takes="y, logits, pad")
def masked_accuracy(t):
    with t.case("the worked example", visible=True):
        y, chosen = np.array([[1, 0, 3], [2, 3, 3]]), np.array([[1, 1, 3], [2, 0, 0]])
        _accuracy_case(t, y, np.eye(4)[chosen], 3)
    for B, T, V in t.sizes("B T V"):
        for pad in (0, V - 1, V + 4, -1):
            if V > 1 or pad not in (0, V - 1):
                _accuracy_case(t, *_labels(t, B, T, V, pad), pad)
    with t.case("B=1, T=6, V=5: a text of three labels"):
        _accuracy_case(t, np.array([[1, 4, 0, 2, 2, 2]]), t.normal(1, 6, 5) + 4 * np.eye(5)[[[1, 3, 0, 2, 2, 4]]], 2)
    with t.case("B=3, T=6, V=5: a text of padding only"):
        y, logits = _labels(t, 3, 6, 5, 2)
        y[1] = 2
        y[0, 0] = 4
        _accuracy_case(t, y, logits, 2)
    with t.case("without padding"):
        y = t.integers(4, 5, 5)
        _accuracy_case(t, y, t.normal(5, 5, 4) + 1.5 * np.eye(4)[y], 9)


def _labels(t, B, T, V, pad):
    """Labels padded at the end, at least one real, and logits that are right about every other time."""
    real = [i for i in range(V) if i != pad]
    lengths = t.integers(T + 1, B)
    lengths[int(t.integers(B))] = int(t.integers(T + 1, low=1))
    y = np.where(np.arange(T) < lengths[:, None], t.rng.choice(real, (B, T)), pad)
    chosen = np.where(t.rng.random((B, T)) < 0.5, y, t.rng.integers(0, V, (B, T))).clip(0, V - 1)
    return y, t.normal(B, T, V) + 5 * np.eye(V)[chosen]


def _accuracy_case(t, y, logits, pad):
    logits = np.asarray(logits, "f4")
    chosen, real = logits.argmax(-1), y != pad
    hit = (chosen == y) & real
    each = hit.sum(1) / np.maximum(real.sum(1), 1)
    with np.errstate(all="ignore"):
        slips = {
            "padding is in the divisor: divide by the number of labels that are not pad": hit.mean(),
            "padding is counted, also as right where it is predicted": (chosen == y).mean(),
            "padding that is predicted counts as right: count hits at real labels only": (chosen == y).sum()
            / real.sum(),
            "pad is taken to be 0: use the argument": ((chosen == y) & (y != 0)).sum() / (y != 0).sum(),
            "this is the mean of the texts' accuracies: count over the whole batch": each.mean(),
            "this is the mean of the accuracies of the texts that are not empty: count over the whole batch": each[
                real.any(1)
            ].mean(),
            "the mask is taken from the predictions: take it from the labels": ((chosen == y) & (chosen != pad)).sum()
            / (chosen != pad).sum(),
            "the number of hits comes back: divide by the number of real labels": hit.sum(),
            "this is the share of errors: count what is right": 1 - hit.sum() / real.sum(),
            "this is in per cent: give a fraction": 100 * hit.sum() / real.sum(),
            "one number for each text comes back: count over the whole batch": each,
            "a text counts as right only if all of it is right: count the single labels": (hit | ~real).all(1).mean(),
        }
    t.expect(
        tensor(y, "int64"),
        tensor(logits),
        pad,
        expect=hit.sum() / real.sum(),
        slips=slips,
        names=("the accuracy",),
        crash="y is (B, T), the argmax of the logits over the last axis too",
    )


# -- the deep model ----------------------------------------------------------------------------------------
@exercise(points=15, title="A deep bidirectional network", takes="V, E, U, C", deadline=90)
def deep_birnn(t):
    with t.case("the worked example: deep_birnn(20, 8, 6, 3) on ids (2, 4)", visible=True):
        model = _birnn(t, 20, 8, 6, 3)
        _class_logits(t, model, t.integers(20, 2, 4, low=1), 3)
    with t.case("two layers, both in both directions"):
        _recurrent_kernels(t, model)
    with t.case("the same model, other B and T"):
        for B, T in ((1, 1), (5, 2), (3, 9), (4, 4)):
            _class_logits(t, model, t.integers(20, B, T, low=1), 3)
    _stir(t, model)
    ids = t.integers(20, 6, 7, low=1)
    before = _class_logits(t, model, ids, 3)
    with t.case("no dropout and no state in a prediction"):
        t.require(
            _near(before, _class_logits(t, model, ids, 3)),
            "the same ids give other logits at a second call",
            slip="dropout only in training (a Dropout layer does it right), and no stateful=True",
        )
        alone = _class_logits(t, model, ids[1:2], 3)
        t.require(
            _near(before[1:2], alone),
            "a row alone gives other logits than in its batch",
            slip="the rows of a batch are different texts: axis 0 is the batch, axis 1 is time",
        )
    with t.case("logits, not probabilities"):
        slip = "the last layer is Dense(C) without an activation: the loss takes the softmax"
        t.require(
            not np.allclose(before.sum(-1), 1, atol=1e-4), "the outputs sum to 1: a softmax has been taken", slip=slip
        )
        _unbounded(t, model, ids, slip)
    _stir(t, model)
    with t.case("word order matters"):
        before = _class_logits(t, model, ids, 3)
        for other in (ids[:, ::-1], ids[:, [0, 2, 1, 3, 5, 4, 6]]):
            moved = np.abs(_class_logits(t, model, np.ascontiguousarray(other), 3) - before).max()
            t.require(
                moved > 1e-6,
                "the same words in another order give the same logits",
                slip="this is a bag: read the words with recurrent layers",
            )
    with t.case("every word counts, the unknown word 1 too, in a long text as well"):
        for T in (7, 60):
            ids = t.integers(20, 2, T, low=2)
            before = _class_logits(t, model, ids, 3)
            for place in (0, T - 1):
                other = ids.copy()
                other[:, place] = 1
                moved = np.abs(_class_logits(t, model, other, 3) - before).max()
                t.require(
                    moved > 1e-7,
                    f"the {'last' if place else 'first'} of {T} words can change and the logits stay as they are",
                    slip="read all words: only id 0 is padding, and T is not limited",
                )
            shorter = np.where(np.arange(T) == T - 1, 0, other)  # `other` ends with the word 1
            moved = np.abs(_class_logits(t, model, shorter, 3) - _class_logits(t, model, other, 3)).max()
            t.require(moved > 1e-7, "the unknown word, id 1, is taken for padding", slip="only id 0 is padding")
    with t.case("padding changes nothing"):
        _padding(t, model, t.integers(20, 6, 7, low=1))
    with t.case("V=50, E=5, U=4, C=2"):
        _class_logits(t, _birnn(t, 50, 5, 4, 2), np.array([[49, 1, 48], [30, 49, 2]]), 2)
    for V, E, U, C in t.sizes("V E U C", low=3, high=11):
        small = _birnn(t, max(V, 2), E, U, C)
        shown = t.integers(max(V, 2), 4, 5, low=1)
        shown[0, 0] = max(V, 2) - 1
        _class_logits(t, small, shown, C)
        _sizes_used(t, small, max(V, 2), E, U)
        _stir(t, small)
        _padding(t, small, shown, C)


def _birnn(t, *sizes):
    try:
        model = t.construct(*sizes)
    except AnswerError as error:
        if error.type == "NotImplementedError":
            raise
        raise t.raised(error, _model_crash(error)) from None
    model = t.keras_model(model)
    t.make("mask_carrier")(model)  # Keras after 3.15 drops an embedding's mask between the layers of a right answer
    return model


def _class_logits(t, model, ids, C):
    try:
        got = model(tensor(ids, "int64"))
    except AnswerError as error:
        raise t.raised(error, _model_crash(error)) from None
    t.require(
        not isinstance(got, tuple | list),
        f"the model should give one tensor but gives {describe(got)}",
        slip="leave out return_state=True",
    )
    array = as_numbers(got)
    t.require(array is not None, f"the model should give logits but gives {describe(got)}")
    if array.shape != (len(ids), C):
        slip = ""
        if array.shape == (*ids.shape, C):
            slip = (
                "there are logits at every word: the upper layer gives its last state only (no return_sequences there)"
            )
        elif array.shape[0] == len(ids) and array.ndim == 2:
            slip = "the last layer is Dense(C): one logit for each class"
        raise Failed(
            f"ids {shape_text(ids.shape)} give logits of shape {shape_text(array.shape)} instead of "
            f"{shape_text((len(ids), C))}",
            slip=slip,
        )
    t.require(np.all(np.isfinite(array)), "the logits are not finite")
    return array.astype("f8")


def _model_crash(error):
    text = error.message
    if "ndim" in text or "expected shape=(None, None" in text or "Expected 3D" in text or "rank 3" in text:
        return (
            "the lower layer gives only its last state: it needs return_sequences=True, so that the upper one has "
            "a sequence to read"
        )
    if ("out of" in text and ("bound" in text or "range" in text)) or "is not in [0" in text:
        return "ids run from 0 to V-1: Embedding(V, E)"
    if "right-padded" in text or "cuDNN" in text:
        return "leave use_cudnn as it is"
    if "stateful" in text or "batch_shape" in text or "batch_input_shape" in text:
        return "B and T change from call to call: fix neither, and keep no state"
    if "shape" in text:
        return "B and T change from call to call: keras.Input((None,)), and return_sequences=True in the lower layer"
    return ""


def _recurrent_kernels(t, model):
    matrices = [(path.rpartition("/"), value.shape) for path, value in model.weights() if np.ndim(value) == 2]
    named = [layer for (layer, _, name), _ in matrices if "recurrent" in name]
    # cells of the student's own call it otherwise: there, any matrix with as many rows as units
    named += [layer for (layer, _, _), (n, m) in matrices if layer not in named and n == 6 and m % 6 == 0]
    slip = {
        0: "there is no recurrent layer: wrap one in keras.layers.Bidirectional",
        1: "this is one layer in one direction: two layers, each wrapped in keras.layers.Bidirectional",
        2: "this is one bidirectional layer, or two that read forwards only: two layers, each wrapped in Bidirectional",
        3: "one of the two layers reads in one direction only: wrap both in Bidirectional",
    }.get(len(named), "")
    t.require(
        len(named) >= 4,
        f"the model has {len(named)} recurrent kernels instead of 4 (two layers, two directions)",
        slip=slip,
    )


def _sizes_used(t, model, V, E, U):
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


def _stir(t, model):
    """Random weights of a fair size, so that whatever is read shows in the logits."""
    model.set_weights(
        [
            np.ones_like(w) if "variance" in path or "gamma" in path else (0.5 * t.normal(*w.shape) if w.ndim else w)
            for path, w in model.weights()
        ]
    )


def _unbounded(t, model, ids, slip):
    """Logits have both signs, over some random weights, and no bounds: not so what a function has squashed."""
    drawn = []
    for _ in range(5):
        _stir(t, model)
        drawn.append(_class_logits(t, model, ids, 3))
    t.require(np.min(drawn) < 0 < np.max(drawn), "all outputs have one sign, so these are not logits", slip=slip)
    model.set_weights([w if "variance" in path else 20 * w for path, w in model.weights()])
    t.require(
        np.abs(_class_logits(t, model, ids, 3)).max() > 1.001,
        "the outputs stay within ±1 however large the weights are",
        slip=slip,
    )


def _padding(t, model, ids, C=3):
    lengths = t.integers(ids.shape[1] + 1, len(ids), low=1)
    lengths[0] = ids.shape[1]
    ids = np.where(np.arange(ids.shape[1]) < lengths[:, None], ids, 0)
    before = _class_logits(t, model, ids, C)
    longer = np.concatenate([ids, np.zeros((len(ids), 20), ids.dtype)], 1)
    moved = np.abs(_class_logits(t, model, longer, C) - before).max()
    slip = (
        "the mask must reach both layers: Embedding(V, E, mask_zero=True), and nothing between the layers that "
        "drops the mask (a Lambda or a bare tensor operation does)"
    )
    t.require(
        moved <= 1e-4,
        "20 zeros appended to the ids change the logits",
        slip=slip,
        expected="the same logits",
        got=f"logits that differ by up to {moved:.3g}",
    )
    for row in range(min(2, len(ids))):
        short = _class_logits(t, model, ids[row : row + 1, : lengths[row]], C)
        t.require(
            np.abs(short - before[row]).max() <= 1e-4, "a text gives other logits with padding than without", slip=slip
        )


def _near(a, b):
    return np.all(np.abs(a - b) <= 1e-5 + 1e-5 * np.abs(b))


# -- the report --------------------------------------------------------------------------------------------
class Predict:
    """`predict(texts) -> labels` of a model that follows a rule; it refuses anything but a list of texts."""

    def __init__(self, rule):
        self.rule = rule

    def __call__(self, texts):
        if isinstance(texts, str) or not isinstance(texts, list | tuple) or not all(isinstance(s, str) for s in texts):
            raise Failed(
                f"predict was called with {describe(texts)} instead of a list of texts",
                slip="hand over a list, also for one text: predict([text])",
            )
        return np.array([int(self.rule(text)) for text in texts], "int64")


@exercise(points=10, title="Real sentences and order-contrast pairs", takes="models, real, pairs")
def contrast_report(t):
    with t.case("the worked example", visible=True):
        real = ["good fun", "bad", "not good", "so bad"], [1, 0, 0, 0]
        pairs = [("good not bad", 1, "bad not good", 0)]
        rules = {
            "bag": lambda s: s.split().count("good") >= s.split().count("bad"),
            "first word": lambda s: s.startswith("good"),
        }
        _report_case(t, rules, real, pairs)
    for N, P, M in t.sizes("N P models", low=3):
        for _ in range(2):
            _report_case(t, *_report_inputs(t, N, P, M))
    with t.case("40 pairs, 300 sentences"):
        _report_case(t, *_report_inputs(t, 300, 40, 3))
    with t.case("pairs whose first sentence is the negative one"):
        rules, real, pairs = _report_inputs(t, 20, 10, 2)
        _report_case(t, rules, real, [(b, q, a, p) if p else (a, p, b, q) for a, p, b, q in pairs])


def _report_inputs(t, N, P, M):
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


def _report_case(t, rules, real, pairs):
    models = {name: Predict(rule) for name, rule in rules.items()}
    texts, labels = real[0], np.array(real[1])
    sides = [(text, label) for a, p, b, q in pairs for text, label in ((a, p), (b, q))]

    def right(predict, texts, labels):
        return predict(list(texts)) == np.asarray(labels)

    on_real = {name: right(f, texts, labels).mean() for name, f in models.items()}
    on_sides = {name: right(f, *zip(*sides, strict=True)) for name, f in models.items()}
    singles = {name: hit.mean() for name, hit in on_sides.items()}
    expect = {name: np.array([on_real[name], singles[name]]) for name in models}

    def report(f):
        return {name: np.array(f(name)) for name in models}

    as_first = [label for _, label, _, _ in pairs for _ in range(2)]

    def joined(name):
        return (on_real[name] * len(texts) + on_sides[name].sum()) / (len(texts) + len(sides))

    slips = {
        "a pair counts only if both of its sentences are right: count the 2·P single sentences": report(
            lambda n: (on_real[n], on_sides[n].reshape(-1, 2).all(1).mean())
        ),
        "a pair counts if one of its sentences is right: count the 2·P single sentences": report(
            lambda n: (on_real[n], on_sides[n].reshape(-1, 2).any(1).mean())
        ),
        "only the first sentences of the pairs are counted": report(lambda n: (on_real[n], on_sides[n][::2].mean())),
        "only the second sentences of the pairs are counted": report(lambda n: (on_real[n], on_sides[n][1::2].mean())),
        "the hits of the pairs are divided by P: there are 2·P sentences": report(
            lambda n: (on_real[n], 2 * singles[n])
        ),
        "the two numbers are the wrong way round: (real, pairs)": report(lambda n: (singles[n], on_real[n])),
        "these are per cent: give fractions": report(lambda n: (100 * on_real[n], 100 * singles[n])),
        "these are numbers of sentences: give fractions": report(
            lambda n: (on_real[n] * len(texts), on_sides[n].sum())
        ),
        "these are the shares of errors: count what is right": report(lambda n: (1 - on_real[n], 1 - singles[n])),
        "real sentences and pairs are put together: give two numbers": report(lambda n: (joined(n), joined(n))),
        "the labels of the pairs are not used: count what is right, not what is positive": report(
            lambda n: (on_real[n], models[n]([s for s, _ in sides]).mean())
        ),
        "the two predictions of a pair are compared with each other: compare each with its label": report(
            lambda n: (on_real[n], np.mean([len(set(models[n]([a, b]).tolist())) == 2 for a, _, b, _ in pairs]))
        ),
        "both numbers are those of the real sentences": report(lambda n: (on_real[n], on_real[n])),
        "the second sentence is given the label of the first": report(
            lambda n: (on_real[n], right(models[n], [s for s, _ in sides], as_first).mean())
        ),
    }
    served = {name: Served(f) for name, f in models.items()}
    crash = "predict takes a list of texts; real is (texts, labels); a pair is (text_a, label_a, text_b, label_b)"
    try:
        got = t.call(served, real, pairs)
    except AnswerError as error:
        if error.type == "NotImplementedError":
            raise
        raise t.raised(error, crash) from None
    if isinstance(got, dict) and set(got) == set(expect):
        for value in got.values():
            numbers = as_numbers(value)
            t.require(
                numbers is not None and numbers.shape == (2,),
                f"a model's entry should be two numbers but is {describe(value)}",
                slip="for each name a pair (accuracy on real, accuracy on pairs)",
            )
    elif isinstance(got, list | tuple):
        raise Failed(
            f"a dict is expected but the answer is {describe(got)}", slip="keep the names: {name: (real, pairs)}"
        )
    t.expect(served, real, pairs, expect=expect, slips=slips, repeat=False)
