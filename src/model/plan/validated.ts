import type { PromiseReport } from './promise-report.js';

/** The out-of-sample tests of a plan: on fresh traffic and on the trace's held-out tail. */
export interface Validated {
  /** On fresh traffic of the trace's kind. */
  readonly promise: PromiseReport;
  /** Span of the trace that was planned on, and the span that would do for the promise (docs/promise.md). */
  readonly traceMs: number;
  readonly neededTraceMs: number;
  /** On the tail of the trace that planning did not see; attainment is a fraction of its queries. */
  readonly holdOut?: { readonly queries: number; readonly sloAttainment: number };
  /** Cost of the cheapest configuration found that holds on the trace alone; absent when that is the plan. */
  readonly unpromisedCostUsdPerHour?: number;
}
