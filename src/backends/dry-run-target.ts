/**
 * `dry-run`: reads a live system and changes nothing. It reports each change to the caller and keeps it on paper, ready
 * after the activation delay of the hardware, so the tuner's next decisions are the real ones. A real change over there
 * ends the one on paper.
 */

import type { ScalingTarget, StageReplicas } from './contracts/scaling-target.js';
import { type Clock, steadyClock } from './shared/clock.js';
import { drivenTarget } from './shared/driven-target.js';

export interface DryRunOptions {
  readonly target: ScalingTarget;
  /** From asking for a replica of a stage to its first batch, in ms. */
  readonly activationDelayMs: (stage: string) => number;
  /** Told of each change that is not made. */
  readonly onChange?: (change: { readonly stage: string; readonly before: number; readonly replicas: number }) => void;
  readonly clock?: Clock;
}

interface PaperReplicas {
  /** What the live system wanted when this was written. */
  readonly real: number;
  readonly replicas: number;
  readonly before: number;
  readonly readyMs: number;
}

export function dryRunTarget({
  target,
  activationDelayMs,
  onChange,
  clock = steadyClock,
}: DryRunOptions): ScalingTarget {
  const real = target.describe();
  const paper = new Map<string, PaperReplicas>();

  function onPaper(live: StageReplicas): StageReplicas {
    const page = paper.get(live.stage);
    if (page === undefined) return live;
    if (page.real !== live.wanted) {
      paper.delete(live.stage);
      return live;
    }
    const ready = clock.nowMs() >= page.readyMs ? page.replicas : Math.min(page.before, page.replicas);
    return { stage: live.stage, wanted: page.replicas, ready };
  }

  return drivenTarget({
    description: { ...real, kind: 'dry-run', place: `${real.place} (dry run)`, canSetReplicas: false },
    clock,
    pollMs: 500,
    readTimeoutMs: 30_000,
    changeTimeoutMs: 900_000,

    async read(asked, signal) {
      const live = await target.readReplicas({ signal });
      return live.filter(({ stage }) => asked.includes(stage)).map(onPaper);
    },

    async write({ stage, replicas, before }, signal) {
      const live = (await target.readReplicas({ signal })).find((one) => one.stage === stage)!;
      onChange?.({ stage, before: before.wanted, replicas });
      const delayMs = replicas > before.wanted ? activationDelayMs(stage) : 0;
      paper.set(stage, { real: live.wanted, replicas, before: before.ready, readyMs: clock.nowMs() + delayMs });
      return undefined;
    },

    close: () => target.close(),
  });
}
