/** What commander hands over for the options of this command. */
import type { InputFlags } from '../inputs/options.js';
import type { TunerFlags } from './tuner-options.js';

export interface TuneFlags extends InputFlags, TunerFlags {
  readonly replay?: string;
  readonly backend?: string;
  readonly target?: string;
  readonly arrivals?: string;
  readonly apply?: true;
  readonly dryRun?: true;
  readonly handHold: string;
  readonly replan?: true;
  readonly journal?: string;
  readonly metricsPort?: string;
  readonly panel: boolean;
  readonly speed: string;
}
