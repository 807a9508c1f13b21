"""Lab 5, Irish music one character at a time: one function an exercise, which judges an answer.

The references are NumPy and live only here, with the tester. What is random (batches, samples, fresh models)
is judged by its properties and frequencies. Contracts: what an answer gets, what it must return, and the
worked examples, stand in the notebook.
"""

import itertools
import re
from functools import partial

import numpy as np

from seqlab.autograder.judging.compare import as_numbers, describe, shape_text
from seqlab.checks import AnswerError, Failed, Fixed, Served, exercise, sign, tensor
from seqlab.checks.models import ModelCheck
from seqlab.checks.mutants import sampling_answer
from seqlab.checks.references import cross_entropy, softmax
from seqlab.checks.slips import as_keras_probabilities, changed, loss_slips
from seqlab.checks.steps import Watched, small_rnn
from seqlab.checks.training import (
    all_weights,
    by,
    by_each,
    by_hand,
    clipped,
    flat,
    gradients,
    loss_after,
    norm,
    only,
    other_loss,
    times,
    trained,
)


# -- split_tunes -------------------------------------------------------------------------------------------
def tunes_of(text):
    """A tune runs from a line `X:` to the next blank line or the end."""
    tunes, inside = [], False
    for line in re.split(r"\r\n|\r|\n", text):
        starts = line.startswith("X:")
        inside = bool(line.strip()) and (inside or starts)
        if starts:
            tunes.append([])
        if inside:
            tunes[-1].append(line)
    return ["\n".join(lines) for lines in tunes]


def unix(text):
    return re.sub(r"\r\n?", "\n", text)


def blocks(text, cut=r"\n\s*\n", ends=unix, kept=lambda block: block.startswith("X:")):
    """The text cut at blank lines; the blocks that are kept."""
    return [block for block in map(str.strip, re.split(cut, ends(text))) if kept(block)]


def each(change):
    """The tunes, each of them changed."""
    return lambda text: [change(tune) for tune in tunes_of(text)]


def unstripped(text):
    return [piece for piece in text.split("\n\n") if piece.startswith("X:")]


def stripped(got):
    return [piece.strip() for piece in got]


LINE_ENDS = "a \\r is left: the line ends may be \\n, \\r\\n or \\r; make them all \\n first"
KEEP = "split at blank lines, then keep only what starts with X: (no comments, prose or empty pieces)"
STRIP = "strip each tune: it neither begins nor ends with white space"
HIDDEN = """\
after split("\\n\\n") a piece begins with a newline where more than one blank line stands before its tune, so that \
it does not start with X: and is dropped: strip each piece first"""
NO_LAST = """\
each tune keeps the newlines at its end, and the last tune is lost: strip each one, and the text may end without a \
blank line"""
BLANKS = "a blank line may hold spaces or tabs, and ends a tune all the same"
NO_TUNE = "a piece is no tune: a tune begins at a line starting with X: and nowhere else"
LINE_BREAKS = "a tune keeps its line breaks, as \\n"
TUNES_SLIPS = {
    f"{HIDDEN}, and once more at the end": unstripped,
    HIDDEN: lambda text: stripped(unstripped(unix(text))),
    LINE_ENDS: partial(blocks, ends=str),
    f"{LINE_ENDS}, a lone \\r too": partial(blocks, ends=lambda text: text.replace("\r\n", "\n")),
    STRIP: lambda text: [p for p in re.split(r"\n[ \t]*\n\s*", unix(text)) if p.startswith("X:")],
    NO_LAST: lambda text: re.findall(r"^X:.*?\n\n", unix(text), re.S | re.M),
    "the line X: belongs to the tune": each(lambda tune: tune.partition("\n")[2]),
    LINE_BREAKS: each(lambda tune: tune.replace("\n", " ")),
    f"{LINE_BREAKS}: its lines are run together": each(lambda tune: tune.replace("\n", "")),
    "the comment lines inside a tune belong to it": each(lambda tune: re.sub(r"^%.*\n", "", tune, flags=re.M)),
    f"{KEEP}; a blank line may also hold spaces": lambda text: text.split("\n\n"),
    KEEP: partial(blocks, kept=bool),
    "one text comes back: split it into its tunes": lambda text: ["\n\n".join(tunes_of(text))],
    "the last tune is lost: the text may end without a blank line or a newline": lambda text: tunes_of(text)[:-1],
    "the first tune is lost: it may stand at the very beginning": lambda text: tunes_of(text)[text.startswith("X:") :],
    "the tunes are in the reverse order: keep that of the text": lambda text: tunes_of(text)[::-1],
    BLANKS: partial(blocks, cut=r"\n\n+"),
    NO_TUNE: partial(blocks, kept=lambda block: "X:" in block),
}
NO_DOTALL = "no tune is found: in a pattern a dot stops at a line break, unless re.DOTALL is said"
FEWER = "a tune is missing: look at the line ends (\\n, \\r\\n, \\r), the first tune and the last"
TUNES_SIGNS = {
    "return [] where there is no tune": lambda got, text: not isinstance(got, list) and not tunes_of(text),
    LINE_ENDS: lambda got, text: any("\r" in p for p in got),
    STRIP: lambda got, text: stripped(got) == tunes_of(text),
    KEEP: lambda got, text: got == blocks(text, kept=lambda block: True),
    "there is no tune, so the list is empty: return []": lambda got, text: not tunes_of(text),
    NO_DOTALL: lambda got, text: not got and "\r" not in text,
    BLANKS: lambda got, text: any(re.search(r"\n[ \t]*\n", p) for p in got),
    NO_TUNE: lambda got, text: not all(p.startswith("X:") for p in got),
    FEWER: lambda got, text: len(got) < len(tunes_of(text)),
    "each tune keeps all its lines, from X: to the next blank line, and no others": lambda got, text: bool(got),
}


