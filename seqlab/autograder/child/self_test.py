"""The sandbox of this machine as a program: its line, whether it is the full one, and its promises, as JSON.

python -P -m seqlab.autograder.child.self_test [PATH THAT MUST NOT BE SEEN ...]
"""

import json
import sys
from dataclasses import asdict

from seqlab.autograder.child import sandbox


def main(beside: list[str]) -> None:
    """Try everything, and print what came of it."""
    plan = sandbox.prepare(beside)
    print(json.dumps([plan.line, plan.full, [asdict(promise) for promise in plan.promises]]))


if __name__ == "__main__":
    main(sys.argv[1:])
