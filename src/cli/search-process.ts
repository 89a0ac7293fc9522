/** The other process of `plan`: does the exact search's errands, each as it comes, until nobody is there to send one. */
import { createPromise } from '../planner/promise.js';
import { type Errand, errandSteps } from '../planner/search-helper.js';
import { type PlanningInput, searchSpace } from '../planner/search-space.js';
import { traceBounds } from '../planner/trace-bounds.js';
import type { SearchProcessInput } from './search-helper.js';
import { validationOf } from './validation-of.js';

/** Longest time without a look at whether the other process is still there. */
const BREATH_MS = 50;

process.once('disconnect', () => process.exit());
process.once('message', ({ input, isValidated }: SearchProcessInput) => {
  const validation = isValidated ? validationOf(input.trace, input.seed) : undefined;
  const planned: PlanningInput = { ...input, trace: validation?.planning ?? input.trace };
  const space = searchSpace(planned);
  const promise = validation && createPromise({ ...planned, traffic: validation.traffic });
  const run = errandSteps({ bounds: traceBounds(planned, space), space, accept: promise?.accept });
  process.on('message', async (errand: Errand) => {
    const steps = run(errand);
    for (let breathMs = performance.now(); ; ) {
      const step = steps.next();
      if (step.done) {
        process.send!(step.value);
        return;
      }
      if (performance.now() - breathMs < BREATH_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      breathMs = performance.now();
    }
  });
  process.send!('ready');
});
