/** What the exact search is given, and what it knows at a step. */
import type { SearchSpace } from '../space/search-space.js';
import type { TraceBounds } from '../space/trace-bounds.js';
import type { Condition, Incumbent } from './bucket-search.js';
import type { SearchHelper } from './search-helper.js';

export interface SearchState {
  /** Nothing that is accepted costs less. */
  readonly lowerBoundMicroUsd: number;
  /** The cheapest known configuration that is accepted. */
  readonly incumbent: Incumbent | undefined;
  /** The cheapest known configuration that holds on the trace, accepted or not. */
  readonly onTrace: Incumbent | undefined;
  /** Stage simulations run here, whole or until pruned. */
  readonly simulations: number;
  /** Whether another process took part: how many simulations it takes then depends on its speed. */
  readonly isHelped?: boolean;
  /** What is going on, for a person: `proving`. */
  readonly doing?: string;
  /** Whether no search has begun: what is worked out passes over the trace, as what follows the search does. */
  readonly isPreparing?: boolean;
  /** Whether the plan is final, and only the report around it is still being worked out. */
  readonly isFinishing?: boolean;
}

export interface ExactOptions {
  readonly bounds: TraceBounds;
  readonly space: SearchSpace;
  /** Configurations that cost more are not looked at. */
  readonly ceilingMicroUsd: number;
  /** A configuration that holds on the trace. */
  readonly known?: Incumbent | undefined;
  /** Whether it also meets the condition. */
  readonly isKnownAccepted?: boolean | undefined;
  /** Nothing that holds on the trace costs less, as is known from elsewhere. */
  readonly floorMicroUsd?: number | undefined;
  readonly condition?: Condition | undefined;
  /** Other processes, which search a share of each bucket each, once that pays. */
  readonly helpers?: readonly SearchHelper[] | undefined;
  /** A configuration that is accepted, made from one that holds on the trace but is not; it may well cost too much. */
  readonly repair?: (refused: Incumbent) => Generator<void, Incumbent | undefined>;
}
