# keyauth: `make help` lists the targets; the rules behind them are in mk/.

DATA  ?= trainer/synthetic.csv
TRAIN ?=
DIST  ?= bookworm
MODEL ?=
SECONDS = 600

# tests that run long are first, so that none is left alone at the end
LONGEST = $(patsubst %,t/%.t,parity 910-asan unit-asan 210-image fuzz \
                             250-guide 400-notebook 232-stack 300-page \
                             200-deb 900-hup unit arm64 233-promote \
                             180-tls 023-figures 025-live)

.DELETE_ON_ERROR:
.SECONDARY:


all: build/keyauth build/libkeyauth.a build/ngx_http_keyauth_module.so \
  ## the keyauth command, the engine's library and the nginx module

run: ## installs what is missing, builds, trains (DATA=file.csv), serves
	@conf/run.sh --check
	@conf/install.sh build run
	@$(MAKE) -s --no-print-directory -j$$(nproc) all models page
	@conf/run.sh

test: ## installs the test tools, builds and runs every test
	@conf/install.sh build run test
	@t/install-arm64.sh
	@t/install-roots.sh
	@t/install-npm.sh
	@t/nginx.sh source || echo "keyauth: one fuzzer will be skipped" >&2
	@$(MAKE) -s --no-print-directory -j$$(nproc) all tests fuzzers
	@t/prove.sh $(LONGEST) $(filter-out $(LONGEST),$(wildcard t/*.t))

test-aws: ## builds packages (DIST), image and stack, in a simulated AWS
	@conf/install.sh build run test
	@DIST=$(DIST) t/install-roots.sh
	@$(MAKE) -s --no-print-directory -j$$(nproc) all tests
	@DIST=$(DIST) t/prove.sh t/2[0-9][0-9]-*.t

test-vm: ## bakes and boots a machine (DIST=trixie; in 15 minutes)
	@conf/install.sh build deb aws vm
	@$(MAKE) -s --no-print-directory build/keyauth
	@packer/vm.sh $(if $(filter file,$(origin DIST)),trixie,$(DIST))

deb: ## builds Debian packages (DIST=bookworm or trixie, MODEL=file)
	@conf/install.sh deb
	@packer/deb.sh $(DIST) $(MODEL)

models: models/keyauth.model ## trains on DATA, if data or trainer are newer

openapi: ## writes docs/openapi.json anew from docs/openapi.yaml
	@python3 -c 'import json, sys, yaml; json.dump(yaml.safe_load( \
	  open("docs/openapi.yaml")), sys.stdout, indent=1); print()' \
	  > docs/openapi.json

bench: ## measures kernels and server (or both AGAINST=an earlier commit)
	@conf/install.sh build run bench
	@$(MAKE) -s --no-print-directory -j$$(nproc) all build/bench/kernels
	@DATA="$(DATA)" bench/bench.py $(if $(AGAINST),--against $(AGAINST)) \
	  $(BENCH)

bench-users: BENCH = --only users --users 10,110,500,2000
bench-users: bench

bench-docs:
	@bench/bench.py --docs

test-trixie: ## builds the module for Debian 13's nginx and tests it there
	@t/another.sh trixie

test-newest: ## the same for the newest nginx in Debian, sid's
	@t/another.sh sid

test-asan: ## tests the module in an nginx built for sanitizers
	@t/another.sh asan

test-valgrind: ## tests the module in an nginx that valgrind watches
	@t/another.sh valgrind

coverage: ## how much of engine and module the tests run, as HTML too
	@conf/install.sh build run test coverage
	@$(MAKE) -s --no-print-directory -j$$(nproc) all tests gcov
	@t/coverage.sh

test-libraries: ## compares imports with libraries of Debian (in 6 minutes)
	@conf/install.sh build run test another
	@$(MAKE) -s --no-print-directory -j$$(nproc) all \
	  build/t/libraries/compare
	@t/libraries.sh trixie sid

soak: ## faults and loads that the server has to stand (in 5 minutes)
	@conf/install.sh build run soak
	@$(MAKE) -s -j$$(nproc) all build/soak/client build/t/one/keyauth.model \
	  build/t/two/keyauth.model
	@t/soak/run.sh $(SOAK)

fuzz: ## fuzzes all that reads what others wrote (SECONDS=600 each)
	@conf/install.sh build run test
	@t/nginx.sh source
	@$(MAKE) -s -j$$(nproc) all fuzzers
	@t/fuzz/run.sh $(SECONDS) $(FUZZERS)

graph: ## draws which files depend on which, as text or build/graph.svg
	@t/graph.pl

man: build/keyauth.1 ## writes the man page, from what --help prints

notebook: all ## executes docs/model_building.ipynb in place
	@conf/install.sh test
	PYDEVD_DISABLE_FILE_VALIDATION=1 /usr/bin/python3 -m jupyter nbconvert \
	  --to notebook --execute --inplace \
	  --ExecutePreprocessor.record_timing=False docs/model_building.ipynb

clean: ## removes what was built; trained models stay
	rm -rf build t/servroot*

help: ## lists these targets
	@sed -n -e ':a' -e '/\\$$/{N;s/\\\n//;ta' -e '}' \
	  -e 's/^\([a-z-]*\):.*## \(.*\)/make \1 \2/p' Makefile \
	  | awk '{ c = $$1 " " $$2; sub(c, ""); printf "%-19s%s\n", c, $$0 }'


.PHONY: all run test test-aws test-vm deb models openapi bench bench-users \
  bench-docs test-trixie test-newest test-libraries test-asan test-valgrind \
  coverage soak fuzz graph man notebook clean help

include mk/variants.mk mk/module.mk mk/tests.mk mk/fuzz.mk mk/models.mk

-include $(shell find build -path build/debian -prune -o \
                     -name '*.d' -print 2>/dev/null)
