"""Where files of data come from: copies of your own, the cache, a download; and the small sets of the package.

A room's loader knows what a set is called, where it can be had, and the sha256 of its bytes. This module
finds the file, in this order:

1. ``$SEQLAB_DATA/<folder>/<file>``, where that variable names a folder of copies;
2. the user's cache, where an earlier download put it;
3. the address, with a progress bar.

A file is used only if its bytes are the expected ones.
"""

import hashlib
import os
from pathlib import Path
from typing import NamedTuple

from seqlab.errors import SeqlabError

__all__ = ["Remote", "cache_folder", "fetch", "small_set"]


class Remote(NamedTuple):
    """A file that is not part of the package: `folder/file` among copies, its address and its sha256."""

    folder: str
    file: str
    url: str
    sha256: str


def fetch(remote: Remote, *, progress: bool = True) -> Path:
    """The path of a file, downloaded if need be.

    Args:
        remote: which file. progress: show a bar while it is downloaded.

    Raises:
        SeqlabError: it is neither here nor can it be downloaded, or its bytes are others than expected.
    """
    copies = os.environ.get("SEQLAB_DATA")
    if copies and (copy := Path(copies).expanduser() / remote.folder / remote.file).is_file():
        return _verified(copy, remote)
    cached = cache_folder() / remote.folder / remote.file
    if cached.is_file() and _sha256(cached) == remote.sha256:
        return cached
    return _download(remote, cached, progress)


def small_set(name: str) -> Path:
    """A file or folder of the package's own small sets, such as ``small_set("sentences")``."""
    package = Path(__file__).resolve().parent
    installed = package / "_data"
    path = (installed if installed.is_dir() else package.parent / "data") / name
    if not path.exists():
        raise SeqlabError("a small set of this package", got=f"nothing at {path}", fix="install seqlab anew")
    return path


def cache_folder() -> Path:
    """The user's cache for downloads; ``SEQLAB_CACHE`` names another one."""
    if named := os.environ.get("SEQLAB_CACHE"):
        return Path(named).expanduser()
    import pooch

    return Path(pooch.os_cache("seqlab"))


def _download(remote: Remote, target: Path, progress: bool) -> Path:
    import pooch

    pooch.get_logger().setLevel("WARNING")
    try:
        # written beside and moved into place by pooch, once the hash is right
        pooch.retrieve(
            remote.url, known_hash=f"sha256:{remote.sha256}", fname=target.name, path=target.parent,
            downloader=pooch.HTTPDownloader(progressbar=progress, timeout=30),
        )  # fmt: skip
    except Exception as error:  # no network, no such page, other bytes: every library below has its own kind
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"[:100].rsplit(" ", 1)[0]
        raise SeqlabError(
            f"{remote.file} from {remote.url}",
            got=reason,
            fix="check the network, or download the file elsewhere, put it into a folder "
            f"{remote.folder}/ and let the variable SEQLAB_DATA name the folder above it",
        ) from None
    return target


def _verified(path: Path, remote: Remote) -> Path:
    if (found := _sha256(path)) != remote.sha256:
        raise SeqlabError(
            f"{path} has the sha256 {remote.sha256[:12]}…",
            got=f"{found[:12]}…, so it is another version or damaged",
            fix=f"replace it by the file of {remote.url}",
        )
    return path


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
