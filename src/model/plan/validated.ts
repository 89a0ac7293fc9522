import type { PromiseReport } from './promise-report.js';

/** What a plan attains where it was not planned. */
export interface Validated {
  /** Fresh traffic of the trace's kind. */
  readonly promise: PromiseReport;
  /** Span of the trace that was planned on, and the span that would do for the promise (docs/promise.md). */
  readonly traceMs: number;
  readonly neededTraceMs: number;
  /** The tail of the trace that planning did not see; attainment is a fraction of its queries. */
  readonly holdOut?: { readonly queries: number; readonly sloAttainment: number };
  /** Cost of the cheapest configuration found that holds on the trace alone; absent when it is the plan itself. */
  readonly unpromisedCostUsdPerHour?: number;
}
