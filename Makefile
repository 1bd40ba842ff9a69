# Roentgen: `make run` starts everything, `make test` tests everything, `make check` reads the code.
.DEFAULT_GOAL := help
.PHONY: help run test test-contract test-postgresql test-s3 test-ray test-cluster check format types texts client notebook load pins sbom audit mutants clean setup screenshots

PYTHON ?= python3
VENV := .venv
# Test files that run side by side; each takes about 1 GB, and a core while it does not wait for a
# server or a trainer: so one more than there are cores.
JOBS ?= $(shell $(PYTHON) -c "import os; print(min(8, (os.cpu_count() or 1) + 1))")
# Files begin in the order of `tests/support/distribution.py`, not by their number of tests. These are options of
# pytest-xdist, which the environment of `test-ray` has not.
SIDE_BY_SIDE = --numprocesses $(JOBS) --dist loadfile --no-loadscope-reorder
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-installed
TEST_STAMP := $(VENV)/.test-installed
# pip keeps quiet and says one sentence when it fails; its own words are in the log.
INSTALL = echo "Installing $(1) (once; a few minutes)…" && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(2) > $(VENV)/install.log 2>&1 || \
	{ tail -n 3 $(VENV)/install.log; echo "Error: the installation failed; the whole log is in $(VENV)/install.log. Check the network and the disk, then run make again."; exit 1; }

help:
	@echo "make run                  start the API (127.0.0.1:8000) and the UI (127.0.0.1:8501)"
	@echo "make test                 run the test suite"
	@echo "make check                format, lint, types, import direction"
	@echo "make types                write the UI's types of the API's answers (streamlit_app/api_types.py)"
	@echo "make texts                bring the texts of the UI into the file of each language"
	@echo "make screenshots          write the documents' pictures of the UI (docs/screenshots)"
	@echo "make client               write what is generated of the Python client (clients/python)"
	@echo "make notebook DATA=DIR WEIGHTS=FILE"
	@echo "                          run the notebook on films into notebooks/pneumonia_model.html"
	@echo "make load                 grow the load on a server until it no longer keeps up (HOST=URL)"
	@echo "make test-contract        run the tests that draw their examples with all of them"
	@echo "make test-postgresql      run the tests of records with PostgreSQL in place of SQLite"
	@echo "make test-s3              run the tests of films and versions with a bucket in place of folders"
	@echo "make test-ray             run the tests of two Ray nodes, in an environment of their own"
	@echo "make test-cluster         all of these, and PostgreSQL with a bucket (hours)"
	@echo "make sbom                 list what an installation consists of, as CycloneDX JSON (build/*.cdx.json)"
	@echo "make audit                ask an advisory database about the pinned requirements (SERVICE=pypi or osv)"
	@echo "make mutants              change decisions and the gate a little, and see that tests notice (ONLY='NAMES')"
	@echo "make pins                 compile the requirement files anew (needs uv)"

run: $(RUN_STAMP)
	@exec $(BIN)/python deploy/local.py

test-contract: $(TEST_STAMP)
	@ALL_EXAMPLES=1 $(BIN)/python -m pytest $(SIDE_BY_SIDE) $(shell grep -rl support.examples tests)

# The records in PostgreSQL; what is about SQLite's own file stays out.
test-postgresql: $(TEST_STAMP)
	@ROENTGEN_TEST_DATABASE=postgresql $(BIN)/python -m pytest $(SIDE_BY_SIDE) \
		tests/records tests/former tests/jobs tests/samples tests/monitoring tests/worker tests/web/routes \
		tests/web/server/test_two_servers.py tests/web/server/test_stopping.py \
		--ignore tests/records/migrations --ignore tests/records/test_database_file.py \
		--ignore tests/records/statistics/test_growth.py

