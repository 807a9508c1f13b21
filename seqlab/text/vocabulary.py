"""Words, and their ids: text is cut into words and marks, a vocabulary numbers them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from seqlab.errors import SeqlabError

PAD, UNK = 0, 1

# A word with its apostrophes; a character of a script that is written without spaces; or a single mark.
_TOKEN = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\W_]+(?:'[^\W_]+)*|[^\w\s]")


def words(text: str) -> list[str]:
    """The words and punctuation marks of a text, in lower case; a hyphen stands between two words.

    Args:
        text: of any script and length; compatibility characters and apostrophes are made one kind.

    >>> words("It's NOT bad -- not at all!")
    ["it's", 'not', 'bad', '-', '-', 'not', 'at', 'all', '!']
    """
    if not isinstance(text, str):
        raise SeqlabError("a text", got=f"a {type(text).__name__}", fix="pass a str")
    text = text.encode("utf-8", "replace").decode()  # half of a surrogate pair cannot be written anywhere
    text = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    return _TOKEN.findall(text)


class Vocabulary:
    """Words by number. 0 is padding, 1 any word that is not known; the words follow, most frequent first.

    ``words`` is the tuple of all, so that ``vocabulary.words[i]`` is the word of id i.

    >>> vocabulary = Vocabulary.from_texts(["good fun", "good grief"], min_count=1)
    >>> vocabulary.encode("a good fun film")
    [1, 2, 3, 1]
    >>> vocabulary.decode([2, 1])
    ['good', '[UNK]']
    """

    def __init__(self, known: Iterable[str]):
        self.words = ("", "[UNK]", *known)
        self.index = {word: i for i, word in enumerate(self.words)}
        if len(self.index) != len(self.words) or not all(isinstance(word, str) for word in self.words):
            raise SeqlabError("a vocabulary that names each word once", got="a word twice, or one that is no text")

    @classmethod
    def from_texts(
        cls, texts: Iterable[str | Sequence[str]], *, size: int | None = None, min_count: int = 2
    ) -> "Vocabulary":
        """The words of texts (or of lists of words) that occur at least `min_count` times.

        Args:
            texts: of the training part alone: a vocabulary is learnt like a weight.
            size: V at most, padding and unknown included; the most frequent words stay.
        """
        if size is not None and size < 2:
            raise SeqlabError("a vocabulary has a size of 2 or more", got=str(size))
        count = Counter(w for text in texts for w in (words(text) if isinstance(text, str) else text))
        kept = sorted((w for w in count if count[w] >= min_count), key=lambda w: (-count[w], w))
        return cls(kept[: None if size is None else size - 2])

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return self.index.get(word, 0) > UNK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and other.words == self.words

    def __hash__(self) -> int:
        return hash(self.words)

    def __repr__(self) -> str:
        return f"Vocabulary of {len(self):,} ids: {' '.join(self.words[2:8])} …"

    def encode(self, text: str | Sequence[str]) -> list[int]:
        """The ids of a text, or of a list of words; a word that is not known becomes 1."""
        tokens = words(text) if isinstance(text, str) else text
        return [self.index.get(token, UNK) or UNK for token in tokens]

    def decode(self, ids: Sequence[int]) -> list[str]:
        """The words of ids; padding is left out."""
        return [self.words[int(i)] for i in np.asarray(ids).ravel() if int(i) != PAD]
