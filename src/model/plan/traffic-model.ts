/** What a trace is taken for when fresh traffic of its kind is drawn. */
import type { ArrivalSource } from '../trace.js';

export type TrafficModel =
  /** Independent gaps of one gamma law; `cv` is σ/μ of the gaps. */
  | { readonly kind: 'gamma'; readonly rateQps: number; readonly cv: number }
  /** Blocks of the trace itself, each from a random instant on. */
  | { readonly kind: 'blocks'; readonly blockMs: number };

/** Traces of the same kind as one trace: numbered, and the same at every reading. */
export interface FreshTraffic {
  readonly model: TrafficModel;
  /** Queries of each draw, and of the trace that the model was fitted to. */
  readonly queries: number;
  readonly traceQueries: number;
  /** Draw number `replication` from its start. */
  open(replication: number): ArrivalSource;
}
