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
# # Lab 6 — Sentiment
#
# *"The food was good, not bad at all."* — *"The food was bad, not good at all."* The same words, the opposite meaning. In this
# lab networks read sentences and answer with **the probability that the writer is pleased**. You build the way from words to that
# number, you let bags of words and recurrent networks compete, and you report honestly who wins where. (It is not always the
# recurrent one.)
#
# | | exercise | | points |
# |:--|:--|:--|--:|
# | 1 | `pad_batch` | ≈ 10 min · ●●○ | 10 |
# | 2 | `masked_mean` | ≈ 5 min · ●●○ | 10 |
# | 3 | `last_state` | ≈ 5 min · ●●○ | 10 |
# | 4 | `bi_rnn` | ≈ 20 min · ●●● | 20 |
# | 5 | `sentiment_loss` | ≈ 5 min · ●●○ | 15 |
# | 6 | `masked_accuracy` | ≈ 5 min · ●●○ | 10 |
# | 7 | `deep_birnn` | ≈ 10 min · ●●○ | 15 |
# | 8 | `contrast_report` | ≈ 10 min · ●●○ | 10 |
#
# 95 minutes with the reading; all training together takes about two minutes on two processor cores. Stuck? `lab.hint("bi_rnn")` gives a hint, and again for
# the next. Sections after an open exercise go on with a reference answer, and say so.

# %% id="setup" role="setup"
import math, re, collections, functools, heapq, itertools, random
import numpy as np, tensorflow as tf, keras
import matplotlib.pyplot as plt
import seqlab

ops = keras.ops
lab = seqlab.labs.load("lab6")

# %% [markdown] id="what-you-will-see"
# ## What you will see at the end
#
# Three networks of this lab, each trained for a few seconds, on the two sentences of the lecture. The probabilities are those of one run;
# yours will differ a little.

# %% id="first-picture"
from seqlab import models, plots, text

FOOD = ["The food was good, not bad at all.", "The food was bad, not good at all."]
plots.verdicts(
    FOOD,
    {"mean of vectors": [0.50, 0.50], "GRU, last state": [1.00, 0.00], "deep bidirectional": [1.00, 0.00]},
)
plt.show()

# %% [markdown] id="conventions"
# *Figure: the probability of positive, one panel a sentence, a dot for each network. The mean of the words' vectors
# does not know the order, so it answers the same twice and cannot be right both times. The recurrent networks can.*
#
# **Conventions of this lab**
#
# - Batch first, then time: ids `(B, T)`, states `(B, T, H)`. Labels first: `(y, logits)`. **Logits** everywhere, natural logarithm.
# - Id 0 is padding, 1 an unknown word. Padding and cutting happen at the **end**; a mask is 1 at a word, 0 at padding, and comes
#   from the lengths. What stands in the padding is arbitrary and must not matter.
# - A label is a class: 0 negative, 1 positive.
#
# ## 1. Sentences
#
# 10,660 snippets of film reviews, collected by Bo Pang and Lillian Lee (CC BY 4.0), each labelled by whether its review was
# "fresh" or "rotten". The file (0.5 MB) is downloaded once. Which part a sentence belongs to is decided by a hash of its text,
# after copies have been dropped, so that no sentence stands on both sides and everyone's test part is the same.

# %% id="load-sentences"
try:
    sentences = text.load_sentences("rt_polarity")
except seqlab.SeqlabError as error:
    print(
        f"{error}\n\nThis notebook goes on with the 240 sentences inside the package. Everything runs; the accuracies mean little.\n"
    )
    sentences = text.load_sentences("small")
print(sentences)
for row in np.random.default_rng(10).permutation(len(sentences.train))[:6]:
    print(f"{sentences.classes[sentences.train.labels[row]]:9} {sentences.train.texts[row][:100]}")

# %% [markdown] id="part-words"
# A computer reads numbers. Text is cut into words and marks, and each gets an id. Words that the training part shows only
# once are left out: they become id 1, *unknown*, as words of tomorrow's sentences will.

# %% id="vocabulary"
pairs = text.contrast_pairs()  # 40 pairs, written for this lab
made_pairs = text.made_pairs(1200, np.random.default_rng(0))  # from templates, others than those
made = text.both_sides(made_pairs)  # 2,400 sentences

enough = 2 if len(sentences.train) > 1000 else 1
vocabulary = text.Vocabulary.from_texts([*sentences.train.texts, *made.texts], min_count=enough)
V = len(vocabulary)
print(f"{V:,} ids. {vocabulary!r}")
print(text.words("I love this class!"), "->", vocabulary.encode("I love this class!"))

# %% [markdown] id="todo-pad_batch"
# ## 2. One rectangle for many lengths
#
# A batch is a rectangle, sentences are not. Short ones are filled up with a **pad** id, long ones are cut, and a **mask** remembers what is
# real.
#
# ### Exercise 1 · `pad_batch` · 10 points · ≈ 10 min · ●●○
#
# Padding goes to the end; of a long sequence the *first* `maxlen` ids stay, and one of exactly `maxlen` ids stays as it is. The width is
# always `maxlen`, also where every sequence is shorter. (Keras's `pad_sequences` cuts and fills at the front unless told otherwise.) The
# mask comes **from the lengths**: a real word whose id happens to equal `pad` keeps its 1. A sequence may be empty. Ids and `pad` are any
# integers, negative and very large ones too, and they come back as an array of integers. NumPy, lists and loops are all welcome.
#
# By hand: `pad_batch([[7, 8, 9], [0], []], 2, 0)` gives the ids `[[7, 8], [0, 0], [0, 0]]` and the mask `[[1, 1], [1, 0], [0, 0]]`.


