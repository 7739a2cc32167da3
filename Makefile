# keyauth: `make help` lists what can be asked for.

DATA  ?= trainer/synthetic.csv
TRAIN ?=
DIST  ?= bookworm
MODEL ?=

WARN  = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
        -Wwrite-strings -Wcast-qual -Wdouble-promotion -Werror

# no fused multiply-adds but those that are written: module and trainer must
# round alike (ngx_http_keyauth_module/config says the same)
FLAGS = -std=c11 -O2 -g -fPIC -ffp-contract=off $(WARN) \
        -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L -MMD -MP \
        $(addprefix -I,$(FOLDERS))
ASAN  = -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
        -fno-sanitize-recover=undefined
GCOV  = -O1 --coverage -fprofile-update=atomic
FUZZ  = -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
LIBS  = -lsvm -lxgboost -lcsv -lcjson -lcrypto -lm

FOLDERS = $(patsubst %/,%,$(wildcard engine/ engine/*/ trainer/ trainer/*/))
ENGINE  = $(patsubst %.c,%.o,$(wildcard engine/*.c engine/*/*.c))
TRAINER = $(patsubst %.c,%.o,$(wildcard trainer/*.c trainer/*/*.c))
TESTS   = $(patsubst t/unit/%.c,%,$(wildcard t/unit/test_*.c))
STRING  = build/nginx/source/src/core/ngx_string.c
FUZZERS = $(filter-out $(if $(wildcard $(STRING)),,fuzz_sample),\
            $(patsubst t/fuzz/%.c,%,$(wildcard t/fuzz/fuzz_*.c)))
SECONDS = 600
MODULE  = $(wildcard engine/*.[ch] engine/*/*.[ch] \
            ngx_http_keyauth_module/*)

# what a test links beside its own file
PARTS   = $(filter-out trainer/cmd/main.o,$(TRAINER)) libkeyauth.a

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
	@t/prove.sh t/unit.t $(filter-out t/unit.t,$(wildcard t/*.t))

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

bench: ## installs the tools, measures kernels and server (in 5 minutes)
	@conf/install.sh build run bench
	@$(MAKE) -s --no-print-directory -j$$(nproc) all build/bench/kernels
	@DATA="$(DATA)" bench/bench.py $(BENCH)

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

soak: ## faults and loads that the server has to stand (in 3 minutes)
	@conf/install.sh build run soak
	@$(MAKE) -s -j$$(nproc) all build/soak/client build/t/one/keyauth.model \
	  build/t/two/keyauth.model
	@t/soak/run.sh $(SOAK)

fuzz: ## fuzzes all that reads what others wrote (SECONDS=600 each)
	@conf/install.sh build run test
	@t/nginx.sh source
	@$(MAKE) -s -j$$(nproc) all fuzzers
	@t/fuzz/run.sh $(SECONDS) $(FUZZERS)

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
	  | awk '{ c = $$1 " " $$2; sub(c, ""); printf "%-14s%s\n", c, $$0 }'


# the command and the engine's library

build/keyauth: $(addprefix build/,$(TRAINER)) build/libkeyauth.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

build/keyauth.1: build/keyauth trainer/man.pl
	trainer/man.pl $< > $@

build/libkeyauth.a: $(addprefix build/,$(ENGINE))
	rm -f $@
	$(AR) rcs $@ $^

build/%.o: %.c | build/packages
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(CFLAGS) -c -o $@ $<


# the same under AddressSanitizer and UndefinedBehaviorSanitizer

build/asan/libkeyauth.a: $(addprefix build/asan/,$(ENGINE))
	rm -f $@
	$(AR) rcs $@ $^

build/asan/%.o: %.c | build/packages
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(ASAN) $(CFLAGS) -c -o $@ $<


# the module, out of tree, against the headers of Debian's nginx-dev; nginx's
# configure runs again when the module's config or the list of files changes

build/ngx_http_keyauth_module.so: build/module/Makefile $(MODULE)
build/asan/ngx_http_keyauth_module.so: build/asan/module/Makefile $(MODULE)

%/ngx_http_keyauth_module.so:
	$(MAKE) -s --no-print-directory -C /usr/share/nginx/src -f $(CURDIR)/$< modules
	cp $*/module/ngx_http_keyauth_module.so $@

build/module/Makefile: ngx_http_keyauth_module/config build/sources
	ngx_http_keyauth_module/configure.sh $(@D)

build/asan/module/Makefile: ngx_http_keyauth_module/config build/sources
	ngx_http_keyauth_module/configure.sh $(@D) "$(ASAN)"


# tests and benchmarks

tests: page $(addprefix build/t/,$(TESTS)) $(addprefix build/t-asan/,$(TESTS)) \
  build/asan/ngx_http_keyauth_module.so \
  build/t/one/keyauth.model build/t/two/keyauth.model \
  build/t/many/keyauth.model build/t/synthetic/keyauth.model

build/t/%: build/t/unit/%.o $(addprefix build/,$(PARTS))
	$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS)

