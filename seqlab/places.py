"""Where the package lies: the one place from which every path into it is counted."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent  # seqlab/ itself
BESIDE = PACKAGE.parent  # the clone, or the site-packages that the package is installed in
