# Every target sets up what it needs. Needs only Python 3.11 to 3.13, git and make; a C compiler is used if there is one.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NATIVE := components/dataset_validation/lines/native
# Runs and tests start many short processes, each of which would compile what it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint types check compile bench docs lock clean
.DEFAULT_GOAL := check

$(READY): requirements.lock pyproject.toml setup.py $(wildcard $(NATIVE)/*.[ch])
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 13) else "Python 3.11 to 3.13 is needed, this is %d.%d; set PYTHON=python3.12, for example" % v)'
	@echo "setting up $(VENV) (once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --use-pep517 --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@ls $(NATIVE)/*.so >/dev/null 2>&1 || echo "no C compiler (or no Python.h): large datasets are validated more slowly"
	@touch $@

demo: $(READY) ## run the whole loop on the bundled example
	@$(BIN)/retune run --local --config examples/support_triage/retune.yaml

# Files in the order of their names: the long ones come first and the unit tests fill up the end. One process more than
# there are processors, because a run of a pipeline waits for processes of its own.
test: $(READY) ## run the tests
	@$(BIN)/python -m pytest --numprocesses $$(($$($(PYTHON) -c 'import os; print(os.cpu_count())') + 1)) \
		--dist loadfile --no-loadscope-reorder --durations 15 --durations-min 10

lint: $(READY) ## ruff: style, docstrings, imports, security
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(READY) ## mypy --strict
	@$(BIN)/mypy

check: lint types test ## everything that must pass before a merge

compile: $(READY) ## write tuning.yaml, monitoring.yaml and promotion.yaml
	@for pipeline in tuning monitoring promotion; do $(BIN)/retune compile $$pipeline || exit 1; done

bench: $(READY) ## timings as ratios
	@$(BIN)/python -m benchmarks

docs: $(READY) ## write the generated pages again
	@$(BIN)/python -m docs.generate

LOCK := uv pip compile --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock" --quiet
IMAGE_LOCK := $(LOCK) --python-platform x86_64-manylinux_2_28 --constraint requirements.lock

lock: $(READY) ## resolve the locks again: everything, what runs in the image, and what builds it
	@$(BIN)/$(LOCK) pyproject.toml --extra dev --extra suspects --universal --output-file requirements.lock
	@$(BIN)/$(IMAGE_LOCK) pyproject.toml --output-file requirements-image.lock
	@$(BIN)/$(IMAGE_LOCK) --group image-build --output-file requirements-build.lock

clean: ## remove the environment and local state
	@rm -rf $(VENV) .retune build *.egg-info $(NATIVE)/*.so tuning.yaml monitoring.yaml promotion.yaml
