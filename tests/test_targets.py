"""The Makefile, CI and the guides tell of the same commands, and .venv is made of pinned versions."""

import itertools
import re
import subprocess
import sys
import tomllib

import pytest
from kit import ROOT
from packaging.markers import default_environment
from packaging.requirements import Requirement

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
TARGETS = re.findall(r"^([a-z-]+):.*##", MAKEFILE, re.M)
# for people; changes files that are in the repository; looks at versions that are not released yet
BY_HAND = {"help", "lab", "notebooks", "constraints", "clean", "nightly"}


def test_ci_runs_every_target_that_is_not_for_hands_and_nothing_else():
    lines = [line.split("#")[0].strip() for line in CI.splitlines()]
    called = [line for line in lines if re.match(r"(\.ci/offline )?make ", line)]
    assert {re.search(r"make ([\w-]+)", line)[1] for line in called} == set(TARGETS) - BY_HAND
    for program in ("pip ", "apt-get", "pytest", ".venv"):
        assert not [line for line in lines if program in line]


def test_what_is_no_test_is_imported_by_no_collection():
    """Programs below tests/ may import what .venv does not hold; doctests are seqlab's alone."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "tests/autograder", "-k", "codec"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "test_autograder_codec.py" in done.stdout
    assert "fuzz_codec" not in done.stdout


def test_every_test_is_in_one_of_the_parts_that_ci_runs():
    parts = re.findall(r"make test ONLY='(.*)'", CI)
    assert parts == ["not network", "network or beside"]


@pytest.mark.parametrize("target", sorted(set(TARGETS) - {"help", "setup"}))
def test_the_readme_tells_of_a_target(target):
    assert f"make {target}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_each_direct_requirement_is_pinned_within_its_range():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = [project["project"]["optional-dependencies"][name] for name in ("grading", "authoring", "cluster", "dev")]
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    texts = itertools.chain(lines, project["build-system"]["requires"], *extras)
    wanted = [Requirement(t) for t in texts if t.strip() and t[0] != "#" and not t.startswith("seqlab[")]
    lines = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line.strip()[:1] not in ("", "#")]
    for python in ("3.11.9", "3.12.9", "3.13.9"):
        here = default_environment() | {"python_full_version": python, "python_version": python.rsplit(".", 1)[0]}
        versions = {p.name: str(p.specifier)[2:] for p in pins if p.marker is None or p.marker.evaluate(here)}
        for requirement in wanted:
            assert versions[requirement.name.replace("_", "-")] in requirement.specifier, requirement
