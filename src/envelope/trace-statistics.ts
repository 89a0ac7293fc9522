/** Statistics of a trace from one pass over it, in flat memory. */
import type { EnvelopePoint } from '../model/plan/plan.js';
import type { ArrivalSource } from '../model/trace.js';
import { addTo, addZerosTo, emptyMoments, type Moments, varianceOf } from '../stats/moments.js';
import { meanRate, msFromS, msFromUs, usFromMs } from '../units.js';
import { doublingBins, type RateBins } from './rate-bins.js';
import { gapVariation, judgeSteadiness, type Steadiness } from './steadiness.js';
import { envelopeWindowsMs, slidingWindows } from './traffic-envelope.js';

/** Widths for rates and dispersion, in seconds. */
const WINDOWS_S = [1, 10, 60] as const;
const BLOCK_ARRIVALS = 16_384;

/** What `trace info` prints of a trace. */
export interface TraceStatistics {
  readonly arrivals: number;
  readonly firstArrivalMs: number;
  readonly lastArrivalMs: number;
  /** From the first arrival to the last. */
  readonly spanMs: number;
  /** (Arrivals − 1) ÷ span; 0, unknown, when all stand at one instant. */
  readonly meanRateQps: number;
  /** Coefficient of variation σ/μ of the gaps; undefined below two arrivals, or when all stand at one instant. */
  readonly gapCv: number | undefined;
  readonly windows: readonly WindowStatistics[];
  readonly envelope: readonly EnvelopePoint[];
  readonly rateOverTime: RateBins;
  /** Undefined where the trace is too short to say. */
  readonly steadiness: Steadiness | undefined;
}

/** Counts of arrivals in windows of one width. */
export interface WindowStatistics {
  readonly windowMs: number;
  /** Busiest window wherever it starts, as in the envelope. */
  readonly peakQueries: number;
  readonly peakRateQps: number;
  /** Busiest of the windows [0, w), [w, 2w), …, as a log of counts would show it. */
  readonly peakAlignedQueries: number;
  /**
   * Variance ÷ mean of the counts of the whole windows [0, w), [w, 2w), …; 1 for Poisson. Undefined below two of them.
   */
  readonly indexOfDispersion: number | undefined;
}

/**
 * Reads a source to its end. `smallestWindowMs` is the envelope's first width. `onBlock` gets the number of arrivals so
 * far.
 */
export function traceStatistics(
  source: ArrivalSource,
  { smallestWindowMs, onBlock }: { smallestWindowMs: number; onBlock?: (arrivals: number) => void },
): TraceStatistics {
  const windowsMs = WINDOWS_S.map(msFromS);
  const sliding = slidingWindows([...windowsMs, ...envelopeWindowsMs(smallestWindowMs)]);
  const aligned = windowsMs.map((windowMs) => alignedWindows(usFromMs(windowMs)));
  const bins = doublingBins();
  const gaps = gapVariation();
  const block = new Float64Array(BLOCK_ARRIVALS);
  let arrivals = 0;
  let firstUs = 0;
  let lastUs = 0;
  for (let count = source.read(block); count > 0; count = source.read(block)) {
    sliding.add(block, count);
    for (let i = 0; i < count; i++) {
      const arrivalUs = block[i]!;
      if (arrivals === 0) firstUs = arrivalUs;
      else gaps.add(arrivalUs - lastUs);
      for (const windows of aligned) windows.add(arrivalUs);
      bins.add(arrivalUs);
      lastUs = arrivalUs;
      arrivals++;
    }
    onBlock?.(arrivals);
  }

  const peaks = sliding.peaks();
  const rateOverTime = bins.end();
  return {
    arrivals,
    firstArrivalMs: msFromUs(firstUs),
    lastArrivalMs: msFromUs(lastUs),
    spanMs: msFromUs(lastUs - firstUs),
    meanRateQps: meanRate(arrivals, lastUs - firstUs),
    gapCv: lastUs > firstUs ? gaps.cv() : undefined,
    windows: aligned.map((windows, w) => ({
      windowMs: peaks[w]!.windowMs,
      peakQueries: peaks[w]!.queries,
      peakRateQps: peaks[w]!.rateQps,
      ...windows.end(lastUs),
    })),
    envelope: peaks.slice(windowsMs.length),
    rateOverTime,
    steadiness: judgeSteadiness(rateOverTime, gaps.nearCv()),
  };
}

/** Counts of the windows [0, w), [w, 2w), …, from the one of the first arrival on. */
function alignedWindows(widthUs: number) {
  const counts: Moments = emptyMoments();
  let window = -1;
  let inWindow = 0;
  let peak = 0;
  return {
    add(arrivalUs: number) {
      const arrivalWindow = Math.floor(arrivalUs / widthUs);
      if (window === -1) window = arrivalWindow;
      if (arrivalWindow > window) {
        addTo(counts, inWindow);
        addZerosTo(counts, arrivalWindow - window - 1);
        inWindow = 0;
        window = arrivalWindow;
      }
      inWindow++;
      if (inWindow > peak) peak = inWindow;
    },
    /** A window counts as whole once the trace has reached its last microsecond. */
    end(lastUs: number): Pick<WindowStatistics, 'peakAlignedQueries' | 'indexOfDispersion'> {
      if (lastUs === (window + 1) * widthUs - 1) addTo(counts, inWindow);
      const isKnown = counts.count > 1 && counts.mean > 0;
      return { peakAlignedQueries: peak, indexOfDispersion: isKnown ? varianceOf(counts) / counts.mean : undefined };
    },
  };
}
