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
# # Lab 1 — What comes next? Windows, bags, and what a sequence model must be able to do
#
# *60 minutes with the reading · eight exercises, 100 points · half a minute of computing, no account, no download*
#
# All of this course asks one question: **what comes next?** Before recurrent networks there were three simple
# answers. You will write each of them, and then break each of them with an experiment of your own. What is left
# over is a list of four demands, and the rest of the course is the attempt to meet them.
#
# | | exercise | | points |
# |:--|:--|:--|--:|
# | 1 | `predict_next_position` | ≈ 5 min · ●○○ | 15 |
# | 2 | `tokenize` | ≈ 5 min · ●●○ | 10 |
# | 3 | `one_hot` | ≈ 4 min · ●○○ | 10 |
# | 4 | `fixed_window` | ≈ 7 min · ●●○ | 15 |
# | 5 | `bag_of_words` | ≈ 4 min · ●○○ | 15 |
# | 6 | `transfer_gap` | ≈ 5 min · ●●○ | 10 |
# | 7 | `embed` | ≈ 3 min · ●○○ | 10 |
# | 8 | `criteria_table` | ≈ 5 min · ●●○ | 15 |
#
# After each TODO cell comes a check, which tells you at once what is right and what slipped. NumPy, TensorFlow, plain
# lists and loops are all welcome. Stuck? `lab.hint("one_hot")` gives one of three hints, each time the next. An
# exercise may stay open: later cells then go on with a reference answer, and say so.

# %% id="setup" role="setup"
import math, re, collections, functools, heapq, itertools, random
import numpy as np, tensorflow as tf, keras
import matplotlib.pyplot as plt
import seqlab

ops = keras.ops
lab = seqlab.labs.load("lab1")

# %% [markdown] id="end-first"
# ## What you will see at the end
#
# Models that have read some 1,400 Irish tunes guess the next character of tunes that they have never seen. Across: how
# many characters they see. Upwards: how badly they guess. These numbers are from a run of the reference solution; in
# section 8 you make the picture yourself.

# %% id="end-picture"
from seqlab import models, music, plots, text

at_the_end = {
    "counting": {0: 3.191, 1: 2.390, 2: 1.812, 3: 1.691, 4: 1.715, 5: 1.862, 6: 2.015, 7: 2.146, 8: 2.237},
    "a small network": {2: 1.894, 4: 1.650, 8: 1.469},
}
plots.ladder(at_the_end, {"knowing nothing": 4.094, "recurrent network of lab 5": 1.141})
plt.show()

# %% [markdown] id="end-caption"
# *Figure: loss against characters seen. Counting falls from 3.19 to its lowest point at three characters and rises
# again; the network starts above counting and falls below it; a dashed line far below both is a recurrent network.*
#
# Why does counting get **worse** when it sees more? Keep the question.
#
# **Conventions of all labs.** Batch first, then time. Losses in **nats** (natural logarithm), with bits beside them
# where others use bits: 1 nat is 1.443 bits. Chance is always handed in (`rng`, `seed`). A function leaves what it is given as it is.

# %% [markdown] id="part-ball"
# ## 1. A ball
#
# The lecture begins with one picture of a ball: where will it go next? One frame does not say. All directions are
# equally good.
#
# > **Predict, then run.** How many frames does it take until you would bet on a direction?

# %% id="one-frame"
frames = np.array([[0.0, 0.0], [1.0, 0.6]])
figure, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3.6), layout="constrained")
plots.fan_of_futures(frames[-1:], step=1.2, title="one frame", ax=left)
plots.fan_of_futures(frames, [2.0, 1.2], title="two frames", ax=right)
plt.show()

# %% [markdown] id="todo-predict_next_position"
# *Figure: left, a ball with sixteen arrows in all directions; right, the same ball and, paler, where it was before: one arrow is left.*
#
# Two: they show a **velocity**, and if nothing pushes the ball, it keeps it. The fan closes to one arrow. That is a model with a memory of one step.
#
# ### Exercise 1 · `predict_next_position` · 15 points · ≈ 5 min · ●○○
#
# Given the positions so far, oldest first, say the next one: the last position plus the **last** step,
# $\hat p_{T+1} = p_T + (p_T - p_{T-1})$. With a single frame no velocity is known: give back the position itself.
#
# By hand: `[[0, 0], [1, 2], [3, 3]]` moved by (2, 1) last, so the answer is `[5, 4]`; `[[4, 7]]` gives `[4, 7]`. Tracks
# may turn, stand still, and start anywhere.


# %% id="predict_next_position" exercise="predict_next_position"
def predict_next_position(track):
    """track: (T, 2) floats, T >= 1, oldest first  ->  (2,), the next position."""
    ### BEGIN SOLUTION
    if len(track) == 1:
        return track[-1]
    return 2 * track[-1] - track[-2]
    ### END SOLUTION


# %% id="check-predict_next_position" check="predict_next_position"
lab.check(predict_next_position)

# %% [markdown] id="predict-throw"
# > **Predict, then run.** A real throw, a frame every tenth of a second. Your prediction ignores gravity. Does its error
# > grow on the way down, where the ball is fastest, or is it the same in every frame? The yardstick is *persistence*:
# > "it stays where it is".

