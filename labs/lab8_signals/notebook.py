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

# %% [markdown] id="end-first"
# ## What you will see at the end
#
# A storm of the year 2023, which no network has seen. Black: where it came from. Orange: where it went. Dotted: what you would say without a
# network, it goes on as it goes. Blue: a recurrent network that has read the storms up to 2012, with circles that held two thirds of its own errors in later
# years. Pale: all those storms. Nobody drew a coast; storms die where the land is.
#
# The network's numbers here are those of the reference run. In section 6 you make them yourself.

# %% id="end-picture"
from seqlab import layers, models, plots, sequences, series, text

storms = series.load_storms()
lee = next(track for track in storms.test if track.name == "Lee 2023")
at_the_end = np.array([[29.47, -68.11], [30.46, -68.03], [31.49, -67.79], [32.56, -67.22]])
plots.storm_map(
    [track.points for track in storms.train],
    lee.points[:36],
    lee.points[36:40],
    {"goes on as it goes": series.great_circle(lee.points[None, 34:36], 4)[0], "network": at_the_end},
    np.array([0.26, 0.65, 1.15, 1.72]),
    view=(-80, -50, 18, 40),
    title="Lee, September 2023: 6, 12, 18 and 24 hours ahead",
)
plt.show()

# %% [markdown] id="conventions"
# *Figure: a map of the Atlantic in pale tracks; a black track that turns; from its end an orange one, a dotted and a blue one with circles.*
#
# **Conventions of all labs.** Batch first, then time: `(B, T, D)`. Chance is always handed in (`rng`, `seed`). New here: every number has a **unit** (ppm, °C, km, m), which stands on
# the axis, and every error stands beside that of a **baseline**, a forecast without learning.
#
# ## 1. Where it goes next, once more
#
# The course began with a ball. Now its box has walls.
#
# > **Predict, then run.** Constant velocity, the rule of lab 1, says the next twelve frames. Where on this picture is it right to the pixel, and where is it wrong for good?

# %% id="ball"
ball = series.ball_in_a_box(60, np.random.default_rng(4))
straight = np.array([series.constant_velocity(ball[None, t - 2 : t], 12)[0] for t in range(2, 49)])
came = np.array([ball[t : t + 12] for t in range(2, 49)])
miss = np.linalg.norm(straight - came, axis=-1)

figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.6), width_ratios=[1, 1.5], layout="constrained")
left.plot(*ball.T, "-", color="#b0b7bd", linewidth=1)
left.plot(*ball[:14].T, "o", color="#0072B2", markersize=5, label="seen")
left.plot(*straight[12].T, "o", color="#D55E00", markersize=5, markerfacecolor="none", label="said")
left.set(xlim=(-0.25, 1.25), ylim=(-0.25, 1.25), xticks=[0, 1], yticks=[0, 1], title="frame 14")
left.add_patch(plt.Rectangle((0, 0), 1, 1, fill=False))
left.set_aspect("equal")
left.legend(frameon=False, fontsize=8)
for k, colour in ((1, "#56B4E9"), (4, "#0072B2"), (12, "#222222")):
    right.plot(range(2, 49), miss[:, k - 1], color=colour, label=f"{k} frame{'s' * (k > 1)} ahead")
right.set(xlabel="now (frame)", ylabel="error (sides of the box)")
right.legend(frameon=False, fontsize=8, ncols=3, loc="lower left", bbox_to_anchor=(0, 1))
right.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown] id="part-climate"
# *Figure: left, a path that bounces in a square, with predicted places that leave it; right, errors that are zero, then jump at each wall, the later the longer one looks ahead.*
#
# Right as long as no wall is in the way, and wrong as soon as one is. A rule that is nearly always right looks good in the mean; what a model is **for** are the walls. A car that predicts the cyclist beside it (the
# lecture's self-driving cars: a cyclist cuts the lane) must know about walls that nobody drew.
#
# ## 2. Air and sea
#
# Two series in the public domain: carbon dioxide on a mountain of Hawaii, in parts per million, and the temperature of the sea off Peru, where El Niño comes and goes. A value a month.

# %% id="climate"
air, sea = series.load_series("co2"), series.load_series("el_nino")
print(air, sea, sep="\n")
figure, axes = plt.subplots(2, 1, figsize=(9.5, 4.4), layout="constrained")
for ax, one, border in zip(axes, (air, sea), ("1985", "1990")):
    ax.plot(one.times, one.values, color="#0072B2", linewidth=0.9)
    ax.axvline(np.datetime64(border), color="#D55E00", linestyle="--", linewidth=1)
    ax.set(ylabel=one.units[0], title=one.name)
    ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown] id="todo-seasonal_naive"
# *Figure: above, a rising line with a yearly ripple; below, a yearly wave with taller crests in some years. Dashed: what stands left of it is for training.*
#
# Before any network: what would **you** say, without a computer? "Next January will be like the last one." That forecast has a name, and it is hard to beat.
#
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

