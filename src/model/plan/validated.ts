import type { PromiseReport } from './promise-report.js';

/** What a plan attains on the tail of the trace that planning did not see. */
export interface HoldOut {
  /** Share of the trace's time that was held out, in (0, 1). */
  readonly timeRatio: number;
  readonly queries: number;
  /** Fraction of these queries that met the objective. */
  readonly sloAttainment: number;
}

/** The out-of-sample tests of a plan: on fresh traffic and on the trace's held-out tail. */
export interface Validated {
  /** On fresh traffic of the trace's kind. */
  readonly promise: PromiseReport;
  /** Span of the trace that was planned on, and the span that would do for the promise (docs/promise.md). */
  readonly traceMs: number;
  readonly neededTraceMs: number;
  /** On the tail of the trace, where it was held out from planning. */
  readonly holdOut?: HoldOut;
  /** Cost of the cheapest configuration found that holds on the trace alone; absent when that is the plan. */
  readonly unpromisedCostUsdPerHour?: number;
}
