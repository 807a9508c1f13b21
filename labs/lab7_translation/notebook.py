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
# # Lab 7 — Translation
#
# *the dog eats* → *le chien mange*. A sentence goes in, another comes out, longer or shorter, its words in another order. In this lab one network reads
# and another one writes. You will see how much of a sentence fits through the single vector between them, open a second way with
# **attention**, look at where it looks, and search for the best sentence instead of taking the first one.
#
# | | exercise | | points |
# |:--|:--|:--|--:|
# | 1 | `teacher_forcing_pairs` | ≈ 10 min · ●○○ | 10 |
# | 2 | `masked_xent` | ≈ 5 min · ●●○ | 10 |
# | 3 | `encoder_state` | ≈ 10 min · ●●○ | 10 |
# | 4 | `attention` | ≈ 15 min · ●●○ | 20 |
# | 5 | `additive_attention_scores` | ≈ 5 min · ●●○ | 10 |
# | 6 | `greedy_decode` | ≈ 5 min · ●○○ | 10 |
# | 7 | `beam_search` | ≈ 20 min · ●●● | 15 |
# | 8 | `bleu` | ≈ 10 min · ●●○ | 15 |
#
# 90 minutes with the reading; all training together takes about two minutes on two processor cores. Stuck? `lab.hint("attention")` gives a hint, and again
# for the next. Sections after an open exercise go on with a reference answer, and say so.

# %% id="setup" role="setup"
import math, re, collections, functools, heapq, itertools, random
import numpy as np, tensorflow as tf, keras
import matplotlib.pyplot as plt
import seqlab

ops = keras.ops
lab = seqlab.labs.load("lab7")

# %% [markdown] id="what-you-will-see"
# ## What you will see at the end
#
# The lecture's own example, *The black dog jumped over the cat*, in Italian. A network of section 6 has read 334 other pairs for ten seconds. This is where it looked while it
# wrote, in a run that was kept; yours will differ a little.

# %% id="first-picture"
from seqlab import models, plots, text
from seqlab.models.translate import StepByStep, Translator

english, italian = "the black dog jumped over the cat .".split(), "il cane nero saltò sopra il gatto .".split()
kept = np.zeros((8, 8))
kept[range(8), [2, 2, 1, 3, 4, 6, 6, 7]] = [1, 1, 1, 0.94, 0.74, 0.99, 1, 0.99]  # where each word looked most
plots.attention_map(english, italian, kept)
plt.show()

# %% [markdown] id="conventions"
# *Figure: a row for each word that is written, a column for each word that is read; the largest weight of each row. Where two adjacent rows look at two columns in the opposite
# order, adjective and noun have changed places: "black dog", "cane nero".*
#
# **Conventions of this lab**
#
# - Batch first, then time: `q (B, D)`, keys `(B, S, D)`. Labels first: `(y, logits)`. **Logits** everywhere, natural logarithm.
# - S counts the words of the source, T those of the target. B sentences at a time; a function never mixes them.
# - Padding stands at the **end** and is arbitrary. BOS begins a sentence, EOS ends it. Functions that get `pad`, `bos`, `eos` use the argument: it can be any id.
#
# ## 1. A sentence in, a sentence out
#
# > *The black dog jumped over the cat* → *Il cane nero saltò sopra il gatto* (Harvard, CS109B; "cane nero": the adjective has moved behind)
#
# Whoever translates word by word, while reading, writes *il nero* and is stuck. So all of the source is read first, by the **encoder** (many to
# one), and then the **decoder** writes (one to many). That is sequence to sequence, Sutskever, Vinyals and Le, 2014. What passes from one to the other is a single vector,
# a point in a space in which sentences of all lengths must have their place: "encoding bottleneck", says MIT's slide.
#
# The sentences: English and Spanish, from Tatoeba (CC BY), short ones on everyday matters. The file (2.7 MB) is downloaded once.

# %% id="load-pairs"
try:
    everything = text.load_pairs("spa-eng")
except seqlab.SeqlabError as error:
    print(f"{error}\n\nThis notebook goes on with the 420 pairs inside the package. Everything runs; the figures mean little.\n")
    everything = text.load_pairs("small")
pairs = everything.short(9, train=10_000, held_out=1000)
print(pairs)
for source, target in pairs.test[:6]:
    print(f"    {source:40} {target}")

# %% [markdown] id="predict-leak"
# Many sentences have several translations. Split the *pairs* at random, and a sentence of the test may have been learnt by heart with another one. `load_pairs`
# splits by the hash of the *source*.
#
# > **Predict, then run.** Of the test pairs of a random split, how many have a source sentence that also stands in the training part: 0.1 %, 2 %, 20 %?

# %% id="leak-meter"
whole = [*everything.train, *everything.validation, *everything.test]
for name, (train, _, test) in {
    "pairs split at random": text.split_at_random(whole),
    "split by source sentence": (everything.train, everything.validation, everything.test),
}.items():
    print(f"{name:26} {text.source_leakage(train, test):6.1%} of the test's sources are known from training")

