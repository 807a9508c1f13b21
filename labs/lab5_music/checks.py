"""Lab 5, Irish music one character at a time: one function an exercise, which judges an answer.

The references are NumPy and live only here, with the tester. What is random (batches, samples, fresh models)
is judged by its properties and frequencies. Contracts: what an answer gets, what it must return, and the
worked examples, stand in the notebook.
"""

import re

import numpy as np

from seqlab.autograder.judging.compare import as_numbers, describe, shape_text
from seqlab.autograder.judging.trial import Failed
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.autograder.wire.values import Served, tensor
from seqlab.exercises import exercise


# -- references --------------------------------------------------------------------------------------------
def softmax(z):
    e = np.exp(z.astype("f8") - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def cross_entropy(y, logits):
    """-log softmax(logits)[y] in nats, for every position."""
    z = logits.astype("f8") - logits.max(-1, keepdims=True)
    return np.log(np.exp(z).sum(-1)) - np.take_along_axis(z, y[..., None], -1)[..., 0]


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


def greedy(step, state, prime, n):
    """Feed the prime, then each argmax: n new ids."""
    new = []
    for i in prime:
        logits, state = step(i, state)
    while True:
        new.append(int(np.argmax(logits)))
        if len(new) == n:
            return new
        logits, state = step(new[-1], state)


# -- text and batches --------------------------------------------------------------------------------------
@exercise(points=10, title="Find the tunes", takes="abc_text")
def split_tunes(t):
    _tunes_case(
        t,
        "the worked example",
        "% songs\n\nX:1\nK:D\nab|\n\n\nX:2\nK:G\ncd|",
        ["X:1\nK:D\nab|", "X:2\nK:G\ncd|"],
        visible=True,
    )
    a, b, c = (_tune(t, number) for number in (3, 14, 200))
    comment, prose = ("% a collection\n% in two parts", "These are dances.\nA header such as X:7 starts a tune.")
    for end in ("\n", "\r\n", "\r"):

        def text(*blocks, gap="\n\n", first="", last="\n"):
            return first + gap.join(blocks) + last

        many_blanks = text(a, comment, b, c, gap="\n\n\n\n", first="\n\n", last="\n\n\n")
        mixed = text(prose, a, b, comment, c, gap="\n\n  \n\t\n\n", last="")
        for label, written, tunes in (
            ("one tune", text(a), [a]),
            ("no newline after the last tune", text(a, b, last=""), [a, b]),
            ("a comment block first, prose between", text(comment, a, prose, b, c), [a, b, c]),
            ("a comment block last", text(a, comment, b, comment), [a, b]),
            ("runs of blank lines", many_blanks, [a, b, c]),
            ("blank lines that hold spaces or tabs", text(a, prose, b, c, gap="\n \t\n", last="\n  \n"), [a, b, c]),
            ("empty and whitespace-only lines mixed", mixed, [a, b, c]),
            ("no tune", text(comment, prose), []),
        ):
            _tunes_case(t, label, written.replace("\n", end), tunes)
    _tunes_case(t, "an empty text", "", [])
    many = [_tune(t, number) for number in range(1, 41)]
    _tunes_case(t, "40 tunes", "\n\n".join(many), many)
    for label, tunes in (
        ("numbers that fall, and one that comes twice", [b, a, _tune(t, 3), c]),
        ("the same tune twice", [a, b, a]),
        ("a tune of one line, and one of 60", ["X:5", "X:6\nK:D\n" + "\n".join(60 * ["abc def|"])]),
        ("runs of blanks within a line, voices and words", ["X: 7\nK:D\nV:1\nabc   def |\nw: la  la"]),
    ):
        _tunes_case(t, label, "\n\n".join(tunes), tunes)
    _tunes_case(t, "prose that begins with an X, or with x:", f"Xavier's set\n\n{a}\n\nx: unknown", [a])


def _tune(t, number):
    """A tune of a few random bars; its title holds an `X:` and its body a comment, as tunes may."""
    bars = ["".join(t.rng.choice(list("abcdefgABCDEFG2z"), 6)) for _ in range(int(t.rng.integers(1, 5)))]
    return "\n".join([f"X:{number}", f"T:Reel No. {number}, or Malcolm X: his jig", "% as played", "K:D", *bars]) + (
        " |" if number % 2 else "|]"
    )


def _tunes_case(t, label, text, tunes, visible=False):
    with t.case(label, visible=visible):
        got = t.call(text)
        t.require(
            isinstance(got, list | tuple) and all(isinstance(piece, str) for piece in got),
            f"the result should be a list of texts but is {_texts(got)}",
            slip="return [] where there is no tune" if not tunes else "",
        )
        got, ends = list(got), "\\r\\n" if "\r\n" in text else "\\r" if "\r" in text else "\\n"
        count = f", {len(got)} instead of {len(tunes)} tunes came back" if len(got) != len(tunes) else ""
        t.require(
            got == tunes,
            f"line ends {ends}: the tunes differ{count}",
            expected=tunes,
            got=got,
            slip=next(words for words, applies in _tunes_slips(text, tunes, got).items() if applies),
        )
        t.require(
            list(t.call(text)) == tunes,
            "a second call with the same text gives something else",
            slip="something is kept from one call to the next",
        )


def _texts(got):
    return "a list of other things" if isinstance(got, list | tuple) else describe(got)


def _tunes_slips(text, tunes, got):
    """Which slips the pieces show, the most telling first."""
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    pieces = [b.strip() for b in re.split(r"\n\s*\n", unix)]
    keep = "split at blank lines, then keep only what starts with X: (no comments, prose or empty pieces)"
    return {
        "a \\r is left: the line ends may be \\n, \\r\\n or \\r; make them all \\n first": any("\r" in p for p in got),
        "strip each tune: it neither begins nor ends with white space": [p.strip() for p in got] == tunes,
        "each tune keeps the newlines at its end, and the last tune is lost: strip each one, and the text may end without a "
        "blank line": len(tunes) > 1 and [p.strip() for p in got] == tunes[:-1] != got,
        "the line X: belongs to the tune": got == [tune.partition("\n")[2] for tune in tunes],
        "a tune keeps its line breaks, as \\n": got in ([tune.replace("\n", to) for tune in tunes] for to in (" ", "")),
        "the comment lines inside a tune belong to it": got
        == ["\n".join(x for x in tune.split("\n") if not x.startswith("%")) for tune in tunes],
        f"{keep}; a blank line may also hold spaces": got == text.split("\n\n") and len(got) > 1,
        keep: got in (pieces, [p for p in pieces if p]),
        "there is no tune, so the list is empty: return []": not tunes,
        "one text comes back: split it into its tunes": got == ["\n\n".join(tunes)],
        "the last tune is lost: the text may end without a blank line or a newline": got == tunes[:-1]
        and len(tunes) > 1,
        "the first tune is lost: it may stand at the very beginning": got == tunes[1:],
        "no tune is found: in a pattern a dot stops at a line break, unless re.DOTALL is said": not got
        and "\r" not in text,
        "a blank line may hold spaces or tabs, and ends a tune all the same": any(
            re.search(r"\n[ \t]*\n", p) for p in got
        ),
        "a piece is no tune: a tune begins at a line starting with X: and nowhere else": any(
            not p.startswith("X:") for p in got
        ),
        "a tune is missing: look at the line ends (\\n, \\r\\n, \\r), the first tune and the last": len(got)
        < len(tunes),
        "each tune keeps all its lines, from X: to the next blank line, and no others": True,
    }


@exercise(points=5, title="Characters to ids", takes="text, char2idx")
def vectorize(t):
    _ids_case(t, "the worked example", "X:1", {"\n": 0, "1": 1, ":": 2, "X": 3}, visible=True)
    letters = np.array(list("abcdefgABCDEFG|:2/'^=zXTMKL \n~é"))
    ids = t.rng.choice(np.arange(5000), len(letters), replace=False)
    numbering = {str(c): int(i) for c, i in zip(t.rng.permutation(letters), ids, strict=True)}
    for length in (1, 2, 7, len(letters), 400):
        text = "".join(t.rng.choice(letters, length))
        _ids_case(t, f"{length} characters, any numbering", text, numbering)
    _ids_case(t, "blanks and newlines at both ends", "\n ab \n", numbering)
    dense = {str(c): i for i, c in enumerate(t.rng.permutation(letters))}
    _ids_case(t, "a vocabulary numbered from 0", "".join(t.rng.choice(letters, 50)), dense)
    for where, text in (("alone", "?"), ("first", "?ab"), ("in the middle", "ab?cd"), ("last", "abc?")):
        for vocabulary in (numbering, dense):
            with t.case(f"an unknown character {where}"):
                _unknown_character(t, text, vocabulary)
    with t.case("an unknown letter, digit or line end, and a letter known as a small one only"):
        for character in ("P", "7", "\r", "\t", "Q"):
            _unknown_character(t, f"ab{character}", dense | {"q": 99})
    with t.case("the same text with another vocabulary"):
        for vocabulary in ({"a": 7, "b": 5, "c": 3}, {"a": 1, "b": 4, "c": 2}):
            _ids_case(t, "the same text with another vocabulary", "abc", vocabulary)


def _ids_case(t, label, text, char2idx, visible=False):
    with t.case(label, visible=visible):
        got = t.call(text, char2idx)
        t.require(
            not isinstance(got, list | tuple),
            f"the result is {describe(got)} instead of an array",
            slip="wrap it: np.array([...]), so that a batch can be cut from it",
        )
        t.require(
            getattr(got, "dtype", np.dtype(int)).kind != "f",
            "the ids should be of an integer type but are floats",
            slip="leave out the dtype, or say dtype=int: an embedding looks ids up",
        )
        expect = np.array([char2idx[c] for c in text])
        by_letter, by_place = sorted(char2idx), list(char2idx)
        t.expect(
            text,
            char2idx,
            expect=expect,
            integers=True,
            slips={
                "these are code points: look each character up, char2idx[c]": np.array([ord(c) for c in text]),
                "the vocabulary is numbered anew: use the ids of char2idx": np.array(
                    [by_letter.index(c) for c in text]
                ),
                "the place in the dict is not the id: use char2idx[c]": np.array([by_place.index(c) for c in text]),
                "each character once only: one id for every character of the text, in order": lambda: np.array(
                    [char2idx[c] for c in dict.fromkeys(text)]
                ),
                "the ids are sorted: keep the order of the text": np.sort(expect),
                "the ids are in the reverse order": expect[::-1],
                "the array has an extra axis: return it 1-D": expect[None],
                "the array has an extra axis at the end: return it 1-D": expect[:, None],
                "this is one-hot: return the ids themselves": lambda: np.eye(max(char2idx.values()) + 1)[expect],
                "the last character is missing": expect[:-1],
            },
        )


def _unknown_character(t, text, char2idx):
    try:
        got = t.call(text, char2idx, unchanged=False)
    except AnswerError:
        return  # any exception will do
    length = np.size(got) if isinstance(got, np.ndarray | list | tuple) else None
    slip = "it is skipped, which shifts the music" if length == len(text) - 1 else "it has become an id"
    raise Failed(
        "a character that is not in char2idx should raise an exception but went through",
        slip=f"{slip}: char2idx[c] raises a KeyError by itself, .get() and `if c in` do not",
    )


@exercise(points=15, title="A batch of windows", takes="ids, T, B, rng")
def get_batch(t):
    with t.case("the worked example: N = T+1, so every window starts at 0", visible=True):
        _batch(t, np.array([10, 20, 30, 40]), 3, 2, _rng(t))
    for T, B, starts in t.sizes("T B starts", high=9):
        ids = _distinct_ids(t, T + starts)
        for _ in range(4):
            _batch(t, ids, T, B, _rng(t))
    with t.case("the same rng gives the same batch, another one another"):
        ids, (seed, other) = _distinct_ids(t, 64), t.integers(2**31, 2).tolist()
        first, again, third = (_batch(t, ids, 5, 6, t.make("rng", seed=s)) for s in (seed, seed, other))
        t.require(
            np.array_equal(first, again),
            "two generators with the same seed give different batches",
            slip="draw from the argument rng, not from np.random or random",
        )
        t.require(
            not np.array_equal(first, third),
            "two generators with different seeds give the same batch",
            slip="draw from the argument rng; do not seed a generator of your own",
        )
    with t.case("all starts, 400 windows at a time"):
        ids = _distinct_ids(t, 11)
        drawn = np.concatenate([_batch(t, ids, 3, 400, _rng(t)) for _ in range(5)])
        _even_starts(t, np.bincount(drawn, minlength=8))
    with t.case("one rng, batch after batch"):
        rng = _rng(t)
        pairs = np.array([_batch(t, _distinct_ids(t, 9), 4, 2, rng) for _ in range(200)])
        _independent_rows(t, *pairs.T)
        batches = np.array([_batch(t, _distinct_ids(t, 9), 4, 6, rng) for _ in range(200)])
        for row in range(1, 6):
            _independent_rows(t, batches[:, row - 1], batches[:, row])
        _independent_rows(t, batches[:, 0], batches[:, 3])
    with t.case("a text in which ids come again and again"):
        _repeating_text(t)
    with t.case("a text of 5000 ids"):
        ids = t.rng.permutation(5000)
        starts = _batch(t, ids, 3, 400, _rng(t))
        t.require(
            starts.min() < 500 and starts.max() > 4490,
            "of 400 windows none is near an end of the text",
            slip="there are N-T starts, 0 … N-T-1, however long the text is",
        )
    with t.case("nothing but rng is used"):
        t.leaves_global_generators_alone(_distinct_ids(t, 30), 4, 5, _rng(t), instead="the argument rng")


def _rng(t):
    return t.make("rng", seed=int(t.integers(2**31)))


def _distinct_ids(t, N):
    """Every id once, so that the start of a window can be read off."""
    return t.rng.choice(np.arange(100, 1000), N, replace=False)


def _batch(t, ids, T, B, rng):
    """One batch: fails unless its rows are windows and their successors. Returns the starts."""
    try:
        got = t.call(ids, T, B, rng)
    except AnswerError as error:
        if error.type == "NotImplementedError":
            raise
        raise t.raised(error, _batch_crash(error, len(ids) - T)) from None
    starts, place = len(ids) - T, {int(i): n for n, i in enumerate(ids)}
    pair = (isinstance(got, tuple | list) or getattr(got, "ndim", 0) > 0) and len(got) == 2
    x = as_numbers(got[0]) if pair else None

    def windows(column, shift):
        """Windows that are `shift` off those with these first ids; -1 beyond the text."""
        at = np.array([place.get(int(i), -T - 9) for i in column])[:, None] + shift + np.arange(T)
        return np.where((at >= 0) & (at < len(ids)), ids[at % len(ids)], -1)

    column = np.full(B, -1)
    if x is not None and x.shape == (B, T) and np.all(np.isfinite(x)):
        column = x[:, 0]
    real = np.array([i if place.get(int(i), starts) < starts else ids[0] for i in column])
    expect = windows(real, 0), windows(real, 1)
    slips = {
        "y is x itself: the target is the next id at every position, ids[i+1 : i+T+1]": lambda: (expect[0], expect[0]),
        "y is two ahead: the target is the next id, ids[i+1 : i+T+1]": (expect[0], windows(column, 2)),
        "x and y are swapped: x is ids[i : i+T], y is one further on": lambda: (x, windows(column, -1)),
        "the batch is time-major (T, B): put the rows first": lambda: (windows(x[0], 0).T, windows(x[0], 1).T),
        "the window wraps round at the end: the last start is N-T-1": lambda: (
            _wrapped(ids, place, column, 0, T),
            _wrapped(ids, place, column, 1, T),
        ),
        "only the last target is there: the target is the next id at every position": lambda: (x, expect[1][:, -1]),
        "only the last target is there, as a column: the target is the next id at every position": lambda: (
            x,
            expect[1][:, -1:],
        ),
        "places in the text come back: index ids with them": lambda: (x, x + 1) if np.all(x < len(ids)) else None,
    }
    if pair:
        slips |= {"a row is no window of the text: x is ids[i : i+T], y is ids[i+1 : i+T+1], with one i a row": got}
    t.compare(got, expect, names=("x", "y"), integers=True, slips=slips)
    return np.array([place[int(i)] for i in column])


def _repeating_text(t):
    """Rows are windows, and their targets follow in the text, where an id alone does not say which comes next."""
    for T in (2, 5):
        ids = t.integers(3, 60)
        x, y = (as_numbers(part) for part in t.call(ids, T, 50, _rng(t)))
        t.require(np.shape(x) == np.shape(y) == (50, T), "x and y are not both (B, T) arrays of numbers")
        windows = {tuple(ids[i : i + T + 1].tolist()) for i in range(len(ids) - T)}
        rows = [(*a, b[-1]) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
        t.require(
            set(rows) <= windows and np.array_equal(x[:, 1:], y[:, :-1]),
            "a row is no window of the text and what follows it",
            slip="cut both by the start i: ids[i : i+T] and ids[i+1 : i+T+1]",
        )
        t.require(
            len(set(rows)) > len(windows) / 4,
            "only a few of the windows are ever drawn",
            slip="draw the start itself, not an id of the text",
        )


def _wrapped(ids, place, column, shift, T):
    at = np.array([place[int(i)] for i in column])[:, None] + shift + np.arange(T)
    return ids[at % len(ids)]


def _batch_crash(error, starts):
    text = error.message
    if starts == 1 and ("high" in text or "empty" in text or "greater than 0" in text or "positive" in text):
        return "N = T+1 leaves one start, 0: the upper bound of rng.integers is exclusive, so it is N - T"
    if "larger sample" in text or "replace" in text:
        return "starts are drawn with replacement, each on its own: a batch may be larger than the text"
    if "same shape" in text or "inhomogeneous" in text or "out of bounds" in text or "different length" in text:
        return "a window runs over the end of the text: the last start is N-T-1, as y needs one id more"
    return ""


def _independent_rows(t, first, second):
    several = len({(int(a), int(b)) for a, b in zip(first, second, strict=True)})
    t.require(
        several > 8,
        f"200 batches from one rng are only {several} different ones",
        slip="draw from the rng itself, so that it moves on, not from a copy",
    )
    same, falling = int(np.sum(first == second)), int(np.sum(first > second))
    t.require(
        same < 80,
        f"the two rows of a batch are equal in {same} of 200 batches, with 5 starts to choose from",
        slip="draw B starts, one for each row: this is a batch of one",
    )
    t.require(
        same > 5,
        f"the two rows of a batch are equal in {same} of 200 batches, with 5 starts to choose from",
        slip="starts are drawn with replacement, each on its own, independently of the other rows",
    )
    t.require(
        40 < falling < 120,
        f"the second row starts before the first in {falling} of 200 batches (expected about 80)",
        slip="the starts are drawn independently: neither sorted nor counted up from the first",
    )


def _even_starts(t, counts):
    never = [n for n, count in enumerate(counts) if count == 0]
    where = "the last start, N-T-1," if never == [7] else "the start 0" if never == [0] else "a start"
    t.require(
        not never,
        f"{where} is never drawn in 2000 windows",
        slip="there are N-T starts, 0 … N-T-1: rng.integers(0, N - T) excludes its upper bound",
    )
    expected = counts.sum() / len(counts)
    # chi-squared with 7 degrees of freedom: above 60 once in 10¹⁰ fair trials, below .05 once in 10⁶
    t.require(
        np.sum((counts - expected) ** 2) / expected > 0.05,
        "the starts are too even for independent draws",
        slip="draw each start on its own: do not deal out all of them in turn",
    )
    t.require(
        np.sum((counts - expected) ** 2) / expected < 60,
        "the starts are not drawn evenly in 2000 windows",
        expected=f"about {expected:.0f} of each",
        got=counts,
        slip="every start 0 … N-T-1 is equally likely: no rounding of random numbers",
    )


# -- model, loss, training step ----------------------------------------------------------------------------
@exercise(points=10, title="The model", takes="vocab_size, embedding_dim, rnn_units", deadline=60)
def build_model(t):
    with t.case("the worked example: build_model(11, 6, 9) on ids (3, 7)", visible=True):
        model = _model(t, 11, 6, 9)
        ids = t.integers(11, 3, 7)
        _logits(t, model, ids, 11)
    with t.case("the same model, other B and T"):
        for B, T in ((1, 1), (5, 2), (1, 12), (7, 7), (3, 7)):
            _logits(t, model, t.integers(11, B, T), 11)
    with t.case("no state is kept from call to call"):
        before = _logits(t, model, ids, 11)
        _logits(t, model, t.integers(11, 3, 7), 11)
        t.require(
            _near(before, _logits(t, model, ids, 11)),
            "the same ids give other logits at a later call",
            slip="leave out stateful=True: every call starts from a zero state, and draws nothing",
        )
        t.require(
            _near(before[1:2], _logits(t, model, ids[1:2], 11)),
            "a row alone gives other logits than in its batch",
            slip="the rows of a batch are different texts: axis 0 is the batch, axis 1 is time",
        )
    with t.case("logits, not probabilities"):
        _no_softmax(t, before)
    with t.case("causal: an id changes nothing before its step"):
        _causal(t, model, 11)
    with t.case("recurrent: an id changes what comes after its step"):
        _recurrent(t, model, 11)
    for V, E, U in t.sizes("vocab_size embedding_dim rnn_units", low=3, high=14):
        small = _model(t, V, E, U)
        for B, T in ((2, 5), (4, 3)):
            _logits(t, small, t.integers(V, B, T), V)
        if V > 1:
            _causal(t, small, V)
    with t.case("logits are not squashed"):
        # over random weights logits have both signs; and after every weight is made 20 times larger, only a
        # squashed output stays within ±1
        drawn = []
        for _ in range(5):
            model.set_weights(
                [  # but those of a normalisation, which may not be negative
                    np.ones_like(w) if "variance" in path or "gamma" in path else 0.5 * t.normal(*np.shape(w))
                    for path, w in model.weights()
                ]
            )
            drawn.append(_logits(t, model, ids, 11))
        _causal(t, model, 11)
        t.require(
            np.min(drawn) < 0 < np.max(drawn),
            "all outputs have one sign, so these are not logits",
            slip="the last layer is Dense(vocab_size) without an activation: the loss does the softmax",
        )
        model.set_weights([20 * w for _, w in model.weights()])
        large = np.abs(_logits(t, model, ids, 11)).max()
        t.require(
            large > 1.001,
            "the outputs stay within ±1 however large the weights are",
            slip="the last layer is Dense(vocab_size) without an activation",
        )


def _model(t, *sizes):
    try:
        model = t.construct(*sizes)
    except AnswerError as error:
        if "batch_input_shape" in error.message or "batch_shape" in error.message:
            raise t.raised(error, "Keras 3 has no batch_input_shape: leave it out, any B and T may come") from None
        raise
    return t.keras_model(model)


def _logits(t, model, ids, V):
    try:
        got = model(tensor(ids, "int64"))
    except AnswerError as error:
        raise t.raised(error, _model_crash(error)) from None
    wanted = (*ids.shape, V)
    t.require(
        not isinstance(got, tuple | list),
        f"the model should give one tensor but gives {describe(got)}",
        slip="leave out return_state=True, or take only the outputs on",
    )
    array = as_numbers(got)
    t.require(array is not None, f"the model should give logits but gives {describe(got)}")
    if array.shape != wanted:
        (B, T), shape = ids.shape, array.shape
        slip = ""
        if shape == (B, V):
            slip = "return_sequences=True is missing: logits are needed at every step, not only at the last"
        elif shape[:2] == (B, T):
            slip = "the last layer is Dense(vocab_size): one logit for each character of the vocabulary"
        elif shape == (T, B, V):
            slip = "the batch comes first: leave out time_major and transposes"
        raise Failed(
            f"ids {shape_text(ids.shape)} give logits of shape {shape_text(shape)} instead of {shape_text(wanted)}",
            slip=slip,
        )
    t.require(np.all(np.isfinite(array)), "the logits are not finite")
    return array.astype("f8")


def _model_crash(error):
    text = error.message
    if "stateful" in text or "batch size" in text.lower() or "batch_size" in text:
        return "B changes from call to call: leave out stateful=True and fixed batch sizes"
    if "out of scope" in text:
        return "no state is kept from call to call: do not store tensors in the model"
    if "shape" in text:
        return "B and T change from call to call: fix neither (keras.Input((None,)), no batch_shape), and keep no state"
    return ""


def _near(a, b):
    return np.all(np.abs(a - b) <= 1e-5 + 1e-5 * np.abs(b))


def _no_softmax(t, logits):
    slip = "the last layer is Dense(vocab_size) without an activation: the loss does the softmax"
    for numbers, words in ((logits, "the outputs"), (np.exp(logits), "the exponentials of the outputs")):
        sums = numbers.sum(-1)
        t.require(
            not np.allclose(sums, 1, atol=1e-4), f"{words} sum to 1 at every step: a softmax has been taken", slip=slip
        )


def _changed(t, model, V, T, step, B=6):
    """How far the logits move when the id at one step changes: (B, T)."""
    ids = t.integers(V, B, T)
    other = ids.copy()
    other[:, step] = (ids[:, step] + 1 + t.integers(V - 1, B)) % V
    before, after = _logits(t, model, ids, V), _logits(t, model, other, V)
    return np.abs(after - before).max(-1), np.abs(before).max()


def _causal(t, model, V):
    for step in (2, 4, 5):
        moved, size = _changed(t, model, V, 6, step)
        earlier = moved[:, :step].max()
        t.require(
            earlier <= 1e-5 * (1 + size),
            "a later id changes an earlier output",
            slip="the model sees the answer; "
            "read from left to right only: no Bidirectional, go_backwards or pooling over time",
        )


def _recurrent(t, model, V):
    for step in (0, 3):
        moved, _ = _changed(t, model, V, 10, step, B=16)
        t.require(
            moved[:, step].max() > 0,
            "an id does not change the output at its own step",
            slip="the logits at step t are read from the state that has seen x_t",
        )
        still = [s for s in range(step + 1, 10) if moved[:, s].max() <= 1e-12]
        t.require(
            not still,
            f"an id leaves the outputs {still[0] - step if still else 0} steps later as they are",
            slip="there is no memory: a recurrent layer (RNN, GRU, LSTM) carries a state along time",
        )


@exercise(points=10, title="The loss", takes="y, logits")
def compute_loss(t):
    with t.case("B=2, T=3, V=2", visible=True):  # tells slips apart that zeros do not
        logits = [[[1, 0], [0, 2], [3, 0]], [[0, 0], [2, 0], [0, 1]]]
        _loss_case(t, np.array([[0, 1, 1], [1, 1, 0]]), np.array(logits, "f4"))
    with t.case("zeros (1, 2, 4): ln 4", visible=True):
        _loss_case(t, np.array([[1, 3]]), np.zeros((1, 2, 4), "f4"))
    with t.case("y=[[1]], logits=[[[0, 2]]]", visible=True):
        _loss_case(t, np.array([[1]]), np.array([[[0, 2]]], "f4"))
    for B, T, V in t.sizes("B T V", low=3):
        logits = t.normal(B, T, V, scale=2)
        _loss_case(t, t.integers(V, B, T), logits)
        _loss_case(t, t.integers(V, B, T), logits, as_tensor=True)
    with t.case("untrained logits: ln V"):
        _loss_case(t, t.integers(83, 4, 9), np.zeros((4, 9, 83), "f4"))
    with t.case("logits of 500"):
        for as_tensor in (False, True):
            _loss_case(t, t.integers(5, 3, 4), 500 * np.sign(t.normal(3, 4, 5)), as_tensor)
            _loss_case(t, t.integers(5, 3, 4), t.normal(3, 4, 5, scale=500), as_tensor)
    with t.case("B=4, T=6, V=5, y as a tensor"):
        _loss_case(t, t.integers(5, 4, 6), t.normal(4, 6, 5, scale=3), as_tensor=True)


def _loss_case(t, y, logits, as_tensor=False):
    args = (tensor(y, "int64") if as_tensor else y), tensor(logits)
    nats = cross_entropy(y, logits)
    B, T = y.shape
    p, z = softmax(logits), np.clip(logits.astype("f8"), 1e-7, 1 - 1e-7)
    slips = {
        "these are bits: use the natural logarithm": nats.mean() / np.log(2),
        "a sum over batch and time: take the mean, so that B and T do not matter": nats.sum(),
        "a sum over time: take the mean over all positions": nats.sum() / B,
        "a sum over the batch: take the mean over all positions": nats.sum() / T,
        "the sign is wrong: the loss is minus the log-probability": -nats.mean(),
        "the logits are taken for probabilities: say from_logits=True": -np.log(
            np.take_along_axis(z / z.sum(-1, keepdims=True), y[..., None], -1)
        ).mean(),
        "the softmax is taken twice: hand over the raw logits": cross_entropy(y, p).mean(),
        "the perplexity is exp of the loss: return the loss itself": np.exp(min(nats.mean(), 700)),
        "only the last step counts: take the mean over all positions": nats[:, -1].mean(),
        "the logarithm is missing: the loss is -log p": -np.take_along_axis(p, y[..., None], -1).mean(),
        "this is the squared error of the probabilities: take the cross-entropy": np.mean(
            (np.eye(logits.shape[-1])[y] - p) ** 2
        ),
        "the mean is taken over the vocabulary too": nats.mean() / logits.shape[-1],
        "the softmax runs over time: it belongs on the last axis": lambda: _loss_along(y, logits, 1),
        "the softmax runs over the batch: it belongs on the last axis": lambda: _loss_along(y, logits, 0),
        "this is the mean of the logits at y without their log-sum-exp": -np.take_along_axis(
            logits, y[..., None], -1
        ).mean(),
    }
    for _ in range(2):
        got = t.call(*args)
        found = as_numbers(got)
        if found is not None and found.shape == (B, T):
            got = found.astype("f8").mean()
        elif found is not None and found.size == B * T == 1:
            got = found.reshape(()).astype("f8")
        elif found is not None and found.shape != ():
            raise Failed(
                f"the result has shape {shape_text(found.shape)}: the mean, or the losses (B, T) = {(B, T)}, is expected",
                slip=_loss_shape_slip(found.shape, y.shape, logits.shape),
            )
        if found is not None and not np.all(np.isfinite(found)):
            raise Failed(
                "the loss is not finite: inf or nan",
                expected=f"{nats.mean():.6g}",
                got="inf or nan",
                slip="exp of a large logit overflows: subtract the maximum first, or use the library's "
                "loss with from_logits=True",
            )
        t.compare(got, nats.mean(), slips=slips, names=("the mean loss",), atol=1e-4, rtol=1e-4)


def _loss_along(y, logits, axis):
    """The loss, if the softmax runs over another axis."""
    z = logits.astype("f8") - logits.max(axis, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis, keepdims=True))
    return -np.take_along_axis(log_p, y[..., None], -1).mean()


def _loss_shape_slip(shape, positions, whole):
    if shape == whole:
        return "one loss for each position is -log p of the right character only, not of all of them"
    if shape == positions[:1]:
        return "the losses are reduced over time only: take the mean over batch and time"
    if shape == positions[1:]:
        return "the losses are reduced over the batch only: take the mean over batch and time"
    if shape == positions[::-1]:
        return "the losses are time-major (T, B): put the batch first"
    return ""


@exercise(points=15, title="One training step", takes="model, optimizer, loss_fn, x, y, clip", deadline=60)
def train_step(t):
    kernel, bias = [np.ones((1, 1), "f4")], [np.zeros(1, "f4")]
    two, zero = np.array([[2]], "f4"), np.zeros((1, 1), "f4")
    with t.case("the worked example, clip 100", visible=True):
        _linear_case(t, kernel, bias, two, zero, clip=100.0, lr=0.1)
    with t.case("two weights and a bias, clip 2", visible=True):  # one number a tensor hides how it is clipped
        _linear_case(t, [np.array([[1], [1]], "f4")], bias, np.array([[2, 1]], "f4"), zero, clip=2.0, lr=0.1)
    with t.case("the worked example, clip 1", visible=True):
        _linear_case(t, kernel, bias, two, zero, clip=1.0, lr=0.1)
    for B, D, H, O in t.sizes("B D H O"):
        # not clipped; clipped; clipped by the whole norm though each tensor's own is smaller
        for scale, share in ((1.0, 20.0), (3.0, 0.4), (0.5, 0.95))[: 3 if B != D else 2]:
            kernels = [t.normal(D, H, scale=0.7), t.normal(H, O, scale=0.7)]
            biases = [t.normal(H, scale=0.5), t.normal(O, scale=0.5)]
            x, y = t.normal(B, D), 3 + t.normal(B, O)
            _linear_case(t, kernels, biases, x, y, share=share, scale=scale)
    with t.case("cross-entropy, which is not symmetric in y and p"):
        for share in (20.0, 0.3):
            kernels, biases = [t.normal(4, 5)], [t.normal(5)]
            _linear_case(t, kernels, biases, t.normal(6, 4), t.integers(5, 6), share=share, loss="cross_entropy")
    with t.case("a layer that is not trainable"):
        kernels, biases = [t.normal(3, 4), t.normal(4, 2)], [t.normal(4), t.normal(2)]
        _linear_case(t, kernels, biases, t.normal(5, 3), 2 + t.normal(5, 2), share=0.5, frozen=[0])
    with t.case("a recurrent model, without and with clipping"):
        _recurrent_model_case(t)
    with t.case("two steps with one optimizer"):
        _two_steps(t)
    with t.case("an optimizer with weight decay"):
        _decay_case(t)


def _linear_case(
    t, kernels, biases, x, y, clip=None, share=None, lr=0.05, loss="mean_squared_error", scale=1.0, frozen=()
):
    """One step of a stack of linear layers; `share` is the clip as a share of the gradient's norm."""
    value, grads = _linear_gradients(kernels, biases, x, y, loss, scale)
    whole = grads
    grads = [np.zeros_like(g) if n // 2 in frozen else g for n, g in enumerate(grads)]
    clip = clip or float(share * _norm(grads))
    model = t.make("dense_model", kernels=kernels, biases=biases, frozen=list(frozen))
    optimizer = t.make("optimizer", name="sgd", learning_rate=lr)
    loss_fn = t.make("loss", name=loss, scale=scale)
    got = _step(t, model, optimizer, loss_fn, x, y, clip)

    old = [w for pair in zip(kernels, biases, strict=True) for w in pair]

    def after(grads, rate=lr):
        return _flat([w - rate * g for w, g in zip(old, grads, strict=True)])

    right = _clipped(grads, clip)
    new = [w - lr * g for w, g in zip(old, right, strict=True)]
    twice = _linear_gradients(new[::2], new[1::2], x, y, loss, scale)
    _weights_after(
        t,
        model,
        after(right),
        slips={
            "nothing has changed: hand the gradients to optimizer.apply_gradients(zip(grads, variables))": _flat(old),
            "the gradients are not clipped: scale them by min(1, clip / global norm)": after(grads),
            "each tensor is clipped by its own norm: there is one norm, over all of them": after(
                [_clipped([g], clip)[0] for g in grads]
            ),
            "every value is clipped on its own, which bends the direction: clip by the global norm": after(
                [np.clip(g, -clip, clip) for g in grads]
            ),
            "the norms of the tensors are added: the global norm is the root of the sum of their squares": after(
                [g * min(1, clip / sum(_norm([v]) for v in grads)) for g in grads]
            ),
            "small gradients are scaled up: the factor is min(1, clip / global norm)": after(
                [g * clip / _norm(grads) for g in grads]
            ),
            "the gradients are multiplied by clip: the factor is min(1, clip / global norm)": after(
                [g * clip for g in grads]
            ),
            "the square root of the global norm is missing": after(
                [g * min(1, clip / _norm(grads) ** 2) for g in grads]
            ),
            "the gradients are applied twice": after(right, 2 * lr),
            "two updates are made, with a gradient each: one is asked for": after(
                [a + b for a, b in zip(right, _clipped(twice[1], clip), strict=True)]
            ),
            "the step goes uphill: the optimizer subtracts by itself": after(right, -lr),
            "a layer that is not trainable has moved: use model.trainable_variables": after(_clipped(whole, clip)),
            "only the last layer moves: use all of model.trainable_variables": after(
                [np.zeros_like(g) for g in grads[:-2]] + _clipped(grads[-2:], clip)
            ),
            "only the kernels move: use all of model.trainable_variables": after(
                [g * (n % 2 == 0) for n, g in enumerate(right)]
            ),
            "loss_fn is not used, or something is added to it": lambda: (
                after(_clipped([g / scale for g in grads], clip)) if scale != 1 else None
            ),
            "the learning rate is not the optimizer's: let the optimizer do the update": after(right, 1),
        },
    )
    _one_update(t, optimizer, 1)
    _loss_before(t, got, value, _linear_gradients(new[::2], new[1::2], x, y, loss, scale)[0], scale)


def _linear_gradients(kernels, biases, x, y, loss, scale):
    """Loss and its gradients (kernel, bias, kernel, …) for a stack of linear layers."""
    layers = [x.astype("f8")]
    for kernel, bias in zip(kernels, biases, strict=True):
        layers.append(layers[-1] @ kernel + bias)
    p = layers[-1]
    if loss == "cross_entropy":
        value, d = scale * cross_entropy(y, p).mean(), scale * (softmax(p) - np.eye(p.shape[1])[y]) / len(y)
    else:
        value, d = scale * np.mean((y - p) ** 2), scale * 2 * (p - y) / p.size
    grads = []
    for kernel, below in zip(kernels[::-1], layers[-2::-1], strict=True):
        grads = [below.T @ d, d.sum(0), *grads]
        d = d @ kernel.T
    return value, grads


def _norm(grads):
    return np.sqrt(sum(np.sum(np.square(g)) for g in grads))


def _clipped(grads, clip):
    norm = _norm(grads)
    return [g * min(1, clip / norm) if norm else g for g in grads]


def _flat(arrays):
    return np.concatenate([np.ravel(a) for a in arrays])


def _step(t, model, optimizer, loss_fn, x, y, clip):
    whole = np.issubdtype(y.dtype, np.integer)
    try:
        return t.call(model, optimizer, loss_fn, tensor(x), tensor(y, "int64" if whole else "float32"), clip)
    except AnswerError as error:
        if error.type == "NotImplementedError":
            raise
        raise t.raised(error, _step_crash(error)) from None


def _step_crash(error):
    text = error.message
    if "No gradients provided" in text or "None values not supported" in text or "NoneType" in text:
        return "the gradients are None: call the model and loss_fn inside `with tf.GradientTape() as tape:`"
    if (
        "_unique_id" in text
        or "handle" in text
        or "'path'" in text
        or "overwrite_with_gradient" in text
        or "trainable variables" in text
    ):
        return "the pairs are (gradient, variable): zip(grads, model.trainable_variables)"
    if "non-persistent" in text:
        return "a tape gives its gradients once: tape.gradient(loss, all variables), in one call"
    if "logits" in text or "labels" in text or "rank" in text.lower():
        return "the label comes first: loss_fn(y, model(x))"
    if "assign" in text or "shape" in text:
        return (
            "hand pairs to the optimizer: zip(grads, model.trainable_variables); "
            "tf.clip_by_global_norm gives two results, (grads, norm)"
        )
    return ""


def _weights_after(t, model, expect, slips):
    t.compare(
        _flat([w for _, w in model.weights()]), expect, names=("the vector of all weights after the step",), slips=slips
    )


def _one_update(t, optimizer, expected):
    made = int(np.asarray(optimizer.get("iterations")))
    t.require(
        made == expected,
        f"the optimizer counts {made} updates instead of {expected}",
        slip="call optimizer.apply_gradients once in each training step"
        if made
        else "the weights are moved by hand: let the optimizer do it, so that Adam works too",
    )


def _loss_before(t, got, before, after, scale=1.0):
    t.compare(
        got,
        np.float64(before),
        names=("the loss",),
        slips={
            "this is the loss after the update: return the one the gradients were taken of": np.float64(after),
            "this is another loss than loss_fn(y, model(x))": np.float64(before / scale),
        },
    )


def _recurrent_model_case(t):
    """Clipping keeps the direction of the unclipped step and cuts its length, whatever the model."""
    x, y, lr = t.normal(3, 5, 4), t.integers(6, 3, 5), 0.1
    weights, moved = None, []
    for share in (None, 0.3):
        model = t.make("recurrent_model", input_dim=4, units=5, output_dim=6, weights=weights)
        weights = [w for _, w in model.weights()]
        before = cross_entropy(y, model(tensor(x))).mean()
        clip = 1e4 if share is None else share * _norm(moved[0]) / lr
        optimizer = t.make("optimizer", name="sgd", learning_rate=lr)
        got = _step(t, model, optimizer, t.make("loss", name="cross_entropy"), x, y, float(clip))
        after = cross_entropy(y, model(tensor(x))).mean()
        moved.append([w - old for (_, w), old in zip(model.weights(), weights, strict=True)])
        t.require(
            all(np.any(m != 0) for m in moved[-1]),
            "a weight of the model is left as it was",
            slip="use all of model.trainable_variables",
        )
        t.require(after < before, "the step does not make the loss smaller", slip="is the loss that of this batch?")
        factor = share or 1.0
        t.compare(
            _flat(moved[-1]),
            factor * _flat(moved[0]),
            names=("the step",),
            slips={"the gradients are not clipped: scale them by min(1, clip / global norm)": _flat(moved[0])},
        )
        _one_update(t, optimizer, 1)
        _loss_before(t, got, before, after)


def _two_steps(t):
    """The second of two steps starts where the first ended."""
    kernels, biases = [t.normal(3, 2)], [t.normal(2)]
    x, y = t.normal(4, 3), t.normal(4, 2)
    model = t.make("dense_model", kernels=kernels, biases=biases)
    optimizer = t.make("optimizer", name="sgd", learning_rate=0.1)
    loss_fn = t.make("loss", name="mean_squared_error")
    for count in (1, 2):
        value, grads = _linear_gradients(kernels, biases, x, y, "mean_squared_error", 1.0)
        got = _step(t, model, optimizer, loss_fn, x, y, 1e3)
        kernels, biases = [kernels[0] - 0.1 * grads[0]], [biases[0] - 0.1 * grads[1]]
        _weights_after(t, model, _flat([kernels[0], biases[0]]), {})
        _one_update(t, optimizer, count)
        t.compare(got, np.float64(value), names=("the loss",))


def _decay_case(t):
    """An optimizer that also shrinks the weights: w - lr (g + decay w); a step made by hand does not know of it."""
    kernels, biases, lr, decay = [t.normal(3, 2)], [t.normal(2)], 0.1, 0.5
    x, y = t.normal(4, 3), t.normal(4, 2)
    model = t.make("dense_model", kernels=kernels, biases=biases)
    optimizer = t.make("optimizer", name="sgd", learning_rate=lr, weight_decay=decay)
    _step(t, model, optimizer, t.make("loss", name="mean_squared_error"), x, y, 0.5)
    grads = _clipped(_linear_gradients(kernels, biases, x, y, "mean_squared_error", 1.0)[1], 0.5)
    old = [kernels[0], biases[0]]
    new = _flat([w - lr * (g + decay * w) for w, g in zip(old, grads, strict=True)])
    by_hand = _flat([w - lr * g for w, g in zip(old, grads, strict=True)])
    _weights_after(
        t, model, new, {"the weights are moved by hand: let the optimizer that is handed over do it": by_hand}
    )
    _one_update(t, optimizer, 1)


# -- sampling and generation -------------------------------------------------------------------------------
@exercise(points=15, title="Sample with a temperature", takes="logits, temperature, n, seed", deadline=120)
def sample_ids(t):
    with t.case("[.1, 2, -1] at temperature 0", visible=True):
        _coldest(t, np.array([0.1, 2, -1], "f4"), 0, 4, 7)
    for T in (1.0, 2.0):
        with t.case(f"ln(.03, .13, 1e-9, .84) at temperature {T:g}", visible=True):
            _frequencies(t, np.log(np.array([0.03, 0.13, 1e-9, 0.84])).astype("f4"), T)
    with t.case("temperature 0: the first of equal maxima"):
        for logits in ([3, 7, 7, 1, 7], [-4, -2, -9, -2], [5, 5, 5], [1000, -1000, 1000], [0.0]):
            _coldest(t, np.array(logits, "f4"), 0.0, 6, _seed(t))
        _coldest(t, t.normal(9, scale=3), 0, 1, _seed(t))
    with t.case("logits of 1000"):
        for logits in ([1000, 999, -1000, 998], [-1000, -1001, -1000], [0, 1000, 3]):
            _frequencies(t, np.array(logits, "f4"), 1.0, n=4000)
    with t.case("the same seed gives the same ids, another seed others"):
        _seeds(t)
    with t.case("n = 1, and one logit"):
        _ids_of(t, t.normal(5), 1.0, 1, _seed(t))
        _ids_of(t, t.normal(1), 0.7, 3, _seed(t))
    with t.case("nothing but the seed is used"):
        t.leaves_global_generators_alone(t.normal(5), 1.0, 20, _seed(t), instead="a generator made from seed")
    with t.case("a vocabulary of 41, and temperatures from cold to hot"):
        wide = t.rng.permutation(
            np.append(np.linspace(-0.2, 0.2, 40), 4.44)
        )  # 40 rare ids that are a third of all draws
        for T in (0.05, 0.25, 1.0, 6.0):  # the logits grow with T, so that the frequencies are the same
            _frequencies(t, (wide * T).astype("f4"), T, n=4000)
    even = 0.0
    for T in (0.5, 1.0, 2.0):
        with t.case(f"frequencies of 20 000 draws at temperature {T:g}"):
            even += _frequencies(t, t.rng.permutation(np.array([-1.5, -0.6, 0.1, 0.4, 1.2])).astype("f4"), T)
    with t.case("20 000 independent draws"):
        # the sum of three chi-squareds with 4 degrees of freedom each: below .02 once in 10¹⁵ trials
        t.require(
            even > 0.02,
            "the frequencies are too exact for independent draws",
            slip="draw each id on its own: do not hand out round(n · p) copies of each",
        )


def _seed(t):
    return int(t.integers(2**31 - 2, low=1))


def _ids_of(t, logits, temperature, n, seed, slips=None):
    """The ids as an array; fails unless they are n ids of the vocabulary."""
    try:
        got = t.call(logits, temperature, n, seed)
    except AnswerError as error:
        if error.type == "NotImplementedError":
            raise
        raise t.raised(error, _sample_crash(error, temperature, logits)) from None
    ids = as_numbers(got)
    t.require(ids is not None, f"{n} ids are expected but the answer returned {describe(got)}")
    V = len(logits)
    slip = {
        (): "n ids are asked for: return them as a list or a 1-D array",
        (1, n): "there is a batch axis: take [0]",
        (n, 1): "there is an extra axis: take [:, 0]",
        (n, V): "these are probabilities or one-hot rows: return the ids",
        (V,): "these are probabilities: draw n ids with them",
    }.get(ids.shape, "")
    t.require(ids.shape == (n,), f"the ids have shape {shape_text(ids.shape)} instead of {shape_text((n,))}", slip=slip)
    t.require(
        ids.dtype.kind in "iu",
        "the ids should be whole numbers, of an integer type",
        slip="convert them to int" if np.all(np.isfinite(ids)) else "at temperature 0 take the argmax",
    )
    t.require(
        np.all((ids >= 0) & (ids < V)),
        "an id is outside 0 … V-1",
        slip="stay within the vocabulary; nan in the probabilities also ends here (subtract the maximum)",
    )
    return ids


def _sample_crash(error, temperature, logits):
    if temperature == 0:
        return "temperature 0 cannot be divided by: it means argmax, n times"
    if np.abs(logits).max() > 500:
        return "exp of 1000 overflows: subtract the largest logit first, or use a function that takes logits"
    if "do not sum to 1" in error.message:
        return "float32 probabilities do not sum to 1 exactly enough for choice: compute them in float64"
    return ""


def _coldest(t, logits, temperature, n, seed):
    ids = _ids_of(t, logits, temperature, n, seed)
    first = int(np.argmax(logits))
    V, ties = len(logits), np.flatnonzero(logits == logits.max())
    t.compare(
        ids,
        np.full(n, first),
        slips={
            "of equal maxima the first counts: np.argmax takes it": np.full(n, ties[-1]),
            "of equal maxima the first counts, every time": ids if np.isin(ids, ties).all() else None,
            "temperature 0 is the largest logit, not the smallest": np.full(n, np.argmin(logits)),
            "the largest absolute value is not the largest logit": np.full(n, np.argmax(np.abs(logits))),
            "temperature 0 gives 0 every time: is that the argmax of nan?": np.zeros(n),
            "temperature 0 gives the last id every time: is that a draw from nan?": np.full(n, V - 1),
            "temperature 0 means argmax: nothing is drawn": ids,
        },
    )


def _frequencies(t, logits, temperature, n=20_000):
    """Draws have the frequencies of softmax(logits / temperature) and do not depend on each other.

    Returns how far they are off, as a chi-squared. In 20 000 draws a fair sampler is off by .015 once in
    100 000 trials, so a second seed is tried before it is refused.
    """
    p = softmax(logits.astype("f8") / temperature)
    V, allowed = len(p), 0.015 * np.sqrt(20_000 / n)
    for _ in range(2):
        ids = _ids_of(t, logits, temperature, n, _seed(t))
        counts = np.bincount(ids, minlength=V)
        frequencies = counts / n
        if np.abs(frequencies - p).max() <= allowed:
            break
    t.compare(
        frequencies,
        p,
        atol=allowed,
        rtol=0,
        names=("the vector of frequencies",),
        slips={
            "the logits are multiplied by the temperature: divide them": softmax(logits.astype("f8") * temperature),
            "the temperature is ignored: divide the logits by it": softmax(logits),
            "all ids are the same: draw n times, instead of the argmax or one draw repeated": _one_hot_of(frequencies),
            "the ids are uniform: draw them with probability softmax(logits / temperature)": np.full(V, 1 / V),
            "the temperature divides twice": softmax(logits.astype("f8") / temperature**2),
            "the softmax is taken twice: a function that takes logits does its own": softmax(p),
            "the softmax is taken before the division: divide the logits": softmax(softmax(logits) / temperature),
            "the sign is wrong: the largest logit is the most likely": softmax(-logits.astype("f8") / temperature),
            "the logits are not exponentiated: the probabilities are their softmax": (logits - logits.min())
            / max(np.sum(logits - logits.min()), 1e-9),
            "the square root of the temperature is used": softmax(logits.astype("f8") / np.sqrt(temperature)),
            "the probabilities are not softmax(logits / temperature)": frequencies,
        },
    )
    expected = np.sum(p**2)
    for lag in (1, 2, n // 2, n // 2 + 1):
        same = np.mean(ids[lag:] == ids[:-lag])
        t.require(
            abs(same - expected) < 3 * allowed,
            f"an id equals the one {'before it' if lag == 1 else f'{lag} before'} in {same:.3f} of the draws instead of "
            f"about {expected:.3f}",
            slip="the draws are not independent: do not sort them, repeat them or leave ids out",
        )
    likely = p > 1e-6
    return np.sum((counts - n * p)[likely] ** 2 / (n * p)[likely])


def _one_hot_of(frequencies):
    return np.eye(len(frequencies))[np.argmax(frequencies)] if frequencies.max() == 1 else None


def _seeds(t):
    logits, seed = t.normal(7, scale=0.3), _seed(t)
    for T in (1.0, 0.6):
        seeds = (seed, seed, seed + 1, seed + 2, _seed(t))
        first, again, *others = (_ids_of(t, logits, T, 60, s) for s in seeds)
        t.require(
            np.array_equal(first, again),
            "the same seed gives other ids at a second call",
            slip="draw from a generator made from seed, in every call anew: np.random.default_rng(seed)",
        )
        t.require(
            not any(np.array_equal(first, other) for other in others),
            "another seed gives the same ids",
            slip="use the argument seed: with a fixed seed every song is the same song",
        )


@exercise(points=15, title="Generate: warm up, then feed back", takes="step, state, prime, n")
def generate(t):
    def count(i, s):
        s = s + i
        return np.eye(5)[s % 5], s

    with t.case("a prime of three ids", visible=True):  # tells slips apart that two ids do not
        _generate_case(t, count, 0, [1, 3, 4], 4)
    with t.case("the worked example", visible=True):
        _generate_case(t, count, 0, [1, 2], 4)
    for V, H, primed, n in t.sizes("V H prime n", low=3, high=11):
        for _ in range(3):
            _generate_case(t, *_small_rnn(t, V, H), t.integers(V, primed).tolist(), n)
    with t.case("a prime of one id"):
        _generate_case(t, *_small_rnn(t, 7, 6), [4], 12)
    with t.case("a long prime, one new id"):
        _generate_case(t, *_small_rnn(t, 7, 6), t.integers(7, 15).tolist(), 1)
    with t.case("a prime that repeats an id"):
        _generate_case(t, *_small_rnn(t, 6, 5), [2, 2, 2, 5, 5], 9)
    with t.case("60 new ids"):
        _generate_case(t, *_small_rnn(t, 9, 12), t.integers(9, 3).tolist(), 60)


def _small_rnn(t, V, H):
    """`step` of an RNN with random weights, and a first state that is not zero."""
    A, E, C = t.normal(H, H, scale=1.5 / np.sqrt(H)), t.normal(V, H), t.normal(H, V)

    def step(i, state):
        h, taken = state
        h = np.tanh(h @ A + E[i])
        return h @ C, (h, taken + 1)

    return step, (t.normal(H), 0)


def _generate_case(t, step, state, prime, n):
    V = len(step(0, state)[0])
    new = greedy(step, state, prime, n)
    for again in (False, True):
        fed, strange = [], []

        def served(i, s, fed=fed, strange=strange):
            """The step, which takes down what it is fed; it is the tester's, so it never trusts what comes."""
            number = as_numbers(i)
            if number is None or number.shape != () or number.dtype.kind not in "iu" or not 0 <= number < V:
                strange.append("no single integer" if number is None or number.shape != () else f"{number}")
                number = np.array(0)
            fed.append(int(number))
            if len(fed) > 4 * (len(prime) + n) + 20:
                raise ValueError("far too many calls of step")
            return step(fed[-1], s)

        try:
            got = t.call(Served(served), state, prime, n)
        except AnswerError as error:
            if error.type == "NotImplementedError":
                raise
            slip = "step(i, state) takes the id first, then the state, and gives (logits, new_state)"
            if "too many calls" in error.message:
                slip = "stop after n new ids"
            raise t.raised(error, slip) from None
        t.require(
            not strange,
            f"step was called with {strange[0] if strange else ''} as the id",
            slip="step(i, state) takes one integer id of the vocabulary first, then the state",
        )
        t.compare(
            got,
            np.array(new),
            names=("the list of new ids",),
            integers=True,
            slips=_generate_slips(step, state, prime, n, got, fed),
            what="at a second call" if again else "",
        )
        _calls_of_step(t, fed, prime, new)


def _generate_slips(step, state, prime, n, got, fed):
    new = greedy(step, state, prime, n)

    def warmed(carry=True):
        """Logits and state after the prime."""
        s = state
        for i in prime:
            logits, s_new = step(i, s)
            s = s_new if carry else state
        return logits, s_new

    def feed(choose=np.argmax, follow=lambda new: new, keep=True, start=None):
        logits, s = warmed()
        s, out = s if start is None else start, []
        for _ in range(n):
            out.append(int(choose(logits)))
            logits, s_new = step(follow(out[-1]), s)
            s = s_new if keep else s
        return out

    ids = as_numbers(got)
    about_prime = {
        "only the last id of the prime is fed: the whole prime warms up the state": greedy(step, state, prime[-1:], n),
        "the last id of the prime is fed twice: its logits already choose the first new id": greedy(
            step, state, [*prime, prime[-1]], n
        ),
        "only the first id of the prime is fed": greedy(step, state, prime[:1], n),
        "the prime is fed in the reverse order": greedy(step, state, prime[::-1], n),
        "the last id of the prime is not fed": lambda: greedy(step, state, prime[:-1], n),
    }
    slips = {
        "the prime is among the ids: return the n new ids only": [*prime, *new],
        "the prime is among the ids and takes places of theirs: return n new ids": [*prime, *new][:n],
        "the last id of the prime is among the ids": [prime[-1], *new],
        "the last id of the prime comes back as the first new one": [prime[-1], *new][:n],
        "the new ids are not fed back: the last id of the prime goes in again": feed(follow=lambda new: prime[-1]),
        "the state is thrown away after the prime: go on with the one it has warmed up": feed(start=state),
        "the state stays that of the prime: carry the new one on from step to step": feed(keep=False),
        "the state is not carried: hand the new state on to the next step": lambda: _without_state(
            step, state, prime, n
        ),
        "the smallest logit is taken: the next id is the argmax": feed(choose=np.argmin),
        "one id too many: n are asked for": greedy(step, state, prime, n + 1),
        "the first new id is missing: it is the argmax after the last id of the prime": greedy(
            step, state, prime, n + 1
        )[1:],
        "the first new id is missing": new[1:],
        "the last new id is missing": new[:-1],
        "only the last id comes back": new[-1],
        "the list is not flat: return n ids": [new],
        "each id is in a list of its own: return a flat list": np.array(new)[:, None],
    }
    # what step was fed tells slips apart whose results happen to be the same
    begun = fed[: len(prime) + 1]
    if begun != [*prime, *new][: len(begun)]:
        slips = about_prime | slips
    if fed[: len(prime)] != prime:
        slips["step is not fed the prime first: every id of it once, in order"] = got
    elif ids is not None and ids.shape == (n,) and ids.dtype.kind in "iu":
        slips["feed each new id back with the carried state; the next id is the argmax of the logits"] = got
    return slips


def _without_state(step, state, prime, n):
    i, out = prime[-1], []
    for _ in range(n):
        i = int(np.argmax(step(i, state)[0]))
        out.append(i)
    return out


def _calls_of_step(t, fed, prime, new):
    t.require(
        fed[: len(prime)] == prime,
        f"the first {len(prime)} calls of step should get the prime, in order",
        expected=prime,
        got=fed[: len(prime)],
        slip="feed every id of the prime once, from left to right",
    )
    t.require(
        len(fed) <= len(prime) + len(new),
        f"step was called {len(fed)} times; {len(prime)} for the prime and {len(new)} for the new ids are enough",
        slip="no id is fed twice, and no call is made for a look only: keep the logits and the state",
    )
    rest = fed[len(prime) :]
    t.require(
        rest == new[: len(rest)],
        "step got other ids after the prime than the new ones",
        expected=new[: len(rest)],
        got=rest,
        slip="feed each new id back, once",
    )


@exercise(points=5, title="The probability of a path", takes="P, path")
def path_probability(t):
    slide = np.array(
        [[0.03, 0.13, 0, 0.84], [0.25, 0.2, 0.05, 0.5], [0.11, 0.17, 0.68, 0.03], [0.11, 0.02, 0.08, 0.79]]
    )
    for word, path, value in (("ello", [1, 2, 2, 3], 0.0034918), ("oolo", [3, 3, 2, 3], 0.225624)):
        with t.case(f"the slide's {word}", visible=True):
            _path_case(t, slide, path, value)
    with t.case("h first: the probability of an impossible path is 0"):
        _path_case(t, slide, [0, 3, 1, 2])
        _path_case(t, slide, [2, 0, 0, 0])
    for T, V in t.sizes("T V"):
        for _ in range(2):
            _path_case(t, *_random_path(t, T, V))
    for T in (12, 30):
        with t.case(f"{T} steps along a likely path"):
            P, path = _random_path(t, T, 4)
            _path_case(t, 0.05 * P + 0.95 * np.eye(4)[path], path)
    with t.case("zeros elsewhere, and a sure path"):
        sure = np.eye(5)[[2, 0, 4]]
        _path_case(t, sure, [2, 0, 4], 1.0)
        _path_case(t, sure, [2, 1, 4], 0.0)


def _random_path(t, T, V):
    """A path and distributions that make it likely: a product within 1e-9 of 0 would show nothing."""
    P = t.rng.dirichlet(np.ones(V), T)
    path = t.integers(V, T)
    P = 0.25 * P + 0.75 * np.eye(V)[path]
    # the likeliest letter of some steps is another one, so that the greedy path is not this one
    P[0] = 0.6 * P[0][::-1] + 0.4 * P[0] if V > 1 else P[0]
    return P, path.tolist()


def _path_case(t, P, path, value=None):
    chosen = P[np.arange(len(path)), path]
    value = float(np.prod(chosen)) if value is None else value
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log(chosen).sum()
        slips = {
            "this is the greedy path: take the letters of `path`, not the largest of each row": P.max(1).prod(),
            "this is the average: the steps are multiplied": chosen.mean(),
            "this is the sum: the steps are multiplied": chosen.sum(),
            "this is the logarithm: return the probability itself": log,
            "this is minus the logarithm: return the probability itself": -log,
            "this is the geometric mean: the length does not matter here": np.exp(log / len(path)),
            "this is the smallest step: multiply them all": chosen.min(),
            "only the last step counts: multiply them all": chosen[-1],
            "only the first step counts: multiply them all": chosen[0],
            "the last step is missing": chosen[:-1].prod(),
            "the first step is missing": chosen[1:].prod(),
            "rows are time steps, columns are letters: P[t, path[t]]": lambda: P[path, np.arange(len(path))].prod(),
            "the factors come back: multiply them": chosen,
            "these are whole rows, not one entry of each: P[t, path[t]]": lambda: P[path].prod(),
            "this is the product of all of P: pick one entry of each row": P.prod(),
            "every step is read from the first row: P[t, path[t]]": P[0, path].prod(),
            "the product is rounded: return it as it is": lambda: np.round(value, 4),
            "one minus the product": 1 - chosen.prod(),
            "the letters are numbered from 1: path holds columns 0, 1, 2, …": lambda: P[
                np.arange(len(path)), np.array(path) - 1
            ].prod(),
        }
    t.expect(
        P,
        path,
        expect=np.float64(value),
        atol=1e-9,
        rtol=0,
        slips=slips,
        crash="P is an array (T, V): row t, column path[t]; a zero has no logarithm, so multiply",
    )
