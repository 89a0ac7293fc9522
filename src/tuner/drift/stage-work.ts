/**
 * Whether stages get other work than planned: more or fewer items per query, or batches that take longer or shorter
 * than profiled.
 *
 * Both are ratios of sums over blocks of ten seconds, Σy ÷ Σx: items ÷ queries, measured ÷ expected time. The error of
 * such a ratio R is √(n/(n−1)·Σ(y − R·x)²) ÷ Σx (ratio estimator; Cochran, Sampling Techniques, §2.11), which allows
 * for correlation within a block. A finding: over the last ten minutes, with work in ten blocks at least, the ratio
 * differs from the plan by more than the slack (a tenth of the scale factor, a fifth of the service time) plus five
 * errors. The planned scale factor has the error of its trace's queries.
 * Worked: s = 0.5 planned, 0.65 live at 100/s: 60 blocks of 1000 queries, each ± √(1000·0.65·0.35) = 15 items, error
 * 15·√60 ÷ 60000 = 0.002; 0.15 − 0.05 > 5·0.003.
 * Cost: O(stages × blocks looked at).
 */
import { msFromS } from '../../units.js';
import type { DriftPlan } from './drift-plan.js';
import { BLOCK_MS, type DriftBlock, type StageWork } from './record.js';

const LOOK_BLOCKS = msFromS(600) / BLOCK_MS;
const FEWEST_BLOCKS = 10;
const ERRORS = 5;
const SCALE_SLACK_RATIO = 0.1;
/** Least slack, in items per query, for scale factors near 0. */
const SCALE_SLACK = 0.01;
const TIME_SLACK_RATIO = 1.2;

export interface ScaleFactorDrift {
  readonly stage: string;
  readonly scaleFactor: number;
  readonly plannedScaleFactor: number;
  readonly queries: number;
}

export interface ServiceTimeDrift {
  readonly stage: string;
  /** Measured ÷ expected. */
  readonly serviceTimeRatio: number;
  readonly batches: number;
}

interface Ratio {
  readonly value: number;
  readonly error: number;
  readonly base: number;
}

export function scaleFactorsAway(plan: DriftPlan, blocks: readonly DriftBlock[]): ScaleFactorDrift[] {
  return plan.stages.flatMap(({ stage, scaleFactor: planned }, s) => {
    const ratio = ratioOf(workOf(blocks, s), 'items', 'queries');
    if (ratio === undefined || plan.queries === 0) return [];
    const error = ratio.error * Math.sqrt(1 + ratio.base / plan.queries);
    const slack = Math.max(SCALE_SLACK, SCALE_SLACK_RATIO * planned);
    if (Math.abs(ratio.value - planned) <= slack + ERRORS * error) return [];
    return [{ stage, scaleFactor: ratio.value, plannedScaleFactor: planned, queries: ratio.base }];
  });
}

export function serviceTimesAway(plan: DriftPlan, blocks: readonly DriftBlock[]): ServiceTimeDrift[] {
  return plan.stages.flatMap(({ stage }, s) => {
    const work = workOf(blocks, s);
    const ratio = ratioOf(work, 'measuredMs', 'expectedMs');
    if (ratio === undefined) return [];
    const { value, error } = ratio;
    const isSlow = value - ERRORS * error > TIME_SLACK_RATIO;
    const isFast = value + ERRORS * error < 1 / TIME_SLACK_RATIO;
    if (!isSlow && !isFast) return [];
    return [{ stage, serviceTimeRatio: value, batches: work.reduce((sum, { batches }) => sum + batches, 0) }];
  });
}

function workOf(blocks: readonly DriftBlock[], stage: number): StageWork[] {
  return blocks.slice(-LOOK_BLOCKS).map(({ stages }) => stages[stage]!);
}

/** Undefined when too few blocks have work. */
function ratioOf(work: readonly StageWork[], over: keyof StageWork, under: keyof StageWork): Ratio | undefined {
  const busy = work.filter((block) => block[under] > 0);
  if (busy.length < FEWEST_BLOCKS) return undefined;
  const sum = (key: keyof StageWork) => busy.reduce((total, block) => total + block[key], 0);
  const base = sum(under);
  const value = sum(over) / base;
  const squares = busy.reduce((total, block) => total + (block[over] - value * block[under]) ** 2, 0);
  return { value, base, error: Math.sqrt((squares * busy.length) / (busy.length - 1)) / base };
}