# %% [markdown] id="todo-teacher_forcing_pairs"
# ## 2. Fed with the right words
#
# The decoder is a language model that has been told something: given the words so far, it predicts the next. While it is trained, "so far" are the
# **right** words, whatever it would have written itself. So it cannot get lost, and all steps of a sentence are known at once.
# The lectures call it **teacher forcing** (and MLE: it maximises the likelihood of the right sentence).
#
# ### Exercise 1 · `teacher_forcing_pairs` · 10 points · ≈ 10 min · ●○○
#
# What goes in is `[bos] + s`, what should come out is `s + [eos]`: at every place, the word after the one that was fed. Both are then padded **at
# the end** with `pad`, to the length L of the longest sentence and one more. So BOS never comes out, and EOS never goes in: a row that is cut from
# `[bos, …, eos, pad]` holds it still. The ids `bos`, `eos` and `pad` are any different ids, and a word of a sentence may have the id `pad`. `N` may be 1,
# and all sentences may be equally long. Two arrays of integers come back. NumPy, lists, loops: whatever you like.
#
# By hand: `teacher_forcing_pairs([[5, 6, 7], [8]], 1, 2, 0)` gives `[[1, 5, 6, 7], [1, 8, 0, 0]]` and `[[5, 6, 7, 2], [8, 2, 0, 0]]`.


# %% id="teacher_forcing_pairs" exercise="teacher_forcing_pairs"
def teacher_forcing_pairs(seqs, bos, eos, pad):
    """What the decoder is fed, and what it should answer.

    seqs: list of N lists of int, none empty; the longest has L ids.  bos, eos, pad: ids.
    Returns dec_in and dec_out, both (N, L + 1) integer.
    """
    ### BEGIN SOLUTION
    width = max(len(s) for s in seqs) + 1
    dec_in = np.full((len(seqs), width), pad)
    dec_out = np.full((len(seqs), width), pad)
    for row, s in enumerate(seqs):
        dec_in[row, : len(s) + 1] = [bos] + s
        dec_out[row, : len(s) + 1] = s + [eos]
    return dec_in, dec_out
    ### END SOLUTION


# %% id="check-teacher_forcing_pairs" check="teacher_forcing_pairs"
lab.check(teacher_forcing_pairs)

# %% [markdown] id="slip-shift"
# **Find the slip.** A tutorial that thousands have copied pads first and shifts afterwards:
#
# ```python
# whole = pad_sequences([[bos] + s + [eos] for s in seqs], padding="post")
# dec_in, dec_out = whole[:, :-1], whole[:, 1:]
# ```
#
# The longest sentence is right. What is the decoder fed in all others? The test that would have caught it is one line, and runs on any batch:

# %% id="slip-shift-test"
forced = lab.working(teacher_forcing_pairs)
BOS, EOS, PAD = 2, 3, 0
sentences = [[5, 6, 7], [8], [9, 4]]
rows = np.array([[BOS, *s, EOS] + [PAD] * (3 - len(s)) for s in sentences])
for name, dec_in in {"shifted after padding": rows[:, :-1], "yours": forced(sentences, BOS, EOS, PAD)[0]}.items():
    print(f"{name:22} EOS is fed {np.sum(np.asarray(dec_in) == EOS)} times")

# %% [markdown] id="todo-masked_xent"
# ### Exercise 2 · `masked_xent` · 10 points · ≈ 5 min · ●●○
#
# The loss is the cross-entropy, in nats, of the words that should come out. Padding is no word. So: the sum over all positions where `y` is not
# `pad`, divided by **their number**, over the **whole batch**: every word counts the same, in a long sentence as in a short one. `pad` is any id of the
# vocabulary, not always 0. A row may be padding only, or have none; at least one token is real. The logits at padded positions are noise, in the ten
# thousands, and must not matter. Logits of ±1000 are legal.
#
# By hand: `y=[[1, 0, 2]]`, `logits=[[[0, 2, 0], [9, 9, 9], [0, 0, 0]]]` and `pad=0`. The first word costs $\ln(2 + e^2) - 2 = 0.239525$, the second position
# is padding, the third word costs $\ln 3 = 1.098612$; in the mean $0.669069$.


# %% id="masked_xent" exercise="masked_xent"
def masked_xent(y, logits, pad):
    """Softmax cross-entropy, the mean over the tokens that are not pad.

    y: (B, T) int tensor.  logits: (B, T, V) float tensor.  pad: an id.  Returns a scalar.
    """
    ### BEGIN SOLUTION
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits)
    real = tf.cast(y != pad, losses.dtype)
    return tf.reduce_sum(losses * real) / tf.reduce_sum(real)
    ### END SOLUTION


# %% id="check-masked_xent" check="masked_xent"
lab.check(masked_xent)

# %% [markdown] id="slip-mask"
# **Find the slip.** A student reports: "My translator reaches 100 % accuracy in the first minute. The translations are empty." The code:
#
# ```python
# mask = y == pad
# loss = tf.reduce_sum(losses * mask) / tf.reduce_sum(mask)
# ```
#
# One sign. The network is praised for predicting padding and nothing else. Here is a "translator" that has learnt to say PAD, whatever it is
# asked, measured three ways:

# %% id="slip-mask-test"
loss_of = lab.working(masked_xent)
y = tf.constant(np.asarray(forced(sentences, BOS, EOS, PAD)[1]), tf.int64)
says_pad = tf.one_hot(tf.zeros_like(y), 10) * 12.0  # logits (3, 4, 10), 12 at id 0
losses = tf.nn.sparse_softmax_cross_entropy_with_logits(y, says_pad).numpy()
padding = y.numpy() == PAD
print(f"mask the wrong way round  {losses[padding].mean():6.3f} nats")
print(f"no mask                   {losses.mean():6.3f}")
print(f"yours                     {float(loss_of(y, says_pad, PAD)):6.3f}   (guessing among 10 words: {np.log(10):.3f})")

