import { command } from '../flags/command.js';
import { PIPELINE_ARGUMENT } from '../inputs/options.js';
import { PROFILE_FLAGS } from './flags.js';

/** `infer-plan profile`: measures service times of a pipeline's stages. */
export const profileCommand = command({
  name: 'profile',
  description:
    'Measures how long one replica takes for batches of each size, hot (one batch after another) and paced (random gaps and sizes, all ' +
    'replicas alive), and puts the rows and their samples into a profile. Batches during which others used the machine are thrown ' +
    'away. Each row is written as soon as it is complete; Ctrl-C keeps what is finished. docs/profiling.md has the details.',
  argument: PIPELINE_ARGUMENT,
  flags: PROFILE_FLAGS,
  examples: [
    {
      command: 'infer-plan profile examples/ocr/pipeline.yaml --as cpu-1',
      does: "a pipeline's own modules, on this machine",
    },
    {
      command: 'infer-plan profile --as t4 --target ssh:gpu-box --device cuda --model-file classify=model.onnx',
      does: 'over ssh',
    },
    {
      command: 'infer-plan profile --as t4 --target oip:http://triton:8000 --batch-sizes 1,2,4,8',
      does: 'what a server serves',
    },
    {
      command:
        'infer-plan profile --target ec2:g4dn.xlarge --image ami-1 --key-name mine --max-usd 0.50 --model-file a=a.onnx',
      does: 'on a machine that is launched for it and terminated',
    },
    {
      command: 'infer-plan profile --as cpu-1 --usable --slo 100ms --resume',
      does: 'go on where Ctrl-C ended, sizes a plan could use',
    },
  ],
  async run(pipeline, flags, io, problems) {
    const { profile } = await import('./profile.js');
    await profile(pipeline, flags, io, problems);
  },
});
