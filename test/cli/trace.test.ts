import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TIME_NOTATIONS } from '../../src/files/recording/time/instant-notation.js';
import { readTraceFile } from '../../src/files/trace/trace-file.js';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from '../helpers/run-cli.js';

const folder = temporaryFolder();
const cwd = folder.path;
const TRACES = join(import.meta.dirname, '../../traces');

function trace(command: string) {
  return runCli(['trace', ...command.split(' ')], { cwd });
}

function countOf(name: string): number {
  return readTraceFile(join(cwd, name)).arrivalsUs.length;
}

describe('the shipped traces are what their README says', () => {
  const readme = readFileSync(join(TRACES, 'README.md'), 'utf8');
  const commands = [...readme.matchAll(/^infer-plan (trace generate .*-o traces\/(\S+))$/gm)];

  it('names every one', () => {
    expect(commands.map(([, , file]) => file).sort()).toEqual(
      readdirSync(TRACES)
        .filter((file) => file.endsWith('.csv'))
        .sort(),
    );
  });

  it.each(commands.map(([, command, file]) => [file!, command!]))('%s, byte for byte', async (file, command) => {
    const { exitCode, stderr } = await runCli(command.replace('traces/', '').split(' '), { cwd });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(readFileSync(join(cwd, file)).equals(readFileSync(join(TRACES, file)))).toBe(true);
  });
});