# %% [markdown] id="todo-encoder_state"
# ## 3. Through the eye of a needle
#
# A bidirectional encoder reads the sentence (as in lab 6): `hf[:, t]` has read from the beginning up to t, `hb[:, t]` from the end down to t. The
# decoder begins with one state, made of the two **final** ones:
#
# $$ s_0 = \tanh([\overrightarrow{h}_{\text{last}} \,;\, \overleftarrow{h}_{\text{first}}]\, W + b) $$
#
# ### Exercise 3 · `encoder_state` · 10 points · ≈ 10 min · ●●○
#
# Take each direction's **final** state, the one that has read the whole sentence: of `hf` the one at the row's last word, for lengths from 1 to S; of `hb`,
# the one at position 0. Forward first, then `W`, `b` and the tanh. What stands behind a sentence's end is noise, and may be large. `S` may be 1.
#
# By hand: with one number for each state, `hf=[[1, 2, 9]]`, `hb=[[5, 4, 9]]`, `lengths=[2]`, `W=[[0.1], [0.2]]` and `b=[0]` it is
# $\tanh(0.1 \cdot 2 + 0.2 \cdot 5) = \tanh 1.2 = 0.833655$.


# %% id="encoder_state" exercise="encoder_state"
def encoder_state(hf, hb, lengths, W, b):
    """The decoder's first state.

    hf, hb: (B, S, H) float tensors, forward and backward states, both in the order of the words.
    lengths: (B,) int tensor, from 1 to S.  W: (2H, Hd).  b: (Hd,).  Returns (B, Hd).
    """
    ### BEGIN SOLUTION
    forward = tf.gather(hf, lengths - 1, axis=1, batch_dims=1)
    backward = hb[:, 0]
    return tf.tanh(tf.concat([forward, backward], axis=-1) @ W + b)
    ### END SOLUTION


# %% id="check-encoder_state" check="encoder_state"
lab.check(encoder_state)

# %% [markdown] id="predict-reversal"
# How much fits into that vector? Translation is a muddy place to ask. Here is a language that has no ambiguity at all: the translation of a sequence is the same
# sequence **backwards**. Twelve different tokens, 2 to 14 of them, 8,000 sequences to learn from. The state has 64 numbers, far more than 14 tokens would need if
# each had a place of its own.
#
# > **Predict, then run.** A network with an encoder and a decoder, nothing else between them than one vector, learns to reverse. How many of the tokens will be
# > right in new sequences of 2, 6, 10, 14? **About 20 seconds.**

# %% id="reversal-data"
import os

QUICK = "SEQLAB_STEPS" in os.environ  # SEQLAB_STEPS=1 for a quick look
rng = np.random.default_rng(0)


def backwards(n, lengths):
    """n pairs: a sequence of the tokens 1 to 12, and the same backwards."""
    made = [rng.integers(1, 13, rng.choice(lengths)).tolist() for _ in range(n)]
    return [(s, s[::-1]) for s in made]


to_reverse = backwards(400 if QUICK else 8000, range(2, 15))
new_ones = {n: backwards(100, [n]) for n in range(2, 15, 2)}


def learnt_to_reverse(attention):
    small = {"units": 64, "encoder_units": 32, "embedding_dim": 32, "dropout": 0.0, "min_count": 1}
    model = Translator(attention, batch=128, epochs=1 if QUICK else 16, learning_rate=1e-2, **small)
    return model.fit(to_reverse)


def share_right(model, pairs):
    """The share of places at which the right token stands."""
    written = model.translate([s for s, _ in pairs])
    return np.mean([[a == b for a, b in itertools.zip_longest(w[: len(r)], r)] for w, (_, r) in zip(written, pairs)])

# %% id="reversal-bottleneck"
reversing = {"one vector": learnt_to_reverse("none")}
right = {name: {n: share_right(model, p) for n, p in new_ones.items()} for name, model in reversing.items()}
plots.by_length(right, "tokens that are right", "length of the sequence", chance=1 / 12)
plt.show()

# %% [markdown] id="todo-attention"
# *Figure: the share of tokens that are right in new sequences of each length.*
#
# Short ones pass, long ones do not. Nothing is wrong with the training: the state simply cannot keep apart what it has to, and the longer the sequence, the more of it is lost.
# A wider vector moves the edge, and no more.
#
# ## 4. A second way
#
# When *you* copy a telephone number, you do not learn it by heart. You look back. MIT's slide: "attention mechanisms provide **learnable memory access**". The
# encoder has a state for every word anyway: keep them all, and let the decoder look where it wants to, at every step anew.
#
# It works like a dictionary that is asked a little vaguely. A dictionary compares what you look for, the **query**, with its **keys**, and where one is equal you get its **value**.
# Attention compares by dot product, makes weights of the scores that sum to 1, and gives you the weighted mean of all values:
#
# $$ e_s = \frac{q \cdot k_s}{\sqrt{D}} \qquad \alpha = \text{softmax}(e) \qquad c = \sum_s \alpha_s v_s $$
#
# ### Exercise 4 · `attention` · 20 points · ≈ 15 min · ●●○
#
# D is the size of a key. The softmax runs over the S words of a row, and only over the real ones: a masked word has weight 0, **and the others sum to 1**.
# `mask` is True at a real word. Every row has one, but words may be masked anywhere, not only at the end, or nowhere, and one word may be all that is
# left. The keys and values of masked words are noise, in the thousands. `S` may equal `B`, `S` may be 1, `D` may be 1. Scores of ±1000 are legal.
# Return `(context, weights)`, in this order.
#
# By hand: `q=[[2, 0, 0, 0]]`, the keys `[[[1, 0, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0]]]`, the values 10, 20, 30, and the mask `[True, True, False]`. The scores
# are $2/\sqrt 4 = 1$, 0 and (masked) 1, so the weights are `[[0.731059, 0.268941, 0]]` and the context is `[[12.689414]]`.


