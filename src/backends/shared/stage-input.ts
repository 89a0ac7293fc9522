/** What one item of a stage looks like to a server or an agent: its tensors without the batch dimension. */

/** Datatypes as the Open Inference Protocol names them. */
export const DATATYPES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
] as const;

export type Datatype = (typeof DATATYPES)[number];

export interface ItemTensor {
  readonly name: string;
  readonly datatype: Datatype;
  /** Without the batch dimension; empty for one number an item. */
  readonly shape: readonly number[];
}
