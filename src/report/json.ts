/** Keys whose value is a table of names that users chose; those names are not changed. */
const TABLES_OF_NAMES: ReadonlySet<string> = new Set(['inventory', 'mostReplicas', 'fewestReplicas']);

/** A result as JSON text: keys in snake_case with their unit, indented by two spaces, a newline at the end. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(snakeCased(value), undefined, 2)}\n`;
}

/** A result as one line of JSON, for a stream of results. */
export function formatJsonLine(value: unknown): string {
  return `${JSON.stringify(snakeCased(value))}\n`;
}

function snakeCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCased);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [snakeCase(key), TABLES_OF_NAMES.has(key) ? inner : snakeCased(inner)]),
  );
}

function snakeCase(identifier: string): string {
  return identifier.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A result read back from its JSON: keys as they are named here. */
export function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const name = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return [name, TABLES_OF_NAMES.has(name) ? inner : camelCased(inner)];
    }),
  );
}
