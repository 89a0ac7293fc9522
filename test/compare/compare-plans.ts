/** A small pipeline with a plan to compare policies from. */
import type { CompareInput, NamedPolicy } from '../../src/compare/compare.js';
import { compare, FORESEEING } from '../../src/compare/compare.js';
import type { Compared } from '../../src/compare/compared.js';
import type { StartingPlan } from '../../src/compare/starting-plan.js';
import { sourceOf } from '../../src/model/trace.js';
import { POLICY_KINDS } from '../../src/policies/catalogue.js';
import type { StageView } from '../../src/policies/policy.js';
import { pipelineOf, setupOf } from '../helpers/builders.js';
import { tunerPlanOf } from '../tuner/tuner-plans.js';

export const EVERY_POLICY: readonly NamedPolicy[] = [
  ...POLICY_KINDS.map((kind): NamedPolicy => ({ name: kind.name, kind, own: undefined })),
  ...FORESEEING.map((name): NamedPolicy => ({ name, kind: undefined, own: undefined })),
];

/** Two stages in a chain, 12.5 ms and 11 ms an item (80/s and 90/s), planned for 100/s with 2 replicas each. */
export function comparison(
  arrivalsUs: readonly number[],
  given: Partial<CompareInput> & { readonly bounds?: Partial<StageView>; readonly planningUs?: readonly number[] } = {},
): Compared {
  const { bounds, planningUs, ...input } = given;
  const plan = tunerPlanOf({ a: {}, b: { throughputQps: 90 } });
  const serviceUs = [
    [12_500, 20_000, 26_000],
    [11_000, 18_000, 24_000],
  ];
  const setups = serviceUs.map((us) => ({ ...setupOf(us), maxBatchSize: 1 }));
  const views = plan.stages.map(
    (stage, s): StageView => ({
      ...stage,
      maxBatchSize: 1,
      fewestReplicas: 1,
      mostReplicas: 50,
      serviceMs: [0, ...serviceUs[s]!.map((us) => us / 1000)],
      ...bounds,
    }),
  );
  const start: StartingPlan = {
    name: 'plan.yaml',
    configuration: [],
    setups,
    views,
    tunerPlan: (choices) => ({ ...plan, rules: choices.rules ?? 'guarded' }),
    openPlanning: () => sourceOf({ arrivalsUs: Float64Array.from(planningUs ?? arrivalsUs) }),
  };
  const steps = compare({
    ...{ pipeline: pipelineOf({ a: {}, b: {} }), seed: 1, slo: { latencyMs: 100, percentile: 99 }, plans: [start] },
    ...{ policies: EVERY_POLICY, targets: 'shipped', phase: 0 },
    open: () => sourceOf({ arrivalsUs: Float64Array.from(arrivalsUs) }),
    ...input,
  });
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
}
