/** Puts stages into topological order, every parent before its children, and finds the circles that make that impossible. */
import { ENTRY, type Stage } from './pipeline.js';

export interface StageOrder {
  /** Stages whose order is already topological keep it; otherwise parents move up to just before the first child that needs them. */
  readonly stages: readonly Stage[];
  /** Names along each circle found, following the data, from the stage that is listed first. */
  readonly cycles: readonly (readonly string[])[];
}

/** Parents that are no stage of the list are passed over. */
export function orderStages(stages: readonly Stage[]): StageOrder {
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  const position = new Map(stages.map(({ name }, index) => [name, index]));
  const ordered: Stage[] = [];
  const cycles: string[][] = [];
  const done = new Set<string>();
  const trail: string[] = [];

  function visit(stage: Stage): void {
    if (done.has(stage.name)) return;
    const turn = trail.indexOf(stage.name);
    if (turn >= 0) {
      cycles.push(trail.slice(turn).reverse());
      return;
    }
    trail.push(stage.name);
    for (const { from } of stage.parents) {
      const parent = from === ENTRY ? undefined : byName.get(from);
      if (parent !== undefined) visit(parent);
    }
    trail.pop();
    done.add(stage.name);
    ordered.push(stage);
  }

  for (const stage of stages) visit(stage);
  return { stages: ordered, cycles: cycles.map((cycle) => fromFirst(cycle, position)) };
}

function fromFirst(cycle: readonly string[], position: ReadonlyMap<string, number>): readonly string[] {
  const places = cycle.map((name) => position.get(name)!);
  const start = places.indexOf(Math.min(...places));
  return [...cycle.slice(start), ...cycle.slice(0, start)];
}
