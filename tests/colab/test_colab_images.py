"""The resolve gate: on no Colab image does seqlab change a package that is preinstalled there."""

import pytest
from resolve import NotHere, Unresolvable, images, known_packages, normal, required, resolve

IMAGES = images()


@pytest.fixture
def resolved():
    """`resolve`, or a skip that says why it cannot be asked here."""

    def ask(*args):
        try:
            return resolve(*args)
        except NotHere as reason:
            pytest.skip(f"not run: {reason}")

    return ask


def test_the_table_tells_of_images_with_both_pythons():
    assert len(IMAGES) >= 4
    assert {i["python"] for i in IMAGES.values()} == {"3.12", "3.13"}
    for image in IMAGES.values():
        assert {"numpy", "tensorflow", "keras", "ipython", "ipykernel", "pip"} <= set(image["pins"])
    assert {normal(r.split(">")[0].split("<")[0]) for r in required()} <= known_packages()


def test_names_are_compared_as_indexes_compare_them():
    assert normal("Pretty_MIDI") == normal("pretty.midi") == "pretty-midi"


@pytest.mark.network
@pytest.mark.parametrize("name", IMAGES)
def test_the_requirements_leave_the_preinstalled_packages_as_they_are(resolved, name):
    image = IMAGES[name]
    chosen = resolved(required(), image["python"], image["pins"])
    assert {p: v for p, v in chosen.items() if image["pins"].get(p, v) != v} == {}
    added = set(chosen) - set(image["pins"])
    assert added <= known_packages(), "packages that images.toml does not know; run refresh_images.py"
    assert {"verovio", "mido"} <= added


@pytest.mark.network
@pytest.mark.parametrize("newer", ["ipython>=8", "tensorflow>=2.21", "keras>=3.14", "rich>=14", "nbclient>=0.11"])
def test_a_requirement_that_would_change_one_is_refused(resolved, newer):
    newest = IMAGES[max(IMAGES)]
    with pytest.raises(Unresolvable):
        resolved([*required(), newer], newest["python"], newest["pins"])
