/** Opens the place that `profile` measures at, from its flags. */

import type { ProfilingTarget } from '../../backends/contracts/profiling-target.js';
import { exec } from '../../backends/shared/exec.js';
import { wallMs } from '../../backends/shared/wall-clock.js';
import { type AgentStage, openSshTarget, sshArguments } from '../../backends/ssh/ssh-target.js';
import { InputError } from '../../errors.js';
import { Problems } from '../../files/problems.js';
import { readMeasuringAgent, readModelFile } from '../../files/system/model-file.js';
import { randomStream } from '../../random.js';
import { msFromS } from '../../units.js';
import { watchMachine } from '../inputs/watch-machine.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { ProfileFlags } from './flags.js';
import type { ProfileRequest } from './request.js';

const SETUP_TIMEOUT_MS = msFromS(1200);

export interface Opening {
  readonly request: ProfileRequest;
  readonly flags: ProfileFlags;
  readonly io: CliIo;
  readonly signal: AbortSignal;
}

/** Measures through servers: models of any Open Inference Protocol server, the engine's own stages among them. */
export async function openOip({ request, flags, signal }: Opening): Promise<ProfilingTarget> {
  const { openOipTarget } = await import('../../backends/oip/oip-target.js');
  const { pipeline, target, seed } = request;
  const wanted = pipeline.stages.filter(({ name }) => request.stages.includes(name));
  return openOipTarget({
    url: target.address,
    stages: wanted.map(({ name, model }) => {
      const given = flags.modelName?.get(name);
      const models = given === undefined ? [model, name, `${pipeline.name}.${name}`] : [given];
      return { stage: name, models: [...new Set(models)], inputs: flags.input?.get(name) ?? [] };
    }),
    random: randomStream(seed, 'inputs'),
    signal,
  });
}

/**
 * Measures through Clipper: `--model-name stage=app` or `stage=app:model:version`, `--input stage.input=floats:length`
 * as FP32, INT32, UINT8 or BYTES.
 */
export async function openClipper({ request, flags }: Opening): Promise<ProfilingTarget> {
  const { openClipperTarget, readInputType } = await import('../../backends/clipper/clipper-target.js');
  const problems = new Problems();
  const types = { FP32: 'floats', FP64: 'doubles', INT32: 'integers', UINT8: 'bytes', BYTES: 'strings' } as const;
  const stages = [];
  for (const stage of request.stages) {
    const [app = stage, ...model] = (flags.modelName?.get(stage) ?? stage).split(':');
    const [input] = flags.input?.get(stage) ?? [];
    const stated = flags.management === undefined ? undefined : await readInputType(flags.management, app);
    const inputType = stated ?? Object.entries(types).find(([datatype]) => datatype === input?.datatype)?.[1];
    if (input === undefined || inputType === undefined) {
      const known = Object.keys(types).join(', ');
      problems.add(
        `--input of stage ${stage} is missing: add --input ${stage}.input=TYPE:LENGTH with a type of ${known}`,
      );
      continue;
    }
    const inputLength = input.shape.reduce((product, size) => product * size, 1);
    stages.push({ stage, app, inputType, inputLength, ...(model.length === 2 && { model: model.join(':') }) });
  }
  problems.throwIfAny('FLAG');
  return openClipperTarget({
    url: request.target.address,
    stages,
    // Inputs of an earlier run would be answered from Clipper's cache, so no two runs draw the same.
    random: randomStream(wallMs(), 'inputs'),
    ...(flags.redis && { redis: flags.redis }),
  });
}

