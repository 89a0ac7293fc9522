/** What `--explain` tells of a policy: per stage its ticks in order, those that say the same joined. */
import type { ExplainedTick } from '../replay/closed-loop.js';

/** Ticks in a row at which one stage proposes the same, is bound by the same limit, and changes nothing but at the first. */
export interface ExplainedSpan {
  readonly stage: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly ticks: number;
  readonly metric: string;
  /** Smallest and largest value of the metric; null where there is no data. */
  readonly least: number | null;
  readonly most: number | null;
  /** Null when nothing is proposed. */
  readonly proposal: number | null;
  readonly limitedBy?: string;
  /** Asked for before the first tick, and after every one of them. */
  readonly before: number;
  readonly after: number;
}

type Span = { -readonly [K in keyof ExplainedSpan]: ExplainedSpan[K] };

export class Explanation {
  private readonly spans: Span[] = [];
  private readonly last: (Span | undefined)[];
  private readonly stages: readonly string[];

  constructor(stages: readonly string[]) {
    this.stages = stages;
    this.last = stages.map(() => undefined);
  }

  take({ atMs, reasons, before, after }: ExplainedTick): void {
    reasons.forEach(({ metric, value = null, proposal = null, limitedBy }, s) => {
      const open = this.last[s];
      const isSame =
        open !== undefined &&
        open.metric === metric &&
        open.proposal === proposal &&
        open.limitedBy === limitedBy &&
        (open.least === null) === (value === null) &&
        before[s] === after[s] &&
        open.after === after[s];
      if (isSame) {
        open.toMs = atMs;
        open.ticks++;
        if (value !== null) {
          open.least = Math.min(open.least!, value);
          open.most = Math.max(open.most!, value);
        }
        return;
      }
      const span: Span = {
        ...{ stage: this.stages[s]!, fromMs: atMs, toMs: atMs, ticks: 1, metric, least: value, most: value, proposal },
        ...(limitedBy !== undefined && { limitedBy }),
        ...{ before: before[s]!, after: after[s]! },
      };
      this.last[s] = span;
      this.spans.push(span);
    });
  }

  /** In the order of their first ticks. */
  result(): readonly ExplainedSpan[] {
    return this.spans;
  }
}
