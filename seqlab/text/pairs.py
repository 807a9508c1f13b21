"""Sentences and their translations: sets by name, or the user's own file, split so that no source sentence leaks.

| name | from and to | pairs | terms |
|--|--|--|--|
| spa-eng | English, Spanish: Tatoeba's, short, on everyday matters | 118,964 | CC BY 2.0 FR |
| fra-eng | English, French: the same | 142,787 | CC BY 2.0 FR |
| multi30k-de, multi30k-fr | English, German or French: captions of photographs | 31,014 | research and teaching only |
| small, small-it | English, French or Italian: written for this package, inside it | some hundred | the package's licence |

A sentence of Tatoeba often has several translations. If pairs are split at random, a fifth of the test's sentences (of
fra-eng half) has been seen in training with another translation; `source_leakage` measures it.
"""

import gzip
import hashlib
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from seqlab import data
from seqlab.errors import SeqlabError
from seqlab.text.cutting import cut
from seqlab.text.examples import same_text
from seqlab.text.files import read_text

Pair: TypeAlias = tuple[str, str]  # a sentence, and its translation

_TATOEBA = "Tatoeba, by way of www.manythings.org/anki, CC BY 2.0 FR"
TERMS = {
    "spa-eng": _TATOEBA,
    "fra-eng": _TATOEBA,
    "multi30k-de": "Multi30K (Elliott et al. 2016): non-commercial research and education only; please cite the paper",
    "multi30k-fr": "Multi30K (Elliott et al. 2017): non-commercial research and education only; please cite the paper",
    "small": "written for seqlab, under its licence",
    "small-it": "written for seqlab, under its licence",
}
NAMES = tuple(TERMS)
LANGUAGES = {
    "spa-eng": ("English", "Spanish"),
    "fra-eng": ("English", "French"),
    "multi30k-de": ("English", "German"),
    "multi30k-fr": ("English", "French"),
    "small": ("English", "French"),
    "small-it": ("English", "Italian"),
}

_GITHUB = "https://raw.githubusercontent.com"
# name -> the file, and the member of it that holds the pairs
_ZIPS = {
    "spa-eng": (
        data.Remote(
            "tatoeba_spa_eng",
            "spa-eng.zip",
            f"{_GITHUB}/Hoangduc212001/hoang/2cfd26f9551f5c2d614e8000500891801840a438/spa-eng.zip",
            "f80e581ae291aa34dd3aba7bd98b5e9505234da4318e2f3295df70a1520c7f61",
        ),
        "spa-eng/spa.txt",
    ),
    "fra-eng": (
        data.Remote(
            "tatoeba_fra_eng",
            "fra-eng.zip",
            f"{_GITHUB}/genimind/seq2seq/4f3f8eb0adde54fcc8b89394336b002e7961244c/fra-eng.zip",
            "16c4f7d0df9e7c5e6c54cdb0447f3f4a18a55052ff5e2e0b27dd4a06c0e49d04",
        ),
        "fra.txt",
    ),
}
_MULTI30K = f"{_GITHUB}/multi30k/dataset/a3d2e0d26b56f3846f66a952536ffed4e401d05a/data/task1/raw"
_PARTS = ("train", "val", "test_2016_flickr")
_SHA256 = {
    "train.en": "d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f",
    "train.de": "726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6",
    "train.fr": "622e75069e9f4c577425c4f277116ce66e63a2401c0a2312d90073cb12379a3c",
    "val.en": "14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28",
    "val.de": "f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a",
    "val.fr": "ca3106f1a72390591d25f6c45cb4cd39dec4cd3f123e099748a3ce5256c160e9",
    "test_2016_flickr.en": "611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9",
    "test_2016_flickr.de": "9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8",
    "test_2016_flickr.fr": "6d326e188d259fb1d04ac19eae3af956559b3a0b93d7635e56c90987c40c8b90",
}


@dataclass(frozen=True)
class Pairs:
    """A set of pairs in three parts: lists of (sentence, translation). `languages` names the two sides."""

    name: str
    train: list[Pair]
    validation: list[Pair]
    test: list[Pair]
    languages: tuple[str, str] = ("source", "target")
    terms: str = ""

    def __repr__(self) -> str:
        parts = ", ".join(f"{len(getattr(self, part)):,} {part}" for part in ("train", "validation", "test"))
        return f"<{self.name}, {self.languages[0]} to {self.languages[1]}: {parts} pairs>"

    def short(
        self, longest: int | None = None, train: int | None = None, held_out: int | None = None, seed: int = 0
    ) -> "Pairs":
        """Only pairs whose sides have at most `longest` words and marks, and of these a choice, drawn at random.

        Args:
            longest: None for any length.
            train, held_out: at most so many pairs for training, and for validation and test each; None for all.

        Of one sentence's several translations all are chosen, or none; so there may be a few pairs less.
        """

        def chosen(pairs: list[Pair], n: int | None) -> list[Pair]:
            if longest is not None:
                pairs = [pair for pair in pairs if all(len(cut(side)) <= longest for side in pair)]
            return _some(pairs, n, seed)

        return replace(
            self,
            train=chosen(self.train, train),
            validation=chosen(self.validation, held_out),
            test=chosen(self.test, held_out),
        )


