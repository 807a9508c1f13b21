"""Lab 7, translation: one function an exercise, which judges an answer.

The references are NumPy and live only here, with the tester. A slip is a wrong reference, told in words: mostly an edit
of the right one. Padding is filled with large numbers wherever the contract says that it must not matter. Contracts:
what an answer gets, what it must return, and the worked examples, stand in the notebook.
"""

from collections import Counter
from itertools import pairwise

import numpy as np

from seqlab.checks import Served, as_numbers, cross_entropy, exercise, sign, softmax, tensor
from seqlab.checks.searching import WatchedPrefixes, log_probability, random_language, searches
from seqlab.checks.slips import edits, loss_slips
from seqlab.checks.steps import Watched, small_rnn


# -- teacher_forcing_pairs -----------------------------------------------------------------------------------
def shifted(seqs, bos, eos, pad):
    width = max(map(len, seqs)) + 1
    dec_in = np.full((len(seqs), width), pad)
    dec_out = np.full((len(seqs), width), pad)
    for row, seq in enumerate(seqs):
        dec_in[row, : len(seq) + 1] = [bos, *seq]
        dec_out[row, : len(seq) + 1] = [*seq, eos]
    return dec_in, dec_out


WIDTH = "width = max(map(len, seqs)) + 1"
INPUT, OUTPUT = "dec_in[row, : len(seq) + 1] = [bos, *seq]", "dec_out[row, : len(seq) + 1] = [*seq, eos]"
ONE_WIDER = (WIDTH, "width = max(map(len, seqs)) + 2")
WITH_EOS = "dec_in[row, : len(seq) + 2] = [bos, *seq, eos]"
WITH_BOS = "dec_out[row, : len(seq) + 2] = [bos, *seq, eos]"
BEHIND = (INPUT, "dec_in[row, width - len(seq) - 1 :] = [bos, *seq]")
BEHIND_TOO = (OUTPUT, "dec_out[row, width - len(seq) - 1 :] = [*seq, eos]")
ROWS_IN, ROWS_OUT = "dec_in = np.full((len(seqs), width), pad)", "dec_out = np.full((len(seqs), width), pad)"
FILLED = {
    name: (ROWS_IN, ROWS_IN.replace("pad", name), ROWS_OUT, ROWS_OUT.replace("pad", name)) for name in ("0", "eos")
}
EOS_GOES_IN = (
    "EOS enters dec_in where a sentence is shorter than the longest: all but the last column of the padded "
    "[bos, …, eos] still holds it; make each row as [bos] + s and pad afterwards"
)
SHIFT = "dec_out must stand one step further than dec_in: [bos] + s beside s + [eos]"
TEACHER_SLIPS = {
    EOS_GOES_IN: (INPUT, "dec_in[row, : len(seq) + 2] = [bos, *seq, eos][:width]"),
    f"both hold BOS and EOS, so the decoder only copies: {SHIFT}": (*ONE_WIDER, INPUT, WITH_EOS, OUTPUT, WITH_BOS),
    "dec_in is [bos] + s alone, without EOS: the decoder is never fed its end": (*ONE_WIDER, INPUT, WITH_EOS),
    "dec_out is s + [eos] alone, without BOS: the decoder never predicts its start": (*ONE_WIDER, OUTPUT, WITH_BOS),
    "both are [bos] + s: dec_out is s + [eos]": (OUTPUT, "dec_out[row, : len(seq) + 1] = [bos, *seq]"),
    "both are s + [eos]: dec_in is [bos] + s": (INPUT, "dec_in[row, : len(seq) + 1] = [*seq, eos]"),
    "the padding stands in front: it belongs at the end (pad_sequences needs padding='post')": (*BEHIND, *BEHIND_TOO),
    "the padding of dec_in stands in front: it belongs at the end": BEHIND,
    "the padding of dec_out stands in front: it belongs at the end": BEHIND_TOO,
    "EOS stands in the last column of every row: it follows its own sentence at once, and the padding comes after it": (
        OUTPUT,
        "dec_out[row, : len(seq)] = seq\n        dec_out[row, -1] = eos",
    ),
    "EOS is missing: dec_out is s + [eos]": (OUTPUT, "dec_out[row, : len(seq)] = seq"),
    "BOS is missing: dec_in is [bos] + s": (INPUT, "dec_in[row, : len(seq)] = seq"),
    "BOS and EOS are both missing: [bos] + s, and s + [eos]": (
        INPUT,
        "dec_in[row, : len(seq)] = seq",
        OUTPUT,
        "dec_out[row, : len(seq)] = seq",
    ),
    "BOS and EOS are taken for each other": lambda seqs, bos, eos, pad: shifted(seqs, eos, bos, pad),
    "the padding is 0 whatever pad is: use the argument": FILLED["0"],
    "the padding is EOS: use the argument pad": FILLED["eos"],
    "BOS is 1 and EOS is 2 whatever the arguments are": lambda seqs, bos, eos, pad: shifted(seqs, 1, 2, pad),
    "the last token is cut off: the width is that of the longest sentence and one more": (
        WIDTH,
        "width = max(map(len, seqs))",
        INPUT,
        "dec_in[row, : len(seq) + 1] = [bos, *seq][:width]",
        OUTPUT,
        "dec_out[row, : len(seq) + 1] = [*seq, eos][:width]",
    ),
    "the rows are one too wide: the longest sentence and one more": ONE_WIDER,
    "tokens that equal pad are dropped: they are words": lambda seqs, bos, eos, pad: shifted(
        [[i for i in s if i != pad] for s in seqs], bos, eos, pad
    ),
    "dec_out holds the sentences backwards": (OUTPUT, "dec_out[row, : len(seq) + 1] = [*seq[::-1], eos]"),
    "dec_in holds the sentences backwards": (INPUT, "dec_in[row, : len(seq) + 1] = [bos, *seq[::-1]]"),
    "BOS alone is fed: under teacher forcing the decoder is fed the right words, [bos] + s": (
        INPUT,
        "dec_in[row, 0] = bos",
    ),
    "the rows come in pairs, one pair a sentence: return two arrays, all inputs and all outputs": lambda *args: (
        np.stack(shifted(*args), 1)
    ),
    "the width is that of the first sentence: take the longest": lambda seqs, bos, eos, pad: tuple(
        rows[:, : len(seqs[0]) + 1] for rows in shifted(seqs, bos, eos, pad)
    ),
    "these are floats: np.full(shape, pad) gives integers, np.zeros and np.ones do not": sign(
        lambda got, *_: all(as_numbers(rows).dtype.kind == "f" for rows in got)
    ),
    "the sentences are sorted by length: keep their order": lambda seqs, *ids: shifted(sorted(seqs, key=len), *ids),
}


@exercise(
    points=10,
    title="Teacher forcing",
    takes="seqs, bos, eos, pad",
    returns="dec_in (N, L+1), dec_out (N, L+1)",
    reference=shifted,
    slips=edits(shifted, TEACHER_SLIPS),
    otherwise={
        "rows of different lengths: fill each up with pad, to the longest sentence and one more": lambda got, *_: (
            isinstance(got, list | tuple)
            and any(isinstance(row, list | tuple) for row in got)
            and as_numbers(got) is None
        )
    },
    crashes={
        "ragged|inhomogeneous|non-rectangular": "rows of different lengths are no array yet: fill each up with pad first",
        "": "every row has the longest sentence's length and one more; work on copies, s.append changes the argument",
    },
    integers=True,
    edges={
        "any ids": "any different ids",
        "one sentence": "`N` may be 1",
        "a word that equals pad": "a word of a sentence may have the id `pad`",
        "sentences of one length": "all sentences may be equally long",
    },
)
def teacher_forcing_pairs(t):
    t.shows([[5, 6, 7], [8]], 1, 2, 0)
    for N, longest in t.sizes("N longest"):
        for _ in range(2):
            lengths = t.integers(longest + 1, N, low=1)
            lengths[int(t.integers(N))] = longest
            bos, eos, pad = (int(i) for i in t.rng.permutation(np.arange(50, 90))[:3])
            t.tries([t.integers(40, n, low=3).tolist() for n in lengths], bos, eos, pad)
    t.tries([[4, 3], [5], [6, 7, 8]], 17, 0, 9, case="any ids")
    t.tries([t.integers(40, 5, low=3).tolist()], 1, 2, 0, case="one sentence")
    with t.case("a word that equals pad"):
        for pad in (0, 30):
            t.tries([[pad, 5, pad], [pad], [5, 6, pad, 7]], 1, 2, pad)
    t.tries([[4, 5], [6, 7], [8, 9]], 2, 1, 3, case="sentences of one length")


# -- masked_xent ---------------------------------------------------------------------------------------------
def token_mean(y, logits, pad):
    real = y != pad
    losses = cross_entropy(np.where(real, y, 0), logits) * real
    return losses.sum() / real.sum()


def of_padding(y, logits, pad):
    """The mean loss of the padding; nan where there is none."""
    return cross_entropy(y, logits)[y == pad].mean() if (y == pad).any() else np.nan


