/** Keys whose value is a table of names, which stay as they are. */
const TABLES_OF_NAMES: ReadonlySet<string> = new Set(['inventory']);

/** A result as JSON text: identifiers in snake_case with their unit, two spaces, a newline at the end. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(snakeCased(value), undefined, 2)}\n`;
}

/** The same on one line, for a stream of results. */
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
