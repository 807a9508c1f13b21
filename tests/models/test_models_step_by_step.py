"""A translator's decoder, one step a call: the same sentence and the same probability as its own search."""

import numpy as np
import pytest

from seqlab.models.translate import StepByStep, Translator


@pytest.fixture(scope="module", params=["none", "dot"])
def model(request):
    rng = np.random.default_rng(0)
    pairs = [(s, s[::-1]) for s in (rng.integers(1, 6, rng.integers(2, 5)).tolist() for _ in range(200))]
    return Translator(request.param, units=16, encoder_units=8, embedding_dim=8, epochs=6, min_count=1).fit(pairs)


def test_a_loop_of_steps_writes_what_translate_writes(model):
    for sentence in ([1, 2, 3], [4, 4], [5, 1, 2, 3]):
        one = StepByStep(model, sentence)
        i, state, ids = one.bos, one.state, []
        while len(ids) < 2 * len(sentence) + 8:
            logits, state = one.step(i, state)
            if (i := int(np.argmax(logits))) == one.eos:
                break
            ids.append(i)
        assert [one.sentence(ids)] == model.translate([sentence])


def test_log_probabilities_add_up_to_those_of_the_search(model):
    one = StepByStep(model, [1, 2, 3])
    (written, log_p), *_ = model.hypotheses([1, 2, 3], beam=1)
    ids = [*model.target.ids(model.target.tokens(written)).tolist(), one.eos]
    total = sum(one.log_p((one.bos, *ids[:n]))[i] for n, i in enumerate(ids))
    assert total == pytest.approx(log_p, abs=1e-4)
    assert np.exp(one.log_p([one.bos]))[[0, one.bos]].tolist() == [0, 0]
