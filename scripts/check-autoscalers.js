/**
 * Holds our Knative, Kubernetes and Ray Serve policies against recorded decisions of the real programs, row by row, and says how many
 * agree. The recordings are CSV files (knative_*, hpa_*, ray_*) that the programs made over synthetic series on a simulated clock.
 *
 *   npm run build && node scripts/check-autoscalers.js FOLDER
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { HPA_START, hpaDecision } from '../dist/policies/systems/hpa-decision.js';
import {
  combinedProposal,
  cpuProposal,
  externalAverageProposal,
  externalValueProposal,
  podsProposal,
} from '../dist/policies/systems/hpa-metrics.js';
import { SecondBuckets } from '../dist/policies/systems/knative-averages.js';
import { knativeDecision, knativeStart } from '../dist/policies/systems/knative-decision.js';
import { rayAggregate, rayMerge } from '../dist/policies/systems/ray-aggregate.js';
import { RAY_START, rayDecision } from '../dist/policies/systems/ray-decision.js';

const [folder] = process.argv.slice(2);
if (folder === undefined || !existsSync(folder)) {
  console.error('usage: node scripts/check-autoscalers.js FOLDER');
  process.exit(2);
}
const rowsOf = (name) => parse(readFileSync(join(folder, `${name}.csv`)), { columns: true });
const grouped = (rows) =>
  Map.groupBy?.(rows, ({ seq }) => seq) ??
  rows.reduce((map, row) => map.set(row.seq, [...(map.get(row.seq) ?? []), row]), new Map());

/** Counts rows that agree and shows the first that do not. */
function counter(name) {
  let [rows, same] = [0, 0];
  return {
    take(row, found) {
      rows++;
      const wrong = Object.entries(found).filter(([key, value]) => String(value) !== String(row[key]));
      if (wrong.length === 0) same++;
      else if (rows - same <= 5)
        console.log(
          `${name} ${row.seq} at ${row.t_s}: ${wrong.map(([key, value]) => `${key} ${value}, recorded ${row[key]}`).join('; ')}`,
        );
    },
    end() {
      console.log(`${name}: ${same} of ${rows} rows the same`);
      if (same !== rows) process.exitCode = 1;
    },
  };
}

function checkKnative() {
  const count = counter('Knative KPA');
  const inputs = grouped(rowsOf('knative_inputs'));
  const ticks = grouped(rowsOf('knative_ticks'));
  for (const given of rowsOf('knative_sequences')) {
    const spec = {
      target: Number(given.target_value),
      total: Number(given.total_value),
      stableWindowS: Number(given.stable_window_s),
      panicWindowS: Number(given.panic_window_s),
      panicThreshold: Number(given.panic_threshold),
      maxScaleUpRate: Number(given.max_scale_up_rate),
      maxScaleDownRate: Number(given.max_scale_down_rate),
      scaleDownDelayS: Number(given.scale_down_delay_s),
      activationScale: Number(given.activation_scale),
      targetBurstCapacity: Number(given.target_burst_capacity),
      isReachable: given.reachable === 'true',
    };
    const stable = new SecondBuckets(spec.stableWindowS, given.aggregation);
    const panic = new SecondBuckets(spec.panicWindowS, given.aggregation);
    const samples = new Map(inputs.get(given.seq).map(({ t_s, sample }) => [Number(t_s), sample]));
    let state = knativeStart(Number(given.ready_at_start), 0);
    const byTime = new Map(ticks.get(given.seq).map((row) => [Number(row.t_s), row]));
    const last = Math.max(...byTime.keys());
    for (let s = 0; s <= last; s++) {
      const sample = samples.get(s);
      if (sample !== undefined && sample !== '') {
        stable.record(s, Number(sample));
        panic.record(s, Number(sample));
      }
      const row = byTime.get(s);
      if (row === undefined) continue;
      const isValid = !(stable.isEmpty(s) && given.has_scrape_target === 'true');
      if (!isValid) {
        count.take(row, { valid: false });
        continue;
      }
      const [stableValue, panicValue] = [stable.average(s), panic.average(s)];
      const decided = knativeDecision(spec, state, {
        nowS: s,
        readyPods: Number(row.ready_pods),
        stable: stableValue,
        panic: panicValue,
      });
      state = decided.state;
      const isNear = (a, b) => Math.abs(a - Number(b)) < 1e-6;
      count.take(row, {
        valid: true,
        stable_value: isNear(stableValue, row.stable_value) ? row.stable_value : stableValue,
        panic_value: isNear(panicValue, row.panic_value) ? row.panic_value : panicValue,
        desired_pods: decided.pods,
        excess_burst_capacity: decided.excessBurstCapacity,
        panic_mode: state.panicS !== undefined,
      });
    }
  }
  count.end();
}