build/t-asan/%: build/asan/t/unit/%.o $(addprefix build/asan/,$(PARTS))
	@mkdir -p $(@D)
	$(CC) $(ASAN) $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS)

# the fuzzers, and models small enough to be fuzzed: FUSION of 8 users has
# operating points

fuzzers: $(addprefix build/fuzz/,$(FUZZERS)) build/fuzz/seeds/model \
  build/t/one/keyauth.model

build/fuzz/fuzz_%: build/fuzz/t/fuzz/fuzz_%.o build/fuzz/libkeyauth.a
	clang $(FUZZ) -fsanitize=fuzzer -o $@ $^ -lcsv -lcjson -lcrypto -lm

# the module's reading of a header and nginx's base64, without the rest of
# both; t/nginx.sh gets nginx's source
NGINX_INC = -Ingx_http_keyauth_module $(addprefix -isystem ,build/module \
  $(addprefix /usr/share/nginx/src/src/,core event event/modules os/unix http \
  http/modules http/v2))

build/fuzz/fuzz_sample: build/fuzz/t/fuzz/fuzz_sample.o \
  build/fuzz/ngx_string.o build/fuzz/libkeyauth.a
	clang $(FUZZ) -fsanitize=fuzzer -no-pie \
	  -Wl,--unresolved-symbols=ignore-all -o $@ $^ -lcjson -lcrypto -lm

build/fuzz/t/fuzz/fuzz_sample.o: FUZZ += $(NGINX_INC) -Wno-cast-qual
build/fuzz/t/fuzz/fuzz_sample.o: build/module/Makefile

build/fuzz/ngx_string.o: $(STRING) build/module/Makefile
	@mkdir -p $(@D)
	clang -w -D_GNU_SOURCE $(FUZZ) -fsanitize=fuzzer-no-link $(NGINX_INC) \
	  -c -o $@ $<

build/fuzz/libkeyauth.a: $(addprefix build/fuzz/,$(ENGINE) \
  $(patsubst %.c,%.o,$(wildcard trainer/*.c trainer/data/*.c)))
	rm -f $@
	$(AR) rcs $@ $^

build/fuzz/%.o: %.c
	@mkdir -p $(@D)
	clang $(FLAGS) $(FUZZ) -fsanitize=fuzzer-no-link -c -o $@ $<

build/fuzz/seeds/model: build/keyauth
	@mkdir -p $@
	for seed in SVM-2 RF-2 XGB-2 FUSION-2 FUSION-8; do \
	  build/keyauth synth --keys 2 --repetitions 3 \
	    --users $${seed#*-} > build/fuzz/data.csv || exit 1; \
	  build/keyauth train --quiet --models $${seed%-*} \
	    --data build/fuzz/data.csv --out build/fuzz/trained || exit 1; \
	  mv build/fuzz/trained/keyauth.model $@/$$seed; \
	done
	touch $@

# the same to measure coverage; rows are fewer, as with sanitizers

gcov: $(addprefix build/gcov/t/,$(TESTS)) \
  build/gcov/ngx_http_keyauth_module.so

build/gcov/t/%: build/gcov/t/unit/%.o $(addprefix build/gcov/,$(PARTS))
	@mkdir -p $(@D)
	$(CC) --coverage $(LDFLAGS) -o $@ $^ -lcmocka $(LIBS)

build/gcov/libkeyauth.a: $(addprefix build/gcov/,$(ENGINE))
	rm -f $@
	$(AR) rcs $@ $^

build/gcov/%.o: %.c | build/packages
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(GCOV) $(CFLAGS) -DTEST_FEW -c -o $@ $<

build/gcov/ngx_http_keyauth_module.so: build/gcov/module/Makefile $(MODULE)

build/gcov/module/Makefile: ngx_http_keyauth_module/config build/sources
	ngx_http_keyauth_module/configure.sh $(@D) "$(GCOV)"

# the clients of make soak
build/soak/client: build/t/soak/client.o build/t/soak/mutate.o
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

# two small models to tell apart
build/t/one/data.csv: SEED = 1
build/t/two/data.csv: SEED = 2

build/t/%/data.csv: build/keyauth
	@mkdir -p $(@D)
	build/keyauth synth --users 12 --seed $(SEED) > $@

build/t/%/keyauth.model: build/t/%/data.csv
	build/keyauth train --data $< --out $(@D)

# several groups of users, for the kernels
build/t/many/data.csv: build/keyauth
	@mkdir -p $(@D)
	build/keyauth synth --users 40 > $@

# the embedded set's, as make run has it
build/t/synthetic/data.csv: trainer/synthetic.csv build/keyauth
	@mkdir -p $(@D)
	cp $< $@

build/bench/kernels: build/bench/kernels.o build/bench/rivals.o \
  $(addprefix build/,$(PARTS))
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)


# the tests of the engine for arm64, which t/arm64.t builds and runs; what
# t/install-arm64.sh has unpacked is in build/arm64/root

ARM64     = answer features golden json model request request_bytes \
            request_refused
ARM64_CC  = aarch64-linux-gnu-gcc
ARM64_INC = $(addprefix -isystem build/arm64/root/usr/include,\
                        / /aarch64-linux-gnu)
ARM64_LIB = -Lbuild/arm64/root/usr/lib/aarch64-linux-gnu

arm64: $(addprefix build/arm64/test_,$(ARM64))

build/arm64/test_%: build/arm64/t/unit/test_%.o build/arm64/trainer/util.o \
  build/arm64/trainer/random.o build/arm64/libkeyauth.a
	$(ARM64_CC) -o $@ $^ $(ARM64_LIB) -lcmocka -lcjson -lcrypto -lm

build/arm64/libkeyauth.a: $(addprefix build/arm64/,$(ENGINE))
	rm -f $@
	aarch64-linux-gnu-ar rcs $@ $^

build/arm64/%.o: %.c
	@mkdir -p $(@D)
	$(ARM64_CC) $(FLAGS) $(ARM64_INC) -c -o $@ $<

build/bench/verify_users: build/bench/verify_users.o \
  $(addprefix build/,$(PARTS))
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)


# the page of make run: its files, keyauth.js, and of each synthetic user a
# repetition that no model was trained on, by the digest of those data

page: build/page/index.html

build/page/index.html: $(wildcard conf/page/*) docs/clients/browser/keyauth.js \
  docs/openapi.json trainer/synthetic.csv build/keyauth
	rm -rf $(@D)
	mkdir -p $(@D)/samples
	build/keyauth synth --repetitions 9 | awk '(NR - 1) % 9 == 0' \
	  > $(@D)/samples/$$(sha256sum < trainer/synthetic.csv | cut -c 1-64).csv
	cp conf/page/* docs/clients/browser/keyauth.js docs/openapi.json $(@D)


# models

models/keyauth.model: build/keyauth build/training $(DATA)
	build/keyauth train --data $(DATA) --out $(@D) $(TRAIN)


# files that change only when what they hold does

remember = @mkdir -p $(@D); echo '$(1)' | cmp -s - $@ || echo '$(1)' > $@

build/sources: FORCE
	$(call remember,$(MODULE))

build/training: FORCE
	$(call remember,$(DATA) $(TRAIN))

build/packages: conf/install.sh
	@mkdir -p $(@D)
	@conf/install.sh --check build
	@touch $@

FORCE:

.PHONY: deb test-aws test-vm
.PHONY: coverage fuzzers gcov soak test-trixie test-newest test-asan test-valgrind
.PHONY: all openapi run test tests fuzz page models bench bench-users bench-docs arm64 man notebook clean \
  help FORCE

-include $(shell find build -path build/debian -prune -o \
                     -name '*.d' -print 2>/dev/null)