def of_loss(slip, words):
    """A slip of any cross-entropy, as one of this exercise: its mean runs over the real tokens."""

    def table(y, pad):
        return loss_slips(lambda losses: losses[y != pad].mean())[words]

    if callable(slip):
        return lambda y, logits, pad: table(y, pad)(y, logits)
    return sign(lambda got, y, logits, pad: table(y, pad).seen(got, y, logits))


LOSSES, REAL, MEAN = "cross_entropy(np.where(real, y, 0), logits) * real", "y != pad", "losses.sum() / real.sum()"
UNMASKED = (LOSSES, "cross_entropy(y, logits)")
EACH = "losses.sum(1) / np.maximum(real.sum(1), 1)"
TOKENS = "every token of the batch counts the same: sum over all, then divide once by the number of real tokens"
COST_V = "each masked position still costs log V: mask the losses, not the logits"
XENT_SLIPS = {
    f"padding is in the divisor: {TOKENS}": (MEAN, "losses.mean()"),
    f"this is the mean of the sentences' means: {TOKENS}": (MEAN, f"({EACH}).mean()"),
    f"the logits are masked, not the losses: {COST_V}": (LOSSES, "cross_entropy(y, logits * real[..., None])"),
    f"the logits are masked, and padding is in the divisor: {COST_V}": (
        LOSSES,
        "cross_entropy(y, logits * real[..., None])",
        MEAN,
        "losses.mean()",
    ),
    "padding is in the loss: positions where y is pad count nothing": (*UNMASKED, MEAN, "losses.mean()"),
    "the losses of the padding are in the sum: multiply by the mask first": UNMASKED,
    "pad is taken to be 0: use the argument": (REAL, "y != 0"),
    "the mask is the wrong way round: it is the padding that is left out": sign(
        lambda got, *args: np.isclose(got, of_padding(*args), 1e-4, equal_nan=True)
    ),
    "this is the sum: divide by the number of real tokens": (MEAN, "losses.sum()"),
    f"the sum is divided by the number of sentences: {TOKENS}": (MEAN, "losses.sum() / len(y)"),
    f"the sum is divided by the time steps: {TOKENS}": (MEAN, "losses.sum() / y.shape[1]"),
    "the losses of all positions come back: return one number": (MEAN, "losses"),
    f"one loss for each sentence comes back: {TOKENS}": (MEAN, EACH),
    "the mask is taken from the predictions: take it from the labels": (REAL, "logits.argmax(-1) != pad"),
    "the logits at pad are left out of the softmax: the mask is over positions, not over words": (
        LOSSES,
        "cross_entropy(np.where(real, y, 0), np.where(np.arange(logits.shape[-1]) == pad, -1e9, logits)) * real",
    ),
    "the last step is left out": (LOSSES, "(cross_entropy(np.where(real, y, 0), logits) * real)[:, :-1]"),
    "the first step is left out": (LOSSES, "(cross_entropy(np.where(real, y, 0), logits) * real)[:, 1:]"),
    f"padded labels are replaced by id 0, and still counted: {TOKENS}": (
        LOSSES,
        "cross_entropy(np.where(real, y, 0), logits)",
        MEAN,
        "losses.mean()",
    ),
    f"this is the mean of the means of the time steps: {TOKENS}": (
        MEAN,
        "(losses.sum(0) / np.maximum(real.sum(0), 1)).mean()",
    ),
    f"all is divided by the first sentence's number of tokens: {TOKENS}": (MEAN, "losses.sum() / real[0].sum()"),
    "the divisor is one too large: at least one token is real, divide by their number": (
        MEAN,
        "losses.sum() / (real.sum() + 1)",
    ),
    "these are probabilities already: hand over the logits, the function takes the softmax itself": (
        LOSSES,
        "cross_entropy(np.where(real, y, 0), softmax(logits)) * real",
    ),
    "the logits are taken for probabilities: Keras's losses need from_logits=True": (
        LOSSES,
        "cross_entropy(np.where(real, y, 0), as_keras_probabilities(logits)) * real",
    ),
    "ids are no distribution over the words: take the loss with sparse in its name, or tf.one_hot(y, V)": (
        LOSSES,
        "-(y * log_softmax(logits)).sum(-1) * real",
    ),
    "0 times inf is nan: take padded losses out with the mask, do not make them infinite": sign(
        lambda got, y, logits, pad: np.isnan(got) and np.abs(logits).max() < 80
    ),
    "a small number is added to the divisor: at least one token is real, divide by the number alone": sign(
        lambda got, y, logits, pad: 0 < token_mean(y, logits, pad) - got < 0.02 * token_mean(y, logits, pad)
    ),
    "labels are shifted once more: dec_out is shifted already": lambda y, logits, pad: token_mean(
        y[:, 1:], logits[:, :-1], pad
    ),
}
OF_ANY_LOSS = {words: of_loss(slip, words) for words, slip in loss_slips(np.mean).items()}