# %% id="first-naive"
naive = lab.working(seasonal_naive)  # yours if its check passed, else the reference answer
history, came = sea.values[None, -60:-12], sea.values[-12:, 0]
print("what came: ", came.round(1))
print("what it says:", np.asarray(naive(history, 12, 12))[0, :, 0].round(1), sea.units[0])

# %% [markdown] id="part-windows"
# ## 3. From one series to many examples
#
# One series of 700 months is **one** sequence. A network learns from many: windows.

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

# %% [markdown] id="part-bug"
# ### Find the bug
#
# Out of a well-known weather tutorial, told without its name. It reads values every six steps and says that it forecasts `future` steps after the last one that it has read. Its lines, shortened, with its way of counting:

# %% id="tutorial"
def tutorial(values, past=36, step=6, future=6, split=480):
    """Inputs and targets of training, as the tutorial makes them: every `step`-th value of the past, one target."""
    start = past + future
    inputs, targets = values[:split], values[start : start + split]
    rows = range(split - past + 1)
    X = np.stack([inputs[i : i + past : step] for i in rows])
    return X, np.array([targets[i] for i in rows])

# %% [markdown] id="predict-ruler"
# > **Predict, then run.** The test that would have caught it feeds in a ruler: the series 0, 1, 2, 3, …, in which every value says where it stands. The target minus the last value read should be 6. What is it? And the
# > training part ends at 480: where does the last target of training stand?

# %% id="ruler"
X, y = tutorial(np.arange(732))
print("the first window:", X[0], "target:", y[0])
print("steps from the last value read to the target:", set((y - X[:, -1]).tolist()))
print("the last target of training:", y[-1], "- training ends at 480")

# %% [markdown] id="ruler-moral"
# Twelve, not six: the last value that it reads is not the last one of the past, since it takes every sixth from the **first** on. And seven targets of training stand in the validation part. No error, no
# warning, and curves that look like curves. What does each cost? A linear autoregression, the same for all, says:
#
# > **Predict, then run.** Which costs more: a target that is six months further than the text says, or seven targets behind the border?

# %% id="bug-cost"
def linear_error(X, y, X_test, y_test):
    model = series.LinearAR.fit(X[..., None], y[:, None, None])
    return series.rmse(model(X_test[..., None], 1)[:, 0, 0], y_test)


def windows_to(horizon, first, last):
    """Every sixth month of three years up to now, and the value `horizon` months later, for targets from first to last."""
    at = np.arange(max(first, 31 + horizon), last)
    return np.stack([sea.values[a - horizon - 30 : a - horizon + 1 : 6, 0] for a in at]), sea.values[at, 0]


as_is = tutorial(sea.values[:, 0])
for name, (X, y), horizon in (
    ("the tutorial as it is, 12 ahead", as_is, 12),
    ("without the seven targets, 12 ahead", (as_is[0][:-7], as_is[1][:-7]), 12),
    ("what its text says, 6 ahead", windows_to(6, 0, 480), 6),
):
    print(f"{name:<36}{linear_error(X, y, *windows_to(horizon, 576, 732)):6.2f} {sea.units[0]}")

# %% [markdown] id="bug-moral"
# The seven targets change nothing that one could see, and that is what makes such a leak so common: mostly it costs nothing, until somebody draws windows at random, so that **every** validation window has a near copy in
# training. The horizon costs: 1.24 °C instead of 1.09 in the reference run. Whoever compares with a figure of "six months ahead" elsewhere would conclude that the method is bad. Nobody sees it by the number; run the ruler.

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

# %% [markdown] id="part-beat"
# ## 4. Who beats the season?
#
# Now everything at once: 36 months in, 12 out; the parts are cut by time (`series.split_windows`: no window of training asks for a value behind the border). A GRU with 32 units reads the **changes** from
# month to month and says the way from the last value to each of the next twelve. All scales are those of training, as in your `standardize`.
#
# | forecast | what it knows |
# |:--|:--|
# | persistence | the last value |
# | seasonal naive | the last year: your function |
# | seasonal and drift | the last year, and how much higher it was than the one before |
# | linear autoregression | 36 months, weighted; twelve times 37 numbers, by least squares |
# | GRU, quantiles | 36 months, read one after the other; it says 10 %, 50 % and 90 % |
#
# > **Predict, then run.** Order the five for the air, which rises evenly, and for the sea. Does the network win? About ten seconds.

# %% id="beat"
import os

STEPS = int(os.environ.get("SEQLAB_STEPS", 400))  # set SEQLAB_STEPS=40 for a quick look


def compare(one, train_to, validation_to):
    parts = series.split_windows(one.values, 36, 12, train_end=one.before(train_to), validation_end=one.before(validation_to))
    network = models.Forecaster(36, 12, units=32, quantiles=(0.1, 0.5, 0.9))
    network.learn(parts.train.X, parts.train.Y, steps=STEPS)
    X = parts.test.X
    said = {
        "persistence": series.persistence(X, 12),
        "seasonal naive": np.asarray(naive(X, 12, 12)),
        "seasonal and drift": series.seasonal_drift(X, 12, 12),
        "linear autoregression": series.LinearAR.fit(parts.train.X, parts.train.Y)(X, 12),
        "GRU": network.predict_steps(X),
    }
    return parts.test, said, network