# %% id="throw"
say_next = lab.working(predict_next_position)  # yours if its check passed, else the reference answer

t = 0.1 * np.arange(15)[:, None]
throw = np.hstack([3 * t, 6 * t - 9.81 / 2 * t**2])  # metres
said = np.array([say_next(throw[:n]) for n in range(2, len(throw))])
miss = {"persistence": throw[2:] - throw[1:-1], "constant velocity": throw[2:] - said}

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
plots.fan_of_futures(throw[:7], said[5], title="after seven frames", ax=left)
for (name, error), style in zip(miss.items(), ("s--", "o-")):
    right.plot(np.linalg.norm(error, axis=1), style, label=name, color="#D55E00" if style == "o-" else "#888888")
right.set(xlabel="frame", ylabel="error (metres)", ylim=(0, None))
right.legend(frameon=False)
right.spines[["top", "right"]].set_visible(False)
plt.show()

# %% [markdown] id="gallery-text"
# *Figure: left, the ball on its arc with the predicted next place; right, the error of persistence, which changes with the
# speed, and that of constant velocity, a flat line at 0.098 metres.*
#
# The same in every frame: what it misses is the fall within one frame, $g\,\Delta t^2 = 9.81 \cdot 0.01$ metres, whatever the speed. A third
# frame would show the acceleration too. **How much of the past is needed?** That is the question of this lab.
#
# ## 2. Sequences in the wild
#
# The same question, asked of six sequences. In each picture the orange mark is *now*.

# %% id="gallery"
from seqlab import sequences

TUNE = "X:1\nT:A reel's first bars\nM:4/4\nL:1/8\nK:D\nd2fd Adfd|gfed cABc|\n"
title = "6.S191 Introduction to Deep Learning"
series = {
    "sound of a plucked tune": (music.audio.waveform(music.parse(TUNE))[:1500], "time (samples)"),
    "a share price (made)": (sequences.price(), "time (days)"),
    "brain wave, as in an EEG (made)": (sequences.brain_wave(), "time (samples)"),
    "a pen that writes (made)": (sequences.pen_strokes(), "place on the paper"),
}
plots.gallery(series, {"text, as characters": title[:24], "text, as words": title.split()})
plt.show()

# %% [markdown] id="gallery-caption"
# *Figure: a sound wave that dies away, a jagged price, a rhythm that swells and fades, a row of loops, the lecture's title in
# boxes: a character each, and a word each.*
#
# | sequence | "next" is | what helps to guess it |
# |:--|:--|:--|
# | sound | the next sample, 1/22,050 of a second later | the last swing of the string |
# | characters | the next letter | the letters of the word so far |
# | words | the next word | grammar nearby, meaning from far away |
# | price | tomorrow's price | little beyond today's: here each day's change is drawn anew |
# | brain wave | the next sample | the phase of a rhythm |
# | pen | where the pen goes | the letter that is being written, and the word it is part of |
#
# What is wrong with an ordinary feed-forward network here? Two things. Its input has a **fixed size**, and a sequence has not. And
# it has **no memory**: what it saw in one call is gone in the next. The three ideas below are ways around that.

# %% [markdown] id="part-words"
# ## 3. From a text to numbers
#
# > *This morning I took my cat for a* ___
#
# To guess "walk", a model must first be given the words, and models eat numbers. Two steps: cut into words, then number the words.
#
# ### Exercise 2 · `tokenize` · 10 points · ≈ 5 min · ●●○
#
# Lower-case the text. A token is a run, as long as possible, of letters `a` to `z` and apostrophes `'`. **Everything else separates** and is
# dropped: spaces, line breaks, tabs, digits, dots, commas, hyphens, underscores. There may be several in a row, at both ends, or nothing but separators. An
# apostrophe belongs to the token, wherever it stands. Order and repetitions stay. An empty text has no tokens: `[]`.
#
# By hand: `"The food was good, not bad at all."` has eight tokens, `["the", "food", "was", "good", "not", "bad", "at", "all"]`, and
# `"Don't stop...now"` has three, `["don't", "stop", "now"]`. So `"well-known"` is two tokens, `"wow...no"` too, and `"b2b"` is `["b", "b"]`.
#
# Useful: `re.findall(pattern, text)` gives all non-overlapping matches; in a pattern, `[abc]+` means one or more of these characters. A loop
# over the characters does it too.


# %% id="tokenize" exercise="tokenize"
def tokenize(text):
    """An ASCII text, perhaps empty  ->  the list of its tokens."""
    ### BEGIN SOLUTION
    return re.findall("[a-z']+", text.lower())
    ### END SOLUTION


# %% id="check-tokenize" check="tokenize"
lab.check(tokenize)

# %% id="vocabulary"
CAT = "This morning I took my cat for a walk."
FRANCE = "France is where I grew up, but I now live in Boston. I speak fluent French."
SPAIN = "Spain is where I grew up, but I now live in Boston. I speak fluent Spanish."
GOOD = "The food was good, not bad at all."
BAD = "The food was bad, not good at all."

cut = lab.working(tokenize)
words = sorted({word for sentence in (CAT, FRANCE, SPAIN, GOOD, BAD) for word in cut(sentence)})
number = {word: i for i, word in enumerate(words)}
V = len(words)


def ids_of(sentence):
    """The ids of a sentence's words, (N,)."""
    return np.array([number[word] for word in cut(sentence)])


print(f"{V} words in all.", CAT, "→", ids_of(CAT))

# %% [markdown] id="todo-one_hot"
# These ids are names, not amounts: word 30 is not ten times word 3. So each id becomes a row with a single 1, at the place of the id: **one-hot**.
# The lecture writes the two words "for", "a", out of a vocabulary of five, as `[1 0 0 0 0 0 1 0 0 0]`: two such rows, laid end to end.
#
# ### Exercise 3 · `one_hot` · 10 points · ≈ 4 min · ●○○
#
# `ids` is an array of any shape, `(N,)` or `(B, T)`; all its axes stay, also an axis of length 1. The result has one more axis, **the last**, of length `vocab_size`: 1 at the id, 0
# elsewhere. `vocab_size` is mostly larger than the largest id that happens to be there: never take the length from the data.
#
# By hand: `ids=[1, 0]` with `vocab_size=5` gives `[[0, 1, 0, 0, 0], [1, 0, 0, 0, 0]]`. Ids of shape `(2, 3)` with `vocab_size=7` give shape `(2, 3, 7)`.


# %% id="one_hot" exercise="one_hot"
def one_hot(ids, vocab_size):
    """ids: integers of any shape, below vocab_size  ->  ids.shape + (vocab_size,), zeros and ones."""
    ### BEGIN SOLUTION
    return np.eye(vocab_size)[ids]
    ### END SOLUTION


# %% id="check-one_hot" check="one_hot"
lab.check(one_hot)

# %% id="for-a"
hot = lab.working(one_hot)
print(np.asarray(hot(np.array([0, 1]), 5)).astype(int).ravel(), "  'for' is 0, 'a' is 1")

# %% [markdown] id="part-window"
# ## 4. Idea 1: a fixed window
#
# Look at the last `k` words only, always equally many. Then an ordinary network can read them.
#
# ### Exercise 4 · `fixed_window` · 15 points · ≈ 7 min · ●●○
#
# From a text as ids, make all examples `(X, y)` to learn from: row `i` of `X` holds the `k` ids from place `i` on, in reading order, and `y[i]` is the id
# **after** them. The window moves on by one each time, up to the very last id, which is only ever an answer. Nothing wraps around from the
# end to the start. An id may come again. So `N` ids give `N - k` examples, and `k = N - 1` gives one.
#
# By hand: `ids=[3, 1, 4, 1, 5]` with `k=2` gives `X=[[3, 1], [1, 4], [4, 1]]` and `y=[4, 1, 5]`.
#
# Useful: a slice `ids[i : i + k]`; `np.stack` makes a matrix of rows; `np.lib.stride_tricks.sliding_window_view` makes all windows at once.


# %% id="fixed_window" exercise="fixed_window"
def fixed_window(ids, k):
    """ids: (N,) integers, 1 <= k <= N - 1  ->  X (N - k, k), y (N - k,)."""
    ### BEGIN SOLUTION
    X = np.stack([ids[i : i + k] for i in range(len(ids) - k)])
    y = ids[k:]
    return X, y
    ### END SOLUTION


# %% id="check-fixed_window" check="fixed_window"
lab.check(fixed_window)

# %% [markdown] id="predict-france"
# > **Predict, then run.** *France is where I grew up, but I now live in Boston. I speak fluent* ___. We ask the same of somebody from Spain. With
# > a window of three words: can any network, however large, be right about both?

# %% id="france"
windows = lab.working(fixed_window)
for sentence in (CAT, FRANCE, SPAIN):
    X, y = windows(ids_of(sentence), 3)
    seen, answer = np.asarray(X)[-1], np.asarray(y)[-1]
    print(f"{' '.join(words[i] for i in seen):>16} → {words[answer]}")

# %% [markdown] id="window-moral"
# No. The last two windows are **equal**, and the right answers differ; a network gives one answer to one input. For "cat for a" three words do.
# The clue "France" stands fifteen words before the gap: this is a **long-term dependency**. (The lecture's joke at this place: *J'aime 6.S191!*)
#
# ## 5. Idea 2: a bag of words
#
# Then take the whole text, of whatever length, and only **count**.
#
# ### Exercise 5 · `bag_of_words` · 15 points · ≈ 4 min · ●○○
#
# How often does each id occur? Entry `v` is the **number** of times that id `v` stands in the text: not 0 or 1, not a share. Id 0 is a word like any
# other. The result has length `vocab_size`, also where the largest ids do not occur, and is all zeros for an empty text. A text may also be one word again and again.
#
# By hand: `ids=[1, 4, 1]` with `vocab_size=6` gives `[0, 2, 0, 0, 1, 0]`.
#
# Useful: `np.bincount` (look up `minlength`), or a sum of one-hot rows.


