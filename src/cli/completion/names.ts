/** The names of stages and hardware that a command line is about. What cannot be read has none. */
import { readPipelineFile } from '../../files/pipeline/pipeline-file.js';
import { readPlanFile } from '../../files/plan/plan-file.js';
import { readHardwareFile } from '../../files/profile/hardware-file.js';
import { DEFAULT_PIPELINE, DEFAULT_PLAN } from '../inputs/options.js';
import { defaultsOfPlan } from '../inputs/provenance.js';
import { type CliIo, pathFrom } from '../io/io.js';

export interface Names {
  readonly stages: readonly string[];
  readonly hardware: readonly string[];
}

/** Of the pipeline that is named, else of the plan's, else of that in this folder. Never throws. */
export function readNames(given: { pipeline?: string; plan?: string; hardware?: string }, io: CliIo): Names {
  const planPath = pathFrom(io, given.plan ?? DEFAULT_PLAN);
  const plan = given.pipeline === undefined ? unlessBroken(() => readPlanFile(planPath)) : undefined;
  const recorded = plan && defaultsOfPlan(plan, planPath);
  const pipelinePath = recorded?.pipelinePath ?? pathFrom(io, given.pipeline ?? DEFAULT_PIPELINE);
  const file = unlessBroken(() => readPipelineFile(pipelinePath));
  const hardwarePath = given.hardware === undefined ? file?.hardwarePath : pathFrom(io, given.hardware);
  const hardware = hardwarePath === undefined ? undefined : unlessBroken(() => readHardwareFile(hardwarePath));
  return {
    stages: file?.pipeline.stages.map(({ name }) => name) ?? plan?.stages.map(({ stage }) => stage) ?? [],
    hardware: hardware?.map(({ name }) => name) ?? [],
  };
}

function unlessBroken<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
