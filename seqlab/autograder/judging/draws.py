"""The inputs of a check: numbers, ids and sizes, drawn afresh from the trial's seed."""

import contextlib
from collections.abc import Iterator

import numpy as np


class Draws:
    """A trial's generator, and the draws that checks share."""

    rng: np.random.Generator

    def case(self, label: str, visible: bool = False, kind: str = "") -> contextlib.AbstractContextManager[None]:
        """Name what is tried, and what kind of case it is if its name holds sizes (a trial says how)."""
        raise NotImplementedError

    def normal(self, *shape: int, scale: float = 1.0, dtype: str = "float32") -> np.ndarray:
        """Standard normal numbers times `scale`."""
        return (scale * self.rng.standard_normal(shape)).astype(dtype)

    def integers(self, high: int, *shape: int, low: int = 0) -> np.ndarray:
        """Ids in low … high-1, int64."""
        return self.rng.integers(low, high, shape)

    def sizes(self, letters: str, low: int = 2, high: int = 8) -> Iterator[tuple[int, ...]]:
        """Sizes for a grid of cases, each its own: all different, all equal (square), all ones.

        Where B or T is among the letters, also a batch of one and a sequence of one step, the others different.
        """
        names = letters.split()
        high = max(high, low + len(names))

        def different(one: str | None = None) -> list[int]:
            drawn = self.rng.permutation(np.arange(low, high))[: len(names)]
            return [1 if name == one else int(size) for name, size in zip(names, drawn, strict=True)]

        square, single = [int(self.rng.integers(3, 6))] * len(names), [1] * len(names)
        of_one = (("B", "a batch of one"), ("T", "a sequence of one step"))
        alone = [(kind, different(one)) for one, kind in of_one if one in names and len(names) > 1]
        drawn = ("drawn sizes", different()), ("equal sizes", square), ("all sizes 1", single)
        for kind, sizes in (*drawn, *alone):
            with self.case(", ".join(f"{n}={s}" for n, s in zip(names, sizes, strict=True)), kind=kind):
                yield tuple(sizes)
