"""Lab 8, sequences you did not expect: one function an exercise, which judges an answer.

The references are NumPy and live only here, with the tester. A slip is a wrong reference, told in words: mostly an edit
of the right one. Contracts: what an answer gets, what it must return, and the worked examples, stand in the notebook.
"""

import collections
import itertools

import numpy as np

from seqlab.checks import Failed, Served, as_numbers, exercise, sign
from seqlab.checks.slips import edits

# -- seasonal_naive ----------------------------------------------------------------------------------------


def last_period_again(history, n_out, period):
    n = history.shape[1]
    places = [n - period + k % period for k in range(n_out)]
    return history[:, places]


AT, TAKEN = "n - period + k % period", "history[:, places]"
NAIVE_SLIPS = {
    "the last value is repeated, which is persistence: repeat the whole last period": (AT, "n - 1"),
    "the last n_out values come back: it is the last `period` values that are repeated": (TAKEN, "history[:, -n_out:]"),
    "the first period is repeated: take the last one": (AT, "k % period"),
    "the last period is not begun anew: after `period` forecasts start again at its first value, k mod period": (
        AT,
        "min(n - period + k, n - 1)",
    ),
    "after the last period the forecasts go on from the beginning of the history: start again at the first value of "
    "the last period": (AT, "(n - period + k) % n"),
    "the last period comes back once: repeat it until there are n_out forecasts": (TAKEN, "history[:, n - period :]"),
    "the last period is repeated whole, more than n_out values: cut them": (
        "range(n_out)",
        "range(-(-n_out // period) * period)",
    ),
    "one repetition too many": ("range(n_out)", "range(n_out + period)"),
    "each value of the period is repeated on the spot, as np.repeat does: np.tile repeats the whole": (
        AT,
        "n - period + k // -(-n_out // period) % period",
    ),
    "the period stands backwards": (AT, "n - 1 - k % period"),
    "the phase is one too late: forecast 0 is history[:, n - period]": (AT, "n - period + (k + 1) % period"),
    "the phase is one too early: forecast 0 is history[:, n - period]": (AT, "n - period + (k - 1) % period"),
    "the period begins one too early: it is the last `period` values": (AT, "n - period - 1 + k % period"),
    "the period is one too short": (AT, "n - max(period - 1, 1) + k % max(period - 1, 1)"),
    "the mean of the last period is repeated: repeat its values": (
        TAKEN,
        "history[:, [-1] * n_out] * 0 + history[:, -period:].mean(1, keepdims=True)",
    ),
    "the mean of the history is repeated: repeat the values of the last period": (
        TAKEN,
        "history[:, [-1] * n_out] * 0 + history.mean(1, keepdims=True)",
    ),
    "the mean over all earlier seasons comes back: only the last period counts": (
        TAKEN,
        "np.stack([history[:, (n + k) % period :: period].mean(1) for k in range(n_out)], 1)",
    ),
    "the growth from period to period is added: the naive forecast repeats the values as they are": (
        TAKEN,
        "history[:, places] + np.arange(1, n_out + 1)[:, None] * (history[:, -1:] - history[:, -period:][:, :1]) / period",
    ),
    "the history comes back too: only the n_out forecasts are asked for": (
        TAKEN,
        "np.concatenate([history, history[:, places]], 1)",
    ),
    "all rows get the forecast of the first one": (TAKEN, "history[[0] * len(history)][:, places]"),
    "the last axis is lost: (B, n_out, 1)": (TAKEN, "history[:, places, 0]"),
    "the season is laid under itself, along the batch: repeat it along axis 1, time": (
        TAKEN,
        "np.tile(history[:, -period:], (-(-n_out // period), 1, 1))[:, :n_out]",
    ),
    "the phase is counted from the start of the history: forecast 0 is history[:, n - period]": (
        AT,
        "(n + k) % period",
    ),
    "the mean over whole seasons comes back: only the last one counts": (
        TAKEN,
        "history[:, n % period :].reshape(len(history), -1, period, 1).mean(1)[:, [k % period for k in range(n_out)]]",
    ),
    "this is a straight line through the first and the last value: it knows no season": (
        TAKEN,
        "history[:, -1:] + (history[:, -1:] - history[:, :1]) / max(n - 1, 1) * np.arange(1, n_out + 1)[:, None]",
    ),
}


@exercise(
    points=10,
    title="The season as a forecast",
    takes="history (B, n, 1), n_out, period",
    returns="(B, n_out, 1)",
    reference=last_period_again,
    slips=edits(last_period_again, NAIVE_SLIPS),
    otherwise="forecast k is history[:, n - period + (k mod period)]",
    crashes={
        "out of bounds|out of range": "after `period` forecasts begin anew: history[:, n - period + (k % period)]",
        "": "time is axis 1: the last period is history[:, -period:], (B, period, 1), repeated and cut to n_out",
    },
    edges={
        "than the period": "`n_out` may be smaller than `period`, equal, or larger",
        "equal to the period": "`n_out` may be smaller than `period`, equal, or larger",
        "one period": "`period` may be as long as the history, or 1",
        "a period of 1": "`period` may be as long as the history, or 1",
    },
)
def seasonal_naive(t):
    def history(B, n):
        return t.normal(B, n, 1)

    t.shows(np.arange(1, 6, dtype="f4").reshape(1, 5, 1), 5, 3, gives=np.array([3, 4, 5, 3, 4]).reshape(1, 5, 1))
    for B, n, n_out in t.sizes("B n n_out", low=3):
        t.tries(history(B, n), n_out, min(2, n))
    t.tries(history(3, 11), 3, 5, case="n_out smaller than the period")
    t.tries(history(4, 9), 4, 4, case="n_out equal to the period")
    t.tries(history(2, 7), 17, 5, case="n_out larger than the period, and than the history")
    t.tries(history(2, 30), 24, 12, case="n=30, n_out=24, period=12")
    t.tries(history(3, 6), 8, 6, case="a history of one period")
    t.tries(history(2, 5), 4, 1, case="a period of 1")
    t.tries(history(5, 5), 5, 5, case="B=5, n=5, n_out=5, period=5")


# -- make_windows ------------------------------------------------------------------------------------------
def windows_of(s, n_in, n_out):
    starts = range(len(s) - n_in - n_out + 1)
    X = np.stack([s[i : i + n_in] for i in starts])
    Y = np.stack([s[i + n_in : i + n_in + n_out] for i in starts])
    return X, Y


