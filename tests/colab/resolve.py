"""What pip would choose for seqlab on a Colab image, found out without that image or its Python: uv resolves."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from environments import NotMade, environment

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = ROOT / "build" / "colab"  # environments and caches of these tests; `make clean` removes it
REQUIREMENTS = ROOT / "requirements.txt"
IMAGES = Path(__file__).with_name("images.toml")
PREINSTALLED = ["ipykernel>=6.17", "pip", "setuptools"]  # what runs notebooks there and installs seqlab


class Unresolvable(Exception):
    """No set of versions satisfies the requirements and the pins together."""


class NotHere(Exception):
    """This machine lacks something that a test needs: the package index, a Python, a browser."""


def images() -> dict[str, dict]:
    """The images of images.toml: name -> {"python": "3.13", "pins": {package: version}}, oldest first."""
    table = tomllib.loads(IMAGES.read_text(encoding="utf-8"))
    return {
        name: {"python": python, "pins": {p: row[i] for p, row in table["packages"].items() if row[i]}}
        for i, (name, python) in enumerate(table["images"].items())
    }


def known_packages() -> set[str]:
    """Every package of images.toml, preinstalled or not."""
    return set(tomllib.loads(IMAGES.read_text(encoding="utf-8"))["packages"])


def uv() -> Path:
    """uv, in an environment of its own that is made once."""
    try:
        return environment("uv").with_name("uv")
    except NotMade as reason:
        raise NotHere(str(reason)) from None


def resolve(requirements: list[str], python: str, pins: dict[str, str]) -> dict[str, str]:
    """Versions of the requirements and all that they need, none of them other than its pin.

    Wheels only for the two packages whose wheels decide on which Python an image can run.
    Raises Unresolvable, or NotHere where the package index does not answer.
    """
    SCRATCH.mkdir(parents=True, exist_ok=True)
    constraints = SCRATCH / f"pins-{os.getpid()}.txt"
    constraints.write_text("".join(f"{package}=={version}\n" for package, version in pins.items()))
    command = [
        uv(),
        "pip",
        "compile",
        "-",
        "--python-version",
        python,
        "--constraint",
        constraints,
        "--python-platform",
        "x86_64-unknown-linux-gnu",
        "--only-binary",
        "numpy",
        "--only-binary",
        "tensorflow",
        "--cache-dir",
        SCRATCH / "uv-cache",
        "--no-config",
        "--quiet",
        "--no-header",
        "--no-annotate",
        "--python",
        sys.executable,
    ]
    try:
        done = subprocess.run(
            command, input="\n".join(requirements), capture_output=True, text=True, timeout=300, cwd=SCRATCH
        )
    except subprocess.TimeoutExpired:
        raise NotHere("the package index took more than five minutes") from None
    finally:
        constraints.unlink()
    if done.returncode:
        if "unsatisfiable" in done.stderr or "No solution" in done.stderr:
            raise Unresolvable(done.stderr)
        raise NotHere(done.stderr.strip()[-300:])
    return {normal(p): v for p, _, v in (row.partition("==") for row in done.stdout.split()) if v}


def required() -> list[str]:
    """The run-time requirements, a line each."""
    lines = (line.split("#")[0].strip() for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def normal(package: str) -> str:
    """A package's name as indexes compare it: "pretty-midi" for "Pretty_MIDI"."""
    return re.sub(r"[-_.]+", "-", package).lower()
