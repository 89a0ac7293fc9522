import { inPipelineOrder } from '../../model/check-configuration.js';
import type { Configuration } from '../../model/configuration.js';
import type { Scenario } from '../../model/scenario.js';
import type { Slo } from '../../model/slo.js';
import type { ArrivalSource } from '../../model/trace.js';
import type { ShownConfiguration } from '../../report/page/configuration-page.js';
import { LatencyCurve } from '../../simulation/latency-curve.js';
import { simulate } from '../../simulation/simulate.js';

/** Simulates a configuration and keeps what a page shows of it. */
export function shownConfiguration(
  { slo, ...scenario }: Scenario & { readonly slo?: Slo | undefined },
  configuration: Configuration,
  arrivals: ArrivalSource,
): ShownConfiguration {
  const curve = new LatencyCurve();
  const ordered = inPipelineOrder(scenario.pipeline, configuration);
  const result = simulate({ ...scenario, ...(slo && { slo }), configuration: ordered, arrivals, onEnd: curve.take });
  return { pipeline: scenario.pipeline, result, latencies: curve.points() };
}