STARTS, SEEN, AHEAD = "range(len(s) - n_in - n_out + 1)", "s[i : i + n_in]", "s[i + n_in : i + n_in + n_out]"
JUMPS = "the windows jump: the next one starts one step later"
WINDOW_SLIPS = {
    "only the last of the n_out values is there: Y holds all steps, (M, n_out, D)": (AHEAD, "s[i + n_in + n_out - 1]"),
    "only the last of the n_out values is there, with its axis: Y holds all steps, (M, n_out, D)": (
        AHEAD,
        "s[i + n_in + n_out - 1 : i + n_in + n_out]",
    ),
    "only the first of the n_out values is there: Y holds all steps, (M, n_out, D)": (AHEAD, "s[i + n_in]"),
    "only the first of the n_out values is there, with its axis: Y holds all steps, (M, n_out, D)": (
        AHEAD,
        "s[i + n_in : i + n_in + 1]",
    ),
    f"{JUMPS}, not n_in + n_out": (STARTS, "range(0, len(s) - n_in - n_out + 1, n_in + n_out)"),
    f"{JUMPS}, not n_in": (STARTS, "range(0, len(s) - n_in - n_out + 1, n_in)"),
    f"{JUMPS}, not n_out": (STARTS, "range(0, len(s) - n_in - n_out + 1, n_out)"),
    "the last window is missing: there are N - n_in - n_out + 1": (STARTS, "range(max(len(s) - n_in - n_out, 1))"),
    "the last windows are missing: there are N - n_in - n_out + 1": (
        STARTS,
        "range(max(len(s) - n_in - 2 * n_out + 1, 1))",
    ),
    "n_out is forgotten when the windows are counted, so that the last Y are cut short or wrapped around": (
        STARTS,
        "range(len(s) - n_in)",
        AHEAD,
        "np.concatenate([s, s])[i + n_in : i + n_in + n_out]",
    ),
    "too many windows, which are wrapped around: the last one ends with the series": (
        STARTS,
        "range(len(s))",
        SEEN,
        "np.concatenate([s, s])[i : i + n_in]",
        AHEAD,
        "np.concatenate([s, s, s])[i + n_in : i + n_in + n_out]",
    ),
    "Y overlaps X: it begins at i + n_in, the step after the last one of X": (
        AHEAD,
        "s[i + n_in - 1 : i + n_in + n_out - 1]",
    ),
    "Y is in X: it begins at i + n_in, after the last step of X": (AHEAD, "s[i : i + n_out]"),
    "Y begins one step after X begins: it begins after X ends, at i + n_in": (AHEAD, "s[i + 1 : i + 1 + n_out]"),
    "Y is X one step later, n_in long: it is the n_out steps after X": (AHEAD, "s[i + 1 : i + 1 + n_in]"),
    "there is a gap of one step between X and Y: Y begins at i + n_in": (
        "- n_out + 1",
        "- n_out",
        AHEAD,
        "s[i + n_in + 1 : i + n_in + 1 + n_out]",
    ),
    "there is a gap of n_out steps between X and Y: Y begins at i + n_in": (
        "- n_out + 1",
        "- 2 * n_out + 1",
        AHEAD,
        "s[i + n_in + n_out : i + n_in + 2 * n_out]",
    ),
    "X holds n_in + n_out steps: the last n_out of them are Y's alone": (SEEN, "s[i : i + n_in + n_out]"),
    "X is one step too short: s[i : i + n_in]": (SEEN, "s[i : i + n_in - 1]"),
    "Y holds n_in + n_out steps: the first n_in of them are X's": (AHEAD, "s[i : i + n_in + n_out]"),
    "Y is one step too short: n_out steps from i + n_in on": (AHEAD, "s[i + n_in : i + n_in + n_out - 1]"),
    "Y is one step too long: n_out steps from i + n_in on": (
        AHEAD,
        "np.append(s, s[:1], 0)[i + n_in : i + n_in + n_out + 1]",
    ),
    "the feature axis is lost: X is (M, n_in, D)": (
        SEEN,
        "s[i : i + n_in, 0]",
        AHEAD,
        "s[i + n_in : i + n_in + n_out, 0]",
    ),
    "Y holds the first feature only: all D stay": (AHEAD, "s[i + n_in : i + n_in + n_out, :1]"),
    "Y holds the first feature only, without its axis: all D stay": (AHEAD, "s[i + n_in : i + n_in + n_out, 0]"),
    "Y holds the last feature only: all D stay": (AHEAD, "s[i + n_in : i + n_in + n_out, -1:]"),
    "a window is flat: keep time and features as two axes": (SEEN, f"{SEEN}.ravel()", AHEAD, f"{AHEAD}.ravel()"),
    "time runs backwards inside X: oldest first": (SEEN, f"{SEEN}[::-1]"),
    "time runs backwards inside Y: oldest first": (AHEAD, f"{AHEAD}[::-1]"),
    "the windows come in reverse order": (STARTS, f"{STARTS}[::-1]"),
    "n_in and n_out are taken for each other": lambda s, n_in, n_out: windows_of(s, n_out, n_in),
    "X also holds the windows that have no Y: there are N - n_in - n_out + 1": (
        "stack([s[i : i + n_in] for i in starts])",
        "stack([s[i : i + n_in] for i in range(len(s) - n_in + 1)])",
    ),
    "X and Y are joined: return (X, Y)": ("return X, Y", "return np.concatenate([X, Y], 1)"),
    "Y is made of differences to the last step of X: it holds the values themselves": (
        AHEAD,
        f"{AHEAD} - s[i + n_in - 1]",
    ),
    "these are the right examples in another order: the window moves on from left to right": sign(
        lambda got, s, n_in, n_out: all(
            np.array_equal(
                np.sort(as_numbers(part).reshape(len(part), -1), 0), np.sort(right.reshape(len(right), -1), 0)
            )
            for part, right in zip(got, windows_of(s, n_in, n_out), strict=True)
        )
    ),
    "places in the series come back: index s with them": (
        "return X, Y",
        "return (np.array([range(i, i + n_in) for i in starts]), "
        "np.array([range(i + n_in, i + n_in + n_out) for i in starts]))",
    ),
    "time stands last, as sliding_window_view leaves it: X is (M, n_in, D)": (
        "return X, Y",
        "return X.swapaxes(1, 2), Y.swapaxes(1, 2)",
    ),
}


@exercise(
    points=10,
    title="Windows of a series",
    takes="s (N, D), n_in, n_out",
    returns="X (M, n_in, D), Y (M, n_out, D)",
    reference=windows_of,
    slips=edits(windows_of, WINDOW_SLIPS),
    otherwise="X[i] is s[i : i + n_in] and Y[i] is s[i + n_in : i + n_in + n_out]",
    crashes={
        "out of bounds|out of range": "the last window starts at N - n_in - n_out",
        "same shape|inhomogeneous": "a window runs over the end: there are N - n_in - n_out + 1 of them",
        "at least one array": "there is no window at all: N - n_in - n_out + 1 of them; Y begins where X ends",
        "": "X[i] is s[i : i + n_in] and Y[i] is s[i + n_in : i + n_in + n_out], for N - n_in - n_out + 1 starts i",
    },
    edges={
        "one window": "`N = n_in + n_out` gives one window",
        "several features": "The feature axis stays, also where D is 1",
        "n_out larger than n_in": "`n_out` may be larger than `n_in`, and both may be 1",
        "windows of one step": "`n_out` may be larger than `n_in`, and both may be 1",
    },
)
def make_windows(t):
    s = np.arange(5, dtype="f4")[:, None]
    t.shows(s, 2, 2, gives=([[[0], [1]], [[1], [2]]], [[[2], [3]], [[3], [4]]]))
    for N, n_in, n_out, D in ((12, 3, 2, 2), (11, 2, 4, 3), (13, 4, 1, 1), (9, 1, 3, 2), (14, 3, 3, 3)):
        t.tries(t.normal(N, D), n_in, n_out, case=f"N={N}, n_in={n_in}, n_out={n_out}, D={D}")
    t.tries(t.normal(7, 2), 4, 3, case="N=7, n_in=4, n_out=3: one window")
    t.tries(t.normal(6, 4), 1, 1, case="windows of one step")
    t.tries(t.normal(2, 1), 1, 1, case="N=2, n_in=1, n_out=1, D=1")
    t.tries(t.normal(60, 1), 24, 12, case="N=60, n_in=24, n_out=12, D=1")


# -- standardize -------------------------------------------------------------------------------------------
def scaled(train, test):
    mu, sigma = train.mean(0), train.std(0)
    sigma = np.where(sigma == 0, 1, sigma)
    return (train - mu) / sigma, (test - mu) / sigma


