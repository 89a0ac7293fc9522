import { EXIT } from '../../errors.js';
import { readPlanFile } from '../../files/plan/plan-file.js';
import type { Problems } from '../../files/problems.js';
import { readInstanceTypes } from '../../files/profile/hardware-file.js';
import { packModel } from '../../model/pack-model.js';
import { outOfSampleCheck } from '../../planner/promise/validation.js';
import {
  formatVerification,
  formatVerificationState,
  verificationJson,
} from '../../report/plan/verification-report.js';
import { verifyPlan } from '../../verifier/verify-plan.js';
import { outOfSampleTest } from '../../workload/out-of-sample.js';
import { readNamedFiles, readTraceAt } from '../inputs/named-files.js';
import { DEFAULT_PIPELINE } from '../inputs/options.js';
import { changedSince, defaultsOfPlan } from '../inputs/provenance.js';
import { readScenario } from '../inputs/scenario.js';
import { drive, stoppable, stoppedText } from '../io/drive.js';
import { type CliIo, pathFrom, reportStyle } from '../io/io.js';
import type { VerifyFlags } from './flags.js';

/** Checks a plan and its certificate from the inputs alone; exit code 3 when something is wrong with them. */
export async function verify(planFile: string, flags: VerifyFlags, io: CliIo, problems: Problems): Promise<void> {
  const planPath = pathFrom(io, planFile);
  const plan = problems.attempt(() => readPlanFile(planPath));
  if (plan === undefined) {
    readNamedFiles(flags, {}, { io, problems });
    throw problems.asError('INPUT');
  }
  const recorded = defaultsOfPlan(plan, planPath);
  const { paths, trace, ...inputs } = readScenario({
    io,
    // The plan speaks of this multiple, wherever its trace lies now.
    flags: { ...flags, scale: plan.provenance.traceScale },
    defaults: { ...recorded, pipelinePath: recorded.pipelinePath ?? pathFrom(io, DEFAULT_PIPELINE) },
    problems,
    readTrace: readTraceAt,
    needsSlo: false,
    configuration: plan.stages,
  });
  const given = { ...inputs, slo: plan.slo, seed: plan.provenance.seed, serviceModel: plan.serviceModel };
  const { validated } = plan;
  const holdOut = validated?.holdOut?.timeRatio;
  const validation = validated && outOfSampleTest(trace, { seed: given.seed, holdOut });
  const planned = { ...given, trace: validation?.planning ?? trace };
  const steps = verifyPlan({
    ...planned,
    plan,
    changed: changedSince(plan, planPath, paths),
    packing: plan.packing && packModel(inputs.hardware, readInstanceTypes(paths.hardware)),
    ...(validation && outOfSampleCheck(planned, { configuration: plan.stages, validation })),
  });
  const { result: verification, ...end } = await drive(stoppable(steps), io, {
    limitMs: Number.POSITIVE_INFINITY,
    show: formatVerificationState,
  });
  if (verification === undefined) {
    io.stderr(stoppedText(end, 'not verified'));
    io.setExitCode(EXIT.infeasible);
    return;
  }
  io.stdout(flags.json ? verificationJson(verification) : formatVerification(verification, reportStyle(io)));
  if (!verification.accepted) io.setExitCode(EXIT.infeasible);
}
