"""A whole pipeline that translates: from any sentence to its translation, in one object."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seqlab.errors import SeqlabError
from seqlab.models.translate import saved
from seqlab.models.translate.scores import DRAWS, Scores, corpus_scores
from seqlab.models.translate.settings import settings_of
from seqlab.models.translate.side import BOS, Sentence, Side
from seqlab.sequences.vocabulary import UNK

if TYPE_CHECKING:
    from seqlab.models.training import History
    from seqlab.models.translate.decoding import Decoder
    from seqlab.models.translate.network import EncoderDecoder
    from seqlab.models.translate.search import Hypothesis


class Alignment(NamedTuple):
    """Where the decoder looked: for each token of the translation, and for its end, a row of weights."""

    source: list[str]  # S tokens
    target: list[str]  # T tokens, then "[EOS]" if the translation came to an end
    weights: np.ndarray  # (rows, S); each adds up to 1


class Translator:
    """An encoder and a decoder for pairs of sequences: sentences, or lists of any tokens.

    Args:
        attention: "none", "dot" or "additive"; see `seqlab.models.translate.ATTENTIONS`.
        **settings: cell, sizes, dropout, learning rate, passes and the others of `settings.settings_of`.

    >>> pairs = [([1, 2], [2, 1]), ([2, 1], [1, 2])] * 8  # any tokens will do
    >>> model = Translator("dot", units=16, embedding_dim=8, epochs=40, learning_rate=0.02).fit(pairs)
    >>> model.translate([[1, 2]])
    [[2, 1]]
    """

    def __init__(self, attention: str = "dot", **settings: Any) -> None:
        self.settings = settings_of(attention, **settings)
        self.source: Side | None = None
        self.target: Side | None = None
        self.network: EncoderDecoder | None = None
        self.history: History | None = None
        self._decoder: Decoder | None = None

    def __repr__(self) -> str:
        if self.source is None or self.target is None:
            return f"<Translator, attention {self.settings['attention']}: not trained>"
        known = f"{len(self.source.vocabulary):,} source and {len(self.target.vocabulary):,} target tokens"
        return f"<Translator, attention {self.settings['attention']}: {known}, {self.parameters:,} parameters>"

    @property
    def parameters(self) -> int:
        """How many numbers the network has learnt."""
        return int(self._trained().count_params())

    # -- learning ------------------------------------------------------------------------------------------
    def fit(
        self,
        train: Sequence[tuple[Sentence, Sentence]],
        validation: Sequence[tuple[Sentence, Sentence]] | None = None,
        *,
        seed: int = 0,
        progress: bool = False,
        checkpoint: str | Path | None = None,
        resume: bool = False,
    ) -> "Translator":
        """Learn from pairs; the vocabularies come from `train` alone.

        Args:
            train: pairs (source, target); each side a text, a list of texts or a list of whole numbers.
            validation: pairs that decide when to stop. seed: the same seed gives the same model.
            progress: show what is learnt. checkpoint: file to write after each pass. resume: go on from that file.

        Raises:
            SeqlabError: no pair that can be learnt from, or sides of several kinds.
        """
        import keras

        from seqlab.models.translate.training import Staged, learn

        if not len(train):
            raise SeqlabError("pairs to learn from", got="none")
        s = self.settings
        sizes = {"size": s["vocabulary_size"], "min_count": s["min_count"]}
        self.source = Side.learnt([source for source, _ in train], **sizes)
        self.target = Side.learnt([target for _, target in train], **sizes)
        pairs = self._ids(train)
        if not pairs:
            raise SeqlabError(f"pairs of 1 to {s['max_words']} words or tokens", got="only empty or longer ones")
        if progress:
            self._tell(train, pairs)
        keras.utils.set_random_seed(seed)
        self._make_network()
        held_out = self._ids(validation or [])
        self.history = learn(
            self._trained(),
            Staged(*zip(*pairs, strict=True)),
            Staged(*zip(*held_out, strict=True)) if held_out else None,
            s,
            seed=seed,
            checkpoint=checkpoint,
            resume=resume,
            progress=progress,
        )
        return self

    def _ids(self, pairs: Sequence[tuple[Sentence, Sentence]]) -> list[tuple[np.ndarray, np.ndarray]]:
        """The ids of pairs, without those that are empty or too long."""
        source, target = self._sides()
        ids = [(source.ids(source.tokens(a)), target.ids(target.tokens(b))) for a, b in pairs]
        return [(a, b) for a, b in ids if all(0 < len(side) <= self.settings["max_words"] for side in (a, b))]

    def _tell(self, train: Sequence[Any], pairs: list[tuple[np.ndarray, np.ndarray]]) -> None:
        for name, side, k in zip(("source", "target"), self._sides(), (0, 1), strict=True):
            ids = np.concatenate([pair[k] for pair in pairs])
            print(f"{name}: {len(side.vocabulary):,} tokens, {np.mean(ids == UNK):.1%} of the text unknown")
        if left_out := len(train) - len(pairs):
            print(f"{left_out:,} pairs are left out: empty, or longer than {self.settings['max_words']}")

    def _make_network(self) -> "EncoderDecoder":
        """A network for the vocabularies, not yet trained, which is the translator's own from now on."""
        from seqlab.models.translate.network import EncoderDecoder

        source, target = self._sides()
        self._decoder = None
        self.network = EncoderDecoder(len(source.vocabulary), len(target.vocabulary), self.settings)
        return self.network

    # -- translating ---------------------------------------------------------------------------------------
    def translate(
        self,
        sentences: Sequence[Sentence],
        *,
        beam: int = 1,
        length_penalty: float = 0.0,
        temperature: float | None = None,
        max_length: int | None = None,
        copy_unknown: bool = True,
        seed: int = 0,
    ) -> list[Any]:
        """The translations of sentences, each of the kind that the target had in training.

        Args:
            beam: K, how many hypotheses are kept; 1 is greedy.
            length_penalty: α; ln P is divided by ((5 + length)/6)^α, so that long translations have a chance.
            temperature: draw at random, P(i) ∝ exp(logits_i / temperature), instead of searching.
            max_length: of a translation; twice that of the source, and 8 more, if left out.
            copy_unknown: where the unknown token comes, put the source token at which the decoder looked most.
            seed: of the draws.

        Raises:
            SeqlabError: not a list of sentences, an empty sentence, one that is too long, or one without a known word.
        """
        how = {"beam": beam, "length_penalty": length_penalty, "temperature": temperature, "max_length": max_length}
        found = self._translated(self._read(sentences), copy_unknown, seed=seed, **how)
        return [self._sides()[1].sentence(tokens) for tokens in found]

    def _translated(self, sentences: list[list[str]], copy_unknown: bool = True, **how: Any) -> list[list[str]]:
        """The tokens of the best translations."""
        found = self._find(sentences, **how)
        return [self._tokens(ones[0], own, copy_unknown) for ones, own in zip(found, sentences, strict=True)]

    def _find(self, sentences: list[list[str]], **how: Any) -> "list[list[Hypothesis]]":
        """The hypotheses for each sentence, best first."""
        from seqlab.models.translate.decoding import Decoder, How

        source, target = self._sides()
        if self._decoder is None:
            self._decoder = Decoder(self._trained(), target.forbidden)
        return self._decoder.find([source.ids(tokens) for tokens in sentences], How(**how))

    def hypotheses(
        self, sentence: Sentence, *, beam: int = 5, length_penalty: float = 0.0, max_length: int | None = None
    ) -> list[tuple[Any, float]]:
        """The translations that a beam search has in the end, best first, each with ln P of the whole of it."""
        (tokens,) = self._read([sentence])
        (found,) = self._find([tokens], beam=beam, length_penalty=length_penalty, max_length=max_length, whole=True)
        return [(self._sides()[1].sentence(self._tokens(one, tokens, True)), one.log_p) for one in found]

    def attention(self, sentence: Sentence, target: Sentence | None = None) -> Alignment:
        """Where the decoder looks while it writes its translation of a sentence, or a given one.

        Args:
            target: a translation that the decoder is made to write; its own greedy one if left out.

        Raises:
            SeqlabError: a translator without attention.
        """
        import tensorflow as tf

        network = self._trained()
        if network.looking is None:
            raise SeqlabError(
                "a translator with attention", got="attention='none'", fix="train with 'dot' or 'additive'"
            )
        source_side, target_side = self._sides()
        (tokens,) = self._read([sentence])
        source = source_side.ids(tokens)
        if target is None:
            ((found,),) = self._find([tokens])
            ids, ends, written = found.ids, found.finished, self._tokens(found, tokens, copy=False)
        else:
            written, ends = target_side.tokens(target), True
            ids = target_side.ids(written)
        dec_in = tf.constant([[BOS, *ids]], tf.int32)
        _, weights = network.teacher_forced(dec_in, *network.encode(tf.constant(source[None], tf.int32)))
        rows = len(written) + ends
        return Alignment(tokens, [*written, "[EOS]"][:rows], np.asarray(weights)[0, :rows])

    def loss(self, pairs: Sequence[tuple[Sentence, Sentence]]) -> float:
        """The mean −ln P of a target token (EOS included), in nats, each given the right ones before it."""
        from seqlab.models.translate.training import Staged, measure

        if not (ids := self._ids(pairs)):
            raise SeqlabError("pairs to measure on", got="none")
        return measure(self._trained(), Staged(*zip(*ids, strict=True)))()

    def evaluate(
        self, pairs: Sequence[tuple[Sentence, Sentence]], *, order: int = 4, draws: int = DRAWS, **how: Any
    ) -> Scores:
        """BLEU and chrF of the translations of the pairs' sources, each once, against all its targets there.

        All count: of a source that is too long the beginning is translated, and one without a known word as it is.

        Args:
            order, draws: as for `corpus_scores`. **how: as for `translate`, such as `beam=5`.

        Raises:
            SeqlabError: no pairs, or a choice that `translate` does not know.
        """
        if not len(pairs):
            raise SeqlabError("pairs to evaluate on", got="none")
        source, target = self._sides()
        references: dict[tuple[str, ...], list[list[str]]] = {}
        for sentence, translation in pairs:
            tokens = source.tokens(sentence)[: self.settings["max_words"]]
            references.setdefault(tuple(tokens), []).append(target.tokens(translation))
        translations = self._translated([list(tokens) or ["[UNK]"] for tokens in references], **how)
        return corpus_scores(translations, list(references.values()), order=order, draws=draws)

    def _read(self, sentences: Sequence[Sentence]) -> list[list[str]]:
        """The tokens of sentences that can be translated."""
        if isinstance(sentences, str) or not hasattr(sentences, "__len__"):
            raise SeqlabError("a list of sentences", got=f"one {type(sentences).__name__}", fix="write [sentence]")
        source, _ = self._sides()
        longest = self.settings["max_words"]
        found = []
        for number, sentence in enumerate(sentences, start=1):
            tokens = source.tokens(sentence)
            if not 0 < len(tokens) <= longest:
                raise SeqlabError(f"sentences of 1 to {longest} words", got=f"{len(tokens)} in sentence {number}")
            if not np.any(source.ids(tokens) != UNK):
                shown = " ".join(tokens)[:40]
                raise SeqlabError(
                    "a sentence with a word that the translator knows", got=f"{shown!r}, sentence {number}"
                )
            found.append(tokens)
        return found

    def _tokens(self, found: "Hypothesis", source: list[str], copy: bool) -> list[str]:
        """The tokens of a hypothesis, unknown ones copied from where the decoder looked."""
        symbols = self._sides()[1].vocabulary.symbols
        return [
            source[look] if copy and i == UNK and look >= 0 else symbols[i]
            for i, look in zip(found.ids.tolist(), found.looks.tolist(), strict=True)
        ]

    # -- keeping -------------------------------------------------------------------------------------------
    def save(self, path: str | Path) -> None:
        """Write everything, vocabularies and settings included, to one file; whole or not at all."""
        saved.write(self, path)

    @classmethod
    def load(cls, path: str | Path) -> "Translator":
        """The translator of a file that `save` wrote. Raises SeqlabError for anything else."""
        return saved.read(cls, path)

    def _sides(self) -> tuple[Side, Side]:
        if self.source is None or self.target is None:
            raise SeqlabError("a translator that is trained", got="a new one", fix="call fit, or Translator.load")
        return self.source, self.target

    def _trained(self) -> "EncoderDecoder":
        self._sides()
        assert self.network is not None
        return self.network
