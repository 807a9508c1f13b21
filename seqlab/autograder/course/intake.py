"""What was handed in: everything below the given paths, whose it is, and which of it is graded.

`list_entries` lists, `identify` says whose, `sort_out` says what, `choose` says which counts; here they come together,
and every entry gets its line of the manifest.
"""

import contextlib
import datetime as dt
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from seqlab.autograder.course.choice import Candidate, choose
from seqlab.autograder.course.entries import Entry, list_entries
from seqlab.autograder.course.identity import GUESS, PLATFORM, ROSTER, Owner, identify
from seqlab.autograder.course.names import is_archive, is_handin_name, is_notebook, is_old
from seqlab.autograder.course.platforms import Node, looks_like_export, names_somebody
from seqlab.autograder.course.roster import People, Person, forms, merged, read_people, read_times, same_person
from seqlab.autograder.course.sorting import Sorted, sort_out
from seqlab.autograder.course.submission import Student, Submission
from seqlab.errors import SeqlabError

GRADED = "graded"


@dataclass
class Line:
    """A line of the manifest: one entry and what became of it."""

    path: str
    source: str
    whose: str = ""
    id: str = ""
    lab: str = ""
    outcome: str = GRADED
    digest: str = ""  # of a hand-in's bytes


@dataclass
class Intake:
    """What is to be graded, the manifest, and who of the class has handed in nothing."""

    submissions: list[Submission]
    lines: list[Line]
    missing: list[Student] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what was taken for granted


@dataclass(frozen=True)
class _Found:
    """An entry, whose it is, and what it is."""

    entry: Entry
    owner: Owner
    what: Sorted
    line: Line

    @property
    def parts(self) -> tuple[str, ...]:
        """The names that are the student's own."""
        own = self.entry.outer[self.owner.below :] + self.entry.inner
        if self.owner.file and not self.entry.inner:
            return (self.owner.file,)
        return own or (self.entry.name,)


def collect(
    paths: list[Path],
    roster: Path | None = None,
    *,
    gradebook: Path | None = None,
    times: Path | None = None,
    lab: str | None = None,
    platform: str = "auto",
    out: Path | None = None,
) -> Intake:
    """Everything that was handed in below the given paths.

    Args:
        paths: notebooks, hand-ins, folders, zips. A lone zip, or each with a `platform`, is that of a class, unless
            Canvas or Moodle has put a student's name on it; any other is one student's.
        roster, gradebook: who is in the class.
        times: a CSV of when they handed in.
        lab: the lab that is graded, where others lie there too or the files do not say it.
        platform: whose export it is: "auto" or one of `platforms.PLATFORMS`.
        out: where the run writes to.

    Raises SeqlabError for a path that is not there and where nothing at all is found.
    """
    people = read_people(roster) if roster else People()
    if gradebook:
        with contextlib.suppress(SeqlabError):  # what is wrong with a gradebook is told where it is filled in
            people = merged(people, read_people(gradebook))
    paths = list(map(Path, paths))
    lone = len(paths) == 1

    def is_export(path: Path) -> bool:
        named = names_somebody(path.name)
        whole = lone and not named if platform == "auto" else lone or not named
        return whole and is_archive(path.name)

    given = {os.path.abspath(path) for path in (roster, gradebook, times) if path}
    entries = [
        replace(entry, passed="it is the list of the class") if entry.source in given else entry
        for entry in list_entries(paths, is_export, out)
    ]
    notes: list[str] = []
    owners = identify(entries, people, platform, notes)
    asked = _exports_among(entries, owners, lone)
    found = []
    for entry, owner in zip(entries, owners, strict=True):
        what = sort_out(entry, lab)
        if (why := asked.get(entry.outer)) and not what.passed:
            what = Sorted(problem=why)
        nobody = owner.how == GUESS and what.passed and not entry.archive
        who = Owner((Student(),), ()) if nobody else owner
        line = Line(entry.path, entry.source, who.name, who.students[0].id, what.lab, digest=what.digest)
        found.append(_Found(entry, owner, what, line))
    labs = {f.what.lab for f in found if f.what.lab}
    one_lab = lab or (labs.pop() if len(labs) == 1 else "")
    submissions = _submissions(found, one_lab, _Times(times))
    if not submissions:
        raise SeqlabError(
            "the submissions are .ipynb or hand-in .json files",
            got=f"none in {', '.join(map(str, paths))}",
            fix="check the path",
        )
    sure = [s for s in submissions if not s.guessed]
    handed_in = {id(same_person(student, people)) for s in sure for student in s.students}
    missing = [p.student for p in people.persons if id(p) not in handed_in and not p.forms & {"teststudent"}]
    return Intake(submissions, [f.line for f in found], missing, notes)


def _exports_among(entries: list[Entry], owners: list[Owner], lone: bool) -> dict[tuple[str, ...], str]:
    """Zips that would be one student's and look like the export of a whole class: these are asked about."""
    roots: dict[tuple[str, ...], Node] = {}
    for entry, owner in zip(entries, owners, strict=True):
        if entry.inner and not entry.passed and (owner.how == GUESS or (lone and len(entry.outer) == 1)):
            roots.setdefault(entry.outer, Node()).put(entry, entry.inner)
    found = {}
    for outer, root in roots.items():
        while len(root.below) == 1 and next(iter(root.below.values())).is_folder:
            root = next(iter(root.below.values()))
        if name := looks_like_export(root):
            found[outer] = (
                f"the zip looks like {name}'s export of a class, and by its name or place it would be one student's: "
                f"if it is the class's, give it by itself, with --platform {name.casefold()}"
            )
    return found


