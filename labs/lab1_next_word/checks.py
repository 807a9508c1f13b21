"""Lab 1, what comes next?: one function an exercise, which judges an answer.

The references are plain Python and NumPy and live only here, with the tester. A slip is a wrong reference, told in
words: mostly an edit of the right one. Contracts: what an answer gets, what it must return, and the worked examples,
stand in the notebook.
"""

import re
from collections.abc import Mapping

import numpy as np

from seqlab.checks import Served, as_numbers, exercise
from seqlab.checks.slips import edits


# -- predict_next_position ---------------------------------------------------------------------------------
def keeps_moving(track):
    velocity = track[-1] - track[-2] if len(track) > 1 else 0 * track[-1]
    return track[-1] + velocity


STEP = "track[-1] - track[-2] if"
FIRST_STEP = "track[1] - track[0] if"
MEAN_STEP = "(track[-1] - track[0]) / (len(track) - 1) if"
ONE_FRAME = "with one frame no velocity is known: give back the position itself, track[-1]"
POSITION_SLIPS = {
    "the step is turned round, so that the ball goes back: it is the last position minus the one before": (
        STEP,
        "track[-2] - track[-1] if",
    ),
    "the ball stays where it is: add the last step to the last position": ("+ velocity", "+ 0 * velocity"),
    "this is the velocity alone: add it to the last position": ("return track[-1] + velocity", "return velocity"),
    "the step is the oldest one, track[1] - track[0]: take the last, track[-1] - track[-2]": (STEP, FIRST_STEP),
    "the step is the one before the last: take track[-1] - track[-2]": (
        STEP,
        "track[max(len(track) - 2, 1)] - track[max(len(track) - 3, 0)] if",
    ),
    "the step is the mean of all steps: only the last one counts": (STEP, MEAN_STEP),
    "the step runs from the first frame to the last: only the last step counts": (STEP, "track[-1] - track[0] if"),
    "the step is added twice: 2 * track[-1] - track[-2]": ("+ velocity", "+ 2 * velocity"),
    "the step is halved: 2 * track[-1] - track[-2]": ("+ velocity", "+ velocity / 2"),
    "time runs along axis 0, oldest first: the last frame is track[-1], not track[0]": lambda track: keeps_moving(
        track[::-1]
    ),
    "x and y are exchanged": ("return track[-1] + velocity", "return (track[-1] + velocity)[::-1]"),
    "with one frame the position doubles: no velocity is known then, so give back the position itself": (
        "0 * track[-1]",
        "track[-1]",
    ),
    "with one frame zeros come back: give back the position itself": (
        "return track[-1] + velocity",
        "return track[-1] + velocity if len(track) > 1 else 0 * track[-1]",
    ),
    "the step is taken from x to y, along axis 1: it runs from frame to frame, along axis 0": (
        STEP,
        "track[-1, 1:] - track[-1, :1] if",
    ),
    "the step has lost its sign: a ball may go left and down too": (STEP, "np.abs(track[-1] - track[-2]) if"),
    "an axis too many: one position is (2,), track[-1], not track[-1:]": (
        "return track[-1] + velocity",
        "return (track[-1] + velocity)[None]",
    ),
    "the acceleration is added too: the velocity of the last two frames is kept as it is": (
        "return track[-1] + velocity",
        "return track[-1] + velocity + (np.diff(track, n=2, axis=0)[-1] if len(track) > 2 else 0)",
    ),
}


@exercise(
    points=15,
    title="The next position",
    takes="track (T, 2)",
    returns="(2)",
    reference=keeps_moving,
    slips=edits(keeps_moving, POSITION_SLIPS),
    crashes={
        "out of bounds|out of range|size 0|empty|axis": f"{ONE_FRAME} (track[-2] is not there)",
        "": "the last two frames are track[-1] and track[-2], each (2,)",
    },
    edges={
        "a straight track, far away": "start anywhere",
        "a ball at rest": "stand still",
        "one frame": "With a single frame no velocity is known",
    },
)
def predict_next_position(t):
    t.shows(np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 3.0]]), gives=[5, 4])
    t.shows(np.array([[4.0, 7.0]]), gives=[4, 7], case="one frame")
    for T in (2, 3, 5, 9):
        t.tries(t.normal(T, 2, scale=5, dtype="float64"), case=f"a track that turns, T={T}")
    t.tries(t.normal(1, 2, scale=5, dtype="float64"), case="T=1")
    start = t.normal(1, 2, scale=50, dtype="float64")
    t.tries(start + np.arange(6)[:, None] * t.normal(1, 2, dtype="float64"), case="a straight track, far away")
    t.tries(np.repeat(start, 4, axis=0), case="a ball at rest")