# %% id="pad_batch" exercise="pad_batch"
def pad_batch(seqs, maxlen, pad):
    """Sequences of ids as one array, and its mask.

    seqs: list of lists of int; a list may be empty.  maxlen: 1 or more.  pad: the id of padding.
    Returns ids (N, maxlen) integer and mask (N, maxlen), 1 = word, 0 = padding.
    """
    ### BEGIN SOLUTION
    ids = np.full((len(seqs), maxlen), pad)
    mask = np.zeros((len(seqs), maxlen), int)
    for row, seq in enumerate(seqs):
        n = min(len(seq), maxlen)
        ids[row, :n] = seq[:n]
        mask[row, :n] = 1
    return ids, mask
    ### END SOLUTION


# %% id="check-pad_batch" check="pad_batch"
lab.check(pad_batch)

# %% [markdown] id="tweets"
# The lecture shows tweets (one of @IvarHagendoorn's, on MIT's own course) and asks: pleased or not? Two of our own, as a batch:

# %% id="padded-tweets"
padded = lab.working(pad_batch)
T = 30  # words; four sentences out of five are no longer


def to_ids(texts, width=T):
    """ids (N, width) of texts, padded with 0."""
    return np.asarray(padded([vocabulary.encode(t) for t in texts], width, 0)[0])


tweets = ["best lecture of the whole week", "slow slides , cold room , no coffee . never again"]
ids, mask = padded([vocabulary.encode(t) for t in tweets], 13, 0)
fig, ax = plt.subplots(figsize=(10, 1.5), layout="constrained")
ax.imshow(np.asarray(mask), cmap="Blues", vmin=0, vmax=2, aspect="auto")
for (row, column), i in np.ndenumerate(np.asarray(ids)):
    ax.text(column, row, vocabulary.words[i] or "pad", ha="center", va="center", fontsize=9)
ax.axis("off")
fig.set_label(f"Figure: {' words, '.join(str(n) for n in np.asarray(mask).sum(1))} words, the rest of 13 places padding")
plt.show()

# %% [markdown] id="part-bags"
# *Figure: two rows of equal length; the shaded cells are words, the white ones padding.*
#
# ## 3. Bags
#
# MIT's second idea was to count: one place for each word of the vocabulary, in it how often the word stands in the sentence. The lecture's own two
# sentences show the price:

# %% id="count-vectors"
plots.count_vectors(FOOD)
plt.show()

# %% [markdown] id="todo-masked_mean"
# *Figure: the count vectors of the two sentences; all other places are 0. They are the same vector: counts do not keep the order.*
#
# A linear layer on counts, `counts @ W + b`, adds up one row of `W` for each word. So give every word a row of its own, learnt like a weight: an
# **embedding**. With as many numbers as there are classes, the sum of the rows *is* that linear layer; with 64, and the **mean**, it is the simplest
# vector of a sentence.
#
# ### Exercise 2 · `masked_mean` · 10 points · ≈ 5 min · ●●○
#
# Average the vectors of the real words only; divide **each** sentence by **its own** number of words. A sentence without words gives
# zeros, not NaN, and a batch may hold nothing but such sentences. A word whose vector is all zeros is a word: it counts. What stands in the
# padding is any finite number, a million too. All sizes may be 1. Stay with TensorFlow operations, so that a gradient can pass (NumPy's
# numbers are right as well, but nothing can be trained through them).
#
# By hand, with one number for each word: `x=[[1, 3, 99, 99], [5, 6, 7, 99], [5, 6, 7, 8]]` with the mask
# `[[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 0, 0]]` gives `[2, 6, 0]`.


# %% id="masked_mean" exercise="masked_mean"
def masked_mean(x, mask):
    """The mean vector of each text's words.

    x: (B, T, D) float tensor.  mask: (B, T) float tensor of 0 and 1.  Returns (B, D).
    """
    ### BEGIN SOLUTION
    total = tf.reduce_sum(x * mask[:, :, None], axis=1)
    count = tf.reduce_sum(mask, axis=1)[:, None]
    return total / tf.maximum(count, 1.0)
    ### END SOLUTION


# %% id="check-masked_mean" check="masked_mean"
lab.check(masked_mean)

# %% [markdown] id="todo-last_state"
# ## 4. Many to one
#
# A recurrent network reads the words in order; its state after the **last word** has seen them all. In a padded batch the last word stands
# somewhere else in each row, and what comes after it is noise.
#
# ### Exercise 3 · `last_state` · 10 points · ≈ 5 min · ●●○
#
# Pick from each row the state at **its own** last word: `hs[b, lengths[b] - 1]`, for lengths from 1 to T. What comes behind it is noise, and may be
# large. With TensorFlow operations again, so that it can be trained through; `tf.gather(hs, places, axis=1, batch_dims=1)` takes place
# `places[b]` from row b. (A loop over the rows is right too.)
#
# By hand, with one number for each state: `hs=[[1, 2, 3, 4], [5, 6, 7, 8]]` with `lengths=[2, 3]` gives `[2, 7]`.


# %% id="last_state" exercise="last_state"
def last_state(hs, lengths):
    """The state after the last real word of each text.

    hs: (B, T, H) float tensor, the states.  lengths: (B,) int tensor, from 1 to T.  Returns (B, H).
    """
    ### BEGIN SOLUTION
    return tf.gather(hs, lengths - 1, axis=1, batch_dims=1)
    ### END SOLUTION


