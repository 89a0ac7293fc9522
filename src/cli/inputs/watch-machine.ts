import { disturbanceBetween } from '../../fidelity/machine-counters.js';
import { readProcessorTimes } from '../../files/system/processor-times.js';
import type { Disturbance } from '../../model/measured/disturbance.js';

/** Starts watching this machine; what it returns tells what others than this process and those named took since, where the machine says so. */
export function watchMachine(
  { nowMs }: { nowMs(): number },
  otherPids: readonly number[] = [],
): () => Disturbance | undefined {
  const pids = [process.pid, ...otherPids];
  const before = readProcessorTimes(pids);
  const startMs = nowMs();
  return () => {
    const after = readProcessorTimes(pids);
    const wallMs = nowMs() - startMs;
    return before === undefined || after === undefined || wallMs <= 0
      ? undefined
      : disturbanceBetween(before, after, wallMs);
  };
}
