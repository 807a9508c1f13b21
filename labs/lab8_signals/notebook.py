# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown] id="title"
# # Lab 8 — Sequences you did not expect: storms, climate, trees, glimpses
#
# *75 minutes with the reading · eight exercises, 100 points · a minute and a half of computing, no account, no download*
#
# Notes, words and letters stand in a row by themselves. This lab asks the course's question, **what comes next?**, of what does not
# look like a text: the air of a mountain, a sea, a hurricane, and then of things that are no sequence at all until somebody reads them as
# one: a sentence's tree, an image, a set of numbers. It is also the lab in which **simple baselines bite**. You will write them first,
# and report honestly when they win.
#
# | | exercise | | points |
# |:--|:--|:--|--:|
# | 1 | `seasonal_naive` | ≈ 5 min · ●●○ | 10 |
# | 2 | `make_windows` | ≈ 5 min · ●●○ | 10 |
# | 3 | `standardize` | ≈ 5 min · ●●○ | 10 |
# | 4 | `rollout` | ≈ 8 min · ●●○ | 15 |
# | 5 | `ade_fde` | ≈ 4 min · ●○○ | 10 |
# | 6 | `tree_rnn` | ≈ 8 min · ●●○ | 20 |
# | 7 | `glimpses` | ≈ 7 min · ●●● | 15 |
# | 8 | `output_order` | ≈ 6 min · ●●○ | 10 |
#
# After each TODO cell comes a check, which tells you at once what is right and what slipped. NumPy, TensorFlow, plain
# lists and loops are all welcome. Stuck? `lab.hint("rollout")` gives one of three hints, each time the next. An
# exercise may stay open: later cells then go on with a reference answer, and say so.

# %% id="setup" role="setup"
import math, re, collections, functools, heapq, itertools, random
import numpy as np, tensorflow as tf, keras
import matplotlib.pyplot as plt
import seqlab

ops = keras.ops
lab = seqlab.labs.load("lab8")

# %% [markdown] id="todo-seasonal_naive"
# ### Exercise 1 · `seasonal_naive` · 10 points · ≈ 5 min · ●●○
#
# The forecast that repeats the **last** full period: with $n$ known values and a period of $p$, forecast $k = 0, 1, \dots$ is
#
# $$\hat y_k = y_{\,n - p + (k \bmod p)}$$
#
# `history` is `(B, n, 1)`: B series, time is axis 1. The result is `(B, n_out, 1)`. `n_out` may be smaller than `period`, equal, or larger: after a
# whole period the same one begins anew. `period` may be as long as the history, or 1.
#
# By hand: the history 1, 2, 3, 4, 5, `(1, 5, 1)`, with `n_out=5` and `period=3` gives 3, 4, 5, 3, 4, in the shape `(1, 5, 1)`.


# %% id="seasonal_naive" exercise="seasonal_naive"
def seasonal_naive(history, n_out, period):
    """history (B, n, 1), 1 <= period <= n  ->  (B, n_out, 1): the last period, repeated and cut."""
    ### BEGIN SOLUTION
    n = history.shape[1]
    return history[:, n - period + np.arange(n_out) % period]
    ### END SOLUTION


# %% id="check-seasonal_naive" check="seasonal_naive"
lab.check(seasonal_naive)

# %% [markdown] id="todo-make_windows"
# ### Exercise 2 · `make_windows` · 10 points · ≈ 5 min · ●●○
#
# `s` is `(N, D)`: N steps of a series with D features. Example $i$ is
#
# $$X_i = s_i, \dots, s_{i + n_{in} - 1} \qquad\qquad Y_i = s_{i + n_{in}}, \dots, s_{i + n_{in} + n_{out} - 1}$$
#
# so `Y` begins where `X` ends, without overlap and without a gap, and holds **all** `n_out` steps. The window moves on by one step each time, up to the
# one whose `Y` ends with the series: `M = N - n_in - n_out + 1` examples, `X (M, n_in, D)` and `Y (M, n_out, D)`. `N = n_in + n_out` gives one window;
# `n_out` may be larger than `n_in`, and both may be 1. The feature axis stays, also where D is 1.
#
# By hand: `s` = 0, 1, 2, 3, 4 in one column, `(5, 1)`, with `n_in=2`, `n_out=2` gives `X` = `[[0, 1], [1, 2]]` and `Y` = `[[2, 3], [3, 4]]`, each number in
# brackets of its own for the last axis: `[[[0], [1]], [[1], [2]]]` and `[[[2], [3]], [[3], [4]]]`.


# %% id="make_windows" exercise="make_windows"
def make_windows(s, n_in, n_out):
    """s (N, D), N >= n_in + n_out  ->  X (M, n_in, D), Y (M, n_out, D), M = N - n_in - n_out + 1."""
    ### BEGIN SOLUTION
    starts = range(len(s) - n_in - n_out + 1)
    X = np.stack([s[i : i + n_in] for i in starts])
    Y = np.stack([s[i + n_in : i + n_in + n_out] for i in starts])
    return X, Y
    ### END SOLUTION


