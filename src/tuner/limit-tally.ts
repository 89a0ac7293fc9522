/** How long each limit bound, by stage: what the checks of a run say, added up. */
import type { StageChange, TunerDecision } from './decision.js';
import { LIMIT_NAMES, type LimitName } from './tuner-limits.js';

/** A limit that kept a stage from the replicas that the traffic asked for. */
export interface BoundLimit {
  readonly limit: LimitName;
  readonly stage: string;
  readonly boundMs: number;
  /** Of the time in which checks were made, in [0, 1]. */
  readonly share: number;
}

export class LimitTally {
  private readonly intervalMs: number;
  private readonly checks = new Map<string, { limit: LimitName; stage: string; checks: number }>();
  private made = 0;

  /** @param intervalMs time between two checks, for which a decision holds */
  constructor({ intervalMs }: { readonly intervalMs: number }) {
    this.intervalMs = intervalMs;
  }

  /** Takes what `checks` checks in a row decided. */
  take(decision: TunerDecision, checks: number): void {
    this.made += checks;
    for (const { stage, limit } of limitsOf(decision)) {
      const key = `${limit} ${stage}`;
      const seen = this.checks.get(key);
      if (seen === undefined) this.checks.set(key, { limit, stage, checks });
      else seen.checks += checks;
    }
  }

  /** By limit in the order of `LIMIT_NAMES`, and within one by time, the longest first. */
  bound(): BoundLimit[] {
    return [...this.checks.values()]
      .sort((a, b) => LIMIT_NAMES.indexOf(a.limit) - LIMIT_NAMES.indexOf(b.limit) || b.checks - a.checks)
      .map(({ limit, stage, checks }) => {
        return { limit, stage, boundMs: checks * this.intervalMs, share: checks / this.made };
      });
  }
}

/** The limits that a decision names, with the change that each made smaller. */
export function limitsOf(decision: TunerDecision): { stage: string; limit: LimitName; change: StageChange }[] {
  if (decision.kind === 'hold' && decision.reason === 'refused') return [];
  return (decision.changes ?? []).flatMap((change) => {
    const { stage, limitedBy } = change;
    return limitedBy === undefined ? [] : [{ stage, limit: limitedBy, change }];
  });
}
