# Every target does its own set-up. `make` alone lists them.
# SHELL stays /bin/sh: nothing here needs more.

NODE := node_modules/.bin/node
NPM := PATH="$(CURDIR)/node_modules/.bin:$$PATH" npm run --silent

.DEFAULT_GOAL := help
.PHONY: help dev test lint build bench load openapi clean clean-data

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

dev: node_modules/.installed ## Start everything: PostgreSQL, migrations, the catalogue, the service with reload (PORT=3000)
	@$(NODE) dev/dev.ts

test: node_modules/.installed ## Run every check and every test on a PostgreSQL of their own
	@$(NODE) dev/test.ts

lint: node_modules/.installed ## Check style, types, formatting, terms and the direction of imports
	@$(NODE) dev/lint.ts

build: node_modules/.installed ## Compile to dist/, types checked
	@$(NPM) build

bench: node_modules/.installed ## Measure the service beside plain Fastify and hand-written handlers (five minutes)
	@$(NPM) bench

load: node_modules/.installed ## Put the service under load with k6: SCENARIO=smoke, steady, … [DURATION=short] [BASE_URL=… MDL_KEY=…]
	@$(NODE) dev/load.ts

openapi: node_modules/.installed ## Write openapi.json again
	@$(NPM) openapi

clean: ## Delete what can be made again: dist, coverage, node_modules (never the database)
	@rm -rf dist .build coverage node_modules

clean-data: ## Delete the database of make dev, with CONFIRM=yes
	@[ "$(CONFIRM)" = yes ] || { echo "make clean-data deletes every document in .data: repeat it with CONFIRM=yes" >&2; exit 1; }
	@rm -rf .data

# npm ci again only when the lock file is newer than the last one. It also brings the Node that runs everything else.
node_modules/.installed: package-lock.json
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "make: Node.js 20 or newer with npm is needed: https://nodejs.org/en/download" >&2; exit 1; }
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "make: Node.js 20 or newer is needed, this is $$(node -v): https://nodejs.org/en/download" >&2; exit 1; }
	@echo "Installing the packages of package-lock.json"
	@npm ci --loglevel=error
	@$(NODE) -v >/dev/null 2>&1 || { echo "make: npm installed no Node 24 into node_modules/.bin: are install scripts switched off (npm config get ignore-scripts)?" >&2; exit 1; }
	@touch $@
