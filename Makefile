# kakeibo: everything one needs to know is here. `make` alone lists it.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
PYTHON ?=
BIN := .venv/bin
TEST_PACKAGES := postgresql prometheus prometheus-alertmanager chromium fonts-noto-cjk mosquitto

.PHONY: help setup demo test test-long faults lint bench pictures wheel lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.ready ## .venv with everything, from the lock file (the other targets do it by themselves)

.venv/.ready: requirements.lock pyproject.toml scripts/setup
	@PYTHON="$(PYTHON)" scripts/setup

demo: .venv/.ready ## the main job on a made-up site: logs, check, ingest, report, explain; KAKEIBO_LANG=ja for Japanese
	@scripts/demo

test: .venv/.ready ## the tests, in parallel; the last line is pytest's summary
	@scripts/packages $(TEST_PACKAGES)
	@$(BIN)/python -m pytest -q -n auto --maxprocesses 4 -m "not long"

test-long: .venv/.ready ## the tests that take minutes
	@scripts/packages $(TEST_PACKAGES) ruby
	@$(BIN)/python -m pytest -q -n auto --maxprocesses 4 -m long

faults: .venv/.ready ## kills, crashes, full disks, truncated and damaged logs: whatever may not cost a count
	@scripts/packages $(TEST_PACKAGES)
	@$(BIN)/python -m pytest -q -n auto --maxprocesses 4 tests/app/test_interrupted.py tests/app/test_exactly_once.py tests/ledger/test_crashes.py tests/acceptance/test_killed.py tests/acceptance/test_workers.py tests/acceptance/test_fleet_killed.py

lint: .venv/.ready ## ruff, mypy --strict, and who may import whom
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: .venv/.ready ## one table: lines per CPU second, MB/s and memory beside other ways to count
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m benchmarks

pictures: .venv/.ready ## the pictures in the READMEs, from the demo's report
	@scripts/packages chromium fonts-noto-cjk
	@scripts/pictures

wheel: .venv/.ready ## dist/kakeibo-VERSION-py3-none-any.whl
	@scripts/uv build --quiet --wheel --no-build-isolation --python $(BIN)/python --out-dir dist

lock: .venv/.ready ## requirements.lock anew: the newest versions that pyproject.toml allows
	@scripts/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header \
		--extra postgresql --group dev --output-file requirements.lock pyproject.toml

clean: ## remove what the other targets made
	rm -rf .venv demo dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