# %% id="check-make_windows" check="make_windows"
lab.check(make_windows)

# %% [markdown] id="todo-standardize"
# ### Exercise 3 · `standardize` · 10 points · ≈ 5 min · ●●○
#
# Column by column, $a' = (a - \text{mean}) / \text{std}$ for `train (N, D)` and for `test (M, D)`; return the pair `(train', test')`. Mean and std are those of
# **train alone**, for both parts: whoever forecasts does not know the future, not even its mean. The std is the population's (`ddof=0`, NumPy's default).
# A column that is constant in train (its std is exactly 0) is divided by 1 instead: zeros in train, `test - mean` in test. Add nothing to a std that is
# not 0. `M` may be anything from 1 on, and train may have a single row: then every column is constant.
#
# By hand: train `[[1, 4], [3, 4]]` and test `[[5, 6]]`: the first column has mean 2 and std 1, the second mean 4 and std 0. So train becomes
# `[[-1, 0], [1, 0]]` and test `[[3, 2]]`.


# %% id="standardize" exercise="standardize"
def standardize(train, test):
    """train (N, D), test (M, D)  ->  both, scaled by the mean and std of each column of train."""
    ### BEGIN SOLUTION
    mean, std = train.mean(axis=0), train.std(axis=0)
    std = np.where(std == 0, 1, std)
    return (train - mean) / std, (test - mean) / std
    ### END SOLUTION


# %% id="check-standardize" check="standardize"
lab.check(standardize)

# %% [markdown] id="todo-rollout"
# ### Exercise 4 · `rollout` · 15 points · ≈ 8 min · ●●○
#
# `model(window)` takes a window `(B, n_in, D)` and gives the **next** step, `(B, D)`, an array of NumPy. Forecast n steps with it: predict, drop the **oldest** step of the
# window, append the prediction at its **end**, and predict again. The window that `model` gets always has just the shape of `history`. Return only the n
# predictions, in time order, `(B, n, D)`. n may be larger than `n_in`: then the model sees nothing but its own predictions. `n_in` may be 1. `history`
# itself stays as it is.
#
# By hand: `model(w) = w[:, 0] + w[:, -1]` from `history=[[[1], [1]]]` with `n=4` gives `[[[2], [3], [5], [8]]]`.


# %% id="rollout" exercise="rollout"
def rollout(model, history, n):
    """model: (B, n_in, D) -> (B, D); history (B, n_in, D)  ->  the n predictions, (B, n, D)."""
    ### BEGIN SOLUTION
    window, predictions = history, []
    for _ in range(n):
        y = np.asarray(model(window))
        predictions.append(y)
        window = np.concatenate([window[:, 1:], y[:, None]], axis=1)
    return np.stack(predictions, axis=1)
    ### END SOLUTION


# %% id="check-rollout" check="rollout"
lab.check(rollout)

# %% [markdown] id="todo-ade_fde"
# ### Exercise 5 · `ade_fde` · 10 points · ≈ 4 min · ●○○
#
# `pred` and `true` are `(B, T, 2)`: B tracks of T points in the plane. With $d_{bt}$, the straight-line (Euclidean) distance between the two points of track $b$ at step $t$,
#
# $$\text{ADE} = \frac{1}{BT}\sum_{b,t} d_{bt} \qquad\qquad \text{FDE} = \frac{1}{B}\sum_b d_{bT}$$
#
# the average and the **final** displacement error. Return the two numbers `(ade, fde)`. A mean of roots, not the root of a mean. B and T may be 1, or equal, and a perfect
# prediction gives `(0, 0)`.
#
# By hand: `pred=[[[3, 4], [0, 0]]]` and `true=[[[0, 0], [0, 1]]]` are 5 apart, then 1: `(3, 1)`.


# %% id="ade_fde" exercise="ade_fde"
def ade_fde(pred, true):
    """pred, true (B, T, 2)  ->  (average, final) displacement error, two numbers."""
    ### BEGIN SOLUTION
    d = np.sqrt(((pred - true) ** 2).sum(axis=-1))
    return d.mean(), d[:, -1].mean()
    ### END SOLUTION


# %% id="check-ade_fde" check="ade_fde"
lab.check(ade_fde)

# %% [markdown] id="todo-tree_rnn"
# ### Exercise 6 · `tree_rnn` · 20 points · ≈ 8 min · ●●○
#
# A tree is a Python `int`, a **leaf**, or a pair `(left, right)` of trees, a tuple, nested at will. Its vector, `(d,)`:
#
# $$v(i) = E_i \qquad\qquad v\big((l, r)\big) = \tanh\big([\,v(l);\, v(r)\,]\; W + b\big)$$
#
# A leaf is its row of `E (V, d)` as it is, without tanh, also leaf 0; at every pair the two vectors are laid end to end, **left first**, `(2d,)`, and go through
# `W (2d, d)`. The brackets decide: a right-branching tree differs from a left-branching one over the same leaves. A tree may be a single leaf, or a chain of
# fifteen leaves, and the same leaf may stand there several times. Values only: no gradient is taken through it.
#
# By hand, with `E=[[.5], [-.2]]`, `W=[[1], [2]]`, `b=[.1]`: the tree `(0, 1)` gives $\tanh(0.5 - 0.4 + 0.1) = $ `[.197375]`, and `((0, 1), 0)` gives
# $\tanh(0.197375 + 1 + 0.1) = $ `[.861046]`.


# %% id="tree_rnn" exercise="tree_rnn"
def tree_rnn(tree, E, W, b):
    """tree: an int or a pair of trees; E (V, d), W (2d, d), b (d,)  ->  the vector of its root, (d,)."""
    ### BEGIN SOLUTION
    if isinstance(tree, int):
        return E[tree]
    left, right = (tree_rnn(half, E, W, b) for half in tree)
    return np.tanh(np.concatenate([left, right]) @ W + b)
    ### END SOLUTION


# %% id="check-tree_rnn" check="tree_rnn"
lab.check(tree_rnn)

# %% [markdown] id="todo-glimpses"
# ### Exercise 7 · `glimpses` · 15 points · ≈ 7 min · ●●●
#
# Cut each image `(H, H)` into squares of side `g` (g divides H) that do not overlap, and put them in **reading order**: left to right, then down. Inside a square the
# pixels are laid in a row in reading order too. N images at once: `images (N, H, H)` gives `(N, K, g²)` with $K = (H/g)^2$. g may be H, which gives one glimpse, or 1,
# which gives H² of one pixel.
#
# A plain `reshape` has the right shape, and is wrong: it cuts strips.
#
# By hand: the image `[[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 14, 15]]`, as a batch of one, with `g=2` gives
# `[[[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]]`.


# %% id="glimpses" exercise="glimpses"
def glimpses(images, g):
    """images (N, H, H), g divides H  ->  (N, (H/g)², g²): squares in reading order, and their pixels too."""
    ### BEGIN SOLUTION
    N, H, _ = images.shape
    k = H // g
    parts = images.reshape(N, k, g, k, g)
    return parts.transpose(0, 1, 3, 2, 4).reshape(N, k * k, g * g)
    ### END SOLUTION


# %% id="check-glimpses" check="glimpses"
lab.check(glimpses)

# %% [markdown] id="todo-output_order"
# ### Exercise 8 · `output_order` · 10 points · ≈ 6 min · ●●○
#
# `sets` is `(N, m)`, integers: N sets of m different numbers, each as a row. `fit(X, Y)` trains a network on inputs `X (N, m)` and targets `Y (N, m)` and gives its accuracy, a number. Call it
# **twice**, both times with `X = sets`: first with Y = every row sorted ascending, then with Y = every row shuffled, each row in an order of its own, every order equally likely, drawn from `rng` alone
# (a `numpy.random.Generator`). Return a dict:
#
# | key | value |
# |:--|:--|
# | `"sorted"`, `"shuffled"` | the two accuracies, as `fit` gave them |
# | `"gap"` | sorted minus shuffled |
# | `"winner"` | `"sorted"` if the gap is above 0, else `"shuffled"` |
#
# Here `fit` may answer anything: shuffled may win, or both may be equal. There may be one row, or rows of one number. `sets` itself stays as it is.
#
# By hand: for `sets=[[3, 1, 2], [7, 9, 8]]` the first Y is `[[1, 2, 3], [7, 8, 9]]`. If `fit` answers 0.9, then 0.3, the result is
# `{"sorted": 0.9, "shuffled": 0.3, "gap": 0.6, "winner": "sorted"}`.


# %% id="output_order" exercise="output_order"
def output_order(fit, sets, rng):
    """fit(X, Y) -> accuracy; sets (N, m) integers; rng  ->  a dict: "sorted", "shuffled", "gap", "winner"."""
    ### BEGIN SOLUTION
    in_order = fit(sets, np.sort(sets, axis=1))
    mixed = fit(sets, rng.permuted(sets, axis=1))
    gap = in_order - mixed
    winner = "sorted" if gap > 0 else "shuffled"
    return {"sorted": in_order, "shuffled": mixed, "gap": gap, "winner": winner}
    ### END SOLUTION


# %% id="check-output_order" check="output_order"
lab.check(output_order)

# %% [markdown] id="handin-text"
# ## Hand in
#
# This checks all eight answers once more and writes your hand-in, one small file.

# %% id="handin" role="handin"
lab.submit()
