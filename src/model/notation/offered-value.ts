/** A value as an error line shows it after `=`: short, on one line, safe for a terminal. */

const MAX_SHOWN = 60;
const PLAIN = /^[\w.@:/+-]+$/;
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Bare where nobody can misread it (`resnet50`), quoted where somebody could (`"5"`, `" t4"`), a word for lists and mappings. */
export function formatOffered(value: unknown): string {
  if (value === null || value === undefined || value === '') return '(empty)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value !== 'string') return String(value);
  const shown = value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
  if (PLAIN.test(value) && Number.isNaN(Number(value))) return shown;
  return JSON.stringify(shown).replace(UNSAFE, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Names as an error line lists them, cut short when there are many. */
export function formatNames(names: Iterable<string>): string {
  const all = [...names];
  const shown = all.slice(0, 12).join(', ');
  return all.length > 12 ? `${shown} and ${all.length - 12} more` : shown;
}
