/**
 * Reads published arrival traces with the importers and compares what `trace info` says of them with the figures recorded
 * when they were collected. A trace that is not in the folder is left out.
 *
 *   npm run build && node bench/published-traces.js FOLDER
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { traceStatistics } from '../dist/envelope/trace-statistics.js';
import { readCounts } from '../dist/files/recording/count-columns.js';
import { readTimestamps } from '../dist/files/recording/timestamps.js';
import { sourceOf } from '../dist/model/trace.js';
import { arrivalsOfCounts } from '../dist/workload/interval-counts.js';

const folder = process.argv[2];
if (folder === undefined) {
  console.error('usage: node bench/published-traces.js FOLDER');
  process.exit(2);
}

const MS_PER_S = 1000;
const S_PER_MINUTE = 60;
const S_PER_HOUR = 3600;
const S_PER_DAY = 24 * S_PER_HOUR;
const BYTES_PER_MIB = 2 ** 20;

const queries = { name: 'queries', of: ({ arrivals }) => arrivals, digits: 0 };
const spanS = { name: 'span (s)', of: ({ spanMs }) => spanMs / MS_PER_S, digits: 0 };
const spanHours = { name: 'span (h)', of: ({ spanMs }) => spanMs / MS_PER_S / S_PER_HOUR, digits: 1 };
const spanMinutes = { name: 'span (min)', of: ({ spanMs }) => spanMs / MS_PER_S / S_PER_MINUTE, digits: 0 };
const spanDays = { name: 'span (days)', of: ({ spanMs }) => spanMs / MS_PER_S / S_PER_DAY, digits: 0 };
const wholeDays = { name: 'span (whole days)', of: (trace) => Math.floor(spanDays.of(trace)), digits: 0 };
const millions = { name: 'queries (millions)', of: ({ arrivals }) => arrivals / 1e6, digits: 1 };
const meanRate = (digits) => ({ name: 'mean rate (/s)', of: ({ meanRateQps }) => meanRateQps, digits });
const gapCv = (digits) => ({ name: 'CV of gaps', of: ({ gapCv: cv }) => cv, digits });
const peakSecond = { name: 'most in an aligned second', of: ({ windows }) => windows[0].peakAlignedQueries, digits: 0 };
const silentSeconds = {
  name: 'seconds without a query',
  of: ({ counts }) => counts.filter((n) => n === 0).length,
  digits: 0,
};

/** A figure and its published value, with as many digits as were published. */
const PUBLISHED = [
  {
    file: 'azure_llm_2023_code.csv',
    figures: [
      [queries, 8819],
      [spanS, 3436],
      [meanRate(2), 2.57],
      [gapCv(1), 13.2],
      [peakSecond, 67],
    ],
  },
  {
    file: 'azure_llm_2023_conv.csv',
    figures: [
      [queries, 19_366],
      [spanS, 3502],
      [meanRate(2), 5.53],
      [gapCv(2), 1.09],
      [peakSecond, 16],
    ],
  },
  {
    file: 'mooncake_conversation.csv',
    figures: [
      [queries, 12_031],
      [spanS, 3537],
      [meanRate(2), 3.4],
      [gapCv(2), 3.03],
    ],
  },
  {
    file: 'mooncake_synthetic.csv',
    figures: [
      [queries, 3993],
      [spanMinutes, 17],
    ],
  },
  {
    file: 'gentd26_lora_request_trace.csv.gz',
    sort: true,
    figures: [
      [queries, 26_823],
      [wholeDays, 23],
    ],
  },
  {
    file: 'gentd26_qps.csv.gz',
    sort: true,
    figures: [
      [queries, 24_627],
      [spanHours, 22.3],
    ],
  },
  { file: 'gentd26_queue_rt_raw_anon.csv.gz', column: 'timestamp_anon', sort: true, figures: [[queries, 23_478]] },
  {
    file: 'twitter_2021-08_peak_hour.csv',
    counts: 'requests',
    intervalS: 1,
    figures: [[peakSecond, 388]],
  },
  {
    file: 'twitter_2021-08_permin.csv',
    counts: 'requests',
    intervalS: 60,
    figures: [
      [millions, 120.8],
      [meanRate(1), 63.6],
    ],
  },
  {
    file: 'twitter_2021-08_persec.csv.gz',
    counts: 'requests',
    intervalS: 1,
    figures: [
      [millions, 120.8],
      [spanDays, 22],
      [meanRate(1), 63.6],
      [peakSecond, 388],
      [silentSeconds, 37_899],
    ],
  },
];

const round = (value, digits) => Number(value.toFixed(digits)).toLocaleString('en-US');

console.log('| trace | figure | published | here | |\n|---|---|---:|---:|---|');
let misses = 0;
for (const { file, figures, counts: column, intervalS, ...options } of PUBLISHED) {
  const path = join(folder, file);
  if (!existsSync(path)) continue;
  const intervalUs = intervalS * MS_PER_S * MS_PER_S;
  const counts =
    column === undefined
      ? undefined
      : readCounts(path, { column, hasHeader: true, intervalUs, isRate: false, fillGaps: false }).counts;
  const source =
    counts === undefined
      ? sourceOf(readTimestamps(path, { hasHeader: true, sort: false, ...options }))
      : arrivalsOfCounts({ counts, intervalUs }, { spread: 'even', seed: 1 });
  const statistics = { ...traceStatistics(source, { smallestWindowMs: 100 }), counts };
  for (const [{ name, of, digits }, published] of figures) {
    const here = of(statistics);
    const agrees = round(here, digits) === round(published, digits);
    if (!agrees) misses++;
    console.log(
      `| ${file} | ${name} | ${round(published, digits)} | ${round(here, digits)} | ${agrees ? 'same' : 'differs'} |`,
    );
  }
}
console.log(
  `\n${misses} figures differ; ${Math.round(process.memoryUsage().rss / BYTES_PER_MIB)} MiB resident at the end`,
);
process.exitCode = misses === 0 ? 0 : 1;
