/**
 * Makes the pictures of docs/images from the shipped pipelines: `node scripts/screenshots.js`. Needs a build, and Debian's
 * Chromium at /usr/bin/chromium.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const IMAGES = join(ROOT, 'docs/images');
const folder = mkdtempSync(join(tmpdir(), 'infer-plan-pictures-'));
const run = (words) =>
  execFileSync(process.execPath, [join(ROOT, 'bin/infer-plan.js'), ...words.split(' ')], {
    cwd: folder,
    stdio: 'ignore',
  });

/** By name: the page, and how much of it. */
const PICTURES = [
  { name: 'plan', page: 'plan.html', width: 1040, height: 1010, colorScheme: 'light' },
  { name: 'plan-dark-narrow', page: 'plan.html', width: 390, height: 900, colorScheme: 'dark' },
  { name: 'tune', page: 'tune.html', width: 1040, height: 1010, colorScheme: 'light' },
  { name: 'frontier', page: 'frontier.html', width: 1040, height: 760, colorScheme: 'light' },
];

try {
  const pipeline = join(ROOT, 'pipeline.yaml');
  run(`plan ${pipeline} --slo 200ms --output plan.yaml --report plan.html`);
  run('trace generate --steps 0s=150/s,120s=260/s --duration 5m --seed 1 --output day.csv');
  run('tune plan.yaml --replay day.csv --report tune.html');
  run(`frontier ${pipeline} --range 150ms..500ms --time-limit 5s --report frontier.html`);
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  for (const { name, page: file, width, height, colorScheme } of PICTURES) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    await page.goto(`file://${join(folder, file)}`);
    await page.screenshot({ path: join(IMAGES, `${name}.png`) });
  }
  await browser.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
