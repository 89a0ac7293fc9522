/** Bodies of inference requests, made before the run, because encoding a large tensor meanwhile would delay queries. */
import { errorText, InputError } from '../errors.js';
import { formatOffered } from '../model/notation/offered-value.js';

/** One tensor of the Open Inference Protocol; data may be a typed array. */
export interface InputTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly datatype: string;
  readonly data: ArrayLike<unknown>;
}

/** What a pipeline's `queries` module exports: the tensors of query n, drawn from a seed. */
export type QueryInputs = (seed: number) => (query: number) => readonly InputTensor[];

/** The query of a pipeline that has no inputs of its own, such as an emulated one. */
const PLACEHOLDER: readonly InputTensor[] = [{ name: 'input', shape: [1, 1], datatype: 'FP32', data: [0] }];

/** Distinct queries beyond these repeat from the first. */
const MOST_BODIES = 1000;
const MOST_BYTES = 64 * 1024 * 1024;
/** Of one tensor: as many numbers as fit in the bodies of all queries. */
const MOST_VALUES = MOST_BYTES / 2;

/**
 * The bodies of queries 0, 1, 2, …: as many distinct ones as fit in 64 MiB, at most 1000. Throws InputError `QUERIES`.
 */
export function queryBodies({
  inputs,
  seed,
  queries,
}: {
  /** Without it every query carries one number. */
  readonly inputs?: QueryInputs;
  readonly seed: number;
  /** No more than this many distinct bodies are needed. */
  readonly queries: number;
}): (query: number) => Uint8Array {
  const tensorsOf = inputs === undefined ? () => PLACEHOLDER : asked('queryInputs(seed)', () => inputs(seed));
  if (typeof tensorsOf !== 'function')
    throw new InputError('QUERIES', `queryInputs(seed) = ${formatOffered(tensorsOf)}, must be a function of the query`);
  const bodies: Uint8Array[] = [];
  let bytes = 0;
  const wanted = inputs === undefined ? 1 : Math.min(queries, MOST_BODIES);
  while (bodies.length < Math.max(1, wanted) && bytes < MOST_BYTES) {
    const body = asked(`queryInputs(seed)(${bodies.length})`, () =>
      Buffer.from(JSON.stringify({ inputs: checked(tensorsOf(bodies.length)).map(plainTensor) })),
    );
    bodies.push(body);
    bytes += body.length;
  }
  return (query) => bodies[query % bodies.length]!;
}

/** What the module's code answers. Whatever it throws is the module's fault. */
function asked<T>(call: string, answer: () => T): T {
  try {
    return answer();
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError('QUERIES', `${call} of the queries module threw: ${errorText(error)}`);
  }
}

function checked(tensors: readonly InputTensor[]): readonly InputTensor[] {
  const isTensor = ({ name, shape, datatype, data }: Partial<InputTensor>) =>
    typeof name === 'string' &&
    Array.isArray(shape) &&
    typeof datatype === 'string' &&
    typeof data?.length === 'number' &&
    data.length <= MOST_VALUES;
  if (Array.isArray(tensors) && tensors.length > 0 && tensors.every((tensor) => isTensor(tensor ?? {}))) return tensors;
  throw new InputError(
    'QUERIES',
    'queryInputs(seed)(query) must be an array of tensors, each with name, shape, datatype and data',
  );
}

function plainTensor({ name, shape, datatype, data }: InputTensor): InputTensor {
  return { name, shape, datatype, data: Array.from(data) };
}
