"""The running package as a wheel, built from its own files: no network, no build tool, no clone is needed."""

import base64
import hashlib
import importlib.metadata
import zipfile
from pathlib import Path

from seqlab.exercises import find_lab, rooms
from seqlab.places import PACKAGE

_TIME = (2020, 1, 1, 0, 0, 0)  # the same files give the same wheel, whenever it is built
_LEFT_OUT = ("__pycache__", "answers", "_notebooks", "_labs", "_data")


def write_wheel(folder: Path, lab: str) -> Path:
    """Write seqlab as a wheel that holds one lab, without its bank of answers, into a folder; its path.

    The metadata, with the requirements, is the running package's.
    """
    distribution = importlib.metadata.distribution("seqlab")
    name = f"seqlab-{distribution.version}"
    texts = {f"seqlab/{p.relative_to(PACKAGE).as_posix()}": p.read_bytes() for p in _files(PACKAGE)}
    source, data = find_lab(lab).path, _data()
    texts |= {f"seqlab/_labs/{source.name}/{p.relative_to(source).as_posix()}": p.read_bytes() for p in _files(source)}
    texts |= {f"seqlab/_data/{p.relative_to(data).as_posix()}": p.read_bytes() for p in _files(data)}
    about = f"{name}.dist-info"
    texts[f"{about}/METADATA"] = (distribution.read_text("METADATA") or "").encode()
    texts[f"{about}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: seqlab\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    texts[f"{about}/entry_points.txt"] = b"[console_scripts]\nseqlab = seqlab.cli:main\n"
    record = f"{about}/RECORD"
    lines = [f"{path},sha256={_digest(text)},{len(text)}" for path, text in texts.items()] + [f"{record},,"]
    texts[record] = ("\n".join(lines) + "\n").encode()
    path = folder / f"{name}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for inside, text in texts.items():
            archive.writestr(zipfile.ZipInfo(inside, _TIME), text, zipfile.ZIP_DEFLATED)
    return path


def _files(folder: Path) -> list[Path]:
    """The files of a folder that an installed package needs, in a fixed order."""
    return [p for p in sorted(folder.rglob("*")) if p.is_file() and not set(p.relative_to(folder).parts) & {*_LEFT_OUT}]


def _data() -> Path:
    """The small data sets: inside the installed package, or beside it in a clone."""
    return rooms().with_name("_data" if rooms().name == "_labs" else "data")


def _digest(text: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text).digest()).rstrip(b"=").decode()
