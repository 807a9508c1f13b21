"""Whose an entry is: decided here, once, and kept as a field from here to the gradebook.

In this order: what a platform wrote on the outermost names; a roster or gradebook; a name of a file or folder, as a
guess that is marked as one. Nothing in a student's own zip, and nothing inside a file, names a person.
"""

import datetime as dt
import functools
from dataclasses import dataclass, field, replace

from seqlab.autograder.course.entries import Entry
from seqlab.autograder.course.names import folder_of_people, is_archive, is_handin_name, is_notebook, person_in, stem
from seqlab.autograder.course.platforms import Claim, Claims, Node, bare, read_level
from seqlab.autograder.course.roster import People, Person, joined_student, letters, same_person
from seqlab.autograder.course.rubbish import leaving
from seqlab.autograder.course.submission import Student

PLATFORM, ROSTER, GUESS = "platform", "roster", "guess"
MOST_IN_GROUP = 10  # students: a larger one is a section, and no folder's name gives all of it a mark
CLASS = 3  # students: so many files that a platform has named are not one student's
_Path = tuple[str, ...]


@dataclass(frozen=True)
class Owner:
    """Whose something is, who says so, and what else the platform says."""

    students: tuple[Student, ...]
    whose: tuple[str, ...]  # equal for the same owner, and for nobody else
    keys: tuple[str, ...] = ()  # the same for each of the students: a group's member may hand in alone too
    how: str = GUESS
    platform: str = ""
    known: bool = True  # False if there is a list of the class and the owner is not on it
    submitted_at: dt.datetime | None = None
    late: bool = False
    file: str = ""  # what the student called the file, where a platform put something before it
    below: int = 0  # how many of the outer names are above the student's own
    flags: tuple[str, ...] = ()
    clash: str = ""  # another entry claims this student, at odds with this one

    @property
    def name(self) -> str:
        """All names, for people."""
        return ", ".join(student.name or student.id or student.email for student in self.students)


@dataclass
class _Level:
    """Where the class lies: its names are a platform's, or each a person's."""

    at: _Path
    node: Node
    claims: Claims
    guesses: dict[_Path, tuple[_Path, str]] = field(default_factory=dict)  # by name: the unit, and its name

    @functools.cached_property
    def folder_of_one(self) -> str:
        """The folder, if the class seems to lie in one that is rather a person's: what is in it has not two names."""
        folders = [part for part in self.at[1:] if not folder_of_people(part)]
        return folders[-1] if folders and len(set(_named_in(self.node))) < 2 else ""


def identify(
    entries: list[Entry], people: People, platform: str = "auto", notes: list[str] | None = None
) -> list[Owner]:
    """The owner of each entry, in their order; what was taken for granted is added to the notes."""
    root = Node()
    for entry in entries:
        root.put(entry, entry.outer)
    levels = {level.at: level for level in [_Level((), root, {}), *_levels(root, (), platform)]}
    for at, level in levels.items():
        if notes is not None and platform == "auto" and not all(map(folder_of_people, at[1:])) and _unmistakable(level):
            named = next(iter(level.claims.values())).platform
            notes.append(f"the folder {'/'.join(at)} is taken for {named}'s export, for all in it is named so")
        _guess(level.node, level.at, level.guesses)
    known: dict[object, Owner] = {}
    owners = []
    for entry in entries:
        depths = range(len(entry.outer) - 1, -1, -1)
        level = next(levels[entry.outer[:k]] for k in depths if entry.outer[:k] in levels)
        owners.append(_owner(entry, level, people, known))
    return _with_clashes(owners)


def _levels(node: Node, at: _Path, platform: str) -> list[_Level]:
    """Where the class lies: down through folders that hold one folder, and sections that are all a platform's."""
    if claims := read_level(node, platform):
        return [_Level(at, node, claims)]
    folders = {name: child for name, child in node.below.items() if child.is_folder and not leaving([name])}
    if folders and not _hand_ins(node):
        found = [level for name, child in folders.items() for level in _levels(child, (*at, name), platform)]
        if platform != "auto":
            return [*(level for level in found if level.claims), _Level(at, node, {})]
        if len(folders) == 1:
            sure = not at or folder_of_people(next(iter(folders)))
            return found if sure else [level if _unmistakable(level) else _doubted(level) for level in found]
        if all(level.claims for level in found) and any(len(level.claims) > 1 for level in found):
            return [_Level(at, node, {}), *found]
    return [_Level(at, node, {})]


