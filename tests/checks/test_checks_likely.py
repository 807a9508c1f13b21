"""What any exercise recognises in a wrong result, though it declares no slip for it."""

import numpy as np
import pytest
from mutants import in_notebook

from seqlab.autograder.judging.expected import Expected, likely_slips
from seqlab.checks import Served, exercise, sign, tensor

RNG = np.random.default_rng(3)
E = RNG.standard_normal((2, 3, 4))


def halves(x):
    return x / 2


def said(got, expected=E, args=(), **how):
    """The first words that explain a result."""
    case = Expected(args, reference=how.pop("again", None), gives=expected, **how)
    return next(iter(likely_slips([], [(case, got)])), "")


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (E[:, ::-1], "the result is in reverse order along axis 1 (T)"),
        (E[::-1], "the result is in reverse order along axis 0 (B)"),
        (E.swapaxes(0, 1), "the first two axes are the wrong way round: it is (T, B, O)"),
        (E.transpose(2, 1, 0), "the axes are in another order: it is (O, T, B)"),
        (E.swapaxes(0, 1).reshape(E.shape), "a reshape of (T, B, O) has mixed the numbers up"),
        (E[..., None], "there is an axis of length 1 too many, axis 3, the shape is (B, T, O): leave it out"),
        (E[None], "there is an axis of length 1 too many, axis 0"),
        (np.concatenate(list(E.swapaxes(0, 1)), 1), "the parts along axis 1 (T) are joined along axis 1 of theirs"),
        (np.concatenate(list(E.swapaxes(0, 1)), 0), "the parts along axis 1 (T) are joined along axis 0 of theirs"),
        (E.ravel(), "the result is flat, the shape is (B, T, O): keep its axes"),
        (2 * E, "the result is B times too large: is there a sum over B where a mean belongs?"),
        (E / 3, "the result is T times too small: is there a mean over T where a sum belongs?"),
        (E / 6, "the result is B·T times too small"),
        (-E, "the sign is wrong"),
        (E.astype(int), "the numbers are cut to whole ones"),
        (np.round(E, 2), "the numbers are rounded: return them as they are"),
        (np.roll(E, 1, 1), "along axis 1 (T) every entry stands one place too late"),
        (np.repeat(E[:, -1:], 3, 1), "along axis 1 (T) every entry is the last one"),
        (E[:, -1], "only the last along axis 1 (T) comes back"),
        (E.sum(1), "axis 1 (T) has been summed away"),
        (E.mean(2), "axis 2 (O) has been averaged away"),
        (E[:, :-1], "the last along axis 1 (T) is missing"),
        (E[:, 1:], "the first along axis 1 (T) is missing"),
        (np.concatenate([0 * E[:, :1], E], 1), "along axis 1 (T) there is one too many, at its beginning"),
        ((E, 3), "more comes back than the result: return it alone"),
        (E + 1, ""),
        (None, ""),
        ("text", ""),
        ([1, [2]], ""),
    ],
)
def test_one_result(got, words):
    args = np.zeros((2, 3)), np.zeros(4)
    came = said(got, args=args, axes=(("B", "T", "O"),), argument_axes=(("B", "T"), ("O",)))
    assert came.startswith(words) if words else not came


def test_an_axis_of_length_1_that_is_missing():
    words = "an axis of length 1 is missing: keep it"
    cases = [(Expected((), gives=E[:, :, :1]), E[:, :, 0]), (Expected((), gives=E[:, :1]), E[:, 0])]
    assert len(likely_slips([], cases[:1])) > 1  # it looks like a sum over that axis, too
    assert words in likely_slips([], cases)


def test_what_is_not_finite():
    large, small = np.array([1000.0]), np.array([1.0])
    assert "overflows: exp(1000)" in said(np.float64("inf"), np.float64(1), args=(large,))
    assert "division by zero" in said(np.float64("nan"), np.float64(1), args=(small,))


def test_a_slip_that_gives_inf_explains_no_number():
    assert said(np.ones((2, 2)), np.eye(2)) == ""  # 1 / 0 is inf: "one divided by it" is not near to 1


def test_an_axis_of_length_0_is_no_factor():
    """A warning is an error here: the words are looked for without dividing by the length of an empty text."""
    how = {"args": (np.zeros(0, "int64"),), "axes": (("V",),), "argument_axes": (("N",),)}
    assert "division by zero" in said(np.full(4, np.nan), np.zeros(4), **how)
    assert "exp is taken" in said(np.ones(4), np.zeros(4), **how)


