/** A kind of hardware that one replica occupies. */
export interface Hardware {
  readonly name: string;
  readonly kind: 'cpu' | 'gpu' | 'accelerator';
  /** Price of one replica for one hour, in dollars. */
  readonly costUsdPerHour: number;
  /** Cloud instance the price comes from, and the share of it that one replica takes, in (0, 1]. */
  readonly instance?: string;
  readonly share?: number;
  /** How many replicas may use this hardware in all; undefined means no limit. */
  readonly inventory?: number;
  /** Time from asking for a replica to its first batch. */
  readonly activationDelayMs: number;
}
