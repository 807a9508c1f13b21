"""A browser and JupyterLab for the tests of this folder, which `make browser` runs."""

import os
import sys
from pathlib import Path

import pytest

# The folder is a package so that this file is not taken for tests/conftest.py; its modules go by their own names.
sys.path.insert(0, str(Path(__file__).parent))
from lab_page import SCRATCH, LabPage, NotHere, chromium, jupyterlab

ROOT = SCRATCH.parents[1]


def pytest_collection_modifyitems(items):
    if "SEQLAB_BROWSER" not in os.environ:
        here = os.path.dirname(__file__)
        for item in items:
            if str(item.path).startswith(here) and "lab_page" not in item.path.name:
                item.add_marker(pytest.mark.skip(reason="not run: `make browser` runs it"))


@pytest.fixture(scope="session")
def browser():
    try:
        with chromium() as started:
            yield started
    except NotHere as reason:
        pytest.skip(f"not run: {reason}")


@pytest.fixture(scope="session")
def screens():
    """The folder of the screenshots."""
    folder = SCRATCH / "screens"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def server(browser, tmp_path_factory):
    home = tmp_path_factory.mktemp("jupyter")
    with jupyterlab(home, SEQLAB_STEPS="30", TF_CPP_MIN_LOG_LEVEL="3") as address:
        yield home, address


@pytest.fixture
def opened(browser, server):
    """Open a fresh copy of a notebook: `opened("lab2_rnn")` gives a LabPage."""
    home, address = server
    pages = []

    def open_(name: str, **context) -> LabPage:
        copy = home / "work" / f"{name}.ipynb"
        copy.write_bytes((ROOT / "notebooks" / copy.name).read_bytes())
        context = {"viewport": {"width": 1280, "height": 900}} | context
        pages.append(browser.new_context(**context))
        return LabPage(pages[-1].new_page(), address, copy)

    yield open_
    for context in pages:
        context.close()