def test_several_results():
    ids, mask, n = np.arange(6).reshape(2, 3) / 7, np.array([[1, 0, 0], [1, 1, 0]]), np.array([4, 5])
    how = {"names": ("ids", "mask", "n"), "axes": (("B", "T"), ("B", "T"), ("B",))}

    def of(*got):
        return said(got, (ids, mask, n), **how)

    assert of(mask, ids, n) == "the results come in another order: return (ids, mask, n) in this order"
    assert of(ids, mask[:, ::-1], n) == "mask: the result is in reverse order along axis 1 (T)"
    assert of(ids[:, ::-1], mask, n) == "ids: the result is in reverse order along axis 1 (T)"
    whole = np.arange(6).reshape(2, 3)  # rounded, it is what it was
    two = {"names": ("ids", "mask"), "axes": how["axes"][:2]}
    assert said((whole, mask[:, ::-1]), (whole, mask), **two) == "mask: the result is in reverse order along axis 1 (T)"
    both = said((whole[::-1], mask[::-1]), (whole, mask), **two)
    assert both == "ids, mask: the result is in reverse order along axis 0 (B)"
    assert of((ids, mask, n)) == "the results are inside a list or tuple of their own: return them as they are"
    assert said(ids, (ids, mask, n), **how) == "only ids comes back: return (ids, mask, n)"
    twice = "n comes back twice, also in the place of mask: return (ids, mask, n)"
    assert of(ids, n, n) == twice
    assert said(5, (2, 3), names=("a", "b")) == "the results are added up: return (a, b), each by itself"
    joined = said(np.concatenate([ids, mask], 1), (ids, mask), names=("ids", "mask"))
    assert joined == "the results are joined into one array: return (ids, mask), each by itself"
    assert said((n, ids), (ids, n)) == "the two results are swapped: return (first, second) in this order"


def test_entries_of_a_dict():
    table = {"bag": np.array([0.75, 0.5]), "first word": np.array([1.0, 0.25])}
    whole = {name: np.trunc(numbers) for name, numbers in table.items()}
    assert said(whole, table).startswith("all entries: the numbers are cut to whole ones")
    assert said(whole | {"bag": table["bag"]}, table) == said({}, {}) == ""


def test_two_arguments_taken_for_each_other():
    a, b = RNG.standard_normal((2, 3, 3))

    def difference(a, b):
        return a - 2 * b

    how = {"args": (a, b), "arguments": ("left", "right"), "again": difference}
    assert said(b - 2 * a, a - 2 * b, **how) == "the arguments left and right are taken for each other"
    assert said(b, a - 2 * b, **how) == "the argument right comes back as it is: return what is made of it"


def test_an_argument_that_comes_back():
    how = {"args": ("a b", np.arange(3), np.add, None), "arguments": ("text", "ids", "f", "state")}
    assert said("a b", ["a", "b"], **how) == "the argument text comes back as it is: return what is made of it"
    assert said([0, 1, 2], 3.5, **how) == "the argument ids comes back as it is: return what is made of it"
    assert said(None, 3.5, **how) == ""


def test_a_function_called_the_wrong_way_round():
    how = {"args": (np.subtract, 5, 3), "arguments": ("f", "a", "b"), "again": lambda f, a, b: f(a, b) * 7}
    assert said(-14, 14, **how) == "the sign is wrong"  # likelier
    how["again"] = lambda f, a, b: np.exp(f(a, b)) + a
    assert said(np.exp(-2) + 5, np.exp(2) + 5, **how) == "f is called with its two arguments the wrong way round"


# -- in a trial --------------------------------------------------------------------------------------------
@exercise(
    points=10,
    title="Twice",
    takes="x (B, T)",
    returns="(B, T)",
    reference=lambda x: 2.0 * x,
    slips={
        "the square is taken": lambda x: x**2,
        "x is added to 2": lambda x: x + 2,
        "a list": sign(lambda got, x: isinstance(got, list)),
        "cannot be computed": lambda x: x @ x @ x,
        "gives nothing": lambda x: None,
    },
    crashes={"a word": "the declared words"},
)
def twice(t):
    t.shows(np.array([[0, 2]], "float32"))
    for B, T in t.sizes("B T"):
        t.tries(t.normal(B, T))