def _unmistakable(level: _Level) -> bool:
    """Is each file here called as a platform calls it, each after another student, and are there several?

    One student's folder may hold a file or two of others, under the names that a platform gave them; hardly a class.
    """
    files = [name for name in level.node.below if not leaving([name])]
    students = {level.claims[name,].students for name in files if (name,) in level.claims}
    return len(students) == len(files) >= CLASS


def _doubted(level: _Level) -> _Level:
    """Without the names of files: in a folder of a person's name they are rather a student's than a platform's."""
    return replace(level, claims={p: claim for p, claim in level.claims.items() if level.node.below[p[0]].is_folder})


# -- guessing --------------------------------------------------------------------------------------------------
def _hand_ins(node: Node) -> list[str]:
    """The names right in a folder that look like hand-ins."""
    files = [name for name, child in node.below.items() if not child.is_folder]
    return [name for name in files if is_notebook(name) or is_handin_name(name) or is_archive(name)]


def _person_in_file(name: str) -> str:
    return person_in(stem(bare(name)))


def _guess(node: Node, at: _Path, guesses: dict[_Path, tuple[_Path, str]]) -> None:
    """To each name of a class the unit that is one person's, a file or a folder, and what it is called."""
    folders = {name: child for name, child in node.below.items() if child.is_folder}
    sections = _sections(folders)
    for name, child in folders.items():
        if folder_of_people(name) or name in sections or is_archive(name):  # the zip of a class
            _guess(child, (*at, name), guesses)
        else:
            guesses[(*at, name)] = (*at, name), name
    files = [name for name, child in node.below.items() if not child.is_folder]
    handed_in = _hand_ins(node)
    around = next((stem(part) for part in reversed(at) if not folder_of_people(stem(part))), "")
    notebooks = [name for name in handed_in if not is_handin_name(name)]
    one = len(notebooks) < 2 and len(handed_in) - len(notebooks) < 2 and not folders
    nameless = handed_in and not any(map(_person_in_file, handed_in))
    for name in files:
        if one and nameless:  # a notebook and its hand-in, with what else lies there
            guesses[(*at, name)] = at, around or stem(handed_in[0])
        else:
            guesses[(*at, name)] = (*at, name), _person_in_file(name) or around or stem(name)


def _sections(folders: dict[str, Node]) -> set[str]:
    """The folders that hold the work of several people: their files or folders have names, each another one."""
    names = {name: _named_in(node) for name, node in folders.items()}
    names = {name: found if all(found) else [] for name, found in names.items()}
    every = [inside for found in names.values() for inside in found]
    if len(every) != len(set(every)) or not any(len(found) > 1 for found in names.values()):
        return set()
    return {name for name, found in names.items() if found}


def _named_in(node: Node) -> list[str]:
    """Whom the files and folders in a folder may name, through weeks and labs; "" for a file that names nobody."""
    found = list(map(_person_in_file, _hand_ins(node)))
    for name, child in node.below.items():
        if child.is_folder and _holds_hand_ins(child):
            found += _named_in(child) if folder_of_people(name) else [name]
    return found


def _holds_hand_ins(node: Node) -> bool:
    return bool(_hand_ins(node)) or any(map(_holds_hand_ins, node.below.values()))


# -- deciding --------------------------------------------------------------------------------------------------
def _owner(entry: Entry, level: _Level, people: People, known: dict[object, Owner]) -> Owner:
    rest = entry.outer[len(level.at) :]
    for length in (2, 1):
        path = rest[:length]
        if claim := level.claims.get(path):
            key = (level.at, path)
            if key not in known:
                owner = _by_platform(claim, people)
                known[key] = replace(
                    owner,
                    how=PLATFORM,
                    platform=claim.platform,
                    submitted_at=claim.submitted_at or owner.submitted_at,
                    late=claim.late,
                    file=claim.file,
                    below=len(level.at) + length,
                )
            return known[key]
    if entry.outer not in known:
        known[entry.outer] = _by_roster(entry.outer, level, people) or _by_name(entry.outer, level, people)
    return known[entry.outer]


def _by_platform(claim: Claim, people: People) -> Owner:
    [first, *_] = claim.students
    listed = same_person(first, people)  # whose name may begin with "Team", or be that of a group
    if not listed and (members := _members(claim.group, people)):
        return _of_group(claim.group, members)
    if not listed and first.group and first.name == first.group:
        flag = f"{first.group!r} is a group, and its members are not told: " + (
            "nobody of it who has handed in is on the list"
            if people
            else "give Moodle's worksheet with --gradebook, or a roster with a column group"
        )
        return Owner(claim.students, ("group", letters(first.group)), known=False, flags=(flag,))
    found = [(student, same_person(student, people)) for student in claim.students]
    flags = tuple(_not_listed(student, people) for student, person in found if people and not person)
    keys = tuple(_key(student, person) for student, person in found)
    return Owner(
        tuple(joined_student(person.student, student) if person else student for student, person in found),
        keys,
        keys,
        submitted_at=next((person.at for _, person in found if person and person.at), None),
        known=not flags,
        flags=flags,
    )


