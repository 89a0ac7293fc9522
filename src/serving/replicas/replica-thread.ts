/** One replica: a worker thread that loads a stage module and works on one batch at a time. */
import { constants, setPriority } from 'node:os';
import { pathToFileURL } from 'node:url';
import { type MessagePort, workerData } from 'node:worker_threads';
import { errorText } from '../../errors.js';
import { checkedResults } from '../modules/checked-results.js';
import { openOnnxModel } from '../modules/onnx-session.js';
import type { StageModule, StageRunner } from '../modules/stage-module.js';
import type { FromReplica, ReplicaThreadData, ToReplica } from './replica-messages.js';

const { module, stage, children, folder, port } = workerData as ReplicaThreadData;
// A module can read the data of its thread, and must not post here.
delete (workerData as { port?: MessagePort }).port;

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
  const runner = await loaded.createStage({ stage, children: [...children], folder, openModel });
  if (typeof runner?.run !== 'function') throw new Error(`createStage of ${module} does not return a function run`);
  return runner;
}

async function work(runner: StageRunner, items: readonly unknown[]): Promise<void> {
  const count = items.length;
  try {
    const beginMs = performance.now();
    const given: unknown = await runner.run(items);
    const runMs = performance.now() - beginMs;
    say({ is: 'done', results: checkedResults(given, { items: count, stage: stage.name, children }), runMs });
  } catch (error) {
    say({ is: 'failed', reason: errorText(error) });
  }
}

async function close(runner: StageRunner): Promise<void> {
  try {
    await runner.close?.();
  } finally {
    port.close();
  }
}

function say(message: FromReplica): void {
  port.postMessage(message);
}

giveWay();
start().then(
  (runner) => {
    port.on('message', (message: ToReplica) => {
      if ('items' in message) void work(runner, message.items);
      else void close(runner);
    });
    say({ is: 'ready' });
  },
  (error: unknown) => say({ is: 'start failed', reason: errorText(error) }),
);
