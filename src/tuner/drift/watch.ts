/** Looks for drift beside the tuner's checks, and keeps the arrivals that another plan would be made for. */
import type { LoggedBatch } from '../../model/measured/logged-batch.js';
import type { Plan } from '../../model/plan/plan.js';
import { msFromS, usFromMs } from '../../units.js';
import type { TunerPlan } from '../tuner-plan.js';
import { type DriftPlan, driftPlanOf } from './drift-plan.js';
import { type DriftFinding, findDrift } from './find-drift.js';
import { DriftRecord } from './record.js';

const LOOK_EVERY_US = usFromMs(msFromS(10));
/** A quarter of an hour of arrivals, or a million of them. */
const KEPT_US = usFromMs(msFromS(900));
const MOST_KEPT = 1 << 20;
const FIRST_KEPT = 1 << 12;

export class DriftWatch {
  findings: readonly DriftFinding[] = [];

  private readonly plan: DriftPlan;
  private readonly record: DriftRecord;
  private readonly onFindings: (findings: readonly DriftFinding[]) => void;
  private nextLookUs: number;
  /** The batches of arrivals after this instant are reported; the number of such arrivals since the last check. */
  private hearsFromUs = Number.POSITIVE_INFINITY;
  private queriesHeard = 0;
  /** Instants, and how many arrived at each; number n stands at `n & (length − 1)`. */
  private kept = new Float64Array(FIRST_KEPT);
  private counts = new Float64Array(FIRST_KEPT);
  private end = 0;
  private first = 0;
  /** Arrivals kept. */
  private total = 0;

  /** Calls `onFindings` whenever the findings change, also to none. */
  constructor(options: {
    readonly plan: Plan;
    readonly tuned: TunerPlan;
    readonly startUs: number;
    readonly onFindings: (findings: readonly DriftFinding[]) => void;
  }) {
    const { plan, tuned, startUs, onFindings } = options;
    this.plan = driftPlanOf(plan, tuned.envelope);
    this.record = new DriftRecord({ widths: tuned.envelope.length, stages: plan.stages.length, startUs });
    this.onFindings = onFindings;
    this.nextLookUs = startUs + LOOK_EVERY_US;
  }

  arrive(arrivalUs: number, count: number): void {
    if (arrivalUs > this.hearsFromUs) this.queriesHeard += count;
    while (this.first < this.end && arrivalUs - this.kept[this.first & (this.kept.length - 1)]! > KEPT_US)
      this.forget();
    if (count === 0) return;
    if (this.end - this.first === this.kept.length) this.makeRoom();
    this.kept[this.end & (this.kept.length - 1)] = arrivalUs;
    this.counts[this.end++ & (this.kept.length - 1)] = count;
    this.total += count;
    // Of the oldest instant only the latest arrivals stay.
    while (this.total > MOST_KEPT) {
      const at = this.first & (this.kept.length - 1);
      const surplus = this.total - MOST_KEPT;
      if (this.counts[at]! <= surplus) this.forget();
      else {
        this.counts[at]! -= surplus;
        this.total -= surplus;
      }
    }
  }

  /**
   * A batch of a stage (index in the plan). `expectedMs` is its time by the profile, undefined where that has no such
   * batch.
   */
  hear(stage: number, { startMs, endMs, enteredMs }: LoggedBatch, expectedMs: number | undefined): void {
    this.hearsFromUs = Math.min(this.hearsFromUs, usFromMs(endMs));
    this.record.work(stage, { items: enteredMs.length });
    if (expectedMs !== undefined) this.record.work(stage, { batches: 1, measuredMs: endMs - startMs, expectedMs });
  }

  /** Batches are not reported from here on. */
  stopHearing(): void {
    this.hearsFromUs = Number.POSITIVE_INFINITY;
  }

  /** A check of the tuner; `queries` arrived since the last one. */
  check(seen: { readonly nowUs: number; readonly queries: number; readonly live: ArrayLike<number> }): void {
    const { nowUs, queries, live } = seen;
    for (let s = 0; s < this.plan.stages.length; s++) this.record.work(s, { queries: this.queriesHeard });
    this.queriesHeard = 0;
    this.record.check({ nowUs, queries, peaks: live });
    if (nowUs < this.nextLookUs) return;
    this.nextLookUs = nowUs + LOOK_EVERY_US;
    const before = namesOf(this.findings);
    this.findings = findDrift(this.plan, this.record);
    if (namesOf(this.findings) !== before) this.onFindings(this.findings);
  }

  /** Arrivals before `fromUs` are unknown. */
  skipTo(fromUs: number): void {
    this.record.restart(fromUs);
    this.first = this.end;
    this.total = 0;
  }

  /** The arrivals of the last quarter of an hour, in µs from the first of them. */
  recentUs(): Float64Array {
    const mask = this.kept.length - 1;
    const startUs = this.kept[this.first & mask] ?? 0;
    const recent = new Float64Array(this.total);
    let row = 0;
    for (let n = this.first; n < this.end; n++) {
      const count = this.counts[n & mask]!;
      recent.fill(this.kept[n & mask]! - startUs, row, row + count);
      row += count;
    }
    return recent;
  }

  private forget(): void {
    this.total -= this.counts[this.first++ & (this.kept.length - 1)]!;
  }

  private makeRoom(): void {
    if (this.kept.length === MOST_KEPT) {
      this.forget();
      return;
    }
    const kept = new Float64Array(2 * this.kept.length);
    const counts = new Float64Array(kept.length);
    for (let n = this.first; n < this.end; n++) {
      kept[n & (kept.length - 1)] = this.kept[n & (this.kept.length - 1)]!;
      counts[n & (kept.length - 1)] = this.counts[n & (this.kept.length - 1)]!;
    }
    this.kept = kept;
    this.counts = counts;
  }
}

/** The findings without their figures, which move at every look. */
function namesOf(findings: readonly DriftFinding[]): string {
  return findings.map((finding) => `${finding.kind} ${'stage' in finding ? finding.stage : ''}`).join();
}
