/**
 * What a reader makes of the files of a running system: a pipeline, and as much of its profiles and traffic as they
 * tell. What they do not tell is said in `notes`, and is never made up.
 */
import { ENTRY, type Stage } from '../../model/pipeline.js';
import type { ProfileRow } from '../../model/profile.js';

export interface Intake {
  /** Undefined when the source does not name it. */
  readonly name?: string;
  /** In topological order. */
  readonly stages: readonly IntakeStage[];
  readonly profiles: readonly IntakeRow[];
  /** Kinds of hardware that the profiles name, or that the source speaks of. */
  readonly kinds: readonly IntakeKind[];
  /** Arrivals in whole µs from the first one, ascending; undefined when the source has none. */
  readonly arrivalsUs?: Float64Array;
  /** What the source does not tell, and what was left out, a sentence each. */
  readonly notes: readonly string[];
}

export interface IntakeStage {
  readonly stage: Stage;
  /** Lines above the stage: what the source says of it that a pipeline file has no key for. */
  readonly comments: readonly string[];
}

export interface IntakeRow {
  readonly model: string;
  readonly hardware: string;
  readonly row: ProfileRow;
}

export interface IntakeKind {
  readonly name: string;
  readonly kind: 'cpu' | 'gpu' | 'accelerator';
}

/** An edge that every query takes, with one item. */
export function always(from: string): Stage['parents'][number] {
  return { from, probability: 1, fanOut: 1 };
}

/** A chain of stages in this order, each with its own model. */
export function chainOf(models: readonly string[]): Pick<Intake, 'stages'> {
  return {
    stages: models.map((model, index) => ({
      stage: { name: model, kind: 'model', model, parents: [always(models[index - 1] ?? ENTRY)] },
      comments: [],
    })),
  };
}

/**
 * Sorts stages so that every parent comes before its children; equals keep their order. Stages of a circle come last,
 * in their order: the check of the pipeline names them.
 */
export function inTopologicalOrder(stages: readonly IntakeStage[]): readonly IntakeStage[] {
  const names = new Set(stages.map(({ stage }) => stage.name));
  const placed = new Set<string>();
  const sorted: IntakeStage[] = [];
  for (let before = -1; before < sorted.length; ) {
    before = sorted.length;
    for (const one of stages) {
      if (placed.has(one.stage.name)) continue;
      if (!one.stage.parents.every(({ from }) => !names.has(from) || placed.has(from))) continue;
      placed.add(one.stage.name);
      sorted.push(one);
    }
  }
  return [...sorted, ...stages.filter(({ stage }) => !placed.has(stage.name))];
}
