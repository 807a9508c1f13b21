"""Write images.toml anew: python tests/colab/refresh_images.py FOLDER

FOLDER holds a file for each Colab image, `colab-NAME.txt`, with what `pip freeze` says there. Only the packages
that seqlab's run-time requirements, the kernel and pip bring in are kept: their versions are the facts that the tests need.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))  # resolve's own imports
from resolve import IMAGES, PREINSTALLED, Unresolvable, normal, required, resolve

HEAD = """\
# What Colab's images preinstall of the packages that seqlab's run-time requirements, the kernel and pip bring in.
# A row holds a version for each image, "" where the image does not have the package and pip adds it.
# Written by refresh_images.py.
"""


def pins_of(freeze: str) -> dict[str, str]:
    """The versions of a freeze file, by package; a local build such as 2.9.0+cpu is no release, so it is left out."""
    rows = (line.strip().partition("==") for line in freeze.splitlines())
    return {normal(name): version for name, _, version in rows if version and "+" not in version}


def resolved(pins: dict[str, str]) -> tuple[str, set[str]]:
    """The image's Python, the newest for which its NumPy and TensorFlow exist, and what seqlab brings in there."""
    for python in ("3.14", "3.13", "3.12"):
        try:
            return python, set(resolve([*required(), *PREINSTALLED], python, pins))
        except Unresolvable as error:
            reason = error
    raise reason


def main(folder: Path) -> None:
    files = sorted(folder.glob("colab-*.txt"))
    if not files:
        sys.exit(f"{folder} should hold files such as colab-2026.08.txt; there is none")
    pins = {f.stem.removeprefix("colab-"): pins_of(f.read_text(encoding="utf-8")) for f in files}
    found = {name: resolved(p) for name, p in pins.items()}
    packages = sorted(set().union(*(packages for _, packages in found.values())))
    lines = [HEAD + "[images]"]
    lines += [f'"{name}" = "{python}"  # its Python' for name, (python, _) in found.items()]
    lines += ["", "[packages]"]
    lines += [f"{p} = [" + ", ".join(f'"{pins[i].get(p, "")}"' for i in pins) + "]" for p in packages]
    IMAGES.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{IMAGES}: {len(pins)} images, {len(packages)} packages")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
