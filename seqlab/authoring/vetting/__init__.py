"""Is a lab ready? Its files agree (`consistency`), its text shows the worked examples of its checks (`examples`), and
its checks refuse every wrong answer that a machine makes of the reference (`mutants`, `survivors`)."""

from seqlab.authoring.vetting.consistency import inconsistencies
from seqlab.authoring.vetting.examples import examples_not_in_text
from seqlab.authoring.vetting.mutants import Mutant, mutants
from seqlab.authoring.vetting.survivors import Judged, holes, judge_mutants, lab_mutants

__all__ = [
    "Judged",
    "Mutant",
    "examples_not_in_text",
    "holes",
    "inconsistencies",
    "judge_mutants",
    "lab_mutants",
    "mutants",
]