# %% id="bag_of_words" exercise="bag_of_words"
def bag_of_words(ids, vocab_size):
    """ids: (N,) integers, N may be 0  ->  (vocab_size,), how often each id occurs."""
    ### BEGIN SOLUTION
    return np.bincount(ids, minlength=vocab_size)
    ### END SOLUTION


# %% id="check-bag_of_words" check="bag_of_words"
lab.check(bag_of_words)

# %% [markdown] id="predict-food"
# > **Predict, then run.** *The food was good, not bad at all.* — *The food was bad, not good at all.* How many of the counts differ: none, two, four? And do
# > the bags of the sentences about France and Spain differ, without their last words?

# %% id="food"
bag = lab.working(bag_of_words)
good, bad = (np.asarray(bag(ids_of(sentence), V)) for sentence in (GOOD, BAD))
france, spain = (np.asarray(bag(ids_of(sentence)[:-1], V)) for sentence in (FRANCE, SPAIN))
print("counts that differ, good food and bad food:", int(np.sum(good != bad)))
print("counts that differ, France and Spain:      ", int(np.sum(france != spain)))

present = np.flatnonzero(good + bad)
figure, axes = plt.subplots(1, 2, figsize=(9, 2), sharey=True, layout="constrained")
for ax, counts, sentence in zip(axes, (good, bad), (GOOD, BAD)):
    ax.bar([words[i] for i in present], counts[present], color="#56B4E9")
    ax.set_title(sentence, fontsize=10)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set(ylabel="count", yticks=[0, 1])
plt.show()

# %% [markdown] id="bag-moral"
# *Figure: two rows of eight bars, all of height 1. They are the same.*
#
# None: two opposite meanings, **one bag**. Order is lost. But the bag sees the clue from far away: the counts of "france" and "spain" differ. It fails
# where the window works, and works where the window fails.
#
# ### Find the slip
#
# Three pieces of code from real notes and tutorials. Each runs without an error. What is wrong, and which test would have caught it? Decide before you
# run the cell, then open the answers.

# %% id="find-the-slip"
def bag_a(sentence):
    return collections.Counter(sentence.lower().split())


def windows_b(ids, k):
    return np.stack([np.roll(ids, -j) for j in range(k)], axis=1), np.roll(ids, -k)


def windows_c(ids, k):
    starts = range(len(ids) - k - 1)
    return np.stack([ids[i : i + k] for i in starts]), np.array([ids[i + k] for i in starts])


print("a: one bag for both food sentences?", bag_a(GOOD) == bag_a(BAD))
for name, made in (("b", windows_b), ("c", windows_c)):
    X, y = made(np.array([3, 1, 4, 1, 5]), 2)
    print(f"{name}: X {X.tolist()}, y {y.tolist()}")

# %% [markdown] id="slip-answers"
# <details><summary>Answers</summary>
#
# - **a** leaves commas and dots on the words: `"good,"` is another word than `"good"`. So the famous example of one bag seems to be wrong, and the
#   lesson is lost. *Test:* the bags of the two sentences must be equal.
# - **b** rolls the text around its end: the last two rows are made of the end and the beginning, windows that nobody wrote. *Test:* there are `N - k` rows.
# - **c** stops one too early. "One less, to be safe" loses the last example of every text; of a text of `k + 1` words it makes nothing, and fails. *Test:* the
#   last entry of `y` is the last id.
# </details>

# %% [markdown] id="part-big"
# ## 6. Idea 3: a really big window
#
# If three words are too few, take enough for every sentence: all words, one-hot, side by side. Now nothing is lost, neither order nor "France". What
# could still be wrong?
#
# Every **place** in the window has weights of its own. In the lecture's example "this morning" stands at the beginning. Had it stood at the end, other
# weights would read it, and they have learnt nothing. To see this we train at one place, and ask at another.
#
# ### Exercise 6 · `transfer_gap` · 10 points · ≈ 5 min · ●●○
#
# `phrase(p)` makes examples `(X, y)` in which a phrase starts at place `p`: `X (N, L)` holds `N` windows of ids, `y (N,)` the word that follows
# each. `model(X)` gives the ids that a model predicts, `(N,)`. Give back one **accuracy** for each of the `positions` (any places, in any order, perhaps a single one), in their order: the share of the
# `N` predictions that are equal to `y`. Call `phrase` and `model` once for each position.
#
# By hand: a model always says 7. If `phrase(0)` has `y=[7, 7, 1, 7]` and `phrase(2)` has `y=[1, 7, 1, 1]`, then for `positions=[2, 0]` the answer is
# `[0.25, 0.75]`.


# %% id="transfer_gap" exercise="transfer_gap"
def transfer_gap(model, phrase, positions):
    """phrase(p) -> X (N, L), y (N,);  model(X) -> ids (N,);  positions: list of P ints  ->  (P,) accuracies."""
    ### BEGIN SOLUTION
    accuracies = []
    for p in positions:
        X, y = phrase(p)
        accuracies.append(np.mean(model(X) == y))
    return np.array(accuracies)
    ### END SOLUTION


# %% id="check-transfer_gap" check="transfer_gap"
lab.check(transfer_gap)

