# Everything a fresh machine needs is installed and built on the way; only Node.js and make must be there.
# The ONNX Runtime package holds its CPU library; what its install script would fetch is for GPUs.
export ONNXRUNTIME_NODE_INSTALL := skip
INSTALLED := node_modules/.package-lock.json
BUILT := dist/cli/run.js

.PHONY: plan ocr generated test bench clean

plan: $(BUILT)
	node bin/infer-plan.js plan --slo 200ms

# The example pipelines with real models, end to end on this machine: measure, plan, serve, load, and predicted against measured.
# No batch makes the networks of ocr faster; those of generated gain all the way.
ocr: SIZES := 1,2
generated: SIZES := 1,2,4,8
ocr generated: $(BUILT)
	node bin/infer-plan.js profile examples/$@/pipeline.yaml --as cpu-1 --batch-sizes $(SIZES) --budget 30s --foreign 0.25 --resume
	node bin/infer-plan.js plan examples/$@/pipeline.yaml --service-time empirical --output examples/$@/plan.yaml
	node bin/infer-plan.js validate examples/$@/plan.yaml --duration 45s --reprofile

test: $(INSTALLED)
	npm run check -- $(VITEST_FLAGS)

bench: $(BUILT)
	npm run bench

clean:
	rm -rf dist node_modules coverage api

$(INSTALLED): package.json package-lock.json
	npm ci
	@touch $@

$(BUILT): $(INSTALLED) tsconfig.json tsconfig.build.json $(shell find src -name '*.ts')
	rm -rf dist
	npm run build
	@touch $@
