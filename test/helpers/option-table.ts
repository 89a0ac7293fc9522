/** The options of a command as the README lists them, from their declaration. */

import { writtenNames } from '../../src/cli/flags/command.js';
import type { Flag, FlagTable } from '../../src/cli/flags/flag.js';

/** One row for each option; `without` are options that the reader knows already. */
export function optionTable(flags: FlagTable, without: readonly string[]): string {
  const rows = Object.entries(flags).flatMap(([key, flag]) => {
    const names = writtenNames({ [key]: flag }).filter((name) => name.startsWith('--'));
    if (names.length === 0 || names.some((name) => without.includes(name))) return [];
    return [`| ${names.map((name) => `\`${name}\``).join(', ')} | ${defaultCell(flag)} | ${helpCell(flag)} |\n`];
  });
  return `| option | default | |\n|---|---|---|\n${rows.join('')}`;
}

function defaultCell(flag: Flag<unknown>): string {
  return flag.default === undefined ? (flag.otherwise ?? '').replace(/--[a-z-]+/g, '`$&`') : `\`${flag.default}\``;
}

function helpCell({ help, choices, form }: Flag<unknown>): string {
  const more = [
    ...(choices === undefined ? [] : [choices.map((choice) => `\`${choice}\``).join(', ')]),
    ...(form === 'repeatable' ? ['repeatable'] : []),
  ];
  const words = more.length === 0 ? help : `${help} (${more.join('; ')})`;
  return words.replace(/--[a-z-]+/g, '`$&`');
}
