import { EXIT } from '../../errors.js';
import { readPlanFile } from '../../files/plan/plan-file.js';
import { Problems } from '../../files/problems.js';
import { readInstanceTypes } from '../../files/profile/hardware-file.js';
import { readTraceFile } from '../../files/trace/trace-file.js';
import { packModel } from '../../model/pack-model.js';
import { createPromise } from '../../planner/promise/promise.js';
import { validatedOf } from '../../planner/promise/validation.js';
import {
  formatVerification,
  formatVerificationState,
  verificationJson,
} from '../../report/plan/verification-report.js';
import { promiseFinding } from '../../verifier/promise-finding.js';
import { type Finding, verifyPlan } from '../../verifier/verify-plan.js';
import { changedSince, defaultsOfPlan } from '../inputs/provenance.js';
import { readScenario } from '../inputs/scenario.js';
import { drive, stoppable } from '../io/drive.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { PlanFlags } from './flags.js';
import { validationOf } from './hold-out.js';

/** Checks a plan and its certificate from the inputs alone; exit code 3 when something is wrong with them. */
export async function verify(planFile: string, flags: PlanFlags, io: CliIo): Promise<void> {
  const planPath = pathFrom(io, planFile);
  const plan = readPlanFile(planPath);
  const planned = defaultsOfPlan(plan, planPath);
  const { paths, trace, ...inputs } = readScenario({
    io,
    flags,
    defaults: { ...planned, pipelinePath: planned.pipelinePath ?? pathFrom(io, 'pipeline.yaml') },
    problems: new Problems(),
    readTrace: readTraceFile,
    needsSlo: false,
    configuration: plan.stages,
  });
  const given = { ...inputs, slo: plan.slo, seed: plan.provenance.seed, serviceModel: plan.serviceModel };
  const validation = plan.validated && validationOf(trace, given.seed);
  const planning = validation?.planning ?? trace;
  const promise = validation && createPromise({ ...given, traffic: validation.traffic });

  const steps = verifyPlan({
    ...given,
    plan,
    trace: planning,
    changed: changedSince(plan, planPath, paths),
    packing: plan.packing && packModel(inputs.hardware, readInstanceTypes(paths.hardware)),
    ...(promise && { accept: (configuration) => promise.accept(configuration) }),
  });
  const { result, ending } = await drive(stoppable(steps), io, {
    limitMs: Number.POSITIVE_INFINITY,
    show: formatVerificationState,
  });
  if (result === undefined) {
    io.stderr(`Stopped by the ${ending}: not verified\n`);
    io.setExitCode(EXIT.infeasible);
    return;
  }
  const ok = result.findings.every((finding) => finding.ok);
  const more: Finding[] =
    promise && validation && ok
      ? [
          promiseFinding(
            plan,
            validatedOf({ ...given, trace: planning }, { configuration: plan.stages, promise, validation }),
          ),
        ]
      : [];
  const verification = {
    ...result,
    findings: [...result.findings, ...more],
    accepted: result.accepted && more.every((finding) => finding.ok),
  };
  io.stdout(
    flags.json
      ? verificationJson(verification)
      : formatVerification(verification, { terminal: io.isTerminal, color: io.color }),
  );
  if (!verification.accepted) io.setExitCode(EXIT.infeasible);
}