results = {"air": compare(air, "1985", "1990"), "sea": compare(sea, "1990", "1998")}
print(f"{'error (RMSE), 1 to 12 months ahead':<36}{'air, ppm':>10}{'sea, °C':>10}")
for name in results["air"][1]:
    errors = [series.rmse(said[name], test.Y) for test, said, _ in results.values()]
    print(f"{name:<36}{errors[0]:10.2f}{errors[1]:10.2f}")
test, said, _ = results["sea"]
square = {name: ((p - test.Y) ** 2).mean((1, 2)) for name, p in said.items()}
years = sea.times[test.start].astype("datetime64[Y]")
for other in ("seasonal naive", "linear autoregression"):
    print(f"sea, skill of the GRU against {other}, drawn by year: {series.skill(square['GRU'], square[other], years)}")

# %% id="beat-picture"
figure, axes = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
for ax, (name, (test, said, _)), unit in zip(axes, results.items(), ("ppm", "°C")):
    by_step = {who: np.sqrt(((p - test.Y) ** 2).mean((0, 2))) for who, p in said.items()}
    plots.error_by_step(by_step, unit=f"{name}: error ({unit})", ahead="months ahead", ax=ax)
plt.show()

# %% [markdown] id="beat-moral"
# *Figure: errors against months ahead. Persistence is the highest hill in both; the seasonal forecasts lie below it; the linear and the recurrent line lie lowest and close together.*
#
# In the reference run (RMSE): air 0.60 ppm for the **linear** autoregression, 0.66 for the GRU, 0.91 for season and drift, 1.68 for the season alone, 3.25 for persistence. Sea: 1.05 °C linear, 0.98 for the GRU, 1.45
# for the season. So the network beats your `seasonal_naive` clearly. On the air it **loses** to 37 weights a month, fitted in a millisecond; on the sea it is a little ahead, in thirteen years with one great El Niño, and other seeds are
# behind (1.06, 1.10 with squared errors): the interval that is drawn by year (+13 %, from −16 to +40) holds 0. With 275 to 433 windows, all overlapping, there is little that only a network could find. A paper that compares with persistence alone would have called this a triumph.
#
# **A fan.** A single line hides how sure it is. This network was trained to say three numbers for each month: one that the truth should stay under in 10 % of the cases, one in 50, one in 90.
#
# > **Predict, then run.** Move the slider to the year in which the sea was warmest. Did the fan know?

# %% id="fan"
test, said, network = results["sea"]
fans, pictures, told = network.fan(test.X), {}, {}
for i in range(0, len(test), 24):
    start = test.start[i]
    when = str(sea.times[start])[:7]
    figure = plots.forecast_fan(
        sea.times[start - 24 : start + 12],
        sea.values[start - 24 : start + 12, 0],
        24,
        fans[i, :, 0],
        {"seasonal naive": np.asarray(said["seasonal naive"])[i, :, 0]},
        unit="sea surface (°C)",
    )
    figure.axes[0].set_ylim(18, 30)
    pictures[when] = figure
    inside = np.mean((test.Y[i, :, 0] >= fans[i, :, 0, 0]) & (test.Y[i, :, 0] <= fans[i, :, 0, 2]))
    told[when] = f"{inside:.0%} of the months stay inside the fan; error {series.rmse(said['GRU'][i], test.Y[i]):.2f} °C"
everywhere = np.mean((test.Y >= fans[..., 0]) & (test.Y <= fans[..., 2]))
print(f"over all test windows {everywhere:.0%} of the months stay inside a fan that is meant to hold 80 %")
plots.slider([*pictures.values()], [*pictures], [*told.values()], title="A year of the sea, forecast", knob="forecast made in")

# %% [markdown] id="part-rollout"
# *Picture with a slider: two years that were known, then dots, the network's line in a band, and the dashed line of the season.*
#
# A fan that was right in the mean may be wrong for a whole year, and it is: El Niño is what the band does not hold.
#
# ## 5. One step ahead, again and again
#
# The network above says twelve months at once. The other way is to say **one**, and to take one's own word for the truth.

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

# %% [markdown] id="predict-rollout"
# > **Predict, then run.** One linear model that says the next month only, rolled out by your function for ten years, and asked anew every month with the truth. How does its error grow: in a straight line, faster and faster, or up to a level?

# %% id="rolled"
roll = lab.working(rollout)
one = series.split_windows(sea.values, 36, 1, train_end=sea.before("1990"), validation_end=sea.before("1991"))
next_month = series.LinearAR.fit(one.train.X, one.train.Y)
ten_years = np.asarray(roll(lambda window: next_month(window, 1)[:, 0], one.test.X[:1], 120))[0, :, 0]
truth = one.test.Y[:120, 0, 0]
each_month = next_month(one.test.X[:120], 1)[:, 0, 0]

