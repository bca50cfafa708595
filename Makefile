# `make` alone lists what there is. Every target makes the environment it needs, in .venv, and can be repeated.
PYTHON ?= python3
NB     ?=
JOBS   ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ $$n -gt 8 ] && echo 8 || echo $$n)
BIN    := .venv/bin
DEV     = $(BIN)/python -m foundry.dev
FACTS  := constraints.txt settings.ini setup.py pyproject.toml
MIN_PYTHON := $(shell sed -n 's/^min_python *= *//p' settings.ini)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export DO_NOT_TRACK := 1
.DEFAULT_GOAL := help
.PHONY: help sweep test text notebooks run lab trials bench readme constraints clean FORCE
MAKEFLAGS += --no-print-directory

help:
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile | while IFS='	' read -r t d; do printf 'make %-12s %s\n' "$$t" "$$d"; done

sweep: .venv/ready  ## the whole loop on real text: train a baseline and three mutants, judge them, promote the winner
	@mkdir -p runs; [ -e runs/nanogpt.yaml ] || cp experiments/nanogpt.yaml runs/nanogpt.yaml
	@$(BIN)/foundry sweep position rope alibi nope --baseline runs/nanogpt.yaml --promote

test: .venv/ready-dev  ## everything that CI checks
	@$(DEV) clean --check
	@$(DEV) sync --check
	@$(DEV) readme --check
	@$(BIN)/ruff check --quiet --output-format concise foundry conftest.py setup.py
	@$(DEV) stale
	@echo "nbdev_test: every notebook's own cells"
	@OMP_NUM_THREADS=1 MPLBACKEND=agg $(DEV) test --workers $(JOBS)
	@echo "pytest: every notebook's tests on the exported library"
	@OMP_NUM_THREADS=1 MPLBACKEND=agg $(BIN)/python -m pytest -n $(JOBS) --dist worksteal --durations 5 --cov=foundry --cov-report=term

text: .venv/ready  ## write the notebooks as text, in _text/, to edit them without Jupyter
	@$(DEV) text $(NB)

notebooks: .venv/ready-dev  ## write edited text back into the notebooks (outputs and ids stay) and export the library
	@$(DEV) notebooks $(NB) && $(BIN)/nbdev_export

run: .venv/ready-dev  ## execute notebooks in place and clean them: make run NB=nbs/00_config.ipynb
	@[ -n "$(NB)" ] || { echo "make run: say which: NB=nbs/00_config.ipynb" >&2; exit 2; }
	@$(DEV) run $(NB)

lab: .venv/ready  ## open the notebooks in JupyterLab
	@$(BIN)/jupyter lab --LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate nbs

trials: .venv/ready-dev  ## run the trials again (nbs/trials: what the promises rest on); one with NB=
	@$(DEV) run $(or $(NB),nbs/trials)

bench: .venv/ready-dev  ## run the benchmarks again (nbs/bench); one with NB=
	@$(DEV) run $(or $(NB),nbs/bench)

readme: .venv/ready-dev  ## write README.md from nbs/index.ipynb
	@$(DEV) readme

constraints:  ## pin the newest versions that settings.ini allows (torch stays), as a fresh environment resolves them
	@$(call check_python); set -e; t=$$(mktemp -d); trap 'rm -rf "$$t"' EXIT; echo "resolving; a few minutes" >&2; \
	grep '^torch==' constraints.txt > "$$t/keep"; $(PYTHON) -m venv "$$t/venv"; \
	"$$t/venv/bin/pip" install -qq -c "$$t/keep" setuptools wheel; \
	"$$t/venv/bin/pip" install -qq --no-build-isolation -c "$$t/keep" -e '.[dev]'; \
	{ grep '^#' constraints.txt; "$$t/venv/bin/pip" freeze --all --exclude pip --exclude-editable | sed 's/+[^ ]*$$//'; } > "$$t/new"; \
	mv "$$t/new" constraints.txt; echo "constraints.txt: $$(grep -c == constraints.txt) packages"

clean:  ## delete caches; environment, data and runs stay
	@find . -path ./.venv -prune -o -path ./.git -prune -o \( -name __pycache__ -o -name .ipynb_checkpoints \) -type d -exec rm -rf {} +
	@rm -rf .pytest_cache .ruff_cache .hypothesis nbs/.hypothesis .coverage .coverage.* build dist *.egg-info

# ---- the environment: .venv/ready (to use) and .venv/ready-dev (to develop) hold the folder they were made in ----
.venv/ready: $(FACTS) $(if $(filter $(CURDIR),$(shell cat .venv/ready 2>/dev/null)),,FORCE)
	@$(call install,.)

.venv/ready-dev: $(FACTS) $(if $(filter $(CURDIR),$(shell cat .venv/ready-dev 2>/dev/null)),,FORCE)
	@$(call install,.[dev])
	@cp .venv/ready-dev .venv/ready
	@touch .venv/ready-dev

FORCE:

fail = { echo "foundry: $(1)" >&2; exit 1; }

define check_python
command -v $(PYTHON) >/dev/null || $(call fail,no '$(PYTHON)' here: install Python $(MIN_PYTHON) or newer$(,) or name one: make PYTHON=/path/to/python3); \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < tuple(map(int, "$(MIN_PYTHON)".split("."))))' || \
	$(call fail,Python $(MIN_PYTHON) or newer is needed and '$(PYTHON)' is $$($(PYTHON) -V 2>&1 | cut -d' ' -f2): name another: make PYTHON=/path/to/python3); \
$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || $(call fail,'$(PYTHON)' has no venv module: on Debian and Ubuntu: apt install python3-venv)
endef

# A .venv that was left half-made (.venv/installing is there), was moved, or has another Python than needed is made anew
define install
$(check_python); trap 'exit 130' INT TERM; \
if [ -e .venv/installing ] || ! .venv/bin/pip --version >/dev/null 2>&1 || \
   ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < tuple(map(int, "$(MIN_PYTHON)".split("."))))'; then \
	rm -rf .venv; free=$$(df -Pk . | awk 'NR == 2 {print int($$4 / 1048576)}'); \
	[ "$$free" -ge 4 ] || $(call fail,about 4 GB of free disk are needed for .venv and $$free GB are left); \
	$(PYTHON) -m venv .venv || $(call fail,'$(PYTHON) -m venv .venv' failed); \
fi; \
echo "installing into .venv with Python $$(.venv/bin/python -V | cut -d' ' -f2); a few minutes the first time (details: .venv/install.log)" >&2; \
touch .venv/installing; \
pip() { .venv/bin/pip install -c constraints.txt "$$@" > .venv/install.log 2>&1; }; \
pip setuptools wheel && pip --no-build-isolation -e '$(1)' || { \
	grep -q '^Installing collected' .venv/install.log || rm -f .venv/installing; \
	$(call fail,$$(grep -m1 ERROR .venv/install.log || tail -1 .venv/install.log) (details: .venv/install.log)); }; \
rm -f .venv/installing; echo "$(CURDIR)" > $@
endef

, := ,
