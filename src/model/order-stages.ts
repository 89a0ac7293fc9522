/** Sorts stages topologically, every parent before its children, and finds the cycles that make that impossible. */
import { ENTRY, type Stage } from './pipeline.js';

export interface StageOrder {
  /** A topological order is kept as it is; otherwise a parent moves up to just before the first child that needs it. */
  readonly stages: readonly Stage[];
  /** Names along each cycle, in the direction of the data, from the stage that the file lists first. */
  readonly cycles: readonly (readonly string[])[];
}

/** Parents that are not in the list are skipped. */
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
