"""Lab 5, Irish music one character at a time: one function an exercise, which judges an answer.

The references are NumPy and live only here, with the tester. A slip is a wrong reference, told in words; one that is a
tuple is the reference's own text, edited. What is random (batches, samples, fresh models) is judged by its properties
and frequencies. Contracts: what an answer gets, what it must return, and the worked examples, stand in the notebook.
"""

import itertools
import re
from functools import partial

import numpy as np

from seqlab.checks import AnswerError, Closed, Failed, as_numbers, describe, exercise, shape_text, sign, tensor
from seqlab.checks.learning import is_made_of_its_weights, learns, slopes_are_its_own
from seqlab.checks.models import ModelCheck
from seqlab.checks.mutants import sampling_answer
from seqlab.checks.recurrence import carries_a_state
from seqlab.checks.references import cross_entropy, log_softmax, softmax
from seqlab.checks.sampling import argmax_at_0, drawn_ids, frequencies, new_seed, seeds_matter
from seqlab.checks.slips import as_keras_probabilities, loss_slips
from seqlab.checks.steps import feeds_back, small_rnn
from seqlab.checks.training import BY_HAND, LATE, UNCLIPPED, gradients, keeps_direction, norm, takes_steps
from seqlab.checks.windows import (
    distinct_ids,
    drawn_starts,
    even_starts,
    independent_rows,
    new_rng,
    own_starts,
    repeating_text,
)


# -- split_tunes -------------------------------------------------------------------------------------------
def tunes_of(text):
    """A tune runs from a line `X:` to the next blank line or the end, whatever else stands between."""
    tunes, lines = [], []
    for line in [*unix(text).split("\n"), ""]:
        if line.strip():
            if lines or line.startswith("X:"):
                lines.append(line)
        elif lines:
            tunes.append("\n".join(lines).strip())
            lines = []
    return tunes


def unix(text):
    return re.sub(r"\r\n?", "\n", text)


def begins_a_line(piece, text):
    first = piece.split("\n")[0].strip()
    return any(line.startswith(first) for line in unix(text).split("\n"))


def pieces(text, cut):
    return [piece for piece in re.split(cut, text) if piece.startswith("X:")]


LINE_ENDS = "a \\r is left: the line ends may be \\n, \\r\\n or \\r; make them all \\n first"
KEEP = "split at blank lines, then keep only what starts with X: (no comments, prose or empty pieces)"
STRIP = "strip each tune: it neither begins nor ends with white space"
HIDDEN = """\
after split("\\n\\n") a piece begins with a newline where more than one blank line stands before its tune, so that \
it does not start with X: and is dropped: strip each piece before you ask how it starts"""
NO_LAST = """\
each tune keeps the newlines at its end, and the last tune is lost: strip each one, and the text may end without a \
blank line"""
BLANKS = "a blank line may hold spaces or tabs, and ends a tune all the same"
WITHIN = 'an X: within a line, as in a title, begins no tune: ask each line, line.startswith("X:")'
NO_TUNE = "a piece is no tune: a tune begins at a line starting with X: and nowhere else"
LINE_BREAKS = "a tune keeps its line breaks, as \\n"
TUNES_SLIPS = {
    f"{HIDDEN}, and keep the stripped one": lambda text: pieces(text, "\n\n"),
    HIDDEN: lambda text: [piece.strip() for piece in pieces(unix(text), "\n\n")],
    LINE_ENDS: ("unix(text)", "text"),
    f"{LINE_ENDS}, a lone \\r too": ("unix(text)", r'text.replace("\r\n", "\n")'),
    STRIP: lambda text: pieces(unix(text), r"\n[ \t]*\n\s*"),
    NO_LAST: lambda text: re.findall(r"^X:.*?\n\n", unix(text), re.S | re.M),
    "the line X: belongs to the tune": ("join(lines)", "join(lines[1:])"),
    LINE_BREAKS: (r'"\n".join', '" ".join'),
    f"{LINE_BREAKS}: its lines are run together": (r'"\n".join', '"".join'),
    "the comment lines inside a tune belong to it": ("if lines or", 'if lines and line[0] != "%" or'),
    f"{KEEP}; a blank line may also hold spaces": lambda text: text.split("\n\n"),
    KEEP: ('line.startswith("X:")', "line"),
    "one text comes back: split it into its tunes": ("return tunes", r'return ["\n\n".join(tunes)]'),
    "the last tune is lost: the text may end without a blank line or a newline": ("return tunes", "return tunes[:-1]"),
    "the first tune is lost: it may stand at the very beginning": lambda text: tunes_of(text)[text.startswith("X:") :],
    "the tunes are in the reverse order: keep that of the text": ("return tunes", "return tunes[::-1]"),
    BLANKS: ("if line.strip()", "if line"),
    NO_TUNE: ('line.startswith("X:")', "line", "return tunes", 'return [tune for tune in tunes if "X:" in tune]'),
}
NO_DOTALL = "no tune is found: in a pattern a dot stops at a line break, unless re.DOTALL is said"
FEWER = "a tune is missing: look at the line ends (\\n, \\r\\n, \\r), the first tune and the last"
TUNES_SIGNS = {
    "return [] where there is no tune": lambda got, text: not isinstance(got, list) and not tunes_of(text),
    LINE_ENDS: lambda got, text: any("\r" in p for p in got),
    STRIP: lambda got, text: [p.strip() for p in got] == tunes_of(text),
    KEEP: lambda got, text: [p for p in got if p.startswith("X:")] == tunes_of(text),
    "there is no tune, so the list is empty: return []": lambda got, text: not tunes_of(text),
    NO_DOTALL: lambda got, text: not got and "\r" not in text,
    BLANKS: lambda got, text: any(re.search(r"\n[ \t]*\n", p) for p in got),
    WITHIN: lambda got, text: any(p.startswith("X:") and not begins_a_line(p, text) for p in got),
    NO_TUNE: lambda got, text: not all(p.startswith("X:") for p in got),
    FEWER: lambda got, text: len(got) < len(tunes_of(text)),
    "each tune keeps all its lines, from X: to the next blank line, and no others": lambda got, text: bool(got),
}


