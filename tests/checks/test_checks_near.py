"""Near misses: the reference with one thing changed, told in fixed words where no declared slip explains what came."""

import ast
import contextlib
import re

import numpy as np
import pytest
from mutants import in_notebook

from seqlab.autograder.judging import changes, near
from seqlab.autograder.judging.expected import Expected, near_miss
from seqlab.autograder.judging.near import near_misses
from seqlab.autograder.judging.rewritten import family
from seqlab.checks import exercise
from seqlab.exercises import all_labs

RNG = np.random.default_rng(2)


# -- references of many kinds -----------------------------------------------------------------------------
def affine(x, W, b):
    return x @ W.T - b


def counted(n, names):
    found = []
    for i in range(n):
        if names[i] is not None and i < 7919:
            found.append(names[i])
    return found, n


def chosen(n, names):
    total = -0.125
    total += sum(len(name.strip()) for name in names if name != "secret")
    return np.zeros((n, 3), dtype="float32") if total else [n, names]


def put(table, n):
    table[n] = round(n, ndigits=2)
    return table[n, 1:n]


def endless(n):
    while n > 1:
        n = n - 1
    return n


def helped(x):
    return affine(x, x, hidden_size(x))


def hidden_size(x):
    return x.sum(0) + 41


def made_inside():
    def inside(x):
        return x + 1

    return inside


def words_of(reference, *arguments):
    return {words for words, _ in near_misses(reference, arguments)}


def test_one_change_of_a_line_is_told_in_words():
    assert words_of(affine, "x", "W", "b") == {
        "a `+` stands where a `-` belongs",
        "a term is left out: `b`",
        "the two sides of a `-` are the wrong way round",
        "a `*` stands where a `@` belongs",
        "a factor is left out: `W`",
        "a factor is left out: `x`",
        "the two sides of a `@` are the wrong way round",
        "`x` is transposed, and should not be",
        "a transpose is left out: `W`",
        *(words.format(f"`{name}`") for words in near._ALIKE for name in "xWb"),
        *(f"`{wrong}` stands where `{right}` belongs" for wrong in "xWb" for right in "xWb" if wrong != right),
    }


def test_each_is_the_reference_with_that_change():
    x, W, b = RNG.standard_normal((3, 4, 4))
    wrong = dict(near_misses(affine, ("x", "W", "b")))
    assert np.array_equal(wrong["a `+` stands where a `-` belongs"](x, W, b), x @ W.T + b)
    assert np.array_equal(wrong["a transpose is left out: `W`"](x, W, b), x @ W - b)
    assert np.array_equal(wrong["`b` stands where `x` belongs"](x, W, b), b @ W.T - b)
    assert np.array_equal(affine(x, W, b), x @ W.T - b)


def test_names_are_told_only_of_arguments():
    told = words_of(affine, "x")
    assert {"a factor is left out: `x`", "a factor is left out", "`x` is mistaken for another value"} <= told
    assert {"one value is mistaken for another", "a transpose is left out: of a matrix"} <= told
    assert not any("W" in words or "`b`" in words for words in told)


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        (counted, "the loop begins or ends one step too early or too late"),
        (counted, "one of two conditions is left out, or `and` and `or` are mistaken for each other"),
        (counted, "a condition is the wrong way round"),
        (counted, "a `is` stands where a `is not` belongs"),
        (counted, "a `<=` stands where a `<` belongs"),
        (counted, "a number or an axis is one off"),
        (counted, "`extend` stands where `append` belongs"),
        (counted, "a step is left out"),
        (counted, "`names` comes back instead of the result"),
        (counted, "another value comes back than the result"),
        (chosen, "a minus is left out"),
        (chosen, "a constant is another one"),
        (chosen, "a setting is another one than it should be"),
        (chosen, "a condition is left out"),
        (chosen, "`strip` is left out"),
        (chosen, "a function is left out"),
        (chosen, "a `-=` stands where a `+=` belongs"),
        (chosen, "an element of a list is left out"),
        (chosen, "an argument of `zeros` is left out"),
        (chosen, "`ones` stands where `zeros` belongs"),
        (put, "an index or an end of a slice of `table` is one off, left out or in the wrong place"),
        (put, "an argument of a function is left out"),
        (put, "`table` is mistaken for another value"),
    ],
)
def test_each_kind_of_change_has_its_words(reference, words):
    arguments = {counted: ("n", "names"), chosen: ("n", "names"), put: ("table",)}[reference]
    assert words in words_of(reference, *arguments)


def test_no_kind_of_change_is_without_words():
    kinds = set(changes._CHANGES) - {ast.While}
    assert [kind for kind in kinds if not any(issubclass(kind, told) for told in near._WORDS)] == []


