#!/usr/bin/env node
process.setSourceMapsEnabled(true);
const { run } = await import('../dist/cli/run.js');
await run(process.argv);
