/**
 * The contract of a stage module: a JavaScript file that does the work of one stage. Every replica loads its own copy
 * in its own worker thread. A module may keep state, but replicas share none.
 */
import type { Stage } from '../../model/pipeline.js';

/** What a module is given when a replica starts. */
export interface StageContext {
  readonly stage: Stage;
  /** Names of the stages that have an edge from this one: the keys that `send` may use. */
  readonly children: readonly string[];
  /** Absolute path of the folder of the pipeline file. */
  readonly folder: string;
  /** Opens an ONNX model: a path (relative to `folder`), or its bytes. One intra-op thread. */
  readonly openModel: (model: string | Uint8Array) => Promise<OnnxModel>;
}

/** What becomes of one item. */
export interface StageResult {
  /**
   * The stage's answer for the item: part of the query's answer when the query goes no further, and what a join sees.
   */
  readonly output?: unknown;
  /**
   * Items for each child, by its name. A missing child, or one with no items, gets nothing. Without `send` every child
   * gets `output` as its one item.
   */
  readonly send?: Readonly<Record<string, readonly unknown[]>>;
}

export interface StageRunner {
  /** Works on one batch: results in the order of the items, as many. */
  run(items: readonly unknown[]): readonly StageResult[] | Promise<readonly StageResult[]>;
  /** Called when the replica is removed. */
  close?(): void | Promise<void>;
}

/** What a stage module exports. */
export interface StageModule {
  createStage(context: StageContext): StageRunner | Promise<StageRunner>;
}

/** A tensor as the Open Inference Protocol states it; entry stages get `{ name: tensor }`. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly datatype: string;
  /** Row-major. Numeric data types have the typed array of their name, BOOL and BYTES plain arrays. */
  readonly data: TensorData;
}

export type NumericArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

export type TensorData = NumericArray | readonly string[] | readonly boolean[];

/** What goes into an ONNX model and comes out of it; the type of a typed array is inferred. */
export interface OnnxTensor {
  readonly data: NumericArray | readonly string[];
  readonly dims: readonly number[];
  /**
   * ONNX Runtime's name of the element type, such as `float32`. Needed where the array does not show it, as for `bool`.
   */
  readonly type?: string;
}

export interface OnnxModel {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, OnnxTensor>>): Promise<Record<string, Required<OnnxTensor>>>;
  close(): Promise<void>;
}
