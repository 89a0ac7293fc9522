/** Prepares a recorded trace for planning: cut, rescale to a peak rate, split, in this order. */
import { InputError } from '../errors.js';
import { type ArrivalSource, type ArrivalTrace, sourceOf } from '../model/trace.js';
import { queriesIn, usFromMs } from '../units.js';
import { arrivalsOfCounts, type IntervalCounts, peakOfCounts, type Spread, scaledCounts } from './interval-counts.js';
import { cutSource, scaledToPeak } from './reshape.js';

/** A trace that can be read from its start as often as needed, and where it ends. */
export interface ShapedTrace {
  open(): ArrivalSource;
  readonly endUs: number;
}

export interface Shaping {
  /** Keeps [fromMs, toMs) and counts from `fromMs`. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** The busiest window of `windowMs` shall have this mean rate. */
  readonly peak?: { readonly rateQps: number; readonly windowMs: number } | undefined;
}

/**
 * Shapes instants. A faster or slower clock brings them to a peak rate and keeps their bursts. Throws InputError
 * `TRACE_PEAK`.
 */
export function shapeArrivals(trace: ArrivalTrace, { fromMs = 0, toMs, peak }: Shaping): ShapedTrace {
  const fromUs = usFromMs(fromMs);
  const toUs = toMs === undefined ? Number.POSITIVE_INFINITY : usFromMs(toMs);
  const kept = trace.arrivalsUs.filter((arrivalUs) => arrivalUs >= fromUs && arrivalUs < toUs);
  for (let i = 0; i < kept.length; i++) kept[i]! -= fromUs;
  const cut = { arrivalsUs: kept };
  const shaped = peak === undefined ? cut : broughtToPeak(cut, peak);
  return { open: () => sourceOf(shaped), endUs: (shaped.arrivalsUs.at(-1) ?? -1) + 1 };
}

/** Shapes counts. A factor on every count brings them to a peak rate. Cuts fall between intervals. */
export function shapeCounts(
  { counts, intervalUs }: IntervalCounts,
  { fromMs = 0, toMs, peak, spread, seed }: Shaping & { spread: Spread; seed: number },
): ShapedTrace {
  const first = wholeIntervals(usFromMs(fromMs), { intervalUs, place: '--from' });
  const end = toMs === undefined ? counts.length : wholeIntervals(usFromMs(toMs), { intervalUs, place: '--to' });
  const cut = { counts: counts.slice(first, end), intervalUs };
  const busiest = peak === undefined ? undefined : peakOfCounts(cut, usFromMs(peak.windowMs));
  const factor =
    peak === undefined || busiest === undefined ? 1 : queriesOver(peak.rateQps, busiest.windowUs) / busiest.queries;
  const scaled = factor === 1 || !Number.isFinite(factor) ? cut : scaledCounts(cut, factor);
  return { open: () => arrivalsOfCounts(scaled, { spread, seed }), endUs: scaled.counts.length * intervalUs };
}

/** The first `share` of a trace's time for planning, the rest, counted from its own start, for serving. */
export function splitTrace(
  { open, endUs }: ShapedTrace,
  share: number,
): { planning: ShapedTrace; serving: ShapedTrace } {
  const atUs = Math.floor(endUs * share);
  return {
    planning: { open: () => cutSource(open(), { fromUs: 0, toUs: atUs }), endUs: atUs },
    serving: { open: () => cutSource(open(), { fromUs: atUs, toUs: Number.POSITIVE_INFINITY }), endUs: endUs - atUs },
  };
}

function broughtToPeak(
  trace: ArrivalTrace,
  { rateQps, windowMs }: { rateQps: number; windowMs: number },
): ArrivalTrace {
  const queries = Math.round(queriesIn(rateQps, windowMs));
  const scaled = scaledToPeak(trace, { queries, windowUs: usFromMs(windowMs) });
  if (scaled !== undefined) return scaled;
  throw new InputError(
    'TRACE_PEAK',
    queries < 2
      ? `--peak asks for ${queries} arrivals in --peak-window, must be 2 or more`
      : `--peak asks for ${queries} arrivals in --peak-window, must be fewer than the ${trace.arrivalsUs.length} ` +
          `arrivals of the trace and more than share one instant`,
    'Choose another --peak-window, or --spread arrivals that share an instant.',
  );
}

function wholeIntervals(us: number, { intervalUs, place }: { intervalUs: number; place: string }): number {
  if (us % intervalUs === 0) return us / intervalUs;
  throw new InputError('TRACE_CUT', `${place} lies within an interval of the counts, must be a multiple of it`);
}

function queriesOver(rateQps: number, windowUs: number): number {
  return queriesIn(rateQps, windowUs / usFromMs(1));
}
