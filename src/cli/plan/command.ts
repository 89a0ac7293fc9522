import { type Command, Option } from 'commander';
import { SEARCHES } from '../../model/plan/search.js';
import { addInputOptions, collect, examplesText } from '../inputs/options.js';
import type { CliIo } from '../io/io.js';
import type { PlanFlags } from './flags.js';

const EXAMPLES = examplesText(
  { command: 'infer-plan plan --slo 200ms', does: 'pipeline.yaml of this folder; writes plan.yaml' },
  { command: 'infer-plan plan examples/cascade/pipeline.yaml', does: "another pipeline, its file's own SLO" },
  { command: 'infer-plan plan --slo 200ms --percentile 99.9', does: 'all but one query in a thousand' },
  { command: 'infer-plan plan --slo 200ms --inventory t4=4 --inventory v100=0', does: 'four T4 to be had, no V100' },
  { command: 'infer-plan plan --slo 200ms --time-limit 1m', does: 'longer, for a smaller gap or a proof' },
  {
    command: 'infer-plan plan --slo 200ms --search greedy --explain',
    does: "the paper's search, and every move it tried",
  },
  { command: 'infer-plan plan --frontier 100ms..500ms', does: 'what does each SLO cost at least?' },
  { command: 'infer-plan plan --slo 200ms --top 5 --pack', does: 'whole cloud instances; five plans to choose from' },
  { command: 'infer-plan plan --verify plan.yaml', does: 'is the plan still right, and its proof?' },
  { command: 'infer-plan plan --slo 200ms -o - > plans/200ms.yaml', does: 'the plan to standard output' },
);

/** `infer-plan plan`: finds the cheapest configuration that holds the objective and writes it. */
export function registerPlan(program: Command, io: CliIo): void {
  const command = program
    .command('plan')
    .description(
      'Finds the cheapest hardware, max batch size and replicas of every stage whose simulated tail latency on the trace ' +
        'meets the SLO, prints them with their evidence, and writes them to a plan file. ' +
        'Exits 3, and writes nothing, when no configuration does.',
    )
    .argument('[pipeline]', 'pipeline file', 'pipeline.yaml');
  addInputOptions(command, 'pipeline file')
    .addOption(
      new Option(
        '--search <which>',
        'exact: proved cheapest, or with a certified gap; greedy: the search of the InferLine paper',
      )
        .choices(SEARCHES)
        .default('exact'),
    )
    .option('--time-limit <duration>', 'end the exact search then, with the best plan so far and its gap', '10s')
    .option('--compare-greedy', 'also tell what the greedy search would cost')
    .option('--no-validate', 'let the trace alone decide: no test on fresh traffic, no tail held out')
    .option('--verify <plan>', 'plan nothing: check a plan file and its certificate from the inputs alone, another way')
    .option(
      '--frontier <range>',
      'write no plan: print the least cost of each SLO of a range, such as 100ms..500ms or 100ms..500ms/50ms; ' +
        'the time limit counts for each',
    )
    .option('--top <number>', 'also list so many of the cheapest plans that hold, each proved to be next')
    .option('--pack', 'price whole cloud instances instead of the shares that replicas take of them')
    .option('--max-replicas <number>', 'most replicas of any one stage')
    .option('--inventory <hardware=count>', 'most replicas on one kind of hardware in all (repeatable)', collect)
    .option(
      '--explain',
      'tell why nothing cheaper holds and what other hardware would cost; for greedy, every move tried',
    )
    .option('-o, --output <file>', 'where to write the plan; - is standard output', 'plan.yaml')
    .addHelpText('after', EXAMPLES)
    .action(async (pipeline: string, flags: PlanFlags) => {
      if (flags.verify !== undefined) {
        const { verify } = await import('./verify.js');
        return verify(flags.verify, flags, io);
      }
      if (flags.frontier !== undefined) {
        const { frontier } = await import('./frontier.js');
        return frontier(pipeline, flags, io);
      }
      const { plan } = await import('./plan.js');
      await plan(pipeline, flags, io);
    });
}
