# Everything that is done by hand in this project, by name. Each target sets up what it needs first.
PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
UV     := $(VENV)/bin/uv
CDK    := node_modules/.bin/cdk --app "$(PY) -m infra.app"
LOCAL  := $(PY) -m infra.local

TOOLS  := $(VENV)/.ready
CLOUD  := $(TOOLS) node_modules/.ready

export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
export AWS_DEFAULT_REGION ?= ap-southeast-1

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast up down status token redrive restart fire check format bench synth deploy lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(CLOUD) ## install what every other target needs (they do it by themselves)

demo: $(CLOUD) ## the whole story on the laptop cloud: import, preview, launch, send, receipts, who was reached
	@$(LOCAL) demo

test: $(CLOUD) ## all tests but the measurements: units, infrastructure, and a deploy to the laptop cloud
	$(PY) -m pytest -m "not bench" $(ARGS)

test-fast: $(TOOLS) ## the tests that need neither the laptop cloud nor a browser
	$(PY) -m pytest -m "not bench and not local and not browser" $(ARGS)

up: $(CLOUD) ## start the laptop cloud and deploy to it [NOW=2026-11-24T10:00+07:00] [HOUR_SECONDS=3600]
	@$(LOCAL) up $(if $(NOW),--now '$(NOW)') $(if $(HOUR_SECONDS),--hour-seconds '$(HOUR_SECONDS)')

down: $(TOOLS) ## stop the laptop cloud and leave nothing of it running
	@$(LOCAL) down

status: $(TOOLS) ## what runs where
	@$(LOCAL) status

token: $(TOOLS) ## print an ID token alone: ROLE=manager [WITEL=bandung]
	@$(LOCAL) token --role '$(or $(ROLE),manager)' $(if $(WITEL),--witel '$(WITEL)')

redrive: $(TOOLS) ## move what a dead-letter queue holds back to its queue: QUEUE=name (all without it)
	@$(LOCAL) redrive $(QUEUE)

restart: $(TOOLS) ## start complaints again whose state machine failed: TICKET=id (all that do not go on without it)
	@$(LOCAL) restart $(TICKET)

fire: $(TOOLS) ## fire a schedule now: SCHEDULE=name (lists them without it)
	@$(LOCAL) fire $(SCHEDULE)

check: $(TOOLS) ## lint, format, types, import contracts, no addresses in what is committed
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) .ci/addresses.py

format: $(TOOLS) ## let ruff mend what it can
	$(VENV)/bin/ruff check --fix-only .
	$(VENV)/bin/ruff format .

bench: $(TOOLS) ## measure CPU, capacity, cold imports; simulate 8.7 million [ARGS="--quick" or "--profile sms"]
	@$(PY) -m tests.bench $(ARGS)

synth: $(CLOUD) ## write the CloudFormation templates to cdk.out, offline
	$(PY) -m infra.bundle --target aws
	$(CDK) synth --quiet

deploy: $(CLOUD) ## deploy both stacks to the AWS account that the environment names [ARGS="--context key=value"]
	$(PY) -m infra.bundle --target aws
	$(CDK) deploy --all --require-approval broadening $(ARGS)

lock: $(TOOLS) ## write the requirement locks anew from requirements/*.in [ARGS=--upgrade]
	cd requirements && for name in uv dev layer; do \
	  extra=""; test $$name = layer && extra="-c dev.txt --excludes layer-excludes.txt"; \
	  ../$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-annotate --custom-compile-command 'make lock' $$extra $(ARGS) $$name.in -o $$name.txt || exit 1; \
	done

clean: down ## remove all that can be made again
	rm -rf $(VENV) node_modules cdk.out .local layers/*/build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# The set-up speaks on stderr: `make token` prints a token and nothing else, even on a fresh clone.
$(TOOLS): requirements/uv.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit("Caring needs Python 3.11 or newer; set PYTHON=…" if sys.version_info < (3, 11) else 0)'
	@test -x $(PY) || { echo "· virtual environment" >&2; $(PYTHON) -m venv $(VENV) >&2; }
	@echo "· requirements, checked by hash" >&2
	@$(PY) -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements/uv.txt >&2
	@$(UV) pip sync --quiet --python $(PY) --require-hashes requirements/dev.txt >&2
	@$(UV) pip install --quiet --python $(PY) --no-deps --no-build-isolation --offline --editable . >&2
	@touch $@

node_modules/.ready: package.json package-lock.json
	@echo "· the CDK command line" >&2
	@npm ci --no-audit --no-fund --loglevel=error >&2
	@touch $@
