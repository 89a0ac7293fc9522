import { InputError } from '../../errors.js';
import type { Problems } from '../../files/problems.js';
import { drawArrivals, type TraceBound } from '../../workload/arrival-process.js';
import { constant } from '../../workload/curve.js';
import { rateCurve } from '../../workload/curve-text.js';
import type { CliIo } from '../io/io.js';
import type { GenerateFlags } from './flags.js';
import { printTrace, writeTraces } from './output.js';

const POISSON_CV = 1;

/** Draws a trace into a file, or onto standard output. */
export async function generateTrace(flags: GenerateFlags, io: CliIo, problems: Problems): Promise<void> {
  problems.throwIfAny('FLAG');
  const { rate, steps = [], ramp = [], spike = [], diurnal = [], cv = POISSON_CV, cvRamp, seed, output } = flags;
  const curves = [...(rate === undefined ? [] : [rate]), ...steps, ...ramp, ...spike, ...diurnal];
  const rateQps = problems.attempt(() => rateCurve(curves));
  const bound = problems.attempt(() => boundOf(flags));
  problems.throwIfAny('FLAG');

  const source = drawArrivals({ rateQps: rateQps!, cv: cvRamp ?? constant(cv) }, { seed, bound: bound! });
  if (output === undefined) await printTrace(source, io);
  else await writeTraces([{ path: output, source }], { io, json: flags.json });
}

function boundOf({ durationMs, count }: GenerateFlags): TraceBound {
  if (durationMs === undefined && count === undefined) {
    throw new InputError('FLAG', 'the trace has no end: add --duration 10m or --count 100000');
  }
  return { ...(durationMs === undefined ? {} : { durationMs }), ...(count === undefined ? {} : { count }) };
}
