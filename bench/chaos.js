/** A thousand faults over an emulated day, thrown at `tune --apply` that drives `serve`; then a life of the tuner that no fault may end. */
import { runChaos } from './chaos/run-chaos.js';
import { figure, printTable } from './measure.js';

const DAY_MS = 86_400_000;
const SPEED = 120;
const SETTLE_MS = 120_000;

export async function bench({ isQuick }) {
  for (const isMortal of [true, false]) {
    const count = (isMortal ? 1000 : 200) / (isQuick ? 25 : 1);
    const dayMs = isMortal && !isQuick ? DAY_MS : 0;
    const result = await runChaos({ count, seed: 1, speed: SPEED, dayMs, settleMs: SETTLE_MS, isMortal });
    const { faults, checks, hours, watchedHours, eras, arrivals, decisions, seen, ends, memory } = result;
    const title = `chaos: ${count} faults in ${figure(hours)} h at ${SPEED} times the clock${isMortal ? '' : ', none that ends the tuner'}`;
    printTable(
      title,
      ['fault', 'thrown', 'requests and streams that met it'],
      faults.map(({ kind, thrown, met }) => [kind, thrown, met ?? '']),
    );
    printTable(
      'what must hold',
      ['check', 'broken'],
      Object.entries(checks).map(([check, broken]) => [check, broken.length]),
    );
    printTable(
      'what happened',
      ['', ''],
      [
        ['hours for which tune knew the arrivals', figure(watchedHours)],
        ['arrivals', arrivals],
        ['starts of serve', eras],
        [
          'lives of tune, by how they ended',
          Object.entries(ends)
            .map(([end, n]) => `${end}: ${n}`)
            .join(', '),
        ],
        ['decisions up, down', `${decisions.ups}, ${decisions.downs}`],
        ['records of the journal', decisions.records],
        ['requests for replicas, changes of them', `${seen.requests}, ${seen.changes}`],
        ['readings of serve held against the limits', seen.samples],
        ...Object.entries(memory).map(([name, { earlyMiB, lateMiB, peakMiB }]) => [
          `memory of ${name}, MiB`,
          `${figure(earlyMiB)} → ${figure(lateMiB)}, at most ${figure(peakMiB)}`,
        ]),
      ],
    );
    for (const broken of Object.values(checks).flat().slice(0, 20)) console.error(broken);
  }
}
