/**
 * An option of a command, declared once: its text as a value, its default, its help, what it needs and what it
 * excludes. The options of commander, the typed values, the errors, the tables of the README and the completion of a
 * shell all come from the declaration.
 */
import type { Problems } from '../../files/problems.js';

/** What the text of a value means, and what a shell offers for it. */
export interface Kind<T> {
  /** Stands for the value in the help: `duration`. */
  readonly placeholder: string;
  /** @throws InputError with the option, the text and what is allowed */
  parse(text: string, option: string): T;
  readonly choices?: readonly string[];
  readonly completes?: Completes;
  /** Whether the value names a file that is written. */
  readonly writes?: boolean;
}

/** Names that the files of a folder hold, or the files themselves. */
export type Completes = 'file' | 'stage' | 'hardware' | 'stage=' | 'hardware=' | 'stage=hardware';

/** What stands on the command line for one option: nothing, a switch, one text, or several. */
export type Given = undefined | boolean | string | readonly string[];

/** How an option is written: as a switch, as one that switches off, both ways, with a value, or with values. */
export type Form = 'switch' | 'unless' | 'either way' | 'value' | 'repeatable' | 'list' | 'moved';

interface Rules {
  /** Names of options of which at least one must stand beside it. */
  readonly needs?: readonly string[];
  /** Names of options that must not, `search greedy` for one value of an option. */
  readonly excludes?: readonly string[];
}

export interface Flag<T> extends Rules {
  readonly form: Form;
  readonly help: string;
  /** Help of the option that switches off, where it can be given both ways. */
  readonly helpOff?: string;
  readonly short?: string;
  readonly placeholder?: string;
  readonly choices?: readonly string[];
  readonly completes?: Completes;
  readonly writes?: boolean;
  /** Read as if it had been given; or what holds instead, in words. */
  readonly default?: string;
  readonly otherwise?: string;
  readonly isRequired?: boolean;
  /** What is wrong with the text goes to `problems`; the value is then of no use. */
  read(given: Given, option: string, problems: Problems): T;
}

/** By the name of the value: `timeLimitMs` is given as `--time-limit`, since its text carries its unit. */
export type FlagTable = Readonly<Record<string, Flag<unknown>>>;

/** The values of the options of a table. */
export type Flags<T extends FlagTable> = { readonly [K in keyof T]: T[K] extends Flag<infer V> ? V : never };

interface ValueWords extends Rules {
  readonly help: string;
  readonly short?: string;
  readonly otherwise?: string;
}

/** An option with a value. Without a default its value is undefined when it is not given, unless it is required. */
export function value<T>(kind: Kind<T>, words: ValueWords & ({ default: string } | { isRequired: true })): Flag<T>;
export function value<T>(kind: Kind<T>, words: ValueWords): Flag<T | undefined>;
export function value<T>(
  kind: Kind<T>,
  words: ValueWords & { default?: string; isRequired?: boolean },
): Flag<T | undefined> {
  return {
    form: 'value',
    ...kind,
    ...words,
    read(given, option, problems) {
      const text = (given as string | undefined) ?? words.default;
      if (text === undefined && words.isRequired)
        problems.add(`${option} is missing: add ${option} ${kind.placeholder.toUpperCase()}`);
      return text === undefined ? undefined : problems.attempt(() => kind.parse(text, option));
    },
  };
}

/** An option that may be given several times; undefined when it is not. */
export function repeatable<T>(kind: Kind<T>, words: ValueWords): Flag<readonly T[] | undefined> {
  return { form: 'repeatable', ...kind, ...words, read: eachBy(kind) };
}

/** An option that takes all values up to the next option; undefined when it is not given. */
export function list<T>(kind: Kind<T>, words: ValueWords): Flag<readonly T[] | undefined> {
  return { form: 'list', ...kind, ...words, read: eachBy(kind) };
}

/** What an option means that is given once for each of several names. */
export interface GatheredKind<T> extends Omit<Kind<T>, 'parse'> {
  /** @throws InputError with the option, the text and what is allowed */
  parse(texts: readonly string[], option: string): T;
}

/** An option given once for each of several names, read together; undefined when it is not given. */
export function gathered<T>(kind: GatheredKind<T>, words: ValueWords): Flag<T | undefined> {
  return {
    form: 'repeatable',
    ...kind,
    ...words,
    read(given, option, problems) {
      return given === undefined ? undefined : problems.attempt(() => kind.parse(given as readonly string[], option));
    },
  };
}

/** An option without a value: whether it is given. */
export function toggle(help: string, rules: Rules = {}): Flag<boolean> {
  return { form: 'switch', help, ...rules, read: (given) => given === true };
}

/** An option that switches off, `--no-validate`: false when it is given. */
export function unless(help: string, rules: Rules = {}): Flag<boolean> {
  return { form: 'unless', help, ...rules, read: (given) => given !== false };
}

/** An option to switch on or off; undefined when neither is given. */
export function eitherWay(
  help: string,
  helpOff: string,
  { otherwise }: { otherwise: string },
): Flag<boolean | undefined> {
  return { form: 'either way', help, helpOff, otherwise, read: (given) => given as boolean | undefined };
}

/** An option of earlier versions: it is refused with what does the same now. */
export function moved(to: string): Flag<undefined> {
  return {
    form: 'moved',
    help: to,
    read(given, option, problems) {
      if (given !== undefined) problems.add(`${option} is ${to}`);
      return undefined;
    },
  };
}

function eachBy<T>(kind: Kind<T>) {
  return (given: Given, option: string, problems: Problems): readonly T[] | undefined =>
    (given as readonly string[] | undefined)?.flatMap(
      (text) => problems.attempt(() => [kind.parse(text, option)]) ?? [],
    );
}
