"""Two kinds of gap in one frame: the clue stands just before the gap, or at the beginning of the text.

After the lecture's "The clouds are in the ___" and "I grew up in France, … and I speak fluent ___". Both begin with a
country, so that only the end says whether it matters.
"""

import numpy as np

__all__ = ["Clues"]

_COUNTRIES = {"France": "French", "Spain": "Spanish", "Italy": "Italian", "Japan": "Japanese"}
_THINGS = {"clouds": "sky", "fish": "sea", "cars": "street", "books": "shelf"}
_BEGINNING, _FAR, _NEAR = ["I", "grew", "up", "in"], ["and", "I", "speak", "fluent"], ["the", "are", "in", "the"]
_BETWEEN = "but now we live far away near some old green hills".split()


class Clues:
    """Texts of `length` words that end before a gap, and the word that belongs there; drawn anew at each call.

    Attributes:
        words: all words, whose places are their ids. answers: all words of the gap, whose places are the classes.
        country: the place of the country in every text; thing: that of the thing, where the text asks for it.

    >>> clues = Clues(14)
    >>> X, y = clues.draw(2, np.random.default_rng(0), far=1.0)
    >>> X.shape, [clues.answers[i] for i in y]
    ((2, 14), ['Italian', 'Japanese'])
    """

    def __init__(self, length: int = 18) -> None:
        self.length, self.country, self.thing = length, len(_BEGINNING), length - len(_NEAR)
        self.answers = [*_COUNTRIES.values(), *_THINGS.values()]
        self.words = sorted({*_BEGINNING, *_COUNTRIES, *_THINGS, *_BETWEEN, *_FAR, *_NEAR})

    def draw(self, n: int, rng: np.random.Generator, far: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
        """n texts as ids `(n, length)` and the classes of their gaps `(n,)`; a share of `far` asks for the language."""
        made = [self._text(rng, rng.random() < far) for _ in range(n)]
        X = np.array([[self.words.index(w) for w in text] for text, _ in made])
        return X, np.array([self.answers.index(answer) for _, answer in made])

    def _text(self, rng: np.random.Generator, far: bool) -> tuple[list[str], str]:
        country, thing = str(rng.choice(list(_COUNTRIES))), str(rng.choice(list(_THINGS)))
        end = _FAR if far else [_NEAR[0], thing, *_NEAR[1:]]
        between = rng.choice(_BETWEEN, self.length - len(_BEGINNING) - 1 - len(end))
        return [*_BEGINNING, country, *map(str, between), *end], (_COUNTRIES[country] if far else _THINGS[thing])

    def replaced(self, X: np.ndarray, place: int, rng: np.random.Generator) -> np.ndarray:
        """The texts `(n, length)` with the word at one place replaced by another that may stand there, if there is one."""
        others = X.copy()
        for row in others:
            word, end = self.words[row[place]], self.length - (len(_FAR) if self.text(row)[-1] == _FAR[-1] else 5)
            kinds = [list(_COUNTRIES), list(_THINGS), _BETWEEN if len(_BEGINNING) < place < end else []]
            others_of_it = [w for kind in kinds if word in kind for w in kind if w != word]
            if others_of_it:
                row[place] = self.words.index(str(rng.choice(others_of_it)))
        return others

    def text(self, ids: np.ndarray) -> list[str]:
        """The words of one text, from its ids `(length,)`."""
        return [self.words[i] for i in ids]
