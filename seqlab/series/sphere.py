"""Places on the Earth, taken for a sphere: great-circle distances, going on along a great circle, a plane around a place.

A place is (latitude, longitude) in degrees, north and east positive, along the last axis.
"""

import numpy as np
from numpy.typing import ArrayLike

EARTH_KM = 6371.0088  # mean radius (IUGG)


def distance_km(a: ArrayLike, b: ArrayLike) -> np.ndarray:
    """Great-circle distances in km between places (..., 2), by the haversine formula, which is exact for near ones too.

    >>> round(float(distance_km([42.36, -71.06], [48.86, 2.35])))  # Boston to Paris
    5531
    """
    p, q = np.radians(np.asarray(a, float)), np.radians(np.asarray(b, float))
    half = np.sin((p - q) / 2) ** 2
    h = half[..., 0] + np.cos(p[..., 0]) * np.cos(q[..., 0]) * half[..., 1]
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(h, 0, 1))))


def go_on(a: ArrayLike, b: ArrayLike, steps: int) -> np.ndarray:
    """From a (..., 2) to b (..., 2) in one step, and on along the same great circle: (..., steps, 2) after b.

    >>> go_on([0.0, 0.0], [0.0, 10.0], 2).round(6).tolist()
    [[0.0, 20.0], [0.0, 30.0]]
    """
    u, v = _vectors(np.asarray(a, float)), _vectors(np.asarray(b, float))
    angle = np.arctan2(np.linalg.norm(np.cross(u, v), axis=-1), (u * v).sum(-1))[..., None, None]
    k = np.arange(1, steps + 1)[:, None]
    sine = np.where(angle > 1e-12, np.sin(angle), 1.0)
    ahead = np.where(angle > 1e-12, np.sin((k + 1) * angle) / sine, 1.0) * v[..., None, :]
    behind = np.where(angle > 1e-12, np.sin(k * angle) / sine, 0.0) * u[..., None, :]
    return _places(ahead - behind)


def to_plane(places: ArrayLike, origin: ArrayLike) -> np.ndarray:
    """Kilometres east and north of an origin, for places (..., 2) that lie some hundred km around it."""
    places, origin = np.asarray(places, float), np.asarray(origin, float)
    per_degree = EARTH_KM * np.pi / 180
    east = (places[..., 1] - origin[..., 1]) * np.cos(np.radians(origin[..., 0])) * per_degree
    return np.stack([east, (places[..., 0] - origin[..., 0]) * per_degree], -1)


def from_plane(points: ArrayLike, origin: ArrayLike) -> np.ndarray:
    """The places of kilometres east and north of an origin: what `to_plane` undoes.

    >>> from_plane(to_plane([30.5, -79.0], [30, -80]), [30, -80]).round(9).tolist()
    [30.5, -79.0]
    """
    points, origin = np.asarray(points, float), np.asarray(origin, float)
    per_degree = EARTH_KM * np.pi / 180
    east = points[..., 0] / (np.cos(np.radians(origin[..., 0])) * per_degree)
    return np.stack([origin[..., 0] + points[..., 1] / per_degree, origin[..., 1] + east], -1)


def _vectors(places: np.ndarray) -> np.ndarray:
    lat, long = np.radians(places[..., 0]), np.radians(places[..., 1])
    return np.stack([np.cos(lat) * np.cos(long), np.cos(lat) * np.sin(long), np.sin(lat)], -1)


def _places(v: np.ndarray) -> np.ndarray:
    lat = np.arctan2(v[..., 2], np.linalg.norm(v[..., :2], axis=-1))
    return np.degrees(np.stack([lat, np.arctan2(v[..., 1], v[..., 0])], -1))
