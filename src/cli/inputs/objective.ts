import type { Slo } from '../../model/slo.js';
import { DEFAULT_PERCENTILE } from './options.js';

/**
 * The objective of the flags. What they leave open comes from `otherwise`: the plan's objective, or the pipeline
 * file's.
 */
export function chooseObjective({
  latencyMs,
  percentile,
  otherwise,
}: {
  readonly latencyMs: number | undefined;
  readonly percentile: number | undefined;
  readonly otherwise: Slo | undefined;
}): Slo | undefined {
  if (latencyMs === undefined) {
    return otherwise === undefined || percentile === undefined ? otherwise : { ...otherwise, percentile };
  }
  return { latencyMs, percentile: percentile ?? otherwise?.percentile ?? DEFAULT_PERCENTILE };
}
