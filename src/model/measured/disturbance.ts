/** What others took of the machine while something was measured on it. */

export interface Disturbance {
  /** CPUs that were busy with something else, on average. */
  readonly foreignCpus: number;
  /** CPUs that the hypervisor kept back, on average. */
  readonly stolenCpus: number;
}

export interface QuietLimits {
  /** CPUs that others may be busy with, on average; Infinity lets everything pass. */
  readonly foreignCpus: number;
  /** CPUs that the hypervisor may keep back. */
  readonly stolenCpus: number;
}

/** Whether the measurement counts. One that could not be watched does, and its report says so. */
export function isQuiet(disturbance: Disturbance | undefined, limits: QuietLimits): boolean {
  if (disturbance === undefined) return true;
  return disturbance.foreignCpus <= limits.foreignCpus && disturbance.stolenCpus <= limits.stolenCpus;
}
