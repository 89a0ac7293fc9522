/** The page in a real browser: it asks for nothing, says nothing to the console, is whole at both widths, and can be read by all. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../src/backends/shared/exec.js';
import { startChromium } from './servers/chromium.js';
import { CLI } from './servers/local-engine.js';

const ROOT = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'infer-plan-report-'));
let browser: Browser;

const run = (words: string) => exec(process.execPath, [CLI, ...words.split(' ')], { cwd: folder, timeoutMs: 120_000 });

beforeAll(async () => {
  browser = await startChromium();
  const shipped = join(ROOT, 'pipeline.yaml');
  await run(`plan ${shipped} --slo 200ms --output plan.yaml --report plan.html`);
  await run('trace generate --rate 200/s --cv 3 --duration 1m --seed 1 --output day.csv');
  await run('tune plan.yaml --replay day.csv --report tune.html');
  await run(`frontier ${shipped} --range 150ms..500ms --no-validate --time-limit 2s --report frontier.html`);
  await run('simulate plan.yaml --report simulate.html');
  await run('compare day.csv --plans plan.yaml --report compare.html');
  await run(`report ${join(ROOT, 'profiles/measured.csv')} --output profiles.html`);
  await run(`report ${join(ROOT, 'test/golden/report/fidelity.json')} --output validate.html`);
}, 180_000);

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

const PAGES = ['plan', 'simulate', 'tune', 'compare', 'frontier', 'profiles', 'validate'];

describe.each(PAGES)('%s.html', (name) => {
  describe.each([
    [1280, 'light'],
    [390, 'dark'],
  ] as const)('at %i px, %s', (width, colorScheme) => {
    it('asks for nothing, says nothing, cuts nothing, and axe finds nothing serious', async () => {
      const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
      const page = await context.newPage();
      const told: string[] = [];
      const url = `file://${join(folder, `${name}.html`)}`;
      page.on('console', (message) => told.push(message.text()));
      page.on('pageerror', (error) => told.push(String(error)));
      page.on('request', (request) => {
        if (request.url() !== url) told.push(request.url());
      });
      await page.goto(url);
      expect(told).toEqual([]);
      await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      // What a picture writes lies within the picture.
      const cut =
        await page.evaluate(`[...document.querySelectorAll('svg')].filter((svg) => svg.clientWidth > 0).flatMap((svg) => {
        const frame = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text')].filter((text) => {
          const box = text.getBoundingClientRect();
          return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
        }).map((text) => text.textContent);
      })`);
      expect(cut).toEqual([]);
      const { violations } = await new AxeBuilder({ page }).analyze();
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' ')}`)).toEqual(
        [],
      );
      await context.close();
    });
  });
});
