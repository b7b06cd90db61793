# Every target installs what it needs. `make` lists the targets.

NODE := node_modules/.bin/node
NPM := PATH="$(CURDIR)/node_modules/.bin:$$PATH" npm run --silent

.DEFAULT_GOAL := help
.PHONY: help dev test lint build bench load fuzz openapi openapi-diff clients smoke clean clean-data

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

dev: node_modules/.installed ## Start PostgreSQL, migrations, seed and the service in watch mode (PORT=3000)
	@$(NODE) dev/dev.ts

test: node_modules/.installed ## Run all checks and tests with a temporary PostgreSQL
	@$(NODE) dev/test.ts

lint: node_modules/.installed ## Check style, types, formatting, terms and dependencies between folders
	@$(NODE) dev/lint.ts

build: node_modules/.installed ## Compile to dist/ with type checks
	@$(NPM) build

bench: node_modules/.installed ## Compare the service with plain Fastify and hand-written handlers (five minutes)
	@$(NPM) bench

fuzz: node_modules/.installed ## Send requests generated from openapi.json by Schemathesis: [EXAMPLES=2000] [SEED=…] [WORKERS=…]
	@$(NODE) dev/fuzz.ts

load: node_modules/.installed ## Run a k6 load test: SCENARIO=smoke, steady, … [DURATION=short] [BASE_URL=… MDL_KEY=…]
	@$(NODE) dev/load.ts

openapi: node_modules/.installed ## Generate openapi.json
	@$(NPM) openapi

openapi-diff: node_modules/.installed ## Compare openapi.json with that of the last release; breaking changes need a new version
	@$(NPM) openapi:diff

clients: node_modules/.installed ## Generate clients with seven generators, compile and run them: [ONLY=zod]
	@$(NODE) clients/check/check.ts

smoke: node_modules/.installed ## Use every method of the TypeScript client once: [BASE_URL=… MDL_KEY=…]
	@$(NODE) dev/smoke.ts

clean: ## Delete dist, coverage and node_modules, but not the database
	@rm -rf dist .build coverage node_modules

clean-data: ## Delete the database of make dev (CONFIRM=yes)
	@[ "$(CONFIRM)" = yes ] || { echo "make clean-data deletes all documents in .data: repeat it with CONFIRM=yes" >&2; exit 1; }
	@rm -rf .data

# Runs npm ci if the lock file is newer than the installation. npm ci also installs the Node that runs everything else.
node_modules/.installed: package-lock.json
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "make: Node.js 20 or newer with npm is required: https://nodejs.org/en/download" >&2; exit 1; }
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "make: Node.js 20 or newer is required, this is $$(node -v): https://nodejs.org/en/download" >&2; exit 1; }
	@echo "Installing the packages of package-lock.json"
	@npm ci --loglevel=error
	@$(NODE) -v >/dev/null 2>&1 || { echo "make: there is no Node 24 in node_modules/.bin. npm must run install scripts (npm config get ignore-scripts)." >&2; exit 1; }
	@touch $@