def test_the_slip_that_explains_every_case_is_named():
    assert in_notebook(twice, lambda x: 2 * x, 1).passed
    both = in_notebook(twice, lambda x: x + 2, 1)  # 2 + 2 = 2 · 2, but 0 + 2 is not 0
    assert (both.slip, both.case) == ("x is added to 2", "the worked example")
    for_some = in_notebook(twice, lambda x: x + 2 if len(x) > 1 else 2 * x, 1)
    assert for_some.slip == "x is added to 2"  # though the worked example came right
    squared = in_notebook(twice, lambda x: x**2, 1)  # right in the worked example
    assert squared.slip == "the square is taken"
    assert squared.case != "the worked example"
    alike = in_notebook(twice, lambda x: [[0, 2]] if x.shape == (1, 2) else [[7.0]], 1)
    assert alike.slip == "a list"


def test_a_slip_may_be_the_edited_reference():
    @exercise(points=1, title="1", takes="x (T)", reference=halves, slips={"it is doubled": ("/ 2", "* 2")})
    def half(t):
        t.shows(np.array([1.0, 3.0]))

    assert in_notebook(half, halves, 1).passed
    assert in_notebook(half, lambda x: 2 * x, 1).slip == "it is doubled"
    with pytest.raises(ValueError, match="stands 0 times in halves"):
        exercise(points=1, title="1", reference=halves, slips={"": ("* 3", "")})(lambda t: None)
    with pytest.raises(ValueError, match="no reference"):
        exercise(points=1, title="1", slips={"": ("* 3", "")})(lambda t: None)


def test_slips_that_one_case_cannot_tell_apart_wait_for_others():
    def square(x):
        return x**2

    def double_if_positive(x):
        return np.where(x > 0, 2 * x, x**2)

    @exercise(
        points=1, title="1", takes="x (T)", reference=np.abs, slips={"square": square, "double": double_if_positive}
    )
    def size(t):
        t.shows(np.array([2.0, 0.0, -3.0]))
        t.tries(np.array([-3.0, 4.0]), case="another")
        raise AssertionError("two cases are enough")

    first = in_notebook(size, double_if_positive, 1)
    assert (first.slip, first.case, first.visible) == ("double", "the worked example", True)
    assert first.asked == "size([ 2., 0., -3.])"
    assert first.got == "[4., 0., 9.]"
    assert in_notebook(size, square, 1).slip == "square"


def test_a_failure_that_waits_is_told_whatever_comes_then():
    def once(x):
        if len(x) == 1:
            return x + 1
        raise ValueError("no more")

    same = {"one": lambda x: x + 1, "the other": lambda x: x + 1}

    @exercise(points=1, title="1", takes="x (T)", reference=lambda x: x, slips=same)
    def identity(t):
        for n in (1, 2):
            t.tries(np.ones(n), case=f"T={n}")

    verdict = in_notebook(identity, once, 1)
    assert (verdict.status, verdict.slip, verdict.case) == ("failed", "one", "T=1")


def test_what_is_not_written_is_missing_wherever_it_is_called():
    def blank(*_):
        raise NotImplementedError

    def numpy_of_a_symbol(*_):
        raise NotImplementedError("Cannot convert a symbolic tf.Tensor (x:0) to a numpy array")

    assert in_notebook(twice, blank, 1).status == "missing"
    verdict = in_notebook(twice, numpy_of_a_symbol, 1)
    assert verdict.status == "error"
    assert "inside tf.function" in verdict.slip


def test_words_for_what_is_raised():
    def raises(error):
        def answer(x):
            raise error

        return in_notebook(twice, answer, 1)

    declared = raises(ValueError("there is a word in it"))
    assert (declared.status, declared.slip) == ("error", "the declared words")
    assert (raises(OSError("another")).status, raises(OSError("another")).slip) == ("error", "")
    assert "put helpers and imports" in raises(NameError("a word")).slip
    assert "called like a function" in raises(TypeError("'int' object is not callable")).slip
    assert "inputs first" in raises(ValueError("Output with path `` is not connected to `inputs`")).slip


def test_a_served_function_is_shown_by_its_name():
    @exercise(points=1, title="1", takes="f, x (T), by_name", reference=lambda f, x, by_name: f(x))
    def apply(t):
        t.shows(Served(np.sin), tensor([0.5]), {"cosine": Served(np.cos)})

    verdict = in_notebook(apply, lambda f, x, by_name: x, 1)
    assert verdict.asked == "apply(sin, [0.5], {'cosine': cos})"
    assert in_notebook(apply, lambda f, x, by_name: f(x), 1).passed


def test_a_key_that_is_missing():
    @exercise(points=1, title="1", takes="n", reference=lambda n: {"a": n, "b": 2 * n})
    def pair(t):
        t.shows(3)

    assert in_notebook(pair, lambda n: {"a": n}, 1).message == "1 key is missing"
    assert in_notebook(pair, lambda n: {}, 1).message == "2 keys are missing"
