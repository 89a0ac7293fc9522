/**
 * Reads a value from a YAML file and writes it back. One declaration serves both, so the two cannot drift apart.
 */
import { type Entry, entryAt, fields, refuse } from './entry.js';

export interface Codec<T> {
  /** Returns the value; for a wrong one it adds a problem to the entry's file and returns a placeholder. */
  read(entry: Entry): T;
  /** Plain data, keys in snake_case and in the order of the declaration. */
  write(value: T): unknown;
}

type FieldCodecs<T> = { readonly [K in keyof T]-?: Codec<Exclude<T[K], undefined>> };

/** A value that looks the same in the file. */
export function plain<T>(read: (entry: Entry) => T): Codec<T> {
  return { read, write: (value) => value };
}

/** A mapping with these keys; the `optional` ones may be left out. */
export function record<T extends object>(codecs: FieldCodecs<T>, optional: readonly (keyof T)[] = []): Codec<T> {
  const keys = Object.keys(codecs) as (keyof T & string)[];
  const required = keys.filter((key) => !optional.includes(key)).map(snakeCase);
  const others = keys.filter((key) => optional.includes(key)).map(snakeCase);
  return {
    read(entry) {
      const field = fields(entry, required, others);
      const read = keys.flatMap((key) => {
        const found = field[snakeCase(key)];
        return found === undefined ? [] : [[key, codecs[key].read(found)]];
      });
      return Object.fromEntries(read) as T;
    },
    write(value) {
      const given = keys.filter((key) => value[key] !== undefined);
      return Object.fromEntries(given.map((key) => [snakeCase(key), codecs[key].write(value[key] as never)]));
    },
  };
}

/** A list of `least` items or more. */
export function list<T>(item: Codec<T>, of: string, least = 0): Codec<readonly T[]> {
  return {
    read(entry) {
      const { file, path, value } = entry;
      if (Array.isArray(value) && value.length >= least) {
        return value.map((element: unknown, index) => item.read(entryAt(file, [...path, index], element)));
      }
      refuse(entry, `a list of ${of}`);
      return [];
    },
    write: (values) => values.map((value) => item.write(value)),
  };
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
