/**
 * What follows when the traffic has left the plan for good: the recent arrivals as a trace, and another plan for them.
 */
import { join } from 'node:path';
import { exec } from '../../backends/shared/exec.js';
import { readPlanFile } from '../../files/plan/plan-file.js';
import { writeTraceFile } from '../../files/trace/trace-writer.js';
import { formatPin } from '../../model/plan/pin.js';
import type { Plan } from '../../model/plan/plan.js';
import { sourceOf } from '../../model/trace.js';
import type { ScenarioPaths } from '../inputs/scenario.js';
import { pipelineFileName } from './pipeline-file-name.js';

const CLI = join(import.meta.dirname, '../../../bin/infer-plan.js');
const PLANNING_TIMEOUT_MS = 600_000;

/**
 * Writes the arrivals (µs) to `PIPELINE.recent.csv` in a folder and returns the path; undefined when there are none.
 */
export async function recordRecent(arrivalsUs: Float64Array, plan: Plan, folder: string): Promise<string | undefined> {
  if (arrivalsUs.length === 0) return undefined;
  const path = join(folder, pipelineFileName(plan.pipeline, '.recent.csv'));
  await writeTraceFile(path, sourceOf({ arrivalsUs }));
  return path;
}

/**
 * Plans for another trace with the objective, limits and inputs of the present plan, and writes `PIPELINE.replan.yaml`.
 * It runs `infer-plan plan` in a process of its own, since the tuner must not wait.
 * @throws BackendError with the planner's message when there is no plan
 */
export async function planFor(
  tracePath: string,
  { plan, paths, folder, signal }: { plan: Plan; paths: ScenarioPaths; folder: string; signal: AbortSignal },
): Promise<{ path: string; plan: Plan }> {
  const path = join(folder, pipelineFileName(plan.pipeline, '.replan.yaml'));
  const { slo, serviceModel, provenance } = plan;
  const limits = Object.entries(provenance.inventory ?? {}).flatMap(([name, count]) => [
    '--inventory',
    `${name}=${count}`,
  ]);
  const args = [
    ...['plan', '--no-defaults', paths.pipeline, '--trace', tracePath, '--hardware', paths.hardware],
    ...['--profiles', ...paths.profiles, '--service-time', serviceModel, '--seed', String(provenance.seed)],
    ...['--slo', `${slo.latencyMs}ms`, '--percentile', String(slo.percentile), '-o', path, ...limits],
    ...(provenance.maxReplicas === undefined ? [] : ['--max-replicas', String(provenance.maxReplicas)]),
    ...Object.entries(provenance.stageMaxReplicas ?? {}).flatMap(([stage, most]) => [
      '--max-replicas',
      `${stage}=${most}`,
    ]),
    ...Object.entries(provenance.stageMinReplicas ?? {}).flatMap(([stage, fewest]) => [
      '--min-replicas',
      `${stage}=${fewest}`,
    ]),
  ];
  args.push(...(provenance.pins ?? []).flatMap((pin) => ['--pin', formatPin(pin)]));
  await exec(process.execPath, [CLI, ...args], { timeoutMs: PLANNING_TIMEOUT_MS, signal });
  return { path, plan: readPlanFile(path) };
}
