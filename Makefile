# Every target sets up what it needs in .venv. Needed beforehand: Python 3.11 or newer, pip, make.
PYTHON ?= python3
# More than most machines have cores: the acceptance tests mostly wait for the real process. Four of six begin with
# those (tests/conftest.py), the other two keep two cores busy.
TEST_WORKERS ?= 6
SEEDS ?= 1000
FROM ?= 0

VENV := .venv
BIN := $(VENV)/bin
# A venv without pip of its own is filled from outside: Debian's Python comes without ensurepip.
PIP = $$($(BIN)/python -m pip --version >/dev/null 2>&1 && echo $(BIN)/python -m pip \
	|| echo $(PYTHON) -m pip --python $(BIN)/python)
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command "make lock"
SHELL := /bin/sh
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.DEFAULT_GOAL := help
.PHONY: help demo test check bench kills simulate simulate-defects screenshots lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## the bot in a browser, on this machine alone; STORY=1 plays its story, PORT=8080 sets the port
	@$(BIN)/python bot.py sandbox $(if $(STORY),--story) $(if $(PORT),--port $(PORT))

# Some hundred processes start, and each would compile Klapper for itself.
test: $(VENV)/.development ## run all tests
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(TEST_WORKERS) --dist worksteal -q

check: $(VENV)/.development ## lint, format, types, import rules, Dockerfile
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/lint-imports --no-logo
	$(BIN)/hadolint Dockerfile

simulate: $(VENV)/.development ## live through many seeds of the simulator: make simulate SEEDS=1000
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --from $(FROM)

simulate-defects: $(VENV)/.development ## find the seed that catches each planted defect
	$(BIN)/python -m tests.simulation --search --seeds 200

KILLS ?= --jobs 50 --kills 100

kills: $(VENV)/.development ## kill the real process a hundred times; KILLS="--seed 1" repeats a plan
	$(BIN)/python -m tests.acceptance.kills $(KILLS)

bench: $(VENV)/.development ## measure what Klapper costs (about ten minutes) and write benchmarks/RESULTS.md
	$(BIN)/python -m benchmarks

screenshots: $(VENV)/.development ## take the pictures of README.md anew; needs a Chromium
	$(BIN)/python -m tests.browser.screenshots

lock: $(VENV)/.development ## resolve requirements*.txt anew from pyproject.toml
	@$(PIP) install --quiet uv
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean: ## remove .venv and caches; data/ and config.toml stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Klapper needs Python 3.11 or newer, but '$(PYTHON)' is: $$($(PYTHON) --version 2>&1)."; \
		echo "Name another one: make PYTHON=python3.11 ..."; exit 1; }
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || $(PYTHON) -m venv --clear --without-pip $(VENV) || { \
		echo "'$(PYTHON)' cannot make a virtual environment: install its venv package (Debian: python3-venv)."; \
		rm -rf $(VENV); exit 1; }

# $(call install,<requirements file>)
define install
	@echo "Installing $(1) ..."
	@$(PIP) install --quiet --require-hashes -r $(1) || { \
		echo "Installing $(1) failed: see above. Without pip: install it (Debian: python3-pip)."; exit 1; }
	@touch $@
endef

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	$(call install,requirements.txt)

$(VENV)/.development: requirements-dev.txt | $(VENV)/bin/python
	$(call install,requirements-dev.txt)