# Films, versions and what else is a file in a bucket, behind the S3 API of a server of the tests' own.
# With ROENTGEN_TEST_DATABASE=postgresql the records are in PostgreSQL at the same time. S3_TESTS="..."
# runs some of it.
S3_TESTS ?= tests/storage tests/samples tests/registry tests/jobs tests/worker tests/records tests/monitoring \
	tests/exports tests/privacy tests/evaluation_runs tests/pacs tests/web/routes \
	tests/web/server/test_lost_records.py tests/web/server/test_stopping.py
test-s3: $(TEST_STAMP)
	@ROENTGEN_TEST_STORAGE=s3 $(BIN)/python -m pytest $(SIDE_BY_SIDE) $(S3_TESTS)

# Ray's pins and the other tests' do not go together. Its own warnings are no errors of ours.
RAY_VENV := .venv-ray
test-ray: $(RAY_VENV)/.installed $(TEST_STAMP)
	@TEST_RAY=1 ROENTGEN_TEST_MOTO_SERVER="$(CURDIR)/$(BIN)/moto_server" RAY_USAGE_STATS_ENABLED=0 PATH="$(CURDIR)/$(RAY_VENV)/bin:$$PATH" \
		$(RAY_VENV)/bin/python -m pytest -W default tests/ray

# For a change of what runs beyond one machine, and before a release; .ci/run has parts of it.
test-cluster:
	@$(MAKE) test-postgresql
	@$(MAKE) test-s3
	@ROENTGEN_TEST_DATABASE=postgresql $(MAKE) test-s3
	@$(MAKE) test-ray

$(RAY_VENV)/.installed: tests/requirements_ray.txt
	@$(PYTHON) -m venv $(RAY_VENV)
	@echo "Installing Ray and what its tests need (once; a few minutes)…"
	@$(RAY_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

test: $(TEST_STAMP)
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE)

check: $(TEST_STAMP)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.streamlit_app.generate_types --check
	@$(BIN)/python -m tests.clients.generate_python_client --check

format: $(TEST_STAMP)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: $(TEST_STAMP)
	@$(BIN)/python -m tests.streamlit_app.generate_types

texts: $(TEST_STAMP)
	@$(BIN)/python -m tests.streamlit_app.extract_texts

screenshots: $(TEST_STAMP)
	@ROENTGEN_SCREENSHOTS=docs/screenshots $(BIN)/python -m pytest $(addprefix tests/e2e/test_,browser.py late_server.py screen_journeys.py sample_journeys.py)

client: $(TEST_STAMP)
	@$(BIN)/python -m tests.clients.generate_python_client

setup: $(TEST_STAMP)

