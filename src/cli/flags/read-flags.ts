/** The values of a command's options: each is parsed, and all problems are gathered. */
import type { Problems } from '../../files/problems.js';
import type { Flags, FlagTable, Form, Given } from './flag.js';

/** An option's text carries its unit, so its name does not. */
const UNIT = /(Ms|Qps)$/;

/** `--time-limit` of `timeLimitMs`. */
export function optionName(key: string): string {
  return `--${key.replace(UNIT, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The name under which commander keeps what was given: `timeLimit`. */
export function givenName(key: string): string {
  return key.replace(UNIT, '');
}

/** As it is given on the command line: `--no-validate` of one that switches off. */
export function writtenName(key: string, form: Form): string {
  return form === 'unless' ? optionName(key).replace('--', '--no-') : optionName(key);
}

/**
 * @param given by the option's name in camel case; only what stands on the command line
 * @param problems gets everything wrong with the options, alone and together; the values are then of no use
 */
export function readFlags<T extends FlagTable>(
  table: T,
  given: Readonly<Record<string, Given>>,
  problems: Problems,
): Flags<T> {
  const textOf = (key: string): Given => given[givenName(key)];
  const isGiven = (name: string): boolean => {
    const [word, wanted] = name.split(' ');
    const key = keyOf(word!);
    const text = textOf(key);
    if (wanted !== undefined) return (text ?? table[key]!.default) === wanted;
    return table[key]!.form === 'unless' ? text === false : text !== undefined;
  };
  const keyOf = (word: string) => Object.keys(table).find((key) => optionName(key) === `--${word}`)!;

  const values = Object.entries(table).map(([key, flag]) => {
    const name = writtenName(key, flag.form);
    if (isGiven(name.replace(/^--(no-)?/, ''))) {
      const { needs = [], excludes = [] } = flag;
      for (const other of excludes.filter(isGiven)) problems.add(`${name} cannot be combined with --${other}`);
      if (needs.length > 0 && !needs.some(isGiven)) {
        problems.add(`${name} needs ${anyOf(needs.map((other) => `--${other}`))}`);
      }
    }
    return [key, flag.read(textOf(key), optionName(key), problems)] as const;
  });
  return Object.fromEntries(values) as Flags<T>;
}

/** `a, b or c`. */
function anyOf(names: readonly string[]): string {
  return names.length === 1 ? names[0]! : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}
