# Two commands do all the set-up: `make demo` and `make test`.
# The interpreter to make it from; none named: the distribution's, else python3.
PYTHON ?=
VENV   ?= .venv
BIN    := $(VENV)/bin
ONCE   ?=
# Tests at once: twice as many as the processors of a small machine, since daemons mostly wait.
JOBS   ?= 4

.PHONY: demo test check bench soak requirements clean
demo: $(VENV)/.ready
	@$(BIN)/marsad demo $(if $(ONCE),--once)

test: $(VENV)/.ready-dev
	@$(MAKE) --no-print-directory check-static
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

check: test

.PHONY: check-static
check-static: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

# The kill test at full length (10,000 stories, three endpoints, some 460 SIGKILLs), then six hours away with
# 10,000 waiting, 1,000 torn logs, failing and full disks. About an hour.
soak: $(VENV)/.ready-dev
	MARSAD_SOAK=1 $(BIN)/python -m pytest tests/journeys/test_kill.py tests/alerts/test_outage.py \
		tests/journeys/test_disk.py tests/journeys/test_bad_disk.py $(ARGS)

bench: $(VENV)/.ready-dev
	@for file in bench/bench_*.py; do PYTHONPATH=. $(BIN)/python $$file; done

$(VENV)/.ready: requirements.txt pyproject.toml
	@sh .ci/environment $(VENV) requirements.txt $(PYTHON)
	@touch $@

$(VENV)/.ready-dev: requirements-dev.txt pyproject.toml
	@sh .ci/environment $(VENV) requirements-dev.txt $(PYTHON)
	@touch $@ $(VENV)/.ready

# Re-pins both files; needs uv. No index addresses are written.
requirements:
	uv pip compile pyproject.toml --extra postgres --extra build --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header -q -o requirements.txt
	uv pip compile pyproject.toml --all-extras --generate-hashes --universal --python-version 3.11 --no-emit-index-url --no-header -q -o requirements-dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis
