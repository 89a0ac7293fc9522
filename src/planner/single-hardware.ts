/** Good plans with one kind of hardware wherever a stage is profiled on it: yardsticks, and places to start from. */
import type { Configuration } from '../model/configuration.js';
import { descend } from './descent.js';
import { Feasibility } from './feasibility.js';
import { initialConfiguration } from './initial-configuration.js';
import { preferring } from './search-space.js';

export interface SingleHardwarePlan {
  readonly hardware: string;
  /** Stages that are profiled on it; the others run wherever they can. */
  readonly stages: number;
  /** Undefined when none was found that holds. */
  readonly configuration: Configuration | undefined;
}

/** One plan for each kind of hardware that some stage is profiled on, in order of name. */
export function singleHardwarePlans({ space, bounds }: Feasibility): SingleHardwarePlan[] {
  const names = new Set(space.stages.flatMap(({ options }) => options.map(({ hardware }) => hardware)));
  return [...names].sort().map((hardware) => {
    const stages = space.stages.filter(({ options }) => options.some((option) => option.hardware === hardware)).length;
    const only = new Feasibility(bounds, preferring(space, hardware));
    const start = initialConfiguration(only);
    return { hardware, stages, configuration: start.holds ? descend(only, start.configuration) : undefined };
  });
}