checkKnative();

function raySpec(given) {
  return {
    minReplicas: Number(given.min_replicas),
    maxReplicas: Number(given.max_replicas),
    targetOngoing: Number(given.target_ongoing_requests),
    upscalingFactor: Number(given.upscaling_factor),
    downscalingFactor: Number(given.downscaling_factor),
    upscaleDelayS: Number(given.upscale_delay_s),
    downscaleDelayS: Number(given.downscale_delay_s),
    downscaleToZeroDelayS: Number(given.downscale_to_zero_delay_s || given.downscale_delay_s),
  };
}

function checkRayPolicy() {
  const count = counter('Ray Serve, policy');
  const ticks = grouped(rowsOf('ray_policy_ticks'));
  for (const given of rowsOf('ray_sequences').filter(({ seq }) => ticks.has(seq))) {
    let state = RAY_START;
    for (const row of ticks.get(given.seq)) {
      const decided = rayDecision(raySpec(given), state, {
        nowS: Number(row.t_s),
        ongoing: Number(row.ongoing),
        running: Number(row.running),
        target: Number(row.target),
      });
      state = decided.state;
      count.take(row, { decision: decided.replicas, counter: state.counter });
    }
  }
  count.end();
}

checkRayPolicy();

function checkRayPath() {
  const count = counter('Ray Serve, whole way');
  const ticks = grouped(rowsOf('ray_path_ticks'));
  const reports = grouped(rowsOf('ray_path_reports'));
  for (const given of rowsOf('ray_sequences').filter(({ seq }) => ticks.has(seq))) {
    let state = RAY_START;
    const pushed = new Map();
    for (const report of reports.get(given.seq)) {
      const key = report.pushed_at_s;
      pushed.set(key, [...(pushed.get(key) ?? []), report]);
    }
    /** Handle → its latest push. */
    const latest = new Map();
    for (const row of ticks.get(given.seq)) {
      const ids = row.running_ids.split(' ');
      for (const [handle, points] of Map.groupBy
        ? Map.groupBy(pushed.get(row.t_s) ?? [], ({ handle }) => handle)
        : by(pushed.get(row.t_s) ?? [], 'handle'))
        latest.set(handle, points);
      const sources = [...latest.values()].flatMap((points) =>
        [...by(points, 'series')]
          .filter(([series]) => series === 'queued' || ids.includes(series))
          .map(([, own]) => ({
            atS: own.map(({ at_s }) => Number(at_s)),
            value: own.map(({ value }) => Number(value)),
          })),
      );
      const nowS = Number(row.t_s);
      const ongoing = rayAggregate(rayMerge(sources), nowS, given.aggregation_function);
      const isNear = Math.abs(ongoing - Number(row.ongoing_aggregate)) < 1e-6;
      const decided = rayDecision(raySpec(given), state, {
        nowS,
        ongoing: isNear ? Number(row.ongoing_aggregate) : ongoing,
        running: Number(row.running_replicas),
        target: Number(row.target),
      });
      state = decided.state;
      count.take(row, { ongoing_aggregate: isNear ? row.ongoing_aggregate : ongoing, decision: decided.replicas });
    }
  }
  count.end();
}