TAKEN_FROM, GUARDED, BOTH = (
    "train.mean(0), train.std(0)",
    "np.where(sigma == 0, 1, sigma)",
    ("(train - mu) / sigma, (test - mu) / sigma"),
)
JOINED = "both = np.concatenate([train, test]); mu, sigma = both.mean(0), both.std(0)"
LEAK = "the test rows take part in mean and std, so the future leaks into training: both come from train alone"
ALL_AT_ONCE = "one mean and one std for all columns: take them column by column, axis 0"
OWN = "test is scaled by its own mean and std: use those of train"
EPSILON = (
    "a small number stands in the place of a std of 0, so that test is blown up: where std is 0, divide by 1, and "
    "where it is not, add nothing"
)
SCALE_SLIPS = {
    LEAK: (f"mu, sigma = {TAKEN_FROM}", JOINED),
    OWN: ("(test - mu) / sigma", "(test - test.mean(0)) / np.where(test.std(0) == 0, 1, test.std(0))"),
    f"{OWN}, also its mean where the std is train's": ("(test - mu)", "(test - test.mean(0))"),
    "mean and std come from test: take them from train": (TAKEN_FROM, "test.mean(0), test.std(0)"),
    ALL_AT_ONCE: (TAKEN_FROM, "train.mean(), train.std()"),
    f"{ALL_AT_ONCE}, the std too": ("train.std(0)", "train.std()"),
    f"{ALL_AT_ONCE}, the mean too": ("train.mean(0)", "train.mean()"),
    "each row is scaled by itself: mean and std belong to a column, axis 0": lambda train, test: tuple(
        (a - a.mean(1, keepdims=True)) / np.where(a.std(1, keepdims=True) == 0, 1, a.std(1, keepdims=True))
        for a in (train, test)
    ),
    "this is the sample std, divided by N - 1: take the population's, ddof=0": (
        "sigma = np.where(sigma == 0, 1, sigma)",
        "sigma = np.where(sigma == 0, 1, train.std(0, ddof=min(1, len(train) - 1)))",
    ),
    "the mean is not subtracted": ("(train - mu)", "train", "(test - mu)", "test"),
    "the division by std is missing": ("- mu) / sigma, (", "- mu), (", "(test - mu) / sigma", "(test - mu)"),
    "it is divided by the variance: divide by its root, std": ("train.std(0)", "train.var(0)"),
    "it is multiplied by std: divide": (
        "mu) / sigma, (",
        "mu) * sigma, (",
        "(test - mu) / sigma",
        "(test - mu) * sigma",
    ),
    "only train is scaled: test too, with the same numbers": ("(test - mu) / sigma", "test"),
    "only test is scaled: train too": ("(train - mu) / sigma,", "train,"),
    "a constant column gives zeros in test too: test - mean is asked for": (
        "(test - mu) / sigma",
        "(test - mu) / sigma * (train.std(0) > 0)",
    ),
    "a constant column stays as it is: its mean is subtracted too": (
        "mu, sigma = train.mean(0), train.std(0)",
        "mu, sigma = np.where(train.std(0) == 0, 0, train.mean(0)), train.std(0)",
    ),
    "a constant column is left out: it stays, as zeros in train": (
        BOTH,
        "((train - mu) / sigma)[:, np.ptp(train, 0) > 0], ((test - mu) / sigma)[:, np.ptp(train, 0) > 0]",
    ),
    "this is scaling between minimum and maximum: (a - mean) / std is asked for": (
        TAKEN_FROM,
        "train.min(0), np.ptp(train, 0)",
    ),
    "this divides by the largest value: (a - mean) / std is asked for": (TAKEN_FROM, "0, np.abs(train).max(0)"),
    "the median stands in the place of the mean": ("train.mean(0)", "np.median(train, 0)"),
    "the mean absolute deviation stands in the place of std": ("train.std(0)", "np.abs(train - train.mean(0)).mean(0)"),
    "it is divided by std, and then the mean is subtracted: subtract first": (
        BOTH,
        "train / sigma - mu, test / sigma - mu",
    ),
    "train and test come back joined: return (train, test)": (f"return {BOTH}", f"return np.concatenate([{BOTH}])"),
    "std is taken around 0, not around the mean": ("train.std(0)", "np.sqrt((train**2).mean(0))"),
    "mean and std come back too: return (train, test) alone": (f"return {BOTH}", f"return {BOTH}, mu, sigma"),
    "values are clipped: leave them as they are, however far out": (
        BOTH,
        "np.clip((train - mu) / sigma, -1, 1), np.clip((test - mu) / sigma, -1, 1)",
    ),
    EPSILON: sign(lambda got, *_: max(np.max(np.abs(as_numbers(part))) for part in got) > 1e3),
}


@exercise(
    points=10,
    title="Mean 0, standard deviation 1",
    takes="train (N, D), test (M, D)",
    returns="train (N, D), test (M, D)",
    reference=scaled,
    slips=edits(scaled, SCALE_SLIPS),
    otherwise={
        "the train part is right and the test part is not: use the mean and std of train for both": (
            lambda got, train, test: np.allclose(np.asarray(got[0], "f8"), scaled(train, test)[0], atol=1e-4)
        ),
        "for each column: (a - mean) / std, both of train alone": lambda *_: True,
    },
    crashes="mean and std are (D,), one number for each column of train: train.mean(axis=0)",
    edges={
        "a column that is constant in train": "A column that is constant in train",
        "one row of train": "train may have a single row: then every column is constant",
        "a test part of another size": "`M` may be anything from 1 on",
        "all sizes 1": "`M` may be anything from 1 on, and train may have a single row",
        "constant in test": "Mean and std are those of train alone, for both parts",
        "constant columns": "A column that is constant in train",
        "small numbers": "Add nothing to a std that is not 0",
        "far away from train": "whoever forecasts does not know the future",
    },
)
def standardize(t):
    t.shows(np.array([[1, 4], [3, 4]], "f8"), np.array([[5, 6]], "f4"), gives=([[-1, 0], [1, 0]], [[3, 2]]))

    def part(rows, D, dtype="float64"):
        return t.normal(rows, D, dtype=dtype) * np.linspace(0.5, 4, D, dtype=dtype) + t.integers(9, D, low=3).astype(
            dtype
        )

    for N, M, D in ((9, 4, 3), (6, 11, 2), (5, 5, 5), (12, 1, 4), (30, 7, 1)):
        t.tries(part(N, D), part(M, D), case=f"N={N}, M={M}, D={D}")
    train, test = part(8, 3), part(5, 3, "float32")
    train[:, 1] = float(t.integers(9, low=2)) / 2  # its mean is exact, and so its std exactly 0
    t.tries(train, test, case="a column that is constant in train")
    zero = part(7, 3)
    zero[:, [0, 2]] = 0, 4
    t.tries(zero, part(4, 3), case="two constant columns, one of them 0")
    steady = part(6, 2)
    steady[:] = steady[0]
    t.tries(part(5, 2), steady, case="a column that is constant in test")
    t.tries(part(1, 3), part(4, 3), case="one row of train")
    t.tries(part(1, 1), part(1, 1), case="all sizes 1")
    t.tries(1e-3 * part(9, 2), 1e-3 * part(4, 2), case="small numbers, of which std is clearly above 0")
    t.tries(part(40, 2), part(6, 2) + 20, case="a test part far away from train")


# -- rollout -----------------------------------------------------------------------------------------------
def rolled(model, history, n):
    window, predictions = history, []
    for _ in range(n):
        y = model(window)
        predictions.append(y)
        window = np.concatenate([window[:, 1:], y[:, None]], 1)
    return np.stack(predictions, 1)


