"""Gradescope: the zip of a code assignment's autograder, which Gradescope builds once and runs a submission.

At its root stand setup.sh and run_autograder, as Gradescope's specification asks, and beside them seqlab as a
wheel, the settings and the seed. What runs in the container is `container.py`.
"""

import io
import json
import os
import secrets
import stat
import tempfile
import zipfile
from pathlib import Path

from seqlab.autograder.exports.wheel import write_wheel
from seqlab.errors import SeqlabError
from seqlab.exercises import find_lab
from seqlab.whole import write_whole

VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")

_TEMPLATES = Path(__file__).with_name("templates")


def export_gradescope(
    lab: str, out: Path | str, seed: int | None = None, visibility: str = "visible", seconds: float = 540
) -> Path:
    """Write the autograder zip of a lab for Gradescope and return its path.

    lab: an id such as "lab2". out: the zip, or a folder to put LAB-gradescope.zip into.
    seed: draws the hidden cases, the same for all students; a fresh one if left out.
    visibility: when students see the tests. seconds: for a whole run; Gradescope's own limit is 10 minutes unless
    the assignment sets another.
    """
    found, out = find_lab(lab), Path(out)
    if visibility not in VISIBILITIES:
        raise SeqlabError(
            f"visibility is one of {', '.join(VISIBILITIES)}", got=repr(visibility), fix="use one of these"
        )
    if out.suffix != ".zip":
        out = out / f"{found.name}-gradescope.zip"
    if out.is_dir() or out.parent.is_file():
        raise SeqlabError("--out is the zip to write, or a folder for it", got=str(out), fix="name another one")
    points = sum(found.points.values())
    settings = {"lab": found.id, "seconds": seconds, "visibility": visibility}
    seed = secrets.randbits(62) if seed is None else seed
    run = _template("run_autograder.sh").replace("@POINTS@", f"{points:g}")
    files = {
        "setup.sh": (_template("setup.sh").encode(), 0o755),
        "run_autograder": (run.replace("@SECONDS@", f"{seconds + 30:g}").encode(), 0o755),
        "seqlab.json": (json.dumps(settings, indent=1).encode(), 0o644),
        "seed": (str(seed).encode(), 0o600),
    }
    with tempfile.TemporaryDirectory() as temporary:
        wheel = write_wheel(Path(temporary), lab)
        files[wheel.name] = wheel.read_bytes(), 0o644
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (content, mode) in files.items():
            info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            info.create_system = 3  # Unix: only then the modes count
            info.external_attr = (stat.S_IFREG | mode) << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    write_whole(out, packed.getvalue())
    os.chmod(out, 0o600)  # it holds checks and seed
    return out


def _template(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")
