/** Which live system a pipeline runs on, as a file or a flag says it: where replicas are set, and where arrivals are read. */

export const TARGET_KINDS = ['local', 'triton', 'ray-serve', 'kubernetes', 'ec2'] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

export interface TargetSpec {
  readonly kind: TargetKind;
  /** URL of the server; for `kubernetes` a context, for `ec2` a region. The kind's own default when left out. */
  readonly address?: string;
  /** What a stage is called over there, where that is not the stage's own name. */
  readonly names: Readonly<Record<string, string>>;
  /** `kubernetes` only; the context's own when left out. */
  readonly namespace?: string;
  /** `kubernetes` only: path of the file. */
  readonly kubeconfig?: string;
  /** `ec2` only: from marking an instance to terminating it. */
  readonly drainMs?: number;
}

export const SOURCE_KINDS = ['local', 'counter', 'access-log', 'promql', 'push'] as const;

export const COUNTED_SERVERS = ['triton', 'mlserver', 'ray-serve'] as const;
export type CountedServer = (typeof COUNTED_SERVERS)[number];

export const LOG_FORMATS = ['nginx', 'haproxy', 'envoy'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export type SourceSpec =
  | { readonly kind: 'local'; readonly address?: string }
  | {
      readonly kind: 'counter';
      /** URL of the server's Prometheus text. */
      readonly address: string;
      readonly server: CountedServer;
      /** The model, or the application, where queries enter. */
      readonly entry: string;
      readonly pollMs?: number;
    }
  | {
      readonly kind: 'access-log';
      /** Path of the log. */
      readonly address: string;
      readonly format: LogFormat;
      readonly holdMs?: number;
    }
  | {
      readonly kind: 'promql';
      /** URL of Prometheus. */
      readonly address: string;
      readonly selector: string;
      readonly scrapeMs: number;
    }
  | {
      readonly kind: 'push';
      /** Port to listen on. */
      readonly port: number;
      /** What the sender's counts mean; left out when it sends stamps. */
      readonly windowMs?: number;
    };

export interface BackendSpec {
  readonly target: TargetSpec;
  readonly arrivals?: SourceSpec;
}
