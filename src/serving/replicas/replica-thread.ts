/** One replica: a worker thread that loads a stage module and works on one batch at a time. */
import { constants, setPriority } from 'node:os';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { openOnnxModel } from '../modules/onnx-session.js';
import type { StageModule, StageResult, StageRunner } from '../modules/stage-module.js';
import type { FromReplica, ReplicaStart, ToReplica } from './replica-messages.js';

const port = parentPort!;
const { module, stage, children, folder } = workerData as ReplicaStart;

/**
 * On Linux the priority belongs to the thread. So the dispatcher, which is more urgent, gets a core when it asks for
 * one.
 */
function giveWay(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Where it is not allowed, all threads are equal.
  }
}

async function start(): Promise<StageRunner> {
  const loaded = (await import(pathToFileURL(module).href)) as Partial<StageModule>;
  if (typeof loaded.createStage !== 'function') throw new Error(`${module} does not export a function createStage`);
  const openModel = (model: string | Uint8Array) => openOnnxModel(model, folder);
  const runner = await loaded.createStage({ stage, children, folder, openModel });
  if (typeof runner?.run !== 'function') throw new Error(`createStage of ${module} does not return a function run`);
  return runner;
}

function checked(results: readonly StageResult[], items: readonly unknown[]): readonly StageResult[] {
  if (!Array.isArray(results) || results.length !== items.length) {
    const count = Array.isArray(results) ? `${results.length} results` : 'no list of results';
    throw new Error(`${count} for a batch of ${items.length}`);
  }
  for (const result of results) {
    if (typeof result !== 'object' || result === null) throw new Error('a result is not an object with output or send');
    for (const [child, items] of Object.entries(result.send ?? {})) {
      if (!children.includes(child)) throw new Error(`send names ${child}, which is no child of ${stage.name}`);
      if (!Array.isArray(items)) throw new Error(`send.${child} is not a list of items`);
    }
  }
  return results;
}

async function work(runner: StageRunner, items: readonly unknown[]): Promise<void> {
  try {
    const beginMs = performance.now();
    const results = await runner.run(items);
    const runMs = performance.now() - beginMs;
    say({ is: 'done', results: checked(results, items), runMs });
  } catch (error) {
    say({ is: 'failed', reason: messageOf(error) });
  }
}

function say(message: FromReplica): void {
  port.postMessage(message);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

giveWay();
start().then(
  (runner) => {
    port.on('message', (message: ToReplica) => {
      if ('items' in message) void work(runner, message.items);
      else void Promise.resolve(runner.close?.()).finally(() => port.close());
    });
    say({ is: 'ready' });
  },
  (error: unknown) => say({ is: 'start failed', reason: messageOf(error) }),
);