def _not_listed(student: Student, people: People) -> str:
    for kind in ("canvas_id", "participant"):
        if other := people.numbered(kind, getattr(student, kind)):
            return (
                f"number {getattr(student, kind)} is {other.student.name} on the list of the class, "
                f"and the file's name says {student.name}: whose is it?"
            )
    return "not on the roster"


def _members(group: str, people: People) -> list[Person]:
    """Those of a group who, as far as a worksheet tells, have handed in."""
    return [person for person in people.group(group) if person.handed_in is not False]


def _of_group(name: str, members: list[Person]) -> Owner:
    students = tuple(replace(member.student, group=name) for member in members)
    keys = tuple(_key(member.student, member) for member in members)
    at = next((member.at for member in members if member.at), None)
    return Owner(students, ("group", letters(name)), keys, submitted_at=at)


def _key(student: Student, person: Person | None) -> str:
    if person:
        return f"person {id(person)}"
    numbers = ("canvas_id", "participant", "id", "email", "name")
    return next((f"{kind} {getattr(student, kind)}" for kind in numbers if getattr(student, kind)), "")


def _unit(outer: _Path, level: _Level) -> tuple[_Path, str]:
    """The file or folder that is one person's, and what it is called."""
    return next(level.guesses[outer[:k]] for k in range(1, len(outer) + 1) if outer[:k] in level.guesses)


def _names(outer: _Path, level: _Level) -> list[str]:
    """The names from the level on."""
    *folders, last = outer[len(level.at) :]
    return [*folders, stem(bare(last))]


def _by_roster(outer: _Path, level: _Level, people: People) -> Owner | None:
    """The student, or the group, whom the unit's own name names; what lies in it may be called as its owner likes."""
    if not people:
        return None
    unit, _ = _unit(outer, level)
    at = len(level.at)
    own = "" if level.folder_of_one else _names(outer, level)[max(0, len(unit) - at - 1)]
    around = [stem(part) for part in reversed(level.at)]
    members = _members(own, people) if len(unit) > at else []
    if 0 < len(members) <= MOST_IN_GROUP:
        owner = replace(_of_group(own, members), how=ROSTER, below=len(unit))
    else:
        # the unit may be the level's own folder, with a single hand-in
        named = map(people.mentioned, [own, *around] if len(unit) > at else [*around, own])
        if not (person := next(filter(None, named), None)):
            return None
        members = [person]
        keys = (_key(person.student, person),)
        below = len(unit) if person is people.mentioned(own) else at
        owner = Owner((person.student,), keys, keys, ROSTER, submitted_at=person.at, below=below)
    others = [name for name, other in _mentioned(outer, level, people) if other not in members]
    if not others:
        return owner
    clash = f"its path also names {others[0]}: whose is it?"
    return replace(owner, whose=(*owner.whose, *outer), clash=clash, flags=(clash,))


def _mentioned(outer: _Path, level: _Level, people: People) -> list[tuple[str, Person]]:
    """All whom the names of a path name, but for the name of what was given, which is an instructor's."""
    found = map(people.mentioned, [*level.at[1:], *_names(outer, level)])
    return [(person.student.name or person.student.id, person) for person in found if person]


def _by_name(outer: _Path, level: _Level, people: People) -> Owner:
    unit, name = _unit(outer, level)
    name = (people and level.folder_of_one) or name
    named = [f"its path names {other}: whose is it?" for other, _ in _mentioned(outer, level, people)[:1]]
    flags = ("not on the roster", *named) if people else ()
    return Owner(
        (Student(name, name),), ("guess", *unit), known=not people, flags=flags, below=min(len(unit), len(outer) - 1)
    )


def _with_clashes(owners: list[Owner]) -> list[Owner]:
    """Where a platform's number stands with two names, the two are kept apart and say so."""
    names: dict[tuple[str, ...], set[str]] = {}
    for owner in owners:
        if owner.how == PLATFORM and len(owner.students) == 1:
            names.setdefault(owner.whose, set()).add(letters(owner.name))
    found = []
    for owner in owners:
        if owner.how == PLATFORM and len(names.get(owner.whose, ())) > 1:
            why = f"number {owner.students[0].id} stands with several names: which is right?"
            owner = replace(owner, whose=(*owner.whose, letters(owner.name)), clash=why, flags=(*owner.flags, why))
        found.append(owner)
    return found
