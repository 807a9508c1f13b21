"""How good are a lab's checks, in one line: mutants refused, slips named, answers of the bank judged right."""

from dataclasses import dataclass
from pathlib import Path

from seqlab.authoring.vetting.survivors import Judged, holes, judge_mutants, lab_mutants, read_equivalent
from seqlab.autograder.judging.bank import check_answers, disagrees, read_bank
from seqlab.autograder.judging.parents import start_parent
from seqlab.exercises import LabFolder


@dataclass(frozen=True)
class Counted:
    """What came of a lab's mutants and of its bank; `wrong` are sentences, none if all is well."""

    lab: str
    slips: int  # that the exercises declare; tests/checks runs each as an answer
    judged: list[Judged]
    listed: int  # mutants that pass and are listed as right
    answers: int
    wrong_answers: list[str]
    holes: list[str]

    @property
    def wrong(self) -> list[str]:
        return self.holes + self.wrong_answers

    @property
    def unnamed(self) -> list[Judged]:
        """The refused mutants whose message names no slip."""
        return [one for one in self.judged if not one.survives and not one.named]

    def line(self) -> str:
        """What the README says of a lab: how many slips, mutants and answers, and of how many each is judged right."""
        refused = sum(not one.survives for one in self.judged)
        right = self.answers - len(self.wrong_answers)
        return (
            f"{self.lab}: {self.slips} slips declared; "
            f"{refused} of {len(self.judged) - self.listed} wrong mutants refused ({self.listed} more are right), "
            f"{refused - len(self.unnamed)} of {refused} with their slip named; "
            f"{right} of {self.answers} answers of the bank judged as their kind says"
        )


def count(folder: Path, seed: int, jobs: int = 1) -> Counted:
    """Judge every mutant of a lab's reference answers, and every answer in its bank."""
    lab = LabFolder(folder)
    banks = [row for path in lab.banks for row in read_bank(path)]
    with start_parent() as parent:
        judged = list(judge_mutants(folder, lab_mutants(folder), parent, seed, jobs))
        rows = list(check_answers(banks, seed, jobs, parent))
    wrong = [
        f"{row['id']} is {row['kind']} but was judged otherwise: {row['message']}" for row in rows if disagrees(row)
    ]
    slips = sum(len(e.slips) for e in lab.exercises.values())
    equivalent = read_equivalent(folder)
    listed = sum(one.survives and one.mutant.key in equivalent for one in judged)
    return Counted(lab.id, slips, judged, listed, len(rows), wrong, holes(folder, judged))
