"""The Python that runs students' code: this one, or another that was asked for."""

import json
import platform
import subprocess
import sys
from dataclasses import dataclass

from seqlab import __version__
from seqlab.errors import SeqlabError

NEEDED = ("seqlab", "tensorflow", "keras", "msgpack", "IPython", "tqdm")
_ASK = """
import importlib.metadata as m, importlib.util as u, json, platform, sys
sys.path[:] = [p for p in sys.path if p]
missing = [name for name in sys.argv[1:] if not u.find_spec(name)]
try:
    seqlab = m.version("seqlab")
except m.PackageNotFoundError:
    seqlab = None
print(json.dumps([platform.python_version(), missing, seqlab]))
"""


@dataclass(frozen=True)
class Interpreter:
    """A Python by its program, and its version: "3.12.1"."""

    program: str = sys.executable
    version: str = platform.python_version()


def interpreter(program: str | None) -> Interpreter:
    """The Python of that program, or this one; a SeqlabError says what it lacks for running students' code."""
    if program is None:
        return Interpreter()
    expected = "--python is a Python 3.11 or newer in which this seqlab is installed with its packages"
    fix = f"install seqlab {__version__} there (PYTHON -m pip install 'seqlab[grading]'), or leave --python out"
    try:
        asked = subprocess.run([program, "-c", _ASK, *NEEDED], capture_output=True, timeout=60, check=True)
        version, missing, seqlab = json.loads(asked.stdout)
        old = tuple(map(int, version.split(".")[:2])) < (3, 11)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "which did not answer as a Python"
        raise SeqlabError(expected, got=f"{program} ({why})", fix=fix) from None
    if old:
        raise SeqlabError(expected, got=f"{program}, which is Python {version}", fix=fix)
    if missing:
        raise SeqlabError(expected, got=f"{program} (Python {version}), without {', '.join(missing)}", fix=fix)
    if seqlab != __version__:
        raise SeqlabError(expected, got=f"{program}, with seqlab {seqlab} instead of {__version__}", fix=fix)
    return Interpreter(program, version)
