/** What is fuzzed: something that takes an input from outside, and what counts as a fault of ours. */
import type fc from 'fast-check';
import { BackendError, InputError } from '../../src/errors.js';

/** An input is used, or refused in words; anything else that comes out is a fault. */
export type Verdict = 'accepted' | 'refused';

export interface Subject<Input> {
  /** Throws whatever is neither a result nor a refusal of ours. */
  take(input: Input): Verdict | Promise<Verdict>;
  close?(): void | Promise<void>;
}

export interface Target<Input = never> {
  /** Kind and what it is: `file pipeline`, `call infer`. */
  readonly name: string;
  readonly inputs: fc.Arbitrary<Input>;
  /** Inputs that found a fault once. */
  readonly examples?: readonly Input[];
  /** A part of the usual number of runs, for what takes long. */
  readonly share?: number;
  open(): Subject<Input> | Promise<Subject<Input>>;
}

/** A target among others, whatever its inputs are. */
// biome-ignore lint/suspicious/noExplicitAny: a list of targets holds inputs of every type
export type AnyTarget = Target<any>;

export interface Given {
  /** What every line of a refusal must contain, such as the file's name. */
  readonly named?: string;
  /** The input, whose own words may stand in a refusal. */
  readonly input?: string;
}

/** Runs something on an input. */
export async function verdictOf(run: () => unknown, given: Given = {}): Promise<Verdict> {
  try {
    await run();
    return 'accepted';
  } catch (error) {
    if (error instanceof InputError) checkWords(error.problems, given);
    else if (error instanceof BackendError) checkWords([error.message], { ...given, named: '' });
    else throw error;
    return 'refused';
  }
}

const MOST_LINES = 51;
const LONGEST_LINE = 2000;
/** Escape codes and line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern finds control characters
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
/** What a program says of values that it did not expect. */
const LOST_WORDS = ['[object ', 'undefined', 'NaN', 'is not a function', 'Cannot read'];

export function checkWords(problems: readonly string[], { named = '', input = '' }: Given): void {
  if (problems.length === 0 || problems.length > MOST_LINES) throw new Error(`${problems.length} problems`);
  for (const line of problems) {
    const isBad = CONTROL.test(line) || line.length > LONGEST_LINE;
    if (isBad || LOST_WORDS.some((word) => line.includes(word) && !input.includes(word)))
      throw new Error(`a problem in bad words: ${JSON.stringify(line.slice(0, LONGEST_LINE))}`);
    if (!line.includes(named) && !line.startsWith('… and ')) throw new Error(`a problem without a place: ${line}`);
  }
}
