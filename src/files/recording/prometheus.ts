/**
 * Queries per step from the answer of Prometheus to `/api/v1/query_range`, or of `promtool query range -o json`. Series
 * are added up. A value belongs to the step that ends at its stamp, which is when Prometheus evaluated the query.
 */
import { InputError } from '../../errors.js';
import { formatDuration } from '../../model/notation/quantity.js';
import { msFromS, msFromUs, sFromMs, usFromMs } from '../../units.js';
import { BadRows } from './bad-rows.js';
import { type ImportedCounts, MOST_INTERVALS, orderedCounts, queriesRule, refuseTooMany } from './interval-rules.js';
import { JsonElements } from './json/json-elements.js';
import { isObject, parsed } from './json/json-rows.js';
import { isRangeAnswer, otherAnswer, type PrometheusKind } from './json/range-answer.js';
import type { RowCondition } from './recording.js';
import { ByteWindow } from './text/byte-window.js';

export interface PrometheusOptions {
  readonly kind: PrometheusKind;
  /** The least distance of two stamps unless said. */
  readonly intervalUs?: number | undefined;
  /** Labels of the series that count. */
  readonly where?: readonly RowCondition[] | undefined;
  /** A step without any value has no arrivals; otherwise it is a problem. */
  readonly fillGaps: boolean;
  readonly maxRateQps?: number | undefined;
  /** Values that cannot be read are left out. */
  readonly skipBad?: boolean;
}

const NUMBER = /^\d+(\.\d+)?([eE][+-]?\d+)?$/;

interface Sample {
  readonly stampUs: number;
  readonly value: number;
}

/**
 * Reads an answer, one series in memory at a time. Throws InputError `TRACE_IMPORT` with every value that is no rate or
 * count or stands between steps, and with steps that no series has.
 */
export function readPrometheus(path: string, options: PrometheusOptions): ImportedCounts & { intervalUs: number } {
  const window = new ByteWindow(path);
  try {
    const beginning = window.peek();
    if (!isRangeAnswer(beginning)) throw otherAnswer(window.shown, beginning);
    const elements = new JsonElements(window, beginning.trimStart().startsWith('[') ? '[]' : 'data.result[]');
    const bad = new BadRows(options.skipBad === true);
    const steps = new Steps(window.shown, options, bad);
    while (elements.next()) {
      const series = parsed(elements.text);
      const labels = isObject(series) ? series.metric : undefined;
      if (!isObject(series) || !isObject(labels)) bad.add(`${elements.where()}: is no series`);
      else if (isChosen(labels, options.where)) steps.add(samplesOf(series, elements.where(), bad), elements.where());
    }
    return { ...steps.result(), notes: [], skipped: bad.skipped };
  } finally {
    window.close();
  }
}

function isChosen(labels: Record<string, unknown>, where: readonly RowCondition[] = []): boolean {
  return where.every(({ column, value, isEqual }) => ((labels[column] ?? '') === value) === isEqual);
}

function samplesOf({ values }: Record<string, unknown>, where: string, bad: BadRows): readonly Sample[] {
  if (!Array.isArray(values)) {
    bad.add(`${where}: has no values, as a native histogram or an instant query has none`);
    return [];
  }
  return values.flatMap((sample: unknown) => {
    const [stamp, value] = Array.isArray(sample) ? (sample as unknown[]) : [];
    const isRead = typeof stamp === 'number' && stamp >= 0 && typeof value === 'string' && NUMBER.test(value);
    if (!isRead) bad.add(`${where}: value = ${JSON.stringify(value)} at ${stamp}, must be a number ≥ 0`);
    return isRead ? [{ stampUs: Math.round(usFromMs(msFromS(stamp))), value: Number(value) }] : [];
  });
}

