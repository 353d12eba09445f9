# Every target sets up what it needs: a fresh machine with Python 3.11+ and make is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
UV_VERSION := 0.11
export UV_PROJECT_ENVIRONMENT := $(VENV)
# Small products are up to fifty times slower when BLAS starts threads for them.
export OPENBLAS_NUM_THREADS := 1
export GX_ANALYTICS_ENABLED := false
# Where the account asks for no bytecode, each of a run's processes would compile every library anew.
unexport PYTHONDONTWRITEBYTECODE
VOIE_COUVERTE := not slow and not navigateur and not lourd
VOIE_RAPIDE := $(VOIE_COUVERTE) and not entier
# A file keeps to one process, which makes what its tests share once; the long ones come first.
PAR_FICHIER := -n 2 --dist loadfile --no-loadscope-reorder
RAPIDES := tests/sql tests/scenarios tests/unitaires tests/architecture tests/distribution/test_projet.py

.PHONY: install systeme demo bureau test-rapide couverture test test-complet lint lint-sql bench epreuve labo captures site clean

install: $(VENV)/.a-jour

$(VENV)/.a-jour: pyproject.toml uv.lock
	@test -x $(BIN)/python || { echo "Installation dans $(VENV)…"; $(PYTHON) -m venv $(VENV); }
	@test -x $(UV) || $(BIN)/python -m pip install --quiet "uv>=$(UV_VERSION)"
	@# Where the lock's addresses are out of reach (a mirror, a local index), pip's own settings decide.
	@$(UV) sync --frozen --quiet --inexact --extra bureau || { \
		echo "Verrou hors d'atteinte : installation par pip, selon ses réglages, sans les empreintes ni les versions du verrou…"; \
		$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1" && \
		$(BIN)/python -m pip install --quiet --editable ".[bureau]" --group dev; }
	@touch $@

systeme: ; @.ci/paquets-systeme

demo: install
	@$(BIN)/perequation demo reports/demo

# The page for those who don't type commands.
bureau: install
	@$(BIN)/perequation bureau $(RACINE)

# Pure functions, scenarios, SQL given and expected: no browser, no office suite, no rendering.
test-rapide: install
	@$(BIN)/python -m pytest -m "$(VOIE_RAPIDE)" $(PAR_FICHIER) -q $(RAPIDES)

# These and those that read whole files, with branch coverage; below `fail_under` of pyproject.toml it fails.
couverture: install
	@$(BIN)/python -m pytest -m "$(VOIE_COUVERTE)" $(PAR_FICHIER) -q --cov --cov-report=term:skip-covered $(RAPIDES)

test: install systeme
	$(BIN)/python -m pytest -m "not slow" $(PAR_FICHIER)

test-complet: install systeme
	$(BIN)/python -m pytest --cov --cov-report=term

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/nbstripout --verify --keep-id notebooks/*.ipynb

# Apart from `lint`: a minute for 150 files; pre-commit looks at the files changed.
lint-sql: install
	$(BIN)/sqlfluff lint --processes 2 sql

# A kill and a refusal at every file operation, then ten minutes of hostile inputs.
epreuve: install
	$(BIN)/python -m tests.epreuve $(FAUTES) $(SECONDES)

bench: install
	@code=0; for banc in tests/benchmarks/bench_*.py; do echo "== $$banc"; \
	$(BIN)/python $$banc || code=1; done; exit $$code

labo: install
	@$(BIN)/perequation labo $(DOSSIER)

captures: install systeme
	@$(BIN)/python tests/outils/captures.py reports/demo reports/captures

site: install
	@$(UV) sync --frozen --quiet --inexact --group docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet
	@echo "Documentation : reports/site/index.html"

clean:
	rm -rf $(VENV) reports/demo reports/captures
