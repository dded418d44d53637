# make run   demo data in, marts out (RAW=folder make run: your own files)
# make test  every test          make lint  style and types
# make ui    Dagster's page      make clean forget what was built (not the warehouse)
# make bench how fast it is (SCALE=0.1 make bench: a tenth)    make bench-growth  at five sizes
# make bench-engines  what the models cost on each engine    make bench-crm  how fast a CRM is told
# make bench-audit  how long the audit page takes

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/installed
SPARK_STAMP := .venv/installed-spark
PEOPLE ?= 10000
SEED ?= 42
SCALE ?= 1
TODAY := $(shell date -u +%F)
DEMO_RAW := warehouse/demo_raw
DEMO := warehouse/demo.duckdb
OWN := warehouse/leadger.duckdb

export DO_NOT_TRACK := 1

.PHONY: install run demo test test-postgres test-spark bench bench-growth bench-engines bench-crm bench-audit lint ui clean

install: $(STAMP)

# Everything by hash from the lock; the project itself by a path, which needs no build.
$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12 install")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing (once, a few minutes) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes --requirement requirements.lock
	@$(BIN)/python -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "leadger.pth").write_text("$(CURDIR)\n")'
	@printf '#!/bin/sh\nexec "$(CURDIR)/$(BIN)/python" -m orchestration "$$@"\n' > $(BIN)/leadger
	@chmod +x $(BIN)/leadger
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m compileall -q -j 0 .venv/lib orchestration > /dev/null || true
	@$(BIN)/python -c 'from pathlib import Path; from orchestration.dbt_runner import parse_project; [parse_project(Path(name)) for name in ("$(DEMO)", "$(OWN)")]'
	@touch $@

ifdef RAW
run: install
	@$(BIN)/leadger run --raw "$(RAW)"
else
run: demo
	@LEADGER_WAREHOUSE="$${LEADGER_WAREHOUSE:-$(DEMO)}" $(BIN)/leadger run --raw $(DEMO_RAW)
endif

# A demo history ends today, so yesterday's gives way to a new one, in a warehouse of its own.
demo: install
	@mkdir -p warehouse
	@if [ "$$(cat $(DEMO_RAW).made 2> /dev/null)" != "$(PEOPLE) $(SEED) $(TODAY)" ]; then \
		rm -rf $(DEMO_RAW) warehouse/demo.*; \
		$(BIN)/leadger demo $(DEMO_RAW) --people $(PEOPLE) --seed $(SEED) --until $(TODAY); \
		echo "$(PEOPLE) $(SEED) $(TODAY)" > $(DEMO_RAW).made; \
	fi

test: install
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not postgres and not spark"

# The same marts on a PostgreSQL server, which the tests start on loopback and remove again.
test-postgres: install
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m postgres

# The same marts on Spark, in a session of this machine's own; Java 17 or later has to be there.
test-spark: $(SPARK_STAMP)
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m spark

$(SPARK_STAMP): requirements-spark.lock $(STAMP)
	@java -version > /dev/null 2>&1 || { echo "Spark needs Java 17 or later: apt-get install openjdk-17-jre-headless" >&2; exit 1; }
	@echo "Installing Spark (once) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes --requirement requirements-spark.lock
	@touch $@

# What a run costs beside what one statement costs: docs/capacity.md. At scale 1 it takes 20 million
# events; BENCH_ARGS="--only kernel,full" measures less, BENCH_ARGS=--help says what there is.
bench: install
	@PYTHONPATH=tests:tests/python $(BIN)/python -m bench measure --scale $(SCALE) $(BENCH_ARGS)

bench-growth: install
	@PYTHONPATH=tests:tests/python $(BIN)/python -m bench growth $(BENCH_ARGS)

# What a million events cost on each engine: docs/capacity.md.
bench-engines: $(SPARK_STAMP)
	@PYTHONPATH=tests:tests/python $(BIN)/python -m bench engines $(BENCH_ARGS)

# How fast a CRM is told beside its rate limit, with a kill in the middle: docs/capacity.md.
bench-crm: install
	@PYTHONPATH=tests:tests/python $(BIN)/python -m bench crm $(BENCH_ARGS)

# How long the audit page takes, over marts that `BENCH_ARGS=--keep make bench` has left.
bench-audit: install
	@PYTHONPATH=tests:tests/python $(BIN)/python -m bench audit $(BENCH_ARGS)

lint: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@LEADGER_WAREHOUSE=:memory: $(BIN)/sqlfluff lint --processes 0 models tests/data

# Dagster's page, on this machine only: http://127.0.0.1:3000
ui: install
	@LEADGER_WAREHOUSE="$${LEADGER_WAREHOUSE:-$$(test -e $(OWN) && echo $(OWN) || echo $(DEMO))}" \
	DAGSTER_HOME="$$($(BIN)/python -c 'from orchestration.books import dagster_home; print(dagster_home())')" \
	$(BIN)/dagster dev --host 127.0.0.1 --port 3000 --module-name orchestration.definitions

clean:
	@rm -rf target .dagster .pytest_cache .mypy_cache .ruff_cache