NEXT_WINDOW, ALL_OF_THEM = "np.concatenate([window[:, 1:], y[:, None]], 1)", "np.stack(predictions, 1)"
GROWS = (
    "drop the oldest step when a new one is appended, window[:, 1:], so that the window keeps its length (window[:, -0:] is "
    "all of it)"
)
WRONG_WINDOW = (
    "model takes a window of just the shape of history, (B, n_in, D): all examples together, the last n_in steps"
)
ROLL_SLIPS = {
    "the window never moves: append each prediction and drop the oldest step": (NEXT_WINDOW, "window"),
    "the window moves on by one step in all, not with each prediction: build on the window before, not on history": (
        NEXT_WINDOW,
        "np.concatenate([history[:, 1:], y[:, None]], 1)",
    ),
    "the newest step is dropped: drop the oldest one, window[:, 0], and append at the end": (
        NEXT_WINDOW,
        "np.concatenate([window[:, :-1], y[:, None]], 1)",
    ),
    "the prediction goes in at the front: append it at the end": (
        NEXT_WINDOW,
        "np.concatenate([y[:, None], window[:, :-1]], 1)",
    ),
    "the prediction takes the place of the oldest step: shift the window first": (
        NEXT_WINDOW,
        "np.concatenate([y[:, None], window[:, 1:]], 1)",
    ),
    "zeros are appended instead of the prediction": (NEXT_WINDOW, "np.concatenate([window[:, 1:], 0 * y[:, None]], 1)"),
    "the last known step is appended again: append the prediction": (
        NEXT_WINDOW,
        "np.concatenate([window[:, 1:], window[:, -1:]], 1)",
    ),
    "the window is rolled, so that the oldest step comes back as the newest: put the prediction there": (
        NEXT_WINDOW,
        "np.roll(window, -1, 1)",
    ),
    "history comes back too: only the n predictions are asked for": (
        ALL_OF_THEM,
        "np.concatenate([history, np.stack(predictions, 1)], 1)",
    ),
    "the last window comes back: collect the predictions": (ALL_OF_THEM, "window"),
    "the last n steps of the window come back, which is too short for n predictions: collect them": (
        ALL_OF_THEM,
        "window[:, -n:]",
    ),
    "the prediction reaches the window one step late: the first window is history itself": (
        "window, predictions = history, []",
        "window, predictions = np.concatenate([history[:, 1:], history[:, -1:]], 1), []",
    ),
    "only the last prediction comes back: collect all n of them": (ALL_OF_THEM, "y"),
    "only the last prediction comes back, with an axis: collect all n of them": (ALL_OF_THEM, "y[:, None]"),
    "the predictions are time-major, (n, B, D): the batch comes first, np.stack(..., axis=1)": (
        ALL_OF_THEM,
        "np.stack(predictions)",
    ),
    "the predictions are laid side by side: stack them along a new axis 1": (
        ALL_OF_THEM,
        "np.concatenate(predictions, 1)",
    ),
    "one prediction too many": ("range(n)", "range(n + 1)"),
    "one prediction too few": ("range(n)", "range(max(n - 1, 1))"),
    "the last known step is among the predictions: the first one is the model's": (
        ALL_OF_THEM,
        "np.stack([history[:, -1], *predictions[:-1]], 1)",
    ),
    "the first prediction is left out: it belongs to the n": (
        "range(n)",
        "range(n + 1)",
        ALL_OF_THEM,
        "np.stack(predictions[1:], 1)",
    ),
    "the prediction is added to the last step, as if it were a change: model gives the next value itself": (
        "y = model(window)",
        "y = window[:, -1] + model(window)",
    ),
    "the predictions are added up": (ALL_OF_THEM, "np.cumsum(np.stack(predictions, 1), 1)"),
    "all examples are fed the prediction of the first one: append y[:, None], a row for each": (
        NEXT_WINDOW,
        "np.concatenate([window[:, 1:], 0 * y[:, None] + y[:1, None]], 1)",
    ),
    "only the first feature is fed back: append all of y": (
        NEXT_WINDOW,
        "np.concatenate([window[:, 1:], 0 * y[:, None] + y[:, None, :1]], 1)",
    ),
    "the features of the prediction are turned round when they are fed back": (
        NEXT_WINDOW,
        "np.concatenate([window[:, 1:], y[:, None, ::-1]], 1)",
    ),
    "the mean of the window is fed back instead of the prediction": (
        NEXT_WINDOW,
        "np.concatenate([window[:, 1:], window.mean(1, keepdims=True)], 1)",
    ),
    "the prediction is rounded before it is fed back": (
        NEXT_WINDOW,
        "np.concatenate([window[:, 1:], y[:, None].round()], 1)",
    ),
    "two steps are dropped for one prediction, and the newest is doubled": (
        NEXT_WINDOW,
        "np.concatenate([window[:, 1:-1], y[:, None], y[:, None]][window.shape[1] < 2 :], 1)",
    ),
}


def watched_model(f, history):
    """The tester's `model(window)`: it refuses a window of another shape than that of history."""

    def model(window):
        given = as_numbers(window)
        if given is None or given.shape != history.shape:
            if given is not None and given.ndim == 3 and given.shape[1] > history.shape[1]:
                raise Failed("model was called with a window that has grown")
            raise Failed("model was called with a window of another shape than history")
        return f(given.astype("f8"))

    return Served(model)


@exercise(
    points=15,
    title="One step ahead, again and again",
    takes="model, history (B, n_in, D), n",
    returns="(B, n, D)",
    reference=rolled,
    slips=edits(rolled, ROLL_SLIPS),
    otherwise="each window is the one before without its oldest step and with the prediction at its end",
    crashes={
        "has grown": GROWS,
        "model was called": WRONG_WINDOW,
        "read-only|assignment destination": "work on a copy of history, not on history itself",
        "": "model(window) gives (B, D): append it as y[:, None], (B, 1, D), to window[:, 1:], along axis 1",
    },
    edges={
        "a window of one step": "`n_in` may be 1",
        "more predictions than the window is long": "n may be larger than `n_in`",
        "history stays": "`history` itself stays as it is",
    },
    rtol=1e-4,
    atol=1e-4,
)
def rollout(t):
    def tries(f, history, n, **how):
        t.tries(watched_model(f, history), history, n, **how)

    def fibonacci(w):
        return w[:, 0] + w[:, -1]

    with t.case("the worked example", visible=True):
        tries(fibonacci, np.ones((1, 2, 1), "f4"), 4, gives=np.array([2, 3, 5, 8]).reshape(1, 4, 1))

    def drawn(B, n_in, D, n):
        A, c = t.normal(n_in, D, D, scale=0.9 / np.sqrt(n_in * D)), t.normal(D, scale=0.5)
        return lambda w: np.tanh(np.einsum("btd,tde->be", w, A) + c), t.normal(B, n_in, D), n

    for sizes in t.sizes("B n_in D n", low=3):
        tries(*drawn(*sizes))
    tries(*drawn(3, 4, 2, 1), case="n=1")
    tries(*drawn(2, 3, 2, 11), case="more predictions than the window is long")
    tries(*drawn(4, 1, 3, 5), case="n_in=1: a window of one step")


# -- ade_fde -----------------------------------------------------------------------------------------------
def displacement(pred, true):
    d = np.sqrt(((pred - true) ** 2).sum(-1))
    return d.mean(), d[:, -1].mean()


