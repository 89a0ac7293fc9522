import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kubernetesApi } from '../../../src/backends/kubernetes/kubernetes-api.js';
import { randomStream } from '../../../src/random.js';

const SECRET = 'hunter2hunter2';
const GOOD = `apiVersion: v1
kind: Config
current-context: here
clusters:
- name: c
  cluster: { server: "https://10.0.0.1:6443" }
contexts:
- name: here
  context: { cluster: c, user: u, namespace: ml }
users:
- name: u
  user: { token: ${SECRET} }
`;
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function outcome(text: string): Promise<Error | undefined> {
  const path = join(folder, 'config');
  writeFileSync(path, text);
  return kubernetesApi({ kubeconfig: path }).then(
    () => undefined,
    (error: Error) => error,
  );
}

describe('a kubeconfig', () => {
  it('is read', async () => {
    expect(await outcome(GOOD)).toBeUndefined();
  });

  it.each([
    [
      'an indentation',
      `users:\n- name: u\n  user:\n    token: ${SECRET}\n   bad: x\n`,
      /config:5: is no YAML: bad indent/,
    ],
    ['a key given twice', `a: 1\n${SECRET}: 1\n${SECRET}: 2\n`, /config:3: is no YAML: duplicated mapping key$/],
    ['an alias', `users: *${SECRET}\n`, /config:1: is no YAML: unidentified alias$/],
    ['a tag', `users: !${SECRET} 1\n`, /config:1: is no YAML: unknown tag$/],
    ['quotation marks', `users: "${SECRET}\n`, /config:\d+: is no YAML: /],
    ['an empty file', '', /config: is no kubeconfig/],
    ['a text', SECRET, /config: /],
    ['a user without a name', `clusters: []\ncontexts: []\nusers:\n- user: { token: ${SECRET} }\n`, /config: /],
    ['a server that is no URL', GOOD.replace('https://10.0.0.1:6443', SECRET), /server of cluster c must be a URL/],
  ])('with a slip in %s: file, line and kind, and nothing of its text', async (_, text, message) => {
    const error = await outcome(text);
    expect(error).toMatchObject({ name: 'InputError' });
    expect(error!.message).toMatch(message);
    expect(`${error!.message}${error!.stack}${String(error!.cause)}`).not.toContain(SECRET);
  });

  it('however it is broken, is quoted nowhere', async () => {
    const uniform = randomStream(7, 'kubeconfigs');
    for (let run = 0; run < 300; run++) {
      const at = Math.floor(uniform() * GOOD.length);
      const piece = ['\t', ' ', '*', '&', '!', '"', "'", '{', '[', ':', '\n', '%', '- ', '|'][
        Math.floor(uniform() * 14)
      ];
      const error = await outcome(GOOD.slice(0, at) + piece + GOOD.slice(at + Math.floor(uniform() * 3)));
      if (error === undefined) continue;
      expect(error.name).toBe('InputError');
      expect(`${error.message}${error.stack}`).not.toMatch(/hunter|ter2/);
    }
  });
});
