#!/usr/bin/env node
// A source map a file makes every start slower, and only --debug prints a stack.
if (process.argv.includes('--debug')) process.setSourceMapsEnabled(true);
const { run } = await import('../dist/cli/run.js');
await run(process.argv);