def load_pairs(name: str = "spa-eng", *, reverse: bool = False, progress: bool = True) -> Pairs:
    """A set of sentences and their translations, in its three parts.

    Args:
        name: one of those above, or the path of a file of yours (see `read_pairs`).
        reverse: translate the other way, into English.
        progress: show a bar while a set is downloaded.

    Multi30k has parts of its own; all other sets are split by the hash of the source sentence (`split_by_source`).

    Raises:
        SeqlabError: no such set, or it can be neither found nor downloaded, or a file that does not hold pairs.

    >>> pairs = load_pairs("small")
    >>> pairs.languages, source_leakage(pairs.train, pairs.test)
    (('English', 'French'), 0.0)
    """
    languages = LANGUAGES.get(name, ("source", "target"))
    languages = languages[::-1] if reverse else languages

    def turned(pairs: Iterable[Pair]) -> list[Pair]:
        return [(b, a) if reverse else (a, b) for a, b in pairs]

    if name.startswith("multi30k-") and name in TERMS:
        train, validation, test = (turned(_multi30k(part, name[-2:], progress)) for part in _PARTS)
        return Pairs(name, train, validation, test, languages, TERMS[name])
    if name in _ZIPS:
        remote, member = _ZIPS[name]
        with zipfile.ZipFile(data.fetch(remote, progress=progress)) as archive:
            everything = parse_pairs(archive.read(member).decode(), name)
    elif name in TERMS:
        everything = read_pairs(data.small_set("pairs") / f"{name}.tsv")
    elif (path := Path(name).expanduser()).exists():
        everything, name = read_pairs(path), path.stem
    else:
        raise SeqlabError(f"a set of pairs is one of {', '.join(NAMES)}, or a file of yours", got=repr(name))
    train, validation, test = split_by_source(turned(everything))
    return Pairs(name, train, validation, test, languages, TERMS.get(name, ""))


def read_pairs(path: str | Path) -> list[Pair]:
    """The pairs of a file of text: a sentence, a tab, its translation; more columns are not read.

    Raises:
        SeqlabError: no such file, no pair, a line without a tab, or with an empty side; it names the line.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise SeqlabError("a file of pairs", got=f"nothing at {path}", fix="check the path")
    return parse_pairs(read_text(path), str(path))


def parse_pairs(text: str, where: str = "the text") -> list[Pair]:
    """The pairs of a text, a line each, every pair once. Raises as `read_pairs` does.

    >>> parse_pairs("Go.\\tVa !\\nGo.\\tVa !\\nRun!\\tCours !")
    [('Go.', 'Va !'), ('Run!', 'Cours !')]
    """
    pairs: dict[Pair, None] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        sides = [side.strip() for side in line.split("\t")[:2]]
        if len(sides) < 2:
            raise SeqlabError(
                "a sentence, a tab and its translation in every line", got=f"no tab in line {number} of {where}"
            )
        if not all(sides):
            empty = "sentence" if not sides[0] else "translation"
            raise SeqlabError(
                "a sentence and its translation in every line", got=f"no {empty} in line {number} of {where}"
            )
        pairs[sides[0], sides[1]] = None
    if not pairs:
        raise SeqlabError("a pair or more", got=f"none in {where}")
    return list(pairs)


def split_by_source(pairs: Iterable[Pair]) -> tuple[list[Pair], list[Pair], list[Pair]]:
    """Split pairs for good: where one goes depends on nothing but the letters and digits of its source sentence.

    A tenth of the sentences is for testing (sha256 modulo 10 is 0), a tenth for validation (1), the rest for training;
    all translations of a sentence stay together.

    Returns:
        train, validation, test.
    """
    parts: tuple[list[Pair], ...] = ([], [], [])
    for pair in pairs:
        parts[{0: 2, 1: 1}.get(_hash(pair[0]) % 10, 0)].append(pair)
    return parts[0], parts[1], parts[2]


def split_at_random(pairs: Sequence[Pair], seed: int = 0) -> tuple[list[Pair], list[Pair], list[Pair]]:
    """As one should not: a random tenth for testing, another for validation. For `source_leakage` to measure."""
    order = np.random.default_rng(seed).permutation(len(pairs)).tolist()
    tenth = len(pairs) // 10
    test, validation, train = order[:tenth], order[tenth : 2 * tenth], order[2 * tenth :]
    return [pairs[i] for i in train], [pairs[i] for i in validation], [pairs[i] for i in test]


def source_leakage(train: Iterable[Pair], test: Sequence[Pair]) -> float:
    """The share of test pairs whose source sentence, but for marks, spaces and capitals, is also in training.

    >>> source_leakage([("Go!", "Va !"), ("Run!", "Cours !")], [("Go.", "Vas-y."), ("Stop.", "Arrête.")])
    0.5
    """
    seen = {_key(source) for source, _ in train}
    return sum(_key(source) in seen for source, _ in test) / max(len(test), 1)


def _key(source: str) -> str:
    return same_text(source) or source.strip()


def _hash(source: str) -> int:
    return int(hashlib.sha256(_key(source).encode("utf-8", "replace")).hexdigest(), 16)


def _some(pairs: list[Pair], n: int | None, seed: int) -> list[Pair]:
    """At most n pairs, with all translations of each sentence among them, in the order of before."""
    if n is None or len(pairs) <= n:
        return pairs
    numbers: dict[str, list[int]] = {}
    for i, (source, _) in enumerate(pairs):
        numbers.setdefault(_key(source), []).append(i)
    groups = list(numbers.values())
    chosen: list[int] = []
    for g in np.random.default_rng(seed).permutation(len(groups)):
        if len(chosen) + len(groups[g]) <= n:
            chosen += groups[g]
    return [pairs[i] for i in sorted(chosen)]


def _multi30k(part: str, language: str, progress: bool) -> list[Pair]:
    """The sentences of one part, line by line."""
    sides = []
    for one in ("en", language):
        file = f"{part}.{one}.gz"
        remote = data.Remote("multi30k", file, f"{_MULTI30K}/{file}", _SHA256[f"{part}.{one}"])
        sides.append(
            gzip.decompress(data.fetch(remote, progress=progress).read_bytes()).decode().strip("\n").split("\n")
        )
    return [(a.strip(), b.strip()) for a, b in zip(*sides, strict=True)]
