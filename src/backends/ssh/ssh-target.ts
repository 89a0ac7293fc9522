/**
 * Measures on another machine over the system's own OpenSSH, with the user's configuration, keys and agent. A small
 * Python program goes there through standard input, with the models. It is never written to the host, and ends with the
 * connection.
 */
import { BackendError } from '../../errors.js';
import { msFromS } from '../../units.js';
import type {
  BatchStream,
  BlockResult,
  ProfiledStage,
  ProfilingDescription,
  ProfilingTarget,
} from '../contracts/profiling-target.js';
import { type Dialogue, startDialogue } from '../shared/exec.js';
import type { ItemTensor } from '../shared/stage-input.js';

/** Connecting, starting Python, reading the models and loading them. */
const OPEN_TIMEOUT_MS = msFromS(600);
/** A batch may take this long beyond its gap before the host counts as lost. */
const BATCH_TIMEOUT_MS = msFromS(60);
const CONNECT_TIMEOUT_S = 15;

/** A stage to be measured by the agent, and the file that holds its model. */
export interface AgentStage {
  readonly stage: string;
  readonly format: 'onnx' | 'torchscript' | 'workload';
  /** The file's bytes in base64, sent to the host; or where it lies on the host. */
  readonly model: { readonly base64: string } | { readonly path: string };
  /** Which workload of the file. */
  readonly entry?: string;
  /** What the model does not tell of itself. */
  readonly inputs: readonly ItemTensor[];
  readonly replicas: number;
}

export interface SshOptions {
  /** As in `ssh HOST`: a name of the user's configuration, or user@machine. */
  readonly host: string;
  readonly stages: readonly AgentStage[];
  /** Text of the measuring agent. */
  readonly agent: string;
  readonly threads: number;
  readonly device: 'cpu' | 'cuda';
  /** Python on the host. */
  readonly python?: string;
  /** Another file than ~/.ssh/config. */
  readonly configPath?: string;
  /** Further options, each as `ssh -o` takes it. */
  readonly options?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Connects and loads the models. Rejects with BackendError `SSH` when it cannot reach the host or load a model. */
export async function openSshTarget(options: SshOptions): Promise<ProfilingTarget> {
  const { host, stages, agent, threads, device, signal } = options;
  const dialogue = startDialogue('ssh', [...sshArguments(options), remoteCommand(options.python ?? 'python3')]);
  const ask = (request: object, timeoutMs: number, abort?: AbortSignal) =>
    askAgent(dialogue, { host, request, timeoutMs, ...(abort && { signal: abort }) });
  try {
    await toldAs(host, dialogue.send(`${[...agent].length}\n${agent}`));
    const request = { open: { threads, device, stages: stages.map(agentStage) } };
    const { opened } = (await ask(request, OPEN_TIMEOUT_MS, signal)) as { opened: readonly OpenedStage[] };
    const known = opened.map((stage, index) => profiledStage(stage, stages[index]!.replicas));
    return {
      describe: (): ProfilingDescription => ({ kind: 'ssh', place: host, clock: 'service', stages: known }),
      async runBatches(streams, abort) {
        try {
          return blockOf((await ask({ run: streams.map(agentStream) }, timeoutOf(streams), abort)) as AgentBlock);
        } catch (error) {
          // An answer that comes later must not be taken for that of the next request.
          await dialogue.stop();
          throw error;
        }
      },
      close: () => dialogue.stop(),
    };
  } catch (error) {
    await dialogue.stop();
    throw error;
  }
}

/** Arguments of `ssh` up to the host. It never prompts. */
export function sshArguments({
  host,
  configPath,
  options = [],
}: Pick<SshOptions, 'host' | 'configPath' | 'options'>): string[] {
  const settings = ['BatchMode=yes', `ConnectTimeout=${CONNECT_TIMEOUT_S}`, 'ServerAliveInterval=15', ...options];
  const config = configPath === undefined ? [] : ['-F', configPath];
  return ['-T', ...config, ...settings.flatMap((setting) => ['-o', setting]), '--', host];
}

/** Python reads the agent's length in characters, then its text, and runs it. The agent reads the rest of the input. */
function remoteCommand(python: string): string {
  const start =
    'import sys; n = int(sys.stdin.readline()); exec(compile(sys.stdin.read(n), "measuring-agent", "exec"))';
  return `exec ${shellQuoted(python)} -B -u -c ${shellQuoted(start)}`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

interface OpenedStage {
  readonly stage: string;
  readonly runtime: string;
  readonly largest_batch_size?: number;
}

interface AgentBlock {
  readonly batches: readonly (readonly [string, number, number])[];
  readonly failures: readonly string[];
  readonly foreign_cpus?: number;
  readonly stolen_cpus?: number;
}

function agentStage({ stage, format, model, entry, inputs, replicas }: AgentStage): object {
  const place = 'path' in model ? { path: model.path } : { model: model.base64 };
  const tensors = Object.fromEntries(inputs.map(({ name, datatype, shape }) => [name, { datatype, shape }]));
  return { stage, format, ...place, entry, inputs: tensors, replicas };
}

function agentStream({ stage, replica, batches }: BatchStream): object {
  return { stage, replica, batches: batches.map(({ batchSize, gapMs }) => [batchSize, gapMs]) };
}

function profiledStage({ stage, runtime, largest_batch_size: largest }: OpenedStage, replicas: number): ProfiledStage {
  return { stage, runtime, replicas, ...(largest === undefined ? {} : { largestBatchSize: largest }) };
}

function blockOf({ batches, failures, foreign_cpus: foreignCpus, stolen_cpus: stolenCpus }: AgentBlock): BlockResult {
  return {
    batches: batches.map(([stage, batchSize, serviceMs]) => ({ stage, batchSize, serviceMs })),
    failures,
    ...(foreignCpus === undefined || stolenCpus === undefined ? {} : { disturbance: { foreignCpus, stolenCpus } }),
  };
}

function timeoutOf(streams: readonly BatchStream[]): number {
  const spans = streams.map(({ batches }) => batches.reduce((sum, { gapMs }) => sum + gapMs + BATCH_TIMEOUT_MS, 0));
  return Math.min(Math.max(...spans), OPEN_TIMEOUT_MS);
}

async function askAgent(
  dialogue: Dialogue,
  { host, request, timeoutMs, signal }: { host: string; request: object; timeoutMs: number; signal?: AbortSignal },
): Promise<object> {
  await toldAs(host, dialogue.send(`${JSON.stringify(request)}\n`));
  const line = await toldAs(host, dialogue.nextLine({ timeoutMs, ...(signal && { signal }) }));
  let answer: unknown;
  try {
    answer = JSON.parse(line);
  } catch (cause) {
    throw new BackendError('SSH', `${host}: answers ${JSON.stringify(line.slice(0, 200))}, must be JSON`, { cause });
  }
  if (typeof answer === 'object' && answer !== null && 'error' in answer) {
    throw new BackendError('SSH', `${host}: ${String(answer.error)}`);
  }
  return answer as object;
}

/** What ssh or the agent wrote before it ended, as a message about the host. */
async function toldAs<T>(host: string, action: Promise<T>): Promise<T> {
  try {
    return await action;
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    const hint = `Try it by hand: ssh ${host} python3 --version`;
    throw new BackendError('SSH', `${host}: ${error.message}`, { cause: error, hint });
  }
}
