# Quizboard's commands; `make help` lists them. They run in .venv, which is set up when it is needed.

RUN_READY := .venv/ready-to-run
TEST_READY := .venv/ready-to-test
UNFINISHED := .venv/unfinished
CHECKED := models events local_cloud controllers views questions main.py seed_questions.py

# Tried rather than looked up: a pyenv shim, for one, may stand for a version that is not chosen.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
try = $(shell $(1) -c '$(2)' 2>/dev/null && echo $(1))
CANDIDATES := $(or $(PYTHON),python3.13 python3.12 python3.11 python3)
MODERN = $(firstword $(foreach python,$(CANDIDATES),$(call try,$(python),$(NEW_ENOUGH))))
CAPABLE = $(firstword $(foreach python,$(CANDIDATES),$(call try,$(python),import ensurepip; $(NEW_ENOUGH))))

# An interpreter that does not run, or a set-up that was interrupted: .venv is made anew.
BROKEN := $(if $(call try,.venv/bin/python,$(NEW_ENOUGH)),$(wildcard $(UNFINISHED)),yes)

.PHONY: help run seed serve test deploy python FORCE
.DEFAULT_GOAL := help

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-6s %s\n", $$1, $$2}' Makefile

run: $(RUN_READY) ## play here until Ctrl-C: http://127.0.0.1:8080 (or PORT=8081 HOST=0.0.0.0)
	@LAUNCHED_BY=$$PPID exec .venv/bin/python main.py

seed: $(RUN_READY) ## write questions into what `make run` is running (FILES="mine.json more.json")
	@.venv/bin/python -m local_cloud.join .quizboard .venv/bin/python seed_questions.py $(FILES)

serve: $(RUN_READY) ## only the web server, on whatever cloud the environment names
	@.venv/bin/python -m gunicorn -c gunicorn.conf.py main:app

test: $(TEST_READY) ## run all checks and tests
	@.venv/bin/python -m ruff check
	@.venv/bin/python -m ruff format --check
	@.venv/bin/python -m mypy $(CHECKED)
	@.venv/bin/python -m pytest -n auto

deploy: $(if $(PROJECT),$(if $(DRY_RUN),,$(RUN_READY))) ## set up and deploy to Google Cloud: PROJECT=my-project (REGION=..., DRY_RUN=1)
	@./deploy.sh

$(RUN_READY): requirements.txt $(if $(BROKEN),FORCE) | python
	$(call set_up,requirements.txt)
	@touch $(RUN_READY)

$(TEST_READY): requirements.txt requirements-dev.txt $(if $(BROKEN),FORCE) | python
	$(call set_up,requirements-dev.txt)
	@touch $(RUN_READY) $(TEST_READY)

python:
	@$(if $(BROKEN)$(PYTHON),$(if $(CAPABLE),,$(error $(if $(MODERN),$(INSTALL_VENV),$(INSTALL_PYTHON)))))

INSTALL_PYTHON = Quizboard needs Python 3.11 or newer. Install it, or say where it is: make run PYTHON=/path/to/python3
INSTALL_VENV = $(MODERN) lacks the module venv. On Debian and Ubuntu, install it with: apt install $(VENV_PACKAGE)
VENV_PACKAGE = $(shell $(MODERN) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')

# The mark comes first and goes last, so that whatever happens in between is repaired by the next set-up.
define set_up
@echo "Setting up .venv; the first time takes a minute."
@$(if $(BROKEN),rm -rf .venv && mkdir .venv)
@touch $(UNFINISHED)
@$(if $(BROKEN),$(CAPABLE) -m venv .venv)
@.venv/bin/python -m pip install -qq --disable-pip-version-check -r $(1)
@rm $(UNFINISHED)
endef