# %% id="attention" exercise="attention"
def attention(q, K, V, mask):
    """Scaled dot-product attention of one query a row.

    q: (B, D), K: (B, S, D), V: (B, S, Dv) float tensors.  mask: (B, S) bool tensor, True = a real word.
    Returns context (B, Dv) and weights (B, S).
    """
    ### BEGIN SOLUTION
    scores = tf.einsum("bd,bsd->bs", q, K) / tf.sqrt(float(K.shape[-1]))
    weights = tf.nn.softmax(tf.where(mask, scores, -1e9), axis=-1)
    return tf.einsum("bs,bsv->bv", weights, V), weights
    ### END SOLUTION


# %% id="check-attention" check="attention"
lab.check(attention)

# %% [markdown] id="predict-dictionary"
# A dictionary with four entries: one-hot keys, and 10, 20, 30, 40 as values. The query asks for the second key, harder and harder.
#
# > **Predict, then run.** What comes back if the query is all zeros? How hard must it ask until it gets 20, to one digit?

# %% id="dictionary"
look_up = lab.working(attention)
keys, values = tf.eye(4)[None], tf.constant([[[10.0], [20.0], [30.0], [40.0]]])
every = tf.ones((1, 4), tf.bool)
for loud in (0, 1, 2, 4, 8, 16):
    context, weights = look_up(loud * keys[:, 1], keys, values, every)
    bars = "  ".join(f"{float(w):.2f} {'█' * round(12 * float(w)):12}" for w in np.asarray(weights)[0])
    print(f"{loud:2d} times   {bars}  ->  {float(np.asarray(context)[0, 0]):5.2f}")

# %% [markdown] id="predict-scale"
# From the mean of everything to a plain look-up, without a jump: so there is a slope everywhere, and it can be **learnt** what to ask for.
#
# And the $\sqrt D$? Dot products of random vectors grow with their length. Large scores make the softmax a hard choice, at random, before anything has been learnt; and a hard choice
# has no slope.
#
# > **Predict, then run.** Random queries and keys, ten words. What weight has the largest on the average, and how steep is the softmax there (the sum of |∂α/∂e|
# > of one score), for keys of 4, 64 and 1024 numbers?

# %% id="scale"
rng = np.random.default_rng(1)
print("                not scaled              scaled\n    D   largest weight   slope   largest weight   slope")
for D in (4, 64, 1024):
    scores = np.einsum("bd,bsd->bs", rng.normal(size=(500, D)), rng.normal(size=(500, 10, D)))
    told = []
    for e in (scores, scores / np.sqrt(D)):
        α = tf.nn.softmax(e).numpy()
        slope = np.abs(α[:, :, None] * (np.eye(10) - α[:, None])).sum((1, 2)).mean() / 10
        told += [f"{α.max(1).mean():10.2f} {slope:13.3f}"]
    print(f"{D:5d} {told[0]} {told[1]}")

# %% [markdown] id="predict-reversal-attention"
# Unscaled, the largest of ten words soon has nearly everything, for no reason, and the slope is gone. (Keras's own `Attention` layer does not divide by $\sqrt D$; whoever builds a translator of
# it with keys of 128 numbers begins there.)
#
# > **Predict, then run.** The same network, the same 8,000 sequences; the decoder may look back. What will become of length 14? **About 20 seconds.**

# %% id="reversal-attention"
reversing["attention"] = learnt_to_reverse("dot")
right["attention"] = {n: share_right(reversing["attention"], p) for n, p in new_ones.items()}
plots.by_length(right, "tokens that are right", "length of the sequence", chance=1 / 12)
plt.show()
example = new_ones[10][0][0]
plots.attention_map(*reversing["attention"].attention(example))
plt.show()

# %% [markdown] id="todo-additive_attention_scores"
# *Figures: tokens that are right, by length; and where the decoder with attention looked while it reversed one sequence of ten tokens.* Nobody told it that the first token
# to write is the last one that was read. It has found the other diagonal.
#
# ### Exercise 5 · `additive_attention_scores` · 10 points · ≈ 5 min · ●●○
#
# The first attention for translation (Bahdanau, Cho and Bengio, 2015) scored a word with a small network instead of a dot product:
#
# $$ e_{s} = v \cdot \tanh(q\, W_1 + k_s W_2) $$
#
# `W1` belongs to the query, `W2` to the keys; one tanh over the **sum**; then v. No softmax and no mask: return the scores. Row b of `q` belongs to the
# words of row b, also where `S` equals `B`. `Dq` and `Dk` may be equal, `S` may be 1, and the inputs may be numbers in the hundreds.
#
# By hand: `q=[[1]]`, `K=[[[0], [1]]]`, `W1=[[1, 0]]`, `W2=[[1, 1]]` and `v=[1, 2]`. The first word scores $\tanh(1) + 2 \tanh(0)$, the second
# $\tanh(2) + 2 \tanh(1)$: `[[0.761594, 2.487216]]`.


# %% id="additive_attention_scores" exercise="additive_attention_scores"
def additive_attention_scores(q, K, W1, W2, v):
    """Bahdanau's scores, before mask and softmax.

    q: (B, Dq), K: (B, S, Dk), W1: (Dq, U), W2: (Dk, U), v: (U,) float tensors.  Returns (B, S).
    """
    ### BEGIN SOLUTION
    hidden = tf.tanh((q @ W1)[:, None, :] + K @ W2)  # (B, S, U)
    return tf.einsum("bsu,u->bs", hidden, v)
    ### END SOLUTION


