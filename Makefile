# `make run` needs Python 3.11 or newer and nothing else.
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --constraint constraints.txt
PRODUCTION_FOR_CHECKS := DEPLOYMENT=production DATA_DIR=$(CURDIR)/var/check \
	DOCUMENT_KEYS=only-for-the-checks-0123456789abcdefghijklm= \
	SECRET_KEY=only-for-the-checks-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF \
	DATABASE_URL=postgres://nobody@127.0.0.1/none REDIS_URL=redis://127.0.0.1/0 \
	EMAIL_URL=smtp+tls://user:password@mail.example.org:587 DEFAULT_FROM_EMAIL=hello@example.org \
	ALLOWED_HOSTS=orders.example.org SITE_URL=https://orders.example.org BEHIND_TLS_PROXY=1 TRUSTED_PROXY_COUNT=1

# A virtual environment that was left half made, or whose Python has gone, is not trusted.
ifneq ($(shell { $(BIN)/python -c 'import pip' && echo works; } 2>/dev/null),works)
$(shell rm -f $(VENV)/product.stamp $(VENV)/development.stamp)
endif

.PHONY: help run test check bench chaos chaos-small format messages lock-check clean

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/product.stamp ## start everything on 127.0.0.1:$PORT (8000); DEMO=0 without the demo team
	@exec $(BIN)/python manage.py serve

# Tests that start the whole product wait more than they compute, and measure themselves against the clock: three files
# of them at a time, after the others.
test: $(VENV)/development.stamp ## run the test suite; ARGS="tests/orders -k import" to choose
ifdef ARGS
	@$(BIN)/python -m pytest $(ARGS)
else
	@$(BIN)/python -m pytest --ignore=tests/e2e --numprocesses=auto
	@$(BIN)/python -m pytest tests/e2e --numprocesses=3 --dist=loadfile
endif

check: $(VENV)/development.stamp ## formatter, linters, types, import directions, migrations, translations, deployment
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py messages --compile
	$(BIN)/python manage.py messages --check
	@echo "manage.py check --deploy, as in production"
	@$(PRODUCTION_FOR_CHECKS) $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: $(VENV)/development.stamp ## measure speed on the PostgreSQL of DATABASE_URL; ARGS=--quick for a short try
	@$(BIN)/python -m benchmarks $(ARGS)

chaos: $(VENV)/development.stamp ## prove that each customer is told once while servers are killed; ARGS=--seed 7 to repeat
	@$(BIN)/python -m tests.chaos $(ARGS)

chaos-small: $(VENV)/development.stamp ## the same with fewer messages, in two minutes
	@$(BIN)/python -m tests.chaos --small $(ARGS)

format: $(VENV)/development.stamp ## format Python
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: $(VENV)/development.stamp ## bring the translation catalogues up to date
	$(BIN)/python manage.py messages

lock-check: $(VENV)/development.stamp ## say which pinned packages are out of date or have a known flaw
	$(BIN)/python -m pip list --outdated --disable-pip-version-check
	$(BIN)/pip-audit --strict --progress-spinner off

clean: ## delete the virtual environment and caches, never var/
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-results var/check
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/product.stamp: requirements.txt constraints.txt
	@$(call environment)
	@echo "Installing the pinned requirements (a minute at most, once) ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/development.stamp: requirements.txt requirements-dev.txt constraints.txt
	@$(call environment)
	@echo "Installing the pinned requirements for development (a minute or two, once) ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/product.stamp

define environment
	"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "Python 3.11 or newer is needed: install it or name it, e.g. make run PYTHON=/path/to/python3.11" >&2; exit 1; }; \
	if ! { $(BIN)/python -c 'import pip'; } 2>/dev/null; then \
		rm -rf $(VENV) && echo "Making the virtual environment $(VENV) ..." && "$(PYTHON)" -m venv $(VENV) \
		|| { rm -rf $(VENV); echo "Python could not make a virtual environment (on Debian: apt install python3-venv)." >&2; exit 1; }; \
	fi
endef
