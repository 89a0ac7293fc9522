/** Tensors of a batch as the Open Inference Protocol writes them in JSON, filled with seeded random values. */
import type { Datatype, ItemTensor } from '../shared/stage-input.js';

export interface BatchTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: readonly (number | boolean | string)[];
}

/** Decimals of a random real: enough to be real work for a parser, few enough for a short body. */
const DECIMALS = 4;

/**
 * One tensor per name. The first dimension is the batch. `next` gives uniforms in [0, 1). Whole numbers are 0 or 1,
 * which are valid as indices and as masks.
 */
export function batchTensors(item: readonly ItemTensor[], batchSize: number, next: () => number): BatchTensor[] {
  return item.map(({ name, datatype, shape }) => {
    const count = shape.reduce((product, size) => product * size, batchSize);
    const data = Array.from({ length: count }, () => randomValue(datatype, next));
    return { name, datatype, shape: [batchSize, ...shape], data };
  });
}

function randomValue(datatype: Datatype, next: () => number): number | boolean | string {
  const uniform = next();
  if (datatype === 'BOOL') return uniform < 0.5;
  if (datatype === 'BYTES') return uniform.toFixed(DECIMALS);
  return datatype.startsWith('FP') ? Number((2 * uniform - 1).toFixed(DECIMALS)) : Math.round(uniform);
}
