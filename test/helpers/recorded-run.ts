/** Runs the estimator and writes down what the event loop writes down, so that the two can be compared. */
import { PipelineRun } from '../../src/simulation/pipeline-run.js';
import type { ItemRecord, RunInput, RunRecord } from './event-loop.js';

/** Columns of one stage, one row an item in dispatch order. */
interface Rows {
  readonly query: number[];
  readonly enteredUs: number[];
  readonly startUs: number[];
}

/**
 * Runs the estimator in steps that end at `stepsUs` (non-decreasing; the last step drains), a replica change ending a
 * step as well. Arrivals are admitted only when a step reaches them.
 */
export function recordRun(input: RunInput, stepsUs: readonly number[] = []): RunRecord {
  const { pipeline, stages, arrivalsUs, seed, changes = [] } = input;
  const rows: Rows[] = stages.map(() => ({ query: [], enteredUs: [], startUs: [] }));
  const endUs: number[] = [];
  const run = new PipelineRun({
    pipeline,
    stages,
    seed,
    onDispatch: (stage, queue) => {
      for (let row = 0; row < queue.dispatched; row++) {
        rows[stage]!.query.push(queue.query[row]!);
        rows[stage]!.enteredUs.push(queue.enteredUs[row]!);
        rows[stage]!.startUs.push(queue.startUs[row]!);
      }
    },
    onEnd: (ended) => {
      if (ended.from !== endUs.length) throw new Error(`query ${ended.from} ended after query ${endUs.length - 1}`);
      for (let q = ended.from; q < ended.to; q++) endUs.push(ended.endUs[q & ended.mask]!);
    },
  });

  let admitted = 0;
  const advance = (untilUs: number) => {
    const from = admitted;
    while (admitted < arrivalsUs.length && arrivalsUs[admitted]! <= untilUs) admitted++;
    run.admit(Float64Array.from(arrivalsUs.slice(from, admitted)));
    run.advance(untilUs);
  };
  const stopsUs = [...stepsUs, ...changes.map(({ atUs }) => atUs)].sort((a, b) => a - b);
  for (const nowUs of new Set(stopsUs)) {
    advance(nowUs);
    for (const { atUs, stage, replicas, activationDelayUs } of changes) {
      if (atUs === nowUs) run.setReplicas(stage, replicas, { nowUs, activationDelayUs });
    }
  }
  advance(Number.POSITIVE_INFINITY);

  return {
    endUs,
    stages: rows.map((own, s) => ({
      items: withCompletions(own, input.stages[s]!),
      batches: run.queues[s]!.batches,
      busyUs: run.queues[s]!.busyUs,
    })),
  };
}

/**
 * Batches and completions from starts. The items that start at one instant fill one replica after the other, so every batch but
 * the instant's last is full.
 */
function withCompletions(
  { query, enteredUs, startUs }: Rows,
  { service, maxBatchSize }: RunInput['stages'][number],
): ItemRecord[] {
  const items: ItemRecord[] = [];
  let batch = 0;
  for (let from = 0; from < startUs.length; batch++) {
    const start = startUs[from]!;
    let to = from + 1;
    while (to < startUs.length && to - from < maxBatchSize && startUs[to] === start) to++;
    const size = to - from;
    const serviceUs = service.drawUs === null ? service.tableUs[size]! : service.drawUs(size, batch);
    for (; from < to; from++) {
      const completedUs = start + serviceUs;
      items.push({ query: query[from]!, batch, enteredUs: enteredUs[from]!, startUs: start, completedUs });
    }
  }
  return items;
}
