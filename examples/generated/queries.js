/** Inputs of sample queries: what `infer-plan load`, `profile` and `validate` send. */
import { seedAt, seededRandom } from '../seeded-random.js';
import { INPUT_SIZE } from './networks.js';

/**
 * @param {number} seed
 * @returns {(query: number) => object[]} inputs of query number `query`, as the Open Inference Protocol writes them
 */
export function queryInputs(seed) {
  return (query) => {
    const random = seededRandom(seedAt(seed, query));
    const data = Array.from({ length: INPUT_SIZE }, () => Math.round(random() * 2000 - 1000) / 1000);
    return [{ name: 'x', shape: [1, INPUT_SIZE], datatype: 'FP32', data }];
  };
}
