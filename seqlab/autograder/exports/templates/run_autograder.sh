#!/usr/bin/env bash
# Gradescope runs this for every submission. Whatever the submission does, a valid results.json is there.
root="${AUTOGRADER_ROOT:-/autograder}"
mkdir -p "$root/results"
cat > "$root/results/results.json" << 'END'
{"score": 0, "output": "The autograder stopped before its end, so nothing is graded. Please tell your instructor.",
 "output_format": "text", "visibility": "visible", "stdout_visibility": "hidden",
 "tests": [{"score": 0, "max_score": @POINTS@, "status": "failed", "name": "autograder", "number": "1",
            "output": "No marks could be given.", "output_format": "text", "tags": [], "visibility": "visible"}]}
END
cd "$root" || exit 0
timeout --kill-after=10 @SECONDS@ "$root/env/bin/python" -m seqlab.autograder.exports.container "$root"
# 3: a check is at fault, and there is no mark. Then the autograder has failed: else Gradescope would show a 0.
[ $? -ne 3 ]
