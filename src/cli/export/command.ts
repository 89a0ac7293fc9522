import { command } from '../flags/command.js';
import { PLAN_ARGUMENT } from '../inputs/options.js';
import { EXPORT_FLAGS } from './flags.js';

/** `infer-plan export`: a plan as the files of a system that runs it. */
export const exportCommand = command({
  name: 'export',
  description:
    'Writes the files with which Kubernetes, KServe, Triton, Ray Serve or KEDA run a plan: replicas, hardware, batches and ' +
    'waits in their own words, with comments and without secrets. What only you know, such as images, is asked for. ' +
    'What a system cannot say of the plan is named on standard error.',
  argument: PLAN_ARGUMENT,
  flags: EXPORT_FLAGS,
  examples: [
    {
      command: 'infer-plan export --to kubernetes --image registry.example/{stage}:1 | kubectl apply -f -',
      does: 'Deployments',
    },
    { command: 'infer-plan export plan.yaml --to triton -o models', does: 'config.pbtxt for each stage' },
    { command: 'infer-plan export --to ray-serve --import-path shop.pipeline:app -o deploy', does: 'serve.yaml' },
    {
      command: `infer-plan export --to keda --image x:1 --prometheus http://prometheus:9090 --selector 'requests_total{app="front"}'`,
      does: 'an autoscaler that keeps to the plan',
    },
  ],
  async run(plan, flags, io, problems) {
    const { exportFiles } = await import('./export.js');
    exportFiles(plan, flags, io, problems);
  },
});
