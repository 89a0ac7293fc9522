import { describe, expect, it } from 'vitest';
import { configurationCostMicroUsd } from '../../src/model/cost.js';
import type { Pin } from '../../src/model/plan/pin.js';
import type { Certificate, Plan } from '../../src/model/plan/plan.js';
import { allowedMisses } from '../../src/model/slo.js';
import { planConfiguration, planInSteps } from '../../src/planner/plan-configuration.js';
import { microUsd, usFromMs } from '../../src/units.js';
import { refuteCheaper } from '../../src/verifier/lower-bound.js';
import { kindOptions } from '../../src/verifier/options.js';
import { trafficOf } from '../../src/verifier/stage-replay.js';
import { type Verification, type VerificationInput, verifyPlan } from '../../src/verifier/verify-plan.js';
import { type Instance, instance, instances, simulated, withFloors, withPins } from '../planner/instances.js';

function toTheEnd<T>(steps: Generator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

function verified(given: Instance, plan: Plan, more: Partial<VerificationInput> = {}): Verification {
  return toTheEnd(verifyPlan({ ...given, plan, ...more }));
}

function failing({ findings }: Verification): string[] {
  return findings.filter(({ ok }) => !ok).map(({ check }) => check);
}

function exactPlanOf(given: Instance): Plan | undefined {
  const result = planConfiguration(given, { search: 'exact' });
  return result.feasible ? result.plan : undefined;
}

/** Instances with their proved plans. */
function* planned(first: number, count: number): Generator<{ given: Instance; plan: Plan }> {
  for (const given of instances(first, count, { queries: 800 })) {
    const plan = exactPlanOf(given);
    if (plan !== undefined) yield { given, plan };
  }
}

it('law: every plan that a search writes is accepted', { tags: ['slow'] }, () => {
  let accepted = 0;
  for (let seed = 6000; seed < 6040; seed++) {
    const drawn = instance(seed, { stageCount: ([1, 2, 3, 4] as const)[seed % 4]!, queries: 800 });
    const given = seed % 5 === 0 ? withFloors(drawn, seed) : drawn;
    for (const search of ['exact', 'greedy'] as const) {
      const result = planConfiguration(given, { search });
      if (!result.feasible) continue;
      expect([seed, search, verified(given, result.plan).findings.filter(({ ok }) => !ok)]).toEqual([seed, search, []]);
      expect(result.plan.certificate?.isProved).toBe(search === 'exact' ? true : undefined);
      accepted++;
    }
  }
  expect(accepted).toBeGreaterThan(50);
});

it('law: what an interrupted search writes is accepted, at whatever step it is interrupted', { tags: ['slow'] }, () => {
  const seen = { open: 0, proved: 0 };
  for (let seed = 6100; seed < 6130; seed++) {
    const given = instance(seed, { stageCount: 3, queries: 800 });
    const steps = planInSteps(given, { search: 'exact' });
    let step = steps.next();
    for (let n = 0; !step.done; n++) step = steps.next(n >= seed % 30);
    if (!step.value.feasible) continue;
    const { plan } = step.value;
    expect([seed, failing(verified(given, plan))]).toEqual([seed, []]);
    seen[plan.certificate!.isProved ? 'proved' : 'open']++;
  }
  expect(seen.open).toBeGreaterThan(5);
});

it('law: plans with pinned stages are accepted, and not without their pins where those cost something', {
  tags: ['slow'],
}, () => {
  const seen = { accepted: 0, dearer: 0 };
  for (let seed = 6700; seed < 6740; seed++) {
    const given = withPins(instance(seed, { stageCount: 2, queries: 300 }), seed);
    const result = planConfiguration(given, { search: 'exact' });
    if (!result.feasible || !result.plan.certificate?.isProved) continue;
    const { plan } = result;
    expect([seed, failing(verified(given, plan))]).toEqual([seed, []]);
    seen.accepted++;
    const { pins: _, ...provenance } = plan.provenance;
    if (failing(verified(given, { ...plan, provenance })).includes('lower bound')) seen.dearer++;
  }
  for (const [what, plans] of Object.entries(seen)) expect([what, plans > 3]).toEqual([what, true]);
});

it('law: every bound up to the optimum is derived, and above it the optimum is named', { tags: ['slow'] }, () => {
  let checked = 0;
  for (const { given, plan } of planned(6200, 40)) {
    const optimum = microUsd(plan.costUsdPerHour);
    const { pipeline, trace, slo, seed } = given;
    const question = {
      stages: pipeline.stages.map(({ name }) => name),
      options: kindOptions(given),
      traffic: trafficOf({ pipeline, arrivalsUs: trace.arrivalsUs, seed }),
      sloUs: usFromMs(slo.latencyMs),
      allowedMisses: allowedMisses(trace.arrivalsUs.length, slo.percentile),
      minReplicas: pipeline.stages.map(({ minReplicas = 1 }) => minReplicas),
      maxReplicas: pipeline.stages.map(() => given.maxReplicas),
      inventory: new Map(Object.entries(given.inventory ?? {})),
    };
    const answer = (limitMicroUsd: number) => toTheEnd(refuteCheaper({ ...question, limitMicroUsd })).counterexample;
    expect(answer(optimum)).toBeUndefined();
    const cheapest = answer(optimum + 1)!;
    expect(configurationCostMicroUsd(cheapest, given.hardware)).toBe(optimum);
    expect(simulated(given, cheapest).holds).toBe(true);
    expect(answer(2 * optimum)).toBeDefined();
    checked++;
  }
  expect(checked).toBeGreaterThan(20);
});

describe('rejected', () => {
  const [first] = planned(6300, 20);
  const { given, plan } = first!;
  const used = plan.stages[0]!;

  it('nothing, as it stands', () => {
    expect(verified(given, plan)).toMatchObject({ accepted: true });
  });

  it.each([
    ['dearer', 1.01],
    ['cheaper', 0.99],
  ])('the price of hardware it uses is %s', (_, factor) => {
    const hardware = given.hardware.map((kind) => {
      return kind.name === used.hardware ? { ...kind, costUsdPerHour: kind.costUsdPerHour * factor } : kind;
    });
    expect(failing(verified({ ...given, hardware }, plan))).toContain('cost');
  });

  it('a profile row that it uses', () => {
    const { model } = given.pipeline.stages[0]!;
    const profiles = given.profiles.map((profile) => {
      if (profile.model !== model || profile.hardware !== used.hardware) return profile;
      return { ...profile, rows: profile.rows.map((row) => ({ ...row, meanMs: row.meanMs * 1.01 })) };
    });
    expect(failing(verified({ ...given, profiles }, plan))).toEqual(expect.arrayContaining(['latencies', 'stages']));
  });

  it('a file that has changed, even if nothing follows from it', () => {
    const verification = verified(given, plan, { changed: ['../profiles.csv'] });
    expect(failing(verification)).toEqual(['inputs']);
    expect(verification.findings[0]!.detail).toBe('../profiles.csv has changed');
    expect(verification.findings.at(-1)!.check).toBe('lower bound');
  });

  it('another trace', () => {
    const arrivalsUs = given.trace.arrivalsUs.map((us, q) => (q === 0 ? us : us + 1000));
    expect(failing(verified({ ...given, trace: { arrivalsUs } }, plan))).toContain('latencies');
  });

  it('a stage that is missing', () => {
    expect(failing(verified(given, { ...plan, stages: plan.stages.slice(1) }))).toEqual(['configuration']);
  });

  it('more replicas than the plan itself allows', () => {
    const provenance = { ...plan.provenance, inventory: { [used.hardware]: 0 } };
    expect(failing(verified(given, { ...plan, provenance }))).toContain('limits');
  });

  it('fewer replicas than the pipeline asks for', () => {
    const [one, ...others] = given.pipeline.stages;
    const pipeline = { ...given.pipeline, stages: [{ ...one!, minReplicas: used.replicas + 1 }, ...others] };
    expect(failing(verified({ ...given, pipeline }, plan))).toEqual(['limits']);
    const provenance = { ...plan.provenance, stageMinReplicas: { [used.stage]: used.replicas } };
    expect(failing(verified({ ...given, pipeline }, { ...plan, provenance }))).toEqual([]);
  });

  it('a stage that is not as pinned', () => {
    const other = given.hardware.find(({ name }) => name !== used.hardware)!.name;
    const pinned = (pin: Omit<Pin, 'stage'>) => {
      const provenance = { ...plan.provenance, pins: [{ stage: used.stage, ...pin }] };
      return failing(verified(given, { ...plan, provenance }));
    };
    const { hardware, maxBatchSize, replicas } = used;
    expect(pinned({ hardware: other })).toEqual(['limits']);
    expect(pinned({ hardware, maxBatchSize: maxBatchSize + 1 })).toEqual(['limits']);
    expect(pinned({ hardware, maxBatchSize, replicas: replicas + 1 })).toContain('limits');
    expect(pinned({ hardware, maxBatchSize, replicas })).toEqual([]);
  });

  const certificate = plan.certificate!;
  const edits: readonly (readonly [string, Partial<Certificate>])[] = [
    ['misses', { misses: certificate.misses + 1 }],
    ['allowedMisses', { allowedMisses: certificate.allowedMisses + 1 }],
    ['lowerBoundUsdPerHour, lower', { lowerBoundUsdPerHour: certificate.lowerBoundUsdPerHour * 0.9 }],
    ['lowerBoundUsdPerHour, higher', { lowerBoundUsdPerHour: certificate.lowerBoundUsdPerHour * 1.1 }],
    ['gapRatio', { gapRatio: 0.1 }],
    ['isProved', { isProved: false }],
  ];
  it.each(edits)('a certificate with another %s', (_, edit) => {
    expect(failing(verified(given, { ...plan, certificate: { ...certificate, ...edit } }))).toEqual(['certificate']);
  });

  it('the plan of an exact search without its certificate', () => {
    const { certificate: _, ...rest } = plan;
    expect(failing(verified(given, rest))).toEqual(['certificate']);
  });

  const evidence: readonly (readonly [string, string, Partial<Plan>])[] = [
    ['cost', 'cost', { costUsdPerHour: plan.costUsdPerHour * 0.9 }],
    ['cost per million', 'cost', { costUsdPerMillionQueries: plan.costUsdPerMillionQueries + 0.01 }],
    ['p99', 'latencies', { predicted: { ...plan.predicted, p99Ms: plan.predicted.p99Ms - 0.001 } }],
    ['attainment', 'latencies', { predicted: { ...plan.predicted, sloAttainment: 1 } }],
    ['scale factor', 'stages', { stages: plan.stages.with(0, { ...used, scaleFactor: used.scaleFactor + 0.1 }) }],
    ['tail share', 'stages', { stages: plan.stages.with(0, { ...used, tailShare: used.tailShare / 2 + 0.1 }) }],
    ['throughput', 'stages', { stages: plan.stages.with(0, { ...used, throughputQps: used.throughputQps * 2 }) }],
    ['envelope', 'envelope', { envelope: plan.envelope.slice(1) }],
  ];
  it.each(evidence)('another %s', (_, check, edit) => {
    expect(failing(verified(given, { ...plan, ...edit }))).toContain(check);
  });
});

it('law: a plan with a replica removed is rejected', { tags: ['slow'] }, () => {
  let removed = 0;
  for (const { given, plan } of planned(6400, 40)) {
    const s = plan.stages.findIndex(({ replicas }) => replicas > 1);
    if (s < 0) continue;
    const stages = plan.stages.with(s, { ...plan.stages[s]!, replicas: plan.stages[s]!.replicas - 1 });
    expect(failing(verified(given, { ...plan, stages }))).toEqual(expect.arrayContaining(['cost', 'objective']));
    removed++;
  }
  expect(removed).toBeGreaterThan(10);
});

it('law: a certificate that claims too much is rejected, with a cheaper configuration that holds', {
  tags: ['slow'],
}, () => {
  let rejected = 0;
  for (const { given, plan } of planned(6500, 40)) {
    // Proved where a profile is missing: every figure is right, but for the claim that nothing is cheaper.
    const { model } = given.pipeline.stages[0]!;
    const kept = given.profiles.filter((p) => p.model !== model || p.hardware !== plan.stages[0]!.hardware);
    const narrow = kept.some((p) => p.model === model) ? exactPlanOf({ ...given, profiles: kept }) : undefined;
    if (narrow === undefined || narrow.costUsdPerHour === plan.costUsdPerHour) continue;
    const verification = verified(given, narrow);
    expect(failing(verification)).toEqual(['lower bound']);
    expect(verification.findings.at(-1)!.detail).toMatch(/ holds and costs \$[\d.]+\/h, less than \$/);
    rejected++;
  }
  expect(rejected).toBeGreaterThan(10);
});
