"""Environments for what needs more than .venv holds: each made once below build/, kept, and removed by `make clean`.

python tests/environments.py uv          # makes it where it is missing, and says where its Python is
"""

import datetime
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {
    "fuzz": "atheris>=3,<4",  # make fuzz
    "nbgrader": "nbgrader==0.9.6",  # make peers
    "otter": "otter-grader==7.0.0",
    "uv": "uv>=0.9",  # make constraints
    "runtimes": "tf2onnx>=1.16 onnx>=1.17 onnxruntime>=1.20 ai-edge-litert>=1.4",  # read what layers export
    "nightly": "keras-nightly",  # make nightly; stands before .venv's keras
}
DAILY = ("nightly",)  # there is another version every day


class NotMade(Exception):
    """An environment could not be made; pip's own words say why."""


def environment(name: str) -> Path:
    """The Python of an environment of its own, which also sees the packages of this one and the clone.

    It is made anew where it is missing, half made, or made for another Python, another version of its package or, for
    those in DAILY, on another day.
    Raises NotMade.
    """
    folder, package = ROOT / "build" / f"env-{name}", PACKAGES[name]
    python, stamp = folder / ("Scripts" if os.name == "nt" else "bin") / "python", folder / "made-of"
    seen = sysconfig.get_paths()["purelib"]
    made_of = f"{package}\n{sys.version}\n{seen}\n{datetime.date.today() if name in DAILY else ''}\n"
    if not (stamp.exists() and stamp.read_text() == made_of):
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        [libraries] = [*folder.glob("lib/python3*/site-packages"), *folder.glob("Lib/site-packages")][:1]
        (libraries / "seqlab_too.pth").write_text(f"{seen}\n{ROOT}\n")
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *package.split()]
        done = subprocess.run(install, capture_output=True, text=True)
        if done.returncode:
            raise NotMade(f"{package} could not be installed:\n{done.stderr[-2000:]}")
        stamp.write_text(made_of)
    return python


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in PACKAGES:
        sys.exit(f"{__doc__}\nOne of {', '.join(PACKAGES)} should be named; got {sys.argv[1:]}")
    try:
        print(environment(sys.argv[1]))
    except NotMade as reason:
        sys.exit(str(reason))
