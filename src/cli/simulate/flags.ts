/** What commander hands over for the options of this command. */
import type { InputFlags } from '../inputs/options.js';

export interface SimulateFlags extends InputFlags {
  readonly pipeline?: string;
  readonly stage?: readonly string[];
  readonly records?: string;
  readonly tuner?: true;
  readonly check?: true;
}
