"""Sentences with labels, their parts, and how they are split so that nothing leaks."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from seqlab.errors import SeqlabError


@dataclass(frozen=True)
class Labelled:
    """Texts and their class ids: `texts[i]` has `labels[i]`, an index into the set's class names."""

    texts: tuple[str, ...]
    labels: np.ndarray  # (N,) int64

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return zip(self.texts, self.labels.tolist(), strict=True)

    def only(self, keep: Sequence[int]) -> "Labelled":
        """The examples with these indices, in this order.

        Raises:
            IndexError: there is no such example.
        """
        return Labelled(tuple(self.texts[i] for i in keep), self.labels[np.asarray(keep, int)])


@dataclass(frozen=True)
class Sentences:
    """A data set in three parts.

    `classes` names the labels; `terms` says whose it is and what is allowed; `told`, of a file of the user's, what was
    read of it.
    """

    name: str
    train: Labelled
    validation: Labelled
    test: Labelled
    classes: tuple[str, ...] = ("negative", "positive")
    terms: str = ""
    told: str = ""

    def __repr__(self) -> str:
        parts = ", ".join(f"{len(getattr(self, part)):,} {part}" for part in ("train", "validation", "test"))
        return f"<{self.name}: {parts}; {' / '.join(self.classes)}>"


def labelled(pairs: Iterable[tuple[str, int]]) -> Labelled:
    """Labelled texts from (text, class id) pairs, in their order.

    >>> len(labelled([("good", 1), ("bad", 0)]))
    2
    """
    pairs = list(pairs)
    return Labelled(tuple(text for text, _ in pairs), np.array([label for _, label in pairs], np.int64))


def same_text(text: str) -> str:
    """What two copies of a sentence have in common: its letters and digits, in lower case.

    >>> same_text("So bad!") == same_text("so  bad .")
    True
    """
    return re.sub(r"[\W_]+", "", text.lower())


def split_by_hash(pairs: Iterable[tuple[str, int]]) -> tuple[Labelled, Labelled, Labelled]:
    """Split sentences for good: where one goes depends on nothing but its own text.

    A tenth is for testing (sha256 of the text modulo 10 is 0), a tenth for validation (1), the rest for
    training. A sentence that differs from an earlier one in spaces, marks or capitals only is dropped first,
    so that no copy can stand on both sides; copies apart, the order of the set does not matter.

    Returns:
        train, validation, test.
    """
    train: list[tuple[str, int]] = []
    validation: list[tuple[str, int]] = []
    test: list[tuple[str, int]] = []
    seen = set()
    for text, label in pairs:
        if (key := same_text(text)) in seen:
            continue
        seen.add(key)
        tenth = int(hashlib.sha256(text.strip().encode("utf-8", "replace")).hexdigest(), 16) % 10
        {0: test, 1: validation}.get(tenth, train).append((text, label))
    return labelled(train), labelled(validation), labelled(test)


def leakage(sentences: Sentences) -> dict[str, list[str]]:
    """Test and validation sentences whose letters and digits also stand in an earlier part; empty lists if none.

    >>> a = labelled([("so bad", 0)])
    >>> leakage(Sentences("x", a, labelled([("So bad!", 0)]), labelled([("fine", 1)])))
    {'validation': ['So bad!'], 'test': []}
    """
    seen = set(map(same_text, sentences.train.texts))
    found = {}
    for part in ("validation", "test"):
        texts = getattr(sentences, part).texts
        found[part] = [text for text in texts if same_text(text) in seen]
        seen.update(map(same_text, texts))
    return found


def check_trainable(part: Labelled, classes: Sequence[str]) -> None:
    """Raise SeqlabError unless there is something to learn from: two classes, each with an example."""
    there = sorted(set(part.labels.tolist()))
    if len(there) < 2:
        names = ", ".join(classes[i] for i in there) or "none"
        raise SeqlabError("training sentences of two classes or more", got=f"{len(part)} sentences of: {names}")
