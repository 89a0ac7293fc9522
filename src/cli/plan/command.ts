import { command } from '../flags/command.js';
import { PIPELINE_ARGUMENT } from '../inputs/options.js';
import { PLAN_FLAGS } from './flags.js';

/** `infer-plan plan`: finds the cheapest configuration that holds the objective and writes it. */
export const planCommand = command({
  name: 'plan',
  description:
    'Finds the cheapest hardware, max batch size and replicas of every stage whose simulated tail latency on the trace ' +
    'meets the SLO, prints them with their evidence, and writes them to a plan file. ' +
    'Exits 3, and writes nothing, when no configuration does.',
  argument: PIPELINE_ARGUMENT,
  flags: PLAN_FLAGS,
  examples: [
    { command: 'infer-plan plan --slo 200ms', does: 'pipeline.yaml of this folder; writes plan.yaml' },
    { command: 'infer-plan plan examples/cascade/pipeline.yaml', does: "another pipeline, its file's own SLO" },
    { command: 'infer-plan plan --slo 200ms --percentile 99.9', does: 'all but one query in a thousand' },
    { command: 'infer-plan plan --slo 200ms --inventory t4=4 --inventory v100=0', does: 'four T4 to be had, no V100' },
    { command: 'infer-plan plan --slo 200ms --time-limit 1m', does: 'longer, for a smaller gap or a proof' },
    {
      command: 'infer-plan plan --slo 200ms --search greedy --explain',
      does: "the paper's search, and every move it tried",
    },
    { command: 'infer-plan plan --slo 200ms --top 5 --pack', does: 'whole cloud instances; five plans to choose from' },
    { command: 'infer-plan plan --pin classify=t4:8', does: 'that stage runs so already; plan the others' },
    { command: 'infer-plan plan --sweep rate=0.5x..4x', does: 'what would twice the traffic cost?' },
    { command: 'infer-plan plan --slo 200ms -o - > plans/200ms.yaml', does: 'the plan to standard output' },
  ],
  async run(pipeline, flags, io, problems) {
    if (flags.sweep !== undefined) {
      const { planSweep } = await import('./sweep.js');
      await planSweep(pipeline, { ...flags, sweep: flags.sweep }, io, problems);
      return;
    }
    const { plan } = await import('./plan.js');
    await plan(pipeline, flags, io, problems);
  },
});
