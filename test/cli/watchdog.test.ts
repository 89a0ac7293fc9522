import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const SOURCE = join(import.meta.dirname, '../../src/cli/watchdog.ts');

/** Runs a program that watches itself; how it ended, and what it said. */
function run(body: string): Promise<{ signal: string | null; code: number | null; text: string }> {
  const script = `import { watchEventLoop } from ${JSON.stringify(SOURCE)};
    const stop = watchEventLoop({ lookEveryMs: 50, mostLooks: 40 });
    ${body}`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
  let text = '';
  child.stderr.on('data', (piece: Buffer) => {
    text += String(piece);
  });
  const late = setTimeout(() => child.kill('SIGKILL'), 50_000);
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      clearTimeout(late);
      resolve({ code, signal, text });
    });
  });
}

it('ends a process that does not yield, deaf to signals as it is', async () => {
  const { signal, text } = await run('process.on("SIGTERM", () => {}); setTimeout(() => { for (;;); }, 100);');
  expect(signal).toBe('SIGKILL');
  expect(text).toContain('infer-plan: internal error: busy for 40 s without a pause, ended\nhint: ');
}, 60_000);

it('lets a process be that yields, and does not keep it alive', async () => {
  expect(await run('')).toMatchObject({ code: 0, text: '' });
  expect(
    await run('let n = 0; const t = setInterval(() => { if (++n === 20) { clearInterval(t); stop(); } }, 20);'),
  ).toMatchObject({ code: 0, text: '' });
}, 60_000);