# %% id="check-additive_attention_scores" check="additive_attention_scores"
lab.check(additive_attention_scores)

# %% [markdown] id="part-train"
# Query and keys may have different sizes here, and nothing needs a scale: the tanh keeps every score within $\pm\sum|v|$. Why the tanh at all? Without it $q W_1$ adds the same number to all words, and a softmax
# does not see what is added to all: the query would have no say.
#
# ## 5. Spanish
#
# The same two networks, one with attention and one without, on 10,000 pairs: an embedding of 64 numbers a word, an encoder of GRUs in both directions, a decoder of 128 units. Both get the
# same pairs, the same number of passes and the same rate.
#
# > **Predict, then run.** The sentences have nine words and marks at most; the bottleneck above had 64 numbers, this one has 128. Does it matter here at all? **About 80 seconds.**

# %% id="train-two"
PASSES = 1 if QUICK else 6
learn_from = pairs.train[:300] if QUICK else pairs.train
translators = {
    name: Translator(kind, epochs=PASSES).fit(learn_from, pairs.validation[:500])
    for name, kind in {"one vector": "none", "attention": "dot"}.items()
}
for name, model in translators.items():
    print(f"{name:12} {model.parameters:9,} numbers, {model.history!r}")

# %% id="learning-curves"
fig, ax = plt.subplots(figsize=(6.2, 3), layout="constrained")
for (name, model), line in zip(translators.items(), ("o-", "s--")):
    ax.plot(model.history.val_steps, model.history.val_loss, line, label=name)
ax.set(xlabel="steps", ylabel="held-out loss, nats a word")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False)
plt.show()

# %% id="some-translations"
by_source = dict(pairs.test)  # one translation of each
longer = [pair for pair in by_source.items() if len(text.cut(pair[0])) > 5]
shown = longer[:5]
written = {name: model.translate([s for s, _ in shown]) for name, model in translators.items()}
for i, (source, target) in enumerate(shown):
    print(f"{source}\n    {'a person':12} {target}")
    for name, translations in written.items():
        print(f"    {name:12} {translations[i]}")

# %% [markdown] id="part-look"
# *Figure: the loss on sentences that were not trained on, after each pass.*
#
# English words among the Spanish are names and words that the network does not know: where it wants to write "unknown", the word at which attention looked most is copied. How good all this is
# gets a number in section 9. First, where it looks.
#
# ## 6. Where it looks
#
# The attention is a matrix of weights, each row with the sum 1. Nobody told the network which word belongs to which; it found out because that helps to predict the next one. First the lecture's own sentence, with a
# network that learns from the other 334 Italian pairs of a small set made of 44 words. **About 10 seconds.**
#
# > **Predict.** *The black dog jumped over the cat.* → *Il cane nero saltò sopra il gatto.* Italian has a masculine and a feminine "the". At which English word will the row of *il* look?

# %% id="train-italian"
LECTURE = "The black dog jumped over the cat.", "Il cane nero saltò sopra il gatto."
others = [pair for pair in text.load_pairs("small-it").train if pair != LECTURE]
small = {"units": 64, "encoder_units": 32, "embedding_dim": 32, "batch": 32, "min_count": 1}
italian = Translator("dot", epochs=1 if QUICK else 25, learning_rate=1e-2, **small).fit(others)
print(LECTURE[0], "->", italian.translate([LECTURE[0]])[0])
plots.attention_map(*italian.attention(*LECTURE))
plt.show()

# %% id="italian-slider"
plots.decoder_slider(*italian.attention(*LECTURE), title=" → ".join(LECTURE))

# %% [markdown] id="predict-spanish"
# *Figure: a row of weights for each word. Below it the same step by step: move the slider with the mouse or the arrow keys.* The first *il* looks at the **noun**: its gender decides the article. Then
# *cane* and *nero* look at *dog* and *black*, one after the other, in the opposite order.
#
# > **Predict, then run.** The Spanish network, made to write a given translation. A Spanish question begins with *¿*. How can a decoder know, at its very first word, that it will be a question?

# %% id="attention-spanish"
SPANISH = everything.languages[1] == "Spanish"
sentence, translation = (
    ("Do you have a red pencil?", "¿Tienes un lápiz rojo?")
    if SPANISH
    else ("The black dog follows the cow.", "Le chien noir suit la vache.")
)
plots.attention_map(*translators["attention"].attention(sentence, translation))
plt.show()

# %% [markdown] id="todo-greedy_decode"
# *Figure: the weights while the Spanish network writes "¿Tienes un lápiz rojo?". Its first row looks at the question mark at the other end.*
#
# Read such pictures with care. The encoder's state at a word has read the neighbours too, so a look at the next column need not mean another word (on a real corpus the rows are often one column off); and a weight says where
# something was taken from, not why.
#
# ## 7. Left alone
#
# Under teacher forcing somebody whispers every right word. In use there is nobody: the decoder is fed with its **own** words.
#
# ### Exercise 6 · `greedy_decode` · 10 points · ≈ 5 min · ●○○
#
# `step(i, state)` is the decoder: it takes the last id and its state, and gives `(logits, new_state)`. The encoder has made the first `state`. Feed `bos`
# first; take the argmax; feed it back with the **new** state. Stop at `eos`, or after `max_len` ids. Return the ids as a list, **without** `bos` and `eos`:
# the list may be empty, and has exactly `max_len` ids where EOS never comes. Call `step` at most `max_len` times; EOS may come at the last call. `max_len` may be 1. BOS
# and EOS are any two ids; only EOS is special: a predicted BOS is an ordinary id, and so is 0.
#
# By hand: with `bos=0` and `eos=1`, if the largest logit after 0 is that of 2, after 2 that of 3, and after 3 that of 1, the result is `[2, 3]`.


