/** What the real AIPerf writes is read: with one request in flight as service times, with more it is refused.
 * AIPerf is 1.2 GB to install, so this runs where INFER_PLAN_LARGE is set. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../src/backends/shared/exec.js';
import { readIntake } from '../../src/files/starter/read-intake.js';
import { pythonWith } from './servers/python.js';

const AIPERF = 'aiperf==0.13.0';
const ON = { hardware: 't4', batchSize: 1 };
const WORK_MS = 20;
const folder = mkdtempSync(join(tmpdir(), 'infer-plan-aiperf-'));

/** AIPerf measures endpoints of language models: one that answers every chat after the same time. */
const endpoint = createServer((request, response) => {
  request.resume().on('end', () => {
    const message = { role: 'assistant', content: 'one two three' };
    const answer = {
      id: '1',
      object: 'chat.completion',
      created: 0,
      model: 'mock-model',
      choices: [{ index: 0, finish_reason: 'stop', message }],
    };
    setTimeout(() => response.setHeader('content-type', 'application/json').end(JSON.stringify(answer)), WORK_MS);
  });
});
let python: string;

describe.runIf(process.env.INFER_PLAN_LARGE !== undefined)('AIPerf', () => {
  beforeAll(async () => {
    python = await pythonWith('aiperf', [AIPERF]);
    writeFileSync(join(folder, 'tokenizer.py'), TOKENIZER);
    await exec(python, [join(folder, 'tokenizer.py'), join(folder, 'tokenizer')], { timeoutMs: 60_000 });
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  }, 900_000);

  afterAll(() => {
    endpoint.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function profile(concurrency: number): Promise<string> {
    const artifacts = join(folder, `run-${concurrency}`);
    const { port } = endpoint.address() as AddressInfo;
    const words =
      `profile --model mock-model --url http://127.0.0.1:${port} --endpoint-type chat --concurrency ${concurrency} ` +
      `--request-count 20 --synthetic-input-tokens-mean 20 --tokenizer ${join(folder, 'tokenizer')} --ui-type none ` +
      `--artifact-dir ${artifacts}`;
    await exec(join(dirname(python), 'aiperf'), words.split(' '), { cwd: folder, timeoutMs: 120_000 });
    return join(artifacts, 'profile_export_aiperf.json');
  }

  it('one request in flight gives a profile row with the figures of the summary', async () => {
    const path = await profile(1);
    const { request_latency: latency } = JSON.parse(readFileSync(path, 'utf8'));
    expect(latency.unit).toBe('ms');
    expect(latency.avg).toBeGreaterThanOrEqual(WORK_MS);
    const { stages, profiles } = readIntake('aiperf', path, ON);
    expect(stages.map(({ stage }) => stage.name)).toEqual(['mock-model']);
    expect(profiles.map(({ model, hardware, row }) => [model, hardware, row])).toEqual([
      [
        'mock-model',
        't4',
        {
          batchSize: 1,
          meanMs: latency.avg,
          p50Ms: latency.p50,
          p95Ms: latency.p95,
          p99Ms: latency.p99,
          samples: 20,
          runtime: 'http',
          source: expect.stringContaining('concurrency 1'),
        },
      ],
    ]);
  }, 150_000);

  it('four requests in flight are refused', async () => {
    const path = await profile(4);
    expect(() => readIntake('aiperf', path, ON)).toThrow('no run with one request in flight');
  }, 150_000);
});

/** A tokenizer of bytes: those that AIPerf knows by name come from the network. */
const TOKENIZER = `import sys
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
alphabet = pre_tokenizers.ByteLevel.alphabet()
trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, special_tokens=["<s>", "</s>"])
tokenizer.train_from_iterator(["the quick brown fox jumps over the lazy dog"] * 3, trainer)
PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>").save_pretrained(sys.argv[1])
`;
