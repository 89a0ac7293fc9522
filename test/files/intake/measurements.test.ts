/** Measurements of others become profiles: only those with one request in flight. */
import { describe, expect, it } from 'vitest';
import { loadExportIntake } from '../../../src/files/intake/load-export.js';
import { modelAnalyzerIntake, perfAnalyzerIntake } from '../../../src/files/intake/model-analyzer.js';

const ON = { hardware: 't4', model: 'resnet', batchSize: 4 };
const ANALYZER =
  'Model,Batch,Concurrency,Instance Group,Avg Latency (ms),p99 Latency (ms),Server Compute Input time (ms),' +
  'Server Compute Infer time (ms),Server Compute Output time (ms)\n';

describe('Model Analyzer', () => {
  it('takes the compute time of the first row alone of each batch size, and counts the others', () => {
    const text = `${ANALYZER}b,8,1,1:GPU,20,22,1,10,0.5\nb,1,1,1:GPU,5,6,0.25,3,0.25\nb,8,2,1:GPU,40,44,1,10,0.5\nb,8,1,2:GPU,21,23,1,11,0.5\n`;
    const { stages, profiles, notes } = modelAnalyzerIntake('m.csv', text, ON);
    expect(stages.map(({ stage }) => stage.name)).toEqual(['b']);
    expect(profiles.map(({ model, hardware, row }) => [model, hardware, row.batchSize, row.meanMs, row.p99Ms])).toEqual(
      [
        ['b', 't4', 1, 3.5, undefined],
        ['b', 't4', 8, 11.5, undefined],
      ],
    );
    expect(profiles[0]!.row.source).toBe('Model Analyzer (m.csv), concurrency 1, server compute time');
    expect(notes.join('\n')).toMatch(/in flight were left out \(1\)[\s\S]*came before were left out \(1\)/);
  });

  it("takes the client's latency where the table has nothing else, by the names of the output fields too", () => {
    const text = 'model_name,batch_size,concurrency,perf_latency_avg,perf_latency_p95,perf_latency_p99\nb,2,1,5,6,7\n';
    expect(modelAnalyzerIntake('m.csv', text, ON).profiles[0]!.row).toMatchObject({
      batchSize: 2,
      meanMs: 5,
      p95Ms: 6,
      p99Ms: 7,
      source: expect.stringContaining('network included'),
    });
  });

  it.each([
    ['Model,Batch\n', 'm.csv:1: no column for concurrency'],
    [`${ANALYZER}b,8,4,1:GPU,20,22,1,10,0.5\n`, 'no row with one request in flight'],
    [`${ANALYZER}b,8,x,1:GPU,20,22,1,10,0.5\n`, 'm.csv:2: concurrency = x, must be a number'],
    [`${ANALYZER}b,0,1,1:GPU,20,22,1,10,0.5\n`, 'm.csv:2: batch = 0'],
    [`${ANALYZER}b,1,1,1:GPU,,22,1,,0.5\n`, 'm.csv:2: no time of computing'],
    // What Model Analyzer writes unless it is told otherwise.
    [
      'Model,Batch,Concurrency,Model Config Path,Instance Group,Max Batch Size,Satisfies Constraints,Throughput (infer/sec),p99 Latency (ms)\n' +
        'add_sub,1,1,add_sub_config_default,1:GPU,4,Yes,2000,0.8\n',
      'perf_server_compute_output to its inference_output_fields',
    ],
  ])('refuses %j', (text, problem) => {
    expect(() => modelAnalyzerIntake('m.csv', text, ON)).toThrow(problem);
  });
});

it('the table of perf_analyzer is in microseconds, and names neither model nor batch', () => {
  const text =
    'Concurrency,Inferences/Second,Server Queue,Server Compute Input,Server Compute Infer,Server Compute Output,p50 latency\n' +
    '2,200,3000,40,4700,10,9000\n1,160,30,40,4700,10,6100\n';
  expect(perfAnalyzerIntake('p.csv', text, ON).profiles).toMatchObject([
    { model: 'resnet', hardware: 't4', row: { batchSize: 4, meanMs: 4.75 } },
  ]);
});

describe('exports in JSON', () => {
  it('perf_analyzer: nearest-rank percentiles of the single requests', () => {
    const requests = [4, 1, 2, 3].map((ms) => ({ timestamp: 1000, response_timestamps: [1500, 1000 + ms * 1e6] }));
    const value = {
      experiments: [
        { experiment: { mode: 'concurrency', value: 4 }, requests: [{ timestamp: 0, response_timestamps: [9e6] }] },
        { experiment: { mode: 'concurrency', value: 1 }, requests },
      ],
    };
    expect(loadExportIntake('p.json', value, ON).profiles[0]!.row).toMatchObject({
      batchSize: 4,
      meanMs: 2.5,
      p50Ms: 2,
      p95Ms: 4,
      p99Ms: 4,
      samples: 4,
    });
  });

  const latency = { unit: 'ms', avg: 120, p50: 110, p95: 150, p99: 160 };
  it.each([
    [
      'AIPerf 0.13',
      {
        models: { items: [{ name: 'org/llm' }] },
        phases: [
          { kind: 'warmup', type: 'concurrency', concurrency: 8 },
          { kind: 'profiling', type: 'concurrency', concurrency: 1 },
        ],
      },
      'org-llm',
    ],
    ['AIPerf before', { endpoint: { model_names: ['org/llm'] }, loadgen: { concurrency: 1 } }, 'org-llm'],
    ['genai-perf', { model: ['llm'], perf_analyzer: { stimulus: { concurrency: 1 } } }, 'llm'],
  ])('%s: the latency of a request, with the model of the run', (_, input_config, model) => {
    const value = { request_latency: latency, request_count: { avg: 50 }, input_config };
    expect(loadExportIntake('a.json', value, ON).profiles).toMatchObject([
      { model, row: { meanMs: 120, p50Ms: 110, p95Ms: 150, p99Ms: 160, samples: 50 } },
    ]);
  });

  it.each([
    [{ x: 1 }, 'neither `experiments`'],
    [{ experiments: [] }, 'no run with one request in flight'],
    [{ request_latency: latency, input_config: { loadgen: { concurrency: 8 } } }, 'no run with one request in flight'],
    [
      { request_latency: latency, input_config: { phases: [{ kind: 'profiling', type: 'poisson', rate: 1 }] } },
      'no run with one request in flight',
    ],
    [
      { request_latency: { ...latency, unit: 'h' }, input_config: { loadgen: { concurrency: 1 } } },
      'request_latency.unit = h',
    ],
  ])('refuses %j', (value, problem) => {
    expect(() => loadExportIntake('a.json', value, ON)).toThrow(problem);
  });
});
