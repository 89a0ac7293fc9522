/** What commander hands over for the options of this command. */

export interface LoadFlags {
  readonly url: string;
  readonly model?: string;
  readonly trace?: string;
  readonly rate?: string;
  readonly cv?: string;
  readonly duration?: string;
  readonly count?: string;
  readonly seed: string;
  readonly slo?: string;
  readonly percentile?: string;
  readonly timeout: string;
  readonly limitInFlight: string;
  readonly wait: string;
  readonly warmUp: string;
  readonly output?: string;
  readonly records?: string;
  readonly check?: true;
  readonly json?: true;
}
