/** What commander hands over for the options of this command. */
import type { ServiceModel } from '../../model/profile.js';

export interface ServeFlags {
  readonly pipeline?: string;
  readonly stage?: readonly string[];
  readonly hardware?: string;
  readonly profiles?: readonly string[];
  readonly serviceTime?: ServiceModel;
  readonly seed?: string;
  readonly emulate?: true;
  readonly host: string;
  readonly port: string;
  readonly queueLimit: string;
  readonly queryTimeout: string;
  readonly activationDelay?: string;
  readonly drainLimit: string;
  readonly batches?: string;
}