# %% [markdown] id="map-text"
# The task: in a window of random words stands one of eight phrases, "this morning" or "every night", which alone decides the word that follows. Three
# models, and all three are **the same linear layer** with a softmax. They differ only in what it reads:
#
# - a *fixed window* of four words, one-hot, side by side;
# - a *big window* of ten words, one-hot, side by side;
# - a *bag* of the same ten words.
#
# > **Predict, then run.** Each model is trained with the phrase at place p, and asked with the phrase at place q. Guessing gets one in eight. Which map is bright
# > everywhere, and which only on its diagonal? About two seconds.

# %% id="transfer-maps"
gap = lab.working(transfer_gap)


def side_by_side(X, V):
    return np.asarray(hot(X, V)).reshape(len(X), -1)


def counted(X, V):
    return np.stack([np.asarray(bag(row, V)) for row in X])


def transfer_map(encode, task):
    """Row p: trained with the phrase at p, and asked at every place."""
    V, places, rows = len(task.words), list(task.places), []
    for p in places:
        X, y = task.at(p)
        layer = models.LinearReader(encode(X, V), y, V)
        rows.append(np.asarray(gap(lambda X: layer(encode(X, V)), lambda q: task.at(q, seed=1), places)))
    return np.array(rows)


small, large = models.Phrases(length=4), models.Phrases(length=10)
maps = {
    "fixed window, 4 words": transfer_map(side_by_side, small),
    "big window, 10 words": transfer_map(side_by_side, large),
    "bag of 10 words": transfer_map(counted, large),
}
plots.transfer_maps(maps, chance=large.chance)
plt.show()

# %% id="elsewhere"
elsewhere = {name: np.mean(square[~np.eye(len(square), dtype=bool)]) for name, square in maps.items()}
for name, square in maps.items():
    print(f"{name:<22} where it was trained {np.mean(np.diag(square)):.2f}   elsewhere {elsewhere[name]:.2f}")
print(f"{'guessing':<22} {large.chance:.3f} = 1 in 8")

# %% [markdown] id="map-moral"
# *Figure: two squares with a bright diagonal and dark elsewhere; a third that is bright all over.*
#
# Both windows know the phrase perfectly where they met it, and guess elsewhere. A fixed window is only a small big window: it has the same fault. A window *can*
# be right everywhere, if it is taught everything at every place; that takes as many times the data as there are places. The bag has **one** weight for a word,
# wherever the word stands, so what it learns once it knows everywhere. This is what *sharing parameters* means. But the bag pays for it with the order.

# %% [markdown] id="part-embed"
# ## 7. A better first layer
#
# A one-hot row times a matrix `E (V, d)`: all products are 0 but one, so what comes out is **one row of E**, copied. Then why multiply? Looking the row up
# is the same, and that is the first layer of nearly every network that reads words: an *embedding*. The rows are weights, and are learnt. With 20,000 words
# and rows of 100 numbers, fifteen words cost 30 million products one way and 1,500 copies the other.
#
# ### Exercise 7 · `embed` · 10 points · ≈ 3 min · ●○○
#
# Give back row `ids[...]` of `E` for every id, of shape `ids.shape + (d,)`: what `one_hot(ids, V) @ E` would give. `ids` is `(N,)` or `(B, T)`. Nothing is
# scaled or summed, and id 0 is row 0, however often it comes. `E` may be square.
#
# By hand: with `E=[[1, 2], [3, 4], [5, 6]]` the `ids=[2, 0]` give `[[5, 6], [1, 2]]`.


# %% id="embed" exercise="embed"
def embed(ids, E):
    """ids: (N,) or (B, T) integers, E: (V, d)  ->  ids.shape + (d,)."""
    ### BEGIN SOLUTION
    return E[ids]
    ### END SOLUTION


# %% id="check-embed" check="embed"
lab.check(embed)

# %% id="embedding-layer"
look_up = lab.working(embed)
layer = keras.layers.Embedding(V, 4)
ids = ids_of(CAT)[None]  # (1, 9): a batch of one sentence
by_layer = np.asarray(layer(ids))  # (1, 9, 4)
E = layer.get_weights()[0]
print("Keras's layer equals yours:  ", np.allclose(by_layer, look_up(ids, E)))
print("the product one-hot @ E too: ", np.allclose(by_layer, np.asarray(hot(ids, V)) @ E, atol=1e-6))

# %% [markdown] id="objects-text"
# **Local and distributed.** Moontae Lee's toy example, in our words: four shapes, an upright and a lying box, an upright and a lying ellipse. A *local* code has a unit for
# each shape. A *distributed* code has a unit for each **property**, and a shape is a pattern over the units.
#
# > **Predict, then run.** A circle comes along: no corners, as upright as it is lying. In which code does it need no new unit? Who are its nearest neighbours in
# > each?

# %% id="objects"
shapes = ["upright box", "lying box", "upright ellipse", "lying ellipse", "circle (new)"]
units = ["upright", "lying", "corners", "round"]
distributed = np.array([[1, 0, 1, 0], [0, 1, 1, 0], [1, 0, 0, 1], [0, 1, 0, 1], [0.5, 0.5, 0, 1]])
local = np.eye(5)  # a fifth unit had to be built for the circle