@exercise(
    points=10,
    title="The loss without the padding",
    takes="y (B, T), logits (B, T, V), pad",
    returns="the loss ()",
    reference=token_mean,
    slips=edits(token_mean, XENT_SLIPS) | OF_ANY_LOSS,
    crashes={
        "of bool is not in|bool and float|type bool|to a Tensor with dtype bool": "truth values do not multiply: "
        "tf.cast(y != pad, tf.float32) makes them 0 and 1",
        "rank - 1|ndim - 1|labels_size|must have the same shape": "y holds ids, (B, T): take the loss with sparse in its "
        "name, or tf.one_hot(y, V)",
        "": "the losses of all positions are (B, T), and so is the mask y != pad",
    },
    edges={
        "pad is any id": "`pad` is any id of the vocabulary, not always 0",
        "garbage in the padding": "The logits at padded positions are noise, in the ten thousands",
        "sentences of very different lengths": "over the **whole batch**",
        "a row of padding only": "A row may be padding only",
        "without padding": "or have none",
        "logits of ±1000": "Logits of ±1000 are legal",
    },
)
def masked_xent(t):
    def tries(y, logits, pad, case=""):
        t.tries(tensor(y, "int64"), tensor(logits), pad, case=case)

    t.shows(tensor([[1, 0, 2]], "int64"), tensor([[[0, 2, 0], [9, 9, 9], [0, 0, 0]]]), 0)
    for B, T, V in t.sizes("B T V"):
        V = max(V, 2)  # one of them may be pad
        for pad in (V - 1, 0, V // 2):
            tries(*labels_and_logits(t, B, T, V, pad), pad)
    with t.case("garbage in the padding"):
        for scale in (100, 1e4):
            y, logits = labels_and_logits(t, 3, 6, 5, 2, lengths=[6, 2, 4])
            tries(y, np.where((y == 2)[..., None], t.normal(*logits.shape, scale=scale), logits), 2)
    with t.case("sentences of very different lengths"):
        for _ in range(2):
            tries(*labels_and_logits(t, 3, 9, 6, 4, lengths=[9, 1, 2]), 4)
    tries(*labels_and_logits(t, 3, 5, 4, 1, lengths=[0, 5, 2]), 1, case="a row of padding only")
    tries(*labels_and_logits(t, 2, 4, 6, 0, lengths=[4, 4]), 0, case="without padding")
    with t.case("logits of ±1000"):
        y, logits = labels_and_logits(t, 3, 5, 4, 3, lengths=[5, 3, 2])
        tries(y, 1000 * np.sign(logits), 3)


def labels_and_logits(t, B, T, V, pad, lengths=None):
    """Labels padded at the end, at least one real in each row, and logits."""
    if lengths is None:
        lengths = t.integers(T + 1, B, low=1)
    words = [i for i in range(V) if i != pad]
    y = np.where(np.arange(T) < np.asarray(lengths)[:, None], t.rng.choice(words, (B, T)), pad)
    return y, t.normal(B, T, V, scale=2)


# -- encoder_state -------------------------------------------------------------------------------------------
def first_state(hf, hb, lengths, W, b):
    forward = hf[np.arange(len(hf)), lengths - 1]
    backward = hb[:, 0]
    return np.tanh(np.concatenate([forward, backward], -1) @ W + b)


FORWARD, BACKWARD = "hf[np.arange(len(hf)), lengths - 1]", "hb[:, 0]"
HB_LAST, PLACE = "hb[np.arange(len(hb)), lengths - 1]", "lengths - 1"
JOINED = "np.concatenate([forward, backward], -1)"
HB_0 = "the backward state is final at position 0: it reads from the end to the beginning"
HF_LAST = "the forward state is final at lengths - 1, the last real word of each row"
IN_WORDS = "(np.arange(hf.shape[1]) < lengths[:, None])[..., None]"
MEANS = (
    FORWARD,
    f"(hf * {IN_WORDS}).sum(1) / lengths[:, None]",
    BACKWARD,
    f"(hb * {IN_WORDS}).sum(1) / lengths[:, None]",
)
STATE_SLIPS = {
    f"the last column of hf is taken, which is padding in a short sentence: {HF_LAST}": (FORWARD, "hf[:, -1]"),
    f"the last columns are taken of both, padding and all. {HF_LAST}; {HB_0}": (
        FORWARD,
        "hf[:, -1]",
        BACKWARD,
        "hb[:, -1]",
    ),
    f"hb is taken at the last word, where it has read one word only: {HB_0}": (BACKWARD, HB_LAST),
    f"hb is taken from the last column: {HB_0}": (BACKWARD, "hb[:, -1]"),
    f"hf is taken at position 0, where it has read one word only: {HF_LAST}": (FORWARD, "hf[:, 0]"),
    f"the places of the two are swapped. {HF_LAST}; {HB_0}": (FORWARD, "hf[:, 0]", BACKWARD, HB_LAST),
    "the halves are the wrong way round: forward first": ("[forward, backward]", "[backward, forward]"),
    f"one too far: {HF_LAST}": (PLACE, "np.minimum(lengths, hf.shape[1] - 1)"),
    f"one too early: {HF_LAST}": (PLACE, "lengths - 2"),
    f"the length of the first row is used for all: {HF_LAST}": (PLACE, "lengths[0] - 1"),
    f"the longest length is used for all: {HF_LAST}": (PLACE, "lengths.max() - 1"),
    f"hb is taken at position 1: {HB_0}": (BACKWARD, "hb[:, min(1, hb.shape[1] - 1)]"),
    "the tanh is missing": ("np.tanh", ""),
    "the bias is missing": (" + b", ""),
    "the bias is subtracted": (" + b", " - b"),
    "a sigmoid stands in the place of the tanh": ("np.tanh", "sigmoid"),
    "a ReLU stands in the place of the tanh": ("np.tanh(", "np.maximum(0, "),
    "the bias is added after the tanh": ("@ W + b)", "@ W) + b"),
    "both halves are the forward state": ("[forward, backward]", "[forward, forward]"),
    "both halves are the backward state": ("[forward, backward]", "[backward, backward]"),
    "the backward half is 0": ("[forward, backward]", "[forward, 0 * backward]"),
    "the forward half is 0": ("[forward, backward]", "[0 * forward, backward]"),
    "the two halves are interleaved: forward first, then backward": (
        JOINED,
        "np.stack([forward, backward], -1).reshape(len(hf), -1)",
    ),
    "these are the means over the words: take the final state of each direction": MEANS,
    "these are the sums over the words: take the final state of each direction": (
        FORWARD,
        f"(hf * {IN_WORDS}).sum(1)",
        BACKWARD,
        f"(hb * {IN_WORDS}).sum(1)",
    ),
    "a tanh is taken of the states too: there is one, around the whole": (
        "forward, backward",
        "np.tanh(forward), np.tanh(backward)",
    ),
    "the concatenated states come back: multiply by W, add b, take the tanh": (
        "np.tanh(np.concatenate([forward, backward], -1) @ W + b)",
        "np.concatenate([forward, backward], -1)",
    ),
    "hf and hb are taken for each other": lambda hf, hb, lengths, W, b: first_state(hb, hf, lengths, W, b),
    "the two states are added, and half of W is used: they are concatenated": lambda hf, hb, lengths, W, b: np.tanh(
        (hf[np.arange(len(hf)), lengths - 1] + hb[:, 0]) @ W[: hf.shape[-1]] + b
    ),
    "the lengths are in another order than the rows": (PLACE, "lengths[::-1] - 1"),
}


@exercise(
    points=10,
    title="From the encoder to the decoder",
    takes="hf (B, S, H), hb (B, S, H), lengths (B), W (2H, Hd), b (Hd)",
    returns="(B, Hd)",
    reference=first_state,
    slips=edits(first_state, STATE_SLIPS),
    crashes="from each row one forward state, (B, H), and one backward state, (B, H), concatenated to (B, 2H), times W",
    edges={
        "all lengths": "for lengths from 1 to S",
        "garbage in the padding": "What stands behind a sentence's end is noise, and may be large",
        "one word": "`S` may be 1",
        "two words": "**final** state",
    },
)
def encoder_state(t):
    def tries(B, S, H, Hd, lengths, case="", noise=0.0):
        hf, hb = t.normal(B, S, H), t.normal(B, S, H)
        behind = (np.arange(S) >= np.asarray(lengths)[:, None])[..., None]
        hf, hb = (np.where(behind, h + noise, h) for h in (hf, hb))
        W, b = t.normal(2 * H, Hd, scale=1 / np.sqrt(2 * H)), t.normal(Hd, scale=0.5)
        t.tries(tensor(hf), tensor(hb), tensor(lengths, "int64"), tensor(W), tensor(b), case=case)

    hf, hb = tensor([[[1], [2], [9]]]), tensor([[[5], [4], [9]]])
    t.shows(hf, hb, tensor([2], "int64"), tensor([[0.1], [0.2]]), tensor([0]))
    tries(4, 5, 3, 2, [2, 5, 1, 4], case="all lengths")
    for B, S, H, Hd in t.sizes("B S H Hd"):
        tries(B, S, H, Hd, t.integers(S + 1, B, low=1))
    tries(3, 4, 2, 5, [2, 4, 3], noise=1e3, case="garbage in the padding")
    tries(3, 1, 2, 4, [1, 1, 1], case="one word")
    tries(1, 5, 3, 4, [2], case="two words of five")
    tries(3, 4, 4, 4, [4, 2, 3], case="all lengths")


# -- attention -----------------------------------------------------------------------------------------------
def look_up(q, K, V, mask, fill=-np.inf):
    scores = (K * q[:, None]).sum(-1) / np.sqrt(K.shape[-1])
    weights = softmax(np.where(mask, scores, fill))
    context = (weights[:, :, None] * V).sum(1)
    return context, weights


SCALED, SOFTMAX = " / np.sqrt(K.shape[-1])", "softmax(np.where(mask, scores, fill))"
CONTEXT, BOTH = "(weights[:, :, None] * V).sum(1)", "context, weights"
NO_MASK = ("np.where(mask, scores, fill)", "scores")
REAL_VALUES = "(weights[:, :, None] * V * mask[:, :, None])"
ALL = "np.exp(scores - scores.max(1, keepdims=True))"
LEFT_OUT = "set the masked scores to -inf (or -1e9) before the softmax, so that the rest sums to 1"
SQRT_D = "divide the scores by sqrt(D), D being the size of a key"


FILLS = (-1, -2, -5, -9, -10, -20, -50, -99, -100, -200, -500, -999, -1000)


def same_numbers(got, right):
    """Are these two pairs of arrays the same?"""
    return all(np.allclose(a, b, 1e-4, 1e-5) for a, b in zip(got, right, strict=True))


ATTENTION_SLIPS = {
    f"the scores are not scaled: {SQRT_D}": (SCALED, ""),
    f"the scores are divided by D: {SQRT_D}": (SCALED, " / K.shape[-1]"),
    f"the scores are multiplied by sqrt(D): {SQRT_D}": (SCALED, " * np.sqrt(K.shape[-1])"),
    f"the scores are divided by sqrt(S): {SQRT_D}": (SCALED, " / np.sqrt(K.shape[1])"),
    f"the scores are divided by the root of the values' size: {SQRT_D}": (SCALED, " / np.sqrt(V.shape[-1])"),
    f"the scores are divided by the root of the batch: {SQRT_D}": (SCALED, " / np.sqrt(len(q))"),
    f"the softmax is divided by sqrt(D), not the scores: {SQRT_D} before the softmax": (
        SCALED,
        "",
        SOFTMAX,
        f"{SOFTMAX} / np.sqrt(K.shape[-1])",
    ),
    "the cosine is taken: the score is the dot product": (
        SCALED,
        " / np.linalg.norm(K, axis=-1) / np.linalg.norm(q, axis=-1)[:, None]",
    ),
    "the softmax runs over the batch: it belongs on the last axis, S": (
        SOFTMAX,
        "np.nan_to_num(softmax(np.where(mask, scores, -1e9), 0))",
    ),
    "the mask is the wrong way round: True is a real word": (
        "np.where(mask, scores, fill)",
        "np.where(mask, -1e9, scores)",
    ),
    f"the masked scores are 0, as when the mask multiplies them, and exp(0) = 1: {LEFT_OUT}": (
        "np.where(mask, scores, fill)",
        "scores * mask",
    ),
    f"the mask is added to the scores: {LEFT_OUT}": ("np.where(mask, scores, fill)", "scores + mask"),
    f"the mask multiplies the weights after the softmax, and their sum is below 1: {LEFT_OUT}": (
        SOFTMAX,
        "softmax(scores) * mask",
    ),
    f"the context looks at masked words too (its weights are unmasked): {LEFT_OUT}": (
        SOFTMAX,
        "softmax(scores)",
        BOTH,
        f"context, {SOFTMAX}",
    ),
    f"masked words have no value but keep their weight: {LEFT_OUT}": (
        SOFTMAX,
        "softmax(scores)",
        CONTEXT,
        f"{REAL_VALUES}.sum(1)",
    ),
    f"the mask multiplies the keys, and their score of 0 still gets exp(0) = 1: {LEFT_OUT}": (
        "np.where(mask, scores, fill)",
        "scores * mask",
        CONTEXT,
        f"{REAL_VALUES}.sum(1)",
    ),
    "0 times inf is nan: put -1e9 or -inf where the mask is False with tf.where": sign(
        lambda got, q, K, V, mask: np.isnan(got[1]).any() and np.abs(K).max() < 80
    ),
    f"the mask is ignored: {LEFT_OUT}": NO_MASK,
    "only the context is masked: the weights of masked words are 0 too": (BOTH, "context, softmax(scores)"),
    "the masked score is not low enough, for other scores may be lower still: use -1e9": sign(
        lambda got, *args: any(same_numbers(got, look_up(*args, fill)) for fill in FILLS)
    ),
    "masked scores are set to +1e9: they win everything; use -1e9": ("fill)", "1e9)"),
    "there is no softmax: the weights are positive and sum to 1": (SOFTMAX, "np.where(mask, scores, 0)"),
    "the weights are divided by their sum without exp: take the softmax": (
        SOFTMAX,
        "np.where(mask, scores, 0) / np.where(mask, scores, 0).sum(1, keepdims=True)",
    ),
    "every weight is 1: the softmax runs over an axis of length 1, and belongs on the words": (
        SOFTMAX,
        "np.ones(mask.shape)",
    ),
    "these are the exp of the scores, not divided by their sum": (SOFTMAX, "np.exp(np.where(mask, scores, fill))"),
    "the sum runs over the whole batch: each row's weights sum to 1": (SOFTMAX, f"{ALL} * mask / ({ALL} * mask).sum()"),
    "this is a softmax in the base of 2": (SOFTMAX, "softmax(np.log(2) * np.where(mask, scores, fill))"),
    "the largest score gets all: this is the argmax, take the softmax": (
        SOFTMAX,
        "np.eye(K.shape[1])[np.where(mask, scores, fill).argmax(1)]",
    ),
    "all real words have the same weight: the query is not used": (SOFTMAX, "mask / mask.sum(1, keepdims=True)"),
    "a sigmoid is taken of each score: take the softmax over S": (SOFTMAX, "mask / (1 + np.exp(-scores))"),
    "the logarithms of the weights come back": (BOTH, "context, np.log(np.maximum(weights, 1e-300))"),
    "the raw scores come back beside the context: return the weights": (BOTH, "context, scores"),
    "the masked scores come back beside the context: return the weights": (
        BOTH,
        "context, np.where(mask, scores, -1e9)",
    ),
    "the keys are summed: the context is made of the values": lambda q, K, V, mask: look_up(q, K, K, mask),
    "the values are compared with the query: the keys are, and the values are summed": (
        "(K * q[:, None])",
        "(V * q[:, None])",
    ),
    "this is the mean of the weighted values: they are summed, the weights already sum to 1": (
        CONTEXT,
        "(weights[:, :, None] * V).mean(1)",
    ),
    "the values are weighted but not summed: the context is (B, Dv)": (CONTEXT, "weights[:, :, None] * V"),
    "the context keeps an axis of length 1: it is (B, Dv)": (
        CONTEXT,
        "(weights[:, :, None] * V).sum(1, keepdims=True)",
    ),
    "the context is summed over the batch": (CONTEXT, "(weights[:, :, None] * V).sum(0)"),
    "every query is compared with the keys of the first sentence: row b of q belongs to row b of K": (
        "(K * q[:, None]).sum(-1)",
        "(K[:1] * q[:, None]).sum(-1)",
    ),
    "the first query is compared with every sentence: row b of q belongs to row b of K": (
        "(K * q[:, None]).sum(-1)",
        "(K * q[:1, None]).sum(-1)",
    ),
    "each query looks at the keys of the whole batch: row b of q belongs to row b of K": (
        "(K * q[:, None]).sum(-1)",
        "(K * q[None]).sum(-1)",
    ),
    "the context is the value of the largest weight: sum all values, weighted": (
        CONTEXT,
        "V[np.arange(len(q)), weights.argmax(1)]",
    ),
    "the sign of the scores is wrong: the most similar key gets most": (" / np.sqrt", " / -np.sqrt"),
}


@exercise(
    points=20,
    title="Attention",
    takes="q (B, D), K (B, S, D), V (B, S, Dv), mask (B, S)",
    returns="context (B, Dv), weights (B, S)",
    reference=look_up,
    slips=edits(look_up, ATTENTION_SLIPS),
    crashes={
        "of bool|bool is not|type bool|dtype bool|'bool'": "the mask is made of truth values: tf.where(mask, scores, -1e9), "
        "or tf.cast(mask, tf.float32)",
        "": "q is (B, D) and K is (B, S, D): give q a middle axis, q[:, None, :], or write tf.einsum('bd,bsd->bs', q, K)",
    },
    alike=[("each query looks at the keys", "the arguments")],
    edges={
        "as many words as sentences": "`S` may equal `B`",
        "one word": "`S` may be 1",
        "keys of length one": "`D` may be 1",
        "a mask with holes": "anywhere, not only at the end",
        "no word masked": "or nowhere",
        "one word left": "one word may be all that is left",
        "garbage at masked words": "keys and values of masked words are noise, in the thousands",
        "large scores": "Scores of ±1000 are legal",
    },
)
def attention(t):
    def tries(q, K, V, mask, case="", **how):
        t.tries(tensor(q), tensor(K), tensor(V), tensor(mask, "bool"), case=case, **how)

    def draw(B, S, D, Dv, scale=1.0):
        mask = t.rng.random((B, S)) < 0.6
        mask[np.arange(B), t.integers(S, B)] = True
        return t.normal(B, D, scale=scale), t.normal(B, S, D), t.normal(B, S, Dv), mask

    q, K = [[2, 0, 0, 0]], np.eye(4)[[[0, 1, 0]]]
    t.shows(tensor(q), tensor(K), tensor([[[10], [20], [30]]]), tensor([[True, True, False]], "bool"))
    for B, S, D, Dv in t.sizes("B S D Dv", low=2, high=7):
        tries(*draw(B, S, D, Dv))
        tries(*draw(B, S, D, Dv, scale=3.0))
    for B in (2, 4):
        tries(*draw(B, B, 5, 3), case="as many words as sentences")
    with t.case("one word"):
        tries(*draw(3, 1, 4, 2))
    with t.case("keys of length one"):
        tries(*draw(2, 5, 1, 3))
    q, K, V, _ = draw(3, 6, 4, 5)
    tries(q, K, V, [[0, 1, 0, 1, 1, 0], [1, 0, 0, 0, 0, 1], [0, 0, 1, 1, 0, 1]], case="a mask with holes")
    tries(q, K, V, np.ones((3, 6)), case="no word masked")
    tries(q, K, V, np.eye(6)[[0, 3, 5]], case="one word left")
    mask = np.arange(6) < np.array([2, 6, 4])[:, None]
    with t.case("garbage at masked words"):
        tries(q, *(np.where(mask[..., None], A, t.normal(*A.shape, scale=3e3)) for A in (K, V)), mask)
    with t.case("large scores"):
        tries(200 * q, K, V, mask)
        tries(200 * np.abs(q), -10 * np.abs(K), V, mask)  # all very low
        tries(200 * np.abs(q), 10 * np.abs(K), V, mask)


# -- additive_attention_scores -------------------------------------------------------------------------------
def additive(q, K, W1, W2, v):
    return np.tanh((q @ W1)[:, None] + K @ W2) @ v


QUERY, KEYS, SUM = "(q @ W1)[:, None]", "K @ W2", "(q @ W1)[:, None] + K @ W2"
EVERY = "np.tanh((q @ W1)[:, None] + K @ W2) @ v"


ADDITIVE_SLIPS = {
    "the two matrices are swapped: W1 belongs to the query, W2 to the keys": lambda q, K, W1, W2, v: additive(
        q, K, W2, W1, v
    ),
    "the tanh is missing: without it the query adds the same to every score, and a softmax takes that away": (
        "np.tanh(",
        "(",
    ),
    "query and keys are multiplied: they are added, inside of the tanh": (SUM, "(q @ W1)[:, None] * (K @ W2)"),
    "a tanh is taken of each: there is one tanh, over the sum": (
        f"np.tanh({SUM})",
        f"(np.tanh({QUERY}) + np.tanh({KEYS}))",
    ),
    "the tanh is taken of the query only": (f"np.tanh({SUM})", f"(np.tanh({QUERY}) + {KEYS})"),
    "the tanh is taken of the keys only": (f"np.tanh({SUM})", f"({QUERY} + np.tanh({KEYS}))"),
    "the tanh comes after v: it belongs before it, on all U numbers": (EVERY, f"np.tanh(({SUM}) @ v)"),
    "the query is left out": (SUM, KEYS),
    "the keys are left out: every word gets the same score": (SUM, f"{QUERY} + 0 * ({KEYS})"),
    "v is left out: the U numbers are weighted by v, not added up as they are": (" @ v", ".sum(-1)"),
    "v is left out: the U numbers are weighted by v, not averaged": (" @ v", ".mean(-1)"),
    "the product with v is missing: U numbers for every word come back": (" @ v", ""),
    "the U numbers are weighted by v but not added up": (" @ v", " * v"),
    "the mean is taken over U: the product with v is a sum": (" @ v", " @ v / len(v)"),
    "the score is divided by the root of U: only dot products are scaled": (" @ v", " @ v / np.sqrt(len(v))"),
    "the query is added along the words, not along the batch: it runs because there are as many words as sentences; "
    "q @ W1 is (B, U) and needs a middle axis, [:, None]": (QUERY, "(q @ W1)[None]"),
    "the softmax is taken already: return the scores": (EVERY, f"softmax({EVERY})"),
    "a sigmoid stands in the place of the tanh": ("np.tanh(", "sigmoid("),
    "a ReLU stands in the place of the tanh": ("np.tanh(", "np.maximum(0, "),
    "x / (1 + |x|) stands in the place of the tanh": (f"np.tanh({SUM})", f"(({SUM}) / (1 + np.abs({SUM})))"),
    "the arctangent stands in the place of the tanh": ("np.tanh(", "np.arctan("),
    "the query is subtracted: query and keys are added": (SUM, f"{KEYS} - {QUERY}"),
    "the keys are subtracted: query and keys are added": (SUM, f"{QUERY} - {KEYS}"),
    "an axis of length 1 is left: the scores are (B, S)": (" @ v", " @ v[:, None]"),
    "the scores are (S, B): sentences come first": (EVERY, f"({EVERY}).T"),
    "one tanh too many: it is taken of the score as well": (EVERY, f"np.tanh({EVERY})"),
    "the scores are summed over the words: each word has its own": (" @ v", " @ v @ np.ones(K.shape[1])"),
    "the scores are summed over the batch: each sentence has its own": (EVERY, f"({EVERY}).sum(0)"),
    "v weighs the U numbers, but the sum runs over the words: sum over U, the last axis": (
        EVERY,
        f"(np.tanh({SUM}) * v).sum(1)",
    ),
    "every query is compared with every sentence: query b belongs to the words of row b": (
        QUERY,
        "(q @ W1)[:, None, None]",
    ),
    "the same query, that of the first sentence, is used for all": (QUERY, "(q[:1] @ W1)[:, None]"),
    "this is the dot product of what comes of query and keys: add them, take the tanh, then v": (
        EVERY,
        "((q @ W1)[:, None] * (K @ W2)).sum(-1)",
    ),
}


@exercise(
    points=10,
    title="Additive attention",
    takes="q (B, Dq), K (B, S, Dk), W1 (Dq, U), W2 (Dk, U), v (U)",
    returns="(B, S)",
    reference=additive,
    slips=edits(additive, ADDITIVE_SLIPS),
    crashes="q @ W1 is (B, U) and K @ W2 is (B, S, U): give the first a middle axis, [:, None, :], before they are added",
    edges={
        "as many words as sentences": "also where `S` equals `B`",
        "query and keys of one size": "`Dq` and `Dk` may be equal",
        "one word": "`S` may be 1",
        "large numbers": "numbers in the hundreds",
    },
)
def additive_attention_scores(t):
    def draw(B, S, Dq, Dk, U, scale=1.0):
        shapes = (B, Dq), (B, S, Dk), (Dq, U), (Dk, U), (U,)
        return [tensor(t.normal(*shape, scale=scale)) for shape in shapes]

    t.shows(*map(tensor, ([[1]], [[[0], [1]]], [[1, 0]], [[1, 1]], [1, 2])))
    for B, S, Dq, Dk, U in t.sizes("B S Dq Dk U", high=8):
        t.tries(*draw(B, S, Dq, Dk, U))
    for B, U in ((3, 4), (4, 2)):
        t.tries(*draw(B, B, 3, 5, U), case="as many words as sentences")
    t.tries(*draw(3, 4, 5, 5, 2), case="query and keys of one size")
    t.tries(*draw(3, 1, 4, 2, 5), case="one word")
    q, K, *weights = draw(2, 3, 4, 5, 6)
    t.tries(tensor(300 * q.array), tensor(300 * K.array), *weights, case="large numbers")


# -- greedy_decode -------------------------------------------------------------------------------------------
def greedy(step, state, bos, eos, max_len):
    return np.array(written(step, state, bos, eos, max_len), int)


def written(step, state, bos, eos, max_len):
    i, ids = bos, []
    for _ in range(max_len):
        logits, state = step(i, state)
        i = int(np.argmax(logits))
        if i == eos:
            break
        ids.append(i)
    return ids


STOP, TAKEN = "if i == eos:\n            break\n        ids.append(i)", "ids.append(i)"
GREEDY_SLIPS = {
    "EOS is among the ids: stop before it is appended": (
        STOP,
        "ids.append(i)\n        if i == eos:\n            break",
    ),
    "it runs on past EOS: stop there": (STOP, TAKEN),
    "EOS is left out but it runs on past it: stop there": (STOP, "if i != eos:\n            ids.append(i)"),
    "the state is not carried: hand the new state on to the next step": ("logits, state =", "logits, _ ="),
    "only the first new state is carried: hand each new one on to the next step": (
        "logits, state = step(i, state)",
        "logits, new = step(i, state)\n        state = state if ids else new",
    ),
    "BOS is fed at every step: feed the id back that was chosen": ("step(i, state)", "step(bos, state)"),
    "BOS is among the ids: return only what was chosen": ("i, ids = bos, []", "i, ids = bos, [bos]"),
    "BOS is among the ids, and takes a place of theirs": (
        "i, ids = bos, []",
        "i, ids = bos, [bos]",
        "return ids",
        "return ids[:max_len]",
    ),
    "BOS is among the ids, and so is EOS: return only what comes between": (
        "i, ids = bos, []",
        "i, ids = bos, [bos]",
        STOP,
        "ids.append(i)\n        if i == eos:\n            break",
    ),
    "it stops at BOS: only EOS is special": ("== eos", "in (bos, eos)"),
    "a predicted BOS is left out: it is an ordinary id": (TAKEN, "if i != bos:\n            ids.append(i)"),
    "it stops at id 0: only EOS is special, and EOS may be any id": ("== eos", "in (0, eos)"),
    "id 0 is left out: it is an ordinary id": (TAKEN, "if i != 0:\n            ids.append(i)"),
    "EOS is taken to be 2: use the argument": ("== eos", "== 2"),
    "EOS is taken to be 1: use the argument": ("== eos", "== 1"),
    "EOS is taken to be 0: use the argument": ("== eos", "== 0"),
    "BOS is taken to be 1: use the argument": ("i, ids = bos", "i, ids = 1"),
    "BOS is taken to be 0: use the argument": ("i, ids = bos", "i, ids = 0"),
    "one id too many: at most max_len": ("range(max_len)", "range(max_len + 1)"),
    "one id too few where EOS does not come: max_len of them": ("range(max_len)", "range(max_len - 1)"),
    "the smallest logit is taken: the next id is the argmax": ("argmax", "argmin"),
    "the second-best id is taken: the next id is the argmax": ("np.argmax(logits)", "np.argsort(logits)[-2]"),
    "it stops when an id comes for the second time: only EOS ends a sentence": (
        "if i == eos",
        "if i == eos or i in ids",
    ),
    "ids that came before are left out": (TAKEN, "if i not in ids:\n            ids.append(i)"),
    "the last id is missing": ("return ids", "return ids[:-1]"),
    "the first id is missing": ("return ids", "return ids[1:]"),
    "the ids are in the reverse order": ("return ids", "return ids[::-1]"),
    "only the last id comes back: all of them are asked for": ("return ids", "return ids[-1:]"),
    "only the first id comes back: is there a `return` inside the loop?": ("return ids", "return ids[:1]"),
    "the list is filled up to max_len with EOS: stop there": (
        "return ids",
        "return ids + [eos] * (max_len - len(ids))",
    ),
    "the list is filled up to max_len with zeros": ("return ids", "return ids + [0] * (max_len - len(ids))"),
    "the list is not flat: return the ids": ("return ids", "return [ids]"),
    "the largest absolute logit is taken: the next id is the argmax": (
        "np.argmax(logits)",
        "np.argmax(np.abs(logits))",
    ),
    "these are floats: an id is int(np.argmax(logits))": sign(lambda got, *_: as_numbers(got).dtype.kind == "f"),
    "the ids come as one text: return a list": sign(lambda got, *_: isinstance(got, str)),
    "an id comes that is not the argmax of the logits there: nothing is drawn, and the state is the one of this step": sign(
        lambda got, step, state, bos, eos, max_len: not follows_argmax(got, step, state, bos)
    ),
}


def follows_argmax(ids, step, state, bos):
    """Is each id the argmax after those before it?"""
    for before, i in pairwise([bos, *np.asarray(ids).tolist()]):
        logits, state = step(before, state)
        if np.argmax(logits) != i:
            return False
    return True


@exercise(
    points=10,
    title="Greedy decoding",
    takes="step, state, bos, eos, max_len",
    returns="the list of ids",
    alike=[("BOS is taken to be", "the first call is step"), ("ids that came before", "it stops when an id comes")],
    reference=greedy,
    slips=edits(greedy, GREEDY_SLIPS, of=written),
    crashes={
        "too many calls": "stop after max_len ids, also where EOS never comes",
        "": "step(i, state) takes one id first, then the state, and gives (logits, new_state)",
    },
    integers=True,
    edges={
        "EOS at once": "the list may be empty",
        "EOS never comes": "exactly `max_len` ids where EOS never comes",
        "max_len of one": "`max_len` may be 1",
        "BOS is predicted": "a predicted BOS is an ordinary id",
        "0 is an id": "so is 0",
        "any BOS and EOS": "BOS and EOS are any two ids",
        "EOS in the last call": "at the last call",
    },
)
def greedy_decode(t):
    def tries(step, state, bos, eos, max_len):
        for what in ("", "at a second call") if t.failed is None else ("",):
            watched = Watched(step, len(step(0, state)[0]), 4 * max_len + 20)
            got = t.call(Served(watched), state, bos, eos, max_len)
            watched.got_ids(t)
            t.matches(got, step, state, bos, eos, max_len, what=what)
            first = "the first call of step does not get BOS"
            t.require(watched.fed[:1] == [bos], first, slip="the first call is step(bos, state)", guards=False)
            message, slip = "step is called more than max_len times", "one call for each id, the last one EOS"
            t.require(len(watched.fed) <= max_len, message, slip=slip, guards=False)

    def chain(*ids):
        """A step without a state to speak of: after each of these ids comes the next one, after all others the last."""
        after = dict(pairwise(ids))
        return lambda i, state: (np.eye(5)[after.get(int(i), ids[-1])], state + 1)

    with t.case("the worked example", visible=True):
        tries(chain(0, 2, 3, 1), 10, 0, 1, 5)  # a first state that is no id
    with t.case("EOS never comes, any BOS and EOS"):
        tries(*with_end(t, 6, 5, 7, low=None))
    with t.case("0 is an id like any other"):
        for _ in range(2):
            tries(*with_end(t, 6, 5, 10, low=3, holds=0))
    for _ in range(3):
        for V, H, max_len in ((6, 4, 9), (9, 7, 12), (5, 5, 5)):
            with t.case("drawn weights, any BOS and EOS"):
                tries(*with_end(t, V, H, max_len, low=2))
            with t.case("EOS never comes"):
                tries(*with_end(t, V, H, max_len, low=None))
    with t.case("BOS is predicted before EOS"):
        for _ in range(2):
            tries(*with_end(t, 6, 5, 10, low=3, holds="bos"))
    with t.case("EOS at once"):
        tries(*with_end(t, 7, 5, 6, low=0, high=1))
    with t.case("EOS in the last call"):
        tries(*with_end(t, 8, 6, 5, low=4, high=5))
    with t.case("max_len of one"):
        tries(*with_end(t, 5, 4, 1, low=None))


def with_end(t, V, H, max_len, low, high=None, holds=None):
    """step, state, bos, eos, max_len, for which EOS comes after `low` to `high` - 1 ids; never, if low is None.

    holds: an id that comes before EOS, or "bos".
    """
    high = max_len if high is None else high
    while True:
        step, state = small_rnn(t, V, H)
        bos = int(t.integers(V))
        path = written(step, state, bos, -1, max_len)
        free = {*range(V)} - {bos, 0 if holds == 0 else bos}
        ends = free - {*path} if low is None else {i for i in free & {*path} if low <= path.index(i) < high}
        wanted = bos if holds == "bos" else holds
        for eos in sorted(ends):
            ids = written(step, state, bos, eos, max_len)
            if wanted is None or (wanted in ids[:-1] and wanted not in (ids[-1], eos) and (holds != 0 or bos != 0)):
                return step, state, bos, eos, max_len


# -- beam_search ---------------------------------------------------------------------------------------------
def beam(step, bos, eos, k, max_len):
    found = found_by(step, bos, eos, k, max_len)
    return np.array(found[0], int), found[1]


def found_by(step, bos, eos, k, max_len):
    beams, done = [([], 0.0)], []
    for _ in range(max_len):
        longer = []
        for seq, score in beams:
            log_p = step((bos, *seq))
            longer += [([*seq, i], score + log_p[i]) for i in range(len(log_p))]
        best = sorted(longer, key=lambda hypothesis: -hypothesis[1])[:k]
        done += [(seq[:-1], score) for seq, score in best if seq[-1] == eos]
        beams = [(seq, score) for seq, score in best if seq[-1] != eos]
    return max(done + beams, key=lambda hypothesis: hypothesis[1])


ADDED, BEST, WINS = "score + log_p[i]", "[:k]", "max(done + beams, key=lambda hypothesis: hypothesis[1])"
DONE = "done += [(seq[:-1], score) for seq, score in best if seq[-1] == eos]"
BY_SCORE = "key=lambda hypothesis: -hypothesis[1]"
LAST = "step((bos, *seq[:-1]))[eos]"
NORMALISED = "max(done + beams, key=lambda hypothesis: hypothesis[1] / (len(hypothesis[0]) + 1))"
AND_NEW = "log-probabilities are added: score + log_p[i]"
NO_LENGTH = "no length normalisation: compare the total log-probabilities as they are"
TOO_MANY = "one hypothesis too many is kept: k of them"
TOO_FEW = "one hypothesis too few is kept: k of them"
LATE = "one expansion too many: at most max_len"
EARLY = "one expansion too few: at most max_len"
UNFINISHED = "unfinished hypotheses are thrown away: one that is cut at max_len counts as well"
FINISHED = "finished hypotheses are thrown away: keep them, and compare at the end"
FIRST_WINS = "the first finished hypothesis wins: go on, a longer one may still be better"
ONE_EACH = "each hypothesis gets only its one best continuation: look at all"
LOST = "the finished hypotheses of earlier steps are lost: keep them until the end"
EVERY_END = "every ending is kept, also one that is not among the k best: at k = 1 this is not greedy decoding"
GREEDY = "the beam is one hypothesis wide whatever k is: this is greedy decoding"
OVER_LENGTH = f"the winner is chosen by score over length: {NO_LENGTH}"
OVER_IDS = f"the winner is chosen by score over its number of ids: {NO_LENGTH}"
UNPRUNED = "nothing is pruned: after each step keep the k best of all hypotheses"
TOLD_APART = UNFINISHED, FIRST_WINS, ONE_EACH, TOO_MANY, LATE, EARLY, EVERY_END, OVER_LENGTH
BEAM_SLIPS = {
    f"log-probabilities are multiplied: {AND_NEW}": ("([], 0.0)", "([], 1.0)", ADDED, "score * log_p[i]"),
    f"only the last step's log-probability counts: {AND_NEW}": (ADDED, "log_p[i]"),
    f"the score is divided by the length in the end: {NO_LENGTH}": (
        WINS,
        f"(lambda seq, score: (seq, score / (len(seq) + 1)))(*{NORMALISED})",
    ),
    OVER_LENGTH: (WINS, NORMALISED),
    OVER_IDS: (WINS, "max(done + beams, key=lambda hypothesis: hypothesis[1] / max(1, len(hypothesis[0])))"),
    FIRST_WINS: (DONE, f"{DONE}\n        if done:\n            return done[0]"),
    UNFINISHED: (WINS, "max(done or beams, key=lambda hypothesis: hypothesis[1])"),
    FINISHED: (WINS, "max(beams or done, key=lambda hypothesis: hypothesis[1])"),
    "EOS is in the sequence: return it without": ("(seq[:-1], score)", "(seq, score)"),
    "BOS is in the sequence: return it without": (WINS, f"(lambda seq, score: ([bos, *seq], score))(*{WINS})"),
    "BOS and EOS are in the sequence: return it without": (
        "(seq[:-1], score)",
        "(seq, score)",
        WINS,
        f"(lambda seq, score: ([bos, *seq], score))(*{WINS})",
    ),
    "the score lacks the log-probability of EOS": (
        "done += [(seq[:-1], score)",
        f"done += [(seq[:-1], score - {LAST})",
    ),
    UNPRUNED: (BEST, ""),
    "the k worst are kept: sort by falling score": (BY_SCORE, BY_SCORE.replace("-", "")),
    GREEDY: (BEST, "[:1]"),
    TOO_MANY: (BEST, "[: k + 1]"),
    TOO_FEW: (BEST, "[: max(1, k - 1)]"),
    LATE: ("range(max_len)", "range(max_len + 1)"),
    EARLY: ("range(max_len)", "range(max(1, max_len - 1))"),
    "the k best of each hypothesis are kept, so that there are more and more: keep the k best of all together": (
        BEST,
        "",
        "for i in range(len(log_p))]",
        "for i in np.argsort(-log_p)[:k]]",
    ),
    ONE_EACH: ("for i in range(len(log_p))]", "for i in np.argsort(-log_p)[: k if len(beams) == 1 else 1]]"),
    "the score is a probability: return its natural logarithm": (
        WINS,
        f"(lambda seq, score: (seq, np.exp(score)))(*{WINS})",
    ),
    "the sign of the score is wrong: it is a log-probability, and not positive": (
        WINS,
        f"(lambda seq, score: (seq, -score))(*{WINS})",
    ),
    "the score is in bits: use the natural logarithm": (
        WINS,
        f"(lambda seq, score: (seq, score / np.log(2)))(*{WINS})",
    ),
    "the logarithm is taken of log-probabilities": (ADDED, "score + np.log(np.abs(log_p[i]))"),
    "the worst hypothesis comes back: the best total wins": ("max(done", "min(done"),
    "step is given the last id only: the prefix is the state": ("step((bos, *seq))", "step((bos, *seq[-1:]))"),
    "EOS does not end a hypothesis: it is one id among others": (
        " if seq[-1] == eos]",
        " if False]",
        " if seq[-1] != eos]",
        "]",
    ),
    "the log-probability of EOS counts twice": ("(seq[:-1], score) for", f"(seq[:-1], score + {LAST}) for"),
    EVERY_END: ("for seq, score in best if seq[-1] == eos]", "for seq, score in longer if seq[-1] == eos]"),
    LOST: ("done += [(seq", "done = [(seq"),
    "finished hypotheses are expanded further: EOS ends one, put it aside with its score": lambda *args: past_the_end(
        *args
    ),
    f"the score is divided by a length: {NO_LENGTH}": sign(
        lambda got, *args: any(scored_right((got[0], got[1] * n), *args, best=True) for n in range(2, args[-1] + 3))
    ),
    f"a longer sequence comes back although a shorter one has a higher total: {NO_LENGTH}": sign(
        lambda got, *args: scored_right(got, *args) and len(got[0]) > len(beam(*args)[0])
    ),
    "all hypotheses come back: return the best one": sign(
        lambda got, *_: isinstance(got, list) and all(isinstance(one, list | tuple) and len(one) == 2 for one in got)
    ),
}


def scored_right(got, step, bos, eos, k, max_len, best=False):
    """Is the score that of the sequence that came, and (unless best is true) lower than that of the best one?"""
    right = log_probability(step, bos, eos, [int(i) for i in got[0]], max_len)
    return abs(got[1] - right) < 1e-4 and (best or got[1] < beam(step, bos, eos, k, max_len)[1] - 1e-4)


def past_the_end(step, bos, eos, k, max_len):
    """A beam that expands what has ended; what comes after EOS is cut off in the end, and its score is not."""
    seq, score = found_by(step, bos, -1, k, max_len)
    return np.array(seq[: seq.index(eos)] if eos in seq else seq, int), score


@exercise(
    points=15,
    title="Beam search",
    takes="step, bos, eos, k, max_len",
    returns="seq, score",
    alike=[
        ("the k best of each", "after each step keep", "each hypothesis gets only"),
        ("unfinished", "the first finished"),
        ("finished hypotheses are thrown", "the winner is chosen"),
    ],
    reference=beam,
    slips=edits(beam, BEAM_SLIPS, of=found_by),
    crashes={
        "begin with BOS|tuple or list of ids|no id of the": "step(prefix) takes all ids so far, and BOS stands first",
        "far too often": "after each step keep the k best of all hypotheses, and stop after max_len steps",
        "": "a hypothesis is a list of ids and a score; step(prefix) gives log-probabilities (V,)",
    },
    atol=1e-4,
    edges={
        "any BOS and EOS": "BOS and EOS are any two ids",
        "one wide: greedy": "With `k = 1` this is greedy decoding",
        "wide enough for everything": "with a very wide beam it finds the best sequence of all",
        "EOS never among the best": "is cut and counts as it stands",
        "EOS at once": "it may be empty",
        "one expansion": "`max_len` may be 1",
        "greedy loses": "two hypotheses find what one misses",
        "a beam of two": "keep the `k` best of **all** these continuations",
    },
)
def beam_search(t):
    def tries(step, V, bos, eos, k, max_len):
        for what in ("", "at a second call") if t.failed is None else ("",):
            watched = WatchedPrefixes(step, V, bos, enough=4 * (k * max_len + 1) + 20)
            got = t.call(Served(watched), bos, eos, k, max_len)
            right = searches(step, bos, eos, k, max_len)
            nearest = next(((np.array(seq, int), score) for seq, score in right if same(got, seq, score)), None)
            t.matches(got, step, bos, eos, k, max_len, what=what, gives=nearest)
            message = "step is called more often than once for each of the k hypotheses and each step"
            slip = "after each step keep the k best of all hypotheses; one that has ended, or is cut, is not expanded"
            t.require(watched.calls <= k * max_len + 1, message, slip=slip, guards=False)
            if nearest and len(nearest[0]):
                whole = "the ids are not whole numbers, of an integer type"
                t.require(as_numbers(got[0]).dtype.kind in "iu", whole, slip="keep ids as int", guards=False)

    def draw(V, **how):
        bos, eos = (int(i) for i in t.rng.permutation(V)[:2])
        return random_language(t, V, bos, eos, **how), V, bos, eos

    def telling(words, k, max_len, other=GREEDY):
        """A language in which the slip finds something else than any right search, and than the other slip."""
        wrong, another = t.exercise.slips[words], t.exercise.slips[other]
        for ends in 40 * (0.0, 1.0, -1.0, 2.0):
            step, _, bos, eos = drawn = draw(5, ends=ends)
            try:
                found = wrong(step, bos, eos, k, max_len)
                alike = [another(step, bos, eos, k, max_len)] if words != other else []
            except ValueError:  # it has nothing left in hand
                continue
            if not any(same(found, *one) for one in alike + searches(step, bos, eos, k, max_len)):
                break
        return drawn

    with t.case("the worked example", visible=True):
        tries(toy, 4, 0, 1, 1, 3)
        tries(toy, 4, 0, 1, 2, 3)
    with t.case("one wide: greedy decoding"):
        tries(*telling(TOO_MANY, 1, 4, other=UNPRUNED), 1, 4)
    with t.case("a beam of two or three"):
        tries(*telling(TOO_FEW, 3, 4), 3, 4)
        tries(*telling(LOST, 2, 4), 2, 4)
        tries(*telling(FINISHED, 2, 4, other=OVER_IDS), 2, 4)
    with t.case("one wide: greedy decoding"):
        for _ in range(3):
            tries(*draw(5, ends=0.5), 1, 5)
    with t.case("wide enough for everything"):
        for ends in (-0.5, 0.5, 1.5):
            tries(*draw(4, ends=ends), 150, 3)
    with t.case("greedy loses"):
        for k, max_len in ((2, 4), (3, 5), (4, 3)):
            tries(*telling(GREEDY, k, max_len), k, max_len)
    with t.case("a beam of two or three"):
        for n, words in enumerate(TOLD_APART):
            k = 2 + n % 2
            tries(*telling(words, k, 4), k, 4)
    with t.case("EOS never among the best"):
        tries(*draw(5, ends=-40), 2, 4)
    with t.case("EOS at once"):
        tries(*draw(4, ends=8), 2, 4)
    with t.case("one expansion"):
        tries(*draw(6), 3, 1)


def toy(prefix):
    """The worked example's language: log-probabilities of the ids 0 (BOS) to 3 after a prefix."""
    after = {(0,): [0, 0.1, 0.5, 0.4], (0, 2): [0, 0.3, 0.4, 0.3], (0, 3): [0, 0.9, 0.05, 0.05]}
    return np.log(np.maximum(after.get(tuple(prefix), [0, 0.5, 0.25, 0.25]), 1e-30))


def same(got, seq, score):
    """Is what came this sequence with this score?"""
    ids, total = map(as_numbers, got) if isinstance(got, list | tuple) and len(got) == 2 else (None, None)
    if ids is None or total is None or total.shape:
        return False
    return np.array_equal(ids, seq) and abs(total - score) < 1e-4


# -- bleu ----------------------------------------------------------------------------------------------------
def grams(words, k):
    return Counter(tuple(words[i : i + k]) for i in range(len(words) - k + 1))


def overlap(pred, ref, n=4):
    p = []
    for k in range(1, n + 1):
        ours, theirs = grams(pred, k), grams(ref, k)
        hits = sum(min(count, theirs[gram]) for gram, count in ours.items())
        p.append(hits / max(1, sum(ours.values())))
    brevity = np.exp(min(0, 1 - len(ref) / max(1, len(pred))))
    return brevity * np.prod(p) ** (1 / n)


CLIPPED, OF_PRED = "min(count, theirs[gram])", "max(1, sum(ours.values()))"
MEAN_P, BREVITY = "np.prod(p) ** (1 / n)", "np.exp(min(0, 1 - len(ref) / max(1, len(pred))))"
SHORT = "a translation shorter than the reference is punished by exp(1 - len(ref) / len(pred))"
NO_SMOOTHING = "no smoothing: if one p_k is 0, so is BLEU"
BLEU_SLIPS = {
    "the k-grams are not clipped: each counts at most as often as it stands in ref": (
        CLIPPED,
        "count * (gram in theirs)",
    ),
    "every k-gram counts once, as in a set: count each as often as it stands in both": (
        CLIPPED,
        "int(gram in theirs)",
        OF_PRED,
        "max(1, len(ours))",
    ),
    "every k-gram that is found counts once: count each as often as it stands in both": (
        CLIPPED,
        "int(gram in theirs)",
    ),
    "this is recall: divide by the number of k-grams in pred, not in ref": (OF_PRED, "max(1, sum(theirs.values()))"),
    "the divisor is the number of words: divide by the number of k-grams, len(pred) - k + 1": (
        OF_PRED,
        "max(1, len(pred))",
    ),
    "the number of different k-grams divides: divide by all k-grams of pred": (OF_PRED, "max(1, len(ours))"),
    "the weights are 1/2^k: a well-known book's variant; in BLEU all are 1/n": (
        MEAN_P,
        "np.prod(np.power(p, 0.5 ** np.arange(1, n + 1)))",
    ),
    "this is the arithmetic mean of the p_k: take the geometric one": (MEAN_P, "np.mean(p) * (min(p) > 0)"),
    f"this is the arithmetic mean of the p_k, also where one is 0: take the geometric one. {NO_SMOOTHING}": (
        MEAN_P,
        "np.mean(p)",
    ),
    "the root is missing: (Π p_k)^(1/n)": (MEAN_P, "np.prod(p)"),
    "the root is the fourth whatever n is: 1/n": ("(1 / n)", "(1 / 4)"),
    "only p_n is used: take the geometric mean of all from 1 to n": (MEAN_P, "p[-1]"),
    "only p_1 is used: take the geometric mean of all from 1 to n": (MEAN_P, "p[0]"),
    "the brevity penalty is missing": (f"{BREVITY}\n", "1\n"),
    "the brevity penalty punishes long translations: it belongs to those shorter than the reference": (
        BREVITY,
        "np.exp(min(0, 1 - len(pred) / len(ref)))",
    ),
    f"a translation longer than the reference gets a bonus: {SHORT}, and a long one by nothing": (
        BREVITY,
        "np.exp(1 - len(ref) / max(1, len(pred)))",
    ),
    f"the brevity penalty is the ratio of the lengths: {SHORT}": (BREVITY, "min(1, len(pred) / len(ref))"),
    f"the brevity penalty divides by len(ref): {SHORT}": (BREVITY, "np.exp(min(0, len(pred) / len(ref) - 1))"),
    f"the brevity penalty counts the words that are missing, not their share: {SHORT}": (
        BREVITY,
        "np.exp(min(0, len(pred) - len(ref)))",
    ),
    "the brevity penalty is inside of the root: multiply by it afterwards": (
        "brevity * np.prod(p) ** (1 / n)",
        "(brevity * np.prod(p)) ** (1 / n)",
    ),
    f"a missing k-gram is left out of the mean: {NO_SMOOTHING}": (
        MEAN_P,
        "np.prod([q for q in p if q > 0] or [0]) ** (1 / n)",
    ),
    "this is the mean of precision and recall: divide by the k-grams of pred alone": (
        OF_PRED,
        "max(1, (sum(ours.values()) + sum(theirs.values())) / 2)",
    ),
    "precision and recall are mixed, and there is no brevity penalty: divide by the k-grams of pred alone": (
        OF_PRED,
        "max(1, (sum(ours.values()) + sum(theirs.values())) / 2)",
        f"{BREVITY}\n",
        "1\n",
    ),
    f"1 is added to hits and number: {NO_SMOOTHING}": (
        "hits / max(1, sum(ours.values()))",
        "(hits + 1) / (sum(ours.values()) + 1)",
    ),
    f"1 is added to hits and number from p_2 on: {NO_SMOOTHING}": (
        "hits / max(1, sum(ours.values()))",
        "(hits + (k > 1)) / max(1, sum(ours.values()) + (k > 1))",
    ),
    f"a p_k of 0 is replaced by a small number: {NO_SMOOTHING}": sign(
        lambda got, pred, ref, n=4: overlap(pred, ref, n) == 0 and 0 < got < 0.2
    ),
    "n is cut to the length of pred: a translation with less than n words has BLEU 0": lambda pred, ref, n=4: overlap(
        pred, ref, max(1, min(n, len(pred)))
    ),
    "n is 4 whatever is asked for: use the argument": lambda pred, ref, n=4: overlap(pred, ref),
    "pred and ref are taken for each other": lambda pred, ref, n=4: overlap(ref, pred, n) if pred else 0.0,
    "this is in per cent: give a number from 0 to 1": ("brevity * np.prod(p)", "100 * brevity * np.prod(p)"),
    "the k-grams end one too early: there are len - k + 1": (
        "grams(pred, k), grams(ref, k)",
        "grams(pred[:-1], k), grams(ref[:-1], k)",
    ),
    "the last k-gram of ref is left out: there are len(ref) - k + 1": ("grams(ref, k)", "grams(ref[:-1], k)"),
    "only the first k-gram of pred is looked at: there are len(pred) - k + 1": ("grams(pred, k)", "grams(pred[:k], k)"),
    "words are compared place by place: a k-gram may stand anywhere": (
        "hits = sum(min(count, theirs[gram]) for gram, count in ours.items())",
        "hits = sum(pred[i : i + k] == ref[i : i + k] for i in range(len(pred) - k + 1))",
    ),
    "the letters are counted, not the words": lambda pred, ref, n=4: overlap(
        list(" ".join(pred)), list(" ".join(ref)), n
    ),
    "the words are joined without a space, so that different k-grams look alike": lambda pred, ref, n=4: joined(
        pred, ref, n
    ),
    "capitals are made small: words are compared as they are": lambda pred, ref, n=4: overlap(
        [word.lower() for word in pred], [word.lower() for word in ref], n
    ),
    "the logarithm comes back: return BLEU itself": sign(
        lambda got, *args: np.allclose(got, np.log(max(overlap(*args), 1e-300))) or np.isneginf(got)
    ),
    "a translation without any word, or with no hit, still counts: BLEU is 0 there": sign(
        lambda got, pred, ref, n=4: overlap(pred, ref, n) == 0 and got > 0
    ),
    "it is rounded: return it as it is": sign(lambda got, *args: 0 < abs(got - overlap(*args)) < 6e-3),
}


def joined(pred, ref, n=4):
    """BLEU of k-grams that are glued together."""
    p = []
    for k in range(1, n + 1):
        ours, theirs = (Counter("".join(gram) for gram in grams(words, k).elements()) for words in (pred, ref))
        p.append(sum((ours & theirs).values()) / max(1, sum(ours.values())))
    return np.exp(min(0, 1 - len(ref) / max(1, len(pred)))) * np.prod(p) ** (1 / n)


@exercise(
    points=15,
    title="BLEU",
    takes="pred, ref, n",
    returns="BLEU ()",
    reference=overlap,
    slips=edits(overlap, BLEU_SLIPS),
    crashes={
        "math domain|divide by zero|expected a positive": "the logarithm of 0: if one p_k is 0, return 0.0 first",
        "division": "a translation with fewer than n words has no n-grams: return 0.0 first",
        "unhashable": "a k-gram is a tuple of words: tuple(words[i:i + k])",
        "": "pred and ref are lists of words; pred may be empty; a k-gram is tuple(words[i:i + k]); n has the default 4",
    },
    atol=1e-6,
    rtol=0,
    edges={
        "n from 1 to 4": "`n` is 4 unless it is given",
        "the empty translation": "`pred` may be empty",
        "too short for n": "fewer than `n` words",
        "as long as n": "one of exactly `n` words has one n-gram",
        "no common k-gram": "no smoothing",
        "words that come again": "at most as often as in `ref`",
        "longer than the reference": "a longer translation is not punished",
        "capitals": "compared as they are",
    },
)
def bleu(t):
    mat = "the cat sat on the mat".split()
    with t.case("the worked example", visible=True):
        t.tries(mat, mat)
        t.tries(mat[:5], mat)
        t.tries("the the cat".split(), mat, 2)
        t.tries(["a"], mat)
    with t.case("n from 1 to 4"):
        t.tries("a cat sat there".split(), mat, 1)
    with t.case("longer than the reference"):
        t.tries(["now", *mat, "at", "noon"], mat)
    with t.case("no common k-gram: no smoothing"):
        t.tries("the cat sat in the mat".split(), mat)
    with t.case("drawn sentences, n from 1 to 4"):
        for n in (3, 2, 4, 1) * 3:
            t.tries(*sentences(t, n), n)
    with t.case("longer than the reference, and shorter"):
        for times in (2, -3):
            for _ in range(2):
                t.tries(*sentences(t, 3, grows=times), 3)
    with t.case("words that come again"):
        for _ in range(2):
            pred, ref = sentences(t, 2, words=4)
            t.tries([*pred, *pred[:3], *pred[:3]], [*ref, ref[0]], 2)
    with t.case("as long as n"):
        t.tries(mat[:4], mat)
        t.tries(mat[:2], mat, 2)
    with t.case("too short for n"):
        t.tries(mat[:3], mat)
        t.tries(mat[:1], mat, 2)
    with t.case("the empty translation"):
        t.tries([], mat)
        t.tries([], ["a"], 1)
    with t.case("no common k-gram: no smoothing"):
        t.tries("the cat sat in the mat".split(), mat)
        t.tries("mat the on sat cat the".split(), mat)
        t.tries("a b c d e".split(), mat)
    t.tries("aa b the Cat sat".split(), "a ab the cat sat".split(), 2, case="capitals")


def sentences(t, n, grows=0, words=9):
    """A translation and its reference, of 8 to 12 words, that share n-grams; some words come twice."""
    while True:
        ref = [f"w{i}" for i in t.integers(words, int(t.integers(13, low=8)))]
        pred, at = ref.copy(), int(t.integers(len(ref)))
        pred[at] = f"w{int(t.integers(words))}"
        pred = pred[int(t.integers(3)) :] if grows == 0 else [*pred, *ref[:grows]] if grows > 0 else pred[:grows]
        if overlap(pred, ref, n) > 0.05:
            return pred, ref
