/** How the benchmarks time, and how they print. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const CLI = fileURLToPath(new URL('../bin/infer-plan.js', import.meta.url));

/** Processor seconds that each of `runs` calls took, ascending: other programs on the machine count little. */
export function timesOf(runs, call) {
  return Array.from({ length: runs }, () => {
    const start = process.cpuUsage();
    call();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  }).sort((a, b) => a - b);
}

/** Seconds from start to end that each of `runs` whole processes took, ascending. */
export function processTimesOf(runs, args, options = {}) {
  return Array.from({ length: runs }, () => {
    const start = performance.now();
    runNode(args, options);
    return (performance.now() - start) / 1000;
  }).sort((a, b) => a - b);
}

/** Runs Node.js to its end and returns what it printed. */
export function runNode(args, { cwd = ROOT, mayFail = false } = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (status !== 0 && !mayFail) throw new Error(`node ${args.join(' ')} exited ${status}\n${stderr}`);
  return stdout;
}

export function median(ascending) {
  const middle = ascending.length >> 1;
  return ascending.length % 2 === 1 ? ascending[middle] : (ascending[middle - 1] + ascending[middle]) / 2;
}

/** Three significant digits, without an exponent. */
export function figure(value) {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 6));
}

/** A table in Markdown, its columns aligned, under a heading. */
export function printTable(title, header, rows) {
  console.log(`\n### ${title}\n`);
  console.log(markdownTable(header, rows));
}

export function markdownTable(header, rows) {
  const cells = [header, ...rows].map((row) => row.map(String));
  const widths = header.map((_, c) => Math.max(3, ...cells.map((row) => row[c].length)));
  const line = (row) =>
    `| ${row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, c) => (c === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join('\n');
}