# %% id="greedy_decode" exercise="greedy_decode"
def greedy_decode(step, state, bos, eos, max_len):
    """Write a sentence, always with the likeliest next word.

    step: called as step(i, state) with one id; returns (logits (V,), new_state).  state: the first state.
    Returns a list of ids, without bos and eos, at most max_len of them.
    """
    ### BEGIN SOLUTION
    i, ids = bos, []
    for _ in range(max_len):
        logits, state = step(i, state)
        i = int(np.argmax(logits))
        if i == eos:
            break
        ids.append(i)
    return ids
    ### END SOLUTION


# %% id="check-greedy_decode" check="greedy_decode"
lab.check(greedy_decode)

# %% [markdown] id="greedy-real"
# Your loop, on the network:

# %% id="greedy-real-run"
greedy = lab.working(greedy_decode)
for sentence, _ in longer[5:9]:
    one = StepByStep(translators["attention"], sentence)
    ids = greedy(one.step, one.state, one.bos, one.eos, 20)
    print(f"{sentence:36} {one.sentence(ids)}")

# %% [markdown] id="predict-exposure"
# Sampling from the logits would be the other way to choose (lab 5); a translation wants the best, not a typical one.
#
# A decoder that has only ever been fed right words has never seen a wrong one. What does it do after its first own mistake? The network that reverses through one vector makes enough of them.
# `yours` are the tokens right at each place when it is fed what it wrote; the other line feeds it the right ones, with your `teacher_forcing_pairs`.
#
# > **Predict, then run.** At which places will the two lines be apart? Can they differ at the first?

# %% id="exposure"
def with_right_prefix(model, pairs):
    """(N, T) bool: is the next token right, given the right ones before it?"""
    source = np.stack([model.source.ids(model.source.tokens(s)) for s, _ in pairs])
    targets = [model.target.ids(model.target.tokens(r)).tolist() for _, r in pairs]
    dec_in, dec_out = forced(targets, 2, 3, 0)
    logits = model.network((tf.constant(source, tf.int32), tf.constant(np.asarray(dec_in), tf.int32)))
    return (np.argmax(logits, -1) == np.asarray(dec_out))[:, :-1]


def with_own_prefix(model, pairs):
    written = model.translate([s for s, _ in pairs])
    return np.array([[i < len(w) and w[i] == token for i, token in enumerate(r)] for w, (_, r) in zip(written, pairs)])


tens = backwards(600, [10])
lines = {
    "fed the right tokens": with_right_prefix(reversing["one vector"], tens).mean(0),
    "fed its own": with_own_prefix(reversing["one vector"], tens).mean(0),
}
plots.by_length({name: dict(enumerate(line.tolist(), 1)) for name, line in lines.items()}, "tokens that are right", "place")
plt.show()

# %% [markdown] id="todo-beam_search"
# *Figure: the share of right tokens at each place of sequences of ten, by the same network on the same sequences.* The first token has nothing before it: there the two cannot differ. From then on a
# wrong token leads to states that training never showed, and mistakes breed mistakes. This is called **exposure bias**.
#
# ## 8. Search
#
# The likeliest next word, again and again, is not the likeliest sentence. A first word that is only second best may open the way to something far better.
#
# ### Exercise 7 · `beam_search` · 15 points · ≈ 20 min · ●●●
#
# Keep the `k` best **hypotheses**, each a sequence with its score, the sum of its log-probabilities (natural). At every step, expand each with every id, and
# keep the `k` best of **all** these continuations. One that has ended with EOS is finished: put it aside, its score includes log P(EOS), and do not expand
# it. After `max_len` steps (EOS counts as one) one that is not finished is cut and counts as it stands. Return `(seq, score)` of the best of all, finished or
# cut, by total score: **no length normalisation**. `seq` is without BOS and EOS; it may be empty.
#
# `step(prefix)` gives the log-probabilities (V,) of the next id. The prefix is a tuple or list of ids that begins with BOS; it is the state. Call it at most
# `k * max_len + 1` times. With `k = 1` this is greedy decoding, with a very wide beam it finds the best sequence of all, and between them two
# hypotheses find what one misses. Whether a finished one keeps its place among the `k` or gives it to another is up to you. BOS and EOS are any two ids, BOS is never
# predicted (its probability is practically 0), and `max_len` may be 1.
#
# By hand, with BOS 0 and EOS 1: the probabilities of the ids 1, 2, 3 are .1 .5 .4 at first, .3 .4 .3 after 2, .9 .05 .05 after 3, and .5 .25 .25
# otherwise. With `max_len=3`, one hypothesis goes 2, 2, EOS: `([2, 2], ln 0.1)`, which is $-2.302585$. Two find `([3], ln 0.36)`, $-1.021651$.


# %% id="beam_search" exercise="beam_search"
def beam_search(step, bos, eos, k, max_len):
    """The best sequence that a beam of k hypotheses finds.

    step: called as step(prefix), a tuple or list of ids that begins with bos; returns log-probabilities (V,).
    Returns (seq, score): a list of ids without bos and eos, and its total log-probability.
    """
    ### BEGIN SOLUTION
    beams, done = [([], 0.0)], []
    for _ in range(max_len):
        longer = []
        for seq, score in beams:
            log_p = step([bos] + seq)
            longer += [(seq + [i], score + float(log_p[i])) for i in range(len(log_p))]
        best = sorted(longer, key=lambda hypothesis: hypothesis[1], reverse=True)[:k]
        done += [(seq[:-1], score) for seq, score in best if seq[-1] == eos]
        beams = [(seq, score) for seq, score in best if seq[-1] != eos]
    return max(done + beams, key=lambda hypothesis: hypothesis[1])
    ### END SOLUTION


