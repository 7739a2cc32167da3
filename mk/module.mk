# The module, out of tree, against the headers of Debian's nginx-dev.  nginx's
# configure runs again when the module's config or the list of files changes.

MODULE = $(wildcard engine/*.[ch] engine/*/*.[ch] ngx_http_keyauth_module/*)


# $(call module,folder,flags); install makes a file of its own: an nginx that
# has the one before mapped would crash if that were written over
define module
$(1)/ngx_http_keyauth_module.so: $(1)/module/Makefile $(MODULE)
	$$(MAKE) -s --no-print-directory -C /usr/share/nginx/src \
	  -f $(CURDIR)/$$< modules
	install -m 644 $(1)/module/ngx_http_keyauth_module.so $$@

$(1)/module/Makefile: ngx_http_keyauth_module/config build/sources
	ngx_http_keyauth_module/configure.sh $(1)/module "$(2)"
endef

$(eval $(call module,build))
$(eval $(call module,build/asan,$(ASAN)))
$(eval $(call module,build/gcov,$(GCOV)))


build/sources: FORCE
	$(call remember,$(MODULE))
