# Objects, the engine's library and the tests in C, for each variant of the
# build: plain, with sanitizers, for coverage, for the fuzzers and for arm64.

WARN  = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
        -Wwrite-strings -Wcast-qual -Wdouble-promotion -Werror

# no fused multiply-adds but those that are written: module and trainer must
# round alike (ngx_http_keyauth_module/config says the same)
FLAGS = -std=c11 -O2 -g -fPIC -ffp-contract=off $(WARN) \
        -D_DEFAULT_SOURCE -D_POSIX_C_SOURCE=200809L -MMD -MP \
        $(addprefix -I,$(FOLDERS))
LIBS  = -lsvm -lxgboost -lcsv -lcjson -lhiredis -llmdb -lssl -lcrypto -lm

ASAN  = -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
        -fno-sanitize-recover=undefined
GCOV  = -O1 --coverage -fprofile-update=atomic
FUZZ  = -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
ARM64 = $(addprefix -isystem build/arm64/root/usr/include,\
                    / /aarch64-linux-gnu)

FOLDERS = $(patsubst %/,%,$(wildcard engine/ engine/*/ trainer/ trainer/*/))
ENGINE  = $(patsubst %.c,%.o,$(wildcard engine/*.c engine/*/*.c))
TRAINER = $(patsubst %.c,%.o,$(wildcard trainer/*.c trainer/*/*.c))

# what a test links beside its own file
PARTS   = $(filter-out trainer/cmd/main.o,$(TRAINER)) libkeyauth.a


# $(call variant,folder,compiler,archiver,flags)
define variant
$(1)/libkeyauth.a: $(addprefix $(1)/,$(ENGINE))
	rm -f $$@
	$(3) rcs $$@ $$^

$(1)/%.o: %.c | build/packages
	@mkdir -p $$(@D)
	$(2) $(FLAGS) $(4) $$(CFLAGS) -c -o $$@ $$<

$(1)/t/%: $(1)/t/unit/%.o $(addprefix $(1)/,$(PARTS))
	$(2) $(4) $$(LDFLAGS) -o $$@ $$^ -lcmocka $(LIBS)
endef

$(eval $(call variant,build,$(CC),$(AR)))
$(eval $(call variant,build/asan,$(CC),$(AR),$(ASAN)))
$(eval $(call variant,build/gcov,$(CC),$(AR),$(GCOV) -DTEST_FEW))
$(eval $(call variant,build/fuzz,clang,$(AR),$(FUZZ) -fsanitize=fuzzer-no-link))
$(eval $(call variant,build/arm64,aarch64-linux-gnu-gcc,aarch64-linux-gnu-ar,\
  $(ARM64)))


# what is part of an object without being included
PAGE = conf/page/base.css $(addprefix trainer/report/page.,html css js)

$(addsuffix /trainer/report/page.o,build build/asan build/gcov build/fuzz): \
  $(PAGE)

build/keyauth: $(addprefix build/,$(TRAINER)) build/libkeyauth.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)

build/keyauth.1: build/keyauth trainer/man.pl
	trainer/man.pl $< > $@

build/packages: conf/install.sh
	@mkdir -p $(@D)
	@conf/install.sh --check build
	@touch $@
