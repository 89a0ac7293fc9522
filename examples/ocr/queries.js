/** Inputs of sample queries: what `infer-plan load`, `profile` and `validate` send. */
import { encodePgm } from './image/gray-image.js';
import { labelAt } from './labels.js';

/**
 * @param {number} seed
 * @returns {(query: number) => object[]} inputs of query number `query`, as the Open Inference Protocol writes them
 */
export function queryInputs(seed) {
  return (query) => {
    const file = Buffer.from(encodePgm(labelAt(seed, query).image)).toString('base64');
    return [{ name: 'image', shape: [1], datatype: 'BYTES', data: [file] }];
  };
}

/**
 * The lines that stand on the label of a query: what a perfect reader answers.
 * @param {number} seed
 * @returns {(query: number) => readonly string[]}
 */
export function queryAnswers(seed) {
  return (query) => labelAt(seed, query).lines;
}
