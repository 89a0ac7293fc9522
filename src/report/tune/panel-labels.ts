/** What the panel says of the two ends of the tuner for as long as it runs. */
import type { SourceDescription } from '../../backends/contracts/arrival-source.js';
import type { TargetDescription } from '../../backends/contracts/scaling-target.js';
import { formatDuration } from '../../model/notation/quantity.js';

export interface PanelLabels {
  /** Where replicas are set, and where arrivals are read. */
  readonly target: string;
  readonly arrivals: string;
  /** What makes the tuner see or do less than the plan assumes: windows that are not watched, another queue. */
  readonly notes: readonly string[];
}

/** @param unwatched how many windows of the plan are narrower than the arrivals are known */
export function panelLabels(
  { place, kind, queue }: Pick<TargetDescription, 'place' | 'kind' | 'queue'>,
  { precision, place: arrivalsPlace, finestWindowMs }: SourceDescription,
  { unwatched }: { unwatched: number },
): PanelLabels {
  const from = arrivalsPlace === place ? '' : ` from ${withoutScheme(arrivalsPlace)}`;
  const notes: string[] = [];
  if (unwatched > 0) {
    const finest = formatDuration(Number(finestWindowMs.toPrecision(3)));
    notes.push(
      `windows below ${finest} are not watched, because arrivals are counted over that: short bursts go unseen`,
    );
  }
  if (queue !== 'central') {
    notes.push(`replicas share items by another rule (${queue}) than the plan's one queue: expect a worse tail`);
  }
  return {
    target: `${kind} ${withoutScheme(place)}`,
    arrivals: `${precision === 'stamps' ? 'exact stamps' : 'counts'}${from}`,
    notes,
  };
}

function withoutScheme(place: string): string {
  return place.replace(/^https?:\/\//, '');
}
