/** Alarms for the engine's thread, kept by another one. */
import { Worker } from 'node:worker_threads';
import { InternalError } from '../../errors.js';
import { AlarmRing } from './alarm-ring.js';

export interface AlarmClock {
  /** Asks for an alarm at an instant of the shared clock. */
  set(atMs: number, token: number): void;
  close(): Promise<void>;
}

/** Starts the thread and waits for it. `onDue` gets the tokens of due alarms, those of one instant together. */
export async function startAlarmClock(onDue: (tokens: readonly number[]) => void): Promise<AlarmClock> {
  const ring = new AlarmRing();
  const thread = new Worker(new URL('./alarm-thread.js', import.meta.url), { workerData: ring.memory });
  thread.on('error', (error) => {
    throw error;
  });
  await new Promise((resolve) => thread.once('message', resolve));
  thread.on('message', onDue);
  return {
    set(atMs, token) {
      if (!ring.write(atMs, token)) throw new InternalError('more alarms than the ring holds');
    },
    async close() {
      await thread.terminate();
    },
  };
}
