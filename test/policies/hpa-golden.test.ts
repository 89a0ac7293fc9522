/** The HorizontalPodAutoscaler's decisions against those of Kubernetes 1.37.2 itself, recorded by scripts/goldens/hpa. */
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { HPA_START, type HpaSpec, hpaDecision } from '../../src/policies/systems/hpa-decision.js';
import {
  combinedProposal,
  cpuProposal,
  externalAverageProposal,
  externalValueProposal,
  podsProposal,
} from '../../src/policies/systems/hpa-metrics.js';

type Row = Readonly<Record<string, string>>;
const rowsOf = (file: string) =>
  parse(readFileSync(new URL(`golden/hpa-${file}.csv`, import.meta.url)), { columns: true }) as Row[];
const SEQUENCES = rowsOf('sequences');
const TICKS = rowsOf('ticks');
const PODS = rowsOf('pods');

interface Rules {
  readonly stabilizationWindowSeconds?: number;
  readonly selectPolicy?: 'Max' | 'Min' | 'Disabled';
  readonly policies?: readonly {
    readonly type: 'Pods' | 'Percent';
    readonly value: number;
    readonly periodSeconds: number;
  }[];
  readonly tolerance?: string;
}
const PERCENT = { type: 'Percent', value: 100, periodSeconds: 15 } as const;
const UP: Rules = { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, PERCENT] };
const DOWN: Rules = { stabilizationWindowSeconds: 300, policies: [PERCENT] };

function behaviorOf(row: Row): { readonly scaleUp?: Rules; readonly scaleDown?: Rules } | undefined {
  return row.behavior_json === '' ? undefined : JSON.parse(row.behavior_json!);
}

function specOf(row: Row): HpaSpec {
  const behavior = behaviorOf(row);
  const rules = (own: Rules | undefined, otherwise: Rules) => ({
    stabilizationS: own?.stabilizationWindowSeconds ?? otherwise.stabilizationWindowSeconds!,
    selectPolicy: own?.selectPolicy ?? ('Max' as const),
    policies: (own?.policies ?? otherwise.policies!).map(({ type, value, periodSeconds }) => ({
      type,
      value,
      periodS: periodSeconds,
    })),
  });
  return {
    minReplicas: Number(row.min_replicas),
    maxReplicas: Number(row.max_replicas),
    downscaleStabilizationS: 300,
    behavior: behavior && { up: rules(behavior.scaleUp, UP), down: rules(behavior.scaleDown, DOWN) },
  };
}

function proposalOf(
  given: Row,
  tick: Row,
  { metric, target, total }: { metric: string; target: number; total: number },
) {
  const behavior = behaviorOf(given);
  const tolerance = {
    up: Number(behavior?.scaleUp?.tolerance ?? 0.1),
    down: Number(behavior?.scaleDown?.tolerance ?? 0.1),
  };
  const present = Number(tick.spec_replicas);
  const pods = PODS.filter(({ seq, t_s }) => seq === tick.seq && t_s === tick.t_s).map((pod) => ({
    phase: pod.phase as 'Pending' | 'Running',
    isReady: pod.ready === 'true',
    startedS: Number(pod.started_s),
    transitionS: Number(pod.transition_s),
    sample:
      pod.metric_milli === ''
        ? undefined
        : { milli: Number(pod.metric_milli), atS: Number(pod.metric_at_s), windowS: Number(pod.metric_window_s) },
  }));
  const common = { pods, nowS: Number(tick.t_s), present, tolerance };
  if (tick.fails!.split(' ').includes(metric)) return undefined;
  if (metric === 'cpu') return cpuProposal({ ...common, target, requestMilli: Number(given.cpu_request_milli) });
  if (metric === 'pods') return podsProposal({ ...common, targetMilli: target });
  const external = { milli: Math.round(1000 * total), targetMilli: target, tolerance };
  if (metric === 'ext_avg') return externalAverageProposal({ ...external, status: Number(tick.status_replicas) });
  return externalValueProposal({ ...external, present, readyPods: Number(tick.ready_pods) });
}

describe('decisions of Kubernetes 1.37.2', () => {
  it('were recorded', () => {
    expect([SEQUENCES.length, TICKS.length]).toEqual([10, 810]);
    expect(TICKS.filter(({ spec_replicas, desired }) => spec_replicas !== desired).length).toBeGreaterThan(40);
  });

  it.each(SEQUENCES.map((row) => [row.seq!, row.what!, row] as const))('%s: %s', (name, _, given) => {
    let state = HPA_START;
    const made = TICKS.filter(({ seq }) => seq === name).map((tick) => {
      const metrics = [
        { metric: given.metric!, target: Number(given.target), total: Number(tick.total) },
        ...(given.metric_2 === ''
          ? []
          : [{ metric: given.metric_2!, target: Number(given.target_2), total: Number(tick.total_2) }]),
      ];
      const present = Number(tick.spec_replicas);
      const proposal = combinedProposal(
        metrics.map((one) => proposalOf(given, tick, one)),
        present,
      );
      const decided = hpaDecision(specOf(given), state, { nowS: Number(tick.t_s), present, proposal });
      state = decided.state;
      return { t_s: tick.t_s, proposal: String(proposal ?? ''), desired: String(decided.replicas) };
    });
    const recorded = TICKS.filter(({ seq }) => seq === name).map(({ t_s, proposal, desired }) => ({
      t_s,
      proposal,
      desired,
    }));
    expect(made).toEqual(recorded);
  });
});
