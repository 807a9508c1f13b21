"""Errors: the map of all of them is the truth, and the one for users says what it knows, also after a journey."""

import copy
import importlib
import inspect
import pickle
import pkgutil
import re

import pytest

import seqlab
from seqlab import errors
from seqlab.errors import SeqlabError


def all_errors() -> set[type[BaseException]]:
    """Every exception class that a module of the package defines."""
    modules = [importlib.import_module(found.name) for found in pkgutil.walk_packages(seqlab.__path__, "seqlab.")]
    classes = {value for module in modules for value in vars(module).values() if inspect.isclass(value)}
    return {c for c in classes if issubclass(c, BaseException) and c.__module__.startswith("seqlab.")}


def mapped() -> dict[str, tuple[str, str]]:
    """What the map at the head of `seqlab.errors` says: name -> (name of the class above it, module)."""
    found, above = {}, {}
    for dots, name, module in re.findall(r"^  ((?:\. )*)(\w+)(?: +(seqlab\.\S+))?$", errors.__doc__, re.M):
        above[len(dots)] = name
        if module:
            found[name] = (above[len(dots) - 2], module)
    return found


def test_the_map_of_errors_names_every_one_with_its_parent_and_its_home():
    assert mapped() == {c.__name__: (c.__mro__[1].__name__, c.__module__) for c in all_errors()}


def test_the_map_says_of_each_who_raises_it_who_catches_it_and_what_is_seen():
    for name in mapped():
        entry = re.search(rf"\. {name} +seqlab.*\n(.*)\n(.*)\n(.*)\n", errors.__doc__)
        assert [line.split()[0] for line in entry.groups()] == ["raised", "caught", "seen"], name


def test_an_error_keeps_what_it_was_made_of():
    error = SeqlabError("a whole number", got="'two'", fix="write 2")
    assert (error.expected, error.got, error.fix) == ("a whole number", "'two'", "write 2")
    assert str(error) == "a whole number; got 'two'. To mend it: write 2."
    assert (SeqlabError("a number").got, SeqlabError("a number").fix) == (None, None)
    assert str(SeqlabError("a number", got="")) == "a number; got "


@pytest.mark.parametrize("journey", [copy.copy, *(lambda e, p=p: pickle.loads(pickle.dumps(e, p)) for p in range(6))])
def test_errors_survive_a_journey_between_processes(journey):
    error = journey(SeqlabError("a whole number", got="'two'", fix="write 2"))
    assert type(error) is SeqlabError
    assert (error.expected, error.got, error.fix) == ("a whole number", "'two'", "write 2")
    assert str(error) == "a whole number; got 'two'. To mend it: write 2."


@pytest.mark.parametrize("journey", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_so_do_those_that_take_other_arguments(journey):
    with pytest.raises(seqlab.music.ABCError) as caught:
        seqlab.music.parse("X:1\nK:D\n}")
    error = journey(caught.value)
    assert str(error) == str(caught.value) == "ABC that reads as one tune; line 3: } closes no grace notes"
    assert (error.line, error.reason) == (3, "} closes no grace notes")
    assert (error.expected, error.got) == ("ABC that reads as one tune", "line 3: } closes no grace notes")
