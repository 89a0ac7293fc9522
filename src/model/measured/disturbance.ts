/** CPU time that other processes took while something was measured. */

export interface Disturbance {
  /** CPUs busy with other work, on average. */
  readonly foreignCpus: number;
  /** CPUs that the hypervisor kept back, on average. */
  readonly stolenCpus: number;
}

export interface QuietLimits {
  /** CPUs that other work may keep busy, on average; Infinity allows anything. */
  readonly foreignCpus: number;
  /** CPUs that the hypervisor may keep back. */
  readonly stolenCpus: number;
}

/** Whether a measurement counts. One without a disturbance reading counts, and its report says so. */
export function isQuiet(disturbance: Disturbance | undefined, limits: QuietLimits): boolean {
  if (disturbance === undefined) return true;
  return disturbance.foreignCpus <= limits.foreignCpus && disturbance.stolenCpus <= limits.stolenCpus;
}