describe('generate', () => {
  it('onto standard output what it writes to a file', async () => {
    const { stdout } = await trace('generate --rate 10/s --cv 2 --count 500 --seed 4');
    await trace('generate --rate 10/s --cv 2 --count 500 --seed 4 -o a.csv');
    expect(readFileSync(join(cwd, 'a.csv'), 'utf8')).toBe(stdout);
    expect(stdout.split('\n')).toHaveLength(502);
  });

  it('tells what was written, as JSON too', async () => {
    const { stdout } = await trace('generate --rate 10/s --cv 0 --duration 10s -o b.csv --json');
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      traces: [{ path: expect.stringMatching(/b\.csv$/), arrivals: 99, last_arrival_ms: 9900 }],
    });
  });

  it('curves multiply: steps by a spike by a day', async () => {
    // 10/s for 5 s, then 20/s for 5 s, of which 1 s is fourfold: 50 + 100 + 60, the last one at the end itself.
    await trace(
      'generate --steps 0s=10/s,5s=20/s --spike at=6s,length=1s,factor=4 --diurnal period=1s,amplitude=0 --cv 0 --duration 10s -o c.csv',
    );
    expect(countOf('c.csv')).toBe(209);
  });

  it('every problem at once', async () => {
    const { exitCode, stderr, stdout } = await trace('generate --rate 50 --cv x --spike at=1s --seed -1');
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr.split('\n').map((line) => line.replace(/,? must .*/, ''))).toEqual([
      'infer-plan: --rate = 50',
      'infer-plan: --cv = x',
      'infer-plan: --spike: length is missing',
      'infer-plan: --spike: factor is missing',
      expect.stringMatching(/^infer-plan: --seed = "?-1"?$/),
      '',
    ]);
  });

  it.each([
    ['generate --rate 0/s --duration 1s -o d.csv', /would have no arrivals/],
    ['generate --rate 1/s --duration 10 -o d.csv', /--duration = 10, must be a duration with a unit/],
    ['generate --rate 1/s --count 5 --json', /--json needs --output/],
    ['generate --rate 1/s --cv 1 --cv-ramp 0s..1s=1..2 --count 5', /--cv-ramp cannot be combined with --cv/],
    ['generate --rate 1/s --count 5 -o no/d.csv', /its folder does not exist/],
  ])('%s', async (command, message) => {
    const { exitCode, stderr } = await trace(command);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(readdirSync(cwd).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('info', () => {
  it('the same bytes twice, tables only on a terminal', async () => {
    await trace('generate --rate 50/s --cv 2 --duration 1m -o e.csv');
    const first = await trace('info e.csv');
    expect(await trace('info e.csv')).toEqual(first);
    expect(first.stdout).not.toContain('┌');
    expect((await runCli(['trace', 'info', 'e.csv'], { cwd, isTerminal: true })).stdout).toContain('┌');
  });

  it('the envelope from the window asked for', async () => {
    await trace('generate --rate 50/s --duration 1m -o e.csv');
    const { stdout } = await trace('info e.csv --window 250ms --json');
    expect(JSON.parse(stdout).envelope[0].window_ms).toBe(250);
    expect((await trace('info e.csv --window 0s')).exitCode).toBe(2);
    expect((await trace('info missing.csv')).stderr).toContain('missing.csv: no such file');
  });
});

describe('import', () => {
  it('offers every notation the reader knows', async () => {
    const { stdout } = await trace('import --help');
    expect(stdout.replace(/\s+/g, ' ')).toContain(`one of ${['auto', ...TIME_NOTATIONS].join(', ')}`);
  });

  it('instants, cut and split by time', async () => {
    folder.write('r.csv', `id,t\n${Array.from({ length: 100 }, (_, i) => `x,${1_700_000_000 + i}`).join('\n')}\n`);
    await trace('import r.csv --column t --from 10s --to 50s --split 25% -o r-out.csv');
    expect([...readTraceFile(join(cwd, 'r-out-planning.csv')).arrivalsUs]).toEqual(
      Array.from({ length: 10 }, (_, i) => i * 1_000_000),
    );
    expect(countOf('r-out-serving.csv')).toBe(30);
  });

  it('counts, brought to a peak', async () => {
    folder.write('n.csv', 's,n\n0,1\n1,4\n2,2\n');
    const { stdout } = await trace('import n.csv --counts n --interval 1s --peak 40/s --spread poisson -o n-out.csv');
    expect(stdout).toMatch(/n-out\.csv: 70 queries/);
    const info = await trace('info n-out.csv --json');
    expect(JSON.parse(info.stdout).windows[0].peak_aligned_queries).toBe(40);
  });

  it('a log, its whole seconds spread as asked', async () => {
    const line = (second: string) => `h - - [10/Oct/2000:13:55:${second} -0700] "GET /" 200 1\n`;
    folder.write('a.log', line('36') + line('36') + line('37'));
    await trace('import a.log --log --spread even -o log.csv');
    expect([...readTraceFile(join(cwd, 'log.csv')).arrivalsUs]).toEqual([250_000, 750_000, 1_500_000]);
    await trace('import a.log --log --spread none -o log.csv');
    expect([...readTraceFile(join(cwd, 'log.csv')).arrivalsUs]).toEqual([0, 0, 1_000_000]);
    await trace('import a.log --log -o log.csv');
    const drawn = [...readTraceFile(join(cwd, 'log.csv')).arrivalsUs].map((us) => Math.floor(us / 1_000_000));
    expect(drawn).toEqual([0, 0, 1]);
  });

  it.each([
    ['import x.csv --counts n -o y.csv', /--counts needs --interval/],
    ['import x.csv --counts n --interval 1s --log -o y.csv', /--log cannot be combined with --counts/],
    ['import x.csv --interval 1s -o y.csv', /--interval needs --counts, --rates, --prometheus, --log or --spread/],
    ['import x.csv --to 5s --from 5s -o y.csv', /--to must be after --from/],
    ['import x.csv --split 100% -o y.csv', /--split = 100%, must be between/],
    [
      'import x.csv --split 25 --peak 5 -o y.csv',
      /--peak = 5, must be a rate[\s\S]*--split = 25, must be a percentage/,
    ],
    ['import x.csv', /--output/],
    ['import x.csv --time never -o y.csv', /never/],
    ['import x.csv -o y.csv', /x\.csv: no such file/],
  ])('%s', async (command, message) => {
    const { exitCode, stderr } = await trace(command);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});
