# Needs python3 (3.11 or newer), make and a package index; everything else is installed into .venv, .venv-meltano and
# .venv-dbt.
PYTHON ?= python3
DOCKER ?= docker
BIN := .venv/bin
INSTALLED := .venv/.installed
PROGRAMS := .venv/.programs
MELTANO := .venv-meltano/.installed
DBT := .venv-dbt/.installed
WAREHOUSE := .venv-warehouse/.installed
FILES := .venv-files/.installed
LINES := .venv-lines/.installed
PACKAGING := .venv-package/.installed
DAGSTER := .venv-dagster/.installed
AIRFLOW := .venv-airflow/.installed
GENERATOR := .venv/.docs
BROWSER := $(if $(filter true,$(CI)),browser)
APT_GET := $(if $(filter 0,$(shell id -u)),,sudo) DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes

# One and a half for each core: many tests wait for a process, or for a call that is given up. More are not faster.
WORKERS := $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) * 3 / 2 )))

.PHONY: demo test test-all checks core suite fuzz browser bench hammer hour moving crash same warehouse engines mutants package release lint structure format docs site image install clean

# BILL into DuckDB and CSV into BILL, against a local BILL, then the models and a page of them; see README.md.
demo: $(PROGRAMS) $(MELTANO)
	$(BIN)/python examples/demo.py $(if $(KEEP),--keep)

# The core of what guards the project: without the tests that are marked `slow` (pyproject.toml says which these are).
test: checks
	@$(MAKE) --no-print-directory core

# Everything that guards the project.
test-all: checks
	@$(MAKE) --no-print-directory suite

# All but the tests; what waits for an index is installed meanwhile.
checks:
	@$(MAKE) --no-print-directory --jobs=2 lint site install $(BROWSER)

# The tests alone: those of the core, or all.
core: CHOSEN = -m 'not slow'
core suite: install $(BROWSER)
	@# Tests start our commands hundreds of times: nothing is to be compiled at each start, nor for each worker again.
	@$(BIN)/python -m compileall -q bill_* tap_* target_*
	PYTHONDONTWRITEBYTECODE= PYTEST_XDIST_AUTO_NUM_WORKERS=$(WORKERS) $(BIN)/pytest -n auto $(CHOSEN)

# The tests with random inputs, over ten times as many and other ones: half an hour.
fuzz: $(INSTALLED)
	BILL_TESTS_TIMES=10 PYTEST_XDIST_AUTO_NUM_WORKERS=$(WORKERS) $(BIN)/pytest -n auto $$(grep -rlE 'import (TIMES, )?(examples|seeds)$$' tests)

# Debian's Chromium, for the tests of pages: CI gets it by itself, elsewhere they are skipped without.
browser:
	@test -x /usr/bin/chromium -a -x /usr/bin/chromedriver || { \
	  $(APT_GET) update && $(APT_GET) install --no-install-recommends chromium chromium-driver; }

# How fast and how large everything is, against floors in the same run; by hand.
bench: $(INSTALLED)
	$(BIN)/python benchmarks/simulator.py
	PYTHONPATH=campaigns $(BIN)/python benchmarks/tap.py
	PYTHONPATH=campaigns $(BIN)/python benchmarks/unchanged.py
	PYTHONPATH=campaigns $(BIN)/python benchmarks/state.py
	PYTHONPATH=campaigns:benchmarks $(BIN)/python benchmarks/pipe.py
	PYTHONPATH=campaigns $(BIN)/python benchmarks/target.py
	$(BIN)/python benchmarks/tap_csv.py
	$(BIN)/python benchmarks/tap_workbook.py
	$(BIN)/python benchmarks/flat_rows.py

# Two processes against one local BILL under random faults for a minute, and its books held against their logs.
hammer: $(INSTALLED)
	$(BIN)/python campaigns/hammer.py

# Thirty processes on one developer key whose hour is used up, with their clocks off: each ends complete.
hour: $(INSTALLED)
	$(BIN)/python campaigns/hour.py

# tap-bill reads 50,000 bills while somebody changes 200 a second, 20 times; and what it brought held against the books.
moving: $(INSTALLED)
	$(BIN)/python campaigns/moving.py

# tap-bill is killed at every page and in the midst of lines, and goes on from its last STATE until nothing is missing.
# target-bill is killed at random moments under faults of every kind, 200 times, until the books hold each record once.
crash: $(INSTALLED)
	$(BIN)/python campaigns/crash_tap.py
	$(BIN)/python campaigns/crash.py

# Thousands of drawn inputs whose keys are equal or nearly so, over several runs, against a model of what is the same.
same: $(INSTALLED)
	$(BIN)/python campaigns/same.py

# Tables of a real PostgreSQL, and files of JSON lines, read by taps that are not ours, into a local BILL: to the cent,
# and twice. And out of it into PostgreSQL, CSV and JSON lines by targets that are not ours, and the dbt models.
warehouse: $(INSTALLED) $(WAREHOUSE) $(FILES) $(LINES) $(DBT)
	$(BIN)/python campaigns/warehouse.py
	$(BIN)/python campaigns/json_files.py
	$(BIN)/python campaigns/targets.py
	$(BIN)/python campaigns/models.py

