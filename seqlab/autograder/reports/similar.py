"""Near-identical submissions, found by the shape of their code.

Every answer is parsed, and its tree written out as a sequence of node kinds in which names of its own,
docstrings, comments, annotations and layout have no part. The hashes of all runs of `RUN` nodes, thinned by
winnowing (Schleimer, Wilkerson and Aiken 2003), are its fingerprints. A fingerprint that more than a fifth of
the class shares is the exercise's own shape, or the one natural way to write it, and says nothing; so does
one of the known answers. What two answers share beyond that, they are likely to have from one another.

The sources are strangers': they are parsed and never compiled or run, within limits of size and depth.
"""

import ast
import hashlib
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from seqlab.errors import SeqlabError

MAX_SOURCE = 20_000  # characters of one answer
MAX_NODES = 10_000
RUN = 9  # nodes in a run: about one short statement
WINDOW = 4  # one fingerprint at least in so many runs
COMMON = 0.2  # share of the class above which a shape says nothing
LIKE = 0.8  # share of the fingerprints of two answers that they must have in common
EVIDENCE = 24  # rare fingerprints that two submissions must share, over all alike answers: some 60 nodes

Fingerprints = frozenset[int]


@dataclass(frozen=True)
class Alike:
    """A group of near-identical submissions, and how alike (0 to 1) their answers to each exercise are."""

    members: tuple[str, ...]
    exercises: dict[str, float]


def near_identical(
    submissions: Mapping[str, Mapping[str, str]], known: Mapping[str, Iterable[str]] | None = None
) -> list[Alike]:
    """Groups of submissions that share more than the exercises explain, the most alike first.

    Args:
        submissions: {submission: {exercise: source}}.
        known: {exercise: sources} that everyone has: what the blank notebook gives, the reference answers.
    """
    alike: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    evidence: Counter[tuple[str, str]] = Counter()
    for exercise in sorted({e for answers in submissions.values() for e in answers}):
        prints = {name: fingerprints(a[exercise]) for name, a in submissions.items() if a.get(exercise)}
        ignored = frozenset().union(*map(fingerprints, (known or {}).get(exercise, ())))
        for pair, likeness, rare in _alike_answers(prints, ignored):
            alike[pair][exercise] = likeness
            evidence[pair] += rare
    pairs = {pair: alike[pair] for pair, amount in evidence.items() if amount >= EVIDENCE}
    return sorted(_groups(pairs), key=lambda g: (-sum(g.exercises.values()), g.members))


def everyone_has(labs: Iterable[str]) -> dict[str, list[str]]:
    """For `known`: what the blank notebooks of labs give, and their reference answers, as far as there are any."""
    from seqlab.authoring.source import read_source
    from seqlab.exercises import find_lab

    known: dict[str, list[str]] = defaultdict(list)
    for lab in labs:
        try:
            cells = read_source(find_lab(lab).path).cells
        except SeqlabError:  # a lab that is not here any more: then nothing of it is known
            continue
        for cell in cells:
            if cell.exercise:
                known[cell.exercise] += [cell.blank, cell.solution]
    return known


def fingerprints(source: str) -> Fingerprints:
    """The fingerprints of one answer; none where it cannot be parsed within the limits."""
    kinds = shape(source)
    runs = [_hash(kinds[i : i + RUN]) for i in range(len(kinds) - RUN + 1)]
    return frozenset(min(runs[i : i + WINDOW]) for i in range(max(1, len(runs) - WINDOW + 1)) if runs)


def shape(source: str) -> list[str]:
    """The kinds of an answer's nodes in the order of its text, with what a renaming cannot change.

    >>> shape("def f(x): return x + 1") == shape("def g(what):  # mine\\n    return what + 1")
    True
    """
    if len(source) > MAX_SOURCE:
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return []
    own = _own_names(tree)
    kinds: list[str] = []
    todo: list[ast.AST] = [tree]
    while todo:  # a stack of our own: a tree may be deeper than Python's
        node = todo.pop()
        children = list(_children(node))
        kinds.append(f"{type(node).__name__}{_detail(node, own)}/{len(children)}")
        if len(kinds) > MAX_NODES:
            return []
        todo += reversed(children)
    return kinds


