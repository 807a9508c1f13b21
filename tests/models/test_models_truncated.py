"""What is farther back than the way back goes is not learnt."""

from seqlab.models import truncated_recall


def test_a_memory_reaches_as_far_as_the_gradient():
    one, four = (truncated_recall(k, [0, 3, 5], steps=150) for k in (1, 4))
    assert min(one[0], four[0], four[1]) > 0.9
    assert max(one[1], one[2], four[2]) < 0.5
