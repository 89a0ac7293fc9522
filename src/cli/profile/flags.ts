/** What commander hands over for the options of this command. */

export interface ProfileFlags {
  readonly target: string;
  readonly as?: string;
  readonly stage?: readonly string[];
  readonly batchSizes: string;
  readonly curve: 'hot' | 'paced' | 'both';
  readonly budget: string;
  readonly usable?: true;
  readonly slo?: string;
  readonly percentile?: string;
  readonly duty: string;
  readonly replicas?: readonly string[];
  readonly foreign: string;
  readonly machine?: string;
  readonly output?: string;
  readonly resume?: true;
  readonly seed: string;
  readonly json?: true;
  readonly queries: string;
  readonly writeRouting?: true;
  readonly modelFile?: readonly string[];
  readonly modelName?: readonly string[];
  readonly input?: readonly string[];
  readonly threads: string;
  readonly device: 'cpu' | 'cuda';
  readonly python: string;
  readonly sshConfig?: string;
  readonly redis?: string;
  readonly management?: string;
  readonly image?: string;
  readonly sshUser: string;
  readonly keyName?: string;
  readonly subnet?: string;
  readonly securityGroup?: readonly string[];
  readonly privateAddress?: true;
  readonly spot?: true;
  readonly region?: string;
  readonly endpoint?: string;
  readonly lifetime: string;
  readonly maxUsd: string;
  readonly setup?: string;
}
