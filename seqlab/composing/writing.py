"""Tunes by a trained model: freely, or only what fits the bar."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from seqlab.composing.following import Follower, Where
from seqlab.composing.model import TuneModel
from seqlab.errors import SeqlabError
from seqlab.models.sampling import check_sampling, draw, uniforms
from seqlab.music.state import State, kind
from seqlab.music.tokeniser import END
from seqlab.sequences import Vocabulary

LONG = 400  # tokens, after which a tune ends as soon as it may
LONGEST = 800  # tokens, after which a tune that has not ended is cut off
TEMPERATURE = 0.6  # where what is written repeats itself as often as real tunes do
_FIELDS = "RMLK"
_PART_ENDS = ("|]", ":|", "||", ":|2 ")  # the last closes a first ending


class _Pen:
    """One tune being written: its tokens so far, and what may follow."""

    def __init__(self, follower: Follower, header: dict[str, str], opening: Sequence[str], fits: bool) -> None:
        self.follower, self.header, self.fits = follower, header, fits
        self.opening = list(opening)
        self.where, self.ended = Where(), False
        self.tokens: list[str] = []
        self.symbols = follower.vocabulary.idx2char
        self._ends = np.arange(len(self.symbols)) == follower.end
        self._closes = np.isin(self.symbols, _PART_ENDS)

    def allowed(self) -> np.ndarray:
        """(V,) bool: the tokens of which the next one may be drawn."""
        if self.ended:
            return self._ends
        state = self.follower.state(self.where)
        mask = self.follower.grammar.allowed(state)
        if state.stage in _FIELDS:
            return self._header(state.stage, mask)
        if self.opening:
            return self._opening(state, mask)
        if not self.fits:
            return np.ones(len(self.symbols), bool)
        if len(self.tokens) >= LONG:
            for closing in (mask & self._ends, mask & self._closes):
                if closing.any():
                    return closing
        return mask

    def _header(self, stage: str, mask: np.ndarray) -> np.ndarray:
        """A header is written as it must be, freely or not; of a field that was asked for only what was asked."""
        for field, value in self.header.items():
            mask = mask & (~self._field(field) | (self.symbols == f"{field}:{value}\n"))
        if stage in self.header:
            mask = mask & self._field(stage)  # R: alone may be missing, unless it was asked for
        if not mask.any():
            asked = ", ".join(f"{field}:{value}" for field, value in self.header.items())
            raise SeqlabError("header fields that go together", got=asked, fix="leave one of them out")
        return mask

    def _field(self, name: str) -> np.ndarray:
        return np.char.startswith(self.symbols, f"{name}:")

    def _opening(self, state: State, mask: np.ndarray) -> np.ndarray:
        """The next note of the opening, where the bar has room for it; if not, what fills the bar, or a bar line."""
        room = state.full - state.place
        if room >= 1:
            wanted = self.symbols == self.opening.pop(0)
            return wanted if (wanted & mask).any() else mask
        bar = mask & (self.symbols == "|")
        return bar if bar.any() else mask

    def put(self, token: str) -> tuple[int, ...]:
        """Write one token; the row of features after it."""
        if token == END or len(self.tokens) >= LONGEST:
            self.ended = True
            return self.follower.start()
        self.where = self.follower.after(self.where, token)
        self.tokens.append(token)
        return self.follower.row(token, self.where)


def write(
    model: TuneModel,
    n: int,
    *,
    temperature: float = TEMPERATURE,
    top_p: float | None = None,
    fits: bool = True,
    header: dict[str, str] | None = None,
    opening: Sequence[str] = (),
    seed: int = 0,
    progress: bool = False,
) -> list[list[str]]:
    """Let a model write n tunes.

    Args:
        temperature: 0 takes the likeliest, higher is bolder. top_p: draw within the nucleus.
        fits: offer only tokens that the bar has room for, so that every bar is full; False writes freely.
        header: fields that are given, such as {"R": "jig", "K": "D"}; the others are drawn.
        opening: musical tokens with which every tune begins, after its header.
        seed: the same seed writes the same tunes, however many are asked for.

    Returns:
        n lists of musical tokens, without the end; `seqlab.music.from_tokens` makes tunes of them.

    Raises:
        SeqlabError: a header field or an opening that the model has no token for.
    """
    from tqdm import tqdm

    if n < 1:
        raise SeqlabError("one tune or more", got=str(n))
    header = header or {}
    temperatures = check_sampling(temperature, None, top_p, n)
    check_wishes(model.vocabulary, header, opening)
    follower = Follower(model.vocabulary, strict=fits)
    pens = [_Pen(follower, header, opening, fits) for _ in range(n)]
    u = uniforms(seed, n, LONGEST + 1)
    rows, states = np.array([follower.start()] * n, np.int32), model.start(n)
    step = _stepper(model, top_p)
    with tqdm(total=n, desc="writing", disable=not progress, delay=1, leave=False) as bar:
        for t in range(LONGEST + 1):
            allowed = np.stack([pen.allowed() for pen in pens])
            ids, states = step(rows, states, allowed, u[t], temperatures)
            for k, (pen, i) in enumerate(zip(pens, ids.numpy(), strict=True)):
                if not pen.ended:
                    rows[k] = pen.put(model.vocabulary.symbols[i])
                    bar.update(pen.ended)
            if all(pen.ended for pen in pens):
                break
    return [pen.tokens for pen in pens]


def _stepper(model: TuneModel, top_p: float | None) -> Callable[..., tuple[tf.Tensor, Any]]:
    @tf.function
    def step(
        rows: tf.Tensor, states: Any, allowed: tf.Tensor, u: tf.Tensor, temperatures: tf.Tensor
    ) -> tuple[tf.Tensor, Any]:
        logits, states = model.step(rows, states)
        return draw(tf.where(allowed, logits, -1e9), temperatures, u, top_p=top_p), states

    return step


def check_wishes(vocabulary: Vocabulary, header: dict[str, str], opening: Sequence[str]) -> None:
    """A SeqlabError for a header field or a note that is not in the vocabulary."""
    known = vocabulary.char2idx
    for field, value in header.items():
        if f"{field}:{value}\n" not in known:
            values = sorted(s[2:].strip() for s in known if s.startswith(f"{field}:"))
            raise SeqlabError(
                f"{field}: is one of {', '.join(values)}", got=repr(value), fix="name one that the model has read"
            )
    for token in opening:
        if token not in known or (kind(token) != "A" and token != "z"):
            raise SeqlabError("an opening of pitches and rests (z) that the model has read", got=repr(token))
