/** Processor times of this machine, from Linux's /proc; unknown on other systems. */
import { readFileSync } from 'node:fs';

/** Linux reports processor time in hundredths of a second. */
const TICK_MS = 10;
/** Columns of the `cpu` line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. */
const BUSY_COLUMNS = [0, 1, 2, 5, 6];
const STEAL_COLUMN = 7;
/** Places after the name in /proc/PID/stat: its own user and system time. */
const PROCESS_COLUMNS = [11, 12];

/** Processor time since a fixed instant, in ms of one CPU. */
export interface ProcessorTimes {
  /** All CPUs and all processes together. */
  readonly busyMs: number;
  /** Time that the hypervisor gave to other machines. */
  readonly stolenMs: number;
  /** Time that the given processes and their threads used. */
  readonly ownMs: number;
}

/** Reads the counters; undefined without /proc, or when one of the processes is gone. */
export function readProcessorTimes(pids: readonly number[]): ProcessorTimes | undefined {
  try {
    const machine = readFileSync('/proc/stat', 'latin1');
    return timesOf(
      machine,
      pids.map((pid) => readFileSync(`/proc/${pid}/stat`, 'latin1')),
    );
  } catch {
    return undefined;
  }
}

/** The counters in the text of /proc/stat and of each process's /proc/PID/stat. */
export function timesOf(machine: string, processes: readonly string[]): ProcessorTimes {
  const columns = machine.slice(0, machine.indexOf('\n')).trim().split(/\s+/).slice(1).map(Number);
  const sum = (places: readonly number[], of: readonly number[]) =>
    places.reduce((total, place) => total + (of[place] ?? 0), 0);
  const ownTicks = processes.reduce((total, text) => {
    // The name is in brackets and may itself hold spaces and brackets.
    const fields = text
      .slice(text.lastIndexOf(')') + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    return total + sum(PROCESS_COLUMNS, fields);
  }, 0);
  return {
    busyMs: sum(BUSY_COLUMNS, columns) * TICK_MS,
    stolenMs: sum([STEAL_COLUMN], columns) * TICK_MS,
    ownMs: ownTicks * TICK_MS,
  };
}
