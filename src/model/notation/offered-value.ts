/** Formats a value for an error line, after `=`: short, on one line, safe for a terminal. */

const MAX_SHOWN = 60;
const PLAIN = /^[\w.@:/+-]+$/;
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Bare if it cannot be misread (`resnet50`), quoted if it can (`"5"`, `" t4"`), a word for a list or mapping. */
export function formatOffered(value: unknown): string {
  if (value === null || value === undefined || value === '') return '(empty)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value !== 'string') return String(value);
  const shown = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
  if (PLAIN.test(value) && Number.isNaN(Number(value))) return shown;
  return JSON.stringify(shown).replace(UNSAFE, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Lists names for an error line; a long list is cut short. */
export function formatNames(names: Iterable<string>): string {
  const all = [...names];
  const shown = all.slice(0, 12).join(', ');
  return all.length > 12 ? `${shown} and ${all.length - 12} more` : shown;
}
