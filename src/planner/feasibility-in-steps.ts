/** What a search needs to know of a trace before it begins: on a long one, that takes seconds. */
import { Routing } from '../simulation/routing.js';
import { Feasibility } from './space/feasibility.js';
import type { PlanningInput, SearchSpace } from './space/search-space.js';
import { LONG_QUERIES, traceBounds } from './space/trace-bounds.js';

/**
 * The feasibility of configurations on a trace, worked out in small steps where the trace is long. A caller that answers
 * `true` gets `undefined`.
 */
export function* feasibilityInSteps(
  input: PlanningInput,
  space: SearchSpace,
): Generator<void, Feasibility | undefined, boolean | undefined> {
  const { pipeline, seed, trace } = input;
  const queries = trace.arrivalsUs.length;
  if (queries < LONG_QUERIES) return new Feasibility(traceBounds(input, space), space);
  const routing = new Routing({ pipeline, seed, capacity: queries });
  const drawing = routing.drawInSteps(queries);
  while (!drawing.next().done) if (yield) return undefined;
  const bounds = traceBounds({ ...input, routing }, space);
  const feasibility = new Feasibility(bounds, space);
  // The capacity bound remembers what it was asked, and each question passes over the whole trace.
  for (const [s, { options }] of space.stages.entries()) {
    for (const { hardware, service } of options) {
      if (yield) return undefined;
      feasibility.leastReplicas(s, { hardware, maxBatchSize: service.maxBatchSize });
    }
  }
  return feasibility;
}