# -- tokenize ----------------------------------------------------------------------------------------------
def tokens(text):
    return re.findall("[a-z']+", text.lower())


ALL = 're.findall("[a-z\']+", text.lower())'
ON_WORDS = "commas and dots stay on the words, and digits too: split at everything that is no letter and no apostrophe"
GLUED = "what stands between two words is deleted instead of separating them: put a space in its place"
KEEPS_OTHERS = "digits or underscores are taken as letters, as \\w does: a token is made of a-z and apostrophes only"
FOUND = 're.findall("[a-z\']+"'
EMPTY_TEXT = "there is an empty token: an empty text has none, and two separators in a row make no token"
TOKEN_SLIPS = {
    ON_WORDS: (ALL, "text.lower().split()"),
    "words are cut at single spaces only: line breaks, tabs and marks separate too": (ALL, "text.lower().split(' ')"),
    f"{ON_WORDS}. And lower-case it": (ALL, "text.split()"),
    GLUED: (ALL, "re.sub(\"[^a-z' ]\", '', text.lower()).split()"),
    f"{GLUED} (line breaks and tabs are kept)": (ALL, "re.sub(\"[^a-z'\\\\s]\", '', text.lower()).split()"),
    "the apostrophe separates here: it belongs to the word, don't is one token": ("[a-z']+", "[a-z]+"),
    "capitals are lost: lower-case the text before you look for tokens": ("text.lower()", "text"),
    "capitals stay: lower-case the text": (FOUND, 're.findall("[A-Za-z\']+"', "text.lower()", "text"),
    KEEPS_OTHERS: ("[a-z']+", "[\\\\w']+"),
    "digits are taken as letters: they separate, and are dropped": ("[a-z']+", "[a-z0-9']+"),
    "numbers are kept as tokens: digits separate, and are dropped": ("[a-z']+", "[a-z']+|[0-9]+"),
    "the apostrophe begins a new token: it belongs to the word, don't is one token": ("[a-z']+", "[a-z]+|'[a-z]+"),
    "only the first token comes back: return all of them": (ALL, f"{ALL}[:1]"),
    "the hyphen is kept: it separates like everything else": ("[a-z']+", "[a-z'-]+"),
    "each letter has become a token: a token is a whole run, with + behind the bracket": ("]+", "]"),
    "repetitions are lost: a list of all tokens in order, not a set": (ALL, f"list(dict.fromkeys({ALL}))"),
    "the tokens are sorted: they stay in the order of the text": (ALL, f"sorted({ALL})"),
    "one-letter words are lost": ("]+", "]{2,}"),
    "the tokens are joined to one text: return the list": (ALL, f"' '.join({ALL})"),
    "marks are tokens of their own here: they separate, and are dropped": ("[a-z']+", "[a-z']+|[^a-z'\\\\s]"),
    "apostrophes at the ends are taken off: an apostrophe is part of a token wherever it stands": (
        "[a-z']+",
        "[a-z]+(?:'[a-z]+)*",
    ),
    "there are empty tokens: with * a run may be of no letter at all, with + it has one or more": ("]+", "]*"),
    "\\b is no border between a letter and a digit or underscore: the pattern needs none": (
        "[a-z']+",
        "\\\\b[a-z']+\\\\b",
    ),
    "an apostrophe at the beginning is lost, and only one is taken: it is part of a token wherever it stands": (
        "[a-z']+",
        "[a-z]+'?[a-z]*",
    ),
    EMPTY_TEXT: (ALL, 're.split("[^a-z\']+", text.lower())'),
    f"{EMPTY_TEXT} (split at single characters)": (ALL, 're.split("[^a-z\']", text.lower())'),
}


def listed(got, text):
    """The tokens as a list, whatever sequence came."""
    return list(got) if isinstance(got, tuple) else got.tolist() if isinstance(got, np.ndarray) else got