function by(rows, key) {
  const groups = new Map();
  for (const row of rows) groups.set(row[key], [...(groups.get(row[key]) ?? []), row]);
  return groups;
}

checkRayPath();

const DEFAULT_UP = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const DEFAULT_DOWN = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] };

function hpaSpec(given) {
  const window = Number(given.downscale_window_s);
  const tolerance = Number(given.tolerance);
  const behavior = given.behavior_json === '' ? undefined : JSON.parse(given.behavior_json);
  const rules = (own, otherwise) => ({
    stabilizationS: own?.stabilizationWindowSeconds ?? otherwise.stabilizationWindowSeconds ?? window,
    selectPolicy: own?.selectPolicy ?? otherwise.selectPolicy,
    policies: (own?.policies ?? otherwise.policies).map(({ type, value, periodSeconds }) => ({
      type,
      value,
      periodS: periodSeconds,
    })),
  });
  return {
    minReplicas: Number(given.min_replicas),
    maxReplicas: Number(given.max_replicas),
    downscaleStabilizationS: window,
    behavior: behavior && { up: rules(behavior.scaleUp, DEFAULT_UP), down: rules(behavior.scaleDown, DEFAULT_DOWN) },
    tolerance: {
      up: Number(behavior?.scaleUp?.tolerance ?? tolerance),
      down: Number(behavior?.scaleDown?.tolerance ?? tolerance),
    },
  };
}

function checkHpa() {
  const count = counter('Kubernetes HPA');
  const ticks = by(rowsOf('hpa_ticks'), 'seq');
  const pods = by(rowsOf('hpa_pods'), 'seq');
  for (const given of rowsOf('hpa_sequences')) {
    const spec = hpaSpec(given);
    const podsAt = by(pods.get(given.seq) ?? [], 't_s');
    let state = HPA_START;
    for (const row of ticks.get(given.seq)) {
      const nowS = Number(row.t_s);
      const present = Number(row.spec_replicas);
      const own = (podsAt.get(row.t_s) ?? []).map((pod) => ({
        phase: pod.phase,
        isReady: pod.ready === 'true',
        startedS: Number(pod.started_s),
        transitionS: Number(pod.transition_s),
        sample:
          pod.metric_milli === ''
            ? undefined
            : { milli: Number(pod.metric_milli), atS: Number(pod.metric_at_s), windowS: Number(pod.metric_window_s) },
      }));
      const proposalOf = (metric, target, total) => {
        const common = { pods: own, nowS, present, tolerance: spec.tolerance };
        if (row.fails.split(' ').includes(metric)) return undefined;
        if (metric === 'cpu') return cpuProposal({ ...common, target, requestMilli: Number(given.cpu_request_milli) });
        if (metric === 'pods') return podsProposal({ ...common, targetMilli: target });
        const milli = Math.round(1000 * total);
        if (metric === 'ext_avg')
          return externalAverageProposal({
            milli,
            targetMilli: target,
            status: Number(row.status_replicas),
            tolerance: spec.tolerance,
          });
        return externalValueProposal({
          milli,
          targetMilli: target,
          present,
          readyPods: Number(row.ready_pods),
          tolerance: spec.tolerance,
        });
      };
      const proposals = [proposalOf(given.metric, Number(given.target), Number(row.total))];
      if (given.metric_2 !== '')
        proposals.push(proposalOf(given.metric_2, Number(given.target_2), Number(row.total_2)));
      const proposal = combinedProposal(proposals, present);
      const decided = hpaDecision(spec, state, { nowS, present, proposal });
      state = decided.state;
      count.take(row, { proposal: proposal ?? '', desired: decided.replicas });
    }
  }
  count.end();
}

checkHpa();