figure, ax = plt.subplots(figsize=(9.5, 3.2), layout="constrained")
when = sea.times[one.test.start[:120]]
ax.plot(when, truth, color="#222222", linewidth=1, label="what came")
ax.plot(when, each_month, color="#009E73", linewidth=1.2, linestyle="--", label=f"told the truth each month: error {series.rmse(each_month, truth):.2f} °C")
ax.plot(when, ten_years, color="#D55E00", linewidth=1.6, label=f"rolled out: error {series.rmse(ten_years, truth):.2f} °C")
ax.set(ylabel="sea surface (°C)", ylim=(18, 32))
ax.legend(frameon=False, fontsize=8, loc="upper left", ncols=3)
ax.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown] id="part-storms"
# *Figure: a jagged wave that was measured; a dashed one that follows it closely; an orange one that keeps the season and nothing else.*
#
# Up to a level: rolled out, it forgets what it knew and keeps the season, the one thing that it is sure of. That level is the error of a calendar. One step ahead is easy; a small error *one* step ahead says little about ten years.
#
# ## 6. Storms
#
# Atlantic storms since 1975: a place every six hours, in degrees. Here the lecture's "trajectory" is thousands of kilometres long. How is such a forecast measured?

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

# %% [markdown] id="storm-text"
# Storms live on a sphere, so for them $d$ is the great-circle distance in kilometres, and "goes on as it goes" follows a great circle; weather services publish the mean of $d$ at 24 hours, which is an FDE. The parts are cut **by year**, to 2012, to
# 2017, from 2018: never by window, since two windows of one storm are near copies.
#
# The network reads 30 hours of a storm (km east and north of where it is now, and beside it latitude, longitude and wind) and says the next 24. Where it stands on the globe matters, because storms turn: west with the trade winds, then north, then east.
#
# > **Predict, then run.** Goes-on-as-it-goes errs by 239 km after a day. What does the network do: half of that, a sixth less, nothing less? About five seconds.

# %% id="storms"
def prepared(tracks):
    """Windows around the place of now: what the network reads, what it says (km), and all that is needed to go back."""
    X, Y, whose = series.track_windows(tracks, 6, 4)
    now = X[:, -1:, :2]
    reads = np.concatenate([series.to_plane(X[..., :2], now), X], axis=-1)  # km east, km north; latitude, longitude, wind
    return X[..., :2], Y, whose, now, reads, series.to_plane(Y, now)


_, _, _, _, reads, ahead_km = prepared(storms.train)
storm_network = models.Forecaster(6, 4, features=5, targets=2, units=32)
storm_network.learn(reads, ahead_km, steps=STEPS, batch=128)


def storm_errors(tracks):
    X, Y, whose, now, reads, _ = prepared(tracks)
    said = series.from_plane(storm_network.predict_steps(reads), now)
    all_said = {"stays": series.persistence(X, 4), "goes on as it goes": series.great_circle(X, 4), "GRU": said}
    return {name: series.kilometres(places, Y) for name, places in all_said.items()}, whose


km, whose = storm_errors(storms.test)
print(f"{'error (km) after':<22}" + "".join(f"{h:>7} h" for h in (6, 12, 18, 24)))
for name, errors in km.items():
    print(f"{name:<22}" + "".join(f"{e:9.0f}" for e in errors.mean(0)))
print("skill of the GRU at 24 h:", series.skill(km["GRU"][:, 3], km["goes on as it goes"][:, 3], whose))

# %% [markdown] id="storm-moral"
# A sixth less: in the reference run 199 km against 239, and 517 for "stays". The bracket behind the skill is an interval that holds it in 95 of 100 draws of other **storms** (a bootstrap by storm): 3,000 windows are only some 130 storms. This time the
# network has earned its place. (Services with models of the whole atmosphere err by about 70 km at 24 hours; this one has never seen a wind.)
#
# The circles of the first picture hold two thirds of the errors of 2013 to 2017: just so the US hurricane center draws its cone.

# %% id="storm-map"
validation_km, _ = storm_errors(storms.validation)
radii = np.quantile(validation_km["GRU"], 2 / 3, axis=0) / 111.2  # degrees
X, Y, _, now, reads, _ = prepared([lee])
lee_said = series.from_plane(storm_network.predict_steps(reads), now)
pictures, told = {}, {}
earlier = [track.points for track in storms.train][::3]  # fewer, so that the output stays small
for i in range(6, len(X), 8):
    hours = 6 * (i + 5)
    lines = {"goes on as it goes": series.great_circle(X[i : i + 1], 4)[0], "network": lee_said[i]}
    (lat, long), (figure, ax) = lee.points[i + 5], plt.subplots(figsize=(7, 4.4), layout="constrained")
    view = (long - 14, long + 14, lat - 9, lat + 9)
    plots.storm_map(earlier, lee.points[: i + 6], Y[i], lines, radii, view=view, ax=ax)
    pictures[f"{hours} h"] = figure
    off = {name: float(series.kilometres(line[None], Y[i : i + 1])[0, 3]) for name, line in lines.items()}
    told[f"{hours} h"] = f"after a day the network is {off['network']:.0f} km off, constant velocity {off['goes on as it goes']:.0f} km"
