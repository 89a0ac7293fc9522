import { InputError } from '../../errors.js';
import { Problems } from '../../files/problems.js';
import { writeRows } from '../../files/trace/trace-writer.js';
import { parseDuration } from '../../model/notation/quantity.js';
import { type ArrivalProcess, drawArrivals, type TraceBound } from '../../workload/arrival-process.js';
import { constant } from '../../workload/curve.js';
import {
  parseConstantRate,
  parseCv,
  parseCvRamp,
  parseDiurnal,
  parseRamp,
  parseSpike,
  parseSteps,
  rateCurve,
} from '../../workload/curve-text.js';
import { parseWhole } from '../inputs/flag-values.js';
import type { CliIo } from '../io/io.js';
import type { GenerateFlags } from './flags.js';
import { writeTraces } from './output.js';

/** Draws a trace into a file, or onto standard output. */
export async function generateTrace(flags: GenerateFlags, io: CliIo): Promise<void> {
  const problems = new Problems();
  const process = problems.attempt(() => processOf(flags, problems));
  const bound = problems.attempt(() => boundOf(flags));
  const seed = problems.attempt(() => parseWhole(flags.seed, '--seed', 0));
  if (flags.json && flags.output === undefined) problems.add('--json tells what was written, must come with --output');
  problems.throwIfAny('FLAG');

  const source = drawArrivals(process!, { seed: seed!, bound: bound! });
  if (flags.output !== undefined) {
    await writeTraces([{ path: flags.output, source }], { io, json: flags.json === true });
    return;
  }
  const decoder = new TextDecoder();
  await writeRows(source, { write: (bytes) => io.stdout(decoder.decode(bytes)) });
}

function processOf(flags: GenerateFlags, problems: Problems): ArrivalProcess | undefined {
  const before = problems.count;
  const typed = [
    ...(flags.rate === undefined ? [] : [() => parseConstantRate(flags.rate!)]),
    ...(flags.steps ?? []).map((text) => () => parseSteps(text)),
    ...(flags.ramp ?? []).map((text) => () => parseRamp(text)),
    ...(flags.spike ?? []).map((text) => () => parseSpike(text)),
    ...(flags.diurnal ?? []).map((text) => () => parseDiurnal(text)),
  ].map((parse) => problems.attempt(parse));
  const { cv, cvRamp } = flags;
  if (cv !== undefined && cvRamp !== undefined) problems.add('--cv and --cv-ramp each give a CV, must be one of them');
  const cvCurve = problems.attempt(() => (cvRamp === undefined ? constant(parseCv(cv ?? '1')) : parseCvRamp(cvRamp)));
  if (problems.count > before) return undefined;
  return { rateQps: rateCurve(typed.map((curve) => curve!)), cv: cvCurve! };
}

function boundOf({ duration, count }: GenerateFlags): TraceBound {
  if (duration === undefined && count === undefined) {
    throw new InputError('FLAG', 'the trace has no end, must be --duration 10m, or --count 100000');
  }
  return {
    ...(duration === undefined ? {} : { durationMs: parseDuration(duration, '--duration') }),
    ...(count === undefined ? {} : { count: parseWhole(count, '--count', 1) }),
  };
}
