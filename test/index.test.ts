// @module-tag slow
/** A program makes with the package what the command line makes: the same plan, bytes included, and the same answers about it. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as inferPlan from '../src/index.js';
import { temporaryFolder } from './helpers/folder.js';
import { runCli } from './helpers/run-cli.js';

const folder = temporaryFolder();
const PIPELINE = resolve('examples/image-processing/pipeline.yaml');
const SEED = 1;

/** Everything that the pipeline file names, read as a program reads it. */
function readAll() {
  const file = inferPlan.readPipelineFile(PIPELINE);
  const { pipeline, profilePaths, hardwarePath, tracePath, slo } = file;
  const scenario: inferPlan.Scenario = {
    pipeline,
    profiles: inferPlan.readProfileFiles(profilePaths),
    hardware: inferPlan.readHardwareFile(hardwarePath),
    serviceModel: 'mean',
    seed: SEED,
  };
  const paths = { pipeline: file.path, profiles: profilePaths, hardware: hardwarePath, trace: tracePath! };
  return { scenario, slo: slo!, paths, trace: inferPlan.readTraceFile(tracePath!) };
}

const { scenario, slo, paths, trace } = readAll();
const { planning, ...validation } = inferPlan.outOfSampleTest(trace, { seed: SEED });
const planned = { ...scenario, trace: planning, slo };

let written: string;
let plan: inferPlan.Plan;

beforeAll(async () => {
  const { exitCode } = await runCli(['plan', PIPELINE, '-o', 'plan.yaml'], { cwd: folder.path });
  expect(exitCode).toBe(0);
  written = readFileSync(join(folder.path, 'plan.yaml'), 'utf8');
  plan = inferPlan.readPlanFile(join(folder.path, 'plan.yaml'));
});

describe('the package for programs', () => {
  it('makes the plan that the command makes, byte for byte', () => {
    const result = inferPlan.planConfiguration(planned, { search: 'exact', validation });
    if (!result.feasible) throw new Error('no plan');
    const inputs = inferPlan.inputFiles(paths, folder.path);
    const provenance = { ...result.plan.provenance, tool: inferPlan.toolName(), inputs };
    expect(inferPlan.formatPlan({ ...result.plan, provenance })).toBe(written);
  });

  it('verifies it', () => {
    const check = inferPlan.outOfSampleCheck(planned, { configuration: plan.stages, validation });
    const { accepted, findings } = inferPlan.runToEnd(inferPlan.verifyPlan({ ...planned, plan, ...check }));
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.map(({ check: name }) => name)).toContain('promise');
    expect(accepted).toBe(true);
  });

  it('simulates what the plan predicts', () => {
    const arrivals = inferPlan.sourceOf(planning);
    const { slo: outcome } = inferPlan.simulate({ ...scenario, slo, configuration: plan.stages, arrivals });
    expect(outcome!.sloAttainment).toBeCloseTo(plan.predicted.sloAttainment, 4);
  });

  it('replays the tuner as `tune --replay` does', async () => {
    const tunerPlan = inferPlan.tunerPlan(inferPlan.inStageOrder(plan, scenario.pipeline), {
      hardware: scenario.hardware,
    });
    const replayed = inferPlan.runToEnd(
      inferPlan.replay({
        ...scenario,
        plan: tunerPlan,
        configuration: plan.stages,
        slo,
        checksChanges: false,
        open: () => inferPlan.sourceOf(trace),
      }),
    );
    const args = ['tune', 'plan.yaml', '--replay', paths.trace, '--no-check-change', '--json'];
    const { stdout } = await runCli(args, { cwd: folder.path });
    const { provenance: _, ...told } = JSON.parse(stdout);
    expect(JSON.parse(inferPlan.replayJson(replayed, {}))).toMatchObject(told);
  });
});