figure, axes = plt.subplots(2, 2, figsize=(8, 6.6), layout="constrained")
for code, names, title, (ax, far) in ((local, ["1", "2", "3", "4", "new"], "local", axes[0]), (distributed, units, "distributed", axes[1])):
    distance = np.linalg.norm(code[:, None] - code[None], axis=-1)
    for panel, numbers, labels, what in ((ax, code, names, "code"), (far, distance, shapes, "distance")):
        panel.imshow(numbers, cmap="Blues", vmin=0, vmax=2.2)
        panel.set_xticks(range(len(labels)), labels, rotation=40, ha="right", fontsize=8)
        panel.set_yticks(range(5), shapes if panel is ax else [""] * 5, fontsize=8)
        panel.set_title(f"{title}: {what}", fontsize=10)
        for (i, j), value in np.ndenumerate(numbers):
            panel.text(j, i, f"{value:.2g}", ha="center", va="center", fontsize=8, color="white" if value > 1.3 else "black")
plt.show()

# %% [markdown] id="objects-moral"
# *Figure: the local code is a diagonal and all its distances are 1.4; the distributed code needs four units, and in its distances the circle is 0.71 from both
# ellipses and 1.6 from both boxes.*
#
# In the distributed code the circle is a new **pattern** on old units, and stands beside the ellipses, although nobody said so: what was learnt about ellipses holds for it at
# once. In the local code it needs a unit, and is equally far from everything. That is the power: $n$ local units name $n$ things, $n$ units that are on or off up to
# $2^n$. Here every unit has a name, because we chose them. In a learnt embedding nobody gives names, and mostly a single dimension means nothing by itself.

# %% [markdown] id="part-ladder"
# ## 8. The ladder
#
# Now with real data, on the data and in the unit of lab 5: Irish tunes, one character at a time. The tunes are split so that variants of one tune stay together;
# what is measured are tunes that no model has seen. About three seconds.

# %% id="tunes"
tunes = music.load_tunes("oneill")
train_tunes, validation_tunes, _ = music.split(tunes)
vocabulary = music.Vocabulary.from_texts(t.abc for t in tunes)
train_ids = np.array(vocabulary.encode("\n".join(t.abc for t in train_tunes)))
validation_ids = np.array(vocabulary.encode("\n".join(t.abc for t in validation_tunes)))
print(f"{len(train_ids):,} characters to learn from, {len(validation_ids):,} to be measured on, {len(vocabulary)} different ones")
print(train_tunes[0].abc[:90])

# %% [markdown] id="predict-ladder"
# The first model only **counts**: after these `k` characters, how often did each character come? Windows that were never seen fall back on shorter ones (this is called
# *smoothing*). With `k = 0` it is a *unigram* model, with `k = 1` a *bigram* model.
#
# > **Predict, then run.** Of three characters and the one after them there are $60^4 \approx 13$ million different runs. How many of these does the text have: most,
# > one in ten, fewer than one in five hundred? And up to which `k` does it help to see more?

# %% id="counting"
alphabet = len(vocabulary)
uniform = models.ngram_loss(train_ids, validation_ids, alphabet, order=0)
print(f"knowing nothing: ln {alphabet} = {uniform:.3f} nats = {uniform / np.log(2):.3f} bits\n")
print("  k   nats    bits    numbers kept   of so many possible")
counting = {}
for k in range(9):
    counting[k] = models.ngram_loss(train_ids, validation_ids, alphabet, order=k + 1)
    kept = models.ngrams_seen(train_ids, alphabet, order=k + 1)
    print(f"  {k}   {counting[k]:.3f}   {counting[k] / np.log(2):.3f}   {kept:12,}   {alphabet ** (k + 1):.2g}")

# %% [markdown] id="counting-moral"
# Fewer than one in five hundred: most of what could stand there never does. And up to three characters it helps; then the loss **turns up again**. The table explodes: at `k = 8` it keeps more than
# half as many numbers as the text has characters, so most windows were seen once, and what came once after a window says little about what comes next time. More context needs more data, and faster
# than there can be data.
#
# The second model is a **small network** (Bengio and others, 2003): your embedding of each of the `k` characters, laid side by side, a hidden layer, a softmax. It too has weights for each place, but characters that
# behave alike may get rows that are alike, and so it can say something about windows that it never saw.
#
# > **Predict, then run.** Which is better at two characters, the table or the network? And at eight? Your `fixed_window` makes the examples. About ten seconds, longer on a busy machine.

# %% id="networks"
import os

STEPS = int(os.environ.get("SEQLAB_STEPS", 500))  # set SEQLAB_STEPS=50 for a quick look
networks = {}
for k in (2, 4, 8):
    networks[k] = models.WindowModel(alphabet, k)
    networks[k].fit(*windows(train_ids, k), steps=STEPS)

by_network = {k: network.loss(*windows(validation_ids, k)) for k, network in networks.items()}
for k, nats in by_network.items():
    better = "network" if nats < counting[k] else "counting"
    print(f"k = {k}: network {nats:.3f} ({networks[k].parameters:,} numbers), counting {counting[k]:.3f}. Better: {better}")

