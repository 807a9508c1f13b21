"""What tests of pictures share."""

import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def closed():
    """No figure stays open from one test to the next."""
    yield
    plt.close("all")
