/**
 * The second process of `plan`: works on the unit of the exact search that it was given last, until its parent ends.
 */

import { createPromise } from '../../planner/promise/promise.js';
import { BucketSearch } from '../../planner/search/bucket-search.js';
import { workSteps } from '../../planner/search/search-helper.js';
import { PER_REPLICA } from '../../planner/space/pricing.js';
import { searchSpace } from '../../planner/space/search-space.js';
import { traceBounds } from '../../planner/space/trace-bounds.js';
import { outOfSampleTest } from '../../workload/out-of-sample.js';
import type { Asked, SearchProcessInput, Told } from './second-process.js';

/** Longest time without a look at whether the other process is still there. */
const BREATH_MS = 50;

process.once('disconnect', () => process.exit());
process.once('message', ({ input, isValidated }: SearchProcessInput) => {
  const validation = isValidated ? outOfSampleTest(input.trace, input) : undefined;
  const space = searchSpace(input);
  const promise = validation && createPromise({ ...input, traffic: validation.traffic });
  const search = new BucketSearch({ bounds: traceBounds(input, space), space, pricing: PER_REPLICA });
  let latest = 0;
  process.on('message', async ({ number, unit }: Asked) => {
    latest = number;
    const steps = workSteps(search, unit, promise);
    for (let breathMs = performance.now(); number === latest; ) {
      const step = steps.next();
      if (step.done) {
        process.send!({ number, answer: step.value } satisfies Told);
        return;
      }
      if (performance.now() - breathMs < BREATH_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      breathMs = performance.now();
    }
  });
  process.send!('ready');
});
