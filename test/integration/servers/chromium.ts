/** Debian's Chromium, driven by Playwright. Installed where it is missing; fails loudly when it cannot be. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { exec } from '../../../src/backends/shared/exec.js';
import { withLock } from './python.js';

const BINARY = '/usr/bin/chromium';
const INSTALL_MS = 600_000;

/** Nothing of the browser's own goes over the network. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function startChromium(): Promise<Browser> {
  await withLock(join(tmpdir(), 'infer-plan-apt.lock'), async () => {
    if (existsSync(BINARY)) return;
    const options = { timeoutMs: INSTALL_MS };
    await exec('apt-get', ['update', '-q'], options);
    const words = [
      'DEBIAN_FRONTEND=noninteractive',
      'apt-get',
      'install',
      '-y',
      '-q',
      '--no-install-recommends',
      'chromium',
    ];
    await exec('env', words, options);
  });
  return chromium.launch({ executablePath: BINARY, args: ARGUMENTS });
}
