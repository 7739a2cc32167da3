# The fuzzers, and models small enough to be fuzzed: FUSION of 8 users has
# operating points.

# nginx's source, which t/nginx.sh gets: fuzz_sample links its base64
STRING    = build/nginx/source/src/core/ngx_string.c
FUZZERS   = $(filter-out $(if $(wildcard $(STRING)),,fuzz_sample),\
              $(patsubst t/fuzz/%.c,%,$(wildcard t/fuzz/fuzz_*.c)))
FUZZ_LINK = clang $(FUZZ) -fsanitize=fuzzer

.PHONY: fuzzers

fuzzers: $(addprefix build/fuzz/,$(FUZZERS)) build/fuzz/seeds/model \
  build/t/one/keyauth.model

build/fuzz/fuzz_%: build/fuzz/t/fuzz/fuzz_%.o \
  $(patsubst %.c,build/fuzz/%.o,$(wildcard trainer/*.c trainer/data/*.c)) \
  build/fuzz/libkeyauth.a
	$(FUZZ_LINK) -o $@ $^ -lcsv -lcjson -llmdb $(FUZZ_LIBS) -lcrypto -lm


# the daemon's reading of replies, with connections of the fuzzer's own

build/fuzz/fuzz_replies: $(patsubst %,build/fuzz/trainer/replicate/%.o,\
  fetch reconcile redis_link redis_script round ship streams)
build/fuzz/fuzz_replies: FUZZ_LIBS = build/fuzz/libkeyauth.a -lhiredis -lssl

# SSL_set_tlsext_host_name() casts
build/fuzz/trainer/replicate/redis_link.o: override CFLAGS += -Wno-cast-qual


# the module's reading of a header and nginx's base64, without the rest of both

NGINX_INC = -Ingx_http_keyauth_module $(addprefix -isystem ,build/module \
  $(addprefix /usr/share/nginx/src/src/,core event event/modules os/unix http \
  http/modules http/v2))

build/fuzz/fuzz_sample: build/fuzz/t/fuzz/fuzz_sample.o \
  build/fuzz/ngx_string.o build/fuzz/libkeyauth.a
	$(FUZZ_LINK) -no-pie -Wl,--unresolved-symbols=ignore-all -o $@ $^ \
	  -lcjson -lcrypto -lm

build/fuzz/t/fuzz/fuzz_sample.o: override CFLAGS += $(NGINX_INC) -Wno-cast-qual
build/fuzz/t/fuzz/fuzz_sample.o: build/module/Makefile

build/fuzz/ngx_string.o: $(STRING) build/module/Makefile
	@mkdir -p $(@D)
	clang -w -D_GNU_SOURCE $(FUZZ) -fsanitize=fuzzer-no-link $(NGINX_INC) \
	  -c -o $@ $<


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
