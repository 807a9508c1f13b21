"""Sets of labelled sentences, by name or from the user's own file.

| name | what | sentences | terms |
|--|--|--|--|
| rt_polarity | Pang and Lee 2005: snippets of film reviews, in lower case | 10,660 | CC BY 4.0 |
| uci | Kotzias et al. 2015: sentences on products, films and restaurants | 3,000 | CC BY 4.0, cite the paper |
| imdb | Maas et al. 2011, as Keras prepares it: long film reviews; a download of 17 MB | 50,000 | cite the paper |
| small | written for this package, inside it | 240 | the package's licence |

Never add SST-2 to rt_polarity: most of its test sentences stand in rt_polarity's training part.
"""

import itertools
import zipfile
from collections.abc import Iterable
from pathlib import Path

from seqlab import data
from seqlab.errors import SeqlabError
from seqlab.text.examples import Labelled, Sentences, labelled, same_text, split_by_hash
from seqlab.text.files import Read, read_files, read_labelled

RT_POLARITY = data.Remote(
    "rt_polarity",
    "sentence_polarity.zip",
    "https://raw.githubusercontent.com/nltk/nltk_data/5db857e6f7df11eabb5e5665836db9ec8df07e28"
    "/packages/corpora/sentence_polarity.zip",
    "6e1ed4405b65c7eabf1d199a7f7c437091ac21da0ea7467b410a74062574566b",
)
_UCI = (
    "https://raw.githubusercontent.com/hhachiya/intelligentSystemTraining/78c693ed20203de78d6bd2497dc397ee6c7630e4"
    "/sentiment_labelled_sentences/"
)
UCI = tuple(
    data.Remote("uci_sentences", file := f"{place}_labelled.txt", _UCI + file, sha256)
    for place, sha256 in (
        ("amazon_cells", "7be823faba153abbb84b8b58e90112a3a67d5f92cfc24edd6b6514a0f31fa5b9"),
        ("imdb", "2c2e444fe8623b10370b0b71d24ec3d55bdc52546a82b88682e8dd344f0a81fa"),
        ("yelp", "8d286eda374ca0001e63c747b59414aba5510012db2ad96f7bc38dc5bcde108c"),
    )
)
TERMS = {
    "rt_polarity": "Bo Pang and Lillian Lee, sentence polarity dataset v1.0 (ACL 2005), CC BY 4.0",
    "uci": "Kotzias et al., Sentiment Labelled Sentences (KDD 2015), CC BY 4.0; please cite the paper",
    "imdb": "Maas et al., Large Movie Review Dataset (ACL 2011); please cite the paper",
    "small": "written for seqlab, under its licence",
}
NAMES = tuple(TERMS)


def load_sentences(
    name: str = "rt_polarity", *, text: str | None = None, label: str | None = None, progress: bool = True
) -> Sentences:
    """A data set in its three parts.

    Args:
        name: one of those above, or the path of a CSV or TSV file or a folder (see `read_labelled`).
        text, label: columns of the user's own file. progress: show a bar while a set is downloaded.

    All sets but imdb are split by the hash of the sentence, after sentences that differ in marks and spaces
    only have been dropped (`split_by_hash`). imdb keeps its own test part; its training part is split.

    Raises:
        SeqlabError: no such set, or it can be neither found nor downloaded.

    >>> load_sentences("small").classes
    ('negative', 'positive')
    """
    if name in _LOADERS:
        return _LOADERS[name](progress)
    path = Path(name).expanduser()
    if not path.exists():
        raise SeqlabError(f"a set is one of {', '.join(NAMES)}, or a file or folder of yours", got=repr(str(name)))
    return _own(path, read_files(path, text=text, label=label))


def _own(path: Path, read: Read) -> Sentences:
    """A file of the user's in three parts. Those that a folder has are kept; what is missing is split off from the rest.

    A sentence that stands in a later part too, or twice, is taken once, and not for training if it can be helped.
    """
    given = dict(read.parts)
    test, validation = given.pop("test", None), given.pop("validation", None)
    train, a_tenth, another = split_by_hash(pair for part in given.values() for pair in part)
    train = labelled(itertools.chain(train, a_tenth if validation else (), another if test else ()))
    test = test or another
    validation = _without(validation or a_tenth, test)
    train = _without(train, test, validation)
    copies = sum(map(len, read.parts.values())) - len(train) - len(validation) - len(test)
    told = read.told + (f"; {copies} copies are left out" if copies else "")
    return Sentences(path.name.split(".")[0], train, validation, test, read.classes, told=told)


def _without(part: Labelled, *others: Labelled) -> Labelled:
    """The examples whose letters and digits stand in none of the other parts."""
    theirs = {same_text(text) for other in others for text in other.texts}
    return labelled((text, label) for text, label in part if same_text(text) not in theirs)


def _rt_polarity(progress: bool) -> Sentences:
    with zipfile.ZipFile(data.fetch(RT_POLARITY, progress=progress)) as archive:
        pairs = [
            (line.strip(), label)
            for ending, label in (("pos", 1), ("neg", 0))
            for line in archive.read(f"sentence_polarity/rt-polarity.{ending}").decode().split("\n")
            if line.strip()
        ]
    return Sentences("rt_polarity", *split_by_hash(pairs), terms=TERMS["rt_polarity"])


def _uci(progress: bool) -> Sentences:
    parts = [read_labelled(data.fetch(remote, progress=progress))[0] for remote in UCI]
    return Sentences("uci", *split_by_hash(pair for part in parts for pair in part), terms=TERMS["uci"])


def _small(progress: bool) -> Sentences:
    everything, _ = read_labelled(data.small_set("sentences") / "sentences.tsv")
    return Sentences("small", *split_by_hash(everything), terms=TERMS["small"])


def _imdb(progress: bool) -> Sentences:
    import keras

    try:
        (x, y), (x_test, y_test) = keras.datasets.imdb.load_data()
        index = keras.datasets.imdb.get_word_index()
    except Exception as error:  # Keras raises the kinds of whatever broke on the way
        raise SeqlabError(
            "the reviews that Keras downloads", got=f"{type(error).__name__}: {error}"[:100], fix="check the network"
        ) from None
    word = {number + 3: name for name, number in index.items()}

    def part(rows: Iterable[list[int]], labels: Iterable[int]) -> Labelled:
        return labelled(
            (" ".join(word.get(i, "") for i in row[1:]), int(b)) for row, b in zip(rows, labels, strict=True)
        )

    train, validation, rest = split_by_hash(part(x, y))
    train = labelled([*train, *rest])
    return Sentences("imdb", train, validation, part(x_test, y_test), terms=TERMS["imdb"])


_LOADERS = {"rt_polarity": _rt_polarity, "uci": _uci, "imdb": _imdb, "small": _small}
