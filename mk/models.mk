# What make run serves: the trained model, and the page.

.PHONY: page

models/keyauth.model: build/keyauth build/training $(DATA)
	build/keyauth train --data $(DATA) --out $(@D) $(TRAIN)

build/training: FORCE
	$(call remember,$(DATA) $(TRAIN))


# the page: its files, keyauth.js, and of each synthetic user a repetition that
# no model was trained on, by the digest of those data

page: build/page/index.html

build/page/index.html: $(wildcard conf/page/*) docs/clients/browser/keyauth.js \
  docs/openapi.json trainer/synthetic.csv build/keyauth
	rm -rf $(@D)
	mkdir -p $(@D)/samples
	build/keyauth synth --repetitions 9 | awk '(NR - 1) % 9 == 0' \
	  > $(@D)/samples/$$(sha256sum < trainer/synthetic.csv | cut -c 1-64).csv
	cp conf/page/* docs/clients/browser/keyauth.js docs/openapi.json $(@D)


# a file that changes only when what it holds does
remember = @mkdir -p $(@D); echo '$(1)' | cmp -s - $@ || echo '$(1)' > $@

.PHONY: FORCE

FORCE:
