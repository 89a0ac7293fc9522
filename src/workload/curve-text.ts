/** Curves as people type them on the command line. Values are rates (`150/s`) or factors (`1.5x`); see `rateCurve`. */
import { InputError } from '../errors.js';
import { parseDuration, parseRate } from '../model/notation/quantity.js';
import { type Curve, constant, spike } from './curve.js';

/** A curve, whether its values are rates, and the text it came from. */
export interface TypedCurve {
  readonly curve: Curve;
  readonly unit: 'rate' | 'factor';
  readonly place: string;
}

const FACTOR = /^(\d+(?:\.\d+)?|\.\d+)x?$/;
const PLAIN = /^(?:\d+(?:\.\d+)?|\.\d+)$/;

/** `200/s`. */
export function parseConstantRate(text: string, place = '--rate'): TypedCurve {
  return { curve: constant(parseRate(text, place)), unit: 'rate', place };
}

/** `0s=150/s,60s=250/s`: from each instant on; the first is 0, instants increase. */
export function parseSteps(text: string, place = '--steps'): TypedCurve {
  const parts = text.split(',').map((part) => {
    const [at, value, ...rest] = part.split('=');
    if (at === undefined || value === undefined || rest.length > 0) {
      throw refusal(place, text, 'INSTANT=VALUE,INSTANT=VALUE, such as 0s=150/s,60s=250/s');
    }
    return { atMs: parseDuration(at, place), ...parseValue(value, place) };
  });
  if (parts[0]?.atMs !== 0) throw refusal(place, text, 'steps from 0s on');
  if (parts.some(({ atMs }, i) => i > 0 && atMs <= parts[i - 1]!.atMs)) {
    throw refusal(place, text, 'steps at increasing instants');
  }
  const unit = commonUnit(
    parts.map((part) => part.unit),
    { place, text },
  );
  return { curve: { kind: 'steps', steps: parts.map(({ atMs, value }) => ({ atMs, value })) }, unit, place };
}

/** `60s..120s=150/s..250/s`: the first value before, the second after, a straight line between. */
export function parseRamp(text: string, place = '--ramp'): TypedCurve {
  const { startText, endText, ...span } = splitRamp(text, place, '60s..120s=150/s..250/s');
  const start = parseValue(startText, place);
  const end = parseValue(endText, place);
  const unit = commonUnit([start.unit, end.unit], { place, text });
  return { curve: { kind: 'ramp', ...span, startValue: start.value, endValue: end.value }, unit, place };
}

/** `60s..120s=1..4`: a CV that moves from one value to another. */
export function parseCvRamp(text: string, place = '--cv-ramp'): Curve {
  const { startText, endText, ...span } = splitRamp(text, place, '60s..120s=1..4');
  return { kind: 'ramp', ...span, startValue: parseCv(startText, place), endValue: parseCv(endText, place) };
}

/** A coefficient of variation σ/μ: a plain number from 0 on. */
export function parseCv(text: string, place = '--cv'): number {
  const cv = PLAIN.test(text) ? Number(text) : Number.NaN;
  if (!(cv <= MAX_CV))
    throw refusal(place, text, `a number from 0 to ${MAX_CV}, such as 2 (σ/μ of the gaps; 1 is Poisson)`);
  return cv;
}

/** Beyond this nearly all gaps of a gamma law round to nothing, and no trace of sane length shows its mean rate. */
const MAX_CV = 20;

/** `at=5m,length=20s,factor=4`. */
export function parseSpike(text: string, place = '--spike'): TypedCurve {
  const fields = parseFields(text, { place, required: ['at', 'length', 'factor'], optional: [] });
  const lengthMs = parseDuration(fields.length!, `${place} length`);
  if (lengthMs === 0) throw refusal(`${place} length`, fields.length!, 'longer than 0s');
  const curve = spike({
    atMs: parseDuration(fields.at!, `${place} at`),
    lengthMs,
    factor: parseFactor(fields.factor!, `${place} factor`),
  });
  return { curve, unit: 'factor', place };
}