@exercise(
    points=10,
    title="From a text to words",
    takes="text",
    returns="a list of tokens",
    reference=tokens,
    slips=edits(tokens, TOKEN_SLIPS),
    crashes={
        "index out of range|empty": "an empty text has no tokens: return []",
        "": "text is a str, perhaps empty: text.lower() and re.findall(pattern, text) both take one",
    },
    edges={
        "an empty text": "An empty text has no tokens",
        "dots between two words": "digits, dots, commas, hyphens",
        "line breaks and tabs": "line breaks, tabs",
        "an underscore": "underscores",
        "capitals": "Lower-case the text",
        "apostrophes, anywhere": "wherever it stands",
        "words that come again": "Order and repetitions stay",
        "separators in a row, at both ends, and nothing else": "at both ends, or nothing but separators",
    },
)
def tokenize(t):
    def tries(text, case, visible=False):
        with t.case(case, visible=visible):
            t.tries(text, reads=listed)

    tries("The food was good, not bad at all.", "the food", visible=True)
    tries("Don't stop...now", "the dots", visible=True)
    tries("", "an empty text")
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))

    def word():
        return "".join(t.rng.choice(letters, int(t.integers(7, low=2))))

    one, two, three = word(), word(), word()
    tries(f"{one}...{two}", "dots between two words")
    tries(f"{one}-{two} {three}", "a hyphen")
    tries(f"{one}\n{two}\t{three}\n", "line breaks and tabs")
    tries(f"{one}7{two} 1{three} 42 {one}_{two}", "digits, and an underscore")
    tries(f"{one.upper()} {two.title()}!", "capitals")
    tries(f"{one}'{two} isn't '{three}' {two}' 'n", "apostrophes, anywhere")
    tries(f"{two} {one} {two} a {one}, {one}", "words that come again")
    tries(f"  {one} ,  {two} ; ?? ", "separators at both ends and in a row")
    tries("... 12 ?!", "separators only")
    tries("I", "a single letter")
    marks = np.array(list(" .,-!?\n\t05:;()\"'"))
    drawn = "".join(word() + "".join(t.rng.choice(marks, int(t.integers(4, low=1)))) for _ in range(30))
    tries(drawn, "thirty words and all kinds of marks")


# -- one_hot -----------------------------------------------------------------------------------------------
def hot(ids, vocab_size):
    return np.eye(vocab_size)[ids]


def whole_rows(ids, vocab_size):
    """out[ids] = 1, as far as there are such rows."""
    out = np.zeros((*ids.shape, vocab_size))
    out[ids[ids < len(ids)]] = 1
    return out


EYE = "np.eye(vocab_size)[ids]"
HOT_SLIPS = {
    "the width is taken from the largest id that is there: it is vocab_size": (
        "np.eye(vocab_size)",
        "np.eye(ids.max() + 1)",
    ),
    "the vocabulary axis is first: it is the last one": (EYE, f"np.moveaxis({EYE}, -1, 0)"),
    "the last two axes are exchanged: the vocabulary axis is the last one": (EYE, f"{EYE}.swapaxes(-1, -2)"),
    "the axes of ids are lost: the result has the shape ids.shape + (vocab_size,)": (
        EYE,
        f"{EYE}.reshape(-1, vocab_size)",
    ),
    "all rows are laid end to end: the result has the shape ids.shape + (vocab_size,)": (EYE, f"{EYE}.ravel()"),
    "ids count from 1 here: id 0 has its 1 at place 0": (EYE, "np.eye(vocab_size)[ids - 1]"),
    "the 1 stands one place too far: id 0 has its 1 at place 0": (EYE, "np.roll(np.eye(vocab_size), 1, axis=1)[ids]"),
    "zeros and ones are exchanged": (EYE, f"1 - {EYE}"),
    "the id itself stands there: write a 1": (EYE, f"{EYE} * ids[..., None]"),
    "whole rows are set to 1: out[ids] = 1 takes ids for numbers of rows; row i has its 1 at ids[i]": whole_rows,
    "all is zero: write a 1 at the id": (EYE, f"0 * {EYE}"),
    "the rows are added to counts: one row for each id": (EYE, f"{EYE}.sum(axis=-2)"),
    "one column too many: the width is vocab_size": (EYE, "np.eye(vocab_size + 1)[ids]"),
    "an axis of length 1 is lost, as in keras.utils.to_categorical: the axes of ids all stay": (
        EYE,
        "np.eye(vocab_size)[ids[..., 0] if ids.ndim > 1 and ids.shape[-1] == 1 else ids]",
    ),
    "id 0 gives zeros, as if it were padding: it has its 1 at place 0": (EYE, f"{EYE} * (ids > 0)[..., None]"),
    "the places run backwards": (EYE, f"{EYE}[..., ::-1]"),
}


