# Rondo's front door: `make run` and `make test`. Both install what they need and work twice.
#
# Files are the record of what is done: a second run skips what has not changed. Debian packages are named by the file they bring.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

CHROMIUM ?= /usr/bin/chromium
# The build lists every embedded file otherwise.
export MEMORY_SERVE_QUIET := 1
# One choice of packages and features for all builds of the tests, so that cargo builds each dependency once. `mutants` adds switches
# that break a promise on purpose, so that the checkers can be shown to notice; `make run` builds without it.
WHOLE := --locked --workspace --features tests/mutants
INITDB := $(firstword $(wildcard /usr/lib/postgresql/*/bin/initdb))
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
say = @printf '\n== %s\n' "$(1)"
WEB_SOURCES := $(shell find web/src web/index.html web/vite.config.ts web/package.json -type f 2>/dev/null)

.PHONY: help
help: ## what can be made
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

# --- using it ---

.PHONY: run
run: binary-release ## build everything and start the server
	@./target/release/rondo $(ARGS)

.PHONY: binary-release
binary-release: tools web/dist/index.html ## build target/release/rondo, for deploy/
	$(call say,Building the server (some minutes the first time))
	cargo build --locked --release -p rondo

.PHONY: demo
demo: tools web/dist/index.html ## see it alive: invented people who take turns; ARGS="--couple" or "--circle" for other rooms
	$(call say,Building the server (some minutes the first time))
	cargo build --locked --release -p rondo
	@./target/release/rondo demo $(ARGS)

# --- what must be there ---

.PHONY: tools
tools: # a C compiler for SQLite and for the TLS library; cargo, node and npm are named as requirements in the README
	@command -v cargo >/dev/null || { echo "Rust is missing: install it from rustup.rs or your system's packages"; exit 1; }
	@command -v npm >/dev/null || { echo "Node and npm are missing: install Debian's nodejs and npm, version 20 or later"; exit 1; }
	@command -v cc >/dev/null || $(MAKE) --no-print-directory apt PACKAGES="gcc libc6-dev"

.PHONY: apt
apt:
	$(call say,Installing $(PACKAGES))
	$(SUDO) apt-get update -qq
	DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $(PACKAGES)

.PHONY: test-tools
test-tools: tools
	@test -x "$(CHROMIUM)" || $(MAKE) --no-print-directory apt PACKAGES="chromium"
	@command -v python3 >/dev/null || $(MAKE) --no-print-directory apt PACKAGES="python3"
	@test -n "$(INITDB)" || $(MAKE) --no-print-directory apt PACKAGES="postgresql"

# npm leaves a record of what it installed; it is as old as the lock file when nothing is to be done.
%/node_modules/.package-lock.json: %/package-lock.json
	$(call say,Installing the packages of $*)
	cd $* && npm ci --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	$(call say,Building the page)
	cd web && npm run --silent build
	@touch $@

web/dist-stories/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	$(call say,Building the pages' states for the browser tests)
	cd web && VITE_STORIES=1 npm run --silent build
	@touch $@

# --- testing it ---

.PHONY: test test-deep lint test-protocol test-web test-rust test-e2e binary
test: test-tools lint test-protocol test-web test-rust t1 t3 test-e2e ## the gate, within a quarter of an hour; what takes longer is in test-deep
	$(call say,Everything passed)

lint: web/dist/index.html ## formats and lints
	$(call say,Formats and lints)
	cargo fmt --all --check
	cargo clippy $(WHOLE) --all-targets -- -D warnings

test-protocol: protocol/typegen/node_modules/.package-lock.json ## generated types are fresh, fixtures fit the schema
	$(call say,The wire as the page sees it)
	cd protocol/typegen && npm run --silent check && npm test --silent

test-web: web/node_modules/.package-lock.json ## the page's own tests
	$(call say,The page)
	cd web && npm run --silent check && npm test --silent

test-rust: binary tests/notes-js/node_modules/.package-lock.json ## rules, stores, sockets
	$(call say,Rules, stores, sockets)
	cargo test $(WHOLE)

binary: web/dist/index.html
	cargo build $(WHOLE) --bins

test-e2e: binary web/dist-stories/index.html tests/e2e/node_modules/.package-lock.json tests/notes-js/node_modules/.package-lock.json ## a whole session in a real browser, and every state of the page
	$(call say,Real browsers, two runs at a time: each speaks when it has ended)
	$(MAKE) --no-print-directory -j2 --output-sync=target $(addprefix e2e-,session circle phones couple quick-stories privacy foreign colleagues account rights)

# One run in a real browser, as tests/e2e/NAME.mjs tells it. Some are an acceptance test's part: foreign T6, hostile T16, privacy T20.
e2e-%: tests/e2e/%.mjs
	$(call say,In a real browser: $*)
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node $*.mjs

# The main states of the page; all of them in test-deep.
e2e-quick-stories:
	$(call say,In a real browser: the main states of the page)
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node stories.mjs 1- 2- 3- paused-phone held-phone

test-deep: test-tools binary web/dist-stories/index.html tests/notes-js/node_modules/.package-lock.json tests/e2e/node_modules/.package-lock.json ## the long versions
	$(call say,The long versions)
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node hostile.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node packs.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node spanish.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node keys.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node stories.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node room-keys.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node room-sizes.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" PICTURES=all node couple.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" SILENT=1 node session.mjs
	HISTORIES=100000 cargo test --locked --release -p room --test histories -- --nocapture
	KILLS=1000 ./target/debug/roomcheck kills
	CUTS=20000 ./target/debug/roomcheck cuts
	TRIES=200 cargo test $(WHOLE) --test http_side -- --nocapture t9_an_address
	GUESSES=1000000 cargo test $(WHOLE) --test invites -- --nocapture t8_no_guess
	MEETINGS=full cargo test $(WHOLE) --test meetings
	$(MAKE) --no-print-directory fhir
	$(MAKE) --no-print-directory t21 t21-deep

# --- the acceptance tests of the reliability plan; each prints its N and its figure ---

.PHONY: t1 t3 t6 t7 t8 t9 t10 t11 t16 t17 t18 t20 t21 t21-deep fhir
t1: binary ## acknowledged is durable: 200 kills under load, and the checker catches an early acknowledgement
	$(call say,T1: acknowledged is durable)
	./target/debug/roomcheck kills
	./target/debug/roomcheck catches-early-acknowledgement

t3: binary ## exactly once, and resume: cuts, retries and duplicate sends by 50 people
	$(call say,T3: exactly once and resume)
	./target/debug/roomcheck cuts

t6: binary tests/e2e/node_modules/.package-lock.json ## another site's page: forms, tickets, and a foreign page in a real browser
	$(call say,T6: cross-site)
	cargo test --quiet $(WHOLE) --test http_side -- --nocapture --test-threads 1 t6_
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node foreign.mjs

t7: binary tests/e2e/node_modules/.package-lock.json ## who may do what: every address by everybody there is, every action of the wire, another practice, looking in, in a browser too
	$(call say,T7: access)
	cargo test --quiet $(WHOLE) --lib -- --nocapture --test-threads 1 t7_
	cargo test --quiet $(WHOLE) --test http_side --test access_matrix --test look_in -- --nocapture --test-threads 1 t7_
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node colleagues.mjs

t8: binary ## personal links: guesses, links that are nearly right, the door
	$(call say,T8: personal links)
	cargo test --quiet $(WHOLE) --test invites -- --nocapture --test-threads 1

t16: binary tests/e2e/node_modules/.package-lock.json tests/notes-js/node_modules/.package-lock.json ## hostile text: what wants to be run is shown letter for letter, everywhere
	$(call say,T16: hostile text)
	cargo test --quiet $(WHOLE) --lib -- --nocapture t16_
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node hostile.mjs

t10: binary ## at rest and erasure: planted words in no file, one partner erased, an old backup restored
	$(call say,T10: at rest and erasure)
	cargo test --quiet $(WHOLE) --test erasure -- --nocapture --test-threads 1

t9: binary tests/e2e/node_modules/.package-lock.json ## accounts: second factor, guesses, enumeration, logins listed and ended
	$(call say,T9: accounts)
	cargo test --quiet $(WHOLE) --test http_side -- --nocapture --test-threads 1 t9_
	cargo test --quiet $(WHOLE) --test revocation -- --nocapture
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node account.mjs

t11: test-tools web/node_modules/.package-lock.json ## what was recorded cannot be changed unnoticed: a thousand changes, two histories, an erasure, a verifier in Python
	$(call say,T11: tampering)
	cargo test --quiet $(WHOLE) --test tamper -- --nocapture --test-threads 1
	cd web && npx vitest run src/log

t17: binary ## audit: every access is in the book once, and no word of anybody
	$(call say,T17: audit)
	cargo test --quiet $(WHOLE) --test http_side -- --nocapture --test-threads 1 t17_

t18: binary ## backup under load, an empty machine, everything that was acknowledged is there and opens
	$(call say,T18: backup and restore)
	cargo test --quiet $(WHOLE) --test backup -- --nocapture --test-threads 1

t20: binary tests/e2e/node_modules/.package-lock.json ## the page's privacy: what two browsers ask for, and what is left in their folders
	$(call say,T20: privacy of the page)
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node privacy.mjs

# Strangers' tools live in an environment of their own; a file says which versions were put there.
STRANGERS := target/strangers/schemathesis-4.32.5-sslyze-6.3.1
$(STRANGERS):
	@python3 -c 'import ensurepip' 2>/dev/null || $(MAKE) --no-print-directory apt PACKAGES="python3-venv"
	@command -v openssl >/dev/null || $(MAKE) --no-print-directory apt PACKAGES="openssl"
	$(call say,Installing schemathesis and sslyze)
	python3 -m venv target/strangers
	target/strangers/bin/pip install --quiet --disable-pip-version-check schemathesis==4.32.5 sslyze==6.3.1
	@touch $@

# What members take along, read by a library that is not ours. In an environment of its own, so that neither set of versions moves the other.
FHIR := target/fhir/fhir.resources-8.3.0
$(FHIR):
	@python3 -c 'import ensurepip' 2>/dev/null || $(MAKE) --no-print-directory apt PACKAGES="python3-venv"
	python3 -m venv target/fhir
	target/fhir/bin/pip install --quiet --disable-pip-version-check fhir.resources==8.3.0
	@touch $@

fhir: binary $(FHIR) # every bundle that the tests take along, in R5 and in R4B
	$(call say,What members take along, read as FHIR)
	rm -rf target/fhir-out
	RONDO_FHIR_OUT=$(CURDIR)/target/fhir-out cargo test --quiet $(WHOLE) --test erasure -- the_strict where_the_pack what_a_member
	target/fhir/bin/python tests/strangers/answers.py target/fhir-out

t21: binary $(STRANGERS) ## strangers' suites: schemathesis, sslyze, what it is built from, the page's bundle twice
	$(call say,T21: strangers and what it is built from)
	node tests/strangers/sbom.mjs
	node tests/strangers/tls.mjs
	node tests/strangers/calls.mjs
	cd web && for n in 1 2; do npx vite build --logLevel error --emptyOutDir --outDir ../target/bundle-$$n; done
	diff -r target/bundle-1 target/bundle-2
	@echo "T21, the page's bundle: built twice, the same bytes: $$(cd target/bundle-1 && find . -type f | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-64)"

t21-deep: binary $(STRANGERS) # at least five thousand calls
	EXAMPLES=250 CALLS=5000 node tests/strangers/calls.mjs

# --- measuring it ---

.PHONY: bench
bench: web/dist/index.html ## the promised figures, as ratios inside one run; about ten minutes on two processors
	$(call say,Building for speed)
	cargo build --locked --release -p rondo -p tests --bins
	$(call say,Measuring)
	./target/release/bench $(ARGS)
