/** Spans of real runs come back as the pipeline that ran: of `serve`, and of a program with the OpenTelemetry SDK. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { exec } from '../../src/backends/shared/exec.js';
import { otelIntake } from '../../src/files/intake/spans/otel.js';
import { readPipelineFile } from '../../src/files/pipeline/pipeline-file.js';
import { readProfileFiles } from '../../src/files/profile/profile-file.js';
import { CLI, startLocalEngine } from './servers/local-engine.js';
import { pythonWith } from './servers/python.js';

const folder = mkdtempSync(join(tmpdir(), 'infer-plan-intake-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
interface PlannedRow {
  readonly stage: string;
  readonly hardware: string;
}
const run = (words: string) => exec(process.execPath, [CLI, ...words.split(' ')], { cwd: folder, timeoutMs: 120_000 });

it('the spans of `serve` give its probabilities, fan-outs and service times, within their counting error', async () => {
  await run('init ran --template fan-out');
  await run('plan ran/pipeline.yaml --output ran/plan.yaml --no-validate');
  const server = await startLocalEngine(folder, ['ran/plan.yaml', '--emulate', '--otlp', 'traces.json']);
  try {
    await run(`load ran/pipeline.yaml --url ${server.url} --rate 60/s --duration 20s --seed 2`);
    server.process.signal('SIGTERM');
    expect(await server.process.exited).toBe(0);
  } finally {
    await server.stop();
  }

  await run('init --from otel traces.json --on t4 --output back');
  const ran = readPipelineFile(join(folder, 'ran/pipeline.yaml')).pipeline.stages;
  const back = readPipelineFile(join(folder, 'back/pipeline.yaml')).pipeline.stages;
  expect(back.map(({ name }) => name)).toEqual(ran.map(({ name }) => name));
  const traces = readFileSync(join(folder, 'traces.json'), 'utf8').trim().split('\n').length;
  expect(traces).toBeGreaterThan(1000);
  // Four standard errors of a share of 1,000 traces.
  const error = 4 * Math.sqrt(0.25 / 1000);
  for (const [s, { name, parents }] of ran.entries()) {
    const found = back[s]!.parents;
    expect([name, found.map(({ from, per }) => [from, per])]).toEqual([
      name,
      parents.map(({ from, per }) => [from, per]),
    ]);
    expect(Math.abs(found[0]!.probability - parents[0]!.probability)).toBeLessThan(error);
    const [was, is] = [parents[0]!.fanOut, found[0]!.fanOut];
    if (typeof was === 'number') expect(is).toBe(was);
    else {
      expect(is).toHaveLength(was.length);
      for (const [n, { items, share }] of was.entries()) {
        const one = (is as typeof was)[n]!;
        expect(one.items).toBe(items);
        expect(Math.abs(one.share - share)).toBeLessThan(error);
      }
    }
  }
  // Emulated replicas take the time of the profile, and a timer may be a little off.
  const { profiles } = otelIntake('traces.json', readFileSync(join(folder, 'traces.json'), 'utf8'), 't4');
  const { stages } = parse(readFileSync(join(folder, 'ran/plan.yaml'), 'utf8')) as { stages: PlannedRow[] };
  const planned = readProfileFiles([join(folder, 'ran/profiles.csv')]);
  for (const [s, { stage, hardware }] of stages.entries()) {
    const [first] = planned.find((one) => one.model === ran[s]!.model && one.hardware === hardware)!.rows;
    const { row } = profiles.find(({ model }) => model === stage)!;
    expect([stage, row.batchSize]).toEqual([stage, first!.batchSize]);
    expect(Math.abs(row.p50Ms! - first!.meanMs)).toBeLessThan(1 + 0.05 * first!.meanMs);
  }
}, 180_000);

it('what the OpenTelemetry SDK of Python writes is read', async () => {
  const python = await pythonWith('otel', [
    'opentelemetry-sdk==1.45.2',
    'opentelemetry-exporter-otlp-json-file==0.66b1',
  ]);
  const script = join(folder, 'app.py');
  writeFileSync(script, APPLICATION);
  await exec(python, [script, join(folder, 'sdk.json')], { timeoutMs: 60_000 });
  const { stages, profiles, arrivalsUs } = otelIntake(
    'sdk.json',
    readFileSync(join(folder, 'sdk.json'), 'utf8'),
    'cpu-1',
  );
  expect(arrivalsUs).toHaveLength(60);
  expect(
    stages.map(({ stage: { name, parents } }) => [
      name,
      ...parents.map((one) => [one.from, one.probability, one.fanOut]),
    ]),
  ).toEqual([
    ['detect', ['query', 1, 1]],
    ['crop', ['detect', 1, 2]],
    ['large', ['crop', 0.25, 1]],
    ['small', ['crop', 0.75, 1]],
  ]);
  expect(stages.slice(2).map(({ stage }) => stage.parents[0]!.group)).toEqual(['after-crop', 'after-crop']);
  const detect = profiles.find(({ model }) => model === 'detect')!.row;
  expect(detect.p50Ms).toBeGreaterThanOrEqual(3);
  expect(detect.samples).toBe(60);
});

/** Sixty queries: detect, two crops side by side, then the small model thrice of four times, else the large one. */
const APPLICATION = `import sys
import time
from concurrent.futures import ThreadPoolExecutor
from opentelemetry import context, trace
from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider(resource=Resource.create({"service.name": "vision"}))
provider.add_span_processor(BatchSpanProcessor(FileSpanExporter(sys.argv[1])))
tracer = provider.get_tracer("app")


def work(name, seconds, parent):
    with tracer.start_as_current_span(name, context=parent):
        time.sleep(seconds)


with ThreadPoolExecutor(2) as pool:
    for n in range(60):
        with tracer.start_as_current_span("query"):
            parent = context.get_current()
            work("detect", 0.003, parent)
            list(pool.map(lambda _: work("crop", 0.002, parent), range(2)))
            work("small" if n % 4 else "large", 0.001, parent)
provider.shutdown()
`;