@exercise(
    points=10,
    title="One-hot rows",
    takes="ids (N), vocab_size",
    reference=hot,
    slips=edits(hot, HOT_SLIPS),
    crashes={
        "out of bounds|out of range": "the width is vocab_size, and ids may have any shape, such as (B, T): "
        "np.eye(vocab_size)[ids] takes a row for each id",
        "": "ids may have any shape, (N,) or (B, T): the result has that shape and one more axis, the last",
    },
    edges={
        "a vocabulary larger than the ids": "mostly larger than the largest id",
        "every id once": "below vocab_size",
        "an axis of length 1": "also an axis of length 1",
    },
)
def one_hot(t):
    t.shows(np.array([1, 0]), 5, gives=[[0, 1, 0, 0, 0], [1, 0, 0, 0, 0]])
    for B, T, V in t.sizes("B T V"):
        t.tries(t.integers(V, B), V)
        t.tries(t.integers(V, B, T), V)
    t.tries(t.integers(4, 6), 11, case="a vocabulary larger than the ids that are there")
    t.tries(t.integers(4, 3, 5), 9, case="a vocabulary larger than the ids of a batch")
    t.tries(np.arange(5), 5, case="every id once")


# -- fixed_window ------------------------------------------------------------------------------------------
def windows(ids, k):
    starts = range(len(ids) - k)
    X = np.stack([ids[i : i + k] for i in starts])
    y = np.array([ids[i + k] for i in starts])
    return X, y


STARTS, ANSWER, ROW = "range(len(ids) - k)", "ids[i + k] for", "ids[i : i + k]"
LAST_MISSING = "the last example is missing: there are len(ids) - k windows, and the last id is an answer"
WINDOW_SLIPS = {
    "the window jumps by k: it moves on by one each time": (STARTS, "range(0, len(ids) - k, k)"),
    LAST_MISSING: (STARTS, "range(len(ids) - k - 1)"),
    "the text is wrapped around, as np.roll does: no window goes from the end to the start": lambda ids, k: (
        np.stack([np.roll(ids, -j) for j in range(k)], 1),
        np.roll(ids, -k),
    ),
    "one window too many, which is wrapped around: there are len(ids) - k": lambda ids, k: (
        np.stack([np.roll(ids, -j)[: len(ids) - k + 1] for j in range(k)], 1),
        np.roll(ids, -k)[: len(ids) - k + 1],
    ),
    "y is the last id of the window itself: it is the one after it": (ANSWER, "ids[i + k - 1] for"),
    "y is the first id of the window: it is the one after it": (ANSWER, "ids[i] for"),
    "y is the second id of the window: it is the one after the window": (ANSWER, "ids[i + 1] for"),
    "y holds the window one later, k ids a row: only the one id after the window is asked for": (
        ANSWER,
        "ids[i + 1 : i + k + 1] for",
    ),
    "y has an axis too many: it is (N - k,), one id for each window": (ANSWER, "[ids[i + k]] for"),
    "a window holds k + 1 ids, the answer among them: it holds the k before the answer": (ROW, "ids[i : i + k + 1]"),
    "a window is one too short: it holds k ids": (ROW, "ids[i : i + k - 1]"),
    "the windows run backwards: they stand in reading order": (ROW, "ids[i : i + k][::-1]"),
    "X is turned, (k, N - k): a row for each window": ("return X, y", "return X.T, y"),
    "y comes first: return X, then y": ("return X, y", "return y, X"),
    "only X comes back: return (X, y)": ("return X, y", "return X"),
    "only y comes back: return (X, y)": ("return X, y", "return y"),
    "the examples are in reverse order": (STARTS, f"{STARTS}[::-1]"),
    "places in the text come back: index ids with them": lambda ids, k: windows(np.arange(len(ids)), k),
    "the windows without an answer are there too: the last one ends before the last id": (
        "return X, y",
        "return np.stack([ids[i : i + k] for i in range(len(ids) - k + 1)]), y",
    ),
}


