# Everything a person or a machine does with this repository, by name.
# Needs Python 3.11 or newer and make; the rest is installed into .venv.

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
ifndef PYTHON
PYTHON := $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$name" -c '$(NEW_ENOUGH)' >/dev/null 2>&1 && echo "$$name" && break; done)
endif
BIN := .venv/bin
MANAGE := $(BIN)/python -m config.embedded

.DEFAULT_GOAL := help
.PHONY: help run admin manage test check lint bench hosts kinds messages peers pins python venv dev

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: venv ## set up what is missing and run the whole site; PORT=8000, DATA=FOLDER imports a data set
	@exec $(BIN)/python -m config.embedded

admin: venv ## make an account that may enter the admin of the site that `make run` runs
	@exec $(MANAGE) createsuperuser

manage: venv ## a Django command on that site: make manage CMD="retrain"
	@exec $(MANAGE) $(CMD)

test: dev ## set up what is missing and run all tests, on every server that this machine has
	@exec $(BIN)/python -m tests.everything

check: lint test ## what CI runs: lint, types, contracts, then the tests

lint: dev ## style, types, import contracts, migrations, production settings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --check --lint templates
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	$(BIN)/mypy --config-file clients/python/pyproject.toml clients/python/src
	DJANGO_DEBUG=1 $(BIN)/python manage.py makemigrations --check --dry-run
	DJANGO_SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

bench: dev ## run the benchmarks, an hour or two, with wrk: make bench DATA=FOLDER; each prints a table
	$(BIN)/python benchmarks/pages.py $(DATA)
	$(BIN)/python benchmarks/ranking.py $(DATA) \
		--protocol next-event --protocol whole-taste --protocol cold --protocol rating
	$(BIN)/python -m benchmarks.serving
	$(BIN)/python -m benchmarks.growth
	$(if $(DATA),$(BIN)/python -m benchmarks.search $(DATA))
	$(BIN)/python -m benchmarks.load $(DATA)
	$(if $(DATA),$(BIN)/python benchmarks/reranking.py $(DATA))
	$(BIN)/python benchmarks/steering.py
	$(BIN)/python -m benchmarks.api $(DATA)

hosts: dev ## as root: two web hosts, a trainer, a database and a Redis lose one another
	$(BIN)/python -m pytest -q -s -p no:cacheprovider tests/test_hosts.py

kinds: dev ## judge on data of other kinds, taken from a data set: make kinds DATA=FOLDER
	@test -d "$(DATA)" || { echo "Say of what: make kinds DATA=FOLDER" >&2; exit 1; }
	@kinds=$$(mktemp -d) && $(BIN)/python benchmarks/kinds.py "$(DATA)" "$$kinds" && \
		for kind in "$$kinds"/*; do echo "== $${kind##*/}"; \
			$(BIN)/python benchmarks/ranking.py "$$kind" --budget fast \
				--protocol next-event --protocol whole-taste || exit 1; done; rm -rf "$$kinds"

messages: dev ## collect all strings for translators into locale/, and compile them; needs gettext
	DJANGO_DEBUG=1 $(BIN)/python manage.py makemessages --all --no-wrap --add-location file --no-obsolete \
		--ignore "tests/*" --ignore "benchmarks/*" --ignore "var/*"
	DJANGO_DEBUG=1 $(BIN)/python manage.py compilemessages --ignore "var/*"

peers: dev ## compare with models of others: make peers DATA=FOLDER (benchmarks/README.md)
	@test -d "$(DATA)" || { echo "Say on what: make peers DATA=FOLDER" >&2; exit 1; }
	@test -x .venv-peers/bin/python || $(BIN)/python -m venv .venv-peers
	@.venv-peers/bin/pip install --quiet -r benchmarks/requirements.txt
	@.venv-peers/bin/python benchmarks/peers.py "$(DATA)" \
		--protocol next-event --protocol whole-taste --protocol cold --protocol rating

pins: dev ## pin every package again, the indirect ones too, after a requirement file changed
	@{ echo "# Every package at the version that was tried, the indirect ones too. Made by \`make pins\`."; \
		$(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --no-header \
		--no-annotate requirements-dev.txt; } > constraints.new && mv constraints.new constraints.txt

venv: python
	@$(PYTHON) config/install.py run

dev: python
	@$(PYTHON) config/install.py dev

python:
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' 2>/dev/null || { \
		found=$$("$(or $(PYTHON),python3)" --version 2>/dev/null || echo none); \
		echo "This needs Python 3.11 or newer; found: $$found." >&2; \
		echo "Install it, or name it: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 1; }
