/**
 * The value under a name that a user chose. A name such as `constructor` is then only a name: what every object
 * inherits is not found.
 */
export function ownValue<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
