import { type Command, Option } from 'commander';
import { PROFILE_CURVES } from '../../model/profile.js';
import { collect, examplesText } from '../inputs/options.js';
import type { CliIo } from '../io/io.js';
import type { ProfileFlags } from './flags.js';

const EXAMPLES = examplesText(
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
);

/** `infer-plan profile`: measures service times of a pipeline's stages. */
export function registerProfile(program: Command, io: CliIo): void {
  const command = program
    .command('profile')
    .description(
      'Measures how long one replica takes for batches of each size, hot (one batch after another) and paced (random gaps and sizes, all ' +
        'replicas alive), and puts the rows and their samples into a profile. Batches during which others used the machine are thrown ' +
        'away. Each row is written as soon as it is complete; Ctrl-C keeps what is finished. docs/profiling.md has the details.',
    )
    .argument('[pipeline]', 'pipeline file', 'pipeline.yaml')
    .option('--target <where>', 'local, ssh:HOST, oip:URL, clipper:URL or ec2:TYPE', 'local')
    .option('--as <hardware>', 'kind of hardware that the rows are for (default: the one that fits the target)')
    .option('--stage <name>', 'measure this stage only (repeatable)', collect)
    .option('--batch-sizes <list>', 'batch sizes', '1,2,4,8,16,32')
    .addOption(new Option('--curve <which>', 'curves to measure').choices([...PROFILE_CURVES, 'both']).default('both'))
    .option('--budget <duration>', 'longest time for one row', '10s')
    .option('--usable', 'only batch sizes that a plan could use under the SLO')
    .option('--slo <duration>', "objective of --usable (default: the pipeline file's)")
    .option('--percentile <number>', "share of queries that must meet it, in percent (default: the file's, or 99)")
    .option('--duty <percentage>', 'share of the time in which the busiest stage is busy while paced', '50%')
    .option(
      '--replicas <stage=count>',
      'replicas alive while paced (local and ssh; repeatable; default: 1 each)',
      collect,
    )
    .option('--foreign <cpus>', 'CPUs that others may use before a block is thrown away, or any', '0.1')
    .option('--machine <text>', 'class of the measuring machine, for the source column (default: its processor)')
    .option('-o, --output <file>', "profile to put rows into, CSV (default: the pipeline file's, where it names one)")
    .option('--resume', 'leave rows that are there as they are, and measure the others')
    .option('--seed <number>', 'seed of gaps, sizes and inputs', '1')
    .option('--json', 'print the result as JSON');
  addTargetOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (pipeline: string, flags: ProfileFlags) => {
      const { profileCommand } = await import('./profile.js');
      await profileCommand(pipeline, flags, io);
    });
}

/** What only some targets ask for. */
function addTargetOptions(command: Command): Command {
  return command
    .option('--queries <count>', 'local: sample queries that show what stages get and where queries go', '100')
    .option('--write-routing', 'local: write the measured probabilities and fan-outs into the pipeline file')
    .option(
      '--model-file <stage=file>',
      'ssh, ec2: .onnx, .pt or workloads.py:NAME; host:PATH lies there (repeatable)',
      collect,
    )
    .option('--model-name <stage=name>', 'oip, clipper: model or application of a stage (repeatable)', collect)
    .option('--input <stage.tensor=type:dims>', 'one item, such as detect.x=FP32:3x320x320 (repeatable)', collect)
    .option('--threads <count>', 'ssh, ec2: threads of one replica', '1')
    .addOption(new Option('--device <which>', 'ssh, ec2: where models run').choices(['cpu', 'cuda']).default('cpu'))
    .option('--python <command>', 'ssh, ec2: Python on the host', 'python3')
    .option('--ssh-config <file>', 'ssh, ec2: instead of ~/.ssh/config')
    .option(
      '--redis <host:port>',
      'clipper: its Redis, to set batch limits (with --model-name stage=app:model:version)',
    )
    .option('--management <url>', 'clipper: management frontend, to ask for input types')
    .option('--image <ami>', 'ec2: image with Python and the runtime')
    .option('--ssh-user <name>', 'ec2: user of the image', 'ubuntu')
    .option('--key-name <name>', 'ec2: key pair')
    .option('--subnet <id>', 'ec2: subnet')
    .option('--security-group <id>', 'ec2: security group that lets ssh in (repeatable)', collect)
    .option('--private-address', 'ec2: reach the machine at its private address')
    .option('--spot', 'ec2: at the spot price')
    .option('--region <name>', "ec2: region (default: the AWS command line's)")
    .option('--endpoint <url>', 'ec2: another endpoint than that of AWS')
    .option('--lifetime <duration>', 'ec2: the machine terminates itself after so long', '1h')
    .option('--max-usd <dollars>', 'ec2: most that the machine may cost', '1')
    .option('--setup <command>', 'ec2: shell command that prepares the machine');
}
