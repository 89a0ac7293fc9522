/** A span of a trace, whatever wrote it. */
export interface Span {
  readonly id: string;
  /** Undefined for the first span of a trace. */
  readonly parent: string | undefined;
  readonly name: string;
  /** `service.name` of what wrote it; empty where it is not told. */
  readonly service: string;
  /** µs from the first instant of the file, with fractions. */
  readonly startUs: number;
  readonly endUs: number;
  readonly isError: boolean;
  /** Text and numbers by key. */
  readonly attributes: ReadonlyMap<string, string | number>;
  /** Spans that caused this one besides its parent, with the items that each sent. */
  readonly links: readonly { readonly id: string; readonly items: number }[];
}

/** Spans by trace, traces in the order of the file. */
export type Traces = ReadonlyMap<string, readonly Span[]>;

/** Attributes of this tool's own export. */
export const STAGE_KEY = 'infer_plan.stage';
export const ITEMS_KEY = 'infer_plan.items';
export const BATCH_KEY = 'infer_plan.batch';
/** Attributes that tell how many items a span worked on at once. */
export const SIZE_KEYS = ['infer_plan.batch.size', 'batch_size', 'batch.size'] as const;
