/** What a plan attains where it was not planned: on fresh traffic, and on the tail of the trace. */
import type { Configuration } from '../../model/configuration.js';
import type { OutOfSampleTest } from '../../model/plan/out-of-sample-test.js';
import { rounded } from '../../model/plan/rounded.js';
import type { HoldOut, Validated } from '../../model/plan/validated.js';
import { spanUs } from '../../model/trace.js';
import { msFromUs, usdFromMicro } from '../../units.js';
import type { PlanningInput } from '../space/search-space.js';
import { holdOutAttainment } from './hold-out.js';
import { createPromise, type TrafficPromise } from './promise.js';
import { neededTraceMs } from './trace-length.js';

/** What fresh traffic and the tail of the trace say of a plan, and what it costs more for having to hold there. */
export function validatedOf(
  input: PlanningInput,
  given: {
    configuration: Configuration;
    promise: TrafficPromise;
    validation: OutOfSampleTest;
    unpromised?: number | undefined;
  },
): Validated {
  const { configuration, promise, validation, unpromised } = given;
  const { heldOut } = validation;
  const report = promise.report(configuration);
  const traceMs = msFromUs(spanUs(input.trace));
  const drawMs = (traceMs * report.queriesPerDraw) / input.trace.arrivalsUs.length;
  return {
    promise: roundedReport(report),
    traceMs,
    neededTraceMs: Math.ceil(neededTraceMs(report, drawMs)),
    ...(heldOut === undefined ? {} : { holdOut: tailReport({ ...input, configuration }, heldOut) }),
    ...(unpromised === undefined ? {} : { unpromisedCostUsdPerHour: usdFromMicro(unpromised) }),
  };
}

/**
 * The out-of-sample test of a plan that was read, for `verifyPlan`.
 * @param input the plan's own objective, service model and seed, and the part of the trace that it was planned on
 * @throws InputError when the configuration does not fit the pipeline and its profiles
 */
export function outOfSampleCheck(
  input: PlanningInput,
  { configuration, validation }: { readonly configuration: Configuration; readonly validation: OutOfSampleTest },
): { accept(configuration: Configuration): boolean; outOfSample(): Validated } {
  const promise = createPromise({ ...input, traffic: validation.traffic });
  return {
    accept: (tried) => promise.accept(tried),
    outOfSample: () => validatedOf(input, { configuration, promise, validation }),
  };
}

function roundedReport(report: Validated['promise']): Validated['promise'] {
  const { traffic, meanAttainment, lowerBound, spread } = report;
  return {
    ...report,
    traffic:
      traffic.kind === 'gamma'
        ? { kind: 'gamma', rateQps: rounded(traffic.rateQps), cv: rounded(traffic.cv) }
        : traffic,
    meanAttainment: rounded(meanAttainment),
    lowerBound: rounded(lowerBound),
    spread: rounded(spread),
  };
}

function tailReport(
  input: PlanningInput & { readonly configuration: Configuration },
  heldOut: NonNullable<OutOfSampleTest['heldOut']>,
): HoldOut {
  const { queries, sloAttainment } = holdOutAttainment(input, heldOut);
  return { timeRatio: heldOut.timeRatio, queries, sloAttainment: rounded(sloAttainment) };
}
