/** What commander hands over for the options of this command. */
import type { SearchName } from '../../model/plan/search.js';
import type { InputFlags } from '../inputs/options.js';

export interface PlanFlags extends InputFlags {
  readonly search: SearchName;
  readonly timeLimit: string;
  readonly compareGreedy?: true;
  readonly validate: boolean;
  readonly verify?: string;
  readonly frontier?: string;
  readonly top?: string;
  readonly pack?: true;
  readonly maxReplicas?: string;
  readonly inventory?: readonly string[];
  readonly explain?: true;
  readonly output: string;
}