# The examples on engines, as they stand, with 30 organizations at a local BILL; one fails, and runs are killed.
engines: $(INSTALLED) $(DAGSTER) $(AIRFLOW)
	PYTHONPATH=examples/engines $(BIN)/python campaigns/dagster_firm.py
	PYTHONPATH=examples/engines $(BIN)/python campaigns/airflow_firm.py

# A sample of small changes to the code, each of which some test must notice: 95 of 100 in each package.
mutants: $(INSTALLED)
	$(BIN)/python campaigns/mutants.py

# The package as an index gets it, checked, and installed by pip, pipx, uv and Meltano.
package: $(INSTALLED) $(MELTANO) $(PACKAGING)
	$(BIN)/python campaigns/package.py

# The same, but refused as long as pyproject.toml has no address of a repository: CONTRIBUTING.md, Release.
release: export BILL_RELEASE = 1
release: package

lint: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/python tools/structure.py --goals

# Files, imports and circles of each package, before and after a larger change.
structure: $(INSTALLED)
	$(BIN)/python tools/structure.py

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The tables in docs/ that are made from the code.
docs: $(INSTALLED)
	$(BIN)/python docs/generate.py

# The documentation as a site, in output/site; a link that leads nowhere fails.
site: $(GENERATOR)
	$(BIN)/zensical build --strict --clean

# The programs as a container image; DOCKER=podman does as well.
image:
	$(DOCKER) build --tag bill-connector .

install: $(INSTALLED) $(MELTANO) $(DBT)

# The programs with all their extras.
$(PROGRAMS): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	@echo "Installing the programs into .venv; this takes a minute"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --editable '.[all]'
	@touch $@

# And what tests and checks them.
$(INSTALLED): $(PROGRAMS)
	@echo "Installing the tools of developers into .venv"
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

$(GENERATOR): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	touch $@

# An environment of its own, because Meltano pins its own versions of what the plugins use too.
$(MELTANO): Makefile
	@echo "Installing Meltano into .venv-meltano"
	@$(PYTHON) -m venv .venv-meltano
	@.venv-meltano/bin/python -m pip install --quiet 'meltano~=4.4'
	@touch $@

# Likewise. From 1.12 on dbt-core installs a parser that is fetched from elsewhere than the package index.
$(DBT): Makefile
	@echo "Installing dbt into .venv-dbt"
	@$(PYTHON) -m venv .venv-dbt
	@.venv-dbt/bin/python -m pip install --quiet 'dbt-core~=1.11.0' 'dbt-duckdb~=1.10' 'dbt-postgres~=1.10'
	@touch $@

$(WAREHOUSE): Makefile
	@echo "Installing PostgreSQL, tap-postgres, target-postgres and target-csv into .venv-warehouse"
	@$(PYTHON) -m venv .venv-warehouse
	@.venv-warehouse/bin/python -m pip install --quiet 'meltanolabs-tap-postgres~=0.10' \
	  'meltanolabs-target-postgres~=0.8' 'meltanolabs-target-csv~=0.5' 'pgserver~=0.1'
	@touch $@

# Another one, because the two taps need different versions of the SDK.
$(FILES): Makefile
	@echo "Installing tap-jsonl into .venv-files"
	@$(PYTHON) -m venv .venv-files
	@.venv-files/bin/python -m pip install --quiet 'tap-jsonl~=0.3'
	@touch $@

# And another one: of what its target needs, it needs old versions.
$(LINES): Makefile
	@echo "Installing target-jsonl into .venv-lines"
	@$(PYTHON) -m venv .venv-lines
	@.venv-lines/bin/python -m pip install --quiet 'target-jsonl~=0.1'
	@touch $@

$(PACKAGING): Makefile
	@echo "Installing what builds and checks packages into .venv-package"
	@$(PYTHON) -m venv .venv-package
	@.venv-package/bin/python -m pip install --quiet 'build~=1.6' 'twine~=7.0' 'check-wheel-contents~=0.6' \
	  'validate-pyproject~=0.27' 'pipx~=1.18' 'uv>=0.9,<1'
	@touch $@

$(AIRFLOW): Makefile examples/airflow/requirements.txt
	@echo "Installing Airflow into .venv-airflow"
	@$(PYTHON) -m venv .venv-airflow
	@.venv-airflow/bin/python -m pip install --quiet --requirement examples/airflow/requirements.txt
	@touch $@

$(DAGSTER): Makefile examples/dagster/requirements.txt
	@echo "Installing Dagster into .venv-dagster"
	@$(PYTHON) -m venv .venv-dagster
	@.venv-dagster/bin/python -m pip install --quiet --requirement examples/dagster/requirements.txt
	@touch $@

clean:
	rm -rf .venv .venv-meltano .venv-dbt .venv-warehouse .venv-files .venv-lines .venv-package .venv-dagster .venv-airflow \
	  .meltano .cache output
