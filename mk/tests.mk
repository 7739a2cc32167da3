# Tests in C and what the tests serve; the clients of the soak, the benchmarks.

TESTS = $(patsubst t/unit/%.c,%,$(wildcard t/unit/test_*.c))

.PHONY: tests test-models gcov arm64

tests: page build/t/libraries/compare $(addprefix build/t/,$(TESTS)) \
  $(addprefix build/asan/t/,$(TESTS)) \
  build/asan/ngx_http_keyauth_module.so \
  test-models build/t/synthetic/keyauth.model

# t/prove.sh makes these, too: a test of a keyauth that reads another version
# of the file would find those of the one before
test-models: $(patsubst %,build/t/%/keyauth.model,one two many)

# rows are fewer, as with sanitizers
gcov: $(addprefix build/gcov/t/,$(TESTS)) \
  build/gcov/ngx_http_keyauth_module.so


# the tests of the engine for arm64, which t/arm64.t builds and runs; what
# t/install-arm64.sh has unpacked is in build/arm64/root

arm64: $(addprefix build/arm64/test_,answer features golden json model \
                                     request request_bytes request_refused)

build/arm64/test_%: build/arm64/t/unit/test_%.o build/arm64/trainer/util.o \
  build/arm64/trainer/random.o build/arm64/libkeyauth.a
	aarch64-linux-gnu-gcc -o $@ $^ \
	  -Lbuild/arm64/root/usr/lib/aarch64-linux-gnu \
	  -lcmocka -lcjson -lcrypto -lm


# two small models with different answers
build/t/one/data.csv: SEED = 1
build/t/two/data.csv: SEED = 2

build/t/%/data.csv: build/keyauth
	@mkdir -p $(@D)
	build/keyauth synth --users 12 --seed $(SEED) > $@

# several groups of users, for the kernels
build/t/many/data.csv: build/keyauth
	@mkdir -p $(@D)
	build/keyauth synth --users 40 > $@

# the embedded set's, as make run has it
build/t/synthetic/data.csv: trainer/synthetic.csv build/keyauth
	@mkdir -p $(@D)
	cp $< $@

build/t/%/keyauth.model: build/t/%/data.csv
	build/keyauth train --data $< --out $(@D)


build/soak/client: build/t/soak/client.o build/t/soak/mutate.o
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

build/bench/kernels: build/bench/rivals.o

build/bench/kernels build/bench/verify_users build/t/libraries/compare: \
  %: %.o \
  $(addprefix build/,$(PARTS))
	$(CC) $(LDFLAGS) -o $@ $^ $(LIBS)
