/** Opens ONNX models with ONNX Runtime, an optional package that is loaded when the first model is. */
import { resolve } from 'node:path';
import { InputError } from '../../errors.js';
import type { NumericArray, OnnxModel, OnnxTensor } from './stage-module.js';

type Runtime = typeof import('onnxruntime-node');

/** ONNX Runtime's severity "error": some models print hundreds of warnings. */
const ERRORS_ONLY = 3;

/** What the constructor of a typed array is called in ONNX Runtime. */
const ELEMENT_TYPES: Readonly<Record<string, string>> = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Int8Array: 'int8',
  Int16Array: 'int16',
  Int32Array: 'int32',
  Uint8Array: 'uint8',
  Uint16Array: 'uint16',
  Uint32Array: 'uint32',
  BigInt64Array: 'int64',
  BigUint64Array: 'uint64',
  Array: 'string',
};

/**
 * Opens one model for one thread: a session computes where it is called and blocks that thread meanwhile.
 * @param model a path, relative to `folder`, or the model's bytes
 * @throws InputError when ONNX Runtime is not installed or the model cannot be read
 */
export async function openOnnxModel(model: string | Uint8Array, folder: string): Promise<OnnxModel> {
  const runtime = await loadRuntime();
  const { InferenceSession, Tensor } = runtime;
  const options = {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: ERRORS_ONLY,
  } as const;
  const open = () =>
    typeof model === 'string'
      ? InferenceSession.create(resolve(folder, model), options)
      : InferenceSession.create(model, options);
  const session = await open().catch((error: unknown) => {
    const shown = typeof model === 'string' ? model : `a model of ${model.length} bytes`;
    throw new InputError('ONNX_MODEL', `${shown}: cannot be opened as an ONNX model: ${messageOf(error)}`);
  });
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds) {
      const given = Object.entries(feeds).map(([name, tensor]) => [name, tensorOf(Tensor, tensor)]);
      const results = await session.run(Object.fromEntries(given));
      const found = Object.entries(results).map(([name, { data, dims, type }]) => {
        return [name, { data: data as NumericArray, dims, type }] as const;
      });
      return Object.fromEntries(found);
    },
    close: () => session.release(),
  };
}

function tensorOf(Tensor: Runtime['Tensor'], { data, dims, type }: OnnxTensor) {
  const elements = type ?? ELEMENT_TYPES[data.constructor.name];
  return new Tensor(elements as 'float32', data as Float32Array, dims);
}

async function loadRuntime(): Promise<Runtime> {
  try {
    const loaded = await import('onnxruntime-node');
    return 'default' in loaded ? (loaded.default as Runtime) : loaded;
  } catch (error) {
    throw new InputError(
      'ONNX_RUNTIME_MISSING',
      `onnxruntime-node cannot be loaded: ${messageOf(error)}`,
      'Install it: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node',
    );
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