@exercise(
    points=15,
    title="Fixed windows",
    takes="ids (N), k",
    returns="X (N-k, k), y (N-k)",
    reference=windows,
    slips=edits(windows, WINDOW_SLIPS),
    crashes={
        "out of bounds|out of range": "the last window starts at N - k - 1, so that ids[i + k] is there: "
        "range(len(ids) - k)",
        "need at least one array|at least one": "k = N - 1 leaves one example: range(len(ids) - k)",
        "same shape|inhomogeneous": "a window runs over the end: the last one starts at N - k - 1",
        "": "row i is ids[i : i + k] and y[i] is ids[i + k], for i in range(len(ids) - k)",
    },
    integers=True,
    edges={"one example": "`k = N - 1` gives one", "ids that come again": "An id may come again"},
)
def fixed_window(t):
    t.shows(np.array([3, 1, 4, 1, 5]), 2, gives=([[3, 1], [1, 4], [4, 1]], [4, 1, 5]))
    for N, k in ((9, 3), (7, 4), (8, 4), (6, 1), (30, 5)):
        t.tries(t.rng.permutation(100)[:N], k, case=f"N={N}, k={k}")
    t.tries(t.rng.permutation(50)[:6], 5, case="N=6, k=5: one example")
    t.tries(t.rng.permutation(50)[:2], 1, case="N=2, k=1")
    t.tries(t.integers(3, 20), 4, case="ids that come again")


# -- bag_of_words ------------------------------------------------------------------------------------------
def counts(ids, vocab_size):
    return np.bincount(ids, minlength=vocab_size)


def histogram(ids, vocab_size):
    return np.histogram(ids, bins=vocab_size)[0]


COUNT = "np.bincount(ids, minlength=vocab_size)"
BAG_SLIPS = {
    "an id that occurs again is not counted again (v[ids] += 1 adds once; np.add.at adds every time): count occurrences": (
        COUNT,
        f"({COUNT} > 0).astype(int)",
    ),
    "these are shares: give the counts themselves": (COUNT, f"{COUNT} / max(len(ids), 1)"),
    "the length is that of the largest id that is there: it is vocab_size (minlength)": (", minlength=vocab_size", ""),
    "id 0 is left out: it is a word like any other": (COUNT, "np.bincount(ids[ids > 0], minlength=vocab_size)"),
    "ids count from 1 here: entry v belongs to id v": (COUNT, f"np.roll({COUNT}, -1)"),
    "the entries are one place too far: entry v belongs to id v": (COUNT, f"np.roll({COUNT}, 1)"),
    "one-hot rows come back: add them up over the text (axis 0)": (COUNT, "np.eye(vocab_size)[ids]"),
    "one-hot rows are added over the wrong axis: the text is axis 0": (COUNT, "np.eye(vocab_size)[ids].sum(-1)"),
    "the first occurrence is not counted": (COUNT, f"np.maximum({COUNT} - 1, 0)"),
    "the last word is not counted": (COUNT, "np.bincount(ids[:-1], minlength=vocab_size)"),
    "the first word is not counted": (COUNT, "np.bincount(ids[1:], minlength=vocab_size)"),
    "the ids are added, not counted": (COUNT, f"{COUNT} * np.arange(vocab_size)"),
    "the counts are sorted: entry v belongs to id v": (COUNT, f"np.sort({COUNT})[::-1]"),
    "only the counts of the ids that occur come back: entry v belongs to id v, and may be 0": (
        COUNT,
        "np.unique(ids, return_counts=True)[1]",
    ),
    "an axis too many: the result is (vocab_size,)": (COUNT, f"{COUNT}[None]"),
    "one entry too many: the length is vocab_size": (COUNT, "np.bincount(ids, minlength=vocab_size + 1)"),
    "the bins lie between the smallest and the largest id that are there: np.bincount has one for each id": histogram,
    "the logarithm of the counts is taken: give the counts themselves": (COUNT, f"np.log1p({COUNT})"),
}


@exercise(
    points=15,
    title="A bag of words",
    takes="ids (N), vocab_size",
    returns="(vocab_size)",
    reference=counts,
    slips=edits(counts, BAG_SLIPS),
    crashes={
        "empty|zero-size|no identity|at least one|Cannot cast|must be integers": "an empty text has a bag "
        "too, of zeros: start from zeros (vocab_size,), or use np.bincount with minlength",
        "out of bounds|out of range": "the bag has vocab_size entries, and id v counts in entry v",
        "": "start from zeros (vocab_size,) and add 1 at every id",
    },
    edges={
        "a vocabulary that is larger": "also where the largest ids do not occur",
        "id 0": "Id 0 is a word like any other",
        "one word only": "one word again and again",
        "an empty text": "all zeros for an empty text",
    },
)
def bag_of_words(t):
    t.shows(np.array([1, 4, 1]), 6, gives=[0, 2, 0, 0, 1, 0])
    for N, V in t.sizes("N V"):
        t.tries(t.integers(V, N), V)
    t.tries(t.integers(3, 12), 8, case="ids that come again, and a vocabulary that is larger")
    t.tries(np.append(t.integers(5, 9), [0, 0]), 5, case="id 0")
    t.tries(np.full(7, int(t.integers(4))), 6, case="one word only")
    t.tries(np.zeros(0, "int64"), int(t.integers(9, low=3)), case="an empty text")


