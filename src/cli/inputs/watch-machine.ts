import { disturbanceBetween } from '../../fidelity/machine-counters.js';
import { readProcessorTimes } from '../../files/system/processor-times.js';
import type { Disturbance } from '../../model/measured/disturbance.js';

/**
 * Starts watching this machine. The function it returns says how much processor time others took since: all but this
 * process and those of `otherPids`. Undefined where the machine does not say.
 */
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
