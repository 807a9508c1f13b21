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
import sys
import warnings
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from seqlab.errors import SeqlabError

__all__ = ["Remote", "cache_folder", "download", "fetch", "small_set"]


class Remote(NamedTuple):
    """A file that is not part of the package: `folder/file` among copies, its address and its sha256.

    packed: the sha256 of `file.gz`, where copies may hold it gzipped.
    """

    folder: str
    file: str
    url: str
    sha256: str
    packed: str = ""


def fetch(remote: Remote, *, progress: bool = True) -> Path:
    """The path of a file, downloaded if need be.

    Args:
        remote: which file. progress: show a bar while it is downloaded.

    Returns:
        its path, among the copies (perhaps gzipped, if `packed` is given) or in the cache. Nothing is written beside a copy.

    Raises:
        SeqlabError: it is neither here nor can it be downloaded, or its bytes are others than expected.
    """
    copies = os.environ.get("SEQLAB_DATA")
    for kept in (remote, remote._replace(file=f"{remote.file}.gz", sha256=remote.packed)) if copies else ():
        if kept.sha256 and (copy := Path(copies or "").expanduser() / kept.folder / kept.file).is_file():
            return _verified(copy, kept)
    cached = cache_folder() / remote.folder / remote.file
    if cached.is_file() and _sha256(cached) == remote.sha256:
        return cached
    return _downloaded(remote, cached, progress)


def small_set(name: str) -> Path:
    """A file or folder of the package's own small sets, such as ``small_set("sentences")``.

    Raises:
        SeqlabError: there is none of that name.
    """
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
    return Path(_pooch().os_cache("seqlab"))


def download(
    url: str, folder: Path, file: str | None = None, *, sha256: str | None = None, progress: bool = True
) -> Path:
    """Fetch an address into a folder, once: written beside its place, and moved there when it is complete.

    Args:
        url: the address, http or https. folder: made if it is missing.
        file: its name there; one made of the address, if left out. sha256: of its bytes, where it is known.
        progress: show a bar while it is downloaded.

    Returns:
        the path of the file.

    Raises:
        Exception: whatever the network, the server or the disk has to say; or other bytes than expected.
    """
    from tqdm import tqdm

    class Bar(tqdm):
        def reset(
            self, total: float | None = None
        ) -> None:  # pooch does this at the end, to fill the bar up: the time stays
            self.n = 0

    pooch = _pooch()
    # on standard output, which is not red in a notebook; the size is known once the server has answered
    bar = Bar(total=1, unit="B", unit_scale=True, desc=file, file=sys.stdout, delay=1, disable=not progress)
    return Path(
        pooch.retrieve(
            url,
            known_hash=sha256 and f"sha256:{sha256}",
            fname=file,
            path=folder,
            downloader=pooch.HTTPDownloader(progressbar=bar, timeout=30),
        )
    )


def _pooch() -> ModuleType:
    with warnings.catch_warnings():  # of tqdm, on a notebook without widgets, which we do not use
        warnings.simplefilter("ignore")
        import pooch
    pooch.get_logger().setLevel("WARNING")
    return pooch


def _downloaded(remote: Remote, target: Path, progress: bool) -> Path:
    try:
        return download(remote.url, target.parent, target.name, sha256=remote.sha256, progress=progress)
    except Exception as error:  # no network, no such page, other bytes: every library below has its own kind
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"[:100].rsplit(" ", 1)[0]
        raise SeqlabError(
            f"check the network and run this again. Or download {remote.url} elsewhere, put the file into a "
            f"folder {remote.folder}/ and let the variable SEQLAB_DATA name the folder above it. {remote.file} is not "
            "on this machine",
            got=reason,
        ) from None


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