/** Adds up series on one grid of steps. */
class Steps {
  private readonly shown: string;
  private readonly options: PrometheusOptions;
  private readonly bad: BadRows;
  private intervalUs: number | undefined;
  private firstUs: number | undefined;
  /** Series of one sample, which do not say how long a step is. */
  private readonly waiting: (readonly [samples: readonly Sample[], where: string])[] = [];
  /** Queries of the step that ends at `firstUs + step · intervalUs`. */
  private readonly queries = new Map<number, number>();

  constructor(shown: string, options: PrometheusOptions, bad: BadRows) {
    this.shown = shown;
    this.options = options;
    this.bad = bad;
    this.intervalUs = options.intervalUs;
  }

  add(samples: readonly Sample[], where: string): void {
    if (samples.length === 0) return;
    this.firstUs ??= samples[0]!.stampUs;
    this.intervalUs ??= leastGap(samples);
    this.waiting.push([samples, where]);
    if (this.intervalUs === undefined) return;
    for (const [held, place] of this.waiting.splice(0)) this.place(held, place, this.intervalUs);
  }

  private place(samples: readonly Sample[], where: string, intervalUs: number): void {
    const { kind, maxRateQps } = this.options;
    const { read } = queriesRule({ isRate: kind === 'rate', intervalUs, maxRateQps });
    const width = formatDuration(msFromUs(intervalUs));
    let before: { readonly step: number; readonly value: number } | undefined;
    for (const { stampUs, value } of samples) {
      const at = `${where}: value ${value} at ${sFromMs(msFromUs(stampUs))}`;
      const step = (stampUs - this.firstUs!) / intervalUs;
      if (!Number.isInteger(step)) {
        this.bad.refuse(`${at}, must be a multiple of ${width} after the first; --interval says how long a step is`);
        return;
      }
      if (before !== undefined && step <= before.step) {
        this.bad.refuse(`${at}, must be after the value before`);
        return;
      }
      const steps = kind === 'counter' && before !== undefined ? step - before.step : 1;
      const grown = before === undefined ? 0 : value < before.value ? value : value - before.value;
      const queries = read((kind === 'counter' ? grown : value) / steps);
      if (typeof queries === 'string') this.bad.add(`${at}, ${queries}`);
      else if (Math.abs(step) > MOST_INTERVALS) this.bad.refuse(`${at}, must be within ${MOST_INTERVALS} steps`);
      else if (kind !== 'counter' || before !== undefined)
        for (let i = 0; i < steps; i++) this.queries.set(step - i, (this.queries.get(step - i) ?? 0) + queries);
      before = { step, value };
    }
  }

  /** Throws InputError `TRACE_IMPORT` with every problem. */
  result(): { readonly counts: Float64Array; readonly intervalUs: number } {
    this.bad.throwIfAny();
    const { intervalUs, shown } = this;
    if (this.firstUs === undefined) throw refusal(`${shown}: has no series, must have at least one`);
    if (intervalUs === undefined) {
      throw refusal(`${shown}: has one value in each series`, 'Say with --interval how long a step is.');
    }
    const { counts, missing } = orderedCounts(this.queries);
    if (missing > 0 && !this.options.fillGaps) {
      const width = formatDuration(msFromUs(intervalUs));
      const hint = 'Count them as 0 with --fill-gaps.';
      throw refusal(`${shown}: has no value at ${missing} steps of ${width}, must have one at each`, hint);
    }
    refuseTooMany(counts, shown);
    if (!counts.some((count) => count > 0)) throw refusal(`${shown}: has no arrivals, must have at least one`);
    return { counts, intervalUs };
  }
}

/** Undefined for fewer than two samples. */
function leastGap(samples: readonly Sample[]): number | undefined {
  let least: number | undefined;
  for (let i = 1; i < samples.length; i++) {
    const gapUs = samples[i]!.stampUs - samples[i - 1]!.stampUs;
    if (gapUs > 0 && (least === undefined || gapUs < least)) least = gapUs;
  }
  return least;
}

function refusal(problem: string, hint?: string): InputError {
  return new InputError('TRACE_IMPORT', problem, hint);
}
