import { command } from '../flags/command.js';
import { OPTIONAL_PLAN } from '../inputs/options.js';
import { SIMULATE_FLAGS } from './flags.js';

/** `infer-plan simulate`: replays a trace through a plan or a configuration given by hand. */
export const simulateCommand = command({
  name: 'simulate',
  description:
    'Replays an arrival trace through a configuration and prints latencies, SLO attainment, cost and what every stage did. ' +
    'The configuration is that of a plan file, changed by --stage; with --pipeline and no plan, --stage names all of it.',
  argument: OPTIONAL_PLAN,
  flags: SIMULATE_FLAGS,
  examples: [
    { command: 'infer-plan simulate', does: 'plan.yaml of this folder, on the trace it was made for' },
    { command: 'infer-plan simulate --trace traces/monday.csv --check', does: 'does the plan hold on another trace?' },
    { command: 'infer-plan simulate --sweep rate=1x..2x/0.1x', does: 'how much more traffic does the plan hold?' },
    { command: 'infer-plan simulate --stage classify-image=t4:8:3', does: 'what if that stage had 3 replicas on T4?' },
    { command: 'infer-plan simulate plans/200ms.yaml --records out.csv', does: 'one row per query' },
    { command: 'infer-plan simulate --pipeline p.yaml --stage a=cpu-1:1:2 --stage b=t4:4:1', does: 'no plan needed' },
  ],
  async run(plan, flags, io, problems) {
    if (flags.sweep !== undefined) {
      const { simulateSweep } = await import('./sweep.js');
      simulateSweep(plan, { ...flags, sweep: flags.sweep }, io, problems);
      return;
    }
    const { simulatePlan } = await import('./simulate.js');
    await simulatePlan(plan, flags, io, problems);
  },
});
