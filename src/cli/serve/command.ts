import { command } from '../flags/command.js';
import { OPTIONAL_PLAN } from '../inputs/options.js';
import { SERVE_FLAGS } from './flags.js';

/** `infer-plan serve`: runs a plan on this machine. */
export const serveCommand = command({
  name: 'serve',
  description:
    'Serves a pipeline over HTTP (Open Inference Protocol): one FIFO queue a stage, replicas that each take what waits, up to the max ' +
    'batch size. A stage with a module is worked by it, one thread a replica; the others are emulated: their replicas take the ' +
    'time of the profile. The configuration is that of a plan file, changed by --stage; with --pipeline and no plan, --stage ' +
    'names all of it. Ends on Ctrl-C or SIGTERM, once the queries that are in are answered.',
  argument: OPTIONAL_PLAN,
  flags: SERVE_FLAGS,
  examples: [
    { command: 'infer-plan serve', does: 'plan.yaml of this folder, at http://127.0.0.1:8080' },
    {
      command: 'infer-plan serve --emulate --service-time empirical',
      does: 'no model is run: replicas take the times of the profiles',
    },
    { command: 'infer-plan serve --pipeline p.yaml --stage a=cpu-1:1:2 --stage b=cpu-1:4:1', does: 'no plan needed' },
    { command: 'infer-plan serve --port 0 --batches batches.ndjson', does: 'any free port; write down every batch' },
    {
      command:
        'curl -X PUT -H content-type:application/json -d \'{"replicas": 3}\' http://127.0.0.1:8080/admin/stages/classify',
      does: 'change a stage while it serves',
    },
  ],
  async run(plan, flags, io, problems) {
    const { serve } = await import('./serve.js');
    await serve(plan, flags, io, problems);
  },
});