@exercise(
    points=10,
    title="Find the tunes",
    takes="abc_text",
    reference=tunes_of,
    slips=TUNES_SLIPS,
    otherwise=TUNES_SIGNS,
    edges={
        "line ends \\n, \\r\\n and \\r": "Lines may end in `\\n`, `\\r\\n` (Windows) or `\\r` (old Macs)",
        "no newline after the last tune": "at the end of the text",
        "comments and prose between": "everything that is not in a tune is dropped",
        "comment lines inside a tune": "Lines that begin with `%` within a tune belong to it",
        "runs of blank lines": "one blank line or many",
        "blank lines that hold spaces or tabs": "nothing but spaces or tabs is blank",
        "no tune, an empty text": "an empty list if there is none",
        "an X: within a line": "`X:` in the middle of a line begins no tune",
        "the same tune or number twice": "the same tune may come twice",
    },
)
def split_tunes(t):
    t.shows("% songs\n\nX:1\nK:D\nab|\n\n\nX:2\nK:G\ncd|", what="line ends \\n")
    a, b, c = (tune(t, number) for number in (3, 14, 200))
    comment, prose = ("% a collection\n% in two parts", "These are dances.\nA header such as X:7 starts a tune.")

    def text(*blocks, gap="\n\n", first="", last="\n"):
        return first + gap.join(blocks) + last

    for end, name in (("\n", "\\n"), ("\r\n", "\\r\\n"), ("\r", "\\r")):
        for label, written in (
            ("one tune", text(a)),
            ("no newline after the last tune", text(a, b, last="")),
            ("a comment block first, prose between", text(comment, a, prose, b, c)),
            ("a comment block last", text(a, comment, b, comment)),
            ("runs of blank lines", text(a, comment, b, c, gap="\n\n\n\n", first="\n\n", last="\n\n\n")),
            ("blank lines that hold spaces or tabs", text(a, prose, b, c, gap="\n \t\n", last="\n  \n")),
            ("empty and whitespace-only lines mixed", text(prose, a, b, comment, c, gap="\n\n  \n\t\n\n", last="")),
            ("no tune", text(comment, prose)),
        ):
            t.tries(written.replace("\n", end), case=label, what=f"line ends {name}")
    for label, written in (
        ("an empty text", ""),
        ("40 tunes", "\n\n".join(tune(t, number) for number in range(1, 41))),
        ("numbers that fall, and one that comes twice", "\n\n".join([b, a, tune(t, 3), c])),
        ("the same tune twice", "\n\n".join([a, b, a])),
        ("a tune of one line, and one of 60", "X:5\n\nX:6\nK:D\n" + "\n".join(60 * ["abc def|"])),
        ("runs of blanks within a line, voices and words", "X: 7\nK:D\nV:1\nabc   def |\nw: la  la"),
        ("prose that begins with an X, or with x:", f"Xavier's set\n\n{a}\n\nx: unknown"),
    ):
        t.tries(written, case=label, what="line ends \\n")


def tune(t, number):
    """A tune of a few random bars; its title holds an `X:` and its body a comment, as tunes may."""
    bars = ["".join(t.rng.choice(list("abcdefgABCDEFG2z"), 6)) for _ in range(int(t.rng.integers(1, 5)))]
    end = " |" if number % 2 else "|]"
    return "\n".join([f"X:{number}", f"T:Reel No. {number}, or Malcolm X: his jig", "% as played", "K:D", *bars]) + end


# -- vectorize ---------------------------------------------------------------------------------------------
def ids_of(text, char2idx):
    return np.array([char2idx[c] for c in text])


def one_hot(text, char2idx):
    return np.eye(max(char2idx.values()) + 1, dtype=int)[ids_of(text, char2idx)]


ONE_HOT = "this is one-hot: return the ids themselves"
IDS_SLIPS = {
    "these are code points: look each character up, char2idx[c]": ("char2idx[c]", "ord(c)"),
    "the vocabulary is numbered anew: use the ids of char2idx": ("char2idx[c]", "sorted(char2idx).index(c)"),
    "the characters of each text are numbered anew: use the ids of char2idx": (
        "char2idx[c]",
        "sorted({*text}).index(c)",
    ),
    "the place in the dict is not the id: use char2idx[c]": ("char2idx[c]", "list(char2idx).index(c)"),
    "each character once only: one id for every character of the text, in order": ("in text", "in dict.fromkeys(text)"),
    "the ids are sorted: keep the order of the text": ("np.array", "np.sort"),
    "the ids are in the reverse order": ("in text", "in text[::-1]"),
    "the array has an extra axis: return it 1-D": ("text])", "text])[None]"),
    "the array has an extra axis at the end: return it 1-D": ("text])", "text])[:, None]"),
    ONE_HOT: one_hot,
    "the last character is missing": ("in text", "in text[:-1]"),
    "blanks and newlines at the ends of the text are lost: each character has an id": ("in text", "in text.strip()"),
}


IDS_EDGES = {
    "an array": "an **array** of integers, not a list",
    "an unknown": "A character that the vocabulary does not have must **raise** an error",
    "blanks and newlines at both ends": "blanks and line breaks are characters like any other",
    "a vocabulary numbered from 0": "ids may be any whole numbers",
    "the same text with another vocabulary": "of the vocabulary that is handed over",
}


@exercise(
    points=5,
    title="Characters to ids",
    takes="text, char2idx",
    reference=ids_of,
    slips=IDS_SLIPS,
    edges=IDS_EDGES,
    integers=True,
)
def vectorize(t):
    tries = partial(t.tries, reads=an_array)
    t.shows("X:1", {"\n": 0, "1": 1, ":": 2, "X": 3}, reads=an_array)
    letters = np.array(list("abcdefgABCDEFG|:2/'^=zXTMKL \n~é"))
    ids = t.rng.choice(np.arange(5000), len(letters), replace=False)
    numbering = {str(c): int(i) for c, i in zip(t.rng.permutation(letters), ids, strict=True)}
    dense = {str(c): i for i, c in enumerate(t.rng.permutation(letters))}
    for length in (1, 2, 7, len(letters), 400):
        with t.case(f"{length} characters, any numbering", kind="any numbering"):
            tries("".join(t.rng.choice(letters, length)), numbering)
    tries("\n ab \n", numbering, case="blanks and newlines at both ends")
    tries("".join(t.rng.choice(letters, 50)), dense, case="a vocabulary numbered from 0")
    for where, text in (("alone", "?"), ("first", "?ab"), ("in the middle", "ab?cd"), ("last", "abc?")):
        with t.case(f"an unknown character {where}"):
            unknown_character(t, text, numbering)
            unknown_character(t, text, dense)
    with t.case("an unknown letter, digit or line end, and a letter known as a small one only"):
        for character in ("P", "7", "\r", "\t", "Q"):
            unknown_character(t, f"ab{character}", dense | {"q": 99})
    for vocabulary in ({"a": 7, "b": 5, "c": 3}, {"a": 1, "b": 4, "c": 2}):
        tries("abc", vocabulary, case="the same text with another vocabulary")


