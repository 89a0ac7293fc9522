import type { ArrivalTrace } from '../trace.js';
import type { FreshTraffic } from './traffic-model.js';

/** What a plan is tested on besides the trace that it is made for. */
export interface OutOfSampleTest {
  /** Resampled traffic of the trace's kind. The plan must hold on it. */
  readonly traffic: FreshTraffic;
  /**
   * The whole trace, of which planning sees the queries before number `from` and does not see the last `timeRatio` of
   * its time. Absent where planning sees all queries.
   */
  readonly heldOut?: { readonly whole: ArrivalTrace; readonly from: number; readonly timeRatio: number } | undefined;
}