@pytest.mark.parametrize("reference", [endless, made_inside(), lambda x: x + 1, np.tanh])
def test_of_these_there_are_none(reference):
    """A `while` might never end; of the others there is no source that can be made anew, or none of ours."""
    assert near_misses(reference, ("n", "x")) == []


def test_a_function_that_the_reference_calls_is_changed_too():
    x = RNG.standard_normal((3, 3))
    found = near_misses(helped, ("x",))
    assert any(np.array_equal(wrong(x), affine(x, x, x.sum(0) - 41)) for words, wrong in found if "`-`" in words)
    assert any(np.array_equal(wrong(x), affine(x, x, x.mean(0) + 41)) for words, wrong in found if "`mean`" in words)


class Few(list):
    """A list that is soon full, and that nobody puts into itself."""

    def append(self, value):
        assert value is not self
        assert len(self) < 20
        super().append(value)

    extend = append


def filled(xs, few):
    for x in xs:
        few.append(x)
    return few


def test_no_list_grows_without_end():
    """np.stack of a list that holds itself, and a loop over a list that it fills, take all the memory there is."""
    found = near_misses(filled, ("xs", "few"))
    assert found
    for _, wrong in found:
        with contextlib.suppress(TypeError, AttributeError, UnboundLocalError):
            wrong([1, 2, 3], Few([0]))


# -- nothing is told but words ----------------------------------------------------------------------------
EXERCISES = [e for lab in all_labs() for e in lab.exercises.values() if e.reference]
OWN = [(f, ("n", "names", "table", "x")) for f in (affine, counted, chosen, put, helped)]


@pytest.mark.parametrize(("reference", "arguments"), OWN + [(e.reference, e.reference_arguments) for e in EXERCISES])
def test_words_hold_no_number_and_no_name_of_the_reference_but_an_argument(reference, arguments):
    own = {name for f in family(reference) for name in (f.__name__, *f.__code__.co_varnames)} - set(arguments)
    for words in words_of(reference, *arguments):
        named = set(re.findall(r"`(\w+)`", words))
        assert not named & own, words
        rest = re.sub(r"`\w+`", "", words)
        assert not re.search(r"[0-9]|secret", rest), words


# -- in a trial -------------------------------------------------------------------------------------------
@exercise(
    points=10,
    title="Affine",
    takes="x (B, D), W (H, D), b (H)",
    returns="(B, H)",
    reference=affine,
    slips={"b is forgotten": lambda x, W, b: x @ W.T},
)
def affine_of(t):
    t.shows(np.ones((1, 2)), np.ones((1, 2)), np.zeros(1))
    for B, D, H in t.sizes("B D H"):
        t.tries(t.normal(B, D), t.normal(H, D), t.normal(H))


BATCH = "it is right where B is one, and wrong where it is more: is each example computed from its own inputs?"


@pytest.mark.parametrize(
    ("answer", "slip"),
    [
        (affine, ""),
        (lambda x, W, b: x @ W.T, "b is forgotten"),  # what is declared comes first
        (lambda x, W, b: b - x @ W.T, "the sign is wrong"),  # and what any exercise knows
        (lambda x, W, b: x @ W.T + b, "a `+` stands where a `-` belongs"),
        (lambda x, W, b: x @ W - b if W.shape[0] == W.shape[1] else affine(x, W, b), "a transpose is left out: `W`"),
        (lambda x, W, b: np.tanh(x @ W.T) - b, ""),
        (lambda x, W, b: x @ W.T - b + (x.shape[0] > 2), BATCH),
    ],
)
def test_a_near_miss_is_told_where_no_slip_explains_what_came(answer, slip):
    verdict = in_notebook(affine_of, answer, 3)
    assert verdict.passed == (answer is affine)
    assert verdict.slip == slip


def written(x, h):
    y = np.zeros_like(x)
    y[:, 0] = h
    return x + y


def test_a_near_miss_that_writes_into_an_argument_changes_nothing_for_the_next():
    def untouched(x, h):
        return np.array_equal(x, np.arange(6.0).reshape(2, 3)) and np.array_equal(h, [7.0, 8.0])

    def args():
        return np.arange(6.0).reshape(2, 3), np.array([7.0, 8.0])

    def overwrites(wrong):
        given = args()
        with contextlib.suppress(Exception):
            wrong(*given)
        return not untouched(*given)

    case = Expected(args(), reference=written, arguments=("x", "h"))
    assert any(overwrites(wrong) for _, wrong in case.near)
    near_miss([], [(case, np.full((2, 3), 17.0))])
    assert untouched(*case.args)