@exercise(
    points=10, title="Find the tunes", takes="abc_text", reference=tunes_of, slips=TUNES_SLIPS, otherwise=TUNES_SIGNS
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


def looked_up(find):
    """An id for every character, `find(c, char2idx)`."""
    return lambda text, char2idx: np.array([find(c, char2idx) for c in text])


def one_hot(text, char2idx):
    return np.eye(max(char2idx.values()) + 1, dtype=int)[ids_of(text, char2idx)]


ONCE = "each character once only: one id for every character of the text, in order"
IDS_SLIPS = {
    "these are code points: look each character up, char2idx[c]": looked_up(lambda c, _: ord(c)),
    "the vocabulary is numbered anew: use the ids of char2idx": looked_up(lambda c, known: sorted(known).index(c)),
    "the place in the dict is not the id: use char2idx[c]": looked_up(lambda c, known: list(known).index(c)),
    ONCE: lambda text, char2idx: ids_of(dict.fromkeys(text), char2idx),
    "the ids are sorted: keep the order of the text": changed(ids_of, np.sort),
    "the ids are in the reverse order": changed(ids_of, lambda ids: ids[::-1]),
    "the array has an extra axis: return it 1-D": changed(ids_of, lambda ids: ids[None]),
    "the array has an extra axis at the end: return it 1-D": changed(ids_of, lambda ids: ids[:, None]),
    "this is one-hot: return the ids themselves": one_hot,
    "the last character is missing": changed(ids_of, lambda ids: ids[:-1]),
}


@exercise(points=5, title="Characters to ids", takes="text, char2idx", reference=ids_of, slips=IDS_SLIPS, integers=True)
def vectorize(t):
    tries = partial(t.tries, reads=an_array)
    t.shows("X:1", {"\n": 0, "1": 1, ":": 2, "X": 3}, reads=an_array)
    letters = np.array(list("abcdefgABCDEFG|:2/'^=zXTMKL \n~é"))
    ids = t.rng.choice(np.arange(5000), len(letters), replace=False)
    numbering = {str(c): int(i) for c, i in zip(t.rng.permutation(letters), ids, strict=True)}
    dense = {str(c): i for i, c in enumerate(t.rng.permutation(letters))}
    for length in (1, 2, 7, len(letters), 400):
        tries("".join(t.rng.choice(letters, length)), numbering, case=f"{length} characters, any numbering")
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
        raise Failed(f"the result is {describe(got)} instead of an array", slip=slip)
    if getattr(got, "dtype", np.dtype(int)).kind == "f":
        slip = "leave out the dtype, or say dtype=int: an embedding looks ids up"
        if got.ndim == 2 and np.array_equal(got, one_hot(text, char2idx)):
            slip = "this is one-hot: return the ids themselves"
        raise Failed("the ids should be of an integer type but are floats", slip=slip)
    return got


def unknown_character(t, text, char2idx):
    try:
        got = t.call(text, char2idx, unchanged=False)
    except AnswerError:
        return  # any exception will do
    length = np.size(got) if isinstance(got, np.ndarray | list | tuple) else None
    slip = "it is skipped, which shifts the music" if length == len(text) - 1 else "it has become an id"
    slip += ": char2idx[c] raises a KeyError by itself, .get() and `if c in` do not"
    raise Failed("a character that is not in char2idx should raise an exception but went through", slip=slip)


# -- get_batch ---------------------------------------------------------------------------------------------
def windows(ids, T, starts, shift=0, wrap=False):
    """The windows of T ids that begin `shift` after the starts, (B, T); -1 beyond the text."""
    at = np.asarray(starts)[:, None] + shift + np.arange(T)
    return np.where(wrap | (at >= 0) & (at < len(ids)), ids[at % len(ids)], -1)


def batch(ids, T, B, rng, x=0, y=1, beyond=0, wrap=False):
    """B windows x and their successors y; `beyond`: so many starts too many, or all that there are."""
    starts = rng.integers(0, len(ids) if beyond is None else len(ids) - T + beyond, B)
    return windows(ids, T, starts, x, wrap), windows(ids, T, starts, y, wrap)


LAST_TARGET = "only the last target is there: the target is the next id at every position"
LAST_COLUMN = "only the last target is there, as a column: the target is the next id at every position"
BATCH_SLIPS = {
    "y is x itself: the target is the next id at every position, ids[i+1 : i+T+1]": partial(batch, y=0),
    "y is two ahead: the target is the next id, ids[i+1 : i+T+1]": partial(batch, y=2),
    "x and y are swapped: x is ids[i : i+T], y is one further on": partial(batch, y=-1, beyond=1),
    "the batch is time-major (T, B): put the rows first": changed(batch, lambda xy: (xy[0].T, xy[1].T)),
    "the window wraps round at the end: the last start is N-T-1": partial(batch, beyond=None, wrap=True),
    LAST_TARGET: changed(batch, lambda xy: (xy[0], xy[1][:, -1])),
    LAST_COLUMN: changed(batch, lambda xy: (xy[0], xy[1][:, -1:])),
    "places in the text come back: index ids with them": lambda ids, *rest: batch(np.arange(len(ids)), *rest),
}
NO_WINDOW = "a row is no window of the text: x is ids[i : i+T], y is ids[i+1 : i+T+1], with one i a row"


class Drawn:
    """A generator that draws the starts of windows x, read off their first ids, as far as they are in the range."""

    def __init__(self, ids, x):
        self.place, self.x = {int(i): n for n, i in enumerate(ids)}, x

    def integers(self, low, high, B):
        column = self.x[:, 0] if len(self.x) == B else self.x[0]
        starts = np.array([self.place.get(int(i), int(i)) for i in column])  # what is no id may be a place
        return np.where((low <= starts) & (starts < high), starts, low)


@exercise(
    points=15,
    title="A batch of windows",
    takes="ids, T, B, rng",
    returns="x (B, T), y (B, T)",
    reference=batch,
    slips=BATCH_SLIPS,
    otherwise={NO_WINDOW: lambda got, *_: len(got) == 2},
    crashes={
        "high|empty|greater than 0|positive": "N = T+1 leaves one start, 0: the upper bound of rng.integers is exclusive, "
        "so it is N - T",
        "larger sample|replace": "starts are drawn with replacement, each on its own: a batch may be larger than the text",
        "same shape|inhomogeneous|out of bounds|different length": "a window runs over the end of the text: the last start "
        "is N-T-1, as y needs one id more",
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
        even_starts(t, np.bincount(np.concatenate([drawn_starts(t, ids, 3, 400) for _ in range(5)]), minlength=8))
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
        t.leaves_global_generators_alone(distinct_ids(t, 30), 4, 5, new_rng(t), instead="the argument rng")


def new_rng(t):
    return t.make("rng", seed=int(t.integers(2**31)))


def distinct_ids(t, N):
    """Every id once, so that the start of a window can be read off."""
    return t.rng.choice(np.arange(100, 1000), N, replace=False)


def drawn_starts(t, ids, T, B, rng=None):
    """The starts of one batch, whose rows are windows and their successors."""
    got = t.call(ids, T, B, rng or new_rng(t))
    x = as_numbers(got[0]) if isinstance(got, tuple | list) and got else None
    readable = x is not None and x.shape in ((B, T), (T, B)) and np.all(np.isfinite(x))
    drawn = Drawn(ids, x if readable else np.full((B, T), -1))
    t.matches(got, ids, T, B, drawn)
    return drawn.integers(0, len(ids) - T, B)


def repeating_text(t, ids, T):
    """Rows are windows, and their targets follow in the text, where an id alone does not say which comes next."""
    x, y = (as_numbers(part) for part in t.call(ids, T, 50, new_rng(t)))
    t.require(np.shape(x) == np.shape(y) == (50, T), "x and y are not both (B, T) arrays of numbers")
    possible = {tuple(ids[i : i + T + 1].tolist()) for i in range(len(ids) - T)}
    rows = {(*a, b[-1]) for a, b in zip(x.tolist(), y.tolist(), strict=True)}
    slip = "cut both by the start i: ids[i : i+T] and ids[i+1 : i+T+1]"
    follow = rows <= possible and np.array_equal(x[:, 1:], y[:, :-1])
    t.require(follow, "a row is no window of the text and what follows it", slip=slip)
    slip = "draw the start itself, not an id of the text"
    t.require(len(rows) > len(possible) / 4, "only a few of the windows are ever drawn", slip=slip)


def independent_rows(t, first, second):
    """Of 200 batches with 5 starts to choose from, two rows of each."""
    several = len(set(zip(first.tolist(), second.tolist(), strict=True)))
    slip = "draw from the rng itself, so that it moves on, not from a copy"
    t.require(several > 8, f"200 batches from one rng are only {several} different ones", slip=slip)
    same, falling = int(np.sum(first == second)), int(np.sum(first > second))
    equal = f"the two rows of a batch are equal in {same} of 200 batches, with 5 starts to choose from"
    t.require(same < 80, equal, slip="draw B starts, one for each row: this is a batch of one")
    slip = "starts are drawn with replacement, each on its own, independently of the other rows"
    t.require(same > 5, equal, slip=slip)
    before = f"the second row starts before the first in {falling} of 200 batches (expected about 80)"
    slip = "the starts are drawn independently: neither sorted nor counted up from the first"
    t.require(40 < falling < 120, before, slip=slip)


def even_starts(t, counts):
    """How often each of 8 starts was drawn in 2000 windows."""
    never = np.flatnonzero(counts == 0).tolist()
    where = {(7,): "the last start, N-T-1,", (0,): "the start 0"}.get(tuple(never), "a start")
    slip = "there are N-T starts, 0 … N-T-1: rng.integers(0, N - T) excludes its upper bound"
    t.require(not never, f"{where} is never drawn in 2000 windows", slip=slip)
    expected = counts.sum() / len(counts)
    # chi-squared with 7 degrees of freedom: above 60 once in 10¹⁰ fair trials, below .05 once in 10⁶
    chi_squared = np.sum((counts - expected) ** 2) / expected
    slip = "draw each start on its own: do not deal out all of them in turn"
    t.require(chi_squared > 0.05, "the starts are too even for independent draws", slip=slip)
    slip = "every start 0 … N-T-1 is equally likely: no rounding of random numbers"
    message, about = "the starts are not drawn evenly in 2000 windows", f"about {expected:.0f} of each"
    t.require(chi_squared < 60, message, expected=about, got=counts, slip=slip)


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
        "ndim": "a recurrent layer reads (B, T, D): is return_sequences=True missing below it, or the embedding?",
        "shape": "B and T change from call to call: fix neither (keras.Input((None,)), no batch_shape), and keep no state",
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
        for B, T in ((1, 1), (5, 2), (1, 12), (7, 7), (3, 7)):
            logits(model, t.integers(11, B, T))
    with t.case("no state is kept from call to call"):
        before = logits(model, ids)
        logits(model, t.integers(11, 3, 7))
        kept = "leave out stateful=True: every call starts from a zero state, and draws nothing"
        models.is_repeatable(model, ids, before, "later", kept)
    with t.case("logits, not probabilities"):
        models.no_softmax(before, "the outputs sum to 1 at every step")
        models.no_softmax(np.exp(before), "the exponentials of the outputs sum to 1 at every step")
    with t.case("causal: an id changes nothing before its step"):
        models.causal(model, 11)
    with t.case("recurrent: an id changes what comes after its step"):
        models.recurrent(model, 11)
    for V, E, U in t.sizes("vocab_size embedding_dim rnn_units", low=3, high=14):
        small = models.build(V, E, U)
        for B, T in ((2, 5), (4, 3)):
            logits(small, t.integers(V, B, T), V)
        if V > 1:
            models.causal(small, V)
    with t.case("logits are not squashed"):
        models.stir(model)
        models.causal(model, 11)
        models.unbounded(model, ids, (3, 7, 11))


# -- compute_loss ------------------------------------------------------------------------------------------
def reduced(change):
    """The losses of all positions, (B, T), brought to one number by another way."""
    return changed(cross_entropy, change)


def of_other_logits(change):
    return lambda y, logits: cross_entropy(y, change(logits)).mean()


LOSS_SLIPS = {
    "a sum over batch and time: take the mean, so that B and T do not matter": reduced(np.sum),
    "a sum over time: take the mean over all positions": reduced(lambda nats: nats.sum(1).mean()),
    "a sum over the batch: take the mean over all positions": reduced(lambda nats: nats.sum(0).mean()),
    "the logits are taken for probabilities: say from_logits=True": of_other_logits(as_keras_probabilities),
    "the softmax is taken twice: hand over the raw logits": of_other_logits(softmax),
    "only the last step counts: take the mean over all positions": reduced(lambda nats: nats[:, -1].mean()),
    "the mean is taken over the vocabulary too": lambda y, logits: cross_entropy(y, logits).mean() / logits.shape[-1],
}
OVERFLOW = "exp of a large logit overflows: subtract the maximum first, or use the library's loss with from_logits=True"


@exercise(
    points=10,
    title="The loss",
    takes="y (B, T), logits (B, T, V)",
    returns="the mean loss ()",
    reference=reduced(np.mean),
    slips=LOSS_SLIPS
    | loss_slips(np.mean, ("the batch", "time"))
    | {OVERFLOW: sign(lambda got, *_: not np.all(np.isfinite(got)))},
    crashes={
        "of rank 2|output.shape=(2, 3)": "labels come first, then logits: look up what the function of the library expects",
        "must be broadcastable": "the labels are ids: take the function whose name begins with sparse, or make them one-hot",
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
    raise Failed(message, slip=slips.get(found.shape, ""))


# -- train_step --------------------------------------------------------------------------------------------
def clip_one(g, clip):
    return clipped([g], clip)[0]


UNCLIPPED = "the gradients are not clipped: scale them by min(1, clip / global norm)"
SUM = "the norms of the tensors are added: the global norm is the root of the sum of their squares"
VALUES = "every value is clipped on its own, which bends the direction: clip by the global norm"
LATE = "this is the loss after the update: return the one the gradients were taken of"
STEP_SLIPS = {
    "nothing has changed: hand the gradients to optimizer.apply_gradients(zip(grads, variables))": times(0),
    UNCLIPPED: by(lambda grads, clip: 1),
    "each tensor is clipped by its own norm: there is one norm, over all of them": by_each(clip_one),
    VALUES: by_each(lambda g, clip: np.clip(g, -clip, clip)),
    SUM: by(lambda grads, clip: min(1, clip / sum(norm([g]) for g in grads))),
    "small gradients are scaled up: the factor is min(1, clip / global norm)": by(lambda grads, c: c / norm(grads)),
    "the gradients are multiplied by clip: the factor is min(1, clip / global norm)": by(lambda grads, clip: clip),
    "the square root of the global norm is missing": by(lambda grads, clip: min(1, clip / norm(grads) ** 2)),
    "the gradients are applied twice": times(2),
    "two updates are made, with a gradient each: one is asked for": lambda *args: [trained(*args), trained(*args)][0],
    "the step goes uphill: the optimizer subtracts by itself": by(lambda grads, clip: -min(1, clip / norm(grads))),
    "a layer that is not trainable has moved: use model.trainable_variables": only(lambda m: m.weights),
    "only the last layer moves: use all of model.trainable_variables": only(lambda m: m.trainable_weights[-2:]),
    "only the kernels move: use all of model.trainable_variables": only(lambda m: m.trainable_weights[::2]),
    "loss_fn is not used, or something is added to it": other_loss,
    "the learning rate is not the optimizer's: let the optimizer do the update": by_hand(lambda optimizer: 1.0),
    "the weights are moved by hand: let the optimizer that is handed over do it": by_hand(lambda o: o.learning_rate),
    LATE: loss_after,
    "this is another loss than loss_fn(y, model(x))": lambda *args: trained(*args) / args[2].scale,
}


@exercise(
    points=15,
    title="One training step",
    takes="model, optimizer, loss_fn, x, y, clip",
    reference=trained,
    slips=STEP_SLIPS,
    alike=[("the weights are moved by hand",), ("two updates are made", "call optimizer.apply_gradients once")],
    crashes={
        "No gradients provided|None values not supported|NoneType": "the gradients are None: call the model and loss_fn "
        "inside `with tf.GradientTape() as tape:`",
        "_unique_id|handle|'path'|overwrite_with_gradient|trainable variables": "the pairs are (gradient, variable): "
        "zip(grads, model.trainable_variables)",
        "non-persistent": "a tape gives its gradients once: tape.gradient(loss, all variables), in one call",
        "logits|labels|rank": "the label comes first: loss_fn(y, model(x))",
        "assign|shape": "hand pairs to the optimizer: zip(grads, model.trainable_variables); "
        "tf.clip_by_global_norm gives two results, (grads, norm)",
    },
    deadline=60,
)
def train_step(t):
    kernel, bias, two, zero = np.ones((1, 1), "f4"), np.zeros(1, "f4"), np.array([[2.0]]), np.zeros((1, 1))
    with t.case("the worked example, clip 100", visible=True):
        step_case(t, [kernel], [bias], two, zero, clip=100.0, lr=0.1)
    with t.case("two weights and a bias, clip 2", visible=True):  # one number a tensor hides how it is clipped
        step_case(t, [np.ones((2, 1), "f4")], [bias], np.array([[2.0, 1]]), zero, clip=2.0, lr=0.1)
    with t.case("the worked example, clip 1", visible=True):
        step_case(t, [kernel], [bias], two, zero, clip=1.0, lr=0.1)
    for B, D, H, O in t.sizes("B D H O"):
        # not clipped; clipped; clipped by the whole norm though each tensor's own is smaller
        for scale, share in ((1.0, 20.0), (3.0, 0.4), (0.5, 0.95))[: 3 if B != D else 2]:
            kernels = [t.normal(D, H, scale=0.7), t.normal(H, O, scale=0.7)]
            biases = [t.normal(H, scale=0.5), t.normal(O, scale=0.5)]
            step_case(t, kernels, biases, t.normal(B, D), 3 + t.normal(B, O), share=share, scale=scale)
    with t.case("cross-entropy, which is not symmetric in y and p"):
        for share in (20.0, 0.3):
            layer, y = ([t.normal(4, 5)], [t.normal(5)]), t.integers(5, 6)
            step_case(t, *layer, t.normal(6, 4), y, share=share, loss="cross_entropy")
    with t.case("a layer that is not trainable"):
        kernels, biases = [t.normal(3, 4), t.normal(4, 2)], [t.normal(4), t.normal(2)]
        step_case(t, kernels, biases, t.normal(5, 3), 2 + t.normal(5, 2), share=0.5, frozen=[0])
    with t.case("a recurrent model, without and with clipping"):
        recurrent_model_case(t)
    with t.case("two steps with one optimizer"):
        step_case(t, [t.normal(3, 2)], [t.normal(2)], t.normal(4, 3), t.normal(4, 2), clip=1e3, lr=0.1, steps=2)
    with t.case("an optimizer with weight decay"):  # a step made by hand does not know of it
        step_case(t, [t.normal(3, 2)], [t.normal(2)], t.normal(4, 3), t.normal(4, 2), clip=0.5, lr=0.1, decay=0.5)


def step_case(t, kernels, biases, x, y, loss="mean_squared_error", scale=1.0, frozen=(), decay=None, steps=1, **how):
    """Steps of a stack of linear layers. `how`: lr; clip, or its share of the gradient's norm."""
    model = t.make("dense_model", kernels=kernels, biases=biases, frozen=list(frozen))
    optimizer = t.make("optimizer", name="sgd", learning_rate=how.get("lr", 0.05), weight_decay=decay)
    loss_fn, twin, whole = t.make("loss", name=loss, scale=scale), model.twin(), y.dtype.kind == "i"
    grads = gradients(twin, loss_fn.twin(), x, y, twin.trainable_weights)
    clip = how["clip"] if "clip" in how else float(how["share"] * norm(grads))
    args = model, optimizer, loss_fn, tensor(x), tensor(y, "int64" if whole else "float32"), clip
    for count in range(1, steps + 1):
        got = t.call(*args)
        again = {"reference": lambda *args: [trained(*args) for _ in range(steps)][-1]} if count > 1 else {}
        names = ("the vector of all weights after the step",)
        t.matches(flat(w for _, w in model.weights()), *args, then=all_weights, names=names, **again)
        one_update(t, optimizer, count)
        t.matches(got, *args, names=("the loss",), **again)


def one_update(t, optimizer, expected):
    made = int(np.asarray(optimizer.get("iterations")))
    slip = "call optimizer.apply_gradients once in each training step"
    if not made:
        slip = "the weights are moved by hand: let the optimizer do it, so that Adam works too"
    t.require(made == expected, f"the optimizer counts {made} updates instead of {expected}", slip=slip)


def recurrent_model_case(t):
    """Clipping keeps the direction of the unclipped step and cuts its length, whatever the model."""
    x, y, lr, weights, whole = t.normal(3, 5, 4), t.integers(6, 3, 5), 0.1, None, None
    for share in (1.0, 0.3):
        model = t.make("recurrent_model", input_dim=4, units=5, output_dim=6, weights=weights)
        weights = [w for _, w in model.weights()]
        before = cross_entropy(y, model(tensor(x))).mean()
        clip = 1e4 if whole is None else float(share * norm([whole]) / lr)
        optimizer = t.make("optimizer", name="sgd", learning_rate=lr)
        got = t.call(model, optimizer, t.make("loss", name="cross_entropy"), tensor(x), tensor(y, "int64"), clip)
        after = cross_entropy(y, model(tensor(x))).mean()
        step = [w - old for (_, w), old in zip(model.weights(), weights, strict=True)]
        whole = flat(step) if whole is None else whole
        moved = all(np.any(s != 0) for s in step)
        t.require(moved, "a weight of the model is left as it was", slip="use all of model.trainable_variables")
        slip = "is the loss that of this batch?"
        t.require(after < before, "the step does not make the loss smaller", slip=slip)
        t.matches(flat(step), gives=share * whole, names=("the step",), slips={UNCLIPPED: Fixed(whole)})
        one_update(t, optimizer, 1)
        t.matches(got, gives=before, names=("the loss",), slips={LATE: Fixed(after)})


# -- sample_ids --------------------------------------------------------------------------------------------
def probabilities(logits, temperature, at=lambda z, temperature: softmax(z / temperature), coldest=np.argmax):
    """softmax(logits / temperature); all of it on the first of the largest logits at temperature 0."""
    z = np.asarray(logits, "f8")
    return at(z, temperature) if temperature else np.eye(len(z))[int(coldest(z))]


def warm(at):
    """Sampling that is right at temperature 0."""
    return partial(probabilities, at=at)


def cold(coldest):
    """Sampling that is wrong at temperature 0 only."""
    return partial(probabilities, coldest=coldest)


SAMPLE_SLIPS = {
    "of equal maxima the first counts: np.argmax takes it": cold(lambda z: np.flatnonzero(z == z.max())[-1]),
    "temperature 0 is the largest logit, not the smallest": cold(np.argmin),
    "the largest absolute value is not the largest logit": cold(lambda z: np.argmax(np.abs(z))),
    "temperature 0 gives 0 every time: is that the argmax of nan?": cold(lambda z: 0),
    "temperature 0 gives the last id every time: is that a draw from nan?": cold(lambda z: len(z) - 1),
    "the logits are multiplied by the temperature: divide them": warm(lambda z, T: softmax(z * T)),
    "the temperature is ignored: divide the logits by it": warm(lambda z, T: softmax(z)),
    "the ids are uniform: draw them with probability softmax(logits / temperature)": warm(lambda z, T: softmax(0 * z)),
    "the temperature divides twice": warm(lambda z, T: softmax(z / T**2)),
    "the softmax is taken twice: a function that takes logits does its own": warm(lambda z, T: softmax(softmax(z / T))),
    "the softmax is taken before the division: divide the logits": warm(lambda z, T: softmax(softmax(z) / T)),
    "the sign is wrong: the largest logit is the most likely": warm(lambda z, T: softmax(-z / T)),
    "the logits are not exponentiated: the probabilities are their softmax": warm(
        lambda z, T: (z - z.min()) / max(np.sum(z - z.min()), 1e-9)
    ),
    "the square root of the temperature is used": warm(lambda z, T: softmax(z / np.sqrt(T))),
    "all ids are the same: draw n times, instead of the argmax or one draw repeated": sign(
        lambda frequencies, logits, T: T and np.max(frequencies) == 1
    ),
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
    as_answer=sampling_answer,
    deadline=120,
)
def sample_ids(t):
    with t.case("[.1, 2, -1] at temperature 0", visible=True):
        coldest_ids(t, np.array([0.1, 2, -1], "f4"), 0, 4, 7)
    for T in (1.0, 2.0):
        with t.case(f"ln(.03, .13, 1e-9, .84) at temperature {T:g}", visible=True):
            frequencies(t, np.log(np.array([0.03, 0.13, 1e-9, 0.84])).astype("f4"), T)
    with t.case("temperature 0: the first of equal maxima"):
        for logits in ([3, 7, 7, 1, 7], [-4, -2, -9, -2], [5, 5, 5], [1000, -1000, 1000], [0.0]):
            coldest_ids(t, np.array(logits, "f4"), 0.0, 6, new_seed(t))
        coldest_ids(t, t.normal(9, scale=3), 0, 1, new_seed(t))
    with t.case("logits of 1000"):
        for logits in ([1000, 999, -1000, 998], [-1000, -1001, -1000], [0, 1000, 3]):
            frequencies(t, np.array(logits, "f4"), 1.0, n=4000)
    with t.case("the same seed gives the same ids, another seed others"):
        seeds_matter(t, t.normal(7, scale=0.3))
    with t.case("n = 1, and one logit"):
        drawn_ids(t, t.normal(5), 1.0, 1, new_seed(t))
        drawn_ids(t, t.normal(1), 0.7, 3, new_seed(t))
    with t.case("nothing but the seed is used"):
        t.leaves_global_generators_alone(t.normal(5), 1.0, 20, new_seed(t), instead="a generator made from seed")
    with t.case("a vocabulary of 41, and temperatures from cold to hot"):
        wide = t.rng.permutation([*np.linspace(-0.2, 0.2, 40), 4.44])  # 40 rare ids that are a third of all draws
        for T in (0.05, 0.25, 1.0, 6.0):  # the logits grow with T, so that the frequencies are the same
            frequencies(t, (wide * T).astype("f4"), T, n=4000)
    even = 0.0
    for T in (0.5, 1.0, 2.0):
        with t.case(f"frequencies of 20 000 draws at temperature {T:g}"):
            even += frequencies(t, t.rng.permutation(np.array([-1.5, -0.6, 0.1, 0.4, 1.2])).astype("f4"), T)
    with t.case("20 000 independent draws"):
        # the sum of three chi-squareds with 4 degrees of freedom each: below .02 once in 10¹⁵ trials
        slip = "draw each id on its own: do not hand out round(n · p) copies of each"
        t.require(even > 0.02, "the frequencies are too exact for independent draws", slip=slip)


def new_seed(t):
    return int(t.integers(2**31 - 2, low=1))


def drawn_ids(t, logits, temperature, n, seed):
    """The ids as an array; fails unless they are n ids of the vocabulary."""
    try:
        got = t.call(logits, temperature, n, seed)
    except AnswerError as error:
        raise t.raised(error, sample_crash(error, temperature, logits)) from None
    ids, V = as_numbers(got), len(logits)
    t.require(ids is not None, f"{n} ids are expected but the answer returned {describe(got)}")
    slip = {
        (): "n ids are asked for: return them as a list or a 1-D array",
        (1, n): "there is a batch axis: take [0]",
        (n, 1): "there is an extra axis: take [:, 0]",
        (n, V): "these are probabilities or one-hot rows: return the ids",
        (V,): "these are probabilities: draw n ids with them",
    }.get(ids.shape, "")
    t.require(ids.shape == (n,), f"the ids have shape {shape_text(ids.shape)} instead of {shape_text((n,))}", slip=slip)
    slip = "convert them to int" if np.all(np.isfinite(ids)) else "at temperature 0 take the argmax"
    t.require(ids.dtype.kind in "iu", "the ids should be whole numbers, of an integer type", slip=slip)
    slip = "stay within the vocabulary; nan in the probabilities also ends here (subtract the maximum)"
    t.require(np.all((ids >= 0) & (ids < V)), "an id is outside 0 … V-1", slip=slip)
    return ids


def sample_crash(error, temperature, logits):
    if temperature == 0:
        return "temperature 0 cannot be divided by: it means argmax, n times"
    if np.abs(logits).max() > 500:
        return "exp of 1000 overflows: subtract the largest logit first, or use a function that takes logits"
    if "do not sum to 1" in error.message:
        return "float32 probabilities do not sum to 1 exactly enough for choice: compute them in float64"
    return ""


def coldest_ids(t, logits, temperature, n, seed):
    """At temperature 0 all ids are the argmax."""

    def all_of_it(p, *_):
        return np.full(n, np.argmax(p)) if np.max(p) == 1 else None

    t.matches(drawn_ids(t, logits, temperature, n, seed), logits, temperature, then=all_of_it)


def frequencies(t, logits, temperature, n=20_000):
    """Draws have the frequencies of softmax(logits / temperature) and do not depend on each other.

    Returns how far they are off, as a chi-squared. In 20 000 draws a fair sampler is off by .015 once in
    100 000 trials, so a second seed is tried before it is refused.
    """
    p, allowed = probabilities(logits, temperature), 0.015 * np.sqrt(20_000 / n)
    for _ in range(2):
        ids = drawn_ids(t, logits, temperature, n, new_seed(t))
        counts = np.bincount(ids, minlength=len(p))
        if np.abs(counts / n - p).max() <= allowed:
            break
    t.matches(counts / n, logits, temperature, atol=allowed, rtol=0, names=("the vector of frequencies",))
    expected = np.sum(p**2)
    slip = "the draws are not independent: do not sort them, repeat them or leave ids out"
    for lag in (1, 2, n // 2, n // 2 + 1):
        same, where = np.mean(ids[lag:] == ids[:-lag]), "before it" if lag == 1 else f"{lag} before"
        message = f"an id equals the one {where} in {same:.3f} of the draws instead of about {expected:.3f}"
        t.require(abs(same - expected) < 3 * allowed, message, slip=slip, guards=False)
    likely = p > 1e-6
    return np.sum((counts - n * p)[likely] ** 2 / (n * p)[likely])


def seeds_matter(t, logits):
    seed = new_seed(t)
    for T in (1.0, 0.6):
        seeds = (seed, seed, seed + 1, seed + 2, new_seed(t))
        first, again, *others = (drawn_ids(t, logits, T, 60, s) for s in seeds)
        slip = "draw from a generator made from seed, in every call anew: np.random.default_rng(seed)"
        t.require(np.array_equal(first, again), "the same seed gives other ids at a second call", slip=slip)
        other = not any(np.array_equal(first, other) for other in others)
        slip = "use the argument seed: with a fixed seed every song is the same song"
        t.require(other, "another seed gives the same ids", slip=slip)


# -- generate ----------------------------------------------------------------------------------------------
def greedy(step, state, prime, n, choose=np.argmax, follow=lambda new, prime: new, carry=True, again=False):
    """Feed the prime, then each new id: n ids, each the argmax of the logits. `again`: from the first state."""
    first, new = state, []
    for i in prime:
        logits, state = step(i, state)
    state = first if again else state
    while len(new) < n:
        new.append(int(choose(logits)))
        logits, following = step(follow(new[-1], prime), state)
        state = following if carry else state
    return new


def without_state(step, state, prime, n):
    new = [prime[-1]]
    for _ in range(n):
        new.append(int(np.argmax(step(new[-1], state)[0])))
    return new[1:]


def primed(change):
    """The prime, changed, is fed instead."""
    return lambda step, state, prime, n: greedy(step, state, change(prime), n)


def new_ids(change):
    """The right ids and the prime, brought together to what comes back."""
    return lambda step, state, prime, n: change(greedy(step, state, prime, n), prime)


def one_more(step, state, prime, n):
    return greedy(step, state, prime, n + 1)


GENERATE_SLIPS = {
    "only the last id of the prime is fed: the whole prime warms up the state": primed(lambda prime: prime[-1:]),
    "the last id of the prime is fed twice: its logits already choose the first new id": primed(lambda p: [*p, p[-1]]),
    "only the first id of the prime is fed": primed(lambda prime: prime[:1]),
    "the prime is fed in the reverse order": primed(lambda prime: prime[::-1]),
    "the last id of the prime is not fed": primed(lambda prime: prime[:-1]),
    "the prime is among the ids: return the n new ids only": new_ids(lambda new, prime: [*prime, *new]),
    "the prime is among the ids and takes places of theirs: return n new ids": new_ids(
        lambda new, p: (p + new)[: len(new)]
    ),
    "the last id of the prime is among the ids": new_ids(lambda new, prime: [prime[-1], *new]),
    "the last id of the prime comes back as the first new one": new_ids(lambda new, prime: [prime[-1], *new[:-1]]),
    "the new ids are not fed back: the last id of the prime goes in again": partial(
        greedy, follow=lambda new, p: p[-1]
    ),
    "the state is thrown away after the prime: go on with the one it has warmed up": partial(greedy, again=True),
    "the state stays that of the prime: carry the new one on from step to step": partial(greedy, carry=False),
    "the state is not carried: hand the new state on to the next step": without_state,
    "the smallest logit is taken: the next id is the argmax": partial(greedy, choose=np.argmin),
    "one id too many: n are asked for": one_more,
    "the first new id is missing: it is the argmax after the last id of the prime": changed(
        one_more, lambda new: new[1:]
    ),
    "the first new id is missing": new_ids(lambda new, prime: new[1:]),
    "the last new id is missing": new_ids(lambda new, prime: new[:-1]),
    "only the last id comes back": new_ids(lambda new, prime: new[-1]),
    "the new ids are in the reverse order": new_ids(lambda new, prime: new[::-1]),
    "the list is not flat: return n ids": new_ids(lambda new, prime: [new]),
    "each id is in a list of its own: return a flat list": new_ids(lambda new, prime: [[i] for i in new]),
}


@exercise(
    points=15,
    title="Generate: warm up, then feed back",
    takes="step, state, prime, n",
    returns="the list of new ids (n)",
    reference=greedy,
    slips=GENERATE_SLIPS,
    alike=[("the prime is fed in the reverse order", "feed every id of the prime once")],
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
        generate_case(t, count, 0, [1, 3, 4], 4)
    with t.case("the worked example", visible=True):
        generate_case(t, count, 0, [1, 2], 4)
    for V, H, primed, n in t.sizes("V H prime n", low=3, high=11):
        for _ in range(3):
            generate_case(t, *small_rnn(t, V, H), t.integers(V, primed).tolist(), n)
    with t.case("a prime of one id"):
        generate_case(t, *small_rnn(t, 7, 6), [4], 12)
    with t.case("a long prime, one new id"):
        generate_case(t, *small_rnn(t, 7, 6), t.integers(7, 15).tolist(), 1)
    with t.case("a prime that repeats an id"):
        generate_case(t, *small_rnn(t, 6, 5), [2, 2, 2, 5, 5], 9)
    with t.case("60 new ids"):
        generate_case(t, *small_rnn(t, 9, 12), t.integers(9, 3).tolist(), 60)


def generate_case(t, step, state, prime, n):
    new = greedy(step, state, prime, n)
    for what in ("", "at a second call"):
        watched = Watched(step, len(step(0, state)[0]), 4 * (len(prime) + n) + 20)
        got = t.call(Served(watched), state, prime, n)
        watched.got_ids(t)
        words = "feed each new id back with the carried state; the next id is the argmax of the logits"
        if watched.fed[: len(prime)] != prime:
            words = "step is not fed the prime first: every id of it once, in order"
        t.matches(got, step, state, prime, n, what=what, otherwise={words: lambda got, *_: np.shape(got) == (n,)})
        watched.was_fed(t, prime, new)


# -- path_probability --------------------------------------------------------------------------------------
def factors(P, path):
    return P[np.arange(len(path)), path]


def of_factors(change):
    """The factors P[t, path[t]], brought together in another way."""
    return changed(factors, change)


product = of_factors(np.prod)
PATH_SLIPS = {
    "this is the greedy path: take the letters of `path`, not the largest of each row": lambda P, path: P.max(1).prod(),
    "this is the average: the steps are multiplied": of_factors(np.mean),
    "this is the sum: the steps are multiplied": of_factors(np.sum),
    "this is the logarithm: return the probability itself": of_factors(lambda p: np.log(p).sum()),
    "this is minus the logarithm: return the probability itself": of_factors(lambda p: -np.log(p).sum()),
    "this is the geometric mean: the length does not matter here": of_factors(lambda p: np.exp(np.log(p).mean())),
    "this is the smallest step: multiply them all": of_factors(np.min),
    "only the last step counts: multiply them all": of_factors(lambda p: p[-1]),
    "only the first step counts: multiply them all": of_factors(lambda p: p[0]),
    "the last step is missing": of_factors(lambda p: p[:-1].prod()),
    "the first step is missing": of_factors(lambda p: p[1:].prod()),
    "rows are time steps, columns are letters: P[t, path[t]]": lambda P, path: P[path, np.arange(len(path))].prod(),
    "the factors come back: multiply them": factors,
    "these are whole rows, not one entry of each: P[t, path[t]]": lambda P, path: P[path].prod(),
    "this is the product of all of P: pick one entry of each row": lambda P, path: P.prod(),
    "every step is read from the first row: P[t, path[t]]": lambda P, path: P[0, path].prod(),
    "the product is rounded: return it as it is": of_factors(lambda p: np.round(p.prod(), 4)),
    "one minus the product": of_factors(lambda p: 1 - p.prod()),
    "the letters are numbered from 1: path holds columns 0, 1, 2, …": lambda P, path: product(P, np.array(path) - 1),
    "the path is read from its end: path[t] belongs to row t": lambda P, path: product(P, path[::-1]),
}


@exercise(
    points=5,
    title="The probability of a path",
    takes="P (T, V), path",
    returns="()",
    reference=product,
    slips=PATH_SLIPS,
    crashes="P is an array (T, V): row t, column path[t]; a zero has no logarithm, so multiply",
    atol=1e-9,
    rtol=0,
)
def path_probability(t):
    slide = np.array(
        [[0.03, 0.13, 0, 0.84], [0.25, 0.2, 0.05, 0.5], [0.11, 0.17, 0.68, 0.03], [0.11, 0.02, 0.08, 0.79]]
    )
    t.shows(slide, [1, 2, 2, 3], case="the slide's ello")
    t.shows(slide, [3, 3, 2, 3], case="the slide's oolo")
    t.tries(t.rng.dirichlet([5, 5], 2), [1, 1], case="two steps, two letters")  # without zeros, which hide a slip
    with t.case("h first: the probability of an impossible path is 0"):
        t.tries(slide, [0, 3, 1, 2])
        t.tries(slide, [2, 0, 0, 0])
    for T, V in t.sizes("T V"):
        for _ in range(2):
            t.tries(*likely_path(t, T, V))
    for T in (12, 30):
        P, path = likely_path(t, T, 4)
        t.tries(0.05 * P + 0.95 * np.eye(4)[path], path, case=f"{T} steps along a likely path")
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
