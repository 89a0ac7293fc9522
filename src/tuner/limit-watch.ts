/** Tells of limits that begin and end to bind, and adds up for how long they did. */
import { msFromS, msFromUs } from '../units.js';
import type { TunerDecision } from './decision.js';
import { type BoundLimit, LimitTally, limitsOf } from './limit-tally.js';
import type { LimitName } from './tuner-limits.js';

/** A limit that does not bind for this long has ended to. Traffic at its edge would otherwise be told of ten times a second. */
const QUIET_MS = msFromS(30);

export type LimitEvent =
  /** A limit begins to keep a stage at `replicas`, while the traffic asks for `asked`. */
  | {
      readonly kind: 'limited';
      readonly limit: LimitName;
      readonly stage: string;
      readonly replicas: number;
      readonly asked: number;
    }
  /** It no longer does, and bound for so long. */
  | { readonly kind: 'limit-over'; readonly limit: LimitName; readonly stage: string; readonly boundMs: number };

type Binding = Pick<BoundLimit, 'limit' | 'stage'> & { readonly sinceMs: number; lastMs: number };

export class LimitWatch {
  private readonly tally: LimitTally;
  private readonly onEvent: (event: LimitEvent) => void;
  private readonly binding = new Map<string, Binding>();

  constructor({ intervalMs, onEvent }: { intervalMs: number; onEvent: (event: LimitEvent) => void }) {
    this.tally = new LimitTally({ intervalMs });
    this.onEvent = onEvent;
  }

  /** Takes what `checks` checks in a row decided, the last of them at `nowUs`. */
  take(decision: TunerDecision, checks: number, nowUs: number): void {
    this.tally.take(decision, checks);
    const limits = limitsOf(decision);
    if (limits.length === 0 && this.binding.size === 0) return;
    const nowMs = msFromUs(nowUs);
    for (const { limit, stage, change } of limits) {
      const key = `${limit} ${stage}`;
      const known = this.binding.get(key);
      if (known !== undefined) known.lastMs = nowMs;
      else {
        this.binding.set(key, { limit, stage, sinceMs: nowMs, lastMs: nowMs });
        const { to: replicas, asked } = change;
        // A change tells its limits itself.
        if (decision.kind === 'hold') this.onEvent({ kind: 'limited', limit, stage, replicas, asked });
      }
    }
    for (const [key, { limit, stage, sinceMs, lastMs }] of this.binding) {
      // The clock of the arrivals may have begun anew.
      if (nowMs - lastMs < QUIET_MS && nowMs >= lastMs) continue;
      this.binding.delete(key);
      this.onEvent({ kind: 'limit-over', limit, stage, boundMs: lastMs - sinceMs });
    }
  }

  /** As `LimitTally.bound`, since the run began. */
  bound(): BoundLimit[] {
    return this.tally.bound();
  }
}
