/** What the tuner may not exceed, whatever the traffic asks for. */
export interface TunerLimits {
  /** Most replicas of each stage; stages not named have no limit. */
  readonly mostReplicas: Readonly<Record<string, number>>;
  /** Most replicas on each kind of hardware in all. */
  readonly inventory: Readonly<Record<string, number>>;
  /** Most replicas of one stage that one decision adds or removes. */
  readonly largestStep: number | undefined;
  /** Most that all replicas together may cost. */
  readonly mostUsdPerHour: number | undefined;
  /** Most replicas of a stage, as a multiple of its planned ones, where `mostReplicas` does not name it. */
  readonly largestGrowth: number | undefined;
  /** Fewest replicas of each stage; stages not named keep one. */
  readonly fewestReplicas: Readonly<Record<string, number>>;
}

/** No limit on anything. */
export const NO_LIMITS: TunerLimits = {
  mostReplicas: {},
  inventory: {},
  largestStep: undefined,
  mostUsdPerHour: undefined,
  largestGrowth: undefined,
  fewestReplicas: {},
};

/** Limits that keep a stage from replicas that the traffic asks for, and last the one that keeps more than it asks for. */
export const LIMIT_NAMES = [
  'most replicas',
  'largest growth',
  'inventory',
  'spend limit',
  'largest step',
  'fewest replicas',
] as const;
/** One of `LIMIT_NAMES`. */
export type LimitName = (typeof LIMIT_NAMES)[number];