def an_array(got, text, char2idx):
    """The ids, if they are an array of whole numbers: neither a list nor floats."""
    if isinstance(got, list | tuple):
        slip = "wrap it: np.array([...]), so that a batch can be cut from it"
        raise Failed(f"the result is {describe(got)} instead of an array", slip=slip, closed=Closed.TYPE)
    if np.size(got) and getattr(got, "dtype", np.dtype(int)).kind == "f":
        slip = "leave out the dtype, or say dtype=int: an embedding looks ids up"
        if got.ndim == 2 and np.array_equal(got, one_hot(text, char2idx)):
            slip = ONE_HOT
        raise Failed("the ids should be of an integer type but are floats", slip=slip)
    return got


def unknown_character(t, text, char2idx):
    try:
        got = t.call(text, char2idx, unchanged=False)
    except AnswerError:
        return  # any exception will do
    length = np.size(got) if isinstance(got, np.ndarray | list | tuple) else None
    how = "it is skipped, which shifts the music" if length == len(text) - 1 else "it has become an id"
    slip = f"{how}: char2idx[c] raises a KeyError by itself, .get() and `if c in` do not"
    raise Failed("a character that is not in char2idx should raise an exception but went through", slip=slip)


# -- get_batch ---------------------------------------------------------------------------------------------
def batch(ids, T, B, rng):
    """B windows x and their successors y."""
    starts = rng.integers(0, len(ids) - T, B)
    x = np.stack([ids[i : i + T] for i in starts])
    y = np.stack([ids[i + 1 : i + T + 1] for i in starts])
    return x, y


EVERY = "the target is the next id at every position"
NEXT, PREVIOUS = "ids[i + 1 : i + T + 1]", "ids[i - 1 : i + T - 1]"
BATCH_SLIPS = {
    f"y is x itself: {EVERY}, ids[i+1 : i+T+1]": (NEXT, "ids[i : i + T]"),
    "y is two ahead: the target is the next id, ids[i+1 : i+T+1]": (NEXT, "np.append(ids, -1)[i + 2 : i + T + 2]"),
    "x and y are swapped: x is ids[i : i+T], y is one further on": ("0, len(ids)", "1, 1 + len(ids)", NEXT, PREVIOUS),
    "the batch is time-major (T, B): put the rows first": ("return x, y", "return x.T, y.T"),
    "the window wraps round at the end: the last start is N-T-1": (" - T, B)", ", B)\n    ids = np.tile(ids, 2)"),
    f"only the last target is there: {EVERY}": ("return x, y", "return x, y[:, -1]"),
    f"only the last target is there, as a column: {EVERY}": ("return x, y", "return x, y[:, -1:]"),
    "places in the text come back: index ids with them": lambda ids, *rest: batch(np.arange(len(ids)), *rest),
}
ITS_RNG = "draw from the argument rng, which nobody else shares"
NO_WINDOW = "a row is no window of the text: x is ids[i : i+T], y is ids[i+1 : i+T+1], with one i a row"


