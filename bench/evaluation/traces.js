/**
 * Ten traces from published recordings, as the InferLine paper makes its own of AutoScale's: the mean rates of a recording, scaled to
 * a peak of 300/s, each drawn for 30 s with gaps of CV 1. A recording of more than 120 rates is summed to 120, so that a trace is at
 * most an hour. Two more keep the recorded gaps, ten times as fast.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTimestamps } from '../../dist/files/recording/timestamps.js';
import { arrivalsUsOf } from '../arrivals.js';

const US_PER_S = 1_000_000;
const POINTS = 120;
const POINT_S = 30;
const SPEED = 10;
export const PEAK_QPS = 300;
const MINUTES_A_DAY = 1440;

const stamps =
  (file, options = {}) =>
  (folder) =>
    readTimestamps(join(folder, file), { hasHeader: true, sort: false, ...options }).arrivalsUs;
/** The last column of rows [from, to): a count each. */
const counted =
  (file, from = 0, to = undefined) =>
  (folder) => {
    const rows = readFileSync(join(folder, file), 'utf8').trim().split('\n').slice(1);
    return rows.slice(from, to).map((row) => Number(row.slice(row.lastIndexOf(',') + 1)));
  };

/** Name → file, and its rates or its gaps. */
const RECORDINGS = [
  { name: 'azure code', file: 'azure_llm_2023_code.csv', arrivals: stamps('azure_llm_2023_code.csv') },
  { name: 'azure conversation', file: 'azure_llm_2023_conv.csv', arrivals: stamps('azure_llm_2023_conv.csv') },
  { name: 'mooncake conversation', file: 'mooncake_conversation.csv', arrivals: stamps('mooncake_conversation.csv') },
  { name: 'mooncake synthetic', file: 'mooncake_synthetic.csv', arrivals: stamps('mooncake_synthetic.csv') },
  {
    name: 'image generation, 23 days',
    file: 'gentd26_lora_request_trace.csv.gz',
    arrivals: stamps('gentd26_lora_request_trace.csv.gz', { sort: true }),
  },
  {
    name: 'image generation, a day',
    file: 'gentd26_queue_rt_raw_anon.csv.gz',
    arrivals: stamps('gentd26_queue_rt_raw_anon.csv.gz', { column: 'timestamp_anon', sort: true }),
  },
  {
    name: 'twitter, busiest hour',
    file: 'twitter_2021-08_peak_hour.csv',
    counts: counted('twitter_2021-08_peak_hour.csv'),
  },
  {
    name: 'twitter, a day',
    file: 'twitter_2021-08_permin.csv',
    counts: counted('twitter_2021-08_permin.csv', 0, MINUTES_A_DAY),
    eachS: 60,
  },
  {
    name: 'azure code, recorded gaps',
    file: 'azure_llm_2023_code.csv',
    arrivals: stamps('azure_llm_2023_code.csv'),
    keepsGaps: true,
  },
  {
    name: 'azure conversation, recorded gaps',
    file: 'azure_llm_2023_conv.csv',
    arrivals: stamps('azure_llm_2023_conv.csv'),
    keepsGaps: true,
  },
];

/** The traces whose recordings are in the folder: `{ name, planningUs, servedUs }`, the first quarter and the rest from 0 on. */
export function tracesIn(folder) {
  return RECORDINGS.flatMap(({ file, ...recording }) => {
    if (!existsSync(join(folder, file))) {
      console.error(`${recording.name}: no ${file} in ${folder}, left out`);
      return [];
    }
    return [{ name: recording.name, ...quarters(arrivalsOf(recording, folder)) }];
  });
}

function arrivalsOf({ arrivals, counts, eachS = 1, keepsGaps = false }, folder) {
  const stampsUs = arrivals?.(folder);
  if (keepsGaps) return spedUp(stampsUs);
  return drawn(scaled(summed(counts?.(folder) ?? perSecond(stampsUs), eachS)));
}

function perSecond(arrivalsUs) {
  const counts = new Array(Math.floor(arrivalsUs.at(-1) / US_PER_S) + 1).fill(0);
  for (const us of arrivalsUs) counts[Math.floor(us / US_PER_S)]++;
  return counts;
}

/** At most `POINTS` sums over runs of equal length; a shorter recording keeps steps of `POINT_S` seconds. */
function summed(counts, eachS) {
  const points = Math.min(POINTS, Math.floor((counts.length * eachS) / POINT_S));
  return Array.from({ length: points }, (_, i) => {
    const run = counts.slice(Math.floor((i * counts.length) / points), Math.floor(((i + 1) * counts.length) / points));
    return run.reduce((sum, count) => sum + count, 0) / run.length;
  });
}

function scaled(rates) {
  const peak = Math.max(...rates);
  return rates.map((rate) => (rate * PEAK_QPS) / peak);
}

function drawn(ratesQps) {
  const arrivals = [];
  ratesQps.forEach((rateQps, i) => {
    const count = Math.ceil(rateQps * POINT_S * 1.5) + 20;
    if (rateQps < 0.05) return;
    for (const us of arrivalsUsOf({ rateQps, cv: 1, count, seed: 100 + i })) {
      if (us >= POINT_S * US_PER_S) break;
      arrivals.push(us + i * POINT_S * US_PER_S);
    }
  });
  return Float64Array.from(arrivals);
}

/** All gaps shortened alike. */
function spedUp(arrivalsUs) {
  return arrivalsUs.map((us) => Math.floor(us / SPEED));
}

function quarters(arrivalsUs) {
  const splitUs = arrivalsUs[0] + (arrivalsUs.at(-1) - arrivalsUs[0]) / 4;
  const from = arrivalsUs.findIndex((us) => us > splitUs);
  return {
    planningUs: arrivalsUs.slice(0, from),
    servedUs: arrivalsUs
      .slice(from)
      .map((us) => us - splitUs)
      .map(Math.floor),
  };
}