# %% id="ladder"
plots.ladder(
    {"counting": counting, "a small network": by_network},
    {"knowing nothing": uniform, "recurrent network of lab 5": 1.141},
)
plt.show()

# %% [markdown] id="ladder-moral"
# *Figure: as at the beginning, now with your numbers.*
#
# In the reference run the table wins at two characters: where everything was seen often, counting is hard to beat, and it takes a moment where the network takes seconds. At eight characters the network
# wins clearly, and keeps fewer than a sixth of the numbers. It is no luck of the first weights: from three seeds the networks reach 1.898, 1.650 and 1.478 on the
# average, and no two of a kind are farther apart than 0.013 (`python benchmarks/window_lab.py`). The last line is lab 5's network after 1,000 steps, on the same tunes in the same unit. It has no window at all.
#
# (For orientation only: on another well-known text, a list of names, the same ladder reads about 2.48 for bigrams, 2.1 for a network that sees three characters, and 1.9 for the best
# small models. Losses of different texts cannot be compared.)
#
# **A look inside.** Nobody told the network what a note is. Below are the notes, and the digits, which are lengths: of the 16 numbers that it learnt for each, the two directions that show most.
#
# > **Predict, then run.** Which stand together: a note and its octave (`A` and `a`), or the low notes (capitals) with each other and the high ones (small letters) with each other?

# %% id="character-map"
shown = "ABCDEFGabcdefg2348"
rows = networks[8].embeddings[[vocabulary.char2idx[symbol] for symbol in shown]]
centred = rows - rows.mean(axis=0)
plane = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T

figure, ax = plt.subplots(figsize=(7, 4.6), layout="constrained")
for (x, y), symbol in zip(plane, shown):
    colour = "#0072B2" if symbol in "ABCDEFG" else "#D55E00" if symbol in "abcdefg" else "#444444"
    ax.text(x, y, symbol, color=colour, fontsize=14, family="monospace", ha="center", va="center")
ax.set(xlim=(plane[:, 0].min() - 0.1, plane[:, 0].max() + 0.1), ylim=(plane[:, 1].min() - 0.1, plane[:, 1].max() + 0.1))
ax.set(xticks=[], yticks=[], title="characters, placed by what the network learnt")
plt.show()

# %% [markdown] id="part-criteria"
# *Figure: characters scattered over a plane; capital notes in blue, small notes in orange, lengths in grey.*
#
# In the reference run the low notes stand on one side and the high ones on the other. A tune moves in small steps, so what may follow depends more on how high a note is than on its name; the network found that out from
# what comes next, and nothing else. Another `seed` turns and mirrors the picture.
#
# ## 9. Four demands
#
# What must a model of sequences be able to do? The lecture's list:
#
# | criterion | here it means |
# |:--|:--|
# | `variable_length` | it takes the **whole** of a text, of **any** length |
# | `long_term` | the clue "France" reaches the prediction, fifteen words later |
# | `order` | it tells the two food sentences apart |
# | `share_parameters` | what it learns at one place holds at another |
#
# This cell measures all of it on your own functions. The fixed window has three words and slides along the text; the big window has twenty places and leaves out what
# does not fit.

# %% id="measure"
def last_window(ids):
    return np.asarray(windows(np.append(ids, 0), 3)[0])[-1]  # the three words before the next one


def reach(read, n):
    """The share of the words of a text that change what the model reads when they are changed."""
    ids = np.random.default_rng(n).integers(V, size=n)
    changed = [np.where(np.arange(n) == i, (ids + 1) % V, ids) for i in range(n)]
    return np.mean([not np.array_equal(read(ids), read(other)) for other in changed])


readers = {
    "fixed_window": last_window,
    "bag_of_words": lambda ids: np.asarray(bag(ids, V)),
    "big_window": lambda ids: text.big_window(ids, 20, V),
}
slid = {"fixed_window": lambda ids: np.asarray(windows(ids, 3)[0])}  # all its windows, along the sentence

shared = dict(zip(("fixed_window", "big_window", "bag_of_words"), elsewhere.values()))

print("                share of the words that it reads    France or Spain   good or bad   right at places")
print("                of 3     of 30    of 300 words        (long_term)       (order)     never trained at")
for name, read in readers.items():
    a, b, c = (reach(read, n) for n in (3, 30, 300))
    far = "same" if np.array_equal(read(ids_of(FRANCE)[:-1]), read(ids_of(SPAIN)[:-1])) else "differ"
    along = slid.get(name, read)
    order = "same" if np.array_equal(along(ids_of(GOOD)), along(ids_of(BAD))) else "differ"
    print(f"{name:<14}{a:6.2f}{b:10.2f}{c:10.2f}{far:>21}{order:>14}{shared[name]:16.2f}")

# %% [markdown] id="todo-criteria_table"
# ### Exercise 8 · `criteria_table` · 15 points · ≈ 5 min · ●●○
#
# Fill in `True` or `False` for each model and criterion, as you measured it. All twelve must be right, and the keys stay as they are. The row of the fixed window is
# given in the check: `("fixed_window", "variable_length")` is False, `"long_term"` False, `"order"` True, `"share_parameters"` False. (Order is True because a window that slides over "was
# good not" and "was bad not" reads different things; a bag does not.)

# %% id="criteria_table" exercise="criteria_table"
criteria_table = {
    ("fixed_window", "variable_length"): None,
    ("fixed_window", "long_term"): None,
    ("fixed_window", "order"): None,
    ("fixed_window", "share_parameters"): None,
    ("bag_of_words", "variable_length"): None,
    ("bag_of_words", "long_term"): None,
    ("bag_of_words", "order"): None,
    ("bag_of_words", "share_parameters"): None,
    ("big_window", "variable_length"): None,
    ("big_window", "long_term"): None,
    ("big_window", "order"): None,
    ("big_window", "share_parameters"): None,
}
### BEGIN SOLUTION
criteria_table.update(
    {
        ("fixed_window", "variable_length"): False,
        ("fixed_window", "long_term"): False,
        ("fixed_window", "order"): True,
        ("fixed_window", "share_parameters"): False,
        ("bag_of_words", "variable_length"): True,
        ("bag_of_words", "long_term"): True,
        ("bag_of_words", "order"): False,
        ("bag_of_words", "share_parameters"): True,
        ("big_window", "variable_length"): False,
        ("big_window", "long_term"): True,
        ("big_window", "order"): True,
        ("big_window", "share_parameters"): False,
    }
)
### END SOLUTION

# %% id="check-criteria_table" check="criteria_table"
lab.check(criteria_table)

# %% [markdown] id="criteria-moral"
# No row is all True. A model that meets all four demands at once, with weights that do not grow with the text: that is what lab 2 builds, in one line of
# algebra. How far back "long-term" really reaches then, lab 3 measures.
#
# ## In your own words (no points)
#
# Somebody proposes a bag of all **pairs** of neighbouring words instead of single words. Which cells of the row `bag_of_words` would change, and what is the price?
#
# <details><summary>Our answer</summary>
#
# Order, for this example: "not bad" and "not good" are different pairs, so the two food sentences get different bags. The other three stay. The price is the vocabulary, $V^2$ possible
# pairs, most never seen: the table of section 8 again. And it is a patch: order beyond neighbours is still lost. (For sentiment it is a strong patch all the same, as lab 6 shows.)
# </details>

# %% [markdown] id="own-words"
# *Your answer:*

# %% [markdown] id="stretch"
# ## Stretch
#
# ### a) Words, and very few of them
#
# Counting windows of **words**, on the 240 short sentences that come with the lab, some to learn from and some to be measured on. The perplexity, $e^{\text{loss}}$, says between how many equally likely
# words the model hesitates.
#
# > **Predict, then run.** Does it help to see one word? Two?

# %% id="stretch-words"
sentences = text.load_sentences("small")
parts = [[w for sentence, _ in part for w in [*cut(sentence), "."]] for part in (sentences.train, sentences.test)]
known = {word: i for i, word in enumerate(sorted(set(parts[0] + parts[1])))}
learn, held = ([known[w] for w in part] for part in parts)
print(f"{len(learn):,} words to learn from, {len(held)} to be measured on, {len(known)} different ones")
for k in range(4):
    nats = models.ngram_loss(learn, held, len(known), order=k + 1, prior="witten-bell")
    print(f"k = {k}: {nats:.2f} nats, perplexity {np.exp(nats):6.1f}, windows kept {models.ngrams_seen(learn, len(known), order=k + 1):,}")
print(f"knowing nothing: perplexity {len(known)}")

# %% [markdown] id="stretch-smoothing-text"
# One word helps much, a second no longer: with so few sentences nearly every longer window is new. (The vocabulary was taken from both parts, so no word is unknown: this flatters all rows alike.)
#
# ### b) Three ways to smooth
#
# What probability has a character that never followed this window? *Add-one* pretends that each came once more. *Back-off* asks the shorter window, where nothing was
# seen. *Interpolation* always mixes the shorter windows in.
#
# > **Predict, then run.** Which of the three suffers most from a large `k`? About three seconds.

# %% id="stretch-smoothing"
smoothed = {
    kind: {k: models.smoothed_loss(train_ids, validation_ids, alphabet, k + 1, kind) for k in range(7)} for kind in models.SMOOTHINGS
}
plots.ladder(smoothed, {"knowing nothing": uniform, "recurrent network of lab 5": 1.141})
plt.show()

# %% [markdown] id="stretch-more"
# *Figure: three curves that fall together up to two characters; add-one then rises steeply, interpolation slightly, back-off hardly.*
#
# Add-one: the 60 invented observations drown the two or three real ones. How one smooths is worth more than how far one sees.
#
# ### c) More
#
# * Train the big window on all places at once (`np.concatenate` of `large.at(p)` for all p). How many examples for each place does it need until its map is bright?
# * Give `predict_next_position` a third frame: add the last change of the velocity. What is its error on the throw? And on a track with noise of a centimetre?
# * Double `units` of the network with eight characters. Is the loss of held-out tunes better? By more than another `seed` changes it?

# %% [markdown] id="handin-text"
# ## Hand in
#
# This checks all eight answers once more and writes your hand-in, one small file.

# %% id="handin" role="handin"
lab.submit()