# -- transfer_gap ------------------------------------------------------------------------------------------
def accuracies(model, phrase, positions):
    found = []
    for p in positions:
        X, y = phrase(p)
        found.append(np.mean(model(X) == y))
    return np.array(found)


SHARE = "np.mean(model(X) == y)"
GAP_SLIPS = {
    "these are numbers of right answers: divide by N, or take the mean": (SHARE, "np.sum(model(X) == y)"),
    "this is the error, the share that is wrong: take the share that is right": (SHARE, "np.mean(model(X) != y)"),
    "this is percent: an accuracy lies between 0 and 1": (SHARE, f"100 * {SHARE}"),
    "the accuracies stand in the order of the places, not of `positions`": ("in positions", "in sorted(positions)"),
    "the accuracies stand in reverse order": ("np.array(found)", "np.array(found)[::-1]"),
    "the mean over all positions comes back: give one accuracy for each": ("np.array(found)", "np.mean(found)"),
    "only the last position comes back: collect an accuracy for each": ("np.array(found)", "found[-1]"),
    "all positions add up: start each accuracy anew": ("np.array(found)", "np.cumsum(found)"),
    "the difference to the first position comes back: give the accuracies themselves": (
        "np.array(found)",
        "np.array(found) - found[0]",
    ),
    "the best minus the worst comes back: give one accuracy for each position": (
        "np.array(found)",
        "np.max(found) - np.min(found)",
    ),
    "the accuracy is 1 only if all N are right: it is the share that is right": (SHARE, "np.all(model(X) == y)"),
    "only the first example counts: take the mean over all N": (SHARE, "np.float64((model(X) == y)[0])"),
    "the comparisons come back, N for each position: take their mean": (SHARE, "model(X) == y"),
    "the predictions are compared with the windows' last ids: compare them with y": (
        SHARE,
        "np.mean(model(X) == X[:, -1])",
    ),
    "every position is asked at the first: call phrase(p)": ("phrase(p)", "phrase(positions[0])"),
    "the mean squared difference of ids comes back: ids are names, so ask whether they are equal": (
        SHARE,
        "np.mean((model(X) - y) ** 2)",
    ),
}
PHRASE_FIRST = "phrase(p) gives (X, y): call it with one place of `positions`"
MODEL_SECOND = "model(X) takes the windows X, all N at once, (N, L); phrase(p) gives X first, then y"


class Asked:
    """The tester's phrase and model: what they are called with is watched, and counted."""

    def __init__(self, examples, answers):
        self.examples, self.answers = examples, answers
        self.phrases, self.models = [], 0

    def phrase(self, p):
        place = as_numbers(p)
        if place is None or place.shape != () or int(place) not in self.examples:
            raise ValueError("phrase was called with something else than one of the positions")
        self.phrases.append(int(place))
        return self.examples[int(place)]

    def model(self, X):
        given = as_numbers(X)
        for p, (windows, _) in self.examples.items():
            if given is not None and given.shape == windows.shape and np.array_equal(given, windows):
                self.models += 1
                return self.answers[p]
        raise ValueError("model was called with something else than the windows of a phrase")


def asks(t, asked, positions, **how):
    model, phrase = Served(asked.model), Served(asked.phrase)
    got = t.call(model, phrase, positions)
    right = np.array([np.mean(asked.answers[p] == asked.examples[p][1]) for p in positions])
    calls, models = list(asked.phrases), asked.models
    t.matches(got, asked.model, asked.phrase, positions, **how)
    t.require(set(calls) == set(positions), "phrase was not called for every position", slip=PHRASE_FIRST, guards=False)
    once = f"call phrase once for each position, and model once with its windows: {len(right)} calls of each"
    slip = "keep what they give: X, y = phrase(p), then model(X), once each"
    t.require(sorted(calls) == sorted(positions) and models == len(positions), once, slip=slip, guards=False)