/** What measures over ssh, on a host of the user's or on a machine of EC2. */
export function sshOpener({
  request,
  flags,
  io,
  signal,
}: Opening): (host: string, options?: readonly string[]) => Promise<ProfilingTarget> {
  const problems = new Problems();
  const stages = problems.attempt(() => agentStages({ request, flags, io }));
  problems.throwIfAny('FLAG');
  const agent = readMeasuringAgent();
  const config = flags.sshConfig === undefined ? {} : { configPath: pathFrom(io, flags.sshConfig) };
  return async (host, options = []) => {
    const place = { host, options, ...config };
    if (flags.setup !== undefined) {
      await exec('ssh', [...sshArguments(place), flags.setup], { timeoutMs: SETUP_TIMEOUT_MS, signal });
    }
    return openSshTarget({
      ...place,
      agent,
      stages: stages!,
      threads: flags.threads,
      device: flags.device,
      python: flags.python,
      signal,
    });
  };
}

function agentStages({ request, flags, io }: Pick<Opening, 'request' | 'flags' | 'io'>): readonly AgentStage[] {
  const problems = new Problems();
  const { modelFile: files = new Map<string, string>() } = flags;
  const known = request.pipeline.stages.map(({ name }) => name);
  for (const stage of files.keys()) if (!known.includes(stage)) problems.add(`--model-file: ${stage} is no stage`);
  if (files.size === 0)
    problems.add('--model-file is missing: add it for at least one stage, --model-file STAGE=model.onnx');
  const stages = request.stages.flatMap((stage) => {
    const text = files.get(stage);
    const read = text === undefined ? undefined : problems.attempt(() => modelOf(text, io));
    if (read === undefined) return [];
    return [{ stage, ...read, inputs: flags.input?.get(stage) ?? [], replicas: request.replicas.get(stage) ?? 1 }];
  });
  problems.throwIfAny('FLAG');
  return stages;
}

/** `model.onnx`, `model.pt`, `workloads.py:resnet50`; `host:` before it leaves the file where it lies on the host. */
function modelOf(text: string, io: CliIo): Pick<AgentStage, 'format' | 'model' | 'entry'> {
  const [, onHost, path = '', entry] = /^(host:)?(.+?\.(?:onnx|pt|ts|py))(?::([^:]+))?$/.exec(text) ?? [];
  const isWorkload = path.endsWith('.py');
  if (path === '' || isWorkload !== (entry !== undefined)) {
    throw new InputError(
      'FLAG',
      `--model-file = ${text}, must be a file .onnx, .pt or .py:NAME, with host: before it when it lies on the host`,
    );
  }
  const format = path.endsWith('.onnx') ? 'onnx' : isWorkload ? 'workload' : 'torchscript';
  const model = onHost === undefined ? { base64: readModelFile(pathFrom(io, path)) } : { path };
  return { format, model, ...(entry === undefined ? {} : { entry }) };
}

/** Measures on this machine, through the engine. */
export async function openLocal({ request, io, signal }: Opening) {
  const [{ openLocalProfilingTarget }, { queryBodies }, { openQueryModule }, { openSteadyLoad }, { shownPath }] =
    await Promise.all([
      import('../../backends/local/local-profiling-target.js'),
      import('../../load/query-bodies.js'),
      import('../../load/query-module.js'),
      import('../../load/steady-load.js'),
      import('../../files/system/read-text.js'),
    ]);
  const { file, pipeline, batchSizes, replicas, seed, samples } = request;
  const { queriesPath } = file;
  const inputs = queriesPath === undefined ? undefined : await openQueryModule(queriesPath, shownPath(queriesPath));
  return openLocalProfilingTarget({
    pipeline,
    folder: folderOf(file.path),
    largestBatchSize: Math.max(...batchSizes),
    replicasOf: (stage) => replicas.get(stage) ?? 1,
    bodyOf: queryBodies({ ...(inputs && { inputs }), seed, queries: samples }),
    samples,
    openQueries: (target) => openSteadyLoad({ ...target, model: pipeline.name, seed }),
    watch: () => watchMachine(io),
    onSample: (done) => io.progress(`sample queries: ${done} of ${samples}`),
    isStopped: () => signal.aborted,
  });
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}