DISTANCE, MEANS = "np.sqrt(((pred - true) ** 2).sum(-1))", "d.mean(), d[:, -1].mean()"
ERROR_SLIPS = {
    "the root is missing: these are squared distances": (DISTANCE, "((pred - true) ** 2).sum(-1)"),
    "this is the root of the mean square (RMSE): take the root of each point first, then the mean": (
        DISTANCE,
        "((pred - true) ** 2).sum(-1)",
        MEANS,
        "np.sqrt(d.mean()), np.sqrt(d[:, -1].mean())",
    ),
    "this is the RMSE over all coordinates: add the squares of x and y, take the root, then the mean": (
        MEANS,
        "np.sqrt(((pred - true) ** 2).mean()), np.sqrt(((pred - true)[:, -1] ** 2).mean())",
    ),
    "|x| + |y| is no straight line: the root of x² + y²": (DISTANCE, "np.abs(pred - true).sum(-1)"),
    "the larger of |x| and |y| is no straight line: the root of x² + y²": (DISTANCE, "np.abs(pred - true).max(-1)"),
    "x and y are averaged instead of added: the root of x² + y²": (DISTANCE, "np.sqrt(((pred - true) ** 2).mean(-1))"),
    "|x| and |y| are averaged: the distance is the root of x² + y²": (DISTANCE, "np.abs(pred - true).mean(-1)"),
    "only x counts: the distance is the root of x² + y²": (DISTANCE, "np.abs((pred - true)[..., 0])"),
    "the final distance is that of the last example: the last time step is d[:, -1]": (
        "d[:, -1].mean()",
        "d[-1].mean()",
    ),
    "the final distance is that of the last example and step: the mean over all examples": (
        "d[:, -1].mean()",
        "d[-1, -1]",
    ),
    "the final distance is that of the first example: the mean over all examples": ("d[:, -1].mean()", "d[0, -1]"),
    "the final distance is that of the first step: time is axis 1, the last step is d[:, -1]": (
        "d[:, -1].mean()",
        "d[:, 0].mean()",
    ),
    "the final distance is the largest one: take the one at the last step": ("d[:, -1].mean()", "d.max(1).mean()"),
    "the final distance is the largest of the last step: take the mean over the examples": (
        "d[:, -1].mean()",
        "d[:, -1].max()",
    ),
    "this is the norm of whole tracks: a distance for each point": (
        MEANS,
        "np.sqrt((d**2).sum()) / len(d), np.sqrt((d[:, -1] ** 2).sum()) / len(d)",
    ),
    "this is the norm of everything: a distance for each point": (
        MEANS,
        "np.sqrt((d**2).sum()), np.sqrt((d[:, -1] ** 2).sum())",
    ),
    "the norm runs over a whole track: take it along the coordinates, axis 2": (
        MEANS,
        "np.sqrt((d**2).sum(1)).mean(), d[:, -1].mean()",
    ),
    "the norm runs along time, axis 1: take it along the coordinates, axis 2": (
        MEANS,
        "np.sqrt(((pred - true) ** 2).sum(1)).mean(), np.sqrt(((pred - true) ** 2).sum(1))[:, -1].mean()",
    ),
    "these are sums: take means": (MEANS, "d.sum(), d[:, -1].sum()"),
    "the average is added up over the steps: the mean over all B·T points": ("d.mean()", "d.sum(1).mean()"),
    "the average is added up over the examples: the mean over all B·T points": ("d.mean()", "d.sum(0).mean()"),
    "the final distance is added up over the examples: take their mean": ("d[:, -1].mean()", "d[:, -1].sum()"),
    "there is a number for each example: average over the examples too": (MEANS, "d.mean(1), d[:, -1]"),
    "there is a number for each step: average over time too": (MEANS, "d.mean(0), d[:, -1].mean()"),
    "the last step is missing in the average: it belongs to all B·T points": (
        "d.mean()",
        "(d[:, :-1] if d.shape[1] > 1 else d).mean()",
    ),
    "the first step is missing in the average: it belongs to all B·T points": (
        "d.mean()",
        "(d[:, 1:] if d.shape[1] > 1 else d).mean()",
    ),
    "the distances of mean tracks: take the distance of each point first, then the mean": (
        MEANS,
        "np.sqrt(((pred - true).mean((0, 1)) ** 2).sum()), np.sqrt(((pred - true)[:, -1].mean(0) ** 2).sum())",
    ),
    "the distance of the mean positions of each track: the mean of the distances": (
        "d.mean()",
        "np.sqrt(((pred - true).mean(1) ** 2).sum(-1)).mean()",
    ),
    "the median is taken: take the mean": (MEANS, "np.median(d), np.median(d[:, -1])"),
    "both numbers are the average": ("d[:, -1].mean()", "d.mean()"),
    "only the best example counts: the mean over all of them": (MEANS, "d.mean(1).min(), d[:, -1].min()"),
    "both numbers belong to the last step: the average is over all steps": (MEANS, "d[:, -1].mean(), d[:, -1].mean()"),
    "pred is measured from the origin: subtract true": (DISTANCE, "np.sqrt((pred**2).sum(-1))"),
    "the distances are those to the start of each track: subtract true point by point": (
        DISTANCE,
        "np.sqrt(((pred - true[:, :1]) ** 2).sum(-1))",
    ),
}


@exercise(
    points=10,
    title="How far off, and how far at the end",
    takes="pred (B, T, 2), true (B, T, 2)",
    returns="ade (), fde ()",
    reference=displacement,
    slips=edits(displacement, ERROR_SLIPS),
    otherwise={
        "the average is right, the final one is not: the distances at the last step, d[:, -1], averaged over B": (
            lambda got, pred, true: abs(float(as_numbers(got[0])) - displacement(pred, true)[0]) < 1e-4
        ),
        "the final one is right, the average is not: the mean of the distances of all B·T points": (
            lambda got, pred, true: abs(float(as_numbers(got[1])) - displacement(pred, true)[1]) < 1e-4
        ),
        "d is the root of x² + y² for each point; then the mean of all d, and the mean of d[:, -1]": lambda *_: True,
    },
    crashes="the distances are (B, T): the root of the sum of squares along the last axis",
    edges={
        "one example, one step": "B and T may be 1, or equal",
        "a perfect prediction": "and a perfect prediction gives `(0, 0)`",
    },
)
def ade_fde(t):
    pred, true = np.array([[[3, 4], [0, 0]]], "f4"), np.array([[[0, 0], [0, 1]]], "f4")
    t.shows(pred, true, gives=(3, 1))
    for B, T in t.sizes("B T", low=3):
        t.tries(t.normal(B, T, 2), t.normal(B, T, 2))
        t.tries(t.normal(B, T, 2, scale=3) + 5, t.normal(B, T, 2))
    t.tries(t.normal(6, 12, 2, scale=4), t.normal(6, 12, 2), case="B=6, T=12")
    track = t.normal(3, 4, 2)
    t.tries(track, track.copy(), case="a perfect prediction")


# -- tree_rnn ----------------------------------------------------------------------------------------------
def vector_of(tree, E, W, b):
    if isinstance(tree, int):
        return E[tree]
    left, right = (vector_of(part, E, W, b) for part in tree)
    return np.tanh(np.concatenate([left, right]) @ W + b)


def leaves_of(tree):
    return [tree] if isinstance(tree, int) else leaves_of(tree[0]) + leaves_of(tree[1])


def leftwards(leaves):
    tree = leaves[0]
    for leaf in leaves[1:]:
        tree = (tree, leaf)
    return tree


def rightwards(leaves):
    tree = leaves[-1]
    for leaf in leaves[-2::-1]:
        tree = (leaf, tree)
    return tree


def by_pairs(leaves):
    while len(leaves) > 1:
        leaves = [tuple(leaves[i : i + 2]) if i + 1 < len(leaves) else leaves[i] for i in range(0, len(leaves), 2)]
    return leaves[0]


LEAF, NODE, HALVES = "return E[tree]", "np.tanh(np.concatenate([left, right]) @ W + b)", "[left, right]"
BRACKETS = "the brackets are not followed: join just the two halves of each pair, whatever they are"
TREE_SLIPS = {
    "`*` multiplies elementwise: a matrix product is `@`": (NODE, "np.tanh(W.T * np.concatenate([left, right]) + b)"),
    "the leaves are squashed: a leaf is its row of E as it is": (LEAF, "return np.tanh(E[tree])"),
    "the leaves go through W too: a leaf is its row of E as it is": (
        LEAF,
        "return np.tanh(np.concatenate([E[tree], 0 * E[tree]]) @ W + b)",
    ),
    "the bias is missing": (" + b", ""),
    "the bias is outside the tanh": (" + b)", ") + b"),
    "the bias is subtracted": ("+ b", "- b"),
    "the right half comes first: concat(left, right)": (HALVES, "[right, left]"),
    "the tanh is missing": ("np.tanh", ""),
    "the tanh is taken twice": ("np.tanh(np", "np.tanh(np.tanh(np", "+ b)", "+ b))"),
    "this is a sigmoid: tanh is asked for": ("np.tanh", "sigmoid"),
    "this is a ReLU: tanh is asked for": ("np.tanh(np", "np.maximum(0, np"),
    "there are two tanhs, one for each half: take one tanh of the whole sum": (
        NODE,
        "np.tanh(left @ W[: len(b)]) + np.tanh(right @ W[len(b) :] + b)",
    ),
    "the halves are averaged, not concatenated": (
        NODE,
        "np.tanh((left + right) / 2 @ (W[: len(b)] + W[len(b) :]) + b)",
    ),
    "the halves are added, and W's upper half is used: concat(left, right) @ W": (
        NODE,
        "np.tanh((left + right) @ W[: len(b)] + b)",
    ),
    "the halves are added, and W's lower half is used: concat(left, right) @ W": (
        NODE,
        "np.tanh((left + right) @ W[len(b) :] + b)",
    ),
    "the left half is ignored": (HALVES, "[0 * left, right]"),
    "the right half is ignored": (HALVES, "[left, 0 * right]"),
    "the left half stands on both sides": (HALVES, "[left, left]"),
    "the right half stands on both sides": (HALVES, "[right, right]"),
    "left and right take turns, number by number: first all of left, then all of right": (
        "np.concatenate([left, right])",
        "np.stack([left, right], 1).ravel()",
    ),
    f"{BRACKETS}. This reads the leaves from left to right": lambda tree, E, W, b: vector_of(
        leftwards(leaves_of(tree)), E, W, b
    ),
    f"{BRACKETS}. This reads the leaves from right to left": lambda tree, E, W, b: vector_of(
        rightwards(leaves_of(tree)), E, W, b
    ),
    f"{BRACKETS}. This joins neighbours in pairs": lambda tree, E, W, b: vector_of(by_pairs(leaves_of(tree)), E, W, b),
    "the whole tree is mirrored: left stays left": lambda tree, E, W, b: vector_of(
        leftwards(leaves_of(tree)[::-1]), E, W, b
    ),
    "this is a bag: the leaves are averaged, and their order and brackets are lost": lambda tree, E, W, b: E[
        leaves_of(tree)
    ].mean(0),
    "this is a bag: the leaves are added up, and their order and brackets are lost": lambda tree, E, W, b: E[
        leaves_of(tree)
    ].sum(0),
    "leaf 0 is taken for nothing: 0 is the id of the first row, so ask isinstance(tree, int), not `if tree`": (
        LEAF,
        "return E[tree] if tree else 0 * b",
    ),
    "ids count from 1 here: leaf 0 is row 0": (LEAF, "return E[tree - 1]"),
    "the vector of a leaf is a column of E: take a row": (
        LEAF,
        "return E[:, tree % E.shape[1]][np.arange(len(b)) % len(E)]",
    ),
    "only the top pair is joined: what is below it must be joined by the same rule": lambda tree, E, W, b: (
        E[tree]
        if isinstance(tree, int)
        else np.tanh(np.concatenate([E[leaves_of(half)].mean(0) for half in tree]) @ W + b)
    ),
    "the halves are added to their node (a residual): tanh of the sum is all": (NODE, f"{NODE} + left + right"),
    "the tanh is taken at the root alone: every node has one": lambda tree, E, W, b: (
        E[tree] if isinstance(tree, int) else np.tanh(unsquashed(tree, E, W, b))
    ),
    "the root has no tanh: every node has one": lambda tree, E, W, b: (
        E[tree] if isinstance(tree, int) else np.concatenate([vector_of(half, E, W, b) for half in tree]) @ W + b
    ),
    "the bias is added once more for each leaf": (NODE, "np.tanh(np.concatenate([left, right]) @ W + 2 * b)"),
    "every row of E comes back through the same rule: return the root's vector alone, (d,)": lambda tree, E, W, b: (
        np.stack([vector_of(leaf, E, W, b) for leaf in leaves_of(tree)])
    ),
}