/** `period=24h,amplitude=0.6,peak=14h`: 1 ± amplitude; the peak stands at half a period unless given. */
export function parseDiurnal(text: string, place = '--diurnal'): TypedCurve {
  const fields = parseFields(text, { place, required: ['period', 'amplitude'], optional: ['peak'] });
  const periodMs = parseDuration(fields.period!, `${place} period`);
  if (periodMs === 0) throw refusal(`${place} period`, fields.period!, 'longer than 0s');
  const amplitude = PLAIN.test(fields.amplitude!) ? Number(fields.amplitude) : Number.NaN;
  if (!(amplitude <= 1)) throw refusal(`${place} amplitude`, fields.amplitude!, 'a number from 0 to 1');
  const peakAtMs = fields.peak === undefined ? periodMs / 2 : parseDuration(fields.peak, `${place} peak`);
  return { curve: { kind: 'diurnal', periodMs, amplitude, peakAtMs }, unit: 'factor', place };
}

/**
 * The product of curves, exactly one of which carries the rate; the others are factors on it. Throws InputError
 * otherwise.
 */
export function rateCurve(curves: readonly TypedCurve[]): Curve {
  const rates = curves.filter(({ unit }) => unit === 'rate');
  if (rates.length === 0) {
    throw new InputError(
      'RATE_MISSING',
      'no rate is given, must be --rate 200/s, or --steps or --ramp with values in /s',
    );
  }
  if (rates.length > 1) {
    const places = rates.map(({ place }) => place).join(' and ');
    throw new InputError(
      'RATE_TWICE',
      `${places} each give a rate, must be one of them`,
      'Write the others as factors on that rate, such as 1.5x.',
    );
  }
  const [only, ...others] = curves.map(({ curve }) => curve);
  return only !== undefined && others.length === 0
    ? only
    : { kind: 'product', curves: curves.map(({ curve }) => curve) };
}

function parseValue(text: string, place: string): { value: number; unit: 'rate' | 'factor' } {
  if (text.endsWith('x')) return { value: parseFactor(text, place), unit: 'factor' };
  if (!text.includes('/')) throw refusal(place, text, 'a rate such as 150/s, or a factor such as 1.5x');
  return { value: parseRate(text, place), unit: 'rate' };
}

function parseFactor(text: string, place: string): number {
  const match = FACTOR.exec(text);
  if (match === null) throw refusal(place, text, 'a factor from 0 on, such as 4x');
  return Number(match[1]);
}

function splitRamp(text: string, place: string, example: string) {
  const parts = /^([^=]+?)\.\.([^=]+)=([^=]+?)\.\.([^=]+)$/.exec(text);
  if (parts === null) throw refusal(place, text, `FROM..TO=VALUE..VALUE, such as ${example}`);
  const fromMs = parseDuration(parts[1]!, place);
  const toMs = parseDuration(parts[2]!, place);
  if (toMs <= fromMs) throw refusal(place, text, 'a ramp that ends after it starts');
  return { fromMs, toMs, startText: parts[3]!, endText: parts[4]! };
}

function commonUnit(
  units: readonly ('rate' | 'factor')[],
  { place, text }: { place: string; text: string },
): 'rate' | 'factor' {
  const first = units[0]!;
  if (units.some((unit) => unit !== first)) throw refusal(place, text, 'all rates (150/s) or all factors (1.5x)');
  return first;
}

function parseFields(
  text: string,
  { place, required, optional }: { place: string; required: readonly string[]; optional: readonly string[] },
): Record<string, string> {
  const allowed = [...required, ...optional];
  const problems: string[] = [];
  const fields: Record<string, string> = {};
  for (const part of text.split(',')) {
    const [key, value, ...rest] = part.split('=');
    if (key === undefined || value === undefined || rest.length > 0 || !allowed.includes(key)) {
      problems.push(`${place}: ${part} is not known, must be KEY=VALUE with a key of ${allowed.join(', ')}`);
    } else if (fields[key] !== undefined) {
      problems.push(`${place}: ${key} is given twice, must be given once`);
    } else fields[key] = value;
  }
  for (const key of required)
    if (fields[key] === undefined) problems.push(`${place}: ${key} is missing, must be given`);
  if (problems.length > 0) throw new InputError('CURVE', problems);
  return fields;
}

function refusal(place: string, text: string, allowed: string): InputError {
  return new InputError('CURVE', `${place} = ${text === '' ? '(empty)' : text}, must be ${allowed}`);
}
