"""The loop that samples and feeds back, and which loop a notebook goes on with."""

import numpy as np
import pytest

from seqlab.models import going_round, own_loop, sampling_loop


def sample(logits, temperature, n, seed):
    z = np.asarray(logits, float)
    if temperature == 0:
        return np.full(n, np.argmax(z))
    p = np.exp(z / temperature)
    return np.random.default_rng(seed).choice(len(z), n, p=p / p.sum())


def right(step, state, prime, n, temperature, seed):
    rng = np.random.default_rng(seed)  # other seeds than the reference's, and no step after the last draw
    for i in prime[:-1]:
        _, state = step(i, state)
    new = [prime[-1]]
    for _ in range(n):
        logits, state = step(new[-1], state)
        new.append(sample(logits, temperature, 1, int(rng.integers(2**31)))[0])
    return np.array(new[1:])


def test_a_loop_of_ones_own_is_taken(capsys):
    assert own_loop(right, sample) is right
    assert "your own loop writes" in capsys.readouterr().out


def fed_twice(step, state, prime, n, temperature, seed):
    return sampling_loop(sample)(step, state, [*prime, prime[-1]], n, temperature, seed)


def one_luck(step, state, prime, n, temperature, seed):
    return sampling_loop(lambda logits, t, n, _: sample(logits, t, n, seed))(step, state, prime, n, temperature, seed)


def greedy_is_fed(step, state, prime, n, temperature, seed):
    for i in prime:
        logits, state = step(i, state)
    new = []
    for k in range(n):
        new.append(sample(logits, temperature, 1, seed + k)[0])
        logits, state = step(np.argmax(logits), state)
    return new


def of_no_seed(step, state, prime, n, temperature, seed):
    return right(step, state, prime, n, temperature, None)


WRONG = {
    "is not written yet": lambda *_: None,
    "gave 39 ids": lambda *args: right(*args)[1:],
    "raised ZeroDivisionError": lambda *_: 1 / 0,
    "what `generate` writes": fed_twice,
    "a seed of its own": one_luck,
    "feeds something else": greedy_is_fed,
    "the same ids again": of_no_seed,
}


@pytest.mark.parametrize("words", WRONG)
def test_any_other_is_told_what_it_does_and_the_reference_goes_on(words, capsys):
    loop = own_loop(WRONG[words], sample)
    said = capsys.readouterr().out
    assert words in said
    assert "The reference loop writes" in said
    assert len(loop(lambda i, s: (np.zeros(9), s), None, [2], 30, 1.0, 5)) == 30


def test_a_text_that_goes_round_says_from_where_and_how_far():
    once = np.random.default_rng(0).integers(50, size=90)
    start = [60, 61, 62]
    assert going_round([*start, *once, *once]) == (3, 90)
    assert going_round([*start, *once, *once[:59]]) is None
    assert going_round([*start, *[7] * 60]) is None  # 59 of them stand there again
    assert going_round([*start, *[7] * 61]) == (3, 1)
