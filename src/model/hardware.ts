/** A kind of hardware that one replica occupies. */
export interface Hardware {
  readonly name: string;
  readonly kind: 'cpu' | 'gpu' | 'accelerator';
  /** Price of one replica for one hour, in dollars. */
  readonly costUsdPerHour: number;
  /** Cloud instance that the price comes from, and the share of it that one replica takes, in (0, 1]. */
  readonly instance?: string;
  readonly share?: number;
  /** What one replica takes of any instance's resources; replaces the share when whole instances are priced. */
  readonly takes?: Readonly<Record<string, number>>;
  /** Most replicas on this hardware, over all stages; undefined means no limit. */
  readonly inventory?: number;
  /** Time from asking for a replica to its first batch. */
  readonly activationDelayMs: number;
}

/** A cloud instance as it is sold: its resources, and the price of a whole hour. */
export interface InstanceType {
  readonly name: string;
  readonly costUsdPerHour: number;
  /** Amount of each resource; above 0. */
  readonly resources: Readonly<Record<string, number>>;
}
