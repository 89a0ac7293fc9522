/** What commander hands over for the options of this command. */

export interface RefreshFlags {
  readonly region?: string;
  readonly endpoint?: string;
  readonly only?: readonly string[];
  readonly add?: readonly string[];
  readonly dryRun?: true;
  readonly json?: true;
}
