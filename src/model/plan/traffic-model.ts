/** The model of a trace from which fresh traffic is drawn. */
import type { ArrivalSource } from '../trace.js';

/** The law that resampled traffic is drawn from. */
export type TrafficModel =
  /** Independent gaps from one gamma distribution; `cv` is σ/μ of the gaps. */
  | { readonly kind: 'gamma'; readonly rateQps: number; readonly cv: number }
  /** Blocks of the trace, each starting at a random instant. */
  | { readonly kind: 'blocks'; readonly blockMs: number };

/** Numbered draws of traffic of a trace's kind; reading a draw again gives the same arrivals. */
export interface FreshTraffic {
  readonly model: TrafficModel;
  /** Queries of each draw, and of the trace to which the model was fitted. */
  readonly queries: number;
  readonly traceQueries: number;
  /** Opens draw number `replication` at its start. */
  open(replication: number): ArrivalSource;
}
