#!/usr/bin/env node
// A source map a file makes every start slower, and only --debug prints a stack.
if (process.argv.includes('--debug')) process.setSourceMapsEnabled(true);
try {
  const { run } = await import('../dist/cli/run.js');
  await run(process.argv);
} catch (error) {
  // The system does not let the program start: too few files may be open, or it is not readable.
  if (!/^E[A-Z]+$/.test(error?.code ?? '')) throw error;
  const reason = error.syscall === 'uv_cwd' ? 'the current folder no longer exists' : error.message;
  process.stderr.write(`infer-plan: cannot start: ${reason}\n`);
  process.exitCode = 2;
}