def unsquashed(tree, E, W, b):
    if isinstance(tree, int):
        return E[tree]
    return np.concatenate([unsquashed(half, E, W, b) for half in tree]) @ W + b


NESTED = (
    "a tree is an int, or a pair (left, right) of trees: ask isinstance(tree, int) first, then call tree_rnn on both"
)


@exercise(
    points=20,
    title="A network along a tree",
    takes="tree, E (V, d), W (2d, d), b (d)",
    returns="(d)",
    reference=vector_of,
    slips=edits(vector_of, TREE_SLIPS),
    otherwise="a leaf is E[i]; a pair is tanh(concat(left, right) @ W + b), left first, each half by the same rule",
    crashes={
        "recursion": f"{NESTED}; an int ends the recursion",
        "subscriptable|indices must be|unpack|iterable|'int'|'tuple'": NESTED,
        "broadcast|matmul|mismatch|incompatible|dimension": "concat(left, right) is (2d,), and W is (2d, d): concat @ W, in "
        "this order, and without a transpose",
        "": NESTED,
    },
    edges={
        "one leaf": "a tree may be a single leaf",
        "leaf 0": "also leaf 0",
        "branching tree": "a right-branching tree differs from a left-branching one over the same leaves",
        "a balanced tree": "nested at will",
        "a drawn tree": "nested at will",
        "a long chain": "a chain of fifteen leaves",
        "one leaf, four times": "the same leaf may stand there several times",
    },
)
def tree_rnn(t):
    E, W, b = np.array([[0.5], [-0.2]], "f4"), np.array([[1], [2]], "f4"), np.array([0.1], "f4")
    t.shows((0, 1), E, W, b, gives=[0.197375])
    t.shows(((0, 1), 0), E, W, b, gives=[0.861046])

    def weights(V, d):
        return t.normal(V, d), t.normal(2 * d, d, scale=1 / np.sqrt(2 * d)), t.normal(d)

    def leaves(n, V):
        return t.integers(V, n).tolist()

    def grown(ids):
        """A drawn tree over these leaves."""
        if len(ids) == 1:
            return ids[0]
        cut = int(t.integers(len(ids), low=1))
        return grown(ids[:cut]), grown(ids[cut:])

    for V, d in t.sizes("V d"):
        arrays = weights(V, d)
        t.tries(grown(leaves(6, V)), *arrays)
        t.tries(((0, V - 1), (V - 1, (0, 0))), *arrays)
    arrays = weights(9, 3)
    t.tries(int(t.integers(9, low=1)), *arrays, case="one leaf")
    t.tries(0, *arrays, case="one leaf: leaf 0")
    t.tries((0, 3), *arrays, case="a pair with leaf 0")
    ids = t.rng.permutation(9)[:5].tolist()
    t.tries(rightwards(ids), *arrays, case="a right-branching tree")
    t.tries(leftwards(ids), *arrays, case="a left-branching tree over the same leaves")
    t.tries(((ids[0], ids[1]), (ids[2], ids[3])), *arrays, case="a balanced tree")
    t.tries(((2, 2), (2, 2)), *arrays, case="one leaf, four times")
    t.tries(rightwards(leaves(15, 9)), *arrays, case="a long chain to the right")
    t.tries(leftwards(leaves(15, 9)), *arrays, case="a long chain to the left")
    t.tries(grown(leaves(25, 9)), *arrays, case="a drawn tree of 25 leaves")


# -- glimpses ----------------------------------------------------------------------------------------------
def patches(images, g):
    N, H = images.shape[:2]
    corners = [(i, j) for i in range(0, H, g) for j in range(0, H, g)]
    return np.stack([images[:, i : i + g, j : j + g].reshape(N, g * g) for i, j in corners], 1)


