"""How near translations come to those of people: corpus BLEU and chrF, by sacrebleu, with bootstrap intervals."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from seqlab.errors import SeqlabError
from seqlab.text import cut

Tokens: TypeAlias = str | Sequence[str] | Sequence[int]

DRAWS = 1000  # bootstrap samples


@dataclass(frozen=True)
class Scores:
    """What N translations are worth; everything from 0 to 1.

    bleu: of n-grams of 1 to `order` words (Papineni et al. 2002), over the whole corpus, not smoothed. chrf: F2 of n-grams
    of up to 6 letters (Popović 2015). Each with (low, high), where it lies with 95 % certainty as far as the choice of
    sentences goes. signature: sacrebleu's, of how it was computed.
    """

    sentences: int
    order: int
    bleu: float
    bleu_interval: tuple[float, float]
    chrf: float
    chrf_interval: tuple[float, float]
    signature: str

    def __str__(self) -> str:
        bleu, chrf = (
            f"{name} {score:.3f} ({low:.3f} to {high:.3f})"
            for name, score, (low, high) in (
                (f"BLEU-{self.order}", self.bleu, self.bleu_interval),
                ("chrF", self.chrf, self.chrf_interval),
            )
        )
        return f"{bleu}, {chrf}, with 95 % certainty, on {self.sentences:,} sentences"


def corpus_scores(
    translations: Sequence[Tokens], references: Sequence[Sequence[Tokens]], *, order: int = 4, draws: int = DRAWS
) -> Scores:
    """BLEU and chrF of translations, against one or more references each.

    Args:
        translations: N texts, or lists of tokens. Texts are cut into words and marks in lower case (`seqlab.text.cut`).
        references: of each a list of texts, or of lists of tokens.
        order: the longest n-gram of BLEU. draws: bootstrap samples for the intervals (Koehn 2004); 0 for none.

    Raises:
        SeqlabError: no translation, not as many lists of references, or one without a reference.

    >>> found = corpus_scores(["The cat sat on the mat."], [["The cat sat on the mat.", "A cat sat there."]])
    >>> found.bleu, found.chrf
    (1.0, 1.0)
    """
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    if not len(translations) or len(translations) != len(references):
        raise SeqlabError(
            "translations, and a list of references for each", got=f"{len(translations)} and {len(references)}"
        )
    if not isinstance(order, int) or order < 1:
        raise SeqlabError("order is a whole number, 1 or more", got=repr(order))
    for number, own in enumerate(references, start=1):
        if isinstance(own, str) or not len(own):
            raise SeqlabError("a list of one reference or more for each", got=f"{own!r:.40} for translation {number}")
    hypotheses = [_spaced(t) for t in translations]
    most = max(map(len, references))
    streams = [[_spaced(own[k]) if k < len(own) else None for own in references] for k in range(most)]
    # cut already, here: tokenize="none" takes the spaces as they are; force: it would say that full stops stand apart
    bleu = BLEU(tokenize="none", smooth_method="none", max_ngram_order=order, force=True)
    measured = [_measured(metric, hypotheses, streams, draws) for metric in (bleu, CHRF())]
    (b, b_interval), (c, c_interval) = measured
    return Scores(len(hypotheses), order, b, b_interval, c, c_interval, bleu.get_signature().format())


def _spaced(sentence: Tokens) -> str:
    return " ".join(cut(sentence) if isinstance(sentence, str) else map(str, sentence))


def _measured(
    metric: Any, hypotheses: list[str], streams: list[list[str | None]], draws: int
) -> tuple[float, tuple[float, float]]:
    """A score and its interval, from 0 to 1."""
    score = metric.corpus_score(hypotheses, streams, n_bootstrap=draws if draws > 1 else 1)
    told = json.loads(score.format(width=8, is_json=True, signature=metric.get_signature().format()))
    mean, half = (
        told.get(name, default) for name, default in (("confidence_mean", told["score"]), ("confidence_var", 0))
    )
    return told["score"] / 100, (max(mean - half, 0) / 100, min(mean + half, 100) / 100)