@exercise(
    points=10,
    title="Trained here, asked there",
    takes="model, phrase, positions",
    returns="(P)",
    reference=accuracies,
    slips=edits(accuracies, GAP_SLIPS),
    crashes={
        "phrase was called": PHRASE_FIRST,
        "model was called": MODEL_SECOND,
        "": "for each p in positions: X, y = phrase(p), then compare model(X), which is (N,), with y",
    },
    edges={
        "places that are far apart, in no order": "any places, in any order",
        "one position": "perhaps a single one",
        "called once": "Call `phrase` and `model` once for each position",
    },
)
def transfer_gap(t):
    with t.case("the worked example", visible=True):
        seven = {0: [7, 7, 1, 7], 2: [1, 7, 1, 1]}
        examples = {p: (np.arange(12).reshape(4, 3) + 20 * p, np.array(y)) for p, y in seven.items()}
        asks(t, Asked(examples, {p: np.full(4, 7) for p in seven}), [2, 0], gives=[0.25, 0.75])
    for P, N, L in t.sizes("P N L"):
        drawn_task(t, P, N, L)
    with t.case("places that are far apart, in no order"):
        drawn_task(t, 4, 25, 6)
    with t.case("one position"):
        drawn_task(t, 1, 10, 4)


def drawn_task(t, P, N, L):
    """A model that is right now and then; the windows of each place are its own."""
    positions = [int(p) for p in t.rng.permutation(40)[:P]]
    examples, answers = {}, {}
    for n, p in enumerate(positions):
        X = t.integers(30, N, L)
        X[:, 0] += 100 * (n + 1)
        y = t.integers(6, N)
        right = t.rng.random(N) < t.rng.random()
        examples[p], answers[p] = (X, y), np.where(right, y, (y + t.integers(6, N, low=1)) % 6)
    asks(t, Asked(examples, answers), positions)


# -- embed -------------------------------------------------------------------------------------------------
def rows_of(ids, E):
    return E[ids]


LOOKED_UP = "E[ids]"
EMBED_SLIPS = {
    "ids count from 1 here: id 0 is row 0": (LOOKED_UP, "E[ids - 1]"),
    "columns are looked up: take rows, E[ids]": (LOOKED_UP, "np.moveaxis(E[:, ids % E.shape[1]], 0, -1)"),
    "columns are looked up, and the axes are turned: take rows, E[ids]": (LOOKED_UP, "E[:, ids % E.shape[1]]"),
    "the vectors are added up over the text: one row for each id": (LOOKED_UP, "E[ids].sum(axis=-2)"),
    "the vectors are averaged over the text: one row for each id": (LOOKED_UP, "E[ids].mean(axis=-2)"),
    "the rows are normalised: give them unchanged": (
        LOOKED_UP,
        "E[ids] / np.linalg.norm(E[ids], axis=-1, keepdims=True)",
    ),
    "the rows are scaled by √d, as some models do: give them unchanged": (LOOKED_UP, "E[ids] * np.sqrt(E.shape[1])"),
    "the axes of ids are lost: the result has the shape ids.shape + (d,)": (
        LOOKED_UP,
        "E[ids].reshape(-1, E.shape[1])",
    ),
    "the vectors are laid end to end: the result has the shape ids.shape + (d,)": (
        LOOKED_UP,
        "E[ids].reshape(*ids.shape[:-1], -1)",
    ),
    "id 0 gives zeros, as if it were padding: it is row 0": (LOOKED_UP, "E[ids] * (ids > 0)[..., None]"),
    "one-hot rows come back: multiply them with E": (LOOKED_UP, "np.eye(len(E))[ids]"),
    "the last two axes are exchanged: the d numbers of a row stand last": (LOOKED_UP, "E[ids].swapaxes(-1, -2)"),
    "the rows are counted from the end: id 0 is row 0": (LOOKED_UP, "E[::-1][ids]"),
    "the order of the ids is lost: row by row as they stand in the text": (LOOKED_UP, "E[np.sort(ids)]"),
    "row 0 is there for every id: look up E[ids]": (LOOKED_UP, "E[0 * ids]"),
    "the rows are multiplied by their ids: give them unchanged": (LOOKED_UP, "E[ids] * ids[..., None]"),
}