class _Times:
    """The CSV of times, in which a student is found as on a roster: of two who could be meant, neither is."""

    def __init__(self, path: Path | None) -> None:
        lines = []
        for student, when in read_times(path) if path else ():
            if not student.id and student.name.isdecimal():  # in a column for either
                student = replace(student, id=student.name, name="")
            student = replace(student, section="", group="")
            lines.append(Person(student, at=when, forms=forms(student.name)))
        self._lines = People(lines)

    def __call__(self, student: Student) -> dt.datetime | None:
        line = same_person(student, self._lines)
        return line.at if line else None


def _submissions(found: list[_Found], lab: str, times: _Times) -> list[Submission]:
    """A submission for each that counts, and one with the reason for each owner of nothing that can be graded."""
    owned: dict[tuple[str, ...], list[_Found]] = {}
    for one in found:
        owned.setdefault(one.owner.whose, []).append(one)
    submissions: list[Submission] = []
    for group in owned.values():
        for part in _apart(group):
            submissions += _of_owner(part, lab, times)
    return submissions


def _apart(group: list[_Found]) -> Iterable[list[_Found]]:
    """Files that lie in one folder, whose name is but a guess, are one student's only if they are one hand-in."""
    owner, hand_ins = group[0].owner, [f for f in group if f.what.lab]
    kinds = Counter((f.what.lab, is_handin_name(f.entry.name)) for f in hand_ins if not is_old(f.parts))
    if owner.how != GUESS or max(kinds.values(), default=0) < 2 or any(f.entry.archive for f in group):
        yield group
    else:
        why = f"several hand-ins lie in {owner.name!r}, and nothing tells whose each is"
        others = [f for f in group if not f.what.lab]
        for number, one in enumerate(hand_ins):
            apart = replace(one.owner, whose=(*owner.whose, one.entry.path), clash=why, flags=(*owner.flags, why))
            rest = others if number == 0 else []
            yield [replace(one, owner=apart), *(replace(f, owner=apart) for f in rest)]


def _of_owner(group: list[_Found], lab: str, times: _Times) -> list[Submission]:
    owner = group[0].owner
    base = Submission(
        label=group[0].entry.path,
        read=group[0].entry.read,
        source=group[0].entry.source,
        students=owner.students,
        guessed=owner.how == GUESS,
        known=owner.known,
        conflict=owner.clash,
        whose=owner.whose,
        keys=owner.keys if owner.how != GUESS and not owner.clash else (),
    )
    by_lab: dict[str, list[_Found]] = {}
    for one in group:
        if one.what.lab:
            by_lab.setdefault(one.what.lab, []).append(one)
    bad = [f for f in group if f.what.problem]
    broken = [f for f in bad if any(called(f.entry.name) for called in (is_notebook, is_handin_name, is_archive))]
    also = _few([f"{f.entry.name} came too and cannot be graded: {f.what.problem}" for f in broken])
    found = []
    for its_lab, hand_ins in by_lab.items():
        choice = choose([_candidate(one) for one in hand_ins])
        counting = {c.label for c in choice.counting}
        for one in hand_ins:
            one.line.outcome = choice.superseded.get(one.entry.path, GRADED)
            if one.entry.path not in counting:
                continue
            late = f"late, says {one.owner.platform}" if one.owner.late else ""
            submission = replace(
                base,
                label=one.entry.path,
                source=one.entry.source,
                read=one.entry.read,
                lab=its_lab,
                submitted_at=times(owner.students[0]) or one.owner.submitted_at,
                late=late,
                flags=(*filter(None, [late]), *one.owner.flags, *also),
                why=choice.why.strip(),
            )
            found.append(submission)
    for one in group:
        if one.what.passed:
            one.line.outcome = f"passed over because {one.what.passed}"
        elif one.what.problem:
            one.line.outcome = f"not graded because {one.what.problem}"
    if found:
        return found
    archive = any(f.entry.archive for f in group)
    if not bad and not archive and owner.how not in (PLATFORM, ROSTER):
        return []
    first = (bad or group)[0]
    when = times(owner.students[0]) or first.owner.submitted_at
    return [
        replace(
            base,
            label=first.entry.path,
            source=first.entry.source,
            read=first.entry.read,
            lab=lab,
            submitted_at=when,
            problem=_reasons(bad) or "nothing in it is a notebook or a hand-in",
            flags=owner.flags,
        )
    ]


def _reasons(bad: list[_Found]) -> str:
    """Why nothing of an owner's can be graded, in one line."""
    if len({f.what.problem for f in bad}) == 1:
        return bad[0].what.problem
    return "; ".join(_few([f"{f.parts[-1]}: {f.what.problem}" for f in bad]))


def _few(told: list[str], most: int = 5) -> list[str]:
    """The first of them, and how many more there are: each row tells them, and a student may send thousands."""
    return [*told[:most], f"and {len(told) - most} files more"] if len(told) > most + 1 else told


def _candidate(one: _Found) -> Candidate:
    numbered = not one.entry.inner and bool(one.owner.file)
    return Candidate(one.entry.path, one.parts, one.owner.submitted_at, numbered, one.what.answers)
