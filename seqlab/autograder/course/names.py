"""Names of files: what kind of hand-in they look like, and whom they may name, once the words of the course are gone."""

import functools
import re

from seqlab.exercises import all_labs

_NOTEBOOK = re.compile(r"\.ipynb(?: ?\(\d+\))?(?:\.(?:txt|json))?(?: ?\(\d+\))?$", re.I)
_ARCHIVE = re.compile(r"\.(?:zip|tar|tgz|tar\.gz)$", re.I)
_ATTEMPT = re.compile(r"-(\d+)$")
# words that name no person, in a file's name or a folder's
_WORDS = set(
    """submission submissions submitted submit notebook notebooks solution solutions solved answer answers final copy
    of untitled scratch homework homeworks hw assignment assignments exercise exercises draft new version old before earlier
    backup handin handins hand in the my test done main work files file download downloads export unpacked zip json
    ipynb finished complete completed corrected fixed latest blank attempt attempts lab labs colab jupyter python
    project report marks and""".split()
)
_NUMBERED = re.compile(r"(?:lab|part|v|q|task|ex|todo|hw|ps|attempt|try|version|copy|week|day)\d+", re.I)
# and words that make a folder one of several people's
_SECTIONS = set(
    """section sections sec class classes course courses cohort week weeks tutorial tutorials seminar lecture students
    monday tuesday wednesday thursday friday saturday sunday morning afternoon evening room campus late extension extensions
    resubmission resubmissions""".split()
)


def is_notebook(name: str) -> bool:
    """Is this called a notebook, whatever was hung onto it on its way?

    >>> [is_notebook(n) for n in ("a.ipynb", "A.IPYNB", "a.ipynb.txt", "a.ipynb.json", "a.json")]
    [True, True, True, True, False]
    """
    return bool(_NOTEBOOK.search(name))


def is_handin_name(name: str) -> bool:
    """Is this called JSON, as the hand-in is that `lab.submit()` writes?"""
    return name.casefold().endswith(".json") and not is_notebook(name)


def is_archive(name: str) -> bool:
    """Is this called a zip or a tar, which are looked into?

    >>> [is_archive(n) for n in ("ann.ZIP", "ann.tar.gz", "ann.tgz", "ann.rar", "lab2.ipynb.gz")]
    [True, True, True, False, False]
    """
    return bool(_ARCHIVE.search(name))


def file_name(label: str) -> str:
    """The file's own name in a path, in which members of archives stand behind exclamation marks.

    >>> file_name("in/class.zip!ann/lab2.ipynb"), file_name("class.zip!ann.ipynb")
    ('lab2.ipynb', 'ann.ipynb')
    """
    return re.split(r"\.(?:zip|tar|tgz|tar\.gz)!|[/\\]", label, flags=re.I)[-1]


def stem(name: str) -> str:
    """The name without what says the kind of file.

    >>> stem("lab2_rnn-1.ipynb"), stem("ann.ipynb.txt"), stem("submission-lab2.before.json"), stem("ann.tar.gz")
    ('lab2_rnn-1', 'ann', 'submission-lab2.before', 'ann')
    """
    plain = _ARCHIVE.sub("", _NOTEBOOK.sub("", name))
    return plain if plain != name else re.sub(r"(?<=.)\.[A-Za-z0-9]{1,5}$", "", name)


def attempt(name: str) -> tuple[str, int]:
    """A name without the number that a platform adds to a later attempt, and that number.

    >>> attempt("lab2_rnn-1.ipynb"), attempt("lab2_rnn.ipynb"), attempt("submission-lab2.json")
    (('lab2_rnn.ipynb', 1), ('lab2_rnn.ipynb', 0), ('submission-lab2.json', 0))
    """
    plain = stem(name)
    found = _ATTEMPT.search(plain)
    return (plain[: found.start()] + name[len(plain) :], int(found[1])) if found else (name, 0)


def is_old(parts: tuple[str, ...]) -> bool:
    """Does a path say that this is an earlier state: `earlier-submission-lab2.json`, or a copy in `old/`?

    >>> [is_old((name,)) for name in ("earlier-submission-lab2.json", "submission-lab2.before.json", "submission-lab2.json")]
    [True, True, False]
    """
    folders = {part.casefold().strip() for part in parts[:-1]}
    earlier = {"old", "backup", "backups", "previous", "archive", "archived", "before", "alt", "earlier"}
    # the second is how seqlab named it once
    name = re.search(r"^earlier-submission-\w+(?:[ -]?\(?\d+\)?)?\.json$|\.before(?:-\d+)?\.json$", parts[-1], re.I)
    return bool(folders & earlier or name)


@functools.cache
def lab_names() -> frozenset[str]:
    """The ids and whole names of the labs, as folders and files are called."""
    return frozenset(name.casefold() for lab in all_labs() for name in (lab.id, lab.name))


@functools.cache
def _of_labs() -> frozenset[str]:
    return frozenset(word for name in lab_names() for word in re.findall(r"[^\W_]+", name))


def person_in(text: str) -> str:
    """What is left of a name without the words of the course: perhaps a person, perhaps nothing.

    >>> person_in("ann_lab2_rnn"), person_in("lab2_rnn (1)"), person_in("submission-lab2"), person_in("4711")
    ('ann', '', '', '4711')
    """
    words = [word for word in re.split(r"[\s_()\[\]{},;+!#-]+", text.strip(" ._-")) if re.search(r"\w", word)]
    return " ".join(word for word in words if not _of_the_course(word))


def _of_the_course(word: str) -> bool:
    plain = word.casefold().strip(".")
    number = plain.isdecimal() and (len(plain) < 4 or (plain.startswith("20") and len(plain) == 4))
    return number or plain in _WORDS or plain in _of_labs() or bool(_NUMBERED.fullmatch(plain))


def folder_of_people(name: str) -> bool:
    """Does a folder's name say that it is not one person's: a section, a week, a lab?

    >>> folder_of_people("Section A"), folder_of_people("lab2_submissions"), folder_of_people("ann")
    (True, True, False)
    """
    words = {word.casefold() for word in re.split(r"[\W_\d]+", name)}
    return bool(words & _SECTIONS) or not person_in(name)
