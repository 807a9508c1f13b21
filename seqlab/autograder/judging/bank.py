"""Answer banks: vet a file of answers, each judged in a child of its own by the exercise's full check.

It is for authors, who see all of a verdict, hidden cases too: no student gets these messages.
"""

import concurrent.futures as cf
import json
from collections.abc import Iterator
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

from seqlab.autograder.judging.court import AS_IT_CAN, Case, Court, judge_here
from seqlab.autograder.judging.parents import start_parent
from seqlab.errors import SeqlabError
from seqlab.exercises import PUBLISHED_SEED, find_exercise, find_lab

FIELDS = ("id", "lab", "exercise", "symbol", "code")
KINDS = ("right", "wrong")  # an answer may say which of the two it is, as "kind"


def read_bank(path: Path) -> list[dict[str, Any]]:
    """The answers of a .jsonl file; a SeqlabError names the line that is none."""
    path = Path(path)
    if not path.is_file():
        raise SeqlabError("an answer bank is a .jsonl file", got=f"{path}, which is not there", fix="check the path")
    answers = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        try:
            answer = json.loads(line)
        except (json.JSONDecodeError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or not all(isinstance(answer.get(f), str) for f in FIELDS):
            raise SeqlabError(
                f"each line is an object with the texts {', '.join(FIELDS)}",
                got=f"{path}, line {number}",
                fix="correct the line",
            )
        answers.append(answer)
    if not answers:
        raise SeqlabError("an answer bank has at least one answer", got=f"{path}, which has none", fix="check the path")
    return answers


def check_answers(
    answers: list[dict[str, Any]], seed: int = PUBLISHED_SEED, jobs: int = 1, parent: Any = None
) -> Iterator[dict[str, Any]]:
    """Judge answers: {id, accepted, points, max_points, status, message} for each, in order, and its kind if it has one.

    parent: what starts the children (`judging.parents.start_parent`); one that is started for them if left out.
    """
    court = Court() if AS_IT_CAN else None
    with (
        nullcontext(parent) if parent else start_parent() as started,
        closing(court) if court else nullcontext(),
        cf.ThreadPoolExecutor(jobs) as pool,
    ):
        judged = pool.map(lambda answer: _judge(answer, started, seed, court), answers)
        for answer, row in zip(answers, judged, strict=True):
            kind = {"kind": answer["kind"]} if "kind" in answer else {}
            yield {"id": answer["id"], **row, **kind}


def disagrees(row: dict[str, Any]) -> bool:
    """Is an answer that calls itself right refused, or one that calls itself wrong accepted?"""
    return row.get("kind") in KINDS and row["accepted"] != (row["kind"] == "right")


def _judge(answer: dict[str, Any], parent: Any, seed: int, court: Court | None) -> dict[str, Any]:
    try:
        found, lab = find_exercise(answer["lab"], answer["exercise"]), find_lab(answer["lab"])
    except SeqlabError as error:
        return {"accepted": False, "points": 0, "max_points": 0, "status": "unknown", "message": str(error)}
    cells = [answer["code"]]
    if answer["symbol"] != found.name:
        cells.append(f"{found.name} = {answer['symbol']}")
    case = Case(str(lab.path), {found.name: found}, cells, seed)
    [verdict] = (court.judge(case, parent) if court else judge_here(case, parent)).verdicts.values()
    return {
        "accepted": verdict.passed,
        "points": verdict.points,
        "max_points": verdict.max_points,
        "status": verdict.status,
        "message": verdict.sentence(),
    }
