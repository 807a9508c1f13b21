"""The student's Drive: an empty folder."""

from pathlib import Path

from google.colab import note


def mount(mountpoint: str, force_remount: bool = False, **_) -> None:
    """Make the mount point with an empty MyDrive."""
    note("drive.mount", mountpoint=mountpoint)
    Path(mountpoint, "MyDrive").mkdir(parents=True, exist_ok=True)
