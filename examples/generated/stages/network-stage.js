/** A stage that runs one network on vectors: one matrix in, one matrix out, a row an item. */

/**
 * @param {{ openModel: (bytes: Uint8Array) => Promise<any>, network: Uint8Array, inputs: number, outputs: number, vectorOf: (item: any) => Float32Array }} options
 *   `inputs` and `outputs` are the lengths of a row
 */
export async function networkStage({ openModel, network, inputs, outputs, vectorOf }) {
  const model = await openModel(network);
  return {
    async run(items) {
      const data = new Float32Array(items.length * inputs);
      items.forEach((item, row) => {
        const vector = vectorOf(item);
        if (vector.length !== inputs) throw new Error(`x = ${vector.length} numbers, must be ${inputs}`);
        data.set(vector, row * inputs);
      });
      const { y } = await model.run({ x: { data, dims: [items.length, inputs] } });
      return items.map((_, row) => ({ output: y.data.slice(row * outputs, (row + 1) * outputs) }));
    },
  };
}
