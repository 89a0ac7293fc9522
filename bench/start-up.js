/** Whole-process time of the commands that only talk, beside Node.js that does nothing. */
import { CLI, figure, median, printTable, processTimesOf } from './measure.js';

export function bench({ isQuick }) {
  const runs = isQuick ? 3 : 11;
  const commands = [
    ['node -e 0', ['-e', '0']],
    ['infer-plan --version', [CLI, '--version']],
    ['infer-plan --help', [CLI, '--help']],
    ['infer-plan plan --help', [CLI, 'plan', '--help']],
  ];
  // The first start reads the files from disk.
  for (const [, args] of commands) processTimesOf(1, args);
  const times = commands.map(([, args]) => processTimesOf(runs, args).map((s) => s * 1000));
  const bare = median(times[0]);
  const rows = commands.map(([name], i) => [
    name,
    figure(times[i][0]),
    figure(median(times[i])),
    figure(times[i].at(-1)),
    figure(median(times[i]) / bare),
  ]);
  printTable(
    `start-up: whole process, ${runs} runs`,
    ['command', 'min ms', 'median ms', 'max ms', '× node -e 0'],
    rows,
  );
}