def answer_sources(cells: Iterable[str], exercises: Iterable[str]) -> dict[str, str]:
    """The source of each exercise's answer in a submission's cells: every top-level statement that binds it.

    Cells that cannot be parsed are left out: this compares, it does not judge.
    """
    wanted = set(exercises)
    found: dict[str, list[str]] = defaultdict(list)
    for cell in cells:
        if len(cell) > MAX_SOURCE or not any(name in cell for name in wanted):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                body = ast.parse(cell).body
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
            continue
        for statement in body:
            targets = getattr(statement, "targets", [getattr(statement, "target", None)])
            names = {getattr(statement, "name", None), *(getattr(t, "id", None) for t in targets)}
            for name in wanted.intersection(names):
                found[name].append(ast.get_source_segment(cell, statement) or "")
    return {name: "\n".join(sources) for name, sources in found.items()}


# -- from a tree to kinds --------------------------------------------------------------------------------------
_SKIPPED = (ast.expr_context, ast.type_ignore, ast.alias)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)  # a docstring
            if isinstance(child, ast.AST) and not text and not isinstance(child, _SKIPPED):
                yield child


def _detail(node: ast.AST, own: set[str]) -> str:
    """What besides its kind tells one node from another: a number, or a name that is not the answer's own."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return "" if name in own else f" {name}"
        case ast.Constant(value=str() | bytes()):
            return " text"
        case ast.Constant(value=value):
            return f" {str(value)[:40]}" if not isinstance(value, int) or abs(value) < 2**64 else " number"
    return ""


def _own_names(tree: ast.AST) -> set[str]:
    """Names that the source itself binds: arguments, variables, attributes, functions, classes."""
    own, todo = set(), [tree]
    while todo:
        node = todo.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                own.add(name)
            case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                own.add(name)
            case ast.ExceptHandler(name=str(name)):
                own.add(name)
        todo += ast.iter_child_nodes(node)
    return own


def _hash(run: list[str]) -> int:
    return int.from_bytes(hashlib.blake2b("\n".join(run).encode("utf-8", "replace"), digest_size=8).digest())


# -- from fingerprints to groups -------------------------------------------------------------------------------
def _alike_answers(
    prints: Mapping[str, Fingerprints], ignored: Fingerprints
) -> Iterator[tuple[tuple[str, str], float, int]]:
    """Pairs of submissions with alike answers to one exercise: (pair, likeness, rare fingerprints shared).

    Answers with the very same fingerprints are taken together first, so that the work grows with the number
    of different answers; and only those that share a rare fingerprint are compared at all.
    """
    spread = Counter(p for own in prints.values() for p in own)
    too_many = max(3, COMMON * len(prints))
    rare = {name: {p for p in own if spread[p] <= too_many} - ignored for name, own in prints.items()}
    same: dict[Fingerprints, list[str]] = defaultdict(list)
    for name, own in sorted(prints.items()):
        if rare[name]:
            same[own].append(name)
    for names in same.values():
        for pair in combinations(names, 2):
            yield pair, 1.0, len(rare[pair[0]])
    with_print: dict[int, list[Fingerprints]] = defaultdict(list)
    for own, names in same.items():
        for p in rare[names[0]]:
            with_print[p].append(own)
    shared = Counter(pair for holders in with_print.values() for pair in combinations(holders, 2))
    for (a, b), count in shared.items():
        likeness = 2 * len(a & b) / (len(a) + len(b))
        if likeness >= LIKE:
            for first in same[a]:
                for second in same[b]:
                    yield (min(first, second), max(first, second)), likeness, count


def _groups(pairs: Mapping[tuple[str, str], dict[str, float]]) -> Iterator[Alike]:
    """Pairs that touch make a group; an exercise's likeness is the least among the group's pairs that have it."""
    parent = {name: name for pair in pairs for name in pair}

    def root(name: str) -> str:
        while parent[name] != name:
            parent[name] = name = parent[parent[name]]
        return name

    for a, b in pairs:
        parent[root(b)] = root(a)
    members: dict[str, set[str]] = defaultdict(set)
    likeness: dict[str, dict[str, float]] = defaultdict(dict)
    for (a, b), exercises in pairs.items():
        members[root(a)] |= {a, b}
        for exercise, value in exercises.items():
            least = likeness[root(a)].get(exercise, 1.0)
            likeness[root(a)][exercise] = min(least, value)
    for top, names in members.items():
        yield Alike(tuple(sorted(names)), dict(sorted(likeness[top].items())))