CUT, CORNERS, TOGETHER = (
    "images[:, i : i + g, j : j + g].reshape(N, g * g)",
    "for i in range(0, H, g) for j in range(0, H, g)",
    "np.stack([images[:, i : i + g, j : j + g].reshape(N, g * g) for i, j in corners], 1)",
)
STRIPS = "a plain reshape cuts the rows into strips, not the image into squares: the shape is right, the pixels are not"
BY_COLUMNS = "the squares run down the columns first: reading order is left to right, then down"
BY_ITSELF = "the pixels inside a square run down its columns: row by row there too"
GLIMPSE_SLIPS = {
    STRIPS: (TOGETHER, "images.reshape(N, -1, g * g)"),
    BY_COLUMNS: ("[(i, j) for", "[(j, i) for"),
    BY_ITSELF: (CUT, "images[:, i : i + g, j : j + g].swapaxes(1, 2).reshape(N, g * g)"),
    f"{BY_COLUMNS}; and inside a square too": (
        "[(i, j) for",
        "[(j, i) for",
        CUT,
        "images[:, i : i + g, j : j + g].swapaxes(1, 2).reshape(N, g * g)",
    ),
    "the squares overlap: move on by g, not by 1": (CORNERS, "for i in range(H - g + 1) for j in range(H - g + 1)"),
    "a square is a matrix here: lay its pixels in a row, g² of them": (CUT, "images[:, i : i + g, j : j + g]"),
    "rows and columns of squares are two axes here: one axis of (H/g)² squares": (
        TOGETHER,
        f"{TOGETHER}.reshape(N, H // g, H // g, g * g)",
    ),
    "rows and columns of squares, and of pixels, are axes of their own here: two axes, (H/g)² and g²": (
        TOGETHER,
        f"{TOGETHER}.reshape(N, H // g, H // g, g, g)",
    ),
    "g is taken for the number of squares in a row: it is the side of a square": lambda images, g: patches(
        images, images.shape[1] // g
    ),
    "every (H/g)-th pixel is taken: a square is made of neighbours": (
        TOGETHER,
        "np.stack([images[:, i :: H // g, j :: H // g].reshape(N, -1) for i in range(H // g) for j in range(H // g)], 1)",
    ),
    "the pixels of all squares at one place are together, (g², (H/g)²): a row for each square": (
        TOGETHER,
        f"{TOGETHER}.swapaxes(1, 2)",
    ),
    "the transpose between the two reshapes takes the axes in another order: (0, 1, 3, 2, 4)": (
        TOGETHER,
        "images.reshape(N, H // g, g, H // g, g).transpose(0, 1, 2, 4, 3).reshape(N, (H // g) ** 2, g * g)",
    ),
    "the squares are in reverse order": (CORNERS, "for i in range(0, H, g)[::-1] for j in range(0, H, g)[::-1]"),
    "the squares run from right to left": (CORNERS, "for i in range(0, H, g) for j in range(0, H, g)[::-1]"),
    "the squares run from the bottom up": (CORNERS, "for i in range(0, H, g)[::-1] for j in range(0, H, g)"),
    "the squares run like an ox that ploughs, every second row backwards: always left to right": (
        CORNERS,
        "for n, i in enumerate(range(0, H, g)) for j in range(0, H, g)[:: (-1) ** n]",
    ),
    "the first images of the batch alone come back: N images, each with its squares": (TOGETHER, f"{TOGETHER}[:1]"),
    "the squares of all images stand in one row: an axis for the images, and one for the squares": (
        TOGETHER,
        f"{TOGETHER}.reshape(-1, g * g)",
    ),
    "the squares of all images are mixed up: stack along axis 1, the images stay axis 0": (
        TOGETHER,
        "np.concatenate([images[:, i : i + g, j : j + g].reshape(N, g * g) for i, j in corners]).reshape(N, -1, g * g)",
    ),
    "the batch and the squares are exchanged: np.stack(..., axis=1)": (
        "for i, j in corners], 1)",
        "for i, j in corners])",
    ),
    "only the squares on the diagonal are there": (CORNERS, "for i in range(0, H, g) for j in [i]"),
    "only the first square comes back": (CORNERS, "for i in [0] for j in [0]"),
    "a square is averaged to one number: keep its pixels": (CUT, f"{CUT}.mean(1, keepdims=True)"),
    "a square is averaged to one number, without an axis: keep its pixels": (CUT, f"{CUT}.mean(1)"),
    "the last row and column of squares are missing: the corners are 0, g, …, H - g": (
        CORNERS,
        "for i in range(0, max(H - g, 1), g) for j in range(0, max(H - g, 1), g)",
    ),
    "whole rows of the image come back, g at a time: cut along both axes": (
        TOGETHER,
        "images.reshape(N, H // g, g * H)",
    ),
    "the pixels are normalised: leave them as they are": (CUT, f"{CUT} - {CUT}.mean(1, keepdims=True)"),
}


