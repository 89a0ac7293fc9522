/** One configuration on one draw of traffic: only the misses count, and only up to where they decide. */
import type { Pipeline } from '../model/pipeline.js';
import type { ArrivalSource } from '../model/trace.js';
import { PipelineRun, type StageSetup } from '../simulation/pipeline-run.js';

const BLOCK = 4096;

/**
 * Queries whose latency exceeds `sloUs`, drained to the last one. Once there are `enough`, the simulation may stop: what it
 * returns is then at least `enough`. Queries before number `from` do not count.
 */
export function countMisses(options: {
  readonly pipeline: Pipeline;
  readonly stages: readonly StageSetup[];
  readonly seed: number;
  readonly arrivals: ArrivalSource;
  readonly sloUs: number;
  readonly enough?: number;
  readonly from?: number;
}): number {
  const { pipeline, stages, seed, arrivals, sloUs, enough = Number.POSITIVE_INFINITY, from: counted = 0 } = options;
  let misses = 0;
  const run = new PipelineRun({
    pipeline,
    stages,
    seed,
    onEnd: ({ from, to, mask, arrivalUs, endUs }) => {
      for (let q = Math.max(from, counted); q < to; q++) {
        if (endUs[q & mask]! - arrivalUs[q & mask]! > sloUs) misses++;
      }
    },
  });
  const block = new Float64Array(BLOCK);
  for (let count = arrivals.read(block); count > 0 && misses < enough; count = arrivals.read(block)) {
    run.admit(block.subarray(0, count));
    // The next block may hold more arrivals at this block's last instant, so the step ends just before it.
    run.advance(block[count - 1]! - 1);
  }
  if (misses < enough) run.advance(Number.POSITIVE_INFINITY);
  return misses;
}