@exercise(
    points=10,
    title="Look up a row",
    takes="ids (N), E (V, d)",
    reference=rows_of,
    slips=edits(rows_of, EMBED_SLIPS),
    otherwise="each id gives its own row of the E that came as an argument, unchanged: E[ids]",
    crashes={
        "out of bounds|out of range": "rows are looked up, E[ids], and ids count from 0",
        "": "E[ids] takes a row for each id, whatever shape ids has",
    },
    edges={
        "a square E": "`E` may be square",
        "id 0, again and again": "id 0 is row 0, however often it comes",
        "a batch": "`(N,)` or `(B, T)`",
    },
)
def embed(t):
    t.shows(np.array([2, 0]), np.array([[1, 2], [3, 4], [5, 6]], "float32"), gives=[[5, 6], [1, 2]])
    for B, T, V, d in t.sizes("B T V d"):
        E = t.normal(V, d)
        t.tries(t.integers(V, B), E)
        t.tries(t.integers(V, B, T), E)
    square = t.normal(5, 5)
    t.tries(t.integers(5, 4), square, case="a square E")
    t.tries(t.integers(5, 3, 4), square, case="a square E, a batch")
    t.tries(np.array([0, 2, 0, 0]), t.normal(3, 4), case="id 0, again and again")


# -- criteria_table ----------------------------------------------------------------------------------------
CRITERIA = ("variable_length", "long_term", "order", "share_parameters")
CRITERIA_ROWS = {
    "fixed_window": (False, False, True, False),
    "bag_of_words": (True, True, False, True),
    "big_window": (False, True, True, False),
}
RIGHT = {(model, c): v for model, row in CRITERIA_ROWS.items() for c, v in zip(CRITERIA, row, strict=True)}
#: which experiment of the notebook says so
MEASURED = {
    ("fixed_window", "variable_length"): "section 9: of 30 words it reads three",
    ("fixed_window", "long_term"): "section 4: the windows of France and Spain were equal",
    ("fixed_window", "order"): "section 9: slid along, its windows of the two food sentences differ",
    ("fixed_window", "share_parameters"): "section 6: its map is bright on the diagonal only",
    ("bag_of_words", "variable_length"): "section 9: of 3, 30 and 300 words it reads every one",
    ("bag_of_words", "long_term"): "section 5: the bags of France and Spain differ",
    ("bag_of_words", "order"): "section 5: both food sentences have the same bag",
    ("bag_of_words", "share_parameters"): "section 6: its map is bright everywhere",
    ("big_window", "variable_length"): "section 9: of 300 words it reads only the first twenty",
    ("big_window", "long_term"): "section 9: with twenty places, France and Spain differ",
    ("big_window", "order"): "section 9: what it reads of the two food sentences differs",
    ("big_window", "share_parameters"): "section 6: its map is bright on the diagonal only",
}
AS_GIVEN = "the keys stay as the TODO cell has them, (model, criterion): only the values are filled in"


def named(keys):
    found = sorted(", ".join(map(str, k))[:60] if isinstance(k, tuple) else str(k)[:60] for k in keys)
    return "; ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")


def truth(value):
    """True or False, as `bool` takes it; an array of one number too."""
    number = as_numbers(value)
    return bool(number.ravel()[0]) if number is not None and number.size == 1 else bool(value)


@exercise(points=15, title="Four demands", kind="dict", edges={"all twelve cells": "All twelve must be right"})
def criteria_table(t):
    given = t.answer
    if not isinstance(given, Mapping) or not given or all(v is None for v in given.values()):
        raise t.missing()
    with t.case("the twelve cells are there", visible=True):
        missing, extra = set(RIGHT) - set(given), set(given) - set(RIGHT)
        said = "; ".join(f"{w}: {named(k)}" for w, k in (("missing", missing), ("unknown", extra)) if k)
        t.require(not said, said, slip=AS_GIVEN)
    with t.case("every cell is True or False", visible=True):
        still_open = [key for key in RIGHT if given[key] is None]
        t.require(not still_open, f"still open: {named(still_open)}", slip="fill in True or False")
        texts = [key for key in RIGHT if isinstance(given[key], str)]
        slip = 'True and False are written without quotes: the text "False" counts as True'
        t.require(not texts, f"a text stands at: {named(texts)}", slip=slip)
    with t.case("the row of the fixed window", visible=True):
        for criterion in CRITERIA:
            key = "fixed_window", criterion
            t.require(
                truth(given[key]) == RIGHT[key],
                f"{named([key])}: not as measured",
                expected=str(RIGHT[key]),
                got=str(truth(given[key])),
                slip=f"look again at {MEASURED[key]}",
            )
    with t.case("all twelve cells"):
        wrong = [key for key in RIGHT if truth(given[key]) != RIGHT[key]]
        contradicted = f"{named(wrong[:1])} is contradicted by {MEASURED[wrong[0]]}" if wrong else ""
        t.require(not wrong, f"{len(wrong)} of 12 cells are not as measured: {named(wrong)}", slip=contradicted)
