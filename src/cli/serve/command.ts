import { type Command, Option } from 'commander';
import { SERVICE_MODELS } from '../../model/profile.js';
import { collect, examplesText } from '../inputs/options.js';
import type { CliIo } from '../io/io.js';
import type { ServeFlags } from './flags.js';

const EXAMPLES = examplesText(
  { command: 'infer-plan serve', does: 'plan.yaml of this folder, at http://127.0.0.1:8080' },
  {
    command: 'infer-plan serve --emulate --service-time empirical',
    does: 'no model is run: replicas take the times of the profiles',
  },
  { command: 'infer-plan serve --pipeline p.yaml --stage a=cpu-1:1:2 --stage b=cpu-1:4:1', does: 'no plan needed' },
  { command: 'infer-plan serve --port 0 --batches batches.ndjson', does: 'any free port; write down every batch' },
  {
    command: 'curl -X PUT http://127.0.0.1:8080/admin/stages/classify -d \'{"replicas": 3}\'',
    does: 'change a stage while it serves',
  },
);

/** `infer-plan serve`: runs a plan on this machine. */
export function registerServe(program: Command, io: CliIo): void {
  program
    .command('serve')
    .description(
      'Serves a pipeline over HTTP (Open Inference Protocol): one FIFO queue a stage, replicas that each take what waits, up to the max ' +
        'batch size. A stage with a module is worked by it, one thread a replica; the others are emulated: their replicas take the ' +
        'time of the profile. The configuration is that of a plan file, changed by --stage; with --pipeline and no plan, --stage ' +
        'names all of it. Ends on Ctrl-C or SIGTERM, once the queries that are in are answered.',
    )
    .argument('[plan]', 'plan file (default: plan.yaml, unless --pipeline is given)')
    .option('--pipeline <file>', "pipeline file (default: the plan's, or pipeline.yaml)")
    .option('--stage <name=hardware:batch:replicas>', 'configuration of one stage (repeatable)', collect)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 takes any that is free', '8080')
    .option('--emulate', 'emulate every stage, those with a module too')
    .option(
      '--hardware <file>',
      "kinds of hardware, YAML, for emulated stages (default: the plan's, or the pipeline file's)",
    )
    .option(
      '--profiles <files...>',
      "service times of emulated stages, CSV (default: the plan's, or the pipeline file's)",
    )
    .addOption(
      new Option('--service-time <which>', "service time of emulated batches (default: the plan's, or mean)").choices(
        SERVICE_MODELS,
      ),
    )
    .option('--seed <number>', "seed of the branches that are drawn (default: the plan's, or 1)")
    .option(
      '--activation-delay <duration>',
      "from asking for an emulated replica to its first batch (default: its hardware's)",
    )
    .option('--queue-limit <items>', 'refuse queries while so many items wait at any stage', '10000')
    .option('--query-timeout <duration>', 'answer with an error what takes longer', '60s')
    .option('--drain-limit <duration>', 'when told to end, wait at most so long for queries that are in', '30s')
    .option('--batches <file>', 'write one line of JSON per batch')
    .addHelpText('after', EXAMPLES)
    .action(async (plan: string | undefined, flags: ServeFlags) => {
      const { serveCommand } = await import('./serve.js');
      await serveCommand(plan, flags, io);
    });
}