@exercise(
    points=15,
    title="A batch of windows",
    takes="ids, T, B, rng",
    returns="x (B, T), y (B, T)",
    reference=batch,
    slips=BATCH_SLIPS,
    otherwise={NO_WINDOW: lambda got, *_: len(got) == 2},
    crashes={
        "high|empty|greater than 0|positive": "N = T+1 leaves one start, 0, for every row: rng.integers(0, N - T, size=B), "
        "whose upper bound is not drawn",
        "larger sample|replace": "starts are drawn with replacement, each on its own: a batch may be larger than the text",
        "same shape|inhomogeneous|out of bounds|different length": "a window runs over the end of the text: the last start "
        "is N-T-1, as y needs one id more",
        "iterable|cannot be broadcast": "B starts are drawn at once: rng.integers(0, len(ids) - T, size=B)",
    },
    edges={
        "the same rng gives the same batch": "Draw from `rng` only",
        "nothing but rng is used": "Draw from `rng` only",
        "all starts": "the same chance",
        "one rng, batch after batch": "independently",
        "a text in which ids come again and again": "ids may come again and again",
        "a text of 5000 ids": "however long the text is",
        "one start": "a text of exactly `T + 1` characters has exactly one",
    },
    integers=True,
)
def get_batch(t):
    with t.case("the worked example: N = T+1, so every window starts at 0", visible=True):
        drawn_starts(t, np.array([10, 20, 30, 40]), 3, 2)
    for T, B, starts in t.sizes("T B starts", high=9):
        ids = distinct_ids(t, T + starts)
        for _ in range(4):
            drawn_starts(t, ids, T, B)
    with t.case("the same rng gives the same batch, another one another"):
        ids, (seed, other) = distinct_ids(t, 64), t.integers(2**31, 2).tolist()
        first, again, third = (drawn_starts(t, ids, 5, 6, t.make("rng", seed=s)) for s in (seed, seed, other))
        slip = "draw from the argument rng, not from np.random or random"
        t.require(np.array_equal(first, again), "two generators with the same seed give different batches", slip=slip)
        slip = "draw from the argument rng; do not seed a generator of your own"
        differ = not np.array_equal(first, third)
        t.require(differ, "two generators with different seeds give the same batch", slip=slip)
    with t.case("all starts, 400 windows at a time"):
        ids = distinct_ids(t, 11)
        batches = [drawn_starts(t, ids, 3, 400) for _ in range(5)]
        own_starts(t, batches)
        even_starts(t, np.bincount(np.concatenate(batches), minlength=8))
    with t.case("one rng, batch after batch"):
        for B in (2, 6):
            rng = new_rng(t)
            rows = np.array([drawn_starts(t, distinct_ids(t, 9), 4, B, rng) for _ in range(200)]).T
            for first, second in (*itertools.pairwise(rows), (rows[0], rows[B // 2])):
                independent_rows(t, first, second)
    with t.case("a text in which ids come again and again"):
        for T in (2, 5):
            repeating_text(t, t.integers(3, 60), T)
    with t.case("a text of 5000 ids"):
        starts = drawn_starts(t, t.rng.permutation(5000), 3, 400)
        slip = "there are N-T starts, 0 … N-T-1, however long the text is"
        near_both = starts.min() < 500 and starts.max() > 4490
        t.require(near_both, "of 400 windows none is near an end of the text", slip=slip)
    with t.case("nothing but rng is used"):
        t.leaves_global_generators_alone(distinct_ids(t, 30), 4, 5, new_rng(t), instead=ITS_RNG)


# -- build_model -------------------------------------------------------------------------------------------
def likely_shape(came, ids):
    """The likely slip where ids (B, T) give logits of another shape than (B, T, V)."""
    if came[:2] == ids:
        return "the last layer is Dense(vocab_size): one logit for each character of the vocabulary"
    if len(came) == 2 and came[0] == ids[0]:
        return "return_sequences=True is missing: logits are needed at every step, not only at the last"
    if came[:2] == ids[::-1]:
        return "the batch comes first: leave out time_major and transposes"
    return ""


@exercise(
    points=10,
    title="The model",
    takes="vocab_size, embedding_dim, rnn_units",
    crashes={
        "batch_input_shape|batch_shape": "Keras 3 has no batch_input_shape: leave it out, any B and T may come",
        "stateful|batch size|batch_size": "B changes from call to call: leave out stateful=True and fixed batch sizes",
        "out of scope": "no state is kept from call to call: do not store tensors in the model",
        "is not in [0": "the embedding has a row for each id: Embedding(vocab_size, embedding_dim), in this order",
        "instances of `keras.Layer`": "a model is made of layers: keras.layers.Dense(vocab_size), not the number alone",
        "ndim": "a recurrent layer reads (B, T, D): is return_sequences=True missing below it, or the embedding?",
        "shape": "B and T change from call to call: fix neither (keras.Input((None,)), no batch_shape), and keep no state",
    },
    edges={
        "the same model, other B and T": "for any B and T",
        "no state is kept": "it keeps no state between calls",
        "logits, not": "with no softmax",
        "an id changes nothing before its step": "depend on the ids up to t only",
        "but what comes after it": "a character moves later outputs",
        "it learns": "a few steps of training lower the loss",
        "it is a function of its weights": "the gradients are its own",
        "a state is carried over a long text": "however long the text",
        "logits are not squashed": "any size and sign",
    },
    deadline=60,
)
def build_model(t):
    models = ModelCheck(
        t,
        "the last layer is Dense(vocab_size) without an activation: the loss does the softmax",
        one_tensor="leave out return_state=True, or take only the outputs on",
        of_shape=likely_shape,
    )

    def logits(model, ids, V=11):
        return models.logits(model, ids, (*ids.shape, V))

    with t.case("the worked example: build_model(11, 6, 9) on ids (3, 7)", visible=True):
        model, ids = models.build(11, 6, 9), t.integers(11, 3, 7)
        logits(model, ids)
    with t.case("the same model, other B and T"):
        for B, T in ((1, 1), (5, 2), (7, 5)):
            logits(model, t.integers(11, B, T))
    models.stir(model)  # whatever its weights were: some begin as zeros
    with t.case("it learns"):
        models.is_tracked(model)
        learns(models, model, t.integers(11, 4, 2), t.integers(11, 4, 2), 11)
    with t.case("no state is kept from call to call"):
        before = logits(model, ids)
        kept = "leave out stateful=True: every call starts from a zero state, and draws nothing"
        models.is_repeatable(model, ids, before, "later", kept)
    with t.case("logits, not probabilities"):
        models.no_softmax(before, "the outputs sum to 1 at every step")
        models.no_softmax(np.exp(before), "the exponentials of the outputs sum to 1 at every step")
    with t.case("an id changes nothing before its step, but what comes after it"):
        models.reads_forwards(model, 11, B=8, T=7, steps=(0, 2, 3, 5))
    with t.case("it is a function of its weights, and so are its gradients"):
        is_made_of_its_weights(models, model, models.build(11, 6, 9), ids[:, :3], before[:, :3])
        y = t.normal(3, 3, 11)
        y[:, :-1] = 0  # the last step alone: its gradient goes through all steps
        slopes_are_its_own(models, model, ids[:, :3], y)
    with t.case("logits are not squashed"):
        models.unbounded(model, ids[:, :2], (3, 2, 11))
    with t.case("a state is carried over a long text"):
        carries_a_state(models, model, 11, int(t.integers(42, low=34)))
    for V, E, U in t.sizes("vocab_size embedding_dim rnn_units", low=3, high=14):
        small = models.build(V, E, U)
        if V == 1:
            logits(small, t.integers(V, 4, 3), V)
            continue
        logits(small, t.integers(V, 2, 1), V)  # now it has weights
        models.stir(small)
        models.causal(small, V, B=4, T=4, steps=(2,))


# -- compute_loss ------------------------------------------------------------------------------------------
def loss_of(y, logits):
    return cross_entropy(y, logits).mean()


UNSAID = "the logits are taken for probabilities: say from_logits=True"
OVERFLOW = "exp of a large logit overflows: subtract the maximum first, or use the library's loss with from_logits=True"
WHOLE = "a loss is no whole number: compute it in floats, of the logits too and not of y alone"
LOSS_SLIPS = {
    "a sum over batch and time: take the mean, so that B and T do not matter": ("mean()", "sum()"),
    "a sum over time: take the mean over all positions": ("mean()", "sum(1).mean()"),
    "a sum over the batch: take the mean over all positions": ("mean()", "sum(0).mean()"),
    UNSAID: lambda y, logits: loss_of(y, as_keras_probabilities(logits)),
    "the softmax is taken twice: hand over the raw logits": ("(y, logits).", "(y, softmax(logits))."),
    "only the last step counts: take the mean over all positions": (".mean()", "[:, -1].mean()"),
    "the mean is taken over the vocabulary too": ("mean()", "mean() / logits.shape[-1]"),
    "y is not used: a loss is -log p of the right character only": lambda y, logits: -log_softmax(logits).mean(),
    **loss_slips(np.mean),
    OVERFLOW: sign(lambda got, *_: not np.all(np.isfinite(got))),
    WHOLE: sign(lambda got, *_: as_numbers(got).dtype.kind in "iu"),
}


@exercise(
    points=10,
    title="The loss",
    takes="y (B, T), logits (B, T, V)",
    returns="the mean loss ()",
    reference=loss_of,
    slips=LOSS_SLIPS,
    crashes={
        "'astype'|'numpy'": "y may be a NumPy array or a tensor, logits are a tensor: np.asarray and tf.convert_to_tensor "
        "take both",
        "begin, end, and strides": "TensorFlow does not index with an array: tf.gather(p, y, batch_dims=2) picks one number "
        "at each position",
        "of rank 2|output.shape=(2, 3)": "labels come first, then logits: look up what the function of the library expects",
        "must be broadcastable": "the labels are ids: take the function whose name begins with sparse, or make them one-hot",
    },
    edges={
        "logits of 500": "finite for logits of 500",
        "untrained logits: ln V": "zeros for four characters costs",
        "y as a tensor": "`y` may be a NumPy array or a tensor",
        "the losses of the positions": "or one number a position",
    },
    atol=1e-4,
    rtol=1e-4,
)
def compute_loss(t):
    tries, shows = partial(t.tries, reads=mean_loss), partial(t.shows, reads=mean_loss)
    # the first case tells slips apart that zeros do not
    logits = np.array([[[1, 0], [0, 2], [3, 0]], [[0, 0], [2, 0], [0, 1]]])
    shows(np.array([[0, 1, 1], [1, 1, 0]]), tensor(logits), case="B=2, T=3, V=2")
    shows(np.array([[1, 3]]), tensor(np.zeros((1, 2, 4))), case="zeros (1, 2, 4): ln 4")
    shows(np.array([[1]]), tensor([[[0, 2]]]), case="y=[[1]], logits=[[[0, 2]]]")
    for B, T, V in t.sizes("B T V", low=3):
        logits = tensor(t.normal(B, T, V, scale=2))
        tries(t.integers(V, B, T), logits)
        tries(tensor(t.integers(V, B, T), "int64"), logits)
    tries(t.integers(83, 4, 9), tensor(np.zeros((4, 9, 83))), case="untrained logits: ln V")
    with t.case("logits of 500"):
        for kind in (np.asarray, partial(tensor, dtype="int64")):
            tries(kind(t.integers(5, 3, 4)), tensor(500 * np.sign(t.normal(3, 4, 5))))
            tries(kind(t.integers(5, 3, 4)), tensor(t.normal(3, 4, 5, scale=500)))
    logits = tensor(t.normal(4, 6, 5, scale=3))
    tries(tensor(t.integers(5, 4, 6), "int64"), logits, case="B=4, T=6, V=5, y as a tensor")


def mean_loss(got, y, logits):
    """The mean of what the answer gave: one loss, or one for every position."""
    found = as_numbers(got)
    if found is None or found.shape == ():
        return got
    if found.shape == y.shape or found.size == y.size == 1:
        return found.astype("f8").mean()
    slips = {
        logits.shape: "one loss for each position is -log p of the right character only, not of all of them",
        y.shape[:1]: "the losses are reduced over time only: take the mean over batch and time",
        y.shape[1:]: "the losses are reduced over the batch only: take the mean over batch and time",
        y.shape[::-1]: "the losses are time-major (T, B): put the batch first",
    }
    message = f"the result has shape {shape_text(found.shape)}: the mean, or the losses (B, T) = {y.shape}, is expected"
    raise Failed(message, slip=slips.get(found.shape, ""), closed=Closed.SHAPE)


# -- train_step --------------------------------------------------------------------------------------------
def trained(model, optimizer, loss_fn, x, y, clip):
    """One step with the gradients clipped by their global norm; the loss before it."""
    variables = model.trainable_weights
    loss, grads = loss_fn(y, model(x)), gradients(model, loss_fn, x, y, variables)
    scale = min(1, clip / norm(grads))
    pairs = [(scale * g, w) for g, w in zip(grads, variables, strict=True)]
    optimizer.apply_gradients(pairs)
    return loss


APPLY, FACTOR = "optimizer.apply_gradients(pairs)", "min(1, clip / norm(grads))"
OWN_NORM = "each tensor is clipped by its own norm: there is one norm, over all of them"
VALUES = "every value is clipped on its own, which bends the direction: clip by the global norm"
SUM = "the norms of the tensors are added: the global norm is the root of the sum of their squares"
OWN_LOSS = "the loss is a cross-entropy of your own: call what is handed over, loss_fn(y, model(x)), whatever it is"
RATE = "the learning rate is not the optimizer's: let the optimizer do the update"
STEP_SLIPS = {
    "nothing has changed: hand the gradients to optimizer.apply_gradients(zip(grads, variables))": (APPLY, ""),
    UNCLIPPED: (FACTOR, "1"),
    OWN_NORM: ("scale * g", "min(1, clip / norm([g])) * g"),
    VALUES: ("scale * g", "np.clip(g, -clip, clip)"),
    SUM: ("norm(grads)", "sum(norm([g]) for g in grads)"),
    "small gradients are scaled up: the factor is min(1, clip / global norm)": (FACTOR, "clip / norm(grads)"),
    "the gradients are multiplied by clip: the factor is min(1, clip / global norm)": (FACTOR, "clip"),
    "the square root of the global norm is missing": ("norm(grads)", "norm(grads) ** 2"),
    "the gradients are applied twice": (APPLY, f"[{APPLY} for _ in range(2)]"),
    "two updates are made, with a gradient each: one is asked for": lambda *args: [trained(*args), trained(*args)][0],
    "the step goes uphill: the optimizer subtracts by itself": ("scale * g", "-scale * g"),
    "a layer that is not trainable has moved: use model.trainable_variables": ("trainable_weights", "weights"),
    "only the last layer moves: use all of model.trainable_variables": ("_weights", "_weights[-2:]"),
    "only the kernels move: use all of model.trainable_variables": ("_weights", "_weights[::2]"),
    OWN_LOSS: lambda m, o, f, x, y, c: type(f)("cross_entropy")(
        np.asarray(y)[:, 0].astype(int), m(x)
    ),  # of one: 0, no step
    "loss_fn is not used as it is: the loss is loss_fn(y, model(x)), with nothing added": lambda m, o, f, *xy: trained(
        m, o, type(f)(f.name), *xy
    ),
    RATE: (APPLY, "[w.assign(w.value - g) for g, w in pairs]"),
    BY_HAND: (APPLY, "[w.assign(w.value - optimizer.learning_rate * g) for g, w in pairs]"),
    LATE: ("return loss", "return loss_fn(y, model(x))"),
    "the global norm comes back: return the loss": ("return loss", "return norm(grads)"),
}


@exercise(
    points=15,
    title="One training step",
    takes="model, optimizer, loss_fn, x, y, clip",
    reference=trained,
    slips=STEP_SLIPS,
    alike=[("two updates are made", "call optimizer.apply_gradients once")],
    crashes={
        "No gradients provided|None values not supported|NoneType": "the gradients are None: call the model and loss_fn "
        "inside `with tf.GradientTape() as tape:`",
        "t_list": "the gradients are those of tape.gradient(loss, variables): tf.clip_by_global_norm(gradients, clip)",
        "_unique_id|handle|'path'|overwrite_with_gradient|trainable variables|values to unpack": "the pairs are (gradient, "
        "variable): zip(grads, model.trainable_variables)",
        "non-persistent": "a tape gives its gradients once: tape.gradient(loss, all variables), in one call",
        "labels.shape|of rank": "a loss for ids is called: is it compute_loss, or another of your own, where loss_fn "
        "belongs? The loss is loss_fn(y, model(x)), whatever it is, with the label first",
        "logits|labels|rank": "the label comes first: loss_fn(y, model(x))",
        "of all inputs must match": "tf.clip_by_global_norm gives two results: gradients, norm = …",
        "assign|shape": "hand pairs to the optimizer: zip(grads, model.trainable_variables); "
        "tf.clip_by_global_norm gives two results, (grads, norm)",
    },
    edges={
        "cross-entropy": "any loss function",
        "a layer that is not trainable": "with respect to `model.trainable_variables`",
        "a recurrent model": "any Keras model",
        "two steps with one optimizer": "one step of the optimizer",
        "an optimizer with weight decay": "any Keras optimizer",
    },
    deadline=60,
)
def train_step(t):
    kernel, bias, two, zero = np.ones((1, 1), "f4"), np.zeros(1, "f4"), np.array([[2.0]]), np.zeros((1, 1))
    with t.case("the worked example, clip 100", visible=True):
        takes_steps(t, [kernel], [bias], two, zero, clip=100.0, lr=0.1)
    with t.case("two weights and a bias, clip 2", visible=True):  # one number a tensor hides how it is clipped
        takes_steps(t, [np.ones((2, 1), "f4")], [bias], np.array([[2.0, 1]]), zero, clip=2.0, lr=0.1)
    with t.case("the worked example, clip 1", visible=True):
        takes_steps(t, [kernel], [bias], two, zero, clip=1.0, lr=0.1)
    for B, D, H, O in t.sizes("B D H O"):
        # not clipped; clipped; clipped by the whole norm though each tensor's own is smaller
        for scale, share in ((1.0, 20.0), (3.0, 0.4), (0.5, 0.95))[: 3 if B != D else 2]:
            kernels = [t.normal(D, H, scale=0.7), t.normal(H, O, scale=0.7)]
            biases = [t.normal(H, scale=0.5), t.normal(O, scale=0.5)]
            takes_steps(t, kernels, biases, t.normal(B, D), 3 + t.normal(B, O), share=share, scale=scale)
    with t.case("cross-entropy, which is not symmetric in y and p"):
        for share in (20.0, 0.3):
            layer, y = ([t.normal(4, 5)], [t.normal(5)]), t.integers(5, 6)
            takes_steps(t, *layer, t.normal(6, 4), y, share=share, loss="cross_entropy")
    with t.case("a layer that is not trainable"):
        kernels, biases = [t.normal(3, 4), t.normal(4, 2)], [t.normal(4), t.normal(2)]
        takes_steps(t, kernels, biases, t.normal(5, 3), 2 + t.normal(5, 2), share=0.5, frozen=[0])
    with t.case("a recurrent model, without and with clipping"):
        keeps_direction(t)
    with t.case("two steps with one optimizer"):
        takes_steps(t, [t.normal(3, 2)], [t.normal(2)], t.normal(4, 3), t.normal(4, 2), clip=1e3, lr=0.1, steps=2)
    with t.case("an optimizer with weight decay"):  # a step made by hand does not know of it
        takes_steps(t, [t.normal(3, 2)], [t.normal(2)], t.normal(4, 3), t.normal(4, 2), clip=0.5, lr=0.1, decay=0.5)


# -- sample_ids --------------------------------------------------------------------------------------------
def probabilities(logits, temperature):
    """softmax(logits / temperature); all of it on the first of the largest logits at temperature 0."""
    if temperature == 0:
        return np.eye(len(logits))[np.argmax(logits)]
    z = np.float64(logits) / temperature
    return softmax(z)


SHIFTED = "the logits are not exponentiated: the probabilities are their softmax"
OF_SEED = "draw from a generator made from seed, which nobody else shares"
ONE_DRAW = "all ids are the same: draw n times, instead of the argmax or one draw repeated"
SAMPLE_SLIPS = {
    "of equal maxima the first counts: np.argmax takes it": ("np.argmax(logits)", "-1 - np.argmax(logits[::-1])"),
    "temperature 0 is the largest logit, not the smallest": ("argmax", "argmin"),
    "the largest absolute value is not the largest logit": ("argmax(logits)", "argmax(np.abs(logits))"),
    "temperature 0 gives 0 every time: is that the argmax of nan?": ("np.argmax(logits)", "0"),
    "temperature 0 gives the last id every time: is that a draw from nan?": ("np.argmax(logits)", "-1"),
    "the logits are multiplied by the temperature: divide them": ("/ temperature", "* temperature"),
    "the temperature is ignored: divide the logits by it": ("/ temperature", ""),
    "the ids are uniform: draw them with probability softmax(logits / temperature)": ("softmax(z)", "softmax(0 * z)"),
    "the temperature divides twice": ("/ temperature", "/ temperature**2"),
    "the softmax is taken twice: a function that takes logits does its own": ("softmax(z)", "softmax(softmax(z))"),
    "the softmax is taken before the division: divide the logits": ("np.float64", "softmax"),
    "the sign is wrong: the largest logit is the most likely": ("softmax(z)", "softmax(-z)"),
    SHIFTED: ("softmax(z)", "(z - z.min()) / max(np.sum(z - z.min()), 1e-9)"),
    "the square root of the temperature is used": ("/ temperature", "/ np.sqrt(temperature)"),
    ONE_DRAW: sign(lambda frequencies, logits, T: T and np.max(frequencies) == 1),
}
EQUAL = "of equal maxima the first counts, every time"
SAMPLE_SIGNS = {
    EQUAL: lambda got, logits, T: not T and np.all(np.isin(got, np.flatnonzero(logits == logits.max()))),
    "temperature 0 means argmax: nothing is drawn": lambda got, logits, T: not T,
    "the probabilities are not softmax(logits / temperature)": lambda got, logits, T: True,
}


@exercise(
    points=15,
    title="Sample with a temperature",
    takes="logits, temperature, n, seed",
    reference=probabilities,
    slips=SAMPLE_SLIPS,
    otherwise=SAMPLE_SIGNS,
    crashes={
        "contain nan": "the probabilities are nan: subtract the largest logit before exp, and divide by the temperature",
        "no attribute 'choice'": "draw from a generator that is made from the seed: np.random.default_rng(seed)",
    },
    edges={
        "the first of equal maxima": "first of equals",
        "logits of 1000": "Logits of 1000 must not overflow",
        "the same seed": "the same seed gives the same draws, another seed others",
        "n = 1, and one logit": "`n` and `V` may be 1",
        "nothing but the seed": "nothing but `seed` decides what is drawn",
        "a vocabulary of 41": "temperatures from 0.05 to 6",
        "20 000 independent draws": "Draw `n` ids independently",
    },
    as_answer=sampling_answer,
    deadline=120,
)
def sample_ids(t):
    with t.case("[.1, 2, -1] at temperature 0", visible=True):
        argmax_at_0(t, np.array([0.1, 2, -1], "f4"), 0, 4, 7)
    for T in (1.0, 2.0):
        with t.case(f"ln(.03, .13, 1e-9, .84) at temperature {T:g}", visible=True):
            frequencies(t, np.log(np.array([0.03, 0.13, 1e-9, 0.84])).astype("f4"), T)
    with t.case("temperature 0: the first of equal maxima"):
        for logits in ([3, 7, 7, 1, 7], [-4, -2, -9, -2], [5, 5, 5], [1000, -1000, 1000], [0.0]):
            argmax_at_0(t, np.array(logits, "f4"), 0.0, 6, new_seed(t))
        argmax_at_0(t, t.normal(9, scale=3), 0, 1, new_seed(t))
    with t.case("logits of 1000"):
        for logits in ([1000, 999, -1000, 998], [-1000, -1001, -1000], [0, 1000, 3]):
            frequencies(t, np.array(logits, "f4"), 1.0, n=4000)
    with t.case("the same seed gives the same ids, another seed others"):
        seeds_matter(t, t.normal(7, scale=0.3))
    with t.case("n = 1, and one logit"):
        drawn_ids(t, t.normal(5), 1.0, 1, new_seed(t))
        drawn_ids(t, t.normal(1), 0.7, 3, new_seed(t))
    with t.case("nothing but the seed is used"):
        t.leaves_global_generators_alone(t.normal(5), 1.0, 20, new_seed(t), instead=OF_SEED)
    with t.case("a vocabulary of 41, and temperatures from cold to hot"):
        wide = t.rng.permutation([*np.linspace(-0.2, 0.2, 40), 4.44])  # 40 rare ids that are a third of all draws
        for T in (0.05, 0.25, 1.0, 6.0):  # the logits grow with T, so that the frequencies are the same
            frequencies(t, (wide * T).astype("f4"), T, n=4000)
    even = 0.0
    for T in (0.5, 1.0, 2.0):
        with t.case(f"frequencies of 20 000 draws at temperature {T:g}", kind="frequencies of 20 000 draws"):
            even += frequencies(t, t.rng.permutation(np.array([-1.5, -0.6, 0.1, 0.4, 1.2])).astype("f4"), T)
    with t.case("20 000 independent draws"):
        # the sum of three chi-squareds with 4 degrees of freedom each: below .02 once in 10¹⁵ trials
        slip = "draw each id on its own: do not hand out round(n · p) copies of each"
        t.require(even > 0.02, "the frequencies are too exact for independent draws", slip=slip)


# -- generate ----------------------------------------------------------------------------------------------
def greedy(step, state, prime, n):
    """Feed the prime, then each new id: n ids, each the argmax of the logits."""
    new = []
    for i in prime:
        logits, state = step(i, state)
    for _ in range(n):
        new.append(np.argmax(logits))
        logits, state = step(new[-1], state)
    return new


TWICE = "the last id of the prime is fed twice: its logits already choose the first new id"
PLACES = "the prime is among the ids and takes places of theirs: return n new ids"
COLD = "the state is thrown away after the prime: go on with the one it has warmed up"
STALE = "the state is not carried: hand the new state on to the next step"
FIRST = "the first new id is missing: it is the argmax after the last id of the prime"
GENERATE_SLIPS = {
    "only the last id of the prime is fed: the whole prime warms up the state": ("in prime", "in prime[-1:]"),
    TWICE: ("in prime", "in prime + prime[-1:]"),
    "only the first id of the prime is fed": ("in prime", "in prime[:1]"),
    "the prime is fed in the reverse order": ("in prime", "in prime[::-1]"),
    "the last id of the prime is not fed": ("in prime", "in prime[:-1]"),
    "the prime is among the ids: return the n new ids only": ("return new", "return prime + new"),
    PLACES: ("return new", "return (prime + new)[:n]"),
    "the last id of the prime is among the ids": ("return new", "return prime[-1:] + new"),
    "the last id of the prime comes back as the first new one": ("return new", "return prime[-1:] + new[:-1]"),
    "the new ids are not fed back: the last id of the prime goes in again": ("step(new[-1]", "step(prime[-1]"),
    COLD: ("new = []", "new, first = [], state", "    for _", "    state = first\n    for _"),
    "the state stays that of the prime: carry the new one on from step to step": ("state = step(new", "_ = step(new"),
    STALE: ("state = step(i", "_ = step(i", "state = step(new", "_ = step(new"),
    "the smallest logit is taken: the next id is the argmax": ("argmax", "argmin"),
    "one id too many: n are asked for": ("range(n)", "range(n + 1)"),
    FIRST: ("range(n)", "range(n + 1)", "return new", "return new[1:]"),
    "the first new id is missing": ("return new", "return new[1:]"),
    "the last new id is missing": ("return new", "return new[:-1]"),
    "only the last id comes back": ("return new", "return new[-1]"),
    "only the first new id comes back: n are asked for": ("return new", "return new[:1]"),
    "the new ids are in the reverse order": ("return new", "return new[::-1]"),
    "the list is not flat: return n ids": ("return new", "return [new]"),
    "each id is in a list of its own: return a flat list": ("return new", "return [[i] for i in new]"),
}


@exercise(
    points=15,
    title="Generate: warm up, then feed back",
    takes="step, state, prime, n",
    returns="the list of new ids (n)",
    reference=greedy,
    slips=GENERATE_SLIPS,
    alike=[("the prime is fed in the reverse order", "feed every id of the prime once")],
    edges={
        "a prime of one id": "A prime may be a single id",
        "a long prime, one new id": "`n` may be 1",
        "a prime that repeats an id": "also one that has just been fed",
        "60 new ids": "any length",
    },
    crashes={
        "too many calls": "stop after n new ids",
        "": "step(i, state) takes the id first, then the state, and gives (logits, new_state)",
    },
    integers=True,
)
def generate(t):
    def count(i, s):
        s = s + i
        return np.eye(5)[s % 5], s

    with t.case("a prime of three ids", visible=True):  # tells slips apart that two ids do not
        feeds_back(t, count, 0, [1, 3, 4], 4)
    with t.case("the worked example", visible=True):
        feeds_back(t, count, 0, [1, 2], 4)
    for V, H, primed, n in t.sizes("V H prime n", low=3, high=11):
        for _ in range(3):
            feeds_back(t, *small_rnn(t, V, H), t.integers(V, primed).tolist(), n)
    with t.case("a prime of one id"):
        feeds_back(t, *small_rnn(t, 7, 6), [4], 12)
    with t.case("a long prime, one new id"):
        feeds_back(t, *small_rnn(t, 7, 6), t.integers(7, 15).tolist(), 1)
    with t.case("a prime that repeats an id"):
        feeds_back(t, *small_rnn(t, 6, 5), [2, 2, 2, 5, 5], 9)
    with t.case("60 new ids"):
        feeds_back(t, *small_rnn(t, 9, 12), t.integers(9, 3).tolist(), 60)


# -- path_probability --------------------------------------------------------------------------------------
def product(P, path):
    """The product of the factors P[t, path[t]]."""
    p = 1.0
    for t, i in enumerate(path):
        p *= P[t, i]
    return p


def of_factors(change):
    """The factors, brought together in another way."""
    return lambda P, path: change(P[np.arange(len(path)), path])


PATH_SLIPS = {
    "this is the greedy path: take the letters of `path`, not the largest of each row": ("P[t, i]", "P[t].max()"),
    "this is the average: the steps are multiplied": of_factors(np.mean),
    "this is the sum: the steps are multiplied": of_factors(np.sum),
    "this is the logarithm: return the probability itself": ("return p", "return np.log(p)"),
    "this is minus the logarithm: return the probability itself": ("return p", "return -np.log(p)"),
    "this is the geometric mean: the length does not matter here": ("return p", "return p ** (1 / len(path))"),
    "this is the smallest step: multiply them all": of_factors(np.min),
    "only the last step counts: multiply them all": of_factors(lambda factors: factors[-1]),
    "only the first step counts: multiply them all": of_factors(lambda factors: factors[0]),
    "the last step is missing": of_factors(lambda factors: factors[:-1].prod()),
    "the first step is missing": of_factors(lambda factors: factors[1:].prod()),
    "rows are time steps, columns are letters: P[t, path[t]]": ("P[t, i]", "P[i, t]"),
    "the factors come back: multiply them": of_factors(np.asarray),
    "these are whole rows, not one entry of each: P[t, path[t]]": lambda P, path: P[path].prod(),
    "this is the product of all of P: pick one entry of each row": lambda P, path: P.prod(),
    "every step is read from the first row: P[t, path[t]]": ("P[t, i]", "P[0, i]"),
    "the product is rounded: return it as it is": ("return p", "return np.round(p, 4)"),
    "one minus the product": ("return p", "return 1 - p"),
    "the letters are numbered from 1: path holds columns 0, 1, 2, …": ("P[t, i]", "P[t, i - 1]"),
    "the path is read from its end: path[t] belongs to row t": ("(path):", "(path[::-1]):"),
    "these are whole columns, not one entry of each row: P[t, path[t]]": lambda P, path: P[:, path].prod(),
    "P holds probabilities already: leave out the softmax": ("P[t, i]", "np.exp(P[t, i]) / np.exp(P[t]).sum()"),
    "a small number is added, or a factor clipped: multiply the probabilities as they are": sign(
        lambda got, P, path: abs(got - product(P, path)) < 1e-3 * product(np.maximum(P, 1e-3), path)
    ),
}


@exercise(
    points=5,
    title="The probability of a path",
    takes="P (T, V), path",
    returns="()",
    reference=product,
    slips=PATH_SLIPS,
    crashes={
        "math domain|expected a positive|divide by zero": "a zero has no logarithm: multiply the probabilities themselves",
        "": "P is an array (T, V): row t, column path[t]",
    },
    edges={
        "two steps, two letters": "of any size",
        "h first": "has the probability 0",
        "many steps": "of any size",
        "zeros elsewhere, and a sure path": "An entry of `P` may be 0 or 1",
    },
    atol=1e-9,
    rtol=0,
)
def path_probability(t):
    slide = np.array(
        [[0.03, 0.13, 0, 0.84], [0.25, 0.2, 0.05, 0.5], [0.11, 0.17, 0.68, 0.03], [0.11, 0.02, 0.08, 0.79]]
    )
    t.shows(slide, [1, 2, 2, 3], case="the slide's ello")
    t.shows(slide, [3, 3, 2, 3], case="oolo in the fixed table")
    t.tries(t.rng.dirichlet([5, 5], 2), [1, 1], case="two steps, two letters")  # without zeros, which hide a slip
    with t.case("h first: the probability of an impossible path is 0"):
        t.tries(slide, [0, 3, 1, 2])
        t.tries(slide, [2, 0, 0, 0])
    for T, V in t.sizes("T V"):
        for _ in range(2):
            t.tries(*likely_path(t, T, V))
    for T in (12, 30):
        P, path = likely_path(t, T, 4)
        with t.case(f"{T} steps along a likely path", kind="many steps along a likely path"):
            t.tries(0.05 * P + 0.95 * np.eye(4)[path], path)
    with t.case("zeros elsewhere, and a sure path"):
        t.tries(np.eye(5)[[2, 0, 4]], [2, 0, 4])
        t.tries(np.eye(5)[[2, 0, 4]], [2, 1, 4])


def likely_path(t, T, V):
    """A path and distributions that make it likely: a product within 1e-9 of 0 would show nothing."""
    P, path = t.rng.dirichlet(np.ones(V), T), t.integers(V, T)
    P = 0.25 * P + 0.75 * np.eye(V)[path]
    # the likeliest letter of some steps is another one, so that the greedy path is not this one
    P[0] = 0.6 * P[0][::-1] + 0.4 * P[0] if V > 1 else P[0]
    return P, path.tolist()
