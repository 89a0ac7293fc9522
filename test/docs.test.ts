/**
 * The documentation against the program: the README's tour prints what it says, its Makefile runs, its tables of options
 * and exit codes are the real ones, links lead somewhere, and the import table is the tested one. `npx vitest run test/docs.test.ts -u`
 * renews the tour and the tables.
 * Needs a build (`make test` makes one).
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { COMPARE_FLAGS } from '../src/cli/compare/flags.js';
import { EXPORT_FLAGS } from '../src/cli/export/flags.js';
import { writtenNames } from '../src/cli/flags/command.js';
import { FRONTIER_FLAGS } from '../src/cli/frontier/flags.js';
import { INIT_FLAGS } from '../src/cli/init/flags.js';
import { inputFlags } from '../src/cli/inputs/options.js';
import { PLAN_FLAGS } from '../src/cli/plan/flags.js';
import { createProgram } from '../src/cli/program.js';
import { REPORT_FLAGS } from '../src/cli/report/flags.js';
import { SIMULATE_FLAGS } from '../src/cli/simulate/flags.js';
import { GENERATE_FLAGS, IMPORT_FLAGS, INFO_FLAGS } from '../src/cli/trace/flags.js';
import { TUNE_FLAGS } from '../src/cli/tune/flags.js';
import { EXIT } from '../src/errors.js';
import { temporaryFolder } from './helpers/folder.js';
import { optionTable } from './helpers/option-table.js';
import { pipelineFolder } from './helpers/pipeline-folder.js';
import { runCli } from './helpers/run-cli.js';

const ROOT = join(import.meta.dirname, '..');
const PAGES = ['.', 'docs', 'docs/decisions', 'profiles', 'traces'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);
const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const README = textOf('README.md');

describe('the tour', { tags: ['slow'] }, () => {
  const { path: cwd } = temporaryFolder();

  /** What a terminal shows: results first, then messages. */
  async function outputOf(command: string): Promise<string> {
    const [, ...args] = command.replace(/^npx /, '').split(' ');
    const { stdout, stderr } = await runCli(args, { cwd });
    const shown = `${stdout}${stderr}`.replaceAll(`${relative('', cwd)}/`, '').replaceAll(`${cwd}/`, '');
    return shown.replaceAll(/^(Wrote .*)\n {2}/gm, '$1 '); // broken for the path that was there
  }

  it('prints what the README shows', async () => {
    for (const name of ['pipeline.yaml', 'profiles', 'traces']) {
      cpSync(join(ROOT, name), join(cwd, name), { recursive: true });
    }
    const readme = textOf('README.md');
    let renewed = readme;
    const commands = [...readme.matchAll(/^```console\n\$ (.*)\n([\s\S]*?)^```$/gm)];
    expect(commands).toHaveLength(7);
    for (const [block, command] of commands) {
      const output = await outputOf(command!);
      renewed = renewed.replace(block, () => `\`\`\`console\n$ ${command}\n${output}\`\`\``);
    }
    await expect(renewed).toMatchFileSnapshot('../README.md');
  }, 300_000);

  it('says rightly that the plan alone does not hold the burstier trace', async () => {
    const [flag] = /--stage \S+/.exec(README)!;
    const [command] = new RegExp(`infer-plan simulate .*${flag}`).exec(README)!;
    expect(await outputOf(command.replace(flag, '').trim())).toContain(': not met at ');
    expect(README).toContain(': met at ');
  });
});

describe('the Makefile of the README', { tags: ['slow'] }, () => {
  const folder = pipelineFolder();
  const [, snippet] = /^```make\n([\s\S]*?)^```$/m.exec(README)!;
  folder.write('plans.mk', snippet!);
  mkdirSync(join(folder.path, 'node_modules/.bin'), { recursive: true });
  symlinkSync(join(ROOT, 'bin/infer-plan.js'), join(folder.path, 'node_modules/.bin/infer-plan'));
  const plans = () => readdirSync(join(folder.path, 'plans')).sort();

  it('makes three plans, and each once', () => {
    execFileSync('make', ['-f', 'plans.mk'], { cwd: folder.path, stdio: 'ignore' });
    expect(plans()).toEqual(['150ms.yaml', '200ms.yaml', '300ms.yaml']);
    expect(execFileSync('make', ['-f', 'plans.mk'], { cwd: folder.path, encoding: 'utf8' })).toContain('Nothing to be');
  });

  it('stops at an objective that cannot be met, and leaves nothing', () => {
    const { status, stderr } = spawnSync('make', ['-f', 'plans.mk', 'SLOS=1ms'], {
      cwd: folder.path,
      encoding: 'utf8',
    });
    expect(status).toBe(2); // make's own, for a recipe that failed
    expect(stderr).toMatch(/plans\/1ms\.yaml\] Error 3$/m);
    expect(plans()).not.toContain('1ms.yaml');
  });
});

describe('commands and options', async () => {
  const io = { stdout() {}, stderr() {}, progress() {}, nowMs: () => 0, breathe: () => Promise.resolve(), cwd: ROOT };
  const program = await createProgram({
    ...io,
    isTerminal: false,
    columns: 80,
    color: false,
    catchInterrupt: () => ({ isAsked: false, asked: new Promise<void>(() => {}), release() {} }),
    setExitCode() {},
  });
  const EVERYWHERE = ['--json', '--help', '--no-color', '--debug', '--no-defaults'];

  function commandOf(words: readonly string[], parent: Command = program): Command {
    const next = parent.commands.find((command) => command.name() === words[0]);
    return next === undefined ? parent : commandOf(words.slice(1), next);
  }

  const INPUTS = inputFlags('pipeline file');
  const KNOWN = [...writtenNames(INPUTS), ...EVERYWHERE];
  const TABLES: Readonly<Record<string, string>> = {
    inputs: optionTable(INPUTS, EVERYWHERE),
    init: optionTable(INIT_FLAGS, EVERYWHERE),
    plan: optionTable(PLAN_FLAGS, KNOWN),
    export: optionTable(EXPORT_FLAGS, EVERYWHERE),
    report: optionTable(REPORT_FLAGS, EVERYWHERE),
    frontier: optionTable(FRONTIER_FLAGS, KNOWN),
    simulate: optionTable(SIMULATE_FLAGS, KNOWN),
    tune: optionTable(TUNE_FLAGS, KNOWN),
    compare: optionTable(COMPARE_FLAGS, KNOWN),
    'trace generate': optionTable(GENERATE_FLAGS, EVERYWHERE),
    'trace info': optionTable(INFO_FLAGS, EVERYWHERE),
    'trace import': optionTable(IMPORT_FLAGS, EVERYWHERE),
  };

  it('README has the tables of options that the declarations make', async () => {
    const readme = textOf('README.md');
    const places = [...readme.matchAll(/<!-- options: (.*) -->\n[\s\S]*?<!-- \/options -->/g)];
    expect(places.map(([, name]) => name)).toEqual(Object.keys(TABLES));
    let renewed = readme;
    for (const [place, name] of places) {
      renewed = renewed.replace(place, () => `<!-- options: ${name} -->\n\n${TABLES[name!]}\n<!-- /options -->`);
    }
    await expect(renewed).toMatchFileSnapshot('../README.md');
  });

  it.each(PAGES)('%s names no command or option that does not exist', (page) => {
    const code = [...textOf(page).matchAll(/```\w*\n[\s\S]*?^```$|`[^`\n]+`/gm)].map(([block]) => block);
    const lines = code.flatMap((block) => block.match(/^[`$ ]*(npx )?infer-plan [^\n`]*/gm) ?? []);
    const unknown = lines.flatMap((line) => {
      const [, ...words] = line.replace(/^[`$ ]*(npx )?/, '').split(/\s+/);
      const command = commandOf(words);
      const known = [...command.options, ...program.options].flatMap(({ long, short }) => [long, short]);
      const flags = words.filter((word) => /^--?[a-z]/.test(word));
      const bad = flags.filter((flag) => flag !== '--help' && !known.includes(flag));
      return command === program && words[0] !== undefined && !words[0].startsWith('-') ? [line] : bad;
    });
    expect(unknown).toEqual([]);
  });

  it('has the exit codes', () => {
    const [, section] = README.split('\n## Exit codes\n');
    const codes = [...section!.split('\n## ')[0]!.matchAll(/^\| (\d) \|/gm)].map(([, code]) => Number(code));
    expect(codes).toEqual(Object.values(EXIT));
  });
});

describe('pages', () => {
  const links = PAGES.flatMap((page) =>
    [...textOf(page).matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset)="([^"]+)"/g)]
      .map(([, link, source]) => (link ?? source)!)
      .filter((target) => !/^https?:/.test(target))
      .map((target) => ({ page, target, path: join(dirname(page), target.replace(/#.*/, '')) })),
  );

  it('link to what exists', () => {
    expect(links.length).toBeGreaterThan(20);
    expect(
      links.filter(({ path }) => !existsSync(join(ROOT, path))).map(({ page, target }) => `${page}: ${target}`),
    ).toEqual([]);
  });

  it('are each linked from another', () => {
    const linked = new Set(links.filter(({ page, path }) => page !== path).map(({ path }) => path));
    expect(PAGES.filter((page) => page !== 'README.md' && !linked.has(page))).toEqual([]);
  });

  it.each(PAGES)('%s names no path of one machine', (page) => {
    expect(textOf(page)).not.toMatch(/(^|[\s`"'(=])\/(home|root|work|tmp|Users|mnt)\b/m);
  });
});

describe('docs/architecture.md', () => {
  const page = textOf('docs/architecture.md');

  it('has the import table of test/architecture.test.ts', () => {
    const test = textOf('test/architecture.test.ts');
    const rowsOf = (name: string) => {
      const [, body] = new RegExp(`const ${name}[^=]*= \\{\\n([\\s\\S]*?)\\n\\};`).exec(test)!;
      return [...body!.matchAll(/^ {2}'?([\w/-]+)'?: (BASE|REPORTED|\[[^\]]*\]),$/gm)].map(([, folder, allowed]) => {
        const names = allowed!
          .replace(/(\.\.\.)?BASE/, "'units', 'errors'")
          .replace('REPORTED', () => /const REPORTED = \[([^\]]*)\]/.exec(test)![1]!);
        return [folder!, [...names.matchAll(/'([^']+)'/g)].map(([, name]) => name!)] as const;
      });
    };
    const types = new Map(rowsOf('MAY_IMPORT_TYPES'));
    const quoted = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ');
    for (const [folder, allowed] of rowsOf('MAY_IMPORT')) {
      const only = types.get(folder);
      const cell = allowed.length === 0 ? 'nothing of ours' : quoted(allowed);
      expect(page).toContain(`| \`${folder}\` | ${cell}${only ? `; only types of ${quoted(only)}` : ''} |\n`);
    }
  });

  it('has a paragraph for every folder, and no more than 260 lines', () => {
    const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.filter(({ name }) => !page.includes(`**\`${basename(name)}/\`.**`)).map(({ name }) => name)).toEqual(
      [],
    );
    expect(page.split('\n').length - 1).toBeLessThanOrEqual(260);
  });
});
