"""The map of the course: every concept of the lectures, and the labs and exercises in which it ran.

It is read off the labs' own folders: a concept ran where a notebook speaks of it, and in the exercise whose text does.
"""

import re

from seqlab.exercises import LabFolder, all_labs

__all__ = ["CONCEPTS", "map_of_the_course"]

#: the lectures' concepts, in their order -> how a notebook speaks of it
CONCEPTS = {
    "fixed window": r"fixed window|windows? of (a|the) (text|series)",
    "bag of words": r"bag of words|\bbags?\b",
    "one-hot": r"one-hot",
    "embedding": r"\bembedd",
    "the recurrence": r"\brecurrence\b|h_\{t-1\}",
    "RNN cell": r"MyRNNCell|rnn_step",
    "unrolled through time": r"unroll",
    "shared parameters": r"shared? (weights|parameters)|same weights|are shared|parameter sharing",
    "loss over time": r"loss over time|total_loss|sum over time|masked_xent|compute_loss",
    "one to many": r"one[- ]to[- ]many",
    "many to one": r"many[- ]to[- ]one",
    "many to many": r"many[- ]to[- ]many",
    "backpropagation through time": r"backpropagation through time|\bbptt\b",
    "exploding, vanishing": r"vanish|explod",
    "gradient clipping": r"\bclip",
    "ReLU, identity start": r"\birnn\b|identity",
    "gates, LSTM": r"\bLSTM\b|\bgates?\b",
    "GRU": r"\bGRU\b",
    "bidirectional": r"bidirectional|both directions",
    "padding and masks": r"\bmask",
    "sampling, temperature": r"temperature",
    "teacher forcing": r"teacher forcing",
    "beam search": r"beam search",
    "attention": r"attention",
    "music": r"\btunes?\b|melod",
    "sentiment": r"sentiment",
    "translation": r"translat",
    "trajectories": r"trajector|tracks?\b",
    "climate, environment": r"climate|CO₂|El Niño",
    "recursive networks (trees)": r"recursive|tree_rnn",
    "glimpses": r"glimpse",
    "order of the output": r"output_order|order of the output",
}


def map_of_the_course(labs: list[LabFolder] | None = None) -> dict[str, dict[str, str]]:
    """Concept -> lab -> the exercise whose text speaks of it, or "section" where only other text does.

    >>> map_of_the_course()["glimpses"]["lab8"]
    'glimpses'
    """
    pages = {lab.id: _sections(lab) for lab in (all_labs() if labs is None else labs)}
    found: dict[str, dict[str, str]] = {}
    for concept, words in CONCEPTS.items():
        speaks = re.compile(words, re.I)
        found[concept] = {}
        for lab, sections in pages.items():
            named = [name for name, _ in sections if name and any(map(speaks.search, _spelt(name)))]
            spoken = [name for name, text in sections if name and speaks.search(text)]
            if named or spoken:
                found[concept][lab] = (named or spoken)[0]
            elif any(speaks.search(text) for _, text in sections):
                found[concept][lab] = "section"
    return found


def _spelt(name: str) -> tuple[str, str, str]:
    return name, name.replace("_", " "), name.replace("_", "-")


def _sections(lab: LabFolder) -> list[tuple[str, str]]:
    """The prose and the answers of a notebook: the exercise that it belongs to, or "", and the text."""
    pieces = re.split(r"^# %%", lab.notebook.read_text(encoding="utf-8"), flags=re.M)
    sections = []
    for piece in pieces:
        head, _, body = piece.partition("\n")
        asked = re.search(r'exercise="(\w+)"', head) or re.search(r'id="todo-(\w+)"', head)
        if asked:  # of the prose above an exercise, what stands under its own heading
            text = body.split("· `", 1)[-1] if "todo-" in head else body
            sections.append((asked[1], text))
            if "todo-" in head:
                sections.append(("", body.split("· `", 1)[0]))
        elif "[markdown]" in head:
            sections.append(("", body))
    return sections
