"""Tracks: storms on the ocean, pedestrians on a square, a ball in a box. Many short series, each of one mover.

They are split by mover and by time or place, never by window: two windows of one track are near copies of each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from seqlab import data
from seqlab.errors import SeqlabError

_UCY = "https://raw.githubusercontent.com/crowdbotp/OpenTraj/97ec1d5e1b579f26febeaa9083705952deac338a/datasets/UCY/"
SCENES = {
    name: data.Remote("ucy", f"{name}.obsmat.txt", f"{_UCY}{name}/obsmat.txt", sha256, packed)
    for name, sha256, packed in (
        (
            "zara01",
            "bd999ebcfbc506821fa5032a10b9101e150defcff85f1ef037d09ce7c6a8c2aa",
            "c75a6cdc43fb82c34e4dbbac1f58b3d270a89404498212ab98115269e4a000c6",
        ),
        (
            "zara02",
            "0b29bdacd54b971299b741f291d9b0eac0ce9aeec9901e75576c529a39523e9b",
            "5c7a0ec221413a41321fbea66eee899f6d2e89ed6c879335bd3d880fa2a5a423",
        ),
        (
            "students03",
            "d9fd7048eab7d3d9550d7ac4f59b19d97a87612310e8c8e48cf3aaf59764ff80",
            "02a720fd7b72aa585201593968d391fa508785836144d43d581d23241b687e12",
        ),
    )
}


@dataclass(frozen=True)
class Track:
    """One mover, at even steps of time.

    Attributes:
        name: whose track it is; pieces of one mover share it. year: of its first point, for storms.
        points: (T, 2) float64. Storms: latitude and longitude in degrees, every 6 hours; pedestrians: metres, every 0.4 s.
        beside: (T, E) what else was measured there. Storms: wind in knots. Pedestrians: nothing, E = 0.
    """

    name: str
    points: np.ndarray
    beside: np.ndarray
    year: int = 0

    def __len__(self) -> int:
        return len(self.points)


@dataclass(frozen=True)
class TrackParts:
    """Tracks to learn from, to choose by, and to be measured on."""

    train: list[Track]
    validation: list[Track]
    test: list[Track]


def load_storms(*, validation_from: int = 2013, test_from: int = 2018) -> TrackParts:
    """Atlantic storms, 1975 to 2024 (HURDAT2, in the package), split by year: to 2012, to 2017, from 2018.

    A storm whose record has a gap is several tracks of one name; it belongs to the year in which it began.

    >>> parts = load_storms()
    >>> max(t.year for t in parts.train), min(t.year for t in parts.test)
    (2012, 2018)
    """
    table = pd.read_csv(data.small_set("series") / "storms.csv.gz", parse_dates=["time"])
    apart = table["time"].diff()
    another = (table["storm"] != table["storm"].shift()) | (apart > pd.Timedelta(days=30)) | (apart < pd.Timedelta(0))
    table["which"] = another.cumsum()
    table["piece"] = (another | (apart != pd.Timedelta(hours=6))).cumsum()
    begun = table.groupby("which")["time"].transform("min").dt.year
    tracks = [
        Track(
            f"{piece['storm'].iloc[0]} {begun[piece.index[0]]}",
            piece[["lat", "long"]].to_numpy("float64"),
            piece[["wind"]].to_numpy("float64"),
            int(begun[piece.index[0]]),
        )
        for _, piece in table.groupby("piece", sort=True)
    ]
    return TrackParts(
        [t for t in tracks if t.year < validation_from],
        [t for t in tracks if validation_from <= t.year < test_from],
        [t for t in tracks if t.year >= test_from],
    )


def load_pedestrians(left_out: str = "zara01", *, progress: bool = True) -> TrackParts:
    """Pedestrians of UCY's "Crowds by Example" (Lerner, Chrysanthou, Lischinski 2007), in metres, every 0.4 s.

    Split by place, as the field does: `left_out` is the test part. The last fifth of the walkers of each other scene, by
    time, is for validation. A download of 4 MB; free for use with credit to the authors.

    Raises:
        SeqlabError: no such scene, or the files can be neither found nor downloaded.
    """
    if left_out not in SCENES:
        raise SeqlabError(f"a scene is one of {', '.join(SCENES)}", got=repr(left_out))
    train: list[Track] = []
    validation: list[Track] = []
    for scene in SCENES:
        walkers = _scene(scene, progress)
        if scene == left_out:
            test = walkers
        else:
            names = names_of(walkers)
            early = set(names[: len(names) * 4 // 5])
            train += [track for track in walkers if track.name in early]
            validation += [track for track in walkers if track.name not in early]
    return TrackParts(train, validation, test)


def _scene(scene: str, progress: bool) -> list[Track]:
    path = data.fetch(SCENES[scene], progress=progress)
    table = pd.read_csv(path, sep=r"\s+", header=None, usecols=[0, 1, 2, 4], names=["frame", "who", "x", "y"])
    tracks = []
    for who, rows in table.sort_values(["who", "frame"]).groupby("who", sort=False):
        for piece in np.split(rows.to_numpy(), np.flatnonzero(np.diff(rows["frame"]) != 10) + 1):
            tracks.append((piece[0, 0], Track(f"{scene} {int(who)}", piece[:, 2:], np.zeros((len(piece), 0)))))
    return [track for _, track in sorted(tracks, key=lambda pair: pair[0])]


def ball_in_a_box(T: int, rng: np.random.Generator, *, radius: float = 0.05, speed: float = 0.08) -> np.ndarray:
    """A ball between walls, without friction: positions (T, 2) in a box of side 1, lengths a step as `speed` says.

    >>> track = ball_in_a_box(100, np.random.default_rng(0))
    >>> bool((track >= 0.05).all() and (track <= 0.95).all())
    True
    """
    room = 1 - 2 * radius
    direction = rng.uniform(0, 2 * np.pi)
    straight = rng.uniform(0, room, 2) + np.arange(T)[:, None] * speed * np.array(
        [np.cos(direction), np.sin(direction)]
    )
    return np.asarray(radius + np.abs((straight + room) % (2 * room) - room))  # a mirror at each wall


def track_windows(tracks: Iterable[Track], n_in: int, n_out: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All windows of all tracks: no window runs from one track into another.

    Returns:
        X (M, n_in, 2 + E), points and what was measured beside them; Y (M, n_out, 2), the points that follow; and whose
        they are, (M,), a number for each name.

    Raises:
        SeqlabError: no track is long enough.
    """
    X, Y, whose = [], [], []
    numbers: dict[str, int] = {}
    for track in tracks:
        number = numbers.setdefault(track.name, len(numbers))
        both = np.concatenate([track.points, track.beside], 1)
        for i in range(len(track) - n_in - n_out + 1):
            X.append(both[i : i + n_in])
            Y.append(track.points[i + n_in : i + n_in + n_out])
            whose.append(number)
    if not X:
        raise SeqlabError(f"a track of {n_in + n_out} points or more", got="none so long")
    return np.stack(X), np.stack(Y), np.array(whose)


def names_of(tracks: Sequence[Track]) -> list[str]:
    """The names, in the order of the numbers that `track_windows` gives."""
    return list(dict.fromkeys(track.name for track in tracks))