# %% id="check-beam_search" check="beam_search"
lab.check(beam_search)

# %% [markdown] id="tree-text"
# The example, as a tree. The number beside an id is the probability of the whole way to it:

# %% id="tree"
AFTER = {(0,): [0, 0.1, 0.5, 0.4], (0, 2): [0, 0.3, 0.4, 0.3], (0, 3): [0, 0.9, 0.05, 0.05]}


def toy(prefix):
    return np.log(np.maximum(AFTER.get(tuple(prefix), [0, 0.5, 0.25, 0.25]), 1e-30))


search = lab.working(beam_search)
for k in (1, 2):
    seq, score = search(toy, 0, 1, k, 3)
    plots.beam_tree(toy, ["BOS", "EOS", "2", "3"], 0, 1, k, 3)
    plt.show()
    print(f"k = {k}: your search finds {list(seq)} with probability {np.exp(score):.2f}")

# %% [markdown] id="tree-real-text"
# *Figures: what is kept is drawn in colour, what is dropped is grey, the winner thick. One hypothesis follows .5 into a place where nothing is likely. Two keep .4, whose end is nearly certain.*
#
# And on the network, with the one sentence that you like best:

# %% id="search-real"
sentence = longer[9][0]  # TODO: try your own
one = StepByStep(translators["attention"], sentence)
print(sentence)
for k in (1, 2, 4, 8):
    ids, score = search(one.log_p, one.bos, one.eos, k, 14)
    print(f"    k = {k}   ln P {score:7.3f}   {one.sentence(ids)}")

# %% [markdown] id="todo-bleu"
# ## 9. How good is it?
#
# Two people translate differently, and both are right. So nobody asks for the same sentence, but for pieces of it.
#
# ### Exercise 8 · `bleu` · 15 points · ≈ 10 min · ●●○
#
# BLEU (Papineni et al., 2002) asks how many of the translation's k-grams stand in the reference:
#
# $$ p_k = \frac{\text{clipped matches}}{\text{k-grams in pred}} \qquad \text{BLEU} = e^{\min(0,\; 1 - |\text{ref}| / |\text{pred}|)} \Big(\prod_{k=1}^{n} p_k\Big)^{1/n} $$
#
# **Clipped**: each k-gram counts at most as often as in `ref`. All n have the same weight, 1/n. The first factor is the brevity penalty; a longer
# translation is not punished (its k-grams are more, which is punishment enough). **No smoothing**: if one $p_k$ is 0, BLEU is 0.0. So it is for a
# translation of fewer than `n` words (one of exactly `n` words has one n-gram); `pred` may be empty. Words are compared as they are, capitals too. `n` is 4 unless it is given.
#
# By hand, with `ref` "the cat sat on the mat": `ref` itself has 1. Its first five words have all their k-grams right, and
# $e^{1 - 6/5} = 0.818731$. "the the cat" with `n=2` has $p_1 = 3/3$ (there are two "the"), $p_2 = 1/2$ and $e^{1 - 6/3}$: $0.260130$. `["a"]` has 0.


# %% id="bleu" exercise="bleu"
def bleu(pred, ref, n=4):
    """BLEU of one translation against one reference.

    pred, ref: lists of words; pred may be empty.  n: the longest k-grams.  Returns a float from 0 to 1.
    """
    ### BEGIN SOLUTION
    if len(pred) < n:
        return 0.0
    product = 1.0
    for k in range(1, n + 1):
        ours = collections.Counter(tuple(pred[i : i + k]) for i in range(len(pred) - k + 1))
        theirs = collections.Counter(tuple(ref[i : i + k]) for i in range(len(ref) - k + 1))
        product *= sum((ours & theirs).values()) / sum(ours.values())  # & keeps the smaller count
    return math.exp(min(0, 1 - len(ref) / len(pred))) * product ** (1 / n)
    ### END SOLUTION


# %% id="check-bleu" check="bleu"
lab.check(bleu)

# %% [markdown] id="slip-bleu"
# **Find the slip.** Two lines from the wild. A well-known textbook writes `score *= p_k ** (0.5 ** k)`. A well-known script ends with `np.mean([bleu(p, r) for p, r in pairs])`. Neither crashes, both give a number
# from 0 to 1. What they do to the same translations:

# %% id="slip-bleu-test"
bleu_of = lab.working(bleu)
test = [pair for pair in pairs.test if len(text.cut(pair[1])) >= 4]
translations = translators["attention"].translate([s for s, _ in test])
cut_up = [(text.cut(written), text.cut(target)) for written, (_, target) in zip(translations, test)]


def textbook(pred, ref, n=4):
    """Weights 1/2, 1/4, 1/8, 1/16 instead of 1/4 each."""
    p = []
    for k in range(1, n + 1):
        ours, theirs = (collections.Counter(zip(*[words[i:] for i in range(k)])) for words in (pred, ref))
        p.append(sum((ours & theirs).values()) / max(1, sum(ours.values())))
    return math.exp(min(0, 1 - len(ref) / len(pred))) * math.prod(q ** (0.5**k) for k, q in enumerate(p, 1))


