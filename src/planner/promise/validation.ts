/** What a plan attains where it was not planned: on fresh traffic, and on the tail of the trace. */
import type { Configuration } from '../../model/configuration.js';
import { rounded } from '../../model/plan/rounded.js';
import type { FreshTraffic } from '../../model/plan/traffic-model.js';
import type { Validated } from '../../model/plan/validated.js';
import { type ArrivalTrace, spanUs } from '../../model/trace.js';
import { msFromUs, usdFromMicro } from '../../units.js';
import type { PlanningInput } from '../space/search-space.js';
import { holdOutAttainment } from './hold-out.js';
import type { TrafficPromise } from './promise.js';
import { neededTraceMs } from './trace-length.js';

export interface Validation {
  readonly traffic: FreshTraffic;
  /** The whole trace, of which planning sees the queries before number `from`. */
  readonly heldOut?: { readonly whole: ArrivalTrace; readonly from: number } | undefined;
}

/** What fresh traffic and the tail of the trace say of a plan, and what it costs more for having to hold there. */
export function validatedOf(
  input: PlanningInput,
  given: {
    configuration: Configuration;
    promise: TrafficPromise;
    validation: Validation;
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
    ...(heldOut === undefined ? {} : { holdOut: roundedTail(holdOutAttainment({ ...input, configuration }, heldOut)) }),
    ...(unpromised === undefined ? {} : { unpromisedCostUsdPerHour: usdFromMicro(unpromised) }),
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

function roundedTail({ queries, sloAttainment }: NonNullable<Validated['holdOut']>): NonNullable<Validated['holdOut']> {
  return { queries, sloAttainment: rounded(sloAttainment) };
}
