"""Every room can be reached from `seqlab`, and every public name of a room from the room."""

import importlib
import pkgutil

import pytest

import seqlab

PACKAGES = sorted(module.name for module in pkgutil.iter_modules(seqlab.__path__) if module.ispkg)
LISTED = sorted(name for name in seqlab.__all__ if name not in ("SeqlabError", "__version__"))
ROOMS = [*LISTED, "models.classify", "models.translate"]


def test_every_package_is_a_room():
    assert [name for name in PACKAGES if name not in LISTED and not name.startswith("_")] == []
    assert [name for name in LISTED if name not in dir(seqlab)] == []


@pytest.mark.parametrize("name", ROOMS)
def test_a_room_is_reachable_and_so_is_what_it_lists(name):
    room = seqlab
    for part in name.split("."):
        room = getattr(room, part)
    assert room is importlib.import_module(f"seqlab.{name}")
    assert room.__doc__
    listed = getattr(room, "__all__", [])
    assert sorted(set(listed)) == sorted(listed)
    assert [public for public in listed if not hasattr(room, public)] == []
    assert [public for public in listed if public not in dir(room)] == []
