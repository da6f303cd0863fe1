# Interlock. `make demo` shows it, `make test` proves it; both do all set-up themselves.

SHELL := /bin/bash
.DEFAULT_GOAL := help
RUN := node_modules/.bin/node
NODES ?= 4

.PHONY: help setup check test test-vm faults soak demo demo-down lab lab-down lab-shell lab-status image golden bench bench-scale bench-propagation

help: ## Show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

node_modules/.installed: package-lock.json
	@# Not `npm ci`: it insists on lock entries for every platform's build of the tools, and some registries lack some of those.
	npm install --no-save --no-audit --no-fund --loglevel=error
	@touch $@

setup: node_modules/.installed ## Install what npm and apt have for us (also done by every other target)
	@$(RUN) test/lab/cli.ts setup

check: node_modules/.installed ## Static checks: types, lint, format, dead code, wire, documents
	@$(RUN) scripts/check.ts

test: setup ## Everything: checks, unit, gate (what things may cost), golden, contract, behaviour (real nginx), end to end (real Swarm)
	@$(RUN) scripts/test.ts

test-vm: setup ## Virtual addresses and the routing mesh, in a virtual machine whose kernel has IPVS
	@$(RUN) scripts/test.ts vm

faults: setup ## Every fault of the table, up to FAULT_ROUNDS=20 rounds each, under load; the report goes to docs/results
	@$(RUN) scripts/faults.ts

soak: setup ## The same faults at random for MINUTES=30 under load, from a seed; the report goes to docs/results
	@MINUTES=$(or $(MINUTES),30) $(RUN) scripts/soak.ts

demo: setup ## A four-node Swarm with the article's three service clusters; Ctrl-C removes it (SWARM=here uses this machine's)
	@$(RUN) scripts/demo.ts $(if $(SWARM),--swarm $(SWARM))

demo-down: node_modules/.installed ## Remove what a crashed demo left behind
	@$(RUN) scripts/demo.ts --down $(if $(SWARM),--swarm $(SWARM))

lab: setup ## A Swarm of NODES=4 real engines on this machine
	@$(RUN) test/lab/cli.ts up --nodes $(NODES)

lab-down: node_modules/.installed ## Remove the lab
	@$(RUN) test/lab/cli.ts down

lab-shell: node_modules/.installed ## A shell on a node of the lab: make lab-shell NODE=2
	@$(RUN) test/lab/cli.ts shell $(or $(NODE),1)

lab-status: node_modules/.installed ## What the lab is doing
	@$(RUN) test/lab/cli.ts status

golden: node_modules/.installed ## Rewrite the golden files; review the difference before you commit
	@GOLDEN_UPDATE=1 $(RUN) --test 'src/**/*.test.ts' 'test/golden/**/*.test.ts'

bench: setup ## The data path beside nginx by hand, HAProxy, Caddy and Traefik, some 15 minutes alone on the machine; writes docs/results (BENCH=--quick: a look of 2 minutes)
	@$(RUN) bench/data-path.ts $(BENCH)

bench-propagation: setup ## How soon a change is served, beside Traefik and caddy-docker-proxy, about an hour alone on the machine; writes docs/results
	@$(RUN) bench/propagation.ts $(BENCH)

bench-scale: node_modules/.installed ## Core with 100 to 10,000 services, against a simulated engine; writes docs/results
	@$(RUN) bench/scale.ts
