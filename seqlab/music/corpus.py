"""Tunes from the corpus that music21 installs, read as text.

| name | what | tunes |
|--|--|--|
| oneill | O'Neill's Music of Ireland, 1903: 1,850 melodies, some transcribed twice | 2,009 |
| ryan | Ryan's Mammoth Collection, 1883 | 1,059 |
| aird | Aird's Airs, 1778 to 1801 | 1,180 |
| miscFolk | American fife music, Northumbrian Minstrelsy | 185 |
| essen | Essen folk song collection (Schaffrath): for non-commercial use only, so ask for it by name | 8,514 |

Nothing is copied: the files stay where music21 put them.
"""

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from seqlab.errors import SeqlabError
from seqlab.music.clusters import cluster, melody
from seqlab.music.completeness import incomplete_bars
from seqlab.music.files import Source, decode, is_place, number_of, sources_at, split_tunes
from seqlab.music.keys import parse_key
from seqlab.music.tune import ABCError, Tune, parse

FOLDERS = {
    "oneill": "oneills1850",
    "ryan": "ryansMammoth",
    "aird": "airdsAirs",
    "miscFolk": "miscFolk",
    "essen": "essenFolksong",
}
_DANCE = ("oneill", "ryan", "aird", "miscFolk")
ESSEN_TERMS = "The Essen folk song collection is for non-commercial use only; keep its notice with any copy."
# O'Neill's book is ordered by rhythm; the numbers at which its tagged tunes change: song airs and Carolan,
# double jigs, slip jigs, reels, hornpipes. The marches and long dances after 1780 are mixed.
_ONEILL_SECTIONS = ((700, "air"), (1115, "jig"), (1175, "slip jig"), (1555, "reel"), (1780, "hornpipe"))


