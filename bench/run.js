/**
 * npm run bench [-- name …] [--quick]
 *
 * Each benchmark prints one table. A figure depends on the machine; the ratio beside it compares two figures of one run.
 * --quick makes every input small, to see that the benchmarks still run.
 */
const BENCHES = [
  'start-up',
  'estimator',
  'plan',
  'memory',
  'enumeration',
  'cost-table',
  'proof-grid',
  'out-of-sample',
  'load',
  'serving',
  'serve-soak',
  'hostile',
  'fidelity',
  'tune-week',
  'compare-day',
  'chaos',
];
/** Those that run when none is named: the rest take minutes and do not measure time. */
const USUAL = ['start-up', 'estimator', 'plan', 'memory'];

const named = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const isQuick = process.argv.includes('--quick');
const unknown = named.filter((name) => !BENCHES.includes(name));
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(', ')}, must be one of ${BENCHES.join(', ')}`);
  process.exit(2);
}
for (const name of named.length > 0 ? named : USUAL) {
  const { bench } = await import(`./${name}.js`);
  await bench({ isQuick });
}
