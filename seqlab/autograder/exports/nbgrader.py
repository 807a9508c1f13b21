"""nbgrader: a course folder that `nbgrader generate_assignment`, `validate` and `autograde` take as it is.

The lab's check cells show a table and never raise, for which nbgrader would give full marks. In the source
version each of them therefore ends with a hidden test, `lab.require(...)`: it raises where the answer is worth
nothing, and else its value is the points, which nbgrader reads from the cell's output. A student's feedback page shows
the cell, which holds no seed (`course_seed.py`), and that error, which is a sentence of the closed vocabulary.
"""

import re
import secrets
from pathlib import Path

from nbformat import NotebookNode

from seqlab.authoring.build import checksum, solution_notebook
from seqlab.authoring.notebook_file import notebook_text
from seqlab.autograder.exports.course_seed import NAME, read_seed, write_seed
from seqlab.errors import SeqlabError
from seqlab.exercises import LabFolder, find_lab
from seqlab.whole import write_whole

_BEGIN, _END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
_CONFIG = '''\
"""nbgrader's settings for labs of seqlab. It grades in the environment of the kernel python3, which needs seqlab.

nbgrader runs a student's code in the same process as the tests, as your user: see README.md.
"""

c = get_config()  # noqa: F821  (nbgrader defines it)
c.CourseDirectory.course_id = "seqlab"
c.Execute.timeout = 300  # seconds a cell; the labs train small networks
'''
_README = """\
# Labs of seqlab in nbgrader

`source/{name}/{name}.ipynb` is the lab with its solutions. In this folder:

    nbgrader generate_assignment {name}      # writes release/, without solutions and hidden tests
    nbgrader validate source/{name}/{name}.ipynb
    nbgrader collect {name}                  # or put files into submitted/STUDENT/{name}/{name}.ipynb
    nbgrader autograde {name}
    nbgrader generate_feedback {name}

nbgrader runs the notebooks with the kernel `python3`. Install nbgrader and seqlab where that kernel has both,
for example in one environment that you use for nothing else.

`{seed}` draws the hidden cases, the same ones at a regrade. Keep it, and keep it to yourself: it stands in no notebook, and
`nbgrader autograde` finds it from the folder that it runs in upwards. Where it is not found, every run draws its own.

## What nbgrader does not protect you from

nbgrader runs the student's code **in the same process as the tests**, as your user, with your files and your
network. That code can read the hidden tests and their seed, replace `lab`, and change its own marks; one that
deletes files deletes yours. An endless loop costs {timeout} seconds a cell.

Where a check itself is at fault, its cell ends with "could not judge". nbgrader knows no such thing for a cell that it
grades itself and enters 0: look for these words in the feedback, and enter the mark by hand in the formgrader.

To grade code that you do not trust, let nbgrader collect and seqlab grade:

    seqlab grade submitted/ --out marks/

It runs each student's code in a sandboxed process of its own, from which the tests cannot be seen, and is many
times faster: the marks come as CSV, JSON, HTML and as gradebooks for Canvas and Moodle.
"""


def export_nbgrader(lab: str, out: Path | str, seed: int | None = None) -> list[Path]:
    """Write a course folder for nbgrader 0.9 and return the files written.

    lab: an id such as "lab2". out: the course's folder; other labs, and a configuration that is there, are kept.
    seed: of the hidden tests of all labs there; if left out, that of an earlier export into the folder, else a fresh one.
    """
    found = find_lab(lab)
    out = Path(out)
    if out.exists() and not out.is_dir():
        raise SeqlabError(
            "--out is the folder of an nbgrader course", got=f"{out}, which is a file", fix="name a folder"
        )
    source = out / "source" / found.name / f"{found.name}.ipynb"
    if seed is None:
        kept = read_seed(out)
        seed = kept if kept is not None else _seed_of(source) or secrets.randbits(62)
    texts = {
        source: notebook_text(source_version(found)),
        out / "README.md": _README.format(name=found.name, timeout=300, seed=NAME),
    }
    if not (out / "nbgrader_config.py").exists():
        texts[out / "nbgrader_config.py"] = _CONFIG
    for path, text in texts.items():
        write_whole(path, text)
    return [*texts, write_seed(out, seed)]


def source_version(lab: LabFolder) -> NotebookNode:
    """The solution notebook of a lab, its check cells with the hidden tests that nbgrader grades by."""
    notebook = solution_notebook(lab.path)
    for cell in notebook.cells:
        mark = cell.metadata.get("nbgrader")
        if mark and mark.grade:
            name = mark.grade_id.removeprefix("check-")
            cell.source += f'\n{_BEGIN}\nlab.require({name}, "{name}", hidden=True)\n{_END}'
            settings = {key: mark[key] for key in ("grade", "solution", "grade_id", "points")}
            mark.checksum = checksum(cell.source, **settings)
    return notebook


def _seed_of(source: Path) -> int | None:
    """The seed of an export of before, when it stood in the notebook: so a regrade draws the same cases."""
    found = re.search(r"lab\.require\(.*?seed=(\d+)", source.read_text(encoding="utf-8")) if source.is_file() else None
    return int(found[1]) if found else None
