/**
 * A quantity that changes with time: a rate in queries per second, a factor on a rate, or a CV of gaps. A plain value,
 * read piece by piece: between two breaks it is a straight line, so its integral and the inverse of it have closed
 * forms.
 *
 * Steps, ramps and constants are exact. A sine is drawn as 1440 chords per period and a ramp is cut into 256 pieces, so
 * that products of sloped curves stay within about 1e-5 of the true value.
 */
import { queriesIn } from '../units.js';

/** A value over time. */
export type Curve =
  | { readonly kind: 'constant'; readonly value: number }
  /** `value` from `atMs` on; the first step stands at 0, instants strictly increase. */
  | { readonly kind: 'steps'; readonly steps: readonly { readonly atMs: number; readonly value: number }[] }
  /** `startValue` before `fromMs`, `endValue` after `toMs`, a straight line between. */
  | {
      readonly kind: 'ramp';
      readonly fromMs: number;
      readonly toMs: number;
      readonly startValue: number;
      readonly endValue: number;
    }
  /** 1 + amplitude · cos(2π (t − peakAtMs) / periodMs): mean 1, amplitude in [0, 1]. */
  | { readonly kind: 'diurnal'; readonly periodMs: number; readonly amplitude: number; readonly peakAtMs: number }
  | { readonly kind: 'product'; readonly curves: readonly Curve[] };

/**
 * A straight line from `startValue` at the instant asked for to `endValue` just before `endMs` (Infinity: constant for
 * ever).
 */
export interface Piece {
  readonly endMs: number;
  readonly startValue: number;
  readonly endValue: number;
}

const CHORDS_PER_PERIOD = 1440;
const PIECES_PER_RAMP = 256;

/** A curve that never changes. */
export function constant(value: number): Curve {
  return { kind: 'constant', value };
}

/** A factor that holds for `lengthMs` from `atMs` on; 1 elsewhere. */
export function spike({ atMs, lengthMs, factor }: { atMs: number; lengthMs: number; factor: number }): Curve {
  const up = { atMs, value: factor };
  const down = { atMs: atMs + lengthMs, value: 1 };
  return { kind: 'steps', steps: atMs === 0 ? [up, down] : [{ atMs: 0, value: 1 }, up, down] };
}

/** The curve from `tMs` up to its next break. */
export function pieceFrom(curve: Curve, tMs: number): Piece {
  switch (curve.kind) {
    case 'constant':
      return level(curve.value);
    case 'steps':
      return stepPiece(curve.steps, tMs);
    case 'ramp':
      return rampPiece(curve, tMs);
    case 'diurnal':
      return diurnalPiece(curve, tMs);
    case 'product':
      return productPiece(curve.curves, tMs);
  }
}

/** Value at `tMs`; at a step, the value after it. */
export function valueAt(curve: Curve, tMs: number): number {
  return pieceFrom(curve, tMs).startValue;
}

/** Mean number of queries within [fromMs, toMs) when the curve is a rate in queries per second: ∫ rate dt. */
export function queriesUnder(rateQps: Curve, { fromMs = 0, toMs }: { fromMs?: number; toMs: number }): number {
  let queries = 0;
  let tMs = fromMs;
  while (tMs < toMs) {
    const piece = pieceFrom(rateQps, tMs);
    const untilMs = Math.min(piece.endMs, toMs);
    const untilValue = along(piece, tMs, untilMs);
    queries += queriesIn((piece.startValue + untilValue) / 2, untilMs - tMs);
    tMs = untilMs;
  }
  return queries;
}

function level(value: number, endMs = Number.POSITIVE_INFINITY): Piece {
  return { endMs, startValue: value, endValue: value };
}

function stepPiece(steps: readonly { atMs: number; value: number }[], tMs: number): Piece {
  const next = steps.findIndex(({ atMs }) => atMs > tMs);
  if (next === -1) return level(steps.at(-1)!.value);
  return level(steps[Math.max(0, next - 1)]!.value, steps[next]!.atMs);
}

function rampPiece({ fromMs, toMs, startValue, endValue }: Curve & { kind: 'ramp' }, tMs: number): Piece {
  if (tMs >= toMs) return level(endValue);
  if (tMs < fromMs) return level(startValue, fromMs);
  const at = (ms: number) => startValue + ((endValue - startValue) * (ms - fromMs)) / (toMs - fromMs);
  const endMs = gridAfter(tMs, fromMs, (toMs - fromMs) / PIECES_PER_RAMP, toMs);
  return { endMs, startValue: at(tMs), endValue: at(endMs) };
}

function diurnalPiece({ periodMs, amplitude, peakAtMs }: Curve & { kind: 'diurnal' }, tMs: number): Piece {
  const at = (ms: number) => 1 + amplitude * Math.cos((2 * Math.PI * (ms - peakAtMs)) / periodMs);
  const chordMs = periodMs / CHORDS_PER_PERIOD;
  const endMs = gridAfter(tMs, 0, chordMs);
  const startMs = endMs - chordMs;
  // On the chord, not on the sine: a piece that starts in the middle of a chord must lie on the same line as the whole.
  return {
    endMs,
    startValue: at(startMs) + ((at(endMs) - at(startMs)) * (tMs - startMs)) / chordMs,
    endValue: at(endMs),
  };
}

function productPiece(curves: readonly Curve[], tMs: number): Piece {
  const pieces = curves.map((curve) => pieceFrom(curve, tMs));
  const silent = pieces.find(({ endMs, startValue }) => endMs === Number.POSITIVE_INFINITY && startValue === 0);
  if (silent !== undefined) return silent;
  const endMs = Math.min(...pieces.map((piece) => piece.endMs));
  return {
    endMs,
    startValue: pieces.reduce((product, { startValue }) => product * startValue, 1),
    endValue: pieces.reduce((product, piece) => product * along(piece, tMs, endMs), 1),
  };
}

/** Value at `atMs` of a piece that starts at `fromMs`. */
function along({ endMs, startValue, endValue }: Piece, fromMs: number, atMs: number): number {
  if (startValue === endValue) return startValue;
  return atMs === endMs ? endValue : startValue + ((endValue - startValue) * (atMs - fromMs)) / (endMs - fromMs);
}

/** The first multiple of `stepMs` from `originMs` strictly after `tMs`, at most `lastMs`. */
function gridAfter(tMs: number, originMs: number, stepMs: number, lastMs = Number.POSITIVE_INFINITY): number {
  let index = Math.floor((tMs - originMs) / stepMs) + 1;
  while (originMs + index * stepMs <= tMs) index++;
  return Math.min(originMs + index * stepMs, lastMs);
}
