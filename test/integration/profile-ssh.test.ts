/** `profile --target ssh` against a real OpenSSH server and a real ONNX Runtime. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSshTarget, type SshOptions } from '../../src/backends/ssh/ssh-target.js';
import { AGENT, AGENT_REQUIREMENTS, agentStage } from './agent-stages.js';
import { checkProfilingTarget } from './profiling-contract.js';
import { pythonWith } from './servers/python.js';
import { type Sshd, startSshd } from './servers/sshd.js';

let sshd: Sshd;
let python: string;
beforeAll(async () => {
  python = await pythonWith('agent', AGENT_REQUIREMENTS);
  sshd = await startSshd();
});
afterAll(() => sshd?.stop());

const options = (given: Partial<SshOptions> = {}): SshOptions => ({
  host: sshd.host,
  configPath: sshd.configPath,
  python,
  agent: AGENT,
  stages: [agentStage('classify'), agentStage('rank', 2)],
  threads: 1,
  device: 'cpu',
  ...given,
});

checkProfilingTarget('ssh', async () => ({
  target: await openSshTarget(options()),
  kind: 'ssh',
  clock: 'service',
  stages: ['classify', 'rank'],
  isWatched: true,
}));

/** Processes whose command line is that of an agent on the host (and not of the ssh client that asked for it). */
function agentsRunning(): number {
  const commandLines = readdirSync('/proc').flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/cmdline`, 'utf8')] : [];
    } catch {
      return []; // ended meanwhile
    }
  });
  return commandLines.filter((line) => line.startsWith(python) && line.includes('measuring-agent')).length;
}

describe('over ssh', () => {
  it('leaves nothing in the home or the temporary folder of the host', async () => {
    const list = () => [
      readdirSync(process.env.HOME!).sort(),
      readdirSync('/tmp').filter((name) => /agent|onnx/i.test(name)),
    ];
    const before = list();
    const target = await openSshTarget(options());
    await target.runBatches([{ stage: 'classify', replica: 0, batches: [{ batchSize: 2, gapMs: 0 }] }]);
    await target.close();
    expect(list()).toEqual(before);
  });

  it('ends what runs on the host when it is told to stop in the middle of a block', async () => {
    const target = await openSshTarget(options());
    const batches = Array.from({ length: 1000 }, () => ({ batchSize: 1, gapMs: 1000 }));
    const run = target.runBatches([{ stage: 'classify', replica: 0, batches }], AbortSignal.timeout(300));
    await expect(run).rejects.toThrow();
    await expect.poll(agentsRunning, { timeout: 20_000 }).toBe(0);
  });

  it('says what ssh said when there is no such host', async () => {
    const unreachable = openSshTarget(options({ host: 'nowhere.invalid', options: ['HostName=127.0.0.1', 'Port=1'] }));
    await expect(unreachable).rejects.toMatchObject({ code: 'SSH', message: expect.stringMatching(/refused/i) });
  });

  it('says what the host lacks', async () => {
    const bare = openSshTarget(options({ python: '/usr/bin/python3-of-nobody' }));
    await expect(bare).rejects.toMatchObject({ code: 'SSH', message: expect.stringMatching(/python3-of-nobody/) });
  });

  it('refuses a model that is none, with the reason of the runtime', async () => {
    const bad = { ...agentStage('classify'), model: { base64: 'AAAA' } };
    await expect(openSshTarget(options({ stages: [bad] }))).rejects.toMatchObject({ code: 'SSH' });
  });

  it('takes a host that starts with a dash for a host', async () => {
    await expect(openSshTarget(options({ host: '-oProxyCommand=touch x' }))).rejects.toMatchObject({ code: 'SSH' });
  });
});
