# seqlab: `make` alone lists the targets. Everything happens inside .venv; nothing needs root.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

export TF_CPP_MIN_LOG_LEVEL ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo test peers colab browser nightly lab notebooks lint clean

help:  ## list the targets
	@echo "seqlab: make TARGET, where TARGET is one of"
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */  \1\t/' | expand -t 14

setup: $(READY)  ## make the environment .venv (every other target does this by itself)

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if v >= (3, 11) else \
	  "seqlab needs Python 3.11 or newer; $(PYTHON) is %d.%d. Name another one: make PYTHON=python3.12 ..." % v)'
	@test -x $(BIN)/python || { echo "Making the environment $(VENV) ..."; $(PYTHON) -m venv $(VENV); }
	@echo "Installing seqlab and what it needs into $(VENV) (about 3 GB, a few minutes the first time) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -e '.[dev]'
	@touch $@

demo: $(READY)  ## from a blank notebook to a mark: train on Irish tunes, hear the result, open the report
	@$(BIN)/seqlab demo --out demo

test: $(READY)  ## run every test
	@$(BIN)/python -m pytest

peers: $(READY)  ## grade with real nbgrader and otter, in environments of their own, and compare the marks
	@$(BIN)/python -m pytest -m peers tests/exports

colab: $(READY)  ## run every notebook on the versions of the newest Colab image (makes an environment of 2.4 GB)
	@SEQLAB_COLAB=1 $(BIN)/python -m pytest -rs tests/colab

browser: $(READY)  ## walk through labs in JupyterLab and a headless Chromium; screenshots in build/browser/screens
	@SEQLAB_BROWSER=1 $(BIN)/python -m pytest -rs tests/browser

# Sees the packages of .venv but for Keras, the newest of each run. What is deprecated there is told and stops nothing.
nightly: $(READY)  ## run labs, layers and models on Keras's development version (makes an environment of its own)
	@test -x build/env-nightly/bin/python || $(BIN)/python -m venv build/env-nightly
	@$(BIN)/python -c 'import os, sysconfig as s; print(s.get_path("purelib"), os.getcwd(), sep="\n")' > build/env-nightly/.seen
	@cp build/env-nightly/.seen $$(build/env-nightly/bin/python -c 'import sysconfig as s; print(s.get_path("purelib"))')/seen.pth
	@build/env-nightly/bin/python -m pip install -qq --disable-pip-version-check --upgrade keras-nightly
	@build/env-nightly/bin/python -c 'import keras, tensorflow as tf; print("Keras", keras.__version__, "TensorFlow", tf.__version__)'
	@build/env-nightly/bin/python -m pytest -rs -W default tests/test_masks.py tests/layers tests/models tests/plots \
	  tests/autograder/test_autograder_banks.py tests/test_notebooks.py

lab: $(READY)  ## open JupyterLab on notebooks/
	@$(BIN)/jupyter lab --notebook-dir notebooks

notebooks: $(READY)  ## build notebooks/*.ipynb from labs/*/notebook.py
	@$(BIN)/seqlab build

lint: $(READY)  ## check format, style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

clean:  ## remove what the other targets made, the environment too
	rm -rf $(VENV) demo build dist tunes .mypy_cache .pytest_cache .ruff_cache .hypothesis
