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

# %% [markdown] id="todo-attention"
# ## 4. A second way
#
# ### Exercise 4 · `attention` · 20 points · ≈ 15 min · ●●○
#
# $$ e_s = \frac{q \cdot k_s}{\sqrt{D}} \qquad \alpha = \text{softmax}(e) \qquad c = \sum_s \alpha_s v_s $$
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

# %% [markdown] id="todo-additive_attention_scores"
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

# %% [markdown] id="todo-greedy_decode"
# ## 7. Left alone
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

# %% [markdown] id="todo-beam_search"
# ## 8. Search
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

# %% [markdown] id="todo-bleu"
# ## 9. How good is it?
#
# ### Exercise 8 · `bleu` · 15 points · ≈ 10 min · ●●○
#
# BLEU (Papineni et al., 2002) asks how many of the translation's k-grams stand in the reference:
#
# $$ p_k = \frac{\text{clipped matches}}{\text{k-grams in pred}} \qquad \text{BLEU} = e^{\min(0,\; 1 - |\text{ref}| / |\text{pred}|)} \Big(\prod_{k=1}^{n} p_k\Big)^{1/n} $$
#
# **Clipped**: each k-gram counts at most as often as in `ref`. All n have the same weight, 1/n. The first factor is the brevity penalty; a longer
# translation is not punished (its k-grams are more, which is punishment enough). **No smoothing**: if one $p_k$ is 0, BLEU is 0.0. So it is for a
# translation of fewer than `n` words; `pred` may be empty. Words are compared as they are, capitals too. `n` is 4 unless it is given.
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

# %% [markdown] id="part-handin"
# ## Hand in
#
# Checks every answer once more and writes the file to hand in.

# %% id="handin" role="handin"
lab.submit()