# %% id="check-last_state" check="last_state"
lab.check(last_state)

# %% [markdown] id="todo-bi_rnn"
# ## 5. Both directions
#
# > *Srivatsan said he needs a vacation.* — *He needs to work harder, Pavlos said about Srivatsan.* (Harvard, CS109B)
#
# Who is "he"? In the first sentence the name came before; in the second it is still to come. A network that reads from left to right cannot
# know it *at the word "he"*. So a second network reads from right to left, and each word gets both states. That is a **bidirectional** RNN, a **BRNN**
# in CS109B's drawing; with LSTM or GRU cells in it, a **BLSTM** or **BGRU**:
#
# $$ \overrightarrow{h}_t = f(x_t, \overrightarrow{h}_{t-1}) \qquad \overleftarrow{h}_t = g(x_t, \overleftarrow{h}_{t+1}) \qquad
# h_t = [\overrightarrow{h}_t \,;\, \overleftarrow{h}_t] $$
#
# ### Exercise 4 · `bi_rnn` · 20 points · ≈ 20 min · ●●●
#
# Two traps. The backward states come out last word first: turn them round, so that position `t` holds the state that has read from the end
# *down to* `t`. And the backward pass of a short sentence begins at **its own last word**, not in the padding.
# Positions after the end are 0 in both halves. Both directions start from zeros. All texts may be shorter than T, and there may be large numbers
# in the padding. NumPy and loops are welcome, over time or over single texts: a step takes any number of rows b, but always rows, `(b, D)`.
#
# By hand: with the steps `h + x` forwards and `h + 10 * x` backwards, `xs=[[1, 2, 4], [1, 2, 4]]` with `lengths=[3, 2]` gives
# `[[[1, 70], [3, 60], [7, 40]], [[1, 30], [3, 20], [0, 0]]]`.


# %% id="bi_rnn" exercise="bi_rnn"
def bi_rnn(fwd, bwd, xs, lengths, H):
    """The states of a bidirectional network.

    fwd, bwd: steps, called as fwd(x, h) with x (b, D) and h (b, H); each returns the new state (b, H).
    xs: (B, T, D) array.  lengths: (B,) ints, from 1 to T.
    Returns (B, T, 2H): forward state first, backward state second, 0 after the end.
    """
    ### BEGIN SOLUTION
    B, T, _ = xs.shape
    states = np.zeros((B, T, 2 * H))
    h_fwd, h_bwd = np.zeros((B, H)), np.zeros((B, H))
    for t in range(T):
        real = (t < lengths)[:, None]
        h_fwd = np.where(real, fwd(xs[:, t], h_fwd), 0)
        states[:, t, :H] = h_fwd
    for t in reversed(range(T)):
        real = (t < lengths)[:, None]
        h_bwd = np.where(real, bwd(xs[:, t], h_bwd), 0)  # still zero at the last word of a short text
        states[:, t, H:] = h_bwd
    return states
    ### END SOLUTION


# %% id="check-bi_rnn" check="bi_rnn"
lab.check(bi_rnn)

# %% [markdown] id="predict-he"
# > **Predict, then run.** The next cell changes one word at a time and measures how far the two states *at "he"* move, in a network with random
# > weights. In which of the four rows does "Srivatsan" have an influence?

# %% id="he-before-and-after"
both_ways = lab.working(bi_rnn)
rng = np.random.default_rng(3)
D, H = 12, 16


def random_step():
    W, U = rng.normal(size=(D, H)) / np.sqrt(D), rng.normal(size=(H, H)) / np.sqrt(H)
    return lambda x, h: np.tanh(x @ W + 1.3 * h @ U)


fwd, bwd = random_step(), random_step()
vector_of = collections.defaultdict(lambda: rng.normal(size=D))
for sentence, at in (
    ("Srivatsan said he needs a vacation", 2),
    ("he needs to work harder , Pavlos said about Srivatsan", 0),
):
    words = sentence.split()
    xs = np.tile([vector_of[w] for w in words], (len(words) + 1, 1, 1))
    for t in range(len(words)):
        xs[t, t] = rng.normal(size=D)  # row t: word t is another one; the last row: none is
    states = np.asarray(both_ways(fwd, bwd, xs.astype("float32"), np.full(len(xs), len(words)), H))[:, at]
    moved = states[:-1] - states[-1]
    plots.two_way_influence(
        words, at, np.linalg.norm(moved[:, :H], axis=1), np.linalg.norm(moved[:, H:], axis=1)
    )
    plt.show()

# %% [markdown] id="part-loss"
# *Figures: for each word, how far the forward and the backward state at "he" (framed) move when that word is changed. Forward, only words up to "he"
# count; backward, only words from "he" on. "Srivatsan" reaches "he" forwards in the first sentence, and in the second only backwards, faintly, from nine words away.*
#
# ## 6. The loss of the slide
#
# The lecture trains its sentiment network with one line:
#
# ```python
# loss = tf.nn.softmax_cross_entropy_with_logits(y, predicted)
# ```
#
# In TensorFlow 2 the *order* is right: labels first. Three traps are left. `y` must be one-hot: class indices run, **silently and
# wrongly**, whenever a batch has as many texts as classes. `predicted` must be logits, although the slide calls the output a probability. And
# Keras's own losses take probabilities unless they are told otherwise. All of these run:

# %% id="loss-traps"
y, z = tf.constant([1, 0]), tf.constant([[3.0, 0.0], [1.0, 2.0]])
cross_entropy = tf.nn.softmax_cross_entropy_with_logits
hot = tf.one_hot(y, 2)
print(f"right                      {tf.reduce_mean(cross_entropy(hot, z)):.3f}")
print(f"y not one-hot              {tf.reduce_mean(cross_entropy(y, z)):.3f}")
print(f"probabilities, not logits  {tf.reduce_mean(cross_entropy(hot, tf.nn.softmax(z))):.3f}")
print(f"arguments swapped          {tf.reduce_mean(cross_entropy(z, hot)):.3f}")

# %% [markdown] id="todo-sentiment_loss"
# ### Exercise 5 · `sentiment_loss` · 15 points · ≈ 5 min · ●●○
#
# Repair the line: class indices in, the mean over the batch out, in nats. The number of classes C is whatever `predicted` has (in the cell
# above it was 2), and there may be as many texts as classes. Logits of ±1000 are legal: `exp(1000)` is infinite, TensorFlow's own function knows how to
# avoid it.
#
# By hand: `y=[0, 1]` with `predicted=[[2, 0], [2, 0]]` costs $\ln(1 + e^{-2}) = 0.126928$ and $\ln(1 + e^{2}) = 2.126928$, in the mean $1.126928$.


# %% id="sentiment_loss" exercise="sentiment_loss"
def sentiment_loss(y, predicted):
    """Softmax cross-entropy, the mean over the batch.

    y: (B,) int tensor, class indices.  predicted: (B, C) float tensor, logits.  Returns a scalar.
    """
    ### BEGIN SOLUTION
    y = tf.one_hot(y, predicted.shape[-1])
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(y, predicted))
    ### END SOLUTION


# %% id="check-sentiment_loss" check="sentiment_loss"
lab.check(sentiment_loss)

# %% [markdown] id="part-train"
# ## 7. Train two networks
#
# Your functions become parts of three networks. The baseline first, your own: the **bag of counts**, which adds up two numbers for each word (a linear
# layer on counts, as said above). Then the **mean** of 64 numbers a word, and a **GRU** that reads the words and hands on its last state. All have dropout, as
# 8,500 sentences are few: after a few passes a network begins to know them by heart.

# %% id="three-networks"
SHAPES = {"x": np.ones((1, 2, 3), "f4"), "mask": np.ones((1, 2), "f4"), "y": np.array([1, 2]), "z": np.ones((2, 3), "f4")}
mean_of = models.trainable(lab.working(masked_mean), lab.reference("masked_mean"), SHAPES["x"], SHAPES["mask"])
last_of = models.trainable(lab.working(last_state), lab.reference("last_state"), SHAPES["x"], np.array([2]))
loss_of = models.trainable(lab.working(sentiment_loss), lab.reference("sentiment_loss"), SHAPES["y"], SHAPES["z"])


def sum_of_rows(x, mask):
    """counts @ W: a row of W for each word, added up; the mean times the number of words."""
    return mean_of(x, mask) * tf.reduce_sum(mask, axis=1, keepdims=True)


def bag_of_counts():
    return models.SentenceModel(V, sum_of_rows, E=None)  # C numbers a word, nothing above


def mean_of_vectors():
    return models.SentenceModel(V, mean_of)  # 64 numbers a word, their mean, a linear layer


def state_at_the_end(hs, mask):
    return last_of(hs, models.lengths(mask))


def gru_last_state():
    return models.SentenceModel(V, state_at_the_end, reader=seqlab.layers.GRU(48, return_sequences=True))


# %% [markdown] id="predict-accuracy"
# > **Predict, then run.** Half of the sentences are positive, so guessing is right half of the time. How many of a hundred new sentences will the bag of
# > counts get right: 60, 70, 80, 90? Will the GRU be better?
#
# **About 25 seconds.**

# %% id="train-two"
import os

