# make demo: hear and see what Earsight does, without a microphone or a camera.   make test: every check.
# make audit: known weaknesses of what is installed.   make licences: of everything that Earsight needs.

PYTHON_BIN := .venv/bin/python
PYTEST := $(PYTHON_BIN) -m pytest -n 2 --dist loadgroup $(ARGS)

.PHONY: demo test lint format setup audit licences

demo:
	@.ci/setup.sh demo
	@$(PYTHON_BIN) -m realtime.demo $(ARGS)

# On a busy machine the threads of numpy and torch mostly wait for each other.
test: export OMP_NUM_THREADS := 1
test: export OPENBLAS_NUM_THREADS := 1
test: lint
	@$(PYTEST)

lint: setup
	$(PYTHON_BIN) -m ruff check .
	$(PYTHON_BIN) -m ruff format --check .
	$(PYTHON_BIN) -m pyright

format: setup
	$(PYTHON_BIN) -m ruff check --fix .
	$(PYTHON_BIN) -m ruff format .

setup:
	@.ci/setup.sh test

audit: setup
	@$(PYTHON_BIN) .ci/audit.py

licences: setup
	@$(PYTHON_BIN) .ci/licences.py