plots.slider([*pictures.values()], [*pictures], [*told.values()], title="Lee, September 2023", knob="hours after its birth", start=len(pictures) // 2)

# %% [markdown] id="part-best"
# *Picture with a slider: the storm at different ages, with both forecasts and the circles.*
#
# ### A box: "best of 20"
#
# Papers on trajectories often draw 20 forecasts and count the **best** one, "minADE of 20". Whoever forecasts does not know which one that is.
#
# > **Predict, then run.** We take "goes on as it goes" and shake it: 20 copies with random noise, which knows nothing. How much better does it get by being counted so?

# %% id="best-of"
X, Y, _, _, _, _ = prepared(storms.test)
straight = series.great_circle(X, 4)
rng = np.random.default_rng(0)
shaken = [straight + rng.normal(0, 1, (len(X), 1, 2)) * np.arange(1, 5)[:, None] * 0.6 for _ in range(20)]
errors = np.stack([series.kilometres(s, Y)[:, 3] for s in shaken])
print(f"24 h error, goes on as it goes, one forecast     {km['goes on as it goes'][:, 3].mean():6.0f} km")
print(f"the same, shaken at random, one forecast         {errors[0].mean():6.0f} km")
print(f"the same, shaken at random, best of 20           {series.best_of(errors).mean():6.0f} km")
print(f"the GRU, one forecast                            {km['GRU'][:, 3].mean():6.0f} km")

# %% [markdown] id="best-moral"
# Noise that knows nothing made each forecast worse, and the *counted* error far better than the network's. So a "best of 20" may only be compared with another best of 20, and a fan should be asked how often it holds the truth, as in section 4.
#
# ### Moved to another place
#
# Pedestrians on a square, the field's usual test: 8 positions known (3.2 s), 12 asked for (4.8 s), in metres; train in two places, test in a third. Their file is a download of 4 MB; this cell says so if it is not to be had. About five seconds.
#
# > **Predict, then run.** At home, on walkers of the same two places, the network errs less than constant velocity. And where it has never been?

# %% id="walkers"
displacement = lab.working(ade_fde)
try:
    walkers = series.load_pedestrians("zara01", progress=False)
except seqlab.SeqlabError as missing:
    walkers = None
    print(missing)
    print("\nIn the reference run: at home ADE/FDE 0.57/1.18 m against 0.66/1.36, moved 0.49/1.07 m against 0.45/1.00.")
if walkers:
    X, Y, _ = series.track_windows(walkers.train, 8, 12)
    walker_network = models.Forecaster(8, 12, features=2, units=32)
    walker_network.learn(X, Y, steps=STEPS, batch=128)
    print(f"{'ADE / FDE in metres':<24}{'constant velocity':>20}{'GRU':>16}")
    for place, part in (("at home", walkers.validation), ("moved: zara01", walkers.test)):
        X, Y, _ = series.track_windows(part, 8, 12)
        pairs = [displacement(said, Y) for said in (series.constant_velocity(X, 12), walker_network.predict_steps(X))]
        print(f"{place:<24}{pairs[0][0]:13.2f} /{pairs[0][1]:5.2f}{pairs[1][0]:10.2f} /{pairs[1][1]:5.2f}")

# %% [markdown] id="walkers-moral"
# In the reference run the network wins at home by a tenth and **loses** in the place it never saw: it has learnt the paths of two squares. That is kept here because it is the usual case. Ask of every figure *where* it was measured.
#
# ## 7. Stronger tomorrow? A probability at every step
#
# CS109B's example of many to many, aligned: every day the weather goes in, every day comes out whether it **rains tomorrow**. Ours is of the same kind, with data that are here: every six hours, will the storm's wind be stronger in 24 hours than now? (The stretch
# asks for rain in Beijing, with the same code.) The answer is a probability, so two questions: does it say more than the **base rate**, and is 30 % right in 30 % of the cases?

# %% id="stronger"
def readings(tracks, T=12, day=4):
    """Windows (N, T, 4): wind, its last change, latitude, longitude; and whether it is stronger a day later, (N, T)."""
    X, y = [], []
    for track in tracks:
        wind = track.beside[:, 0]
        rows = np.column_stack([wind / 50 - 1, np.diff(wind, prepend=wind[0]) / 10, track.points / 30 - [1, -2]])
        for i in range(0, len(wind) - T - day + 1, 3):
            X.append(rows[i : i + T])
            y.append(wind[i + day : i + T + day] > wind[i : i + T])
    return np.stack(X), np.array(y, dtype=int)


X, y = readings(storms.train)
X_test, y_test = readings(storms.test)
reader = models.StepModel(4, 2, units=24)
reader.learn(X, y, steps=STEPS)
said = reader.probabilities(X_test)[:, -1, 1]  # after twelve readings
truth, base = y_test[:, -1], y[:, -1].mean()
same = np.array([y[(X[:, -1, 1] > 0) == up, -1].mean() for up in (False, True)])[(X_test[:, -1, 1] > 0).astype(int)]
print(f"base rate in training {base:.2f}, in the test years {truth.mean():.2f}")
for name, p in (("base rate", np.full(len(truth), base)), ("as in the last six hours", same), ("GRU", said)):
    print(f"{name:<26} Brier score {np.mean((p - truth) ** 2):.3f}   right {np.mean((p > 0.5) == truth):.0%}")
plots.reliability({"as in the last six hours": same, "GRU": said}, truth)
plt.show()

# %% [markdown] id="part-trees"
# *Figure: how often it came against the probability that was said; the dotted diagonal is perfect, the dashed line says the base rate to all.*
#
# The Brier score is the mean of $(p - y)^2$, 0 for who knows all. The base rate is the forecast that needs no data of today; what counts is how far below its score one comes.
#
# ## 8. A sentence is a tree
#
# > *the food was (not good) but fine* — *the food was not (good but fine)*
#
# The words stand in the same row; the brackets decide what "not" turns round. Socher and others (2013) follow the **parse**: a network that goes up the tree instead of along the row. It is the recurrence of lab 2 once more, one step and the same weights everywhere, only the
# chain has become a tree: "graphs instead of chains", a **recursive** network.

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

# %% [markdown] id="tree-text"
# **Backpropagation through structure.** The same `W` stands at every pair. By lab 3's rule the gradient of a shared weight is the **sum** over its places. Here `W` is given a copy of its own at each pair, and the gradients of the copies are added:

# %% id="bpts"
rng = np.random.default_rng(0)
E, W, b = (tf.constant(rng.normal(0, 0.5, shape), tf.float32) for shape in ((4, 3), (6, 3), (3,)))
tree = ((0, 1), (2, (3, 0)))  # four pairs


def along(tree, copies):
    """As your tree_rnn, but every pair takes the next copy of W."""
    if isinstance(tree, int):
        return E[tree]
    halves = [along(half, copies) for half in tree]
    return tf.tanh(tf.linalg.matvec(next(copies), tf.concat(halves, 0), transpose_a=True) + b)


copies = [tf.identity(W) for _ in range(4)]
with tf.GradientTape(persistent=True) as tape:
    tape.watch([W, *copies])
    shared, apart = (tf.reduce_sum(along(tree, iter(ws)) ** 2) for ws in ([W] * 4, copies))
own = tape.gradient(apart, copies)
print("same value:", np.allclose(shared, apart), "and your tree_rnn's:", np.allclose(np.sum(np.asarray(lab.working(tree_rnn)(tree, E.numpy(), W.numpy(), b.numpy())) ** 2), shared, atol=1e-5))
print("gradient of W = sum of its four copies':", np.allclose(tape.gradient(shared, W), sum(own), atol=1e-6))
print("how much each pair adds:", [round(float(tf.norm(g)), 3) for g in own])

# %% [markdown] id="predict-trees"
# **Do the brackets matter?** Made sentences of which every bracket is known: *not* turns round what stands in its bracket, of *A but B* counts B. Two networks, alike to the last number, learn whether a sentence is positive, from 2,000 sentences that are up to three phrases deep, and from the phrases of a thousand of them, such as *not good*, by themselves. One is given
# the parse, the other the same words as a **right-branching** tree, which is a chain read from its end. Only the root of what they read is ever told right or wrong.
#
# > **Predict, then run.** Both are then asked of deeper sentences than any that they saw. About fifteen seconds.

# %% id="trees"
def leaves(tree):
    return [tree] if isinstance(tree, str) else leaves(tree[0]) + leaves(tree[1])


def chain(tree):
    return layers.right_branching(leaves(tree))


rng = np.random.default_rng(3)
learn = [tree for depth in (0, 1, 2, 3) for tree in text.scoped_sentences(500, depth, rng)]
learn += [tree[1][1] for tree in learn[::2]]  # "not good", by itself
asked = {depth: text.scoped_sentences(300, depth, rng) for depth in (2, 3, 4, 5, 6)}


number = {word: i for i, word in enumerate(sorted({word for tree in learn for word in leaves(tree)}))}


def right_side(tree):
    return text.sentiment_of(tree) > 0


tree_models = {}
for name, shape in (("parsed", lambda tree: tree), ("right-branching", chain)):
    tree_models[name] = models.TreeReader(number, units=16)
    tree_models[name].learn([shape(t) for t in learn], [right_side(t) for t in learn], steps=STEPS)
    hits = [np.mean((tree_models[name].positive([shape(t) for t in ts]) > 0.5) == [right_side(t) for t in ts]) for ts in asked.values()]
    print(f"{name:<18}" + "".join(f"  depth {d}: {h:.0%}" for d, h in zip(asked, hits)))

# %% id="tree-picture"
reader_of_trees = tree_models["parsed"]
figure, axes = plt.subplots(1, 2, figsize=(11, 3.8), layout="constrained")
for ax, tree in zip(axes, ((("the", "food"), ("was", (("not", "good"), ("but", "fine")))), (("the", "food"), ("was", ("not", ("good", ("but", "fine"))))))):
    plots.sentiment_tree(tree, lambda node: reader_of_trees.positive([node])[0], ax=ax)
plt.show()

# %% [markdown] id="part-glimpses"
# *Figure: the same row of words under two trees. In the left one "not good" is red, and the root blue; in the right one "good but fine" is blue, and the root red.*
#
# Given the parse it is right on sentences deeper than any that it saw; as a chain it falls to chance. One read-out serves every node, because the same weights made them all. (Where a phrase says nothing, as "the food", it says *something*: nobody
# asked it not to.) The catch: somebody must know the parse.
#
# ## 9. An image, read
#
# No sequence at all, until somebody reads it: an image, one **glimpse** after another.

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

# %% [markdown] id="predict-glimpses"
# Digits of 16 × 16 pixels, printed in the fonts that come with matplotlib, turned and leaned at random; the test has three fonts that training has not. A GRU reads 16 glimpses of 4 × 4 and says after **each** what it believes.
#
# > **Predict, then run.** Four readers. Which of them is worst: one that reads in reading order; one that always reads in another, fixed order; one that gets the glimpses of each image in an order of its own; one that does too, but is told where each glimpse lies? About ten seconds.

# %% id="glimpse-readers"
cut = lab.working(glimpses)
rng = np.random.default_rng(0)
images, digits = sequences.printed_digits(2500, rng)
new_images, new_digits = sequences.printed_digits(600, rng, fonts=sequences.FONTS[8:])
fixed = np.random.default_rng(5).permutation(16)


def mixed(squares, seed):
    orders = np.random.default_rng(seed).permuted(np.tile(np.arange(16), (len(squares), 1)), axis=1)
    return np.take_along_axis(squares, orders[..., None], axis=1)


def with_place(squares):
    place = np.stack(np.meshgrid(np.linspace(-1, 1, 4), np.linspace(-1, 1, 4), indexing="ij"), -1).reshape(1, 16, 2)
    return np.concatenate([squares, np.repeat(place, len(squares), axis=0)], axis=-1)


a, b = np.asarray(cut(images, 4)), np.asarray(cut(new_images, 4))
ways = {
    "reading order": (a, b),
    "another order, always the same": (a[:, fixed], b[:, fixed]),
    "each image in its own order": (mixed(a, 1), mixed(b, 2)),
    "its own order, told where": (mixed(with_place(a), 1), mixed(with_place(b), 2)),
}
readers = {}
print(f"{'right after glimpse':<34}" + "".join(f"{k:>7}" for k in (4, 8, 12, 16)))
for name, (X, X_new) in ways.items():
    readers[name] = models.StepModel(X.shape[2], 10, units=48)
    readers[name].learn(X, np.repeat(digits[:, None], 16, axis=1), steps=STEPS)
    hits = (readers[name].probabilities(X_new).argmax(-1) == new_digits[:, None]).mean(0)
    print(f"{name:<34}" + "".join(f"{hits[k - 1]:7.0%}" for k in (4, 8, 12, 16)))

# %% id="glimpse-picture"
beliefs = readers["reading order"].probabilities(b)
i = int(np.flatnonzero((beliefs[:, 7].argmax(-1) != new_digits) & (beliefs[:, 15].argmax(-1) == new_digits))[0])
plots.glimpse_beliefs(new_images[i], range(16), 4, beliefs[i], after=(2, 4, 6, 8, 10, 12, 14, 16), title=f"A {new_digits[i]}, as it is read")
plt.show()

# %% [markdown] id="part-order"
# *Figure: a digit that is uncovered square by square, and under it bars of belief, which change their mind.*
#
# Which order does not matter much, as long as it is **the same**: the place of a glimpse is then its place in time. Without it the reader has a bag of squares, and is worst; told where, it gets part of it back. Choosing *where to look next* is what two
# networks add, named and linked only: recurrent attention (Ba, Mnih, Kavukcuoglu, [arXiv:1412.7755](https://arxiv.org/abs/1412.7755)) learns it by trial and reward, and DRAW (Gregor and others, [arXiv:1502.04623](https://arxiv.org/abs/1502.04623)) also *writes* an image glimpse by
# glimpse. Pinheiro and Collobert (ICML 2014) label a scene by a convolutional network that reads its own output again. In your package, your function is a layer: `layers.Glimpses(4, order=..., where=True)`.
#
# ## 10. A set, written as a sequence
#
# The last surprise: the **output**. A set has no order, but a network that writes it, one number after another, must take one. Does it matter which (Vinyals and others, "Order matters", 2016)?

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

# %% [markdown] id="predict-order"
# A small encoder-decoder (two GRUs, teacher forcing, as in lab 7) reads five different numbers below 20 and writes the same five: sorted, or each row shuffled.
#
# > **Predict, then run.** In the shuffled case no network can know which number comes next. What is the most that *any* could reach? (The first of five by luck: 1/5; of the last there is no choice: 1.) About ten seconds.

# %% id="order"
rng = np.random.default_rng(0)
sets = np.stack([rng.permutation(20)[:5] for _ in range(4000)])


def fit(X, Y):
    return models.set_accuracy(X, Y, numbers=20, steps=STEPS)


report = lab.working(output_order)(fit, sets, rng)
print({key: round(value, 3) if isinstance(value, float) else value for key, value in report.items()})
print("the most that anybody could reach on shuffled targets:", round(np.mean([1 / k for k in range(1, 6)]), 3))

# %% [markdown] id="part-map"
# The same sets, the same network, the same number of steps. Sorted targets are nearly all right; on shuffled ones it comes close to what luck allows, and cannot go beyond. The order of an output is part of the model, and somebody chooses it.
#
# ## 11. The map of the course
#
# Every concept of the lectures and where it ran: an exercise of yours, or a dot where a lab's text and pictures did. It is drawn from the folders of the labs that are installed.

# %% id="map"
from seqlab.concepts import map_of_the_course

where = map_of_the_course()
plots.concept_map(where, seqlab.labs.names())
plt.show()

# %% [markdown] id="summary"
# *Figure: a table, a row for each concept and a column for each lab, with the names of exercises in it.*
#
# The lecture's summary, in your own experiments: **RNNs** suit sequences, since they share their weights over time; they are trained by **backpropagation through time**; **gates** carry what must last; and one network, read and written in different orders, makes **music**, judges, translates, follows storms.
# And what this lab adds: *before* it is shown, it must beat what needs no network.
#
# ## In your own words (no points)
#
# Of your own results: where did the GRU beat `seasonal_naive`, and where did something simpler beat the GRU? Write it as you would in a report: number, unit, baseline, where it was measured, one sentence of what you would do next.
#
# <details><summary>Our answer</summary>
#
# On the sea the GRU errs by 0.98 °C (other seeds to 1.1), one to twelve months ahead, in 1998 to 2010; the seasonal naive forecast by 1.45 °C, and a linear autoregression by 1.05 °C. So we would ship the linear one, and come back to the network with more than one series: the winds, the depth of the warm layer. On storms the GRU errs by about 199 km
# at 24 h against 239 km of constant velocity, with an interval by storm that does not touch 0: there we keep it.
# </details>

# %% [markdown] id="own-words"
# *Your answer:*

# %% [markdown] id="stretch"
# ## Stretch
#
# ### a) Rain in Beijing
#
# The lecture's question as it stands: each day, will it rain **tomorrow**? Hourly weather of 2010 to 2014 (a download of 2 MB; the cell says so if it is not to be had), as days: train to 2012, test 2014.
#
# > **Predict, then run.** It rains on every fifth or sixth day. Which of "right" and "Brier score" shows what the network knows?

# %% id="rain"
try:
    beijing = series.load_series("beijing", progress=False)
except seqlab.SeqlabError as missing:
    beijing = None
    print(missing)
if beijing:
    hourly = dict(zip(beijing.columns, beijing.values[: len(beijing) // 24 * 24].reshape(-1, 24, len(beijing.columns)).transpose(2, 0, 1)))
    rain = (hourly["Ir"] > 0).any(axis=1)
    days = np.column_stack([rain, *(hourly[c].mean(axis=1) for c in ("DEWP", "TEMP", "PRES", "Iws"))])
    border = beijing.before("2013") // 24, beijing.before("2014") // 24
    scaled = np.vstack(lab.working(standardize)(days[: border[0]], days[border[0] :]))
    X, y = (np.stack([a[i : i + 14] for i in range(len(days) - 14)]) for a in (scaled, np.append(rain[1:], False).astype(int)))
    ends = np.arange(len(X)) + 14  # the day whose weather is asked for last
    weather = models.StepModel(5, 2, units=16)
    weather.learn(X[ends < border[0]], y[ends < border[0]], steps=STEPS)
    test = ends >= border[1]
    p, truth, base = weather.probabilities(X[test])[:, -1, 1], y[test][:, -1], rain[: border[0]].mean()
    for name, q in (("base rate", np.full(len(truth), base)), ("GRU", p)):
        print(f"{name:<12} Brier score {np.mean((q - truth) ** 2):.3f}   right {np.mean((q > 0.5) == truth):.0%}")

# %% [markdown] id="stretch-more"
# In the reference run: both 0.157. Two weeks of five numbers, a thousand days to learn from: this network knows nothing about tomorrow's rain that the base rate does not, and is "right" *less* often than whoever says "no rain" every day. Weather services
# know more, because they look beyond one city.
#
# ### b) More
#
# * A file of your own: `seqlab forecast data.csv --horizon 12` prints the table of section 4 and draws the fan.
# * `models.Forecaster(36, 12, way="rolled")` and `way="encoder-decoder"`: your `rollout`, within the network. Better at one month, or at twelve?
# * Hard attention: let the reader stop as soon as it is sure, at a belief of 0.95. How many glimpses does it save, and at what price?

# %% [markdown] id="handin-text"
# ## Hand in
#
# This checks all eight answers once more and writes your hand-in, one small file.

# %% id="handin" role="handin"
lab.submit()
