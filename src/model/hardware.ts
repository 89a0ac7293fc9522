/** A kind of hardware that one replica occupies. */
export interface Hardware {
  readonly name: string;
  readonly kind: 'cpu' | 'gpu' | 'accelerator';
  /** Price of one replica for one hour, in dollars. */
  readonly costUsdPerHour: number;
  /** Cloud instance the price comes from, and the share of it that one replica takes, in (0, 1]. */
  readonly instance?: string;
  readonly share?: number;
  /** What one replica takes of an instance's resources, wherever it runs; in place of the share when whole instances are priced. */
  readonly takes?: Readonly<Record<string, number>>;
  /** How many replicas may use this hardware in all; undefined means no limit. */
  readonly inventory?: number;
  /** Time from asking for a replica to its first batch. */
  readonly activationDelayMs: number;
}

/** A cloud instance as it is sold: what it has, and what an hour of the whole costs. */
export interface InstanceType {
  readonly name: string;
  readonly costUsdPerHour: number;
  /** How much it has of each resource; above 0. */
  readonly resources: Readonly<Record<string, number>>;
}
