"""A stand-in for Colab's own package: the calls that course notebooks make, written down instead of done.

Each call becomes a line of JSON in the file that COLAB_CALLS names.
"""

import json
import os

__all__ = ["drive", "files", "output", "userdata"]


def note(call: str, **arguments) -> None:
    """Write down one call."""
    with open(os.environ["COLAB_CALLS"], "a", encoding="utf-8") as calls:
        calls.write(json.dumps({"call": call, **arguments}) + "\n")


from google.colab import drive, files, output, userdata  # noqa: E402
