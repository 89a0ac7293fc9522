/**
 * npm run release [-- --version X.Y.Z [--write]]
 *
 * Rehearses a release, all but the publishing: in a fresh clone of the commit it sets the version and the changelog's
 * date, packs, installs the package in an empty folder, and makes and verifies a plan there with the example that is
 * shipped. Then it prints what would be published, and the commands that do it. Nothing here changes, unless --write
 * puts the version and the date into this checkout after a rehearsal without a fault.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../bench/measure.js';

const VERSION = /^\d+\.\d+\.\d+$/;
const EDITED = ['package.json', 'package-lock.json', 'CHANGELOG.md'];
/** What whoever plans with the example needs, beside the program. */
const EXAMPLE = ['pipeline.yaml', 'profiles', 'traces'];

class Fault extends Error {}

function rehearse({ version: asked, write }) {
  if (capture('git', ['status', '--porcelain'], ROOT) !== '')
    throw new Fault('there are changes: commit or stash them first');
  const { name, version: current } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const version = asked ?? current;
  if (!VERSION.test(version)) throw new Fault(`--version = ${version}, must be three numbers such as 0.2.0`);
  const tag = `v${version}`;
  if (capture('git', ['tag', '--list', tag], ROOT) !== '')
    throw new Fault(`the tag ${tag} exists: choose another --version`);

  const scratch = mkdtempSync(join(tmpdir(), 'infer-plan-release-'));
  try {
    const clone = join(scratch, 'clone');
    step('clone of this commit', () => capture('git', ['clone', '--quiet', '--no-hardlinks', ROOT, clone], scratch));
    symlinkSync(join(ROOT, 'node_modules'), join(clone, 'node_modules'));
    step(`version ${version}, dated changelog`, () => {
      if (version !== current) capture('npm', ['version', version, '--no-git-tag-version'], clone);
      dateChangelog(join(clone, 'CHANGELOG.md'), version);
    });
    const packed = step('npm pack', () => {
      const [pack] = JSON.parse(capture('npm', ['pack', '--json', '--silent', '--pack-destination', scratch], clone));
      return pack;
    });
    const elsewhere = join(scratch, 'elsewhere');
    step('install elsewhere', () => {
      mkdirSync(elsewhere);
      writeFileSync(join(elsewhere, 'package.json'), '{ "private": true, "type": "module" }\n');
      capture(
        'npm',
        ['install', '--no-audit', '--no-fund', '--prefer-offline', join(scratch, packed.filename)],
        elsewhere,
      );
    });
    const said = step('plan and verify there', () => planElsewhere(elsewhere, name));
    step('import from a program', () => {
      const program = `import { readPlanFile } from '${name}'; console.log(readPlanFile('plan.yaml').pipeline);`;
      capture('node', ['--input-type=module', '-e', program], elsewhere);
    });
    if (write) for (const file of EDITED) copyFileSync(join(clone, file), join(ROOT, file));
    report({ packed, said, tag, write, isEdited: version !== current });
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Gives the newest section, `## Unreleased` or `## X.Y.Z (unreleased)`, its version and today's date. */
function dateChangelog(path, version) {
  const text = readFileSync(path, 'utf8');
  const heading = /^## (?:Unreleased|\S+ \(unreleased\))$/im;
  const section = heading.exec(text);
  if (section === null) throw new Fault('CHANGELOG.md has no section "## Unreleased": write one that says what is new');
  const [entries] = text.slice(section.index + section[0].length).split(/^## /m);
  if (!/^- /m.test(entries)) throw new Fault(`CHANGELOG.md has no entry under "${section[0]}": write what is new`);
  const today = new Date().toISOString().slice(0, 10);
  writeFileSync(path, text.replace(heading, `## ${version} (${today})`));
}

function planElsewhere(folder, name) {
  for (const part of EXAMPLE) cpSync(join(folder, 'node_modules', name, part), join(folder, part), { recursive: true });
  const program = join('node_modules', '.bin', name);
  const said = capture(program, ['plan', '--slo', '200ms'], folder);
  capture(program, ['verify', 'plan.yaml'], folder);
  return said;
}

function report({ packed, said, tag, write, isEdited }) {
  const { id, filename, size, unpackedSize, files } = packed;
  const folders = new Map();
  for (const { path, size: bytes } of files) {
    const folder = path.includes('/') ? `${path.split('/')[0]}/` : path;
    const { count = 0, total = 0 } = folders.get(folder) ?? {};
    folders.set(folder, { count: count + 1, total: total + bytes });
  }
  console.log(`\n${id}, ${filename}: ${kilobytes(size)} packed, ${kilobytes(unpackedSize)} in ${files.length} files`);
  for (const [folder, { count, total }] of folders) {
    console.log(`  ${folder.padEnd(16)} ${String(count).padStart(4)} files ${kilobytes(total).padStart(10)}`);
  }
  console.log(`\nThe plan made there:\n  ${said.split('\n').slice(0, 3).join('\n  ')}`);
  console.log(`\n${write ? `Wrote ${EDITED.join(', ')}` : 'Nothing was written or published'}. To publish:`);
  if (!write) console.log(`  npm run release -- ${isEdited ? `--version ${tag.slice(1)} ` : ''}--write`);
  console.log(`  git commit -am "Release ${tag.slice(1)}" && git tag -a ${tag} -m ${tag}`);
  console.log(`  npm publish && git push origin ${tag}`);
}

function kilobytes(bytes) {
  return `${Math.ceil(bytes / 1000)} kB`;
}

/** Says what is done, and returns what came of it. */
function step(what, action) {
  process.stdout.write(`${what} … `);
  const result = action();
  console.log('done');
  return result;
}

/** Standard output of a program that must succeed. */
function capture(program, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status === 0) return stdout;
  throw new Fault(
    `${program} ${args.join(' ')} ${error?.message ?? `exited ${status}`}\n${stdout ?? ''}${stderr ?? ''}`,
  );
}

try {
  const { values } = parseArgs({
    options: { version: { type: 'string' }, write: { type: 'boolean', default: false } },
  });
  rehearse(values);
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  console.error(`\nrelease: ${error.message}`);
  process.exitCode = 1;
}
