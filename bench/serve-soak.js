/** Ten minutes of load at 90 %, and ten more in which a replica is killed every 20 s: nothing lost, nothing twice, memory flat, no rule of batches broken. */
import { randomStream } from '../dist/random.js';
import { figure, printTable } from './measure.js';
import { soak } from './soak.js';

export async function bench({ isQuick }) {
  const seconds = isQuick ? 20 : 600;
  const rows = [];
  for (const killEveryS of [0, isQuick ? 3 : 20]) {
    const random = randomStream(1, 'soak', String(killEveryS));
    const result = await soak({ seconds, utilisation: 0.9, killEveryS, random });
    const { sent, right, wrong, refused, failed, hung, kills, restarts, batches, memory, utilisation } = result;
    const isWhole =
      sent === right + refused + failed && wrong + hung + result.leftInQueues === 0 && result.arrivals === sent;
    rows.push([
      killEveryS === 0 ? 'none' : `every ${killEveryS} s (${kills}, ${restarts} restarts)`,
      sent,
      right,
      refused,
      failed,
      wrong + hung,
      isWhole ? 'yes' : 'NO',
      figure(100 * utilisation),
      `${figure(memory.earlyMiB)} → ${figure(memory.lateMiB)}`,
      batches,
      result.brokenRules.length,
    ]);
    for (const line of result.brokenRules.slice(0, 5)) console.error(line);
  }
  printTable(
    `serve-soak: ${seconds} s each`,
    [
      'kills',
      'sent',
      'right',
      'refused',
      'failed',
      'wrong or hung',
      'all accounted for',
      'busiest stage %',
      'memory MiB',
      'batches',
      'broken rules',
    ],
    rows,
  );
}
