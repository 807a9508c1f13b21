"""What is said of a wrong result that no slip explains: how it goes with what is right, and where it is wrong."""

import os

import numpy as np
import pytest
from mutants import in_notebook

from seqlab.autograder.judging.crashes import crash_slip
from seqlab.autograder.judging.expected import Expected, near_miss
from seqlab.autograder.judging.raised import meaning
from seqlab.autograder.judging.where import whereabouts
from seqlab.autograder.wire.answer_error import AnswerError
from seqlab.checks import exercise
from seqlab.checks.slips import edits

RNG = np.random.default_rng(5)
E = RNG.standard_normal((3, 4, 5))
H = RNG.standard_normal((3, 4, 5))
LONG = RNG.standard_normal((3, 9, 5))
PLACE = np.arange(4)[None, :, None]


def told(got, right=E, passed=(), args=(H, LONG), **how):
    how = {"arguments": ("h", "hs"), "axes": (("B", "T", "H"),)} | how
    case = Expected(args, gives=right, **how)
    return whereabouts([Expected(args, gives=p, **how) for p in passed], [(case, got)])


STEP = "what is carried from step to step?"
EXAMPLE = "is each example computed from its own inputs?"


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (E + 0.3, "every number is off by the same amount"),
        (0.9 * E, "every number is the same multiple of what is right"),
        (E + 2 * H, "to what is right `h` is added"),
        (0.5 * E + 0.5 * H, "what comes back is a mix of what is right and `h`"),
        (0.5 * E + 1, "every number is the same multiple of what is right, and off"),
        (E.astype("f2"), "the numbers are of a small type, float16"),
        (RNG.permutation(E.ravel()).reshape(E.shape), "the right numbers come, in another order"),
        (E * np.array([1, 2, 3])[:, None, None], "each example is a multiple of what is right"),
        (np.sign(E) * np.abs(E) ** 0.7, "each number goes up and down with what is right in its place"),
        (np.where(PLACE == 0, E, H), f"the first step is right, and all others are wrong: {STEP}"),
        (np.where(PLACE == 3, H, E), f"only the last step is wrong: {STEP}"),
        (np.where(PLACE == 0, H, E), f"only the first step is wrong: {STEP}"),
        (np.where(PLACE < 2, E, H), f"it is right up to some step, and wrong from there on: {STEP}"),
        (np.where(PLACE < 2, H, E), f"it is wrong up to some step, and right from there on: {STEP}"),
        (np.concatenate([E[:1], H[1:]]), f"the first example is right, and all others are wrong: {EXAMPLE}"),
        (np.where(PLACE % 2, H, E), "some steps are right and others wrong"),
        (np.where(PLACE % 2, 0, E), "where it is wrong, it is zero"),
        (E + np.abs(H) + 0.01, "wherever it is wrong it is too large"),
        (E - np.abs(H) - 0.01, "wherever it is wrong it is too small"),
        (E[:, :2], "there are too few along axis 1 (T)"),
        (H[:, :3], "there is one too few along axis 1 (T)"),
        (LONG, "there are too many along axis 1 (T)"),
        (H[0], "an axis is missing: the shape is (B, T, H)"),
        (H[None], "there is an axis too many"),
        (H, ""),
        (None, ""),
        ("text", ""),
        (np.full(E.shape, np.nan), ""),
    ],
)
def test_one_result(got, words):
    came = told(got)
    assert came.startswith(words) if words else not came


def test_each_of_these_is_silent_about_what_it_cannot_see():
    """A relation holds in every case, or it is not told."""
    case, other = (Expected((), gives=g) for g in (E, H))
    assert whereabouts([], [(case, E + 0.3)]).startswith("every number is off")
    assert not whereabouts([], [(case, E + 0.3), (other, H + 0.7)]).startswith("every number")
    assert not whereabouts([other], [(case, E + 0.3)]).startswith("every number is off")  # it came right there


def test_what_stands_in_an_argument():
    words = "what comes back stands in `hs`, at another place than what is asked for: look at the index"
    assert told(LONG[:, 2], LONG[:, 4], axes=(("B", "H"),)) == words
    assert told(LONG[:, 2] + H[:, 0], LONG[:, 4], axes=(("B", "H"),)) != words


def test_zeros_and_what_belongs_there():
    right = np.where(PLACE < 2, E, 0)
    assert told(E, right) == "it is wrong only where a zero belongs: is a mask, or padding, forgotten?"


def test_several_results_and_a_dict():
    two = {"names": ("y", "h_new"), "axes": (("B", "T", "H"),) * 2}
    assert told((E, 3 * H), (E, H), **two).startswith("h_new: every number is the same multiple")
    assert told((E, H - E), (E, H), **two | {"arguments": ()}) == "y is right, and only h_new is wrong"
    table = {"a": np.array([0.5, 0.25]), "b": np.array([0.75, 0.125])}
    assert told({k: v + 0.1 for k, v in table.items()}, table).startswith("every number is off by the same amount")
    assert told({"a": 1}, table) == ""


@pytest.mark.parametrize(("size", "words"), [(1, f"it is right where B is one, and wrong where it is more: {EXAMPLE}")])
def test_right_for_a_batch_of_one(size, words):
    def case(B):
        x = RNG.standard_normal((B, 4))
        return Expected((x,), gives=x, arguments=("x",), argument_axes=(("B", "D"),), axes=(("B", "D"),))

    failed = [case(3), case(5)]
    noise = [(c, c.value + RNG.standard_normal(c.value.shape)) for c in failed]
    assert whereabouts([case(size)], noise) == words
    assert whereabouts([case(2), case(size)], noise) != words


# -- in a trial --------------------------------------------------------------------------------------------
def recur(xs, W):
    h, hs = np.zeros((len(xs), len(W))), []
    for s in range(xs.shape[1]):
        h = np.tanh(xs[:, s] + h @ W)
        hs.append(h)
    return np.stack(hs, 1)


LEFT_OUT = "the tanh is missing"


@exercise(
    points=1,
    title="Recur",
    takes="xs (B, T, H), W (H, H)",
    returns="(B, T, H)",
    reference=recur,
    slips=edits(recur, {LEFT_OUT: ("np.tanh", "")}),
)
def recurrent(t):
    for B, T, H in t.sizes("B T H"):
        t.tries(t.normal(B, T, H), t.normal(H, H, scale=0.5))


def changed(old, new):
    from seqlab.autograder.judging.rewritten import rewritten

    return rewritten(recur, recur, (old, new))


@pytest.mark.parametrize(
    ("answer", "slip"),
    [
        (
            changed("range(xs.shape[1])", "range(1, xs.shape[1])"),
            "the loop begins or ends one step too early or too late",
        ),
        (changed("h @ W)", "h @ W + h @ W)"), "a term is there twice"),
        (changed("np.tanh(xs[:, s] + h @ W)", "np.tanh(np.tanh(xs[:, s] + h @ W))"), "`tanh` is taken twice"),
        (changed("xs[:, s] +", "xs[:1, s] +"), "the first of `xs` is taken for all"),
        (changed("hs.append(h)", "hs.append(h); h = np.round(h, 1)"), "the first step is right, and all others"),
        (changed("np.tanh(xs[:, s] + h @ W)", "xs[:, s] - h @ W"), f"two things at once: {LEFT_OUT}; and a `-` stands"),
    ],
)
def test_an_answer_is_told_what_is_true_of_it(answer, slip):
    assert in_notebook(recurrent, recur, 3).passed
    verdict = in_notebook(recurrent, answer, 3)
    assert not verdict.passed
    assert slip in verdict.slip


def test_two_at_once_are_looked_for_only_where_one_does_not_explain_it():
    x, W = RNG.standard_normal((2, 3, 4)), RNG.standard_normal((4, 4))
    cases = [Expected((x + i, W), reference=recur, slips=recurrent.slips, arguments=("xs", "W")) for i in range(2)]
    minus = changed("+ h @ W", "- h @ W")
    assert near_miss([], [(c, minus(*c.args)) for c in cases]) == "a `-` stands where a `+` belongs"
    assert near_miss([], [(c, recur(*c.args) ** 3) for c in cases]) == ""


def test_a_case_that_is_tried_twice_is_looked_at_once():
    """What gives the same in one case only is not named: another case tells them apart."""

    def total(x):
        return np.sum(x) * np.ones(4)

    @exercise(points=1, title="Total", takes="x (N)", reference=total, slips={"the largest, thrice": slip_of_largest})
    def totals(t):
        for x in ([2.0, 4.0, 1.0], [5.0, 1.0, 1.0]):
            with t.case(f"{x}"):
                for _ in range(2):
                    t.tries(np.array(x))

    same_at_first = in_notebook(totals, lambda x: (np.max(x) * 2 + 4) * np.ones(4), 1)
    assert (same_at_first.case, same_at_first.slip) != ("", "the largest, thrice")
    assert in_notebook(totals, slip_of_largest, 1).slip == "the largest, thrice"


def slip_of_largest(x):
    return 3 * np.max(x) * np.ones(4)


def test_what_is_done_to_an_argument_is_not_told_of_a_few_numbers():
    args = np.array([[1.0, 2.0], [3.0, 4.0]]), np.eye(2)
    few = Expected(args, reference=cubed, arguments=("xs", "W"))
    many = [Expected((args[0] + i, np.eye(2)), reference=cubed, arguments=("xs", "W")) for i in range(8)]
    assert near_miss([], [(few, cubed(args[0][:-1], args[1]))]) != "the last of `xs` is left out"
    got = [(case, cubed(case.args[0][:-1], case.args[1])) for case in many]
    assert near_miss([], got) == "the last of `xs` is left out"


def cubed(xs, W):
    return np.sum(np.sum(xs @ W, 1) ** 3)


# -- what is raised ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fails", "words"),
    [
        (lambda: [1][3], "an index lies beyond the end"),
        (lambda: np.zeros(3)[7], "an index lies beyond the end"),
        (lambda: np.array([2959], "uint8"), "a number becomes too large for its type"),
        (lambda: 1 / 0, "something is divided by zero"),
        (lambda: {}["a"], "a dict is asked for a key"),
        (lambda: range(2.5), "a whole number belongs there"),
        (lambda: (1).size, "what stands before the dot"),
        (lambda: None + 1, "None stands where a value belongs"),
        (lambda: [1] + 1, "two things of kinds that do not go together"),
        (lambda: len([])(2), "something that is no function is called"),
        (lambda: bool(np.zeros(2)), "an array stands where one number belongs"),
        (lambda: np.array([[1], [1, 2]]), "the shapes do not fit"),
        (lambda: np.zeros((2, 3)) @ np.zeros((2, 3)), "the shapes do not fit"),
        (lambda: np.zeros(2)[:, :, 0], "there is an index too many"),
        (lambda: float("x"), "a text stands where a number"),
        (lambda: [].index("a"), "a function is given a value that it cannot use"),
        (lambda: next(iter([])), "a generator is asked for more"),
        (lambda: os.listdir("/none"), ""),
    ],
)
def test_what_an_exception_means(fails, words):
    with pytest.raises(Exception) as info:  # noqa: PT011
        fails()
    error = AnswerError(type(info.value).__name__, str(info.value))
    assert meaning(error).startswith(words) if words else not meaning(error)
    assert not words or crash_slip(error, {"": "the exercise's own words"}) == "the exercise's own words"
