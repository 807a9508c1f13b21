#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the autograder's image.
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"

# seqlab needs Python 3.11 with venv; Ubuntu 22.04 comes with 3.10.
suits() {
  command -v "$1" > /dev/null &&
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2> /dev/null
}
find_python() {
  local name
  for name in python3 python3.13 python3.12 python3.11; do
    if suits "$name"; then echo "$name"; return; fi
  done
  return 1
}
if ! python=$(find_python); then
  export DEBIAN_FRONTEND=noninteractive
  apt-get update
  for version in 3.12 3.11 3; do
    apt-get install -y "python$version" "python$version-venv" && python=$(find_python) && break
  done
fi

"$python" -m venv "$root/env"
wheel=$(echo "$root"/source/seqlab-*.whl)
"$root/env/bin/python" -m pip install --quiet --disable-pip-version-check "${wheel}[grading]"

# Checks and seed are for root alone.
chmod -R go-rwx "$root/source" "$root"/env/lib/python3*/site-packages/seqlab/_labs
