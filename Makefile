# Everything runs from .venv, which is made from requirements-dev.lock whenever that is newer.
# Needs python3 (3.11 or newer) and make, nothing else. Another Python: make PYTHON=/path/to/python run

PYTHON ?= python3
BIN     = .venv/bin/python
# uv brings its own certificates unless told, and would rather download a Python than use the one it is given.
UV      = UV_SYSTEM_CERTS=1 UV_PYTHON_DOWNLOADS=never $(BIN) -m uv --no-progress
LOCK    = $(UV) pip compile --quiet --universal --python-version 3.11 --python $(BIN) \
	--generate-hashes --custom-compile-command "make lock" pyproject.toml
RANDOM_KEY = $$($(BIN) -c 'import secrets; print(secrets.token_hex(32))')

# Without a cache of its bytecode each process compiles everything anew: 4 s instead of 2 for each that is started.
unexport PYTHONDONTWRITEBYTECODE

# Where npm puts what makes the types, and the real clients that the tests run.
TYPES   = clients/typescript/node_modules
REAL    = tests/clients/node/node_modules

# HOST, PORT and the like reach the service through the environment; make hands on `make run PORT=9000` as well.
.DEFAULT_GOAL := help
.PHONY: help run test test-clients test-redis torture torture-webhooks bench check openapi clients messages rights format lock lock-clients clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | awk -F '|' '{ printf "%-19s %s\n", $$1, $$2 }'

run: .venv/.ok ## start everything and the demo shop (HOST, PORT, DATA_DIR, DATABASE_URL, DEMO=off, RATE_LIMITS=off); Ctrl-C stops it
	@exec $(BIN) manage.py serve

test: .venv/.ok ## run every test on a throw-away PostgreSQL (ARGS="-k name" goes to pytest)
	@$(BIN) -m pytest -n auto --dist worksteal $(ARGS)

torture: .venv/.ok ## move money while web server, worker and PostgreSQL are killed, then compare the books (DURATION=180, SEED)
	@$(BIN) -m tests.torture

torture-webhooks: .venv/.ok ## tell a flaky receiver of it while workers and PostgreSQL are killed, then compare (EVENTS=2000, SEED)
	@$(BIN) -m tests.torture.webhooks

bench: .venv/.ok ## list the benchmarks, or run one on a throw-away PostgreSQL (NAME=chain_cost, ARGS="--rounds 5")
	@if [ -z "$(NAME)" ]; then for file in benchmarks/*.py; do \
		grep -q __main__ $$file && printf "  make bench NAME=%-20s %s\n" "$$(basename $$file .py)" "$$(sed -n '1s/^"""//p' $$file)"; done; true; \
	else $(BIN) -m tests.throwaway_postgres --durable -m benchmarks.$(NAME) $(ARGS); fi

check: .venv/.ok ## lint, format, types, import directions, migrations, documents, clients, production settings
	$(BIN) -m ruff check
	$(BIN) -m ruff format --check
	$(BIN) -m mypy .
	$(BIN) -c 'from importlinter.cli import lint_imports_command as main; main()'
	$(BIN) -m tests.throwaway_postgres manage.py makemigrations --check --dry-run
	$(BIN) manage.py openapi --check docs/openapi
	$(BIN) clients/renew.py --check
	@echo "$(BIN) manage.py check --deploy --fail-level WARNING"
	@PRODUCTION=on ALLOWED_HOSTS=shop.example DATABASE_URL=postgres://wallet@db.example/wallet \
		SECRET_KEY=$(RANDOM_KEY) LEDGER_HMAC_KEYS=1:$(RANDOM_KEY) \
		$(BIN) manage.py check --deploy --fail-level WARNING

rights: .venv/.ok ## write docs/rights.md anew, from the tables of who may do what that the tests hold
	@$(BIN) -m tests.throwaway_postgres -m tests.api.rights_page

openapi: .venv/.ok ## renew docs/openapi, the documents as files, one a namespace
	$(BIN) manage.py openapi --write docs/openapi

clients: openapi $(TYPES)/.package-lock.json ## renew the documents and the clients made from them; needs Node 18 or newer
	$(BIN) clients/renew.py

messages: .venv/.ok ## renew what is to be translated in notices, and compile it; needs GNU gettext
	cd notices && ../$(BIN) ../manage.py makemessages --locale de --no-location --no-wrap
	cd notices && ../$(BIN) ../manage.py compilemessages --locale de

test-clients: .venv/.ok $(TYPES)/.package-lock.json $(REAL)/.package-lock.json ## the clients' tests that need Node 18 or newer
	@$(BIN) -m pytest -m node tests/clients/node $(ARGS)

test-redis: .venv/.ok ## the tests that need redis-server or valkey-server
	@$(BIN) -m pytest -m redis tests/api/test_rates_on_redis.py $(ARGS)

format: .venv/.ok ## put the code in the house's format, and mend what ruff can mend
	$(BIN) -m ruff check --fix
	$(BIN) -m ruff format

lock: .venv/.ok ## renew both lock files from pyproject.toml
	$(LOCK) --upgrade --output-file requirements.lock
	$(LOCK) --upgrade --constraints requirements.lock --extra local --extra s3 --extra dev --output-file requirements-dev.lock

# Apart from `lock`, because it needs npm. Addresses of sponsors go as well: no lock here names a host.
lock-clients: .venv/.ok ## renew the locks of the npm packages; needs npm
	cd clients/typescript && npm update --package-lock-only
	cd tests/clients/node && npm update --package-lock-only
	$(BIN) clients/renew.py --locks

clean: ## delete .venv and the tools' caches; the data in DATA_DIR stays
	rm -rf $(TYPES) $(REAL) .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

%/node_modules/.package-lock.json: %/package-lock.json
	@command -v npm >/dev/null || { echo "There is no npm. On Debian and Ubuntu: apt install nodejs npm" >&2; exit 1; }
	cd $* && npm ci
	@touch $@

.venv/.ok: requirements-dev.lock
	@command -v "$(PYTHON)" >/dev/null || { echo "There is no $(PYTHON). Python 3.11 or newer is needed." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed; $(PYTHON) is %s. Name another one: make PYTHON=/path/to/python" % sys.version.split()[0])'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN) -m pip --version >/dev/null 2>&1 || { echo "Making .venv"; $(PYTHON) -m venv --clear .venv; }
	@echo "Installing requirements-dev.lock"
	@sed -n '/^uv==/,/# via/p' requirements-dev.lock > .venv/uv.txt
	@$(BIN) -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.txt 2>/dev/null && \
		$(UV) pip install --quiet --python $(BIN) --require-hashes -r requirements-dev.lock 2>.venv/uv.log || { \
		echo "uv could not; pip takes longer"; \
		$(BIN) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements-dev.lock; }
	@touch $@
