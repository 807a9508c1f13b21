"""What a mark depends on, as a digest: the submission, what is asked of it, and everything that judges."""

import functools
import hashlib

from seqlab import __version__
from seqlab.exercises import all_labs
from seqlab.places import PACKAGE

ROOMS = ("checks", "autograder/wire", "autograder/judging", "autograder/child")


def fingerprint(data: bytes, lab: str, seed: int | None, execute: float | None, python: str | None) -> str:
    """Changes with the submission, what is asked of it, with which seed and Python, the checks and the version."""
    asked = f"{lab} {seed} {execute} {python or ''}"
    return hashlib.sha256(hashlib.sha256(data).digest() + asked.encode() + judging()).hexdigest()


@functools.cache
def judging() -> bytes:
    """Changes with the checks of all labs, the modules that judge, and the version."""
    modules = [p for room in ROOMS for p in sorted((PACKAGE / room).glob("*.py"))]
    checks = b"".join(path.read_bytes() for path in (*(lab.checks for lab in all_labs()), *modules))
    return hashlib.sha256(checks + __version__.encode()).digest()