class Refused(NamedTuple):
    """A tune that cannot be read: where it is and why."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.reason}"


def corpus_folder() -> Path:
    """Where music21 keeps its corpus; found without importing music21.

    Raises:
        SeqlabError: music21 is not installed.
    """
    spec = find_spec("music21")
    if spec is None or not spec.submodule_search_locations:
        raise SeqlabError("music21, whose corpus holds the tunes", got="no such package", fix="pip install music21")
    return Path(next(iter(spec.submodule_search_locations))) / "corpus"


def sources(collection: str) -> tuple[Source, ...]:
    """The texts of all tunes of a collection, or at a path or address, in the order of its files.

    Raises:
        SeqlabError: no such collection, or no tune there.
    """
    if collection in FOLDERS:
        return _installed(collection)
    if is_place(collection):
        return _named_apart(sources_at(collection))
    raise SeqlabError(f"a collection out of {', '.join(FOLDERS)}, or a file, folder or address", got=repr(collection))


@lru_cache(maxsize=8)
def _installed(collection: str) -> tuple[Source, ...]:
    found: list[Source] = []
    folder = corpus_folder() / FOLDERS[collection]
    for path in sorted(folder.glob("*.abc")):
        text = decode(path.read_bytes())
        if collection == "ryan":
            text = text.replace("=20\n", " \n").replace("=\n", " ")  # left over from an e-mail
        for block in split_tunes(text):
            number = number_of(block.text)
            name = {"oneill": number, "ryan": path.stem}.get(collection, f"{path.stem}-{number}")
            found.append(Source(f"{collection}/{name}", block.text, path.name, block.line))
    if not found:
        raise SeqlabError(
            f"the tunes of {collection} in {folder}",
            got="none there",
            fix="install music21 with its corpus: pip install --force-reinstall --no-deps music21",
        )
    return _named_apart(found)


def _named_apart(found: Iterable[Source]) -> tuple[Source, ...]:
    """A second tune of the same number gets ``.2`` after its id."""
    taken: Counter[str] = Counter()
    apart = []
    for source in found:
        taken[source.id] += 1
        again = taken[source.id]
        apart.append(source._replace(id=f"{source.id}.{again}") if again > 1 else source)
    return tuple(apart)


def _read(collection: str, ornaments: bool) -> tuple[list[Tune], list[Refused]]:
    """The tunes of a collection that can be read, and those that cannot."""
    return _read_installed(collection, ornaments) if collection in FOLDERS else _read_all(collection, ornaments)


def _read_all(collection: str, ornaments: bool) -> tuple[list[Tune], list[Refused]]:
    tunes: list[Tune] = []
    refused: list[Refused] = []
    for source in sources(collection):
        try:
            tune = parse(
                source.text,
                id=source.id,
                collection=collection,
                rhythm=_section(source.id) if collection == "oneill" else "",
                graces=ornaments,
                chords=ornaments,
                defaults=dict(source.defaults),
                line_ends_are_bars=collection == "essen",
            )
        except ABCError as error:
            refused.append(Refused(source.file, source.line + error.line - 1, error.reason))
        else:
            # Essen's R: says what a song is about
            tunes.append(replace(tune, rhythm="") if collection == "essen" else tune)
    return tunes, refused


_read_installed = lru_cache(maxsize=8)(_read_all)


def _section(id: str) -> str:
    found = re.match(r"oneill/(\d+)", id)  # one tune has no number: "X:" alone
    number = int(found[1]) if found else 9999
    return next((rhythm for last, rhythm in _ONEILL_SECTIONS if number <= last), "")


def _clusters(collections: tuple[str, ...]) -> dict[str, str]:
    """Tune id -> id of the first tune of its cluster, over ``collections``."""
    if set(collections) <= set(FOLDERS):
        return _installed_clusters(collections)
    return _find_clusters(collections)


def _find_clusters(collections: tuple[str, ...]) -> dict[str, str]:
    every = [source for collection in collections for source in sources(collection)]
    founders = cluster([melody(source.text) for source in every])
    return {source.id: every[first].id for source, first in zip(every, founders, strict=True)}


_installed_clusters = lru_cache(maxsize=2)(_find_clusters)


def load_tunes(
    collections: Sequence[str | Path] | str | Path = ("oneill",),
    rhythm: str | None = None,
    key: str | None = None,
    require_complete: bool = True,
    dedupe: bool = True,
    ornaments: bool = False,
    on_error: str = "skip",
) -> list[Tune]:
    """Load tunes, cleaned and normalised.

    Args:
        collections: of ``oneill ryan aird miscFolk essen`` (Essen is for non-commercial use only), or a
            file (gzip and zip too), a folder of ``.abc`` files, or an http(s) address of your own.
        rhythm: keep tunes of this rhythm alone, such as ``"reel"`` or ``"jig"``.
        key: keep tunes in this key alone, such as ``"D"``, ``"Em"`` or ``"Ador"``.
        require_complete: leave out tunes in which a bar does not fill its meter.
        dedupe: of tunes with the same notes and rhythm, in whatever key, keep the first.
        ornaments: keep grace notes and chord symbols; most players choose their own.
        on_error: ``"skip"`` leaves out a tune that cannot be read (``refused_tunes`` tells which and why);
            ``"raise"`` stops at the first.

    Returns:
        The tunes in the order of the books. ``tune.cluster`` groups near-duplicates over all dance
        collections, whichever of them are loaded; split with ``seqlab.music.split``, never at random.

    Raises:
        SeqlabError: an unknown collection, or nothing that fits.
    """
    given = (collections,) if isinstance(collections, str | Path) else collections
    names = tuple(dict.fromkeys(map(str, given)))
    if not names:
        raise SeqlabError("at least one collection", got="none", fix=f"name one of {', '.join(FOLDERS)}")
    if on_error not in ("skip", "raise"):
        raise SeqlabError("on_error='skip' or 'raise'", got=repr(on_error))
    if "essen" in names:
        warnings.warn(ESSEN_TERMS, stacklevel=2)
    clusters = _clusters(_DANCE + tuple(name for name in names if name not in _DANCE))
    wanted = str(parse_key(key)) if key is not None else None
    rhythm = rhythm.lower() if rhythm is not None else None
    kept: list[Tune] = []
    seen: set[tuple[str, bytes]] = set()
    every: list[Tune] = []
    refusals: list[Refused] = []
    for name in names:
        tunes, refused = _read(name, ornaments)
        if refused and on_error == "raise":
            raise SeqlabError("tunes that can be read", got=str(refused[0]), fix="correct it, or on_error='skip'")
        every += tunes
        refusals += refused
        for tune in tunes:
            if (require_complete and not tune.complete) or (wanted and tune.key != wanted):
                continue
            if rhythm is not None and tune.rhythm != rhythm:
                continue
            if dedupe:
                same = _shape(tune)
                if same in seen:
                    continue
                seen.add(same)
            kept.append(replace(tune, cluster=clusters[tune.id]))
    if not kept:
        raise _none_left(", ".join(names), every, refusals, rhythm, wanted)
    return kept


def _none_left(
    place: str, tunes: list[Tune], refused: list[Refused], rhythm: str | None, key: str | None
) -> SeqlabError:
    """Why no tune is left: all were refused, none is asked for, or bars are not full."""
    besides = f"; {len(refused):,} cannot be read, the first in {refused[0]}" if refused else ""
    if not tunes:
        every = "refused_tunes tells of each"
        return SeqlabError(f"tunes of {place} that can be read", got=f"none{besides}", fix=f"correct it; {every}")
    asked = [tune for tune in tunes if rhythm in (None, tune.rhythm) and key in (None, tune.key)]
    if not asked:
        found = f"{len(tunes):,}, none of them so{besides}"
        rhythms, keys = (sorted({*values} - {""}) for values in zip(*((t.rhythm, t.key) for t in tunes), strict=True))
        there = " and ".join(
            f"a {name} out of {', '.join(values)}"
            for name, wanted, values in (("rhythm", rhythm, rhythms), ("key", key, keys))
            if wanted is not None and values
        )
        what = " and ".join(
            f"{name} {value!r}" for name, value in (("rhythm", rhythm), ("key", key)) if value is not None
        )
        return SeqlabError(
            f"tunes of {place} with {what}", got=found, fix=f"ask for {there}" if there else "leave it out"
        )
    first = asked[0]
    number = next(incomplete_bars(first.bars))
    bar = first.bars[number]
    return SeqlabError(
        f"tunes of {place} whose bars are full",
        got=f"{len(asked):,} that can be read, none of them so: in the first, {first.id}, bar {number + 1} lasts "
        f"{bar.duration} quarter notes where its meter has {bar.meter.bar}{besides}",
        fix="correct it, or load them with require_complete=False",
    )


def _shape(tune: Tune) -> tuple[str, bytes]:
    """What two copies of a tune in different keys have in common: rhythm and intervals."""
    rhythm = re.sub(r"[A-Ga-g][,']*", "n", re.sub(r"[\^_=]", "", tune.body))
    steps = melody("K:C\n" + tune.body)
    return rhythm, (steps[1:] - steps[:-1]).tobytes()


def refused_tunes(collection: str | Path) -> list[Refused]:
    """The tunes of a collection, file or folder that cannot be read as ABC, each with file, line and reason.

    Raises:
        SeqlabError: no such collection, or no tune there.
    """
    return list(_read(str(collection), False)[1])
