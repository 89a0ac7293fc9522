/** What commander hands over for the options of this command. */
import type { InputFlags } from '../inputs/options.js';

export interface ValidateFlags extends InputFlags {
  readonly pipeline?: string;
  readonly stage?: readonly string[];
  readonly runs: string;
  readonly attempts?: string;
  readonly duration?: string;
  readonly calibration: string;
  readonly reprofile?: boolean;
}