$(BIN)/python:
	@command -v $(PYTHON) > /dev/null || { echo "Error: Python is missing; install Python 3.11, 3.12 or 3.13, then run make again."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { echo "Error: Python 3.11, 3.12 or 3.13 is needed, and $(PYTHON) is $$($(PYTHON) -V 2>&1). Install one, or name it: make PYTHON=/path/to/python3.12 run"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Error: the virtual environment could not be made; on Debian and Ubuntu install python3-venv, then run make again."; exit 1; }

$(RUN_STAMP): requirements_api.txt streamlit_app/requirements.txt | $(BIN)/python
	@$(call INSTALL,what API and UI need,-r requirements_api.txt -r streamlit_app/requirements.txt)
	@touch $@

$(TEST_STAMP): tests/requirements.txt $(RUN_STAMP) | $(BIN)/python
	@$(call INSTALL,what the tests need,-r tests/requirements.txt)
	@touch $@

# Progress goes to the terminal; TensorFlow's low-level noise stays out of the page.
NOTEBOOK_KERNEL := quiet=False capture_fd_output=False log_level=40
notebook: $(TEST_STAMP)
	@echo "Running the notebook on $(or $(DATA),generated films); its progress follows."
	@ROENTGEN_NOTEBOOK_DATA="$(DATA)" ROENTGEN_NOTEBOOK_WEIGHTS="$(WEIGHTS)" PYDEVD_DISABLE_FILE_VALIDATION=1 \
		$(BIN)/python -m nbconvert --to html --execute --log-level=ERROR --ExecutePreprocessor.timeout=-1 \
		$(NOTEBOOK_KERNEL:%=--ExecutePreprocessor.extra_arguments=--IPKernelApp.%) notebooks/pneumonia_model.ipynb
	@echo "Wrote notebooks/pneumonia_model.html; open it in a browser."

HOST ?= http://localhost:8000
load: $(RUN_STAMP)
	@$(BIN)/locust -f locustfile.py,benchmarks/serving/knee.py --headless --only-summary --host=$(HOST)

UV_COMPILE = uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-annotate --custom-compile-command "make pins"
pins:
	$(UV_COMPILE) pyproject.toml --group ui --group dev --output-file tests/requirements.txt
	$(UV_COMPILE) pyproject.toml --constraints tests/requirements.txt --output-file requirements_api.txt
	$(UV_COMPILE) --group ui --constraints tests/requirements.txt --output-file streamlit_app/requirements.txt
	$(UV_COMPILE) pyproject.toml --extra ray --extra s3 --extra postgresql --output-file requirements_ray.txt
	$(UV_COMPILE) pyproject.toml --extra ray --extra s3 --extra postgresql --group ray-tests --constraints requirements_ray.txt --output-file tests/requirements_ray.txt

# The tool has an environment of its own, since its pins are nobody else's.
SBOM_VENV := build/sbom-venv
SBOM_FILES := build/api.cdx.json build/ui.cdx.json build/ray.cdx.json
sbom: $(SBOM_FILES)

build/api.cdx.json: requirements_api.txt
build/ui.cdx.json: streamlit_app/requirements.txt
build/ray.cdx.json: requirements_ray.txt
$(SBOM_FILES): | $(SBOM_VENV)/.installed $(RUN_STAMP)
	@PYTHONWARNINGS=ignore $(SBOM_VENV)/bin/cyclonedx-py requirements $< --pyproject pyproject.toml --output-reproducible \
		--output-format JSON --output-file $@
	@$(BIN)/python -m deploy.sbom $@ $< || { rm -f $@; exit 1; }

$(SBOM_VENV)/.installed:
	@$(PYTHON) -m venv $(SBOM_VENV)
	@$(SBOM_VENV)/bin/python -m pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=7.5,<8'
	@touch $@

# Of its own too; exit code 3 of the command is "could not be asked", which is no "nothing known".
AUDIT_VENV := build/audit-venv
SERVICE ?= pypi
audit: $(AUDIT_VENV)/.installed
	@$(PYTHON) -m deploy.audit --program $(AUDIT_VENV)/bin/pip-audit --service $(SERVICE) \
		requirements_api.txt streamlit_app/requirements.txt requirements_ray.txt

$(AUDIT_VENV)/.installed:
	@$(PYTHON) -m venv $(AUDIT_VENV)
	@$(AUDIT_VENV)/bin/python -m pip install --quiet --disable-pip-version-check 'pip-audit>=2.9,<3'
	@touch $@

# Of its own, with the tests' packages behind its own ones: docs/develop/mutants.md.
MUTANTS_VENV := build/mutants-venv
ONLY ?=
mutants: $(MUTANTS_VENV)/.installed $(TEST_STAMP)
	@nice -n 15 $(MUTANTS_VENV)/bin/mutmut run --max-children $(JOBS) $(ONLY)
	@$(MUTANTS_VENV)/bin/mutmut results

$(MUTANTS_VENV)/.installed: | $(BIN)/python
	@$(PYTHON) -m venv $(MUTANTS_VENV)
	@$(MUTANTS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check 'mutmut>=3.8,<3.9'
	@for packages in $(MUTANTS_VENV)/lib/python3*/site-packages; do \
		echo "$(CURDIR)/$$(ls -d $(VENV)/lib/python3*/site-packages)" > $$packages/tests.pth; done
	@touch $@

clean:
	rm -rf build mutants $(VENV) $(RAY_VENV) .mypy_cache .ruff_cache .pytest_cache
