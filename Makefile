# mydocker: `make run` and `make test` are all a fresh Debian machine with a Swift toolchain needs.
SHELL := /bin/bash
PREFIX ?= /usr/local
CMD ?= sh
SWIFT ?= swift

# What apt has to provide: to build, to make the default image, to run every test.
BUILD_PACKAGES := libmount-dev nettle-dev zlib1g-dev libzstd-dev libsqlite3-dev libseccomp-dev
IMAGE_PACKAGES := busybox-static
TEST_PACKAGES := acl attr e2fsprogs erofs-utils xfsprogs btrfs-progs strace util-linux user-mode-linux zstd xz-utils podman skopeo uidmap umoci \
    golang-github-opencontainers-image-spec-dev python3-jsonschema libarchive-tools python3 gcc libc6-dev procps mmdebstrap valgrind chromium-headless-shell poppler-utils time fuse-overlayfs fish zsh openssh-server cmark-gfm

# The peers of `make bench`, and what it is written in.
BENCH_PACKAGES := crun runc podman bubblewrap umoci skopeo tar gzip zstd fio time python3 util-linux e2fsprogs

# A program that starts fast: docs/decisions/0010-start-up.md. .build/static holds the one archive of libstdc++, beside
# which there is no shared library that the linker could prefer. scripts/run.order has the
# functions that `run` enters and the variables that it writes, for the linker to put side by side.
ORDER := scripts/run.order
STRIP := -s
BUILD = $(SWIFT) build -c release --static-swift-stdlib --disable-local-rpath --product mydocker \
    -Xswiftc -use-ld=lld -Xswiftc -Xclang-linker -Xswiftc -no-pie -Xswiftc -Xclang-linker -Xswiftc -static-libgcc \
    -Xlinker -L$(CURDIR)/.build/static \
    $(foreach option,-function-sections -disable-concrete-type-metadata-mangled-name-accessors,\
        -Xswiftc -Xfrontend -Xswiftc $(option)) \
    $(foreach option,$(STRIP) --symbol-ordering-file=$(CURDIR)/$(ORDER) --no-warn-symbol-ordering,-Xlinker $(option)) \
    $(foreach call,malloc calloc realloc aligned_alloc posix_memalign,-Xlinker --wrap=$(call)) \
    $(foreach call,swift_copyAuxiliaryExecutablePath swift_stdlib_isStackAllocationSafe,-Xlinker --wrap=$(call))
PRODUCT := .build/release/mydocker
SOURCES := Package.swift $(shell find Sources -type f)

.PHONY: help build image run test check bench test-kernel lab kills fuzz order lint format install clean
help: ## Show the targets.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "make %-14s %s\n", $$1, $$2}'

build: bin/mydocker ## Build the release binary, bin/mydocker.

bin/mydocker: $(SOURCES) $(ORDER)
	@scripts/install-packages $(BUILD_PACKAGES)
	@[ ! $(ORDER) -nt $(PRODUCT) ] || rm -f $(PRODUCT)
	@mkdir -p .build/static
	@ln -sf "$$(clang -print-file-name=libstdc++.a)" .build/static/
	$(BUILD)
	@mkdir -p bin
	cp $(PRODUCT) bin/mydocker.new
	@touch bin/mydocker.new
	@mv bin/mydocker.new bin/mydocker

image: bin/mydocker ## Make the default image, busybox, if it is missing.
	@scripts/install-packages $(IMAGE_PACKAGES)
	@bin/mydocker image exists busybox || scripts/busybox-rootfs | bin/mydocker image import - busybox

run: image ## Build all there is to build and run a shell in a container; CMD='echo hello' runs that instead.
	@bin/mydocker run -ti $(CMD)

check: bin/mydocker lint ## Lint, and every test that boots nothing, cuts no power and kills nothing at random: minutes.
	@scripts/install-packages $(BUILD_PACKAGES) $(IMAGE_PACKAGES) $(TEST_PACKAGES)
	scripts/test --check

test: bin/mydocker ## Run all tests.
	@scripts/install-packages $(BUILD_PACKAGES) $(IMAGE_PACKAGES) $(TEST_PACKAGES)
	scripts/test

kills: bin/mydocker ## Kill commands at random moments, COUNT=1000 times; SEED=number for the same ones again.
	@scripts/install-packages $(BUILD_PACKAGES) $(IMAGE_PACKAGES) $(TEST_PACKAGES)
	MYDOCKER_KILLS_COUNT=$(or $(COUNT),1000) MYDOCKER_KILLS_SEED=$(SEED) $(SWIFT) test --filter RandomKillTests

test-kernel: bin/mydocker ## Run the tests on another kernel: KERNEL=/path/to/linux (a user-mode kernel).
	@scripts/install-packages $(BUILD_PACKAGES) $(IMAGE_PACKAGES) $(TEST_PACKAGES)
	scripts/test --kernel $(KERNEL)

bench: bin/mydocker ## Measure mydocker beside crun, podman, umoci and tar; ONLY=start for one file of Benchmarks/rows.
	@scripts/install-packages $(IMAGE_PACKAGES) $(BENCH_PACKAGES)
	Benchmarks/bench $(if $(ONLY),--only $(ONLY))

lab: bin/mydocker ## Compare the drivers on this kernel, a user-mode kernel, and Debian's 6.1 and 6.12: report.html.
	@scripts/install-packages $(IMAGE_PACKAGES) user-mode-linux qemu-system-x86 xz-utils
	scripts/lab $(OPTIONS)

fuzz: ## Feed the readers hostile input for SECONDS=600 of processor time, or one case again by SEED=number.
	@scripts/install-packages $(BUILD_PACKAGES)
	MYDOCKER_FUZZ_SECONDS=$(or $(SECONDS),600) MYDOCKER_FUZZ_SEED=$(SEED) $(SWIFT) test --filter FuzzTests

order: STRIP := -S
order: ## Find out anew what `run` enters and writes, and in what order: scripts/run.order, for the linker.
	$(BUILD)
	scripts/link-order $(PRODUCT) >$(ORDER).new
	@mv $(ORDER).new $(ORDER)

lint: ## Check the style of the code.
	swift format lint --strict --recursive --parallel Package.swift Sources Tests

format: ## Bring the code into the style.
	swift format --in-place --recursive --parallel Package.swift Sources Tests

install: bin/mydocker ## Install under PREFIX (default /usr/local), with man pages and shell completions.
	install -D -m 755 bin/mydocker $(DESTDIR)$(PREFIX)/bin/mydocker
	scripts/install-docs bin/mydocker $(DESTDIR)$(PREFIX)/share
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/mydocker/driver-protocol share/driver-protocol/*.json

clean: ## Remove what was built. Images and containers stay.
	rm -rf .build .build-* bin