@exercise(
    points=15,
    title="Read an image, glimpse by glimpse",
    takes="images (N, H, H), g",
    returns="(N, K, g²)",
    reference=patches,
    slips=edits(patches, GLIMPSE_SLIPS),
    otherwise="square number r · (H/g) + c is images[:, r·g : (r+1)·g, c·g : (c+1)·g], its pixels row by row",
    crashes={
        "reshape|size": "an image has H · H pixels, in (H/g)² squares of g²: with k = H // g, reshape(N, k, g, k, g)",
        "": "with k = H // g: images.reshape(N, k, g, k, g), then the two k's side by side, then reshape(N, k*k, g*g)",
    },
    edges={
        "one glimpse": "g may be H, which gives one glimpse, or 1, which gives H² of one pixel",
        "a pixel a glimpse": "g may be H, which gives one glimpse, or 1, which gives H² of one pixel",
        "all sizes 1": "or 1, which gives H² of one pixel",
        "several images": "N images at once",
    },
)
def glimpses(t):
    four = np.arange(16, dtype="f4").reshape(1, 4, 4)
    gives = [[[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]]
    t.shows(four, 2, gives=gives)
    for N, H, g in ((3, 6, 2), (2, 6, 3), (4, 8, 2), (2, 12, 3), (5, 10, 5), (4, 4, 2), (3, 9, 3), (2, 16, 4)):
        t.tries(t.normal(N, H, H), g, case=f"N={N}, H={H}, g={g}")
    t.tries(t.normal(3, 5, 5), 5, case="g=H: one glimpse")
    t.tries(t.normal(3, 4, 4), 1, case="g=1: a pixel a glimpse")
    t.tries(t.normal(1, 1, 1), 1, case="all sizes 1")


# -- output_order ------------------------------------------------------------------------------------------
def compared(fit, sets, rng):
    in_order = fit(sets, np.sort(sets, axis=1))
    mixed = fit(sets, rng.permuted(sets, axis=1))
    gap = in_order - mixed
    winner = "sorted" if gap > 0 else "shuffled"
    return {"sorted": in_order, "shuffled": mixed, "gap": gap, "winner": winner}


GAP, WINNER = "gap = in_order - mixed", '"sorted" if gap > 0 else "shuffled"'
FOUR_KEYS = 'return a dict with the keys "sorted", "shuffled", "gap" and "winner"'
ORDER_SLIPS = {
    FOUR_KEYS: sign(lambda got, *_: not isinstance(got, dict) or {*got} != {"sorted", "shuffled", "gap", "winner"}),
    'the winner is told in a word: "sorted" or "shuffled", as a text': sign(
        lambda got, *_: got["winner"] not in ("sorted", "shuffled")
    ),
    "the gap is the other way round: sorted minus shuffled": (
        GAP,
        "gap = mixed - in_order",
        WINNER,
        '"sorted" if gap < 0 else "shuffled"',
    ),
    "the gap is the other way round, and with it the winner: sorted minus shuffled": (GAP, "gap = mixed - in_order"),
    "the gap has lost its sign: sorted minus shuffled may be negative": (
        GAP,
        "gap = abs(in_order - mixed)",
        WINNER,
        '"sorted" if in_order > mixed else "shuffled"',
    ),
    "the gap has lost its sign, and the winner with it": (GAP, "gap = abs(in_order - mixed)"),
    "the gap is a ratio: sorted minus shuffled": (
        GAP,
        "gap = in_order / mixed",
        WINNER,
        '"sorted" if gap > 1 else "shuffled"',
    ),
    "the gap is measured in shares of the shuffled accuracy: sorted minus shuffled": (
        GAP,
        "gap = (in_order - mixed) / mixed",
    ),
    'the winner is "sorted" whatever came: look at the gap': (WINNER, '"sorted"'),
    'the winner is "shuffled" whatever came: look at the gap': (WINNER, '"shuffled"'),
    "the winner is the one with the smaller accuracy: more is better": (WINNER, '"sorted" if gap < 0 else "shuffled"'),
    'where both are equal the winner is "shuffled": "sorted" only if the gap is above 0': (
        WINNER,
        '"sorted" if gap >= 0 else "shuffled"',
    ),
    "the two accuracies are exchanged": (
        '"sorted": in_order, "shuffled": mixed',
        '"sorted": mixed, "shuffled": in_order',
    ),
    "these are per cent: fit's accuracies as they are": (
        "return {",
        "in_order, mixed, gap = 100 * in_order, 100 * mixed, 100 * gap\n    return {",
    ),
    "these are errors: fit gives accuracies": ("gap = in", "in_order, mixed = 1 - in_order, 1 - mixed\n    gap = in"),
    "the winner's accuracy needs a clear lead here: any gap above 0 counts": (
        WINNER,
        '"sorted" if gap > 0.05 else "shuffled"',
    ),
    "both accuracies are that of the sorted targets": ('"shuffled": mixed', '"shuffled": in_order'),
    "both accuracies are that of the shuffled targets": ('"sorted": in_order', '"sorted": mixed'),
}
AS_X = "both times X is `sets`, rows in the order in which they came: only Y changes"
ASCENDING = "first Y = np.sort(sets, axis=1): every row by itself, ascending"
SHUFFLED = "the second Y is a permutation of each row of sets by itself, drawn from rng: rng.permuted(sets, axis=1)"
NO_ROTATION = "a rotation, or a swap of two, is no random permutation: rng.permuted, or rng.permutation of each row"
TWICE = "call fit twice: first with sorted targets, then with shuffled ones"


class Fitter:
    """The tester's fit: it takes down what it is given, and answers with two accuracies."""

    def __init__(self, sets, in_order, mixed):
        self.sets, self.accuracies, self.given = sets, (in_order, mixed), []

    def __call__(self, X, Y):
        self.given.append((as_numbers(X), as_numbers(Y)))
        return self.accuracies[min(len(self.given), 2) - 1]

    def looked_at(self, t):
        """The shuffled targets; the trial fails if one of the calls was not what it should be."""
        right = np.sort(self.sets, 1)
        for (X, _), which in zip(self.given, ("first", "second"), strict=False):
            same = X is not None and np.array_equal(X, self.sets)
            t.require(same, f"the X of the {which} call of fit is not sets", slip=self.of_X(X))
        t.require(len(self.given) == 2, "fit was not called twice", slip=TWICE)
        (_, Y), (_, shuffled) = self.given
        same = Y is not None and np.array_equal(Y, right)
        t.require(same, "the first Y of fit is not every row sorted ascending", slip=self.of_sorted(Y))
        same = shuffled is not None and shuffled.shape == right.shape and np.array_equal(np.sort(shuffled, 1), right)
        t.require(same, "the second Y of fit is not every row shuffled", slip=self.of_shuffled(shuffled))
        return shuffled

    def of_X(self, X):
        if X is not None and X.shape == self.sets.shape:
            if np.array_equal(X, np.sort(self.sets, 1)):
                return "X is sorted: X is `sets` as it came, and Y is sorted (fit takes X first)"
            if np.array_equal(np.sort(X, 1), np.sort(self.sets, 1)):
                return "X is shuffled: X is `sets` as it came, both times; was sets shuffled in place?"
        return AS_X

    def of_sorted(self, Y):
        sets, right = self.sets, np.sort(self.sets, 1)
        if Y is None or Y.shape != sets.shape:
            return ASCENDING
        wrong = {
            "the first Y is sorted in descending order: ascending is asked for": right[:, ::-1],
            "the columns are sorted instead of the rows: np.sort(sets, axis=1)": np.sort(sets, 0),
            "np.argsort gives places: the sorted numbers themselves are asked for, np.sort": np.argsort(sets, 1),
            "these are ranks: the sorted numbers themselves are asked for, np.sort": np.argsort(np.argsort(sets, 1), 1),
            "the first Y is sets itself, not sorted: np.sort gives a sorted copy": sets,
            "all numbers are sorted together: every row by itself, axis=1": np.sort(sets, None).reshape(sets.shape),
        }
        found = [words for words, array in wrong.items() if np.array_equal(Y, array)]
        mixed = "the first Y is shuffled: the call with sorted targets comes first, then the one with shuffled targets"
        rows = "the rows themselves are sorted, or stand in another order: sort inside each row, axis=1"
        if np.array_equal(np.sort(Y, 1), right):
            found.append(mixed)
        return found[0] if found else rows if np.array_equal(np.sort(Y, None), np.sort(sets, None)) else ASCENDING

    def of_shuffled(self, Y):
        sets = self.sets
        if Y is None or Y.shape != sets.shape:
            return SHUFFLED
        rows = sorted(map(tuple, Y.tolist()))
        if any(rows == sorted(map(tuple, a.tolist())) for a in (sets, np.sort(sets, 1))):
            return "whole rows are shuffled, so that a row gets the targets of another: shuffle inside each row, axis=1"
        if np.array_equal(np.sort(Y, None), np.sort(sets, None)):
            return "numbers have moved from row to row: shuffle inside each row, rng.permuted(sets, axis=1)"
        if Y.min() >= 0 and Y.max() < Y.shape[1]:
            return "these are places: index each row with them"
        if all({*new} <= {*old} for new, old in zip(Y.tolist(), sets.tolist(), strict=True)):
            return "a number comes twice in a row: draw without replacement, rng.permuted(sets, axis=1)"
        return SHUFFLED


@exercise(
    points=10,
    title="Does the order of the output matter?",
    takes="fit, sets (N, m), rng",
    reference=compared,
    slips=edits(compared, ORDER_SLIPS),
    crashes={
        "": "fit(X, Y) takes two arrays (N, m) and gives a number; rng is a numpy Generator: rng.permuted(sets, axis=1)"
    },
    edges={
        "shuffled targets win": "Here `fit` may answer anything: shuffled may win",
        "both are equal": "or both may be equal",
        "a small lead": "if the gap is above 0",
        "the same rng": "drawn from `rng` alone",
        "each row its own permutation": "each row in an order of its own",
        "every order": "every order equally likely",
        "nothing but rng": "drawn from `rng` alone",
        "one row": "one row, or rows of one number",
    },
)
def output_order(t):
    def tries(sets, in_order, mixed, rng=None, **how):
        fit = Fitter(sets, in_order, mixed)
        got = t.call(Served(fit), sets, rng or t.make("rng", seed=int(t.integers(2**31))))
        shuffled = fit.looked_at(t)
        answers = itertools.cycle((in_order, mixed))
        t.matches(got, lambda X, Y: next(answers), sets, np.random.default_rng(0), **how)
        return shuffled

    def drawn(N, m):
        return np.stack([t.rng.permutation(100)[:m] for _ in range(N)])

    with t.case("the worked example", visible=True):
        gives = {"sorted": 0.9, "shuffled": 0.3, "gap": 0.6, "winner": "sorted"}
        tries(np.array([[3, 1, 2], [7, 9, 8]]), 0.9, 0.3, gives=gives)
    for N, m in t.sizes("N m", low=3):
        low, high = np.sort(t.rng.uniform(0.1, 0.9, 2))
        tries(drawn(N, m), float(high), float(low))
        tries(drawn(N, m), float(low), float(high))
    with t.case("shuffled targets win"):
        tries(drawn(5, 3), 0.31, 0.64)
    with t.case("both are equal"):
        tries(drawn(4, 3), 0.5, 0.5)
    with t.case("a small lead"):
        tries(drawn(4, 3), 0.502, 0.5)
    with t.case("the same rng gives the same order, another one another"):
        sets, seed = drawn(30, 6), int(t.integers(2**31 - 1))
        first, again, other = (tries(sets, 0.8, 0.4, t.make("rng", seed=s)) for s in (seed, seed, seed + 1))
        slip = "draw from the argument rng alone: np.random and random are others"
        t.require(np.array_equal(first, again), "the same rng gives another order at a second call", slip=slip)
        slip = "draw from the argument rng; do not seed a generator of your own"
        t.require(not np.array_equal(first, other), "another rng gives the same order", slip=slip)
    with t.case("each row its own permutation"):
        sets = drawn(40, 6)
        found = set(places(sets, tries(sets, 0.8, 0.4)))
        slip = "one permutation is used for all rows: draw one for each row, rng.permuted(sets, axis=1)"
        t.require(len(found) > 1, "all rows are shuffled alike", slip=slip)
        t.require(len(found) > 30, "only a few orders come in forty rows", slip=NO_ROTATION)
    with t.case("every order"):
        sets = drawn(600, 4)
        shuffled = tries(sets, 0.8, 0.4)
        evenly(t, places(sets, shuffled))
        evenly(t, places(np.sort(sets, 1), shuffled))
    with t.case("nothing but rng"):
        sets = drawn(8, 4)
        rng = t.make("rng", seed=int(t.integers(2**31)))
        t.leaves_global_generators_alone(Served(Fitter(sets, 0.8, 0.4)), sets, rng, instead=SHUFFLED)


def places(rows, shuffled):
    """Of each number of a shuffled row: its place in the row before."""
    return [tuple(row.tolist().index(i) for i in new.tolist()) for row, new in zip(rows, shuffled, strict=True)]


def evenly(t, orders):
    """The trial fails if 600 orders of four numbers are not drawn fairly."""
    counts = collections.Counter(orders)
    often = np.array([counts[order] for order in itertools.permutations(range(4))])
    t.require(np.sum(often > 0) > 20, "many orders never come", slip=NO_ROTATION)
    # fair draws leave one of 24 out, or have a chi-squared above 90 (23 degrees of freedom), once in 10⁹ trials
    slip = "every order is equally likely, the sorted one and that of the row itself too"
    even = np.all(often > 0) and np.sum((often - 25) ** 2 / 25) < 90
    t.require(even, "the orders do not come equally often", slip=slip)