corpus = models.translate.corpus_scores(translations, [[target] for _, target in test])
print(f"sacrebleu, over the corpus                {corpus.bleu:.3f}")
print(f"yours, the mean over the sentences        {np.mean([bleu_of(p, r) for p, r in cut_up]):.3f}")
print(f"weights 1/2^k, the mean over sentences    {np.mean([textbook(p, r) for p, r in cut_up]):.3f}")

# %% [markdown] id="evaluate-text"
# Nearly every short sentence has some $p_4 = 0$, and a 0 for all of it. So BLEU is a measure of a **corpus**: matches and k-grams are added up over all sentences, and divided once. A number from one paper may be compared with one of another only
# if both say how it was made; sacrebleu prints it. Beside it, chrF compares letters instead of words, and does not know such zeros.
#
# > **Predict, then run.** Attention against one vector, 1,000 new sentences, each against all translations that Tatoeba has of it. How much better?

# %% id="evaluate"
for name, model in translators.items():
    print(f"{name:12} {model.evaluate(pairs.test)}")

# %% [markdown] id="evaluate-figures"
# That is one run, and short of good: ten thousand sentences are few, six passes are few, and a third of a million of the parameters are vectors of words. But the order of the two is not in doubt: the intervals are far apart. (In a run that was kept it was BLEU-4
# 0.154 against 0.035.)

# %% [markdown] id="predict-beams"
# ## 10. The best score is not the best sentence
#
# > **Predict, then run.** A wider beam finds sentences with a higher probability. What will it do to BLEU? **About 15 seconds.**

# %% id="beams"
model = translators["attention"]
chosen = list(by_source)[: 40 if QUICK else 300]
some = [(source, target) for source, target in pairs.test if source in set(chosen)]
for k in (1, 2, 3, 5, 10):
    ln_p = np.mean([model.hypotheses(source, beam=k)[0][1] for source in chosen[:60]])
    print(f"k = {k:2d}   mean ln P {ln_p:7.3f}   BLEU-4 {model.evaluate(some, beam=k, draws=0).bleu:.3f}")

# %% [markdown] id="predict-empty"
# The probability goes up and up. BLEU gains from a second hypothesis, and hardly from more: what is found now is likelier, not better.
#
# Search far enough, and you find out what the network really believes. Every word of a sentence is a factor below 1, and the **empty translation** has one factor only: EOS at once.
#
# > **Predict, then run.** For sentences of more and more words (beyond nine they are longer than any in training): ln P of the greedy translation, and of the empty one. Which curve falls? Do they cross?

# %% id="empty"
by_words = collections.defaultdict(list)
for source in dict(everything.test):
    by_words[len(text.cut(source))].append(source)
rows = []
for n in (3, 6, 9, 12, 15, 18):
    for source in by_words[n][: 2 if QUICK else 15]:
        one = StepByStep(model, source)
        rows.append((n, model.hypotheses(source, beam=1)[0][1], one.log_p([one.bos])[one.eos]))
rows = np.array(rows)
fig, ax = plt.subplots(figsize=(6.2, 3), layout="constrained")
for column, (name, look) in enumerate({"greedy translation": "o-", "empty translation": "s--"}.items(), 1):
    ax.plot(np.unique(rows[:, 0]), [rows[rows[:, 0] == n, column].mean() for n in np.unique(rows[:, 0])], look, label=name)
ax.set(xlabel="words and marks of the source", ylabel="mean ln P")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False)
plt.show()
likelier = {int(n): np.mean(rows[rows[:, 0] == n, 2] > rows[rows[:, 0] == n, 1]) for n in np.unique(rows[:, 0])}
print("the empty one is likelier:", ", ".join(f"{share:.0%} at {n}" for n, share in likelier.items()))

# %% [markdown] id="length-penalty"
# *Figure: the mean log-probability of what greedy decoding writes, and of nothing at all, by the length of the source.* A search that missed nothing would answer long sentences with silence. Large translators do it too: Stahlberg and Byrne (2019) searched exhaustively
# and found the empty sentence best for more than half of a test set. Greedy decoding and narrow beams translate well *because* they search badly. Those who want a wide beam divide the score by a power of the length (Wu et al., 2016): `translate(..., beam=5,
# length_penalty=1.0)`.

# %% [markdown] id="short-answer"
# ## In your own words (no points)
#
# A colleague says: "Our translator scores higher with a beam of 50, so it translates better." Another: "Attention shows us why the network chose a word." What would you answer, and which picture of this lab would you show?

# %% [markdown] id="short-answer-cell"
# *Your answer:*

# %% [markdown] id="stretch"
# ## Stretch
#
# ### a) Additive attention
#
# `Translator("additive")` has the scores of exercise 5 in the place of the dot product. Is it better? How many numbers more has it, and how many seconds?
#
# ### b) Your own sentences
#
# `translators["attention"].translate(["Where is the black dog?"])`. Find one that it cannot do, and look at the attention: did it look in the right place and write the wrong word, or the other way round?
#
# ### c) One to many
#
# The decoder does not care where its first state comes from. Captions of pictures are written by the same loop, the encoder being a network for images (one to many, in the lecture's table). What would the **keys** be there?
#
# ### d) Another language
#
# `text.load_pairs("fra-eng")`, `"multi30k-de"` (captions, for research and teaching only), or a file of yours, a sentence, a tab, a translation in each line. On the command line: `seqlab translate train`.

# %% [markdown] id="part-handin"
# ## Hand in
#
# Checks every answer once more and writes the file to hand in.

# %% id="handin" role="handin"
lab.submit()

