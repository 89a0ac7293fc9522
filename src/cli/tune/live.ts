import type { ArrivalSource } from '../../backends/contracts/arrival-source.js';
import type { ScalingTarget } from '../../backends/contracts/scaling-target.js';
import { ControlLoop } from '../../control-loop/control-loop.js';
import { systemClock } from '../../control-loop/loop-clock.js';
import type { LoopOptions } from '../../control-loop/loop-options.js';
import type { Problems } from '../../files/problems.js';
import { randomStream } from '../../random.js';
import { changeCheck, isQuickToCheck } from '../../replay/change-check.js';
import { formatUsd } from '../../report/figures.js';
import { panelLabels } from '../../report/tune/panel-labels.js';
import { stageSetups } from '../../simulation/stage-setups.js';
import { limitsTooLow } from '../../tuner/limits-too-low.js';
import { DEFAULT_GROWTH, historyMs, tunerPlan } from '../../tuner/tuner-plan.js';
import { spendCeiling } from '../../tuner/within-limits.js';
import { msFromUs } from '../../units.js';
import type { CliIo } from '../io/io.js';
import { answerDrift } from './answer-drift.js';
import { openArrivals, openTarget } from './ends.js';
import type { TuneFlags } from './flags.js';
import { readTuning, type Tuning } from './inputs.js';
import { tunerChoices } from './limits.js';
import { openOutput } from './output.js';
import { openRunRecord, type RunRecord } from './run-record.js';

/** Drives a live system until it is told to end, under one plan after another where `--replan` makes new ones. */
export async function tuneLive(planFile: string, flags: TuneFlags, io: CliIo, problems: Problems): Promise<void> {
  let next: string | undefined = planFile;
  let ceilingUsdPerHour: number | undefined;
  while (next !== undefined) {
    const tuning = readTuning(next, flags, io, problems);
    // The first plan sets it: a plan made of the traffic must not raise what that traffic may cost.
    ceilingUsdPerHour ??= ceilingOf(tuning, io);
    const limits = { ...tuning.limits, mostUsdPerHour: ceilingUsdPerHour };
    next = await tuneUnderPlan({ ...tuning, limits }, flags, io);
  }
}

/** A live run always has a limit on what its replicas cost: the one given, or a multiple of the plan's cost. */
function ceilingOf({ plan, limits, hardware }: Tuning, io: CliIo): number {
  if (limits.mostUsdPerHour !== undefined) return limits.mostUsdPerHour;
  const ceiling = spendCeiling(tunerPlan(plan, { hardware }).stages, limits);
  const multiple = `${limits.largestGrowth ?? DEFAULT_GROWTH} times the plan's cost`;
  io.stderr(`limit: at most $${formatUsd(ceiling)} per hour, ${multiple} (--max-usd-per-hour sets another)\n`);
  return ceiling;
}

/** What one run holds open. */
interface OpenEnds {
  readonly target: ScalingTarget;
  readonly source: ArrivalSource;
  readonly record: RunRecord;
}

/** Drives a live system under one plan. @returns the path of the plan to go on with, if the run adopted another */
async function tuneUnderPlan(tuning: Tuning, flags: TuneFlags, io: CliIo): Promise<string | undefined> {
  const { plan, ends, speed, token } = tuning;
  const rough = tunerPlan(plan, { ...tuning, ...tunerChoices(flags, tuning.pipeline) });
  for (const text of limitsTooLow(rough.stages, rough.limits)) io.stderr(`warning: ${text}\n`);
  const stop = new AbortController();
  const interrupt = io.catchInterrupt();
  interrupt.asked.then(() => stop.abort());
  let record: RunRecord | undefined;
  const closing: (() => unknown)[] = [() => interrupt.release(), () => record?.close()];
  try {
    const target = await openTarget(ends, { pipeline: plan.pipeline, stages: rough.stages, speed, token });
    closing.push(() => target.close());
    const stages = rough.stages.map(({ stage }) => stage);
    const { place } = target.describe();
    record = openRunRecord({ ...tuning, pipeline: plan.pipeline, stages, place });
    if (record.note !== undefined) io.stderr(`warning: ${record.note}\n`);
    const source = await openArrivals(ends, {
      speed,
      token,
      intervalMs: tuning.intervalMs,
      checkedMs: record.resume?.checkedMs ?? undefined,
      historyMs: historyMs(rough),
      onEnd: () => stop.abort(),
    });
    closing.push(() => source.close());
    return await runLoop(tuning, flags, io, { target, source, record }, stop);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** Runs the control loop and shows it, until it is stopped or another plan is adopted: then its path is returned. */
async function runLoop(tuning: Tuning, flags: TuneFlags, io: CliIo, open: OpenEnds, stop: AbortController) {
  const { plan } = tuning;
  const source = open.source.describe();
  const target = open.target.describe();
  const tuned = tunerPlan(plan, {
    ...tuning,
    ...tunerChoices(flags, tuning.pipeline),
    finestWindowMs: source.finestWindowMs,
  });
  const isApplying = !flags.dryRun && (target.isOnThisMachine || flags.apply);
  const output = await openOutput(io, {
    json: flags.json,
    panel: flags.panel,
    metricsPort: tuning.port,
    token: tuning.token,
    plan: tuned,
    labels: panelLabels(target, source, { unwatched: plan.envelope.length - tuned.envelope.length }),
    isApplying,
  });
  let adopted: string | undefined;
  const unwatch = io.watchLoop?.();
  try {
    const loop = await ControlLoop.open({
      ...simulated(tuning, tuned, flags),
      ...open.record,
      plan: tuned,
      drift: plan,
      source: open.source,
      target: open.target,
      clock: systemClock,
      random: randomStream(io.nowMs(), 'retries'),
      isApplying,
      intervalMs: tuning.intervalMs,
      handHoldMs: tuning.handHoldMs,
      isTraceClock: tuning.ends.arrivals.kind === 'trace',
      signal: stop.signal,
      onEvent: output.see,
      onDrift: async (recentUs) => {
        const answer = { tuning, replan: flags.replan === true, isApplying, signal: stop.signal, tell: output.see };
        const path = await answerDrift(recentUs, answer);
        if (path === undefined) return;
        adopted = path;
        stop.abort();
      },
    });
    if (loop === undefined) {
      output.see({ kind: 'ended', left: undefined, bound: [] });
      return undefined;
    }
    output.watch(loop);
    await loop.run();
    return adopted;
  } finally {
    stop.abort();
    unwatch?.();
    await output.close();
  }
}

/**
 * What the simulator gives the loop: the check of changes, where it is wanted, and the time that a batch should take.
 */
function simulated(
  tuning: Tuning,
  tuned: LoopOptions['plan'],
  { checkChange }: TuneFlags,
): Pick<LoopOptions, 'review' | 'expectedMs'> {
  const { slo } = tuning;
  const setups = stageSetups({ ...tuning, configuration: tuning.plan.stages });
  const checks = slo !== undefined && (checkChange ?? isQuickToCheck(tuned));
  return {
    review: checks ? changeCheck(tuned, { ...tuning, setups, slo }) : undefined,
    expectedMs: (stage, items) => {
      const us = setups[stage]!.service.tableUs[items];
      return us === undefined ? undefined : msFromUs(us);
    },
  };
}
