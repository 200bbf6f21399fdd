# Assay. `make run` and `make test` are all that a newcomer needs; both install what a bare Debian 12 with Go lacks.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

# TAGS selects Fyne's OpenGL ES painter, which builds four minutes faster than the desktop one and draws the same.
# A graphics card without OpenGL ES 2 wants `make run TAGS=`.
TAGS ?= gles
RELEASE_TAGS := $(strip $(TAGS) migrated_fynedo)
BIN := bin/assay
GOLANGCI_VERSION := v2.11.4
FYNE_TOOLS_VERSION := v1.7.4
TOOLS := $(CURDIR)/bin/tools
export LANG := en_US.UTF-8

.PHONY: help deps run build test vet lint unit race window bench bench-peers package screenshot test-camera soak clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

deps: ## install what a bare Debian 12 with Go lacks
	@scripts/deps

build: ## build the station to bin/assay
	go build -tags "$(RELEASE_TAGS)" -trimpath -o $(BIN) ./cmd/assay

run: deps build ## install, build, and open the station on the demo line
	@scripts/run $(BIN)

screenshot: deps build ## run under a virtual display and write docs/screenshots/inspect.png
	@scripts/screenshot $(BIN)

test: deps vet lint unit race ## everything that must hold before a commit

vet:
	go vet -tags "$(TAGS)" ./...

$(TOOLS)/golangci-lint-$(GOLANGCI_VERSION):
	GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv $(TOOLS)/golangci-lint $@

lint: $(TOOLS)/golangci-lint-$(GOLANGCI_VERSION) ## style, documentation, and which folder may import which
	$< run --build-tags "$(TAGS)" ./...

unit: ## tests, the real window under Xvfb among them
	scripts/with-display go test -tags "$(TAGS)" -timeout 15m ./...

race: ## the same tests under the race detector
	scripts/with-display go test -tags "$(TAGS)" -race -short -timeout 20m ./...

test-camera: deps build ## the station on a real /dev/video0 (needs ASSAY_SHARED with tools/camera-vm.sh)
	scripts/test-camera $(BIN)

soak: deps build ## ten minutes of VIDEO=file with a verdict a frame: latency and memory
	scripts/soak $(BIN)

bench: deps build ## training step, latency and pipeline, as `assay bench` prints them
	$(BIN) bench training --steps 5
	$(BIN) bench latency --models casting,demo
	$(BIN) bench pipeline

bench-peers: deps build ## the training step beside PyTorch and TensorFlow, whose packages (5 GB) it gets from PyPI
	scripts/bench-peers $(BIN)

package: deps build ## a tarball that installs with `make install`
	GOBIN=$(TOOLS) go install fyne.io/tools/cmd/fyne@$(FYNE_TOOLS_VERSION)
	$(TOOLS)/fyne package --os linux --executable $(BIN) --release

clean: ## remove what was built
	rm -rf bin *.tar.xz
