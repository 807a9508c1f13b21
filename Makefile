# seqlab: `make` alone lists the targets. Everything happens inside .venv; nothing needs root.
# What needs more than .venv holds has an environment of its own below build/, made once (tests/environments.py).
# .ci/run runs every target but `lab`, which is for people, `constraints`, `notebooks` and `clean`, which change files,
# and what looks at tomorrow's versions: these are run by hand.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
PINNED := .ci/constraints.txt
ONLY   ?=  # of `make test`, those tests alone that a marker expression selects: make test ONLY='not network'

export TF_CPP_MIN_LOG_LEVEL ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo test fuzz peers keras-tests colab browser nightly lab notebooks lint constraints clean

help:  ## list the targets
	@echo "seqlab: make TARGET, where TARGET is one of"
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  \1\t/' | expand -t 14

setup: $(READY)  ## make the environment .venv (every other target does this by itself)

# What builds seqlab (hatchling, editables) is pinned too: by PIP_CONSTRAINT up to pip 25.2, then by PIP_BUILD_CONSTRAINT.
$(READY): requirements.txt pyproject.toml $(PINNED)
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if v >= (3, 11) else \
	  "seqlab needs Python 3.11 or newer; $(PYTHON) is %d.%d. Name another one: make PYTHON=python3.12 ..." % v)'
	@test -x $(BIN)/python || { echo "Making the environment $(VENV) ..."; $(PYTHON) -m venv $(VENV); }
	@echo "Installing seqlab and what it needs into $(VENV) (about 3 GB, a few minutes the first time) ..."
	@PIP_CONSTRAINT=$(PINNED) PIP_BUILD_CONSTRAINT=$(PINNED) \
	  $(BIN)/python -m pip install -qq --disable-pip-version-check -e '.[dev]'
	@touch $@

demo: $(READY)  ## from a blank notebook to a mark: train on Irish tunes, hear the result, open the report
	@$(BIN)/seqlab demo --out demo

# Three on two cores, since a test often waits for a kernel or a deadline. Each file on one worker, in the order of
# tests/conftest.py, not those of many tests first: the longest have few.
test: $(READY)  ## run every test
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(if $(ONLY),-m "$(ONLY)")

fuzz: $(READY)  ## throw many more messages at what parses a child's words, some chosen by coverage (atheris)
	@SEQLAB_FUZZ=1 $(BIN)/python -m pytest -rs tests/autograder/test_autograder_protocol.py

peers: $(READY)  ## grade with real nbgrader and otter, in environments of their own, and compare the marks
	@SEQLAB_PEERS=1 $(BIN)/python -m pytest -rs tests/exports/test_exports_peers.py

keras-tests: $(READY)  ## run Keras's own tests of its recurrent layers on ours (they come with Keras)
	@$(BIN)/python tests/layers/keras_with_ours.py

colab: $(READY)  ## run every notebook on the versions of the newest Colab image (makes an environment of 2.4 GB)
	@SEQLAB_COLAB=1 $(BIN)/python -m pytest -rs tests/colab

browser: $(READY)  ## walk through labs in JupyterLab and a headless Chromium; screenshots in build/browser/screens
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && ! command -v chromium >/dev/null; then \
	  echo "Installing Debian's chromium ..."; apt-get update -qq && apt-get install -y -qq chromium >/dev/null; fi || true
	@SEQLAB_BROWSER=1 $(BIN)/python -m pytest -rs tests/browser

# Sees the packages of .venv but for Keras, whose newest of the day it has. What is deprecated is told and stops nothing.
nightly: $(READY)  ## run labs, layers and models on Keras's development version; by hand, it decides nothing
	@python=$$($(BIN)/python tests/environments.py nightly) && \
	  $$python -c 'import keras, tensorflow as tf; print("Keras", keras.__version__, "TensorFlow", tf.__version__)' && \
	  $$python -m pytest -rs -W default tests/test_masks.py tests/layers tests/models tests/plots \
	    tests/autograder/test_autograder_banks.py tests/test_notebooks.py

lab: $(READY)  ## open JupyterLab on notebooks/
	@$(BIN)/jupyter lab --notebook-dir notebooks

notebooks: $(READY)  ## build notebooks/*.ipynb from labs/*/notebook.py
	@$(BIN)/seqlab build

lint: $(READY)  ## check format, style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

UPGRADE ?= --upgrade --fork-strategy fewest  # empty: what is pinned stays, what a new requirement needs comes in
constraints: $(READY)  ## choose anew, of what is released, the versions that .venv is made of; then run everything
	@uv=$$($(BIN)/python tests/environments.py uv) && \
	  { sed -n '/^requires = /s/.*\[\(.*\)\]/\1/p' pyproject.toml | tr -d '" ' | tr , '\n'; echo editables; } | \
	  $$(dirname $$uv)/uv pip compile --quiet --universal --python-version 3.11 $(UPGRADE) \
	    --no-annotate --custom-compile-command 'make constraints' --extra dev pyproject.toml - --output-file $(PINNED)

clean:  ## remove what the other targets made, the environment too
	rm -rf $(VENV) demo build dist tunes .mypy_cache .pytest_cache .ruff_cache .hypothesis
