# make run     start everything: servers, pages, worker, relay, mail listener
# make stop    end it from another window, or what a killed run left behind
# make test    all tests but the minute-long ones       make lint    format, rules, types
# make check   lint, then test                          make bench   the benchmarks
# make clean   remove what was installed and cached; DATA_DIR stays
#
# Settings go behind the target (docs/operating.md): make run PORT=9000 MAIL_PORT=9025 DATA_DIR=/srv/p
# An interpreter of your choice:                      make run PYTHON=/usr/bin/python3.12

.DEFAULT_GOAL = run
.PHONY: run stop test bench lint check clean again

BIN = .venv/bin
METADATA = setup.cfg pyproject.toml .ci/install

# A moved clone, or one whose interpreter is gone, is installed again.
ifneq ($(CURDIR),$(and $(wildcard $(BIN)/python),$(shell cat .venv/installed 2>/dev/null)))
.venv/installed .venv/installed-test: again
endif

# Where the kernel can tell, a run ends with make and never outlives it.
run: TIED = $(shell setpriv --pdeathsig TERM true 2>/dev/null && echo setpriv --pdeathsig TERM)
run: .venv/installed
	@exec $(TIED) $(BIN)/triage run

stop: .venv/installed
	@$(BIN)/triage stop

test: .venv/installed-test
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder \
		-m "not slow"

bench: .venv/installed-test
	@$(BIN)/python -m benchmarks

lint: .venv/installed-test
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

check: lint test

clean:
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/installed: $(METADATA)
	@sh .ci/install .

.venv/installed-test: $(METADATA)
	@sh .ci/install '.[test,check]'
	@touch $@