# three passes, at least 200 steps; SEQLAB_STEPS=30 for a quick look
STEPS = int(os.environ.get("SEQLAB_STEPS", max(200, 3 * len(sentences.train) // 64 + 1)))


def trained(model, part, steps, rate=2e-3):
    """The model, trained on batches of 64 sentences of a part, at most T words of each."""
    models.train_on_texts(model, loss_of, to_ids(part.texts), part.labels, steps=steps, rate=rate)
    return model


def probability(model):
    """A function from a list of texts to their probabilities of positive, (N,)."""
    return lambda texts: models.positive(model, to_ids(texts))


keras.utils.set_random_seed(6)
real = {
    "bag of counts": trained(bag_of_counts(), sentences.train, STEPS, 1e-2),
    "mean of vectors": trained(mean_of_vectors(), sentences.train, STEPS),
    "GRU, last state": trained(gru_last_state(), sentences.train, STEPS),
}
for name, model in real.items():
    right = (probability(model)(sentences.test.texts) > 0.5) == sentences.test.labels
    print(f"{name:16} {right.mean():.1%} of {len(right):,} new sentences")

# %% [markdown] id="small-differences"
# In our three runs, each of the three was right on between 74 and 79 of a hundred. Before you rejoice over a difference, two kinds of error:
#
# - **The test set.** On 1,054 sentences one standard error of an accuracy $p$ near 77 % is $\sqrt{p(1-p)/1054}$, 1.3 points. Other sentences, other numbers,
#   and no second training will tell you.
# - **The seed.** The same network, trained again from other first weights, is off by a point or two on the *same* sentences.
#
# So one run of each cannot say which of two networks is better when they lie a point apart.
#
# ## 8. After which word does it know?
#
# The GRU has a state after *every* word, so the last layer can be asked for a verdict at every word: many to many. Each position has a label
# (that of its sentence), each padded position has none.
#
# ### Exercise 6 · `masked_accuracy` · 10 points · ≈ 5 min · ●●○
#
# The share of real positions that are right, over the **whole batch** (not the mean of the sentences' shares, in which a word of a short
# sentence would count more). What is real is said by the **labels**: they are `pad` where there is none, and `pad` is any integer, also one that is a class. A row may be padding only, or have none; in
# the whole batch at least one label is real. There may be any number V of classes.
#
# By hand: of `y=[[1, 0, 3], [2, 3, 3]]` with `pad=3` three labels are real. Where the largest logits stand at `[[1, 1, 3], [2, 0, 0]]`, two of
# them are right: $0.666667$.


# %% id="masked_accuracy" exercise="masked_accuracy"
def masked_accuracy(y, logits, pad):
    """The share of labels that are not pad and are predicted by the argmax of the logits.

    y: (B, T) int tensor.  logits: (B, T, V) float tensor.  pad: the id of padding, any int.  Returns one number.
    """
    ### BEGIN SOLUTION
    real = y != pad
    right = (tf.argmax(logits, axis=-1) == y) & real
    return tf.reduce_sum(tf.cast(right, tf.float32)) / tf.reduce_sum(tf.cast(real, tf.float32))
    ### END SOLUTION


# %% id="check-masked_accuracy" check="masked_accuracy"
lab.check(masked_accuracy)

# %% [markdown] id="predict-words"
# > **Predict, then run.** After one word, how often is the verdict right? Does it get better with every word, or in jumps?

# %% id="accuracy-by-word"
accuracy_of = lab.working(masked_accuracy)
gru = real["GRU, last state"]
test_ids = to_ids(sentences.test.texts)
words_logits = gru.logits(gru.states(tf.constant(test_ids)))  # (B, T, 2)
NONE = -1
y = np.where(test_ids > 0, sentences.test.labels[:, None], NONE)
print(f"over all words: {float(accuracy_of(tf.constant(y), words_logits, NONE)):.1%}")

curve = []
for t in range(T):
    only_t = np.where(np.arange(T) == t, y, NONE)  # every label but those of word t is padding
    enough_texts = (only_t != NONE).sum() >= min(100, len(y) // 2)
    curve.append(float(accuracy_of(tf.constant(only_t), words_logits, NONE)) if enough_texts else np.nan)
fig, ax = plt.subplots(figsize=(7, 2.8), layout="constrained")
ax.plot(range(1, T + 1), curve, color="#0072B2", marker="o", markersize=4)
ax.axhline(0.5, color="#666666", linewidth=1, linestyle=(0, (4, 3)))
ax.set(xlabel="words read", ylabel="verdicts that are right", ylim=(0.45, 0.9))
ax.spines[["top", "right"]].set_visible(False)
plt.show()
print("after", ", ".join(f"{n} words {curve[n - 1]:.0%}" for n in (1, 2, 5, 10, 15, 20) if curve[n - 1] > 0))

# %% [markdown] id="todo-deep_birnn"
# *Figure: the share of right verdicts against the number of words read (only lengths that enough sentences reach); dashed: guessing.* The first word tells
# next to nothing. A thousand sentences together climb little by little, since each has its telling word somewhere else; a single sentence jumps at that word
# (section 12).
#
# ## 9. Deep and bidirectional
#
# A layer of states is itself a sequence, which a second layer can read. With both directions in both layers, every word's state can depend on the whole
# sentence already in the lower layer.
#
# ### Exercise 7 · `deep_birnn` · 15 points · ≈ 10 min · ●●○
#
# Build it in Keras: an embedding of V vectors of length E, two `Bidirectional` layers of U units, and C logits. Any of the four may be 1. (If you like,
# add dropout: 0.4 above the embedding and before the logits helps a little here; it must be silent in a prediction.) The lower layer must give its state at every step, and each direction of the upper layer
# reads both directions of the lower one. One model takes any B and T. Every word counts, the unknown word 1 too, in a long text as well, and so does their
# order. The **mask** must reach both layers. Either you compute it, `ids != 0`, and hand it to each of them: `layer(x, mask=mask)`. Or `mask_zero=True` starts
# it in the embedding and it travels by itself, until something silently drops it: a `Lambda`, a bare TensorFlow function, and after Keras 3.15
# a recurrent layer. The check accepts both; it appends zeros to a text, and nothing may change. It also trains the model a little: every weight that is
# trained gets a gradient, and the answer depends on nothing but ids and weights. (The check takes ten seconds and more.)
#
# `deep_birnn(20, 8, 6, 3)` turns ids of shape `(2, 4)` into logits of shape `(2, 3)`.


# %% id="deep_birnn" exercise="deep_birnn"
def deep_birnn(V, E, U, C):
    """Two stacked bidirectional layers: ids (B, T) -> logits (B, C), for any B and T; id 0 is padding.

    V: vocabulary, E: embedding size, U: units, C: classes.
    """
    ### BEGIN SOLUTION
    ids = keras.Input((None,), dtype="int32")
    mask = ids != 0
    x = keras.layers.Embedding(V, E)(ids)
    x = keras.layers.SpatialDropout1D(0.4)(x)
    x = keras.layers.Bidirectional(keras.layers.GRU(U, return_sequences=True))(x, mask=mask)
    x = keras.layers.Bidirectional(keras.layers.GRU(U))(x, mask=mask)
    x = keras.layers.Dropout(0.4)(x)
    return keras.Model(ids, keras.layers.Dense(C)(x))
    ### END SOLUTION


# %% id="check-deep_birnn" check="deep_birnn"
lab.check(deep_birnn)

# %% [markdown] id="train-deep-text"
# Train it on the real sentences; **about 40 seconds**. Meanwhile count its parameters: how many of them are in the embedding?

# %% id="train-deep"
keras.utils.set_random_seed(7)
make_deep = lab.working(deep_birnn)
real["deep bidirectional"] = trained(make_deep(V, 64, 32, 2), sentences.train, STEPS)
real["deep bidirectional"].summary()

# %% [markdown] id="yardstick"
# Its embedding has 64 numbers for each of V words: most of all weights, as the summary says.
#
# An honest comparison needs a strong opponent of the other kind. `ngrams` is a *linear* model on words, pairs and triples of words, and pieces of words,
# each weighted by how much more often it stands in one class (naive Bayes). No state, no order beyond three words. **About 10 seconds.**

# %% id="ngrams"
from seqlab.models.classify import TextClassifier

yardstick = TextClassifier("ngrams").fit(sentences.train, progress=True)
print(yardstick.evaluate(sentences.test))

# %% [markdown] id="todo-contrast_report"
# ## 10. Two tables
#
# Now the question of the first page. The 40 pairs of this lab have the same words in another order, and opposite labels. A model that ignores
# order gives both sentences of a pair the same label: it is right **exactly** half of the time, however good its weights.
#
# ### Exercise 8 · `contrast_report` · 10 points · ≈ 10 min · ●●○
#
# For each model its accuracy on real sentences, and on the `2 · P` single sentences of the pairs (not on whole pairs). Any number of models, sentences and pairs, say 300
# sentences and 40 pairs; the first sentence of a pair may be the negative one. `predict` wants a *list* of texts. Python, NumPy, loops: whatever you like.
#
# By hand: the sentences "good fun", "bad", "not good", "so bad" have the labels `[1, 0, 0, 0]`, and the one pair is
# `("good not bad", 1, "bad not good", 0)`. A model "bag" says 1 unless there are more "bad" than "good"; a model "first word" says 1 if the
# first word is "good". Then the report is `{"bag": (0.75, 0.5), "first word": (1, 1)}`.


# %% id="contrast_report" exercise="contrast_report"
def contrast_report(models, real, pairs):
    """Accuracy of each model on real sentences and on order-contrast pairs.

    models: dict, name -> predict, where predict(list of N texts) gives N labels 0 or 1.
    real: (texts, labels).  pairs: list of (text_a, label_a, text_b, label_b).
    Returns a dict, name -> (accuracy on real, accuracy on pairs), fractions.
    """
    ### BEGIN SOLUTION
    texts, labels = real
    pair_texts = [text for a, _, b, _ in pairs for text in (a, b)]
    pair_labels = [label for _, p, _, q in pairs for label in (p, q)]

    def accuracy(predict, texts, labels):
        return float(np.mean(np.asarray(predict(texts)) == np.asarray(labels)))

    return {
        name: (accuracy(predict, texts, labels), accuracy(predict, pair_texts, pair_labels))
        for name, predict in models.items()
    }
    ### END SOLUTION


# %% id="check-contrast_report" check="contrast_report"
lab.check(contrast_report)

# %% [markdown] id="predict-report"
# > **Predict, then run.** Five models, all trained on real reviews only. Which is best on real sentences? Which of them solve the pairs?

# %% id="report-real"
report_of = lab.working(contrast_report)


def labels_by(probability_of):
    return lambda texts: (probability_of(texts) > 0.5).astype(int)


judges = {name: probability(model) for name, model in real.items()}
judges["n-grams (linear)"] = lambda texts: yardstick.probabilities(texts)[:, 1]
test_set = (list(sentences.test.texts), sentences.test.labels.tolist())
table = report_of({name: labels_by(judge) for name, judge in judges.items()}, test_set, pairs)
plots.two_accuracies(table)
plt.show()

# %% [markdown] id="report-real-text"
# *Figure: accuracy of five models trained on real sentences; dashed: guessing.*
#
# This is one run, and one run cannot rank them. Here are **three seeds** of the same networks, from a run that was kept
# (`python benchmarks/sentiment_lab.py`):

# %% id="three-seeds"
three_seeds = {
    "bag of counts": (77.2, 76.7, 75.9),
    "mean of vectors": (78.1, 78.1, 75.5),
    "GRU, last state": (76.4, 74.9, 75.7),
    "deep bidirectional": (76.7, 74.6, 75.1),
    "n-grams (linear)": (81.5,),  # nothing in it is random
}
plots.seeds_and_error(three_seeds, n=1054)
plt.show()

# %% [markdown] id="three-seeds-text"
# *Figure: accuracy on real sentences, per cent. A dot for each seed: how far training alone moves it. The bar around the mean: one standard error of the
# test set on each side, about 1.3 points, which no further seed makes smaller.*
#
# Two things can be said, and no more. **The linear model is ahead of all others**, by more than four points, three standard errors: most reviews say what they mean with a
# few strong words, and pairs of words. **Among the other four nothing is decided**: their means lie less than two points apart, the seeds of one of them
# up to 2.6. A recurrent network that was to profit from order does at least not show it here, and on the pairs it guesses. It *could* read order, but makes little of it
# (stretch a measures how little): nothing in 8,500 reviews forced
# it to. So let us force it. 2,400 sentences made from templates, none of them
# among the 40 pairs (though of the same ten constructions and the same words), in which only the order decides, and single statements ("The soup was not stale at all."):
#
# > **Predict, then run.** The same four networks and the linear model, trained on these. **About 30 seconds.** Now who solves the pairs? And what
# > will happen to their accuracy on real reviews?

# %% id="train-on-pairs"
keras.utils.set_random_seed(8)
plain = text.plain_sentences()
half = [i for i in np.random.default_rng(1).permutation(len(plain)) if " food " not in plain.texts[i]][:1200]
templates = text.labelled([*made, *plain.only(half)])
PAIR_STEPS = min(STEPS, 300) if "SEQLAB_STEPS" in os.environ else 300
on_pairs = {
    "bag of counts": trained(bag_of_counts(), templates, PAIR_STEPS, 1e-2),
    "mean of vectors": trained(mean_of_vectors(), templates, PAIR_STEPS, 5e-3),
    "GRU, last state": trained(gru_last_state(), templates, PAIR_STEPS, 5e-3),
    "deep bidirectional": trained(make_deep(V, 64, 32, 2), templates, PAIR_STEPS, 5e-3),
}
judges_of_order = {name: probability(model) for name, model in on_pairs.items()}
linear = TextClassifier("ngrams").fit(templates)
competing = judges_of_order | {"n-grams (linear)": lambda texts: linear.probabilities(texts)[:, 1]}
plots.two_accuracies(
    report_of({name: labels_by(judge) for name, judge in competing.items()}, test_set, pairs)
)
plt.show()

# %% [markdown] id="two-tables-text"
# *Figure: the same five models trained on templates.*
#
# **The lesson is the two pictures side by side.** A bag cannot see order, and no training changes that: exactly 50 %. A recurrent network can, if its training
# data ask for it. But so can a table of triples of words: in these constructions "not bad" or "it was good" gives the answer away, and no state is needed
# to see three words. And on real reviews all five now guess: templates about soup and hotels never say "touching" or "dreary". What wins on real data is another question again, and an experiment answers it, not an architecture.
#
# ## 11. When the other side is needed
#
# Why then read in both directions? For the label of a whole *sentence* the forward state has read everything at the last word. It is different for a verdict
# **at a word**, like "he". So leave a word out: in "the soup was ____ , not stale at all ." what is missing praises; in "the soup was ____ , not
# tasty at all ." it blames. Three networks answer at the gap: one has read up to it, one from the end down to it, one both. The labels of all other words
# are padding.
#
# > **Predict, then run.** Each sentence has two adjectives; once the first is left out, once the second. Which of the three networks can tell which gap?
# > What is the *exact* accuracy of the others? **About 30 seconds.**

# %% id="train-at-the-gap"
gaps, new_gaps = text.with_gaps(made_pairs[:1000]), text.with_gaps(made_pairs[1000:])


def labels_at(gaps):
    """(N, T): the label where the gap is, NONE at every other word."""
    return np.where(np.arange(T) == gaps.places[:, None], gaps.labels[:, None], NONE)


def loss_at_gaps(y, logits):  # yours, at the words that have a label
    return loss_of(tf.boolean_mask(y, y != NONE), tf.boolean_mask(logits, y != NONE))


def at_every_word(reads):
    ids = keras.Input((None,), dtype="int32")
    x, mask = keras.layers.Embedding(V, 32)(ids), ids != 0
    if reads == "both":
        h = keras.layers.Bidirectional(keras.layers.GRU(24, return_sequences=True))(x, mask=mask)
    else:
        h = keras.layers.GRU(24, return_sequences=True, go_backwards=reads == "backward")(x, mask=mask)
        h = ops.flip(h, axis=1) if reads == "backward" else h  # last word first: turn it round
    return keras.Model(ids, keras.layers.Dense(2)(h))


at_the_gap = {}
for reads in ("forward", "backward", "both"):
    model = at_every_word(reads)
    models.train_on_texts(model, loss_at_gaps, to_ids(gaps.texts), labels_at(gaps), steps=min(STEPS, 150), rate=1e-2)
    logits = model(tf.constant(to_ids(new_gaps.texts)))
    at_the_gap[reads] = tuple(
        float(accuracy_of(tf.constant(np.where(rows[:, None], labels_at(new_gaps), NONE)), logits, NONE))
        for rows in (~new_gaps.second, new_gaps.second)
    )
plots.two_accuracies(at_the_gap, ("first adjective missing", "second adjective missing"))
plt.show()

# %% [markdown] id="both-sides-text"
# *Figure: how often each network tells whether the missing word praises; dashed: guessing.*
#
# The two sentences of a pair are the same up to the first adjective. So who has only read so far answers both alike and is right **exactly** half of
# the time, whatever was learnt; from the second adjective on the same holds for who reads backwards. Reading both ways is never without the word that counts.
# That is what a BRNN buys, and why it serves at *every word* (names, gaps, parts of speech), where a sentence's single label may not need it.
# (It needs the whole text, too: nobody can read backwards what has not been said yet.)
#
# ## 12. Look inside
#
# The two sentences of the lecture, through the networks that have learnt about order:

# %% id="food-sentences"
plots.verdicts(FOOD, {name: judge(FOOD) for name, judge in judges_of_order.items()})
plt.show()

# %% [markdown] id="predict-trace"
# *Figure: probability of positive for each sentence. The two bags answer twice the same.*
#
# > **Predict, then run.** "The food was not bad at all." After which word can a network know? Will a bag and a recurrent network move at the same word?

# %% id="trace"
sentence = "the food was not bad at all ."
words = text.words(sentence)[:-1]
prefixes = [" ".join([*words[:t], "."]) for t in range(len(words) + 1)]
no_bag = {name: judge for name, judge in judges_of_order.items() if name != "bag of counts"}
plots.word_trace(words, {name: judge(prefixes) for name, judge in no_bag.items()}, unfinished=words.index("bad") + 1)
plt.show()

# %% [markdown] id="neighbours-text"
# *Figure: the probability of positive after each word, as if the sentence ended there, with a full stop. Grey: no sentence yet.* In the grey part,
# "the food was ." is nothing that training has shown, and what a network says there means nothing, however sure it looks. "bad" is the first word that
# decides anything: "the food was not bad ." praises. But of single statements training had only those that end in "at all", so a network may
# be wrong until "all" and right there: only the last point is a sentence of a kind that it has learnt from. To the bag, "bad" is one number to add
# wherever it stands, and "not" another.
#
# **Local or distributed?** In one-hot form each word has a unit of its own, and every word is equally far from every other. A learnt vector spreads a word over
# many numbers, none of which need mean anything alone, and words that do the same work come to lie together. That is *the power of distributed
# representations* (Georgia Tech's lecture, after Moontae Lee): a new thing gets a place among the known ones, **no new unit**; and where D units that are on or off name D
# things locally, their patterns name up to $2^D$.

# %% id="similarities"
shown = [w for w in "moving funny fresh powerful dull boring bad worst mess the of".split() if w in vocabulary]
embedded = {name: np.asarray(real[name].embedding.embeddings) for name in ("mean of vectors", "GRU, last state")}
rows = [vocabulary.index[w] for w in shown]
plots.similarities(shown, {"one-hot (local)": np.eye(len(shown)), "learnt by the GRU": embedded["GRU, last state"][rows]})
plt.show()

# %% id="neighbours"
for name, vectors in embedded.items():
    frequent = vectors[2:1002] - vectors[2:1002].mean(0)  # ids go by frequency
    spread = np.linalg.svd(frequent, compute_uv=False) ** 2
    print(f"{name}: the longest axis has {spread[0] / spread.sum():.0%} of the variance of 1,000 frequent words")
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    for word in (shown[0], shown[-3]):
        near = np.argsort(-(unit @ unit[vocabulary.index[word]]))
        near = [vocabulary.words[i] for i in near if i > 1 and vocabulary.words[i] != word][:6]
        print(f"    {word:8} {', '.join(near)}")

# %% [markdown] id="your-sentences"
# *Figure: cosines between words, one-hot and as the GRU has learnt them.* Look at the printed shares before you admire the neighbours. Under a **mean** and a
# linear layer with two classes, the gradient of every word's vector is a multiple of one and the same vector, the difference of the two columns of
# weights. So all words are pushed along a single line, which then carries far more than one of 64 axes should: its neighbours are neighbours in *polarity*, and
# "distributed" is a big word for it. In the GRU a word's gradient depends on what stands around it.
#
# Now your own. The lecture's is the first, then the two tweets of section 2:

# %% id="your-own"
mine = ["I love this class!", *tweets, "Not my best day, but not a bad one either."]  # TODO: add your own
for sentence, row in zip(mine, np.transpose([judge(mine) for judge in judges.values()])):
    print(sentence)
    for name, p in zip(judges, row):
        print(f"    {name:20} {p:.2f}  {'█' * int(30 * p)}")

# %% [markdown] id="short-answer"
# ## In your own words (no points)
#
# A colleague says: "Recurrent networks understand negation; bags of words do not." You have seen two pictures. What would you answer? Which
# experiment would you show, and what does it *not* show?

# %% [markdown] id="short-answer-cell"
# *Your answer:*

# %% [markdown] id="stretch"
# ## Stretch
#
# ### a) Does it read order at all?
#
# Shuffle the words of the real test sentences and measure again. A model that reads order should suffer. (The bags change only
# because shuffling puts other words among the first 30 of a long sentence.)

# %% id="stretch-shuffle"
rng = np.random.default_rng(5)
shuffled = [" ".join(rng.permutation(text.words(t))) for t in sentences.test.texts]
print("accuracy                  in order   shuffled")
for name, judge in judges.items():
    a, b = (
        np.mean((judge(texts) > 0.5) == sentences.test.labels)
        for texts in (list(sentences.test.texts), shuffled)
    )
    print(f"{name:24} {a:8.1%} {b:10.1%}")

# %% [markdown] id="stretch-both"
# ### b) Both at once
#
# Train the deep network on real sentences **and** templates together (`text.labelled([*sentences.train, *templates])`). Can one network
# have both good numbers? What does it cost on real sentences?
#
# ### c) The best of the package
#
# `TextClassifier("blend")` averages the linear model with a bidirectional GRU whose words bring their spelling and the log-odds of naive Bayes with
# them; training takes one to two minutes. It can be asked for everything this lab did by hand: `.trace(...)`, `.neighbours(...)`, `.evaluate(...)`,
# `.save("mine.npz")`. On the command line: `seqlab sentiment train`. `TextClassifier("tree")` reads a sentence as a tree instead of a chain,
# as Socher et al. (EMNLP 2013) did, whom the lecture cites; lab 8 builds such a network. How would you *prove* that one of them is better than another on these 1,054 sentences?

# %% [markdown] id="part-handin"
# ## Hand in
#
# Checks every answer once more and writes the file to hand in.

# %% id="handin" role="handin"
lab.submit()
